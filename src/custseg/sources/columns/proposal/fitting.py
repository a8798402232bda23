"""Whether a column's values can be what its name says, and what values say where names don't."""

from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from custseg.sources.columns.proposal.sampling import NEARLY_ALL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from custseg.sources.columns.proposal.sampling import Sample

_LARGEST_QUANTITY: Final = 1000
_USUAL_QUANTITY: Final = 20
_HASHED: Final = "kept as a keyed hash"
_UNSURE: Final = 0.5
_EMAIL_AS_ID: Final = 0.8


@dataclass(frozen=True)
class Fitting:
    """That values fit, and what they are."""

    said: str
    most: float = 1.0
    """Confidence that such values allow at most."""


def judge_values(field: str, sample: Sample, *, weak: bool, per_order: bool) -> Fitting | None:
    """Tell what the values say for a field; None if they speak against it.

    Parameters
    ----------
    field
        A canonical field, or one of the lexicon's own.
    sample
        A column with at least one value.
    weak
        Its name says little, so its values must say more.
    per_order
        The table has nothing of an order's lines: each row may be an order.
    """
    if sample.nested:
        # A buyer's name, address and telephone number in one.
        return None
    if field == "order_id" and weak and sample.unique and not per_order:
        # The number of a row.
        return None
    return _FITS.get(field, _money)(sample, weak)


def _customer(sample: Sample, weak: bool) -> Fitting | None:  # noqa: FBT001  (the table's form)
    if sample.emails:
        return Fitting(f"values: e-mail addresses, {_HASHED}", _EMAIL_AS_ID)
    if sample.people:
        # People of the same name would be one customer: somebody has to want that.
        return Fitting(f"values: names, {_HASHED}; namesakes become one customer", _UNSURE)
    if not sample.codes or (weak and (sample.counts_up or sample.unique)):
        return None
    return Fitting("values: ids" + ("" if sample.unique else " that repeat"))


def _order(sample: Sample, weak: bool) -> Fitting | None:  # noqa: FBT001
    if not sample.codes or sample.emails or (weak and not sample.order_numbers):
        return None
    return Fitting("values: ids" + (", each once" if sample.unique else " that repeat"))


def _product_id(sample: Sample, _weak: bool) -> Fitting | None:  # noqa: FBT001
    return Fitting("values: codes") if sample.codes and not sample.counts_up else None


def _text(sample: Sample, _weak: bool) -> Fitting | None:  # noqa: FBT001
    speaks_against = sample.numeric or sample.dates or sample.emails
    return None if speaks_against else Fitting("values: texts")


def _category(sample: Sample, _weak: bool) -> Fitting | None:  # noqa: FBT001
    return Fitting("values: texts") if sample.codes else None


def _country(sample: Sample, _weak: bool) -> Fitting | None:  # noqa: FBT001
    return Fitting("values: names or codes of places") if sample.places else None


def _date(sample: Sample, _weak: bool) -> Fitting | None:  # noqa: FBT001
    if sample.dates:
        return Fitting("values: dates" + (" with times" if sample.clock else ""))
    return Fitting("values: dates as numbers") if sample.serial_dates else None


def _quantity(sample: Sample, _weak: bool) -> Fitting | None:  # noqa: FBT001
    if not sample.numeric or sample.counts_up:
        return None
    return Fitting("values: whole numbers" if sample.whole else "values: numbers")


def _money(sample: Sample, _weak: bool) -> Fitting | None:  # noqa: FBT001
    return Fitting("values: numbers") if sample.numeric else None


def _status(sample: Sample, _weak: bool) -> Fitting | None:  # noqa: FBT001
    return Fitting("values: a few words") if sample.few_words else None


def _currency(sample: Sample, _weak: bool) -> Fitting | None:  # noqa: FBT001
    return Fitting("values: codes of currencies") if sample.currencies else None


def _time(sample: Sample, _weak: bool) -> Fitting | None:  # noqa: FBT001
    return Fitting("values: times of day") if sample.times else None


_FITS: Final[dict[str, Callable[[Sample, bool], Fitting | None]]] = {
    "customer_id": _customer,
    "order_id": _order,
    "product_id": _product_id,
    "description": _text,
    "category": _category,
    "country": _country,
    "ordered_at": _date,
    "quantity": _quantity,
    "status": _status,
    "cancelled_at": _date,
    "currency": _currency,
    "time": _time,
}


def scales_with_quantity(price: Sample, quantity: Sample, product: Sample | None) -> bool:
    """Whether a "price" is what the whole line cost: of a product, it grows with the quantity."""
    if product is None:
        return False
    lines: dict[str, set[tuple[float, float]]] = defaultdict(set)
    for code, units, paid in zip(product.values, quantity.numbers, price.numbers, strict=True):
        if code and units and paid:
            lines[code].add((units, paid))
    told = [found for found in lines.values() if len({units for units, _ in found}) > 1]
    if not told:
        return False
    grows = sum(_spread(paid / units for units, paid in found) for found in told)
    stays = sum(_spread(paid for _, paid in found) for found in told)
    return grows >= NEARLY_ALL * len(told) and stays < grows / 2


def _spread(prices: Iterable[float]) -> bool:
    """Whether prices are all but equal."""
    known = list(prices)
    return max(known) - min(known) <= 0.02 * abs(max(known, key=abs))


def only_by_values(
    samples: Sequence[Sample], fields: Iterable[str]
) -> dict[str, tuple[list[Sample], str]]:
    """Tell which columns of names that say nothing each field may be, and why."""
    found = {}
    for field in fields:
        test, said = _BY_VALUES[field]
        fitting = [sample for sample in samples if sample.filled and test(sample)]
        if fitting:
            found[field] = (fitting, said)
    return found


def _id_that_repeats(sample: Sample) -> bool:
    few = len(sample.distinct) <= len(sample.filled) / 50
    small = sample.whole and not any(v.startswith("0") for v in sample.filled) and _small(sample)
    varied = not sample.unique and len(sample.distinct) > 1 and not few
    return sample.codes and varied and not small and not sample.places and not sample.counts_up


def _small(sample: Sample) -> bool:
    numbers = sample.known_numbers
    usual = statistics.median(map(abs, numbers)) <= _USUAL_QUANTITY
    return usual and max(map(abs, numbers)) <= _LARGEST_QUANTITY


def _units(sample: Sample) -> bool:
    starts_with_zero = any(value.startswith("0") and value != "0" for value in sample.filled)
    return (
        sample.whole
        and _small(sample)
        and not sample.unique
        and not starts_with_zero
        and not sample.counts_up
    )


def _fractions(sample: Sample) -> bool:
    return sample.numeric and not sample.whole and not sample.shares


_BY_VALUES: Final[dict[str, tuple[Callable[[Sample], bool], str]]] = {
    "customer_id": (_id_that_repeats, "ids that repeat"),
    "ordered_at": (lambda sample: sample.dates, "dates"),
    "quantity": (_units, "small whole numbers"),
    "amount": (_fractions, "numbers with decimals"),
}
