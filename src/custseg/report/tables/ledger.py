"""The cleaning ledger: what each rule took out of the rows and of the money, status by status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.report.summary.sentence import NO_AMOUNTS
from custseg.report.tables.definition import Definition
from custseg.report.tables.table import Column, Table, exact_money, whole

if TYPE_CHECKING:
    from custseg.workspace.workspace import Workspace

LEDGER: Final = Definition(
    "ledger",
    (
        Column("rule", "rule", optional=True, page=None, workbook=None),
        Column("meaning", "meaning", workbook="Rule"),
        Column("rows_removed", "rows removed", whole, workbook="Rows taken out"),
        Column("value_removed", "value removed", exact_money, workbook="Money taken out"),
        Column("rows_left", "rows left", whole),
        Column("value_left", "value left", exact_money, optional=True, workbook="Money left"),
        Column("orders_left", "orders left", whole, optional=True),
        Column("customers_left", "customers left", whole, optional=True),
    ),
    first={"workbook": ("meaning", "rows_removed", "rows_left")},
    drops=frozenset({"terminal"}),
    sheet_name="Ledger",
)


STATUSES: Final = Definition(
    "statuses",
    (
        Column("status", "status"),
        Column("orders", "orders", whole),
        Column("value", "value", exact_money, workbook="Money"),
        Column("verdict", "counts?"),
    ),
    drops=frozenset({"terminal", "page"}),
    sheet_name="Statuses",
)


def clean(workspace: Workspace) -> list[Table]:
    """Every rule with what it removed and what it left, and every status with what it means."""
    from custseg.orders.rules import RULES

    rows = [row | {"meaning": RULES[row["rule"]]} for row in workspace.rows("ledger")]
    facts = workspace.manifest().facts()
    title = f"Cleaning ledger as of {facts['as_of']}"
    notes = [*facts["cleaning_notes"], *[NO_AMOUNTS] * (not facts["money"])]
    statuses = workspace.rows("statuses")
    shown = [STATUSES.for_terminal("Statuses of orders", statuses, money=facts["money"])]
    return [*shown[: len(statuses)], LEDGER.for_terminal(title, rows, notes)]
