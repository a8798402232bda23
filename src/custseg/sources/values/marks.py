"""Marks of customers who are left out: who they are can be told with the key only."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from custseg.engine.base import fetch, fetch_frame
from custseg.errors import DataError
from custseg.sources.values.people import keyed
from custseg.workspace.key import VARIABLE, customer_key, key_check, key_path

if TYPE_CHECKING:
    from collections.abc import Collection

    import ibis.expr.types as ir
    import pandas as pd

    from custseg.workspace.left_out import LeftOut


def marks_of(customers: pd.Series[str]) -> pd.Series[str]:
    """Return the mark of each customer's id.

    Raises
    ------
    SettingsError
        The key can be neither read nor made.
    """
    distinct = ibis.memtable(pa.table({"id": pa.array(customers.drop_duplicates(), pa.string())}))
    known = fetch_frame(distinct.mutate(mark=_mark(distinct.id)))
    return customers.map(known.set_index("id")["mark"])


def are_marked(customers: pd.Series[str], marks: Collection[str]) -> pd.Series[bool]:
    """Whether each customer's mark is one of these."""
    return marks_of(customers).isin(marks)


def leave_out(lines: ir.Table, left_out: LeftOut | None) -> tuple[ir.Table, int]:
    """Leave out the lines of the forgotten, and tell those of customers who object.

    Returns
    -------
    lines, rows
        The lines with the column `objected`, and how many rows were the forgotten's.

    Raises
    ------
    DataError
        The marks were made with another key.
    """
    if not left_out:
        return lines.mutate(objected=ibis.literal(False)), 0
    require_key(left_out)
    customers = lines.filter(lines.customer_id.notnull()).select("customer_id").distinct()
    marked = customers.mutate(mark=_mark(customers.customer_id)).cache()
    of_forgotten = _is_one_of(lines, marked, left_out.forgotten)
    rows = fetch(lines.aggregate(rows=of_forgotten.sum()))[0]["rows"] or 0
    kept = lines.filter(~of_forgotten)
    return kept.mutate(objected=_is_one_of(kept, marked, left_out.objected)), rows


def require_key(left_out: LeftOut) -> None:
    """Refuse to go on with a key by which nobody would be found.

    Raises
    ------
    DataError
        The marks were made with another key.
    """
    if left_out and left_out.key_check != key_check(customer_key()):
        raise DataError(
            f"The key ({VARIABLE} or {key_path()}) is not the one that the customers left out of "
            "this workspace are marked with, so that they could not be found.",
            "Use the key of the machine on which they were forgotten or objected.",
        )


def _is_one_of(lines: ir.Table, marked: ir.Table, marks: Collection[str]) -> ir.BooleanValue:
    wanted = ibis.memtable(pa.table({"mark": pa.array(sorted(marks), pa.string())}))
    customers = marked.filter(marked.mark.isin(wanted.mark))
    return lines.customer_id.isin(customers.customer_id).fill_null(False)


def _mark(customer_id: ir.Value) -> ir.Value:
    # A key of its own: the mark of a customer who is a keyed hash already is another one.
    return keyed(customer_id, hmac.digest(customer_key(), b"custseg left out", "sha256"))
