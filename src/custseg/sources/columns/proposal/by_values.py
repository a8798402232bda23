"""What a column of a name that says nothing may be, by its values alone: never used unasked."""

from __future__ import annotations

import re
import statistics
from typing import TYPE_CHECKING, Final

from custseg.sources.columns.proposal.names import says_any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from custseg.sources.columns.proposal.sampling import Sample

_LARGEST_QUANTITY: Final = 1000
_USUAL_QUANTITY: Final = 20
_OLDEST: Final = 120
_EVENTS: Final = frozenset({"event", "type", "typ", "ip"})
_NO_IDS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"([a-z]{1,2}-)?\d{4,6}|\d{5}-\d{4}",  # 10115, D-10115, 10001-1234
        r"\d{3}[ -]\d{2,4}|\d{2}-\d{3}|\d{4}-\d{3}|\d{5}-\d{3}",  # 123 45, 00-950, 1000-001
        r"[a-z]\d[a-z] ?\d[a-z]\d",  # K1A 0B1
        r"[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}",  # SW1A 1AA
        r"\d{4} ?[a-z]{2}",  # 1012 AB
        r"\+\d{1,4}|00\d{1,3}",  # +49
        r"\d{1,3} ?[a-z]",  # 12a
    )
)
"""Postcodes, telephone prefixes and numbers of houses."""


def only_by_values(
    samples: Sequence[Sample], fields: Iterable[str], *, nameless: bool = False
) -> dict[str, tuple[list[Sample], str]]:
    """Tell which columns of names that say nothing each field may be, and why.

    Parameters
    ----------
    nameless
        No column has a name that says anything: numbers of five digits, which elsewhere are
        postcodes, may be the customers.
    """
    found = {}
    for field in fields:
        test, said = _BY_VALUES[field]
        fitting = [sample for sample in samples if sample.filled and test(sample)]
        if field == "customer_id":
            fitting = [sample for sample in fitting if not _of_a_device_or_event(sample)]
        if field == "customer_id" and not nameless:
            fitting = [sample for sample in fitting if not _measures_or_places(sample)]
        if fitting:
            found[field] = (fitting, said)
    return found


def _id_that_repeats(sample: Sample) -> bool:
    few = len(sample.distinct) <= len(sample.filled) / 50
    small = (
        sample.whole
        and not sample.lettered
        and not any(v.startswith("0") for v in sample.filled)
        and _small(sample)
    )
    varied = not sample.unique and len(sample.distinct) > 1 and not few
    return sample.codes and varied and not small and not sample.places and not sample.counts_up


def few_units(sample: Sample, usual: int = _USUAL_QUANTITY) -> bool:
    """Whether the values are whole and small, as numbers of units are."""
    return sample.whole and _small(sample) and statistics.median(sample.known_numbers) <= usual


def _measures_or_places(sample: Sample) -> bool:
    """Whether the values look like postcodes, ages, prefixes or numbers of houses, or prices."""
    if any(sample.nearly_all(pattern.fullmatch) for pattern in _NO_IDS):
        return True
    if not sample.whole or any(value.startswith("0") for value in sample.filled):
        return False
    ages = all(0 <= number <= _OLDEST for number in sample.known_numbers)
    return ages or all(number % 10 in {0, 5, 9} for number in sample.known_numbers)


def _of_a_device_or_event(sample: Sample) -> bool:
    return sample.addresses_of_devices or says_any(sample.name, _EVENTS)


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


def fractions(sample: Sample) -> bool:
    """Whether the values are numbers with decimals, as money is."""
    return sample.numeric and not sample.whole and not sample.shares


_BY_VALUES: Final[dict[str, tuple[Callable[[Sample], bool], str]]] = {
    "customer_id": (_id_that_repeats, "ids that repeat"),
    "ordered_at": (lambda sample: sample.dates, "dates"),
    "quantity": (_units, "small whole numbers"),
    "amount": (fractions, "numbers with decimals"),
}
