"""Tables of any library: order lines in, and what was found back in the kind they came in."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq

from custseg.engine.parquet import as_frame
from custseg.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd


@dataclass(frozen=True)
class Kind:
    """What kind of table somebody works with."""

    library: nw.Implementation = nw.Implementation.PANDAS

    def give(self, table: pa.Table) -> Any:  # noqa: ANN401  (a table of that library)
        """Return a table of this kind; in pandas exact decimals become floats."""
        if self.library is nw.Implementation.IBIS:
            return ibis.memtable(table)
        if self.library is nw.Implementation.PANDAS:
            return as_frame(table)
        eager: Any = self.library
        return nw.from_arrow(nw.from_native(table, eager_only=True), backend=eager).to_native()

    def read(self, path: Path) -> Any:  # noqa: ANN401  (a table of that library)
        """Read an artifact as a table of this kind."""
        return self.give(pq.read_table(path, partitioning=None))


def kind_of(orders: Any) -> Kind | None:  # noqa: ANN401  (whatever a user has)
    """Return what kind of table it is; None where it is none, but a path.

    Raises
    ------
    DataError
        It is one with two columns of one name.
    """
    try:
        return Kind(nw.from_native(orders, allow_series=False).implementation)
    except TypeError:
        return None
    except nw.exceptions.DuplicateError:
        raise _twice(next(iter(orders.columns[orders.columns.duplicated()]))) from None


def paths_of(orders: Any) -> list[str]:  # noqa: ANN401  (whatever a user has)
    """Return the paths or the address that somebody gives in the place of a table.

    Raises
    ------
    DataError
        It is neither.
    """
    given = orders if isinstance(orders, list | tuple) else [orders]
    if not given or not all(isinstance(one, str | PathLike) for one in given):
        raise DataError(
            f"{type(orders).__name__}: is no table of order lines, and no path to one.",
            "Give a table with named columns (pandas, Polars, Arrow, ibis) or a file.",
        )
    return [fspath(one) for one in given]


def write_orders(orders: Any, path: Path) -> None:  # noqa: ANN401  (whatever a user has)
    """Write order lines as Parquet, row by row in their order.

    Raises
    ------
    DataError
        Two columns have one name, or a column holds what no table can.
    """
    if isinstance(orders, ir.Table):
        orders.to_parquet(path)
        return
    frame = nw.from_native(orders, allow_series=False)
    if frame.implementation is nw.Implementation.PANDAS:
        table = _from_pandas(orders)
    else:
        eager = frame.collect("pyarrow") if isinstance(frame, nw.LazyFrame) else frame
        table = eager.to_arrow()
    pq.write_table(table, path)


def _from_pandas(orders: pd.DataFrame) -> pa.Table:
    """Return a data frame as an Arrow table; an index with a name is a column."""
    named = [name for name in orders.index.names if name is not None]
    frame = orders.reset_index(named) if named else orders
    _refuse_twice(map(str, frame.columns))
    arrays = []
    for place, name in enumerate(frame.columns):
        column = frame.iloc[:, place]
        try:
            arrays.append(pa.Array.from_pandas(column))
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            # Numbers beside text, as a spreadsheet has them: invoices such as 536365 and C536379.
            arrays.append(pa.Array.from_pandas(column.map(str, na_action="ignore"), type="string"))
        except pa.ArrowNotImplementedError as error:
            raise DataError(f"Column {name}: cannot be read: {error}.") from None
    return pa.table(dict(zip(map(str, frame.columns), arrays, strict=True)))


def _refuse_twice(names: Iterable[str]) -> None:
    seen = set[str]()
    for name in names:
        if name in seen:
            raise _twice(name)
        seen.add(name)


def _twice(name: object) -> DataError:
    return DataError(f"Two columns are called {name}.", "Give each a name of its own.")
