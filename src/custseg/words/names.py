"""What segments can be called before a shop's own names take the place of ours."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Final

RULE_NAMES: Final = (
    "New",
    "Champions",
    "Loyal",
    "Potential loyal",
    "Big baskets",
    "Big baskets, slipping",
    "Needs attention",
    "Hibernating",
    "Lapsed small buyers",
    "Dormant",
)
"""Names with a meaning of their own, in the marketer's usual terms."""
PARTS: Final = {
    "monetary": ("high value", "low value"),
    "order_value": ("large orders", "small orders"),
    "frequency": (
        "many orders",
        "repeat buyers",
        "one order",
        "one or two orders",
        "fewer orders",
    ),
    "recency": ("ordered lately", "not seen lately"),
    "tenure": ("joined later", "joined earlier"),
}
"""What a plain name can be made of, by feature, in the order in which its parts stand."""
MIXED: Final = "Mixed"
"""The name of a segment of whose customers nothing else is true."""
EVERYBODY: Final = "All customers"
"""The name of the one segment of a shop that is too small for more."""
_SEPARATOR: Final = ", "
_FEATURE_OF: Final = {part: feature for feature, parts in PARTS.items() for part in parts}


def plain_name(parts: list[str]) -> str:
    """Join parts of different features to a name: "High value, repeat buyers"."""
    order = list(PARTS)
    told = sorted(parts, key=lambda part: order.index(_FEATURE_OF[part]))
    return _SEPARATOR.join(told).capitalize() if told else MIXED


def parts_of(name: str) -> list[str]:
    """The parts that a plain name is made of; none of "Mixed" and of everybody."""
    return [] if name in {MIXED, EVERYBODY} else name.lower().split(_SEPARATOR)


def features_of(name: str) -> tuple[str, ...]:
    """The features that the parts of a plain name speak of."""
    return tuple(_FEATURE_OF[part] for part in parts_of(name))


PLAIN_NAMES: Final = (
    *(plain_name([part]) for part in _FEATURE_OF),
    *(
        plain_name([one, other])
        for one, other in combinations(_FEATURE_OF, 2)
        if _FEATURE_OF[one] != _FEATURE_OF[other]
    ),
    MIXED,
)
"""All the plain names that can be made."""
SEGMENT_NAMES: Final = (*RULE_NAMES, *PLAIN_NAMES, EVERYBODY)
"""The names that segments can get; more of a kind get a number ("Dormant 2")."""
_NUMBERED: Final = re.compile(r"(.+?) ([2-9]|[1-9]\d)")


def numbered(name: str) -> tuple[str, int]:
    """A name without its number, and the number: 2 of "Dormant 2", 1 of "Dormant"."""
    found = _NUMBERED.fullmatch(name)
    return (found[1], int(found[2])) if found else (name, 1)


def is_segment_name(text: str) -> bool:
    """Whether it is a name that a segment can get, with a number or without."""
    return numbered(text)[0] in SEGMENT_NAMES
