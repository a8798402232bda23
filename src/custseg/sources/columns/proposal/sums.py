"""Columns of money, what is found of them, and sums over the rows of a sample."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from custseg.sources.columns.proposal.sampling import NEARLY_ALL

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from custseg.sources.columns.proposal.sampling import Sample

Numbers = list[float | None]
CENT: Final = 0.011
"""By how much sums may differ: a hundredth, and what floating point adds."""
_HALF_A_CENT: Final = 0.0051


@dataclass(frozen=True)
class MoneyColumn:
    """A column of money, and what its name says."""

    sample: Sample
    field: str
    rank: tuple[int, int]
    """How its name says so, and the tier of that name."""
    says: str
    """The name's meaning, as a reason."""

    @property
    def name(self) -> str:
        """What the source calls it."""
        return self.sample.name

    @property
    def zeros(self) -> list[float]:
        """Its numbers, where empty is none."""
        return [number or 0.0 for number in self.sample.numbers]


@dataclass(frozen=True)
class Lines:
    """What else the rows tell of a line's money."""

    quantity: Sample | None
    unit_price: Sample | None
    orders: Sequence[Hashable] | None
    """The order of each row, None where the source has none."""
    item: Sample | None = None
    """What was bought: its id or its name."""

    @property
    def product(self) -> Numbers | None:
        """Quantity times price of each row."""
        if self.quantity is None or self.unit_price is None:
            return None
        pairs = zip(self.quantity.numbers, self.unit_price.numbers, strict=True)
        return [None if q is None or p is None else q * p for q, p in pairs]


@dataclass
class Settled:
    """What was found of the columns of money."""

    matches: dict[str, tuple[MoneyColumn, str]] = field(default_factory=dict)
    """The column of each field, with what its values say."""
    unclear: dict[str, tuple[list[MoneyColumn], str]] = field(default_factory=dict)
    unused: dict[str, str] = field(default_factory=dict)
    """Why a column is left out."""
    zero: list[str] = field(default_factory=list)
    """Columns left out because they are zero on every row of the sample."""

    def leave(self, columns: Iterable[MoneyColumn], reason: str) -> None:
        """Leave columns out."""
        self.unused |= {column.name: reason for column in columns}


def group_equal(columns: list[MoneyColumn]) -> list[list[MoneyColumn]]:
    """Group columns of equal values; the one whose name tells most leads its group."""
    groups: list[list[MoneyColumn]] = []
    for column in sorted(columns, key=lambda column: column.rank):
        for group in groups:
            held, rows = count_equal(column.sample.numbers, group[0].sample.numbers)
            if 0 < rows == held:
                group.append(column)
                break
        else:
            groups.append([column])
    return groups


def count_equal(left: Numbers, right: Numbers, quantity: Sample | None = None) -> tuple[int, int]:
    """Count the rows on which two columns of money are equal, and those that have both.

    A price is rounded to a hundredth, so what it is multiplied to can differ by half of one per
    unit.
    """
    units = quantity.numbers if quantity else [1.0] * len(left)
    same = [
        abs(a - b) <= max(CENT, _HALF_A_CENT * abs(n or 0))
        for a, b, n in zip(left, right, units, strict=True)
        if a is not None and b is not None
    ]
    return sum(same), len(same)


def holds_nearly(counts: tuple[int, int]) -> bool:
    """Whether that is so on nearly all rows, of at least one."""
    held, rows = counts
    return rows > 0 and held >= NEARLY_ALL * rows


def is_sum_of(
    target: Numbers, reckoned: Numbers, terms: Iterable[MoneyColumn], quantity: Sample | None = None
) -> bool:
    """Whether a column of money is a sum with certain terms.

    Rows where a term is zero say nothing of it, however many they are: the others must fit.
    """
    if not holds_nearly(count_equal(target, reckoned, quantity)):
        return False
    for term in terms:
        told = [None if not n else value for n, value in zip(term.zeros, reckoned, strict=True)]
        if not holds_nearly(count_equal(target, told, quantity)):
            return False
    return True


def subtract(numbers: Numbers, column: MoneyColumn) -> Numbers:
    """Take a discount off; some write it with a minus."""
    pairs = zip(numbers, column.zeros, strict=True)
    return [None if a is None else a - abs(d or 0) for a, d in pairs]


def add(numbers: Numbers, column: MoneyColumn) -> Numbers:
    """Add a tax or the like."""
    pairs = zip(numbers, column.zeros, strict=True)
    return [None if a is None else a + (d or 0) for a, d in pairs]


def rates(column: MoneyColumn) -> list[float]:
    """Discount rates as parts of one; a column with values above 1, or signs, is in percent."""
    values = column.sample.filled
    percent = any(abs(rate) > 1 for rate in column.sample.known_numbers)
    percent = percent or any("%" in value for value in values)
    return [abs(rate) / (100 if percent else 1) for rate in column.zeros]


def less_rate(numbers: Numbers, column: MoneyColumn) -> Numbers:
    """Take a discount rate off."""
    pairs = zip(numbers, rates(column), strict=True)
    return [None if number is None else number * (1 - rate) for number, rate in pairs]


def take_only(name: str, columns: list[MoneyColumn], found: Settled) -> None:
    """Take the only column there is; of several, none."""
    columns = [column for column in columns if column.name not in found.unused]
    if len(columns) == 1:
        found.matches[name] = (columns[0], "values: money")
    elif columns:
        found.unclear[name] = (columns, "each could be it")


def mark_unclear(name: str, columns: list[MoneyColumn], found: Settled) -> None:
    """Call unclear what no sum has settled."""
    settled = {*found.unused, *(column.name for column, _ in found.matches.values())}
    left = [column for column in columns if column.name not in settled]
    if left:
        found.unclear[name] = (left, _why_unclear(name))


def _why_unclear(name: str) -> str:
    if name == "discount_rate":
        return "a share of the price: it may be taken off the amount already, or not"
    if name.endswith("discount"):
        return "may be taken off the amount already, or not"
    if name.endswith("shipping"):
        return "may be in the total, or not"
    return "may be in the amount, or not"
