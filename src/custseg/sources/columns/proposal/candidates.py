"""Which columns a field may be: their names say so, and their values don't speak against it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from custseg.sources.columns.names import plain_name
from custseg.sources.columns.proposal.fitting import judge_values
from custseg.sources.columns.proposal.money import TAKEN_OFF
from custseg.sources.columns.proposal.names import OTHERS, How, Meaning, meanings
from custseg.sources.table import REQUIRED_FIELDS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from custseg.sources.columns.proposal.sampling import Sample

_CONFIDENCE: Final = {How.WHOLE: 0.95, How.PART: 0.7, How.WEAK: 0.5}
_UNSEEN: Final = 0.8
"""No rows: the name alone speaks."""
_EMPTY: Final = 0.5
_OF_LINES: Final = frozenset({"product_id", "description", "quantity", "unit_price"})


@dataclass(frozen=True)
class Candidate:
    """A column that a field may be."""

    sample: Sample
    meaning: Meaning
    said: str
    """What the values say."""
    confidence: float

    @property
    def rank(self) -> tuple[int, int]:
        """Its place among the field's candidates: the smaller, the likelier."""
        return (self.meaning.how, self.meaning.tier)

    @property
    def name(self) -> str:
        """What the source calls it."""
        return self.sample.name

    @property
    def reason(self) -> str:
        """What speaks for it."""
        return "; ".join(part for part in (says(self.meaning), self.said) if part)


def candidates_of(
    free: Sequence[Sample], given: Collection[str], columns: Sequence[Sample]
) -> tuple[dict[str, list[Candidate]], dict[str, str]]:
    """Find the candidates of each field, and why other columns are none.

    Parameters
    ----------
    free
        Columns that the user's mapping does not name.
    given
        Fields that it has already.
    columns
        All columns.
    """
    per_order = not any(
        meaning.field in _OF_LINES and meaning.how is not How.WEAK
        for sample in columns
        for meaning in meanings(sample.name)
    )
    found: dict[str, list[Candidate]] = defaultdict(list)
    unused: dict[str, str] = {}
    for sample in free:
        for meaning in meanings(sample.name):
            if meaning.field == OTHERS:
                unused[sample.name] = meaning.text
                break
            if any(candidate.sample is sample for candidate in found[meaning.field]):
                continue  # two of the field's names say so, as "unit price" and "price (unit)"
            if meaning.field in given:
                unused.setdefault(sample.name, f"{meaning.text}: you named another")
            elif candidate := _candidate(sample, meaning, per_order=per_order):
                found[meaning.field].append(candidate)
            else:
                why = "the values don't fit" if sample.filled else "the first rows have none"
                unused.setdefault(sample.name, f"{says(meaning)}, but {why}")
    for field in REQUIRED_FIELDS:
        # An empty column may be the one, but not beside one that is filled.
        if any(candidate.sample.filled for candidate in found[field]):
            found[field] = [candidate for candidate in found[field] if candidate.sample.filled]
    return found, unused


def _candidate(sample: Sample, meaning: Meaning, *, per_order: bool) -> Candidate | None:
    confidence = _CONFIDENCE[meaning.how]
    if not sample.values:
        return Candidate(sample, meaning, "", min(confidence, _UNSEEN))
    if not sample.filled:
        # What changes money must be asked for even so; other columns of nothing are no use.
        if meaning.field not in {*REQUIRED_FIELDS, *TAKEN_OFF}:
            return None
        return Candidate(sample, meaning, "values: none in the first rows", _EMPTY)
    fitting = judge_values(meaning, sample, per_order=per_order)
    if fitting is None:
        return None
    return Candidate(sample, meaning, fitting.said, min(confidence, fitting.most))


def weak_rivals(equals: Sequence[Candidate], left: Mapping[str, list[Candidate]]) -> list[str]:
    """Fields for which a column of a name that says little is just as likely; none if one.

    Parameters
    ----------
    equals
        The best candidates of a field.
    left
        Candidates of all fields that are still open.
    """
    if any(candidate.meaning.how is not How.WEAK for candidate in equals):
        return []
    names = {candidate.name for candidate in equals}
    rivals = [
        field
        for field, found in left.items()
        if {c.name for c in found if c.rank == min(c.rank for c in found)} == names
    ]
    return rivals if len(rivals) > 1 else []


def say_the_same(field: str, one: Candidate, other: Candidate) -> bool:
    """Whether two columns hold the same, or an order's id in two forms."""
    if not one.sample.filled:
        return False
    if one.sample.values == other.sample.values:
        return True
    pairs = set(zip(one.sample.values, other.sample.values, strict=True))
    firsts, seconds = ({pair[i] for pair in pairs} for i in (0, 1))
    return field == "order_id" and len(pairs) == len(firsts) == len(seconds) > 1


def says(meaning: Meaning) -> str:
    """What a name means, as a reason; the part that says so, unless it is all of it."""
    part = f' ("{meaning.found}" in it)' if meaning.how is How.PART else ""
    return f'name means "{meaning.text}"{part}'


def find(columns: Sequence[Sample], named: str | tuple[str, ...]) -> list[Sample]:
    """Return the columns that a mapping names; a number names one that has no name."""
    plain = {plain_name(sample.name): sample for sample in columns}
    wanted = [
        name if plain_name(name) in plain or not name.strip().isdecimal() else f"column {name}"
        for name in ((named,) if isinstance(named, str) else named)
    ]
    return [plain[plain_name(name)] for name in wanted if plain_name(name) in plain]
