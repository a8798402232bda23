"""From tables of one kind to lines of canonical types, and what is left out of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from custseg.engine.duckdb import hold
from custseg.sources.rejects import below_the_table, left_out, refuse, without_remarks
from custseg.sources.values.currencies import refuse_mixed_signs
from custseg.sources.values.typed import ORIGIN, good, typed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import ibis.expr.types as ir

    from custseg.settings import SourceSettings
    from custseg.sources.table import Rejected


@dataclass(frozen=True)
class Read:
    """Tables of one kind: their good lines, the rows left out, and how many were blank."""

    lines: ir.Table
    rejected: ir.Table
    blank_rows: int


def read_alike(
    parts: Sequence[ir.Table],
    broken: Mapping[str, Sequence[Rejected]],
    labels: Mapping[str, str],
    source_name: str,
    scratch: Path,
    settings: SourceSettings,
) -> Read:
    """Give the lines of tables whose columns are of the same types their canonical types.

    Parameters
    ----------
    parts
        The mapped columns of each table.
    broken
        By table, rows that its reader could not take apart.
    labels
        The source's name of each canonical column.
    source_name, scratch, settings
        For messages, a temporary folder, and the `[source]` settings.

    Raises
    ------
    DataError
        Rows cannot be read and may not be left out, or values can be read in two ways.
    """
    lines = united(parts)
    read = typed(lines, labels, settings, source_name, scratch)
    below = below_the_table(read)
    if below.num_rows:
        lines = lines.anti_join(hold(below, lines), list(ORIGIN))
        read = typed(lines, labels, settings, source_name, scratch)
    broken = without_remarks(broken, read)
    if settings.on_bad_row == "stop":
        refuse(broken, read, labels, source_name)
    refuse_mixed_signs(read, labels, source_name)
    return Read(good(read), left_out(broken, below, read), read.blank_rows)


def united(parts: Sequence[ir.Table]) -> ir.Table:
    """Return all rows of tables of the same columns."""
    return ibis.union(*parts, distinct=False) if len(parts) > 1 else parts[0]
