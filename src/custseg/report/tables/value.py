"""What `custseg value` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custseg.report.tables.table import (
    Column,
    Table,
    decimals,
    percent,
    whole,
    with_values,
)

if TYPE_CHECKING:
    from custseg.workspace.workspace import Workspace


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
        backtest = (
            Column("decile", "decile", lambda decile: whole(decile) if decile else "all"),
            Column("customers", "customers", whole),
            Column("expected_orders", "orders expected", whole),
            Column("actual_orders", "came", whole),
            Column("orders_error", "off by", decimals(2), optional=True),
            Column("expected_spend", "spend expected", whole),
            Column("actual_spend", "came", whole),
            Column("spend_error", "off by", whole, optional=True),
        )
        title = f"Back-test of {tested[0]['model']} as of {tested[0]['cut_off']}"
        ranked = "spend" if tested[0]["expected_spend"] is not None else "orders"
        about = f"deciles by expected {ranked}; off by: mean absolute error of a customer"
        shown = with_values(backtest, tested)
        tables.append(Table("value_backtest", title, shown, tested, [about]))
    return tables
