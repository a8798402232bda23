"""What a proposal is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

from custseg.settings import CanonicalField

FIELDS: Final[tuple[CanonicalField, ...]] = get_args(CanonicalField)
SURE: Final = 0.6
"""Confidence from which a match needs nobody to look at it."""
_HARMLESS: Final[frozenset[CanonicalField]] = frozenset({"description", "category", "country"})
"""Fields that change no money, customers, dates and orders: what is unclear of them is left out."""


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
    zero: tuple[str, ...] = ()
    """Columns of money left out because they are zero on every row seen; nothing else may come."""

    @property
    def sure(self) -> tuple[Match, ...]:
        """Matches that need nobody to look at them."""
        return tuple(match for match in self.matches if match.confidence >= SURE)

    @property
    def unsure(self) -> tuple[Match, ...]:
        """Matches that somebody has to confirm."""
        return tuple(match for match in self.matches if match.confidence < SURE)

    @property
    def doubts(self) -> tuple[Match | Unclear, ...]:
        """What somebody has to decide: what is unclear or unsure, and changes the result."""
        return tuple(entry for entry in self._open() if entry.field not in _HARMLESS)

    @property
    def left_out(self) -> tuple[Match | Unclear, ...]:
        """What is unclear or unsure, changes nothing that counts, and is not used."""
        return tuple(entry for entry in self._open() if entry.field in _HARMLESS)

    def _open(self) -> tuple[Match | Unclear, ...]:
        return (*self.unclear, *self.unsure)

    @property
    def unambiguous(self) -> bool:
        """Whether it can be used unseen: all that is needed is found, and nothing is in doubt."""
        return not self.doubts and not self.missing

    @property
    def mapping(self) -> dict[CanonicalField, str | tuple[str, ...]]:
        """The proposed column of each field."""
        return {match.field: match.column for match in self.matches}
