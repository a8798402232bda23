"""What `custseg past` and `custseg value` show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.report.tables.definition import Definition
from custseg.report.tables.table import (
    Column,
    Face,
    Table,
    decimals,
    money,
    percent,
    text,
    whole,
    with_values,
)

if TYPE_CHECKING:
    from custseg.workspace.workspace import Workspace


FORECAST_TEST: Final = Definition(
    "value_backtest",
    (
        Column(
            "decile",
            "decile",
            lambda decile: whole(decile) if decile else "all",
            page=Face("Customers by forecast", text),
            workbook=Face("Customers of decile", text),
        ),
        Column("customers", "customers", whole),
        Column(
            "expected_orders",
            "orders expected",
            whole,
            page="Orders forecast",
            workbook=Face(format=decimals(1)),
        ),
        Column(
            "actual_orders",
            "came",
            whole,
            page="Orders that came",
            workbook=Face("Orders that came", decimals(1)),
        ),
        Column("orders_error", "off by", decimals(2), optional=True, page=None, workbook=None),
        Column(
            "expected_spend",
            "spend expected",
            whole,
            page=Face("Spend forecast", money),
            workbook=Face(format=money),
        ),
        Column(
            "actual_spend",
            "came",
            whole,
            page=Face("Spend that came", money),
            workbook=Face("Spend that came", money),
        ),
        Column("spend_error", "off by", whole, optional=True, page=None, workbook=None),
    ),
    drops=frozenset({"terminal"}),
    sheet_name="ForecastTest",
)


def past(workspace: Workspace) -> list[Table]:
    """The past dates of each study, and why one has none."""
    from custseg.engine.base import read_frame

    rows = [
        {"study": study, "date": day, "customers": customers}
        for study in ("value", "validation", "backtest", "inventory")
        for day, customers in read_frame(workspace.path(f"past_{study}"), ["date"])
        .groupby("date")
        .size()
        .items()
    ]
    columns = (Column("study", "study"), Column("date", "date"))
    facts = workspace.manifest().facts()
    reasons = {
        "validation": facts["not_validated_because"],
        "backtest": facts["not_backtested_because"],
    }
    notes = [f"{study}: {reason}" for study, reason in reasons.items() if reason]
    known = Column("customers", "customers", whole)
    return [Table("past_dates", "Past dates", (*columns, known), rows, notes)]


def value(workspace: Workspace) -> list[Table]:
    """The forecast by segment, and the back-test of its model by decile."""
    tested = [row for row in workspace.rows("value_backtest") if row["chosen"]]
    forecast = (
        Column("segment", "no.", whole),
        Column("segment_name", "segment"),
        Column("customers", "customers", whole),
        Column("buying_probability", "buy", percent),
        Column("expected_orders", "orders", whole),
        Column("orders_low", "from", whole, optional=True),
        Column("orders_high", "to", whole, optional=True),
        Column("expected_spend", "spend", whole),
        Column("spend_low", "from", whole, optional=True),
        Column("spend_high", "to", whole, optional=True),
        Column("spend_share", "share", percent, optional=True),
    )
    notes = [
        "buy: share of them to expect an order from; from, to: an 80 % band",
        workspace.manifest().facts()["value_note"],
    ]
    rows = workspace.rows("segment_value")
    tables = [Table("segment_value", "Expected value", with_values(forecast, rows), rows, notes)]
    if tested:
        title = f"Back-test of {tested[0]['model']} as of {tested[0]['cut_off']}"
        ranked = "spend" if tested[0]["expected_spend"] is not None else "orders"
        about = f"deciles by expected {ranked}; off by: mean absolute error of a customer"
        tables.append(FORECAST_TEST.for_terminal(title, tested, [about]))
    return tables
