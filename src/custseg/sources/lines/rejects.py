"""Rows that cannot be read: they stop the run, or are left out and listed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import ibis
import pyarrow as pa

from custseg.engine.base import fetch, register
from custseg.errors import DataError
from custseg.sources.filling import is_item
from custseg.sources.values import typed as values
from custseg.words.figures import percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir

    from custseg.sources.table import Rejected
    from custseg.sources.values.typed import Typed

BELOW: Final = "stands below the table"
_MOST_BELOW: Final = 20
"""Lines that an export may have below its table: sums, who made it and when."""
_MOST_EXAMPLES: Final = 3
_LITTLE: Final = 0.01
"""Share of rows and of value up to which leaving rows out is worth proposing."""
_SCHEMA: Final = pa.schema(
    {"source_file": pa.string(), "source_row": pa.int64(), "reason": pa.string()}
)


def find_rows_below(read: Typed) -> pa.Table:
    """Return the rows below the last regular one of each table: no date, and mostly empty.

    Exports end with a sum, a remark, or who made them and when. More than a few such rows are no
    end but damage, and are left to be refused; so is a row with an item and its price, which is the
    last line of an order that is told on its first.
    """
    nothing = _SCHEMA.empty_table()
    if not read.faults:
        return nothing
    lines = read.lines.filter(~read.lines[values.BLANK])
    filled = sum((lines[name].notnull().ifelse(1, 0) for name in read.columns), ibis.literal(0))
    sparse = lines.ordered_at.isnull() & (filled * 2 <= len(read.columns))
    sparse &= ~is_item(lines, read.columns)
    marked = lines.select(*values.ORIGIN, sparse=sparse)
    last = marked.group_by("source_file").agg(last=marked.source_row.max(where=~marked.sparse))
    after = marked.join(last, "source_file").filter(ibis._.source_row > ibis._.last)
    few = fetch(after.select(*values.ORIGIN).limit(_MOST_BELOW + 1))
    if len(few) > _MOST_BELOW:
        return nothing
    return pa.Table.from_pylist([row | {"reason": BELOW} for row in few], _SCHEMA)


def mark_remarks(
    broken: Mapping[str, Sequence[Rejected]], read: Typed
) -> dict[str, Sequence[Rejected]]:
    """Rename remarks below the last line of each table, which its reader could not take apart.

    Of text a remark is a single field, where a sum is a row that is mostly empty.
    """
    if not any(row.alone for rows in broken.values() for row in rows):
        return {name: list(rows) for name, rows in broken.items()}
    lines = values.select_good_lines(read)
    ends = lines.group_by("source_file").agg(last=lines.source_row.max())
    last = {row["source_file"]: row["last"] for row in fetch(ends)}
    settled: dict[str, Sequence[Rejected]] = {}
    for name, rows in broken.items():
        after = {row.row for row in rows if row.alone and row.row > last.get(name, row.row)}
        few = len(after) <= _MOST_BELOW
        settled[name] = [
            replace(row, reason=BELOW) if few and row.row in after else row for row in rows
        ]
    return settled


def list_rejected(
    broken: Mapping[str, Sequence[Rejected]], no_lines: pa.Table, read: Typed
) -> ir.Table:
    """List every row that is left out, and why.

    Parameters
    ----------
    broken
        By table, rows that its reader could not take apart.
    no_lines
        Rows below the table, and those that repeat the sum of others.
    read
        The others, with their faults.

    Returns
    -------
    ibis Table
        The columns of the artifact `rejected`.
    """
    listed = [
        {"source_file": name, "source_row": row.row, "reason": row.reason}
        for name, rows in broken.items()
        for row in rows
    ]
    known = pa.concat_tables([no_lines, pa.Table.from_pylist(listed, _SCHEMA)])
    handed = register(known, read.lines)
    return values.select_rejected_lines(read).union(handed) if read.faults else handed


def refuse(
    broken: Mapping[str, Sequence[Rejected]],
    read: Typed,
    labels: Mapping[str, str],
    where: str,
    *,
    filled_down: bool,
) -> None:
    """Stop where a row cannot be read.

    Parameters
    ----------
    filled_down
        Whether orders were filled down already.

    Raises
    ------
    DataError
        There are some: how many of each kind, and the first.
    """
    torn = {name: [r for r in rows if r.reason != BELOW] for name, rows in broken.items()}
    problems = [
        f"{name}: {len(rows):,} {'row' if len(rows) == 1 else 'rows'} cannot be read (first: "
        + ", ".join(f"row {row.row}: {row.reason}" for row in rows[:_MOST_EXAMPLES])
        + ")."
        for name, rows in torn.items()
        if rows
    ]
    outside = list(problems)
    if error := values.refusal(read, labels, where):
        problems.append(error.message)
        outside.append(error.told_outside)
    if problems:
        hint = _hint(read, sum(map(len, torn.values())), filled_down=filled_down)
        raise DataError(
            "\n".join(problems),
            hint.format(reject="--on-bad-row reject"),
            "\n".join(outside),
            in_python=hint.format(reject='source={"on_bad_row": "reject"}'),
        )


def _hint(read: Typed, torn: int, *, filled_down: bool) -> str:
    """What to do about rows that cannot be read: rejecting them comes last where it costs much.

    How they are rejected is left open, as `{reject}`.
    """
    lines = read.lines.filter(~read.lines[values.BLANK])
    bad = values.faulty(lines, read) if read.faults else ibis.literal(False)
    lines = lines.mutate(bad=bad, worth=values.line_value(lines, read.columns).abs()).view()
    unread = lines.bad & lines.ordered_at.isnull()
    undated = unread & lines.given_ordered_at.isnull() & is_item(lines, read.columns)
    found = fetch(
        lines.aggregate(
            bad=lines.bad.sum(),
            undated=undated.sum(),
            unread=(unread & lines.given_ordered_at.notnull()).sum(),
            value=lines.worth.sum(where=lines.bad),
            whole=lines.worth.sum(),
        )
    )[0]
    gone, rows = int(found["bad"] or 0) + torn, read.count + torn
    value, whole = (float(found[name] or 0) for name in ("value", "whole"))
    cost = f"{gone:,} of {rows:,} rows ({percent(gone / rows)})"
    if value:
        cost += f" and {value:,.2f} of {whole:,.2f} in value ({percent(value / whole)})"
    steps = []
    if not filled_down and int(found["undated"] or 0) * 2 > gone:
        steps.append(
            "If these rows continue the order above them, say so in custseg.toml: [source] "
            "fill_down = true"
        )
    if int(found["unread"] or 0) * 2 > rows:
        steps.append(
            "Say in custseg.toml how dates are written, such as [source] date_format = "
            '"%d/%m/%Y %H:%M", or write them so in the source'
        )
    elif gone <= _LITTLE * rows and value <= _LITTLE * whole:
        steps.append(
            f"Correct them in the source, or leave those rows out: {{reject}} drops {cost}"
        )
    else:
        steps.append(
            "Correct them in the source. Only if they are no orders, leave them out: "
            f"{{reject}} drops {cost}"
        )
    return ". ".join(steps)
