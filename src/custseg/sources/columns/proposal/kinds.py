"""A column that says of each row whether it is a sale or what went back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.sources.columns.proposal.names import says_any
from custseg.sources.columns.proposal.result import SURE, Match

if TYPE_CHECKING:
    from collections.abc import Collection

    from custseg.sources.columns.proposal.sampling import Sample
    from custseg.sources.columns.proposal.state import State

_SIGNED: Final = ("quantity", "amount", "unit_price", "order_total")
_GIVES_WAY: Final = ("status", "category")
"""Fields that such a column may have been taken for by its name."""
_NAMES: Final = frozenset(
    {"type", "typ", "kind", "art", "tipo", "soort", "rodzaj", "tur", "тип", "类型", "類型", "区分"}
    | {"vorgang", "vorgangsart", "belegart", "transaktionsart", "buchungsart", "operation"}
)


def settle_kind(state: State) -> None:
    """Take a column of sales and returns for what a row is, where numbers don't say it by signs.

    Its rows would all be sales. Where it also has words for neither, the user is asked.
    """
    if state.settled("kind"):
        return
    from custseg.sources.values.statuses import sort_kinds

    for sample in state.free:
        sold, back, others = sort_kinds(sample.distinct) if sample.few_words else ((), (), ())
        taken = [field for field, match in state.matches.items() if sample.name in match.columns]
        movable = all(field in _GIVES_WAY and not others for field in taken)
        if not sold or not movable or _below_zero(state, sample, back):
            continue
        if others and back:
            why = "some rows are sales and some are what went back, by its values"
            state.doubt("kind", [sample.name], why)
        elif not others and (back or says_any(sample.name, _NAMES)):
            for field in taken:
                del state.matches[field]
            reason = "values: kinds of rows" + (", what went back among them" if back else "")
            state.matches["kind"] = Match("kind", sample.name, reason, SURE)
        else:
            continue
        return


def _below_zero(state: State, kinds: Sample, back: Collection[str]) -> bool:
    """Whether numbers say of each row that went back that it did."""
    rows = [place for place, value in enumerate(kinds.values) if value in back]
    for field in _SIGNED:
        sample = state.sample(field)
        if sample and rows and all((sample.numbers[row] or 0) < 0 for row in rows):
            return True
    return False
