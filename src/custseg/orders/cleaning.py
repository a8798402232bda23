"""Which order lines count: rules in a fixed order, and a ledger of every row and every penny."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from custseg.artifacts import ARTIFACTS
from custseg.engine.base import PLACE, fetch
from custseg.engine.duckdb import keep
from custseg.errors import DataError
from custseg.orders.judging import AFTER, judge, settle, settle_before
from custseg.orders.ledger import account, reconcile
from custseg.orders.remarks import of_copies, of_ledger
from custseg.orders.rules import HINTS, IN_PYTHON, RETURN_RULES, ROW_RULES, RULES
from custseg.orders.statuses import list_statuses, note_unknown
from custseg.settings import CleanSettings
from custseg.sources.lines.ends import End, end_of
from custseg.words.figures import counted

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir
    import pandas as pd

    from custseg.engine.base import Overlaid
    from custseg.orders.judging import Judged, Settled

_KEPT: Final = ARTIFACTS["transactions"].column_names()
_REMOVED: Final = ARTIFACTS["removed"].column_names()
_OF_RETURNS: Final = {rule for rule in RULES if rule not in ROW_RULES}
_BEFORE_STATUS: Final = ROW_RULES[: ROW_RULES.index("status")]


@dataclass(frozen=True)
class Cleaned:
    """What cleaning gives: the lines that count, those that don't, and the account of both."""

    lines: Overlaid
    """Every line, with the rule that removed it; null where it counts."""
    ledger: pd.DataFrame
    statuses: pd.DataFrame
    """Each status of the orders, and what it means for them."""
    as_of: str
    """The date (ISO) at whose midnight the data end, exclusive."""
    cleaning_notes: tuple[str, ...]
    """What whoever started the run should know of it."""

    @property
    def transactions(self) -> ir.Table:
        """The lines that count."""
        lines = self.lines.whole
        return lines.filter(lines.rule.isnull()).select(_KEPT)

    @property
    def removed(self) -> ir.Table:
        """The lines that don't."""
        lines = self.lines.whole
        return lines.filter(lines.rule.notnull()).select(_REMOVED)


def clean(
    raw: ir.Table,
    preset: str = "none",
    rejected_rows: int = 0,
    settings: CleanSettings | None = None,
) -> Cleaned:
    """Separate the order lines that count from those that don't.

    Each row is removed by the first rule that it breaks, and by no other. Order lines on or after
    the as-of date do not exist, returns among them: a return known only later undoes nothing.

    Parameters
    ----------
    raw
        Canonical order lines with source_file and source_row, which together name a row.
    preset
        Name of the code patterns that fit the source.
    rejected_rows
        Rows of the source that could not be read: the ledger counts them, without value.
    settings
        The `[clean]` settings.

    Returns
    -------
    Cleaned
        transactions and removed together hold every row of `raw` once; the sum of raw.amount is
        exactly that of transactions.amount, transactions.amount_undone and removed.amount.

    Raises
    ------
    DataError
        No line is left, or none is before the as-of date.

    Examples
    --------
    >>> cleaned = custseg.clean(raw, preset)
    >>> cleaned.as_of, int(cleaned.ledger["rows_removed"].sum())
    ('2024-01-01', 4212)
    """
    settings = settings or CleanSettings()
    end = End(settings.as_of) if settings.as_of else end_of(raw)
    judged = judge(raw, preset, settings)
    settled, has = settle(judged, end.as_of), judged.has
    counted, ledger = _ledger(settled, judged, rejected_rows)
    if not ledger["rows_left"].iloc[-1]:
        raise _nothing_left(settled.judged, ledger, end.as_of)
    busiest = settled.busiest
    told = {
        *[AFTER] * bool(settings.as_of),
        *["missing_customer"] * bool(busiest and busiest.is_nobody),
    }
    statuses = ARTIFACTS["statuses"].empty()
    if has["statuses"]:
        before = settled.judged
        reached = before.filter(before.rule.isnull() | before.rule.notin(_BEFORE_STATUS))
        statuses = list_statuses(reached.filter(reached.status.notnull()))
    reconcile(has, counted)
    return Cleaned(
        settled.lines.each(_kept_and_removed),
        ledger,
        statuses,
        end.as_of.isoformat(),
        tuple(
            note
            for note in (
                end.note(),
                *of_ledger(ledger, told),
                of_copies(settled.judged, has, settings),
                note_unknown(statuses),
                busiest.note() if busiest else "",
            )
            if note
        ),
    )


def _kept_and_removed(lines: ir.Table) -> ir.Table:
    """Leave out what neither of the two has."""
    names = dict.fromkeys((*_KEPT, *_REMOVED, PLACE))
    return lines.select(*(name for name in names if name in lines.columns))


def clean_before(judged: Judged, as_of: date) -> tuple[ir.Table, ir.Table]:
    """Clean as of a past date, without an account of it.

    Returns
    -------
    tuple
        The lines that count, as in `Cleaned`, and those that count no more for what went back of
        them; both are computed once.

    Raises
    ------
    DataError
        As `clean`.
    """
    lines = settle_before(judged, as_of).lines.whole
    lines = lines.filter(lines.rule.isnull() | lines.rule.isin(_OF_RETURNS))
    lines = keep(_kept_and_removed(lines), judged.has["rows"])
    if not fetch(lines.aggregate(n=lines.rule.isnull().sum()))[0]["n"]:
        settled = settle(judged, as_of)
        raise _nothing_left(settled.judged, _ledger(settled, judged)[1], as_of)
    return (
        lines.filter(lines.rule.isnull()).select(_KEPT),
        lines.filter(lines.rule.notnull()).select(_REMOVED),
    )


def _ledger(
    settled: Settled, judged: Judged, rejected_rows: int = 0
) -> tuple[ir.Table, pd.DataFrame]:
    """The tally of all lines, computed once, and the account of it."""
    has, returns = judged.has, judged.settings.returns
    absent = {
        "superseded": has["exports"] < 2,  # noqa: PLR2004  (one export cannot overlap)
        "status": not has["statuses"],
        "objected": not has["objections"],
        "refunded": not judged.has_refunds,
        "undone_in_part": returns == "subtract" and not judged.has_refunds,
    }
    rules = (*ROW_RULES, *RETURN_RULES[returns], "refunded")
    counted = settled.counted.cache()
    return counted, account(
        counted, tuple(rule for rule in rules if not absent.get(rule)), rejected_rows
    )


def _nothing_left(lines: ir.Table, ledger: pd.DataFrame, as_of: date) -> DataError:
    span = fetch(lines.aggregate(first=lines.ordered_at.min(), last=lines.ordered_at.max()))[0]
    if span["first"].date() >= as_of:
        return DataError(
            f"As of {as_of} nothing is known: the first order is on {span['first']:%Y-%m-%d}.",
            f"Choose a date after it, up to {span['last'].date() + timedelta(days=1)}.",
        )
    worst = ledger.sort_values("rows_removed", kind="stable").to_dict("records")[-1]
    return DataError(
        f"Cleaning removed all {counted(ledger['rows_left'].iloc[0], 'row', 'rows')}; most of them "
        f"({worst['rows_removed']:,}) by the rule {worst['rule']}: {RULES[worst['rule']]}.",
        HINTS[worst["rule"]],
        in_python=IN_PYTHON.get(worst["rule"], ""),
    )
