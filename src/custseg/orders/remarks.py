"""What a run says of its cleaning: rules that took most, and copies that may be second units."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from custseg.engine.base import fetch
from custseg.orders.repeats import find_copies
from custseg.orders.rules import HINTS, RULES
from custseg.words.figures import counted, percent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import ibis.expr.types as ir
    import pandas as pd

    from custseg.settings import CleanSettings

_MOST: Final = 0.5
"""Of rows or of money, which one rule should not take unsaid."""
_COPIES: Final = ("exact copy of another row doesn't", "exact copies of other rows don't")
_MANY_COPIES: Final = 0.01
"""Of the money: few copies are slips, many may be a habit of the shop."""


def of_ledger(ledger: pd.DataFrame, told: Collection[str] = ()) -> Iterator[str]:
    """Name each rule that removed most of the rows or of the money, with what changes it.

    Parameters
    ----------
    ledger
        The artifact `ledger`.
    told
        Rules of which it is known why they remove much.
    """
    raw, *steps = ledger.to_dict("records")
    rows, value = raw["rows_left"], raw["value_left"] or Decimal(0)
    for step in steps:
        if step["rule"] in told:
            continue
        of_rows = step["rows_removed"] / rows
        of_value = float((step["value_removed"] or Decimal(0)) / value) if value > 0 else 0.0
        parts = [
            *[f"{percent(of_rows)} of the rows"] * (of_rows > _MOST),
            *[f"{percent(of_value)} of the money"] * (of_value > _MOST),
        ]
        if parts:
            meaning = RULES[step["rule"]]
            yield (
                f"Cleaning removed {' and '.join(parts)} by one rule: "
                f"{meaning[0].lower()}{meaning[1:]}. {HINTS[step['rule']].rstrip('.')}"
            )
        elif step["rule"] == "duplicate" and of_value > _MANY_COPIES:
            yield (
                f"{counted(step['rows_removed'], *_COPIES)} count, {percent(of_value)} of the "
                f"money. {HINTS['duplicate'].rstrip('.')}"
            )


def of_copies(lines: ir.Table, has: Mapping[str, int], settings: CleanSettings) -> str:
    """Tell of copies that are kept, as nothing tells them from second units; empty if few.

    Parameters
    ----------
    lines
        All lines with the rule that removes each.
    has
        How many lines have order ids: with these, copies are known and removed.
    """
    if settings.duplicates != "auto" or has["orders"]:
        return ""
    kept = lines.filter(lines.rule.isnull())
    copies = find_copies(kept)
    all_, copied = (
        fetch(some.aggregate(rows=some.count(), value=some.amount.sum()))[0]
        for some in (kept, copies)
    )
    measure = "value" if (all_["value"] or 0) > 0 else "rows"
    share = float((copied[measure] or 0) / all_[measure])
    if share <= _MANY_COPIES:
        return ""
    return (
        f"{counted(copied['rows'], 'row is', 'rows are')} equal to an earlier one, "
        f"{percent(share)} of the {'money' if measure == 'value' else 'rows'}, and "
        f"{'counts' if copied['rows'] == 1 else 'count'}: without order ids they may be second "
        'units. If they are copies: [clean] duplicates = "drop"'
    )
