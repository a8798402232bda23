"""What was done for a customer who asked to be forgotten or left out; nobody is named in it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final, Literal

from custseg.words.figures import percent

Kind = Literal["forget", "object"]
_MUCH: Final = 0.05
"""Share of a model's customers from which it should be fitted anew without them."""
RECEIPTS: Final = "receipts"
OUT_OF_REACH: Final = (
    "backups of this workspace",
    "the shop's own export, in which they still are",
    "lists that were written elsewhere with --output, copied or uploaded",
)


@dataclass(frozen=True)
class Change:
    """What was done to one file."""

    file: str
    done: str
    """`rows erased`, `rows marked` or `deleted`."""
    rows: int | None
    sha256_before: str
    sha256_after: str


@dataclass(frozen=True)
class Receipt:
    """What was done, where; nobody is named in it."""

    kind: Kind
    at: str
    """When, ISO 8601 in UTC."""
    customers: int
    changes: tuple[Change, ...]
    out_of_reach: tuple[str, ...]
    advice: str

    def to_json(self) -> str:
        """As stored."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"


def advice(theirs: int, all_of_them: int) -> str:
    """Say whether a model should be fitted anew that was fitted with so many of them."""
    if not theirs:
        return "The model was fitted without them."
    share = theirs / all_of_them
    said = f"The model was fitted with them, {percent(share)} of its customers: averages only."
    if share < _MUCH:
        return f"{said} It can stay until it is next fitted."
    return f"{said} Fit it anew without them: CUSTSEG_MONTHLY__MODEL=refit custseg run-all"
