"""Where rows and money went between the source and the segments."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from custseg.report.tables.ledger import LEDGER, STATUSES
from custseg.report.workbook.cells import Heading, Value
from custseg.report.workbook.charts import stacked
from custseg.report.workbook.formats import WHOLE, exact_money, money
from custseg.report.workbook.tables import write_found, write_table
from custseg.words.colours import BLUE, GREY, VERMILION

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary
    from custseg.report.workbook.cells import Block
    from custseg.report.workbook.formats import Format
    from custseg.report.workbook.sheet import SheetWriter

_TAKEN: Final = VERMILION
_GIVEN: Final = BLUE


def ledger(writer: SheetWriter, summary: Summary) -> None:
    """Account for every row and every penny, rule by rule.

    All figures are values, exact and seen by programs that compute nothing. The two differences
    below are formulas: whoever opens the workbook checks it, and until then an uncomputed formula
    shows nothing or zero, as it should.
    """
    steps = summary.ledger
    writer.title(
        "Ledger",
        "What each rule of cleaning took out of the rows and of the money. A rule that takes out "
        "returns, which are negative, puts money back."
        if summary.money
        else "What each rule of cleaning took out of the rows.",
    )
    amounts = [value for step in steps for value in (step.value_removed, step.value_left)]
    shown = exact_money(summary.currency, amounts)
    total = {
        "meaning": "All rules",
        "rows_removed": sum(step.rows_removed for step in steps),
        "rows_left": steps[-1].rows_left,
        "value_removed": sum((step.value_removed for step in steps), Decimal(0)),
        "value_left": steps[-1].value_left,
        "orders_left": steps[-1].orders_left,
        "customers_left": steps[-1].customers_left,
    }
    block = write_table(writer, LEDGER, [asdict(step) for step in steps], summary, total=total)
    writer.freeze(block.first)
    _check(writer, block, shown, money=summary.money)
    if summary.money and all(step.value_left >= 0 for step in steps):
        _waterfall(writer, summary, shown)
    if summary.statuses:
        rows = [asdict(status) for status in summary.statuses]
        write_found(writer, "Statuses of orders", STATUSES, rows, summary)
    writer.pages = (1, 1)


def _check(writer: SheetWriter, block: Block, shown: Format, *, money: bool) -> None:
    """The source, less what was taken out, less what is left: nothing."""
    first, last = block.first, block.last
    checked = [(2, "B", "C", WHOLE), *[(4, "D", "E", shown)] * money]
    for number, taken, left, form in checked:
        formula = f"=ROUND({left}{first}-SUM({taken}{first}:{taken}{last})-{left}{last},4)"
        writer.formula(number, formula, form)
    writer.total([Heading("")], ["Difference (0: it all adds up)"])


def _waterfall(writer: SheetWriter, summary: Summary, shown: Format) -> None:
    writer.heading("The way of the money")
    steps = summary.ledger
    moved = [step for step in steps[1:] if step.value_removed]
    rows: list[list[Value]] = [[steps[0].meaning, None, steps[0].value_left, None, None]]
    for step in moved:
        taken = step.value_removed
        base = min(step.value_left, step.value_left + taken)
        down, up = (taken, None) if taken > 0 else (None, -taken)
        rows.append([step.meaning, base, None, down, up])
    rows.append(["Revenue", None, steps[-1].value_left, None, None])
    chart_rows = writer.table(
        [
            Heading("Step"),
            Heading("Below", shown),
            Heading("Money", shown),
            Heading("Taken out", shown),
            Heading("Put back", shown),
        ],
        rows,
    )
    largest = max(moved, key=lambda step: abs(step.value_removed), default=None)
    title = "Of the money in the source, all counts"
    if largest:
        verb = "takes out" if largest.value_removed > 0 else "puts back"
        amount = money(summary.currency).written(abs(largest.value_removed))
        title = f"“{largest.meaning}” {verb} most money: {amount}"
    stacked(
        writer,
        chart_rows,
        {2: None, 3: GREY, 4: _TAKEN, 5: _GIVEN},
        title=title,
        axis=f"Money{f' ({summary.currency})' if summary.currency else ''}",
    )
