"""Whether a column's values can be what its name says, and what values say where names don't."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from custseg.sources.columns.proposal.names import How, says_any

if TYPE_CHECKING:
    from collections.abc import Callable

    from custseg.sources.columns.proposal.names import Meaning
    from custseg.sources.columns.proposal.sampling import Sample

_HASHED: Final = "kept as a keyed hash"
_UNSURE: Final = 0.5
_EMAIL_AS_ID: Final = 0.8
_ID_NAMES: Final = 2
"""Tier up to which a customer's name says "id" or "number"; from the next on it may hold names."""
_LOGINS: Final = frozenset(
    {"user", "username", "user name", "nickname", "member", "benutzername", "nutzername kaufers"}
)
_OF_BROWSERS: Final = frozenset({"user id", "client id", "visitor id"})
_TWO_NUMBERS: Final = re.compile(r"\d+\.\d+")
"""As analytics number browsers: a random number and a time."""
_PLACES: Final = frozenset(
    {
        "land",
        "country",
        "pays",
        "pais",
        "paese",
        "kraj",
        "region",
        "bundesland",
        "state",
        "province",
    }
    | {"provinz", "provincia", "language", "sprache", "langue", "idioma", "lingua", "ip"}
    | {"event", "type", "typ"}
)
"""Words beside a customer's that make it something of theirs."""
_PERSONS: Final = 5
"""Tier of names such as "customer name"."""
_ALSO_LINES: Final = frozenset({"item number", "article number", "number"})
"""Names that can number an order's lines."""


@dataclass(frozen=True)
class Fitting:
    """That values fit, and what they are."""

    said: str
    most: float = 1.0
    """Confidence that such values allow at most."""


def judge_values(meaning: Meaning, sample: Sample, *, per_order: bool) -> Fitting | None:
    """Tell what the values say for what a name means; None if they speak against it.

    Parameters
    ----------
    meaning
        Where the name says little, the values must say more.
    sample
        A column with at least one value.
    per_order
        The table has nothing of an order's lines: each row may be an order.
    """
    if sample.nested:
        # A buyer's name, address and telephone number in one.
        return None
    if meaning.field == "order_id" and meaning.how is How.WEAK and sample.unique and not per_order:
        # The number of a row.
        return None
    return _FITS.get(meaning.field, _money)(sample, meaning)


def _customer(sample: Sample, meaning: Meaning) -> Fitting | None:
    if sample.addresses_of_devices or (meaning.how is How.PART and says_any(sample.name, _PLACES)):
        return None
    if meaning.found in _OF_BROWSERS and sample.nearly_all(_TWO_NUMBERS.fullmatch):
        return Fitting("values: ids" + ("" if sample.unique else " that repeat"))
    if sample.emails:
        return Fitting(f"values: e-mail addresses, {_HASHED}", _EMAIL_AS_ID)
    weak = meaning.how is How.WEAK
    if sample.people or (not weak and _names_of_one_word(sample, meaning)):
        # People of the same name would be one customer: somebody has to want that.
        return Fitting(f"values: names, {_HASHED}; namesakes become one customer", _UNSURE)
    if not sample.codes or (weak and (sample.counts_up or sample.unique)):
        return None
    return Fitting("values: ids" + ("" if sample.unique else " that repeat"))


def _names_of_one_word(sample: Sample, meaning: Meaning) -> bool:
    """Whether a customer's column holds first names or last names, many of which come twice."""
    if meaning.tier >= _PERSONS:
        return sample.mostly_words
    says_id = meaning.tier <= _ID_NAMES or meaning.found in _LOGINS
    return sample.mostly_names if says_id else sample.mostly_words


def _order(sample: Sample, meaning: Meaning) -> Fitting | None:
    weak = meaning.how is How.WEAK
    if not sample.codes or sample.emails or (weak and not sample.order_numbers):
        return None
    return Fitting("values: ids" + (", each once" if sample.unique else " that repeat"))


def _product_id(sample: Sample, meaning: Meaning) -> Fitting | None:
    telling = meaning.how is How.WHOLE and meaning.found not in _ALSO_LINES
    return Fitting("values: codes") if sample.codes and (telling or not sample.counts_up) else None


def _text(sample: Sample, _meaning: Meaning) -> Fitting | None:
    speaks_against = (sample.numeric and not sample.lettered) or sample.dates or sample.emails
    return None if speaks_against else Fitting("values: texts")


def _category(sample: Sample, _meaning: Meaning) -> Fitting | None:
    return Fitting("values: texts") if sample.codes else None


def _country(sample: Sample, _meaning: Meaning) -> Fitting | None:
    return Fitting("values: names or codes of places") if sample.places else None


def _date(sample: Sample, _meaning: Meaning) -> Fitting | None:
    if sample.dates:
        return Fitting("values: dates" + (" with times" if sample.clock else ""))
    return Fitting("values: dates as numbers") if sample.serial_dates else None


def _quantity(sample: Sample, meaning: Meaning) -> Fitting | None:
    # "Qty" is a quantity whatever it counts; "Items" that counts 1, 2, 3 numbers the lines.
    if not sample.numeric or (meaning.tier > 0 and sample.counts_up):
        return None
    return Fitting("values: whole numbers" if sample.whole else "values: numbers")


def _money(sample: Sample, _meaning: Meaning) -> Fitting | None:
    return Fitting("values: numbers") if sample.numeric else None


def _status(sample: Sample, _meaning: Meaning) -> Fitting | None:
    return Fitting("values: a few words") if sample.few_words else None


def _currency(sample: Sample, _meaning: Meaning) -> Fitting | None:
    return Fitting("values: codes of currencies") if sample.currencies else None


def _time(sample: Sample, _meaning: Meaning) -> Fitting | None:
    return Fitting("values: times of day") if sample.times else None


_FITS: Final[dict[str, Callable[[Sample, Meaning], Fitting | None]]] = {
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
