"""How one table's columns become canonical ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from custseg.sources.columns.exports import Columns, Rules
from custseg.sources.columns.names import plain_name
from custseg.sources.notes import PROPOSED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custseg.settings import CanonicalField


@dataclass(frozen=True)
class ColumnMap:
    """How one table's columns become canonical ones."""

    columns: Columns
    """The table's own columns for each canonical one that it has."""
    export: str | None = None
    """Title of the known export, if it is one."""
    preset: str = "none"
    """Cleaning preset that fits its codes."""
    people: bool = False
    """Its customer column is known to hold an e-mail address or a name."""
    filled_down: bool = False
    """What belongs to an order stands on its first line only."""
    rules: Rules = field(default_factory=Rules)
    """How its rows count; by its own names of columns."""
    given: frozenset[str] = frozenset()
    """Fields that the user's mapping names."""
    left_out: tuple[str, ...] = ()
    """Notes on fields that several columns may be, or that one is not surely."""
    zero: tuple[str, ...] = ()
    """Columns that are left out because they hold nothing but zeros; anything else is refused."""
    reasons: dict[CanonicalField, str] = field(default_factory=dict)
    """Why each canonical column is which, where custseg proposed it."""

    def why(self, field: CanonicalField) -> dict[str, str]:
        """Who says which column a field is, and why."""
        if reason := self.reasons.get(field):
            return {"by": PROPOSED, "reason": reason}
        if self.export and field not in self.given:
            return {"by": "export", "reason": self.export}
        return {"by": "you", "reason": "your mapping"}

    def wanted(self) -> list[str]:
        """Every column of the table that is read."""
        mapped = (name for names in self.columns.values() for name in names)
        return list(dict.fromkeys((*mapped, *self.zero, *self.rules.columns())))


def there_of(columns: Columns, found: Mapping[str, str]) -> Columns:
    """Return only columns that the table has, as it writes them."""
    there = {
        ours: tuple(found[plain_name(name)] for name in names if plain_name(name) in found)
        for ours, names in columns.items()
    }
    return {ours: names for ours, names in there.items() if names}
