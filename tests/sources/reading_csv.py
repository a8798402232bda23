"""Read a csv that a test writes, for what its lines come to."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from custseg.settings import SourceSettings
from custseg.sources.raw import read_orders
from tests.conftest import rows

if TYPE_CHECKING:
    from pathlib import Path


def read_csv(folder: Path, *lines: str, **settings: Any) -> tuple[list[dict[str, Any]], list[Any]]:
    """Write lines to a file; return its order lines and the rows left out, in the file's order."""
    path = folder / "orders.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = read_orders(path, folder, SourceSettings.model_validate(settings))
    left_out = rows(found.rejected.order_by("source_row"))
    return (
        rows(found.raw.order_by("source_row")),
        [(row["source_row"], row["reason"]) for row in left_out],
    )


def revenue(lines: list[dict[str, Any]]) -> Decimal:
    """The sum of the lines' amounts."""
    return sum((line["amount"] for line in lines), Decimal(0))
