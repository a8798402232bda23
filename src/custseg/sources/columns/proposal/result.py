"""What a proposal is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

from custseg.settings import CanonicalField

FIELDS: Final[tuple[CanonicalField, ...]] = get_args(CanonicalField)
SURE: Final = 0.6
"""Confidence from which a match needs nobody to look at it."""


@dataclass(frozen=True)
class Match:
    """A column proposed for one of our fields."""

    field: CanonicalField
    column: str | tuple[str, ...]
    reason: str
    confidence: float
    """From 0 to 1, in steps that stand for kinds of reasons; no probability."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns, most often one."""
        return (self.column,) if isinstance(self.column, str) else self.column


@dataclass(frozen=True)
class Unclear:
    """A field that some columns may be, and why that cannot be decided."""

    field: CanonicalField
    columns: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Unused:
    """A column left out, and why; the reason is empty where its name says nothing to us."""

    column: str
    reason: str


@dataclass(frozen=True)
class Proposal:
    """What could be said of a header, in the order of our fields."""

    matches: tuple[Match, ...]
    unclear: tuple[Unclear, ...]
    missing: tuple[CanonicalField, ...]
    """Required fields that no column seems to be."""
    unused: tuple[Unused, ...]

    @property
    def unambiguous(self) -> bool:
        """Whether it can be used unseen: all that is needed is found, and nothing is unclear."""
        sure = all(match.confidence >= SURE for match in self.matches)
        return sure and not self.unclear and not self.missing

    @property
    def mapping(self) -> dict[CanonicalField, str | tuple[str, ...]]:
        """The proposed column of each field."""
        return {match.field: match.column for match in self.matches}
