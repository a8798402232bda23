"""What `custseg past` and `custseg value` show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.report.tables.definition import Definition
from custseg.report.tables.table import (
    SEGMENT,
    Column,
    Table,
    decimals,
    money,
    percent,
    text,
    whole,
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
            text,
            text,
        ),
        Column("customers", "customers", whole),
        Column("expected_orders", "orders expected", whole, workbook=decimals(1)),
        Column(
            "actual_orders",
            "came",
            whole,
            workbook=decimals(1),
        ),
        Column("orders_error", "off by", decimals(2), optional=True, page=None, workbook=None),
        Column("expected_spend", "spend expected", whole, money, money),
        Column(
            "actual_spend",
            "came",
            whole,
            money,
            money,
        ),
        Column("spend_error", "off by", whole, optional=True, page=None, workbook=None),
    ),
    drops=frozenset({"terminal"}),
    sheet_name="ForecastTest",
)
SEGMENT_VALUE: Final = Definition(
    "segment_value",
    (
        *SEGMENT,
        Column("customers", "customers", whole),
        Column("buying_probability", "buy", percent),
        Column("expected_orders", "orders", whole),
        Column("orders_low", "from", whole, optional=True),
        Column("orders_high", "to", whole, optional=True),
        Column("expected_spend", "spend", whole),
        Column("spend_low", "from", whole, optional=True),
        Column("spend_high", "to", whole, optional=True),
        Column("spend_share", "share", percent, optional=True),
    ),
    drops=frozenset({"terminal"}),
)


def past(workspace: Workspace) -> list[Table]:
    """The past dates of each study, and why one has none."""
    from custseg.engine.parquet import read_frame

    rows = [
        {"study": study, "date": day, "customers": customers}
        for study in ("value", "validation", "backtest", "inventory")
        for day, customers in read_frame(workspace.path(f"past_{study}"), ["date"])
        .groupby("date")
        .size()
        .items()
    ]
    facts = workspace.manifest().facts()
    reasons = {
        "validation": facts["not_validated_because"],
        "backtest": facts["not_backtested_because"],
    }
    notes = [f"{study}: {reason}" for study, reason in reasons.items() if reason]
    columns = (
        Column("study", "study"),
        Column("date", "date"),
        Column("customers", "customers", whole),
    )
    return [Table("past_dates", "Past dates", columns, rows, notes)]


def value(workspace: Workspace) -> list[Table]:
    """The forecast by segment, and the back-test of its model by decile."""
    tested = [row for row in workspace.rows("value_backtest") if row["chosen"]]
    rows = workspace.rows("segment_value")
    notes = [workspace.manifest().facts()["value_note"]]
    if any(row["buying_probability"] is not None for row in rows):
        notes.insert(0, "buy: share of them to expect an order from; from, to: an 80 % band")
    tables = [SEGMENT_VALUE.for_terminal("Expected value", rows, notes)]
    if tested:
        title = f"Back-test of {tested[0]['model']} as of {tested[0]['cut_off']}"
        ranked = "spend" if tested[0]["expected_spend"] is not None else "orders"
        about = f"deciles by expected {ranked}; off by: mean absolute error of a customer"
        tables.append(FORECAST_TEST.for_terminal(title, tested, [about]))
    return tables
