"""From a source's header to canonical columns: known exports and the user's own mapping."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from custseg.errors import DataError
from custseg.settings import CanonicalField

if TYPE_CHECKING:
    from collections.abc import Iterable

REQUIRED: Final = (
    "customer_id",
    "order_id",
    "quantity",
    "unit_price",
    "ordered_at",
)
OPTIONAL: Final = ("product_id", "description", "country", "category")
_TELLING: Final = {*REQUIRED, "product_id"}
"""A known export has all of these: only then its codes are known, too."""


@dataclass(frozen=True)
class Format:
    """A known export: which of its columns is which of ours, and its code patterns."""

    columns: Mapping[str, str]
    preset: str = "none"
    """Name of the cleaning preset that fits its codes."""


FORMATS: Final = {
    "online-retail": Format(
        {
            "customer_id": "CustomerID",
            "order_id": "InvoiceNo",
            "product_id": "StockCode",
            "description": "Description",
            "quantity": "Quantity",
            "unit_price": "UnitPrice",
            "ordered_at": "InvoiceDate",
            "country": "Country",
        },
        preset="online-retail",
    ),
    "online-retail-ii": Format(
        {
            "customer_id": "Customer ID",
            "order_id": "Invoice",
            "product_id": "StockCode",
            "description": "Description",
            "quantity": "Quantity",
            "unit_price": "Price",
            "ordered_at": "InvoiceDate",
            "country": "Country",
        },
        preset="online-retail",
    ),
    "custseg": Format({name: name for name in (*REQUIRED, *OPTIONAL)}),
}


@dataclass(frozen=True)
class ColumnMap:
    """How one file's columns become canonical ones."""

    columns: Mapping[str, str]
    """The file's column for each canonical one that it has."""
    preset: str


Given = Mapping[CanonicalField, str | tuple[str, ...]]


def known_columns(given: Given) -> list[tuple[str, str]]:
    """Every (canonical column, column of a source) that a mapping can have."""
    pairs = [pair for known in FORMATS.values() for pair in known.columns.items()]
    return [*pairs, *_single(given).items()]


def _single(given: Given) -> dict[CanonicalField, str]:
    """A mapping of one column each."""
    several = [ours for ours, theirs in given.items() if not isinstance(theirs, str)]
    if several:
        raise DataError(
            f"[source.columns] {several[0]} names several columns.", "Name the one that it is."
        )
    return {ours: theirs for ours, theirs in given.items() if isinstance(theirs, str)}


def match(header: Iterable[str], given: Given, where: str) -> ColumnMap:
    """Map a file's header: the known export that fits best, corrected by the user's mapping.

    Raises
    ------
    DataError
        A required column is missing, or the mapping names a column that is not there.
    """
    names, overrides = list(header), _single(given)
    _refuse_twins(names, overrides, where)
    found = {plain_name(name): name for name in names}
    best: ColumnMap | None = None
    for known in FORMATS.values():
        columns = {
            ours: found[plain_name(theirs)]
            for ours, theirs in (dict(known.columns) | dict(overrides)).items()
            if plain_name(theirs) in found
        }
        if best is None or len(columns) > len(best.columns):
            own = {ours for ours in _TELLING if ours not in overrides and ours in columns}
            # The user's own names tell nothing of the codes: only a whole known header does.
            best = ColumnMap(columns, known.preset if own == _TELLING else "none")
    assert best is not None
    absent = {theirs for ours, theirs in overrides.items() if plain_name(theirs) not in found}
    missing = [ours for ours in REQUIRED if ours not in best.columns]
    if not absent and not missing:
        return best
    lacks = [f'"{name}", which [source.columns] names' for name in sorted(absent)]
    lacks += [f"a column for {ours}" for ours in missing if ours not in overrides]
    raise DataError(
        f"{where}: lacks {'; '.join(lacks)}. Found: {_shown(names)}.",
        'Say which column is which in custseg.toml, such as [source.columns] order_id = "Order '
        'Number". Online Retail exports need no mapping.',
    )


def _refuse_twins(names: list[str], overrides: Mapping[CanonicalField, str], where: str) -> None:
    """Refuse a header in which two columns could be the same one of ours."""
    mapped = {plain_name(theirs) for _, theirs in known_columns(overrides)}
    for plain in mapped:
        twins = [name for name in names if plain_name(name) == plain]
        if len(twins) > 1:
            named = " and ".join(f'"{name}"' for name in twins)
            raise DataError(
                f"{where}: {named} are the same column to custseg.",
                "Rename or remove one of them.",
            )


def plain_name(name: str) -> str:
    """Return a header as it is compared: without capitals, blanks, hyphens and underscores."""
    return re.sub(r"[\s_\-]+", "", name.strip().lstrip("\ufeff")).casefold()


def looks_like_data(name: str) -> bool:
    """Whether a column's name may be a value, a person's perhaps."""
    return bool(re.search(r"@|\d{3}|^[\d.,\s-]+$", name))


def _shown(header: list[str]) -> str:
    """A header for a message; what looks like a value (a file without header) is not shown."""
    most = 30
    if any(looks_like_data(name) for name in header):
        return f"{len(header)} columns that look like data, not like names; is there a header?"
    shown = [f'"{name}"' for name in header[:most]]
    rest = f" and {len(header) - most} more" if len(header) > most else ""
    return (", ".join(shown) or "no columns") + rest
