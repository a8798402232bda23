"""What features are called in charts, page and workbook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from custseg.words.figures import TEXT, cents
from custseg.words.language import english

if TYPE_CHECKING:
    from custseg.words.language import Wording

Kind = Literal["number", "money", "share", "ratio", "change"]


@dataclass(frozen=True)
class Feature:
    """A numeric feature in a reader's words."""

    name: str
    """Within a sentence, without a comma: features are listed."""
    label: str
    """The same in a few words, where there is little room."""
    meaning: str
    """How it is computed."""
    kind: Kind = "number"
    """How it is written; a ratio needs hundredths, and a change its sign too."""


_KINDS: Final[dict[Kind, tuple[str, ...]]] = {
    "money": ("monetary", "average_order_value", "average_unit_price", "recent_spend"),
    "ratio": ("overdue", "lateness", "product_entropy"),
    "share": ("return_rate", "weekend_share", "morning_share", "top_product_share", "recent_share"),
    "change": ("spend_trend",),
}
_KIND_OF: Final = {name: kind for kind, names in _KINDS.items() for name in names}


def features(wording: Wording) -> dict[str, Feature]:
    """Return every numeric feature as a language calls it: those that a model can use."""
    return {
        name: Feature(**texts, kind=_KIND_OF.get(name, "number"))
        for name, texts in wording.texts("features").items()
    }


FEATURES: Final = features(english())
"""Likewise in English."""
_WHOLE_FROM: Final = 10
"""Numbers from here on need no decimals."""
_COUNTED: Final = ("days", "different", "orders", "units")
"""First words of features that a number stands before."""


def write_feature(name: str, value: float, currency: str = "") -> str:
    """Write a feature's value: 12; 3.5; 1,234; £1,234; £1.95; 12.3 %; 0.82."""
    kind = FEATURES[name].kind
    if kind == "money":
        return TEXT.money(value, currency, cents(value))
    if kind == "share":
        return TEXT.percent(value)
    if kind in {"ratio", "change"}:
        return TEXT.number(value, 2, grouped=False)
    if abs(value) >= _WHOLE_FROM:
        return TEXT.number(value)
    return TEXT.number(value, 1).removesuffix(".0")


def phrase(name: str, value: float, currency: str = "") -> str:
    """A feature with its value, within a sentence: 12 orders; 1 order; spend of £1,234."""
    figure, called = write_feature(name, value, currency), FEATURES[name].name
    if called.split()[0] not in _COUNTED:
        return f"{called} of {figure}"
    one = re.sub(r"s\b", "", called, count=1)
    return f"{figure} {one if figure == '1' else called}"
