"""The cleaning ledger: what each rule took out of the rows and of the money, status by status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.report.summary.sentence import NO_AMOUNTS
from custseg.report.tables.definition import Definition, rows_of
from custseg.report.tables.table import Column, Table, exact_money, whole

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary
    from custseg.report.tables.definition import Row
    from custseg.words.language import Wording
    from custseg.workspace.workspace import Workspace

LEDGER: Final = Definition(
    "ledger",
    (
        Column("rule", "rule", optional=True, page=None, workbook=None),
        Column("meaning", "meaning"),
        Column("rows_removed", "rows removed", whole),
        Column("value_removed", "value removed", exact_money),
        Column("rows_left", "rows left", whole),
        Column("value_left", "value left", exact_money, optional=True),
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
        Column("value", "value", exact_money),
        Column("verdict", "counts?"),
    ),
    drops=frozenset({"terminal", "page"}),
    sheet_name="Statuses",
)


def ledger_rows(summary: Summary, wording: Wording) -> list[Row]:
    """Return a row for each rule, as a language calls it."""
    return [
        row | {"meaning": wording.called("rules", row["rule"], row["meaning"])}
        for row in rows_of(summary.ledger)
    ]


def status_rows(summary: Summary, wording: Wording) -> list[Row]:
    """Return a row for each status of orders, with what it means in a language."""
    return [
        row | {"verdict": wording.called("page.tables.statuses.verdicts", row["verdict"])}
        for row in rows_of(summary.statuses)
    ]


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
