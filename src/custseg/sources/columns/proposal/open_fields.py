"""What names leave open: the values of other columns are asked, and then the user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.sources.columns.proposal.by_values import fractions, only_by_values
from custseg.sources.columns.proposal.money import TAKEN_OFF, TOTALS
from custseg.sources.columns.proposal.names import OTHERS, meanings, says_money
from custseg.sources.columns.proposal.result import Match
from custseg.sources.columns.proposal.state import canonical
from custseg.sources.table import MONEY_FIELDS, REQUIRED_FIELDS

if TYPE_CHECKING:
    from custseg.sources.columns.proposal.state import State

_BY_VALUES: Final = 0.4
_MOST_SILENT: Final = 50
"""Of more columns whose names say nothing, some look like anything by chance."""


def ask_values(state: State) -> None:
    """Where names leave a field open, ask the values of columns that say nothing."""
    open_fields = [field for field in REQUIRED_FIELDS if not state.settled(field)]
    money_open = not any(state.settled(field) for field in MONEY_FIELDS)
    named = {c.name for found in state.candidates.values() for c in found} | set(state.unused)
    silent = [sample for sample in state.free if sample.name not in named]
    nameless = not state.matches and not state.unclear and not state.given
    fields = [*open_fields, *(["quantity"] if nameless else ())]
    fields += ["amount"] if money_open else []
    if len(silent) > _MOST_SILENT:
        fields, silent = [], []
    for field, (samples, said) in only_by_values(silent, fields, nameless=nameless).items():
        names = tuple(sample.name for sample in samples)
        if len(names) == 1 and (nameless or field != "amount"):
            told = f"only by its values: {said}"
            state.matches[field] = Match(canonical(field), names[0], told, _BY_VALUES)
        else:
            state.doubt(field, names, f"only values say so: {said}")
    if money_open:
        _ask_for_money(state)


def _ask_for_money(state: State) -> None:
    """Ask for what looks like money where none is mapped, whatever else it was taken for."""
    asked = state.unclear.get("amount")
    names = asked.columns if asked else ()
    more = tuple(
        sample.name
        for sample in state.free
        if sample.name not in state.taken()
        and not sample.dates
        and (
            _means_money(sample.name)
            or (sample.numeric and says_money(sample.name))
            or (sample.filled and fractions(sample) and _means_one_of_ours(sample.name))
        )
    )
    if more and "amount" not in state.matches:
        why = (
            asked.reason if asked else "money by name or decimals; nothing else says what was paid"
        )
        state.doubt("amount", (*names, *more), why)


def _means_money(name: str) -> bool:
    """Whether a name means a price or a total."""
    return any(meaning.field in {*TOTALS, "unit_price"} for meaning in meanings(name))


def _means_one_of_ours(name: str) -> bool:
    """Whether a name means a field of ours, such as "ticket", whose values are another's.

    Shipping and the like are money that was never the goods'.
    """
    return any(meaning.field not in {OTHERS, *TAKEN_OFF} for meaning in meanings(name))
