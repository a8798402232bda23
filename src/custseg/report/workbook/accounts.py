"""Where rows and money went between the source and the segments."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from custseg.report.tables.ledger import LEDGER, STATUSES, ledger_rows, status_rows
from custseg.report.workbook.cells import Heading, Value
from custseg.report.workbook.charts import stacked
from custseg.report.workbook.formats import WHOLE, exact_money
from custseg.report.workbook.tables import write_found, write_table
from custseg.words.colours import BLUE, GREY, VERMILION

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary
    from custseg.report.tables.definition import Row
    from custseg.report.workbook.cells import Block
    from custseg.report.workbook.formats import Format
    from custseg.report.workbook.sheet import SheetWriter
    from custseg.words.language import Texts

_TAKEN: Final = VERMILION
_GIVEN: Final = BLUE


def ledger(writer: SheetWriter, summary: Summary) -> None:
    """Account for every row and every penny, rule by rule.

    All figures are values, exact and seen by programs that compute nothing. The two differences
    below are formulas: whoever opens the workbook checks it, and until then an uncomputed formula
    shows nothing or zero, as it should.
    """
    steps, say = summary.ledger, writer.say.below("ledger")
    writer.title(writer.say("names.ledger"), say("lead"))
    amounts = [value for step in steps for value in (step.value_removed, step.value_left)]
    shown = exact_money(writer.wording, amounts)
    total = {
        "meaning": say("all"),
        "rows_removed": sum(step.rows_removed for step in steps),
        "rows_left": steps[-1].rows_left,
        "value_removed": sum((step.value_removed for step in steps), Decimal(0)),
        "value_left": steps[-1].value_left,
        "orders_left": steps[-1].orders_left,
        "customers_left": steps[-1].customers_left,
    }
    rows = ledger_rows(summary, writer.wording)
    block = write_table(writer, LEDGER, rows, summary, total=total)
    writer.freeze(block.first)
    _check(writer, block, shown, say("difference"), money=summary.money)
    if summary.money and all(step.value_left >= 0 for step in steps):
        _waterfall(writer, summary, rows, shown, say)
    write_found(writer, say("statuses"), STATUSES, status_rows(summary, writer.wording), summary)
    writer.pages = (1, 1)


def _check(writer: SheetWriter, block: Block, shown: Format, label: str, *, money: bool) -> None:
    """The source, less what was taken out, less what is left: nothing."""
    first, last = block.first, block.last
    checked = [(2, "B", "C", WHOLE), *[(4, "D", "E", shown)] * money]
    for number, taken, left, form in checked:
        formula = f"=ROUND({left}{first}-SUM({taken}{first}:{taken}{last})-{left}{last},4)"
        writer.formula(number, formula, form)
    writer.total([Heading("")], [label])


def _waterfall(
    writer: SheetWriter, summary: Summary, named: list[Row], shown: Format, say: Texts
) -> None:
    writer.heading(say("way"))
    steps = summary.ledger
    called = {row["rule"]: row["meaning"] for row in named}
    moved = [step for step in steps[1:] if step.value_removed]
    rows: list[list[Value]] = [[called[steps[0].rule], None, steps[0].value_left, None, None]]
    for step in moved:
        taken = step.value_removed
        base = min(step.value_left, step.value_left + taken)
        down, up = (taken, None) if taken > 0 else (None, -taken)
        rows.append([called[step.rule], base, None, down, up])
    rows.append([say("revenue"), None, steps[-1].value_left, None, None])
    chart_rows = writer.table(
        [
            Heading(say("step")),
            *(Heading(say(key), shown) for key in ("below", "money", "taken", "given")),
        ],
        rows,
    )
    largest = max(moved, key=lambda step: abs(step.value_removed), default=None)
    title = say("unmoved")
    if largest:
        amount = writer.wording.style.money(abs(largest.value_removed), summary.currency, 2)
        title = say(
            "largest", rule=called[largest.rule], taken=largest.value_removed > 0, amount=amount
        )
    stacked(
        writer,
        chart_rows,
        {2: None, 3: GREY, 4: _TAKEN, 5: _GIVEN},
        title=title,
        axis=say("axis", currency=summary.currency),
    )
