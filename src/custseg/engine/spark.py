"""Spark, here, on a cluster or behind Spark Connect.

Its dialect differs from DuckDB's where this compiler says so: the same expressions give the same
rows in both.
"""

from __future__ import annotations

import os
import re
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from ibis.backends.sql.compilers.pyspark import PySparkCompiler

from custseg.engine.base import FILE, PLACE, Engine
from custseg.engine.parquet import require_table
from custseg.engine.patterns import java
from custseg.engine.rounding import decimal_of_float
from custseg.errors import CustsegError, DataError, MissingLibraryError
from custseg.settings.locations import is_lake, lake, without_secrets

if TYPE_CHECKING:
    import ibis.expr.datatypes as dt
    import ibis.expr.operations as ops
    import ibis.expr.types as ir
    import pyarrow as pa

    from custseg.settings import EngineSettings

try:
    # Only Spark Connect needs it.
    from grpc import RpcError
except ImportError:
    _REMOTE_ERRORS: tuple[type[Exception], ...] = ()
else:
    _REMOTE_ERRORS = (RpcError,)

try:
    from ibis.backends.pyspark import Backend
    from ibis.backends.pyspark.datatypes import PySparkType
    from py4j.protocol import Py4JError, Py4JNetworkError
    from pyspark.errors import PySparkException, PySparkRuntimeError
    from pyspark.sql import SparkSession
except ImportError:
    raise MissingLibraryError(
        "Computing in Spark needs the library pyspark, which is not installed.",
        "Run: pip install 'custseg[spark]'; it needs a Java runtime, too (17 or later).",
    ) from None


_RETRIES: Final = 5
_NO_PARQUET: Final = {
    "PATH_NOT_FOUND",
    "UNABLE_TO_INFER_SCHEMA",
    "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER",
    "CANNOT_READ_FILE_FOOTER",
}
_BEFORE_PATH: Final = r"^[A-Za-z][A-Za-z0-9+.-]*:(//[^/]*)?"
"""Of an address: whose files these are."""
_INSTANT: Final = "timestamp('UTC')"
_GONE: Final = {None, "RETRIES_EXCEEDED"}
_HERE: Final = "local[*]"
_STARTED_WITH: Final[dict[str, Any]] = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.catalogImplementation": "in-memory",
}
_SESSION: Final = {
    # A product of two decimals keeps all its places.
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # A plan is many times as long as its query, and is written out even where nobody reads it.
    "spark.sql.maxPlanStringLength": "10000",
}


class _Compiler(PySparkCompiler):  # type: ignore[misc]
    """Where Spark would give other rows than DuckDB."""

    def visit_RegexSearch(self, op: ops.RegexSearch, *, arg: Any, pattern: Any) -> Any:  # noqa: ANN401, ARG002, N802
        return self.f.rlike(arg, java(op.pattern.value))

    def visit_Cast(self, op: ops.Cast, *, arg: Any, to: dt.DataType) -> Any:  # noqa: ANN401, N802
        if op.arg.dtype.is_floating() and to.is_decimal():
            return decimal_of_float(self, arg, to)
        return super().visit_Cast(op, arg=arg, to=to)


class SparkBackend(Backend):  # type: ignore[misc]
    """ibis's backend, with the compiler above and Arrow both ways."""

    compiler = _Compiler()

    def to_pyarrow(self, expr: ir.Expr, /, **options: Any) -> pa.Table:  # noqa: ANN401
        """Compute a table; its types are those of the expression."""
        table = expr.as_table()
        self._run_pre_execute_hooks(table)
        query = self.compile(table, **options)
        found = self._session.sql(query).toArrow().cast(table.schema().to_pyarrow())
        return expr.__pyarrow_result__(found)

    def create_table(self, name: str, /, obj: pa.Table, **_: Any) -> ir.Table:  # noqa: ANN401
        """Make a small table, which is gone with the session."""
        self._session.createDataFrame(obj).createOrReplaceTempView(name)
        return self.table(name)

    def _create_cached_table(self, name: str, expr: ir.Table) -> ir.Table:
        # Not by Spark's `cache`: it is lazy, and its plans hold those of what they were made of,
        # whole, so that a chain of them grows beyond any memory.
        self.planned(expr).localCheckpoint(eager=True).createOrReplaceTempView(name)
        return self.table(name)

    def planned(self, expr: ir.Table) -> Any:  # noqa: ANN401
        """Return an expression as Spark's own table, not yet computed."""
        made = self._session.sql(self.compile(expr))
        # Spark's decimals are as wide as their arithmetic may need, the expression's as it says.
        typed = [
            made[column].cast(PySparkType.from_ibis(kind)) if kind.is_numeric() else made[column]
            for column, kind in expr.schema().items()
        ]
        names = zip(typed, expr.columns, strict=True)
        return made.select(*(column.alias(name) for column, name in names))

    def _drop_cached_table(self, name: str) -> None:
        self._session.catalog.dropTempView(name)


class Spark(Engine):
    """A session of Spark: of its own (`local[*]`), of a cluster, or behind Spark Connect."""

    errors = (PySparkException, Py4JError, ConnectionError, *_REMOTE_ERRORS)

    def __init__(self, settings: EngineSettings, spill: Path, token: str = "") -> None:
        self._lines = settings.lines and f"{_address(settings.lines)}/custseg-{token}"
        self._url = settings.url or _HERE
        self._own = SparkSession.getActiveSession() is None
        self._stored: list[ir.Table] = []
        self.connection = SparkBackend()
        self.connection.register_options()
        with self.explaining():
            self.connection.do_connect(_session(self._url, settings, spill), **_SESSION)

    def scan(self, path: Path, name: str) -> ir.Table:
        """Return a Parquet artifact as a table, read only where it is used."""
        with self.explaining():
            place = _address(str(require_table(path)), literal=True)
            return self.connection.read_parquet(place, table_name=name)

    def read(self, location: str, zone: str | None = None) -> ir.Table:
        """Return a folder or file of Parquet as a table, with the columns `FILE` and `PLACE`.

        Parameters
        ----------
        location
            A path, or an address that Spark knows.
        zone
            The shop's: times that are instants are converted to it.

        Raises
        ------
        DataError
            It is not there, or is in no Parquet.
        """
        place = _address(location, literal=not is_lake(location))
        if self._lines and f"{self._lines}/".startswith(f"{_address(location)}/"):
            raise DataError(
                "[engine] lines is a folder within the orders.", "Name one beside them."
            )
        with self.explaining():
            reader = self.connection._session.read  # noqa: SLF001
            found = reader.parquet(place)
            below_all = reader.option("recursiveFileLookup", "true").parquet(place)
            files = [_path(file) for file in below_all.inputFiles()]
            if len(found.inputFiles()) < len(files):
                # Spark goes into folders by itself only if they are named as parts (day=…).
                found = below_all
            columns = [f"`{name.replace('`', '``')}`" for name in found.columns]
            instants = [name for name, kind in found.dtypes if kind == "timestamp"]
            if zone:
                columns = [
                    f"convert_timezone('UTC', '{zone}', CAST({own} AS TIMESTAMP_NTZ)) AS {own}"
                    if name in instants
                    else own
                    for own, name in zip(columns, found.columns, strict=True)
                ]
            above = os.path.commonpath([os.path.dirname(file) for file in files])  # noqa: PTH120
            # Spark writes a path as an address does, but for its pluses.
            path = "url_decode(replace(_metadata.file_path, '+', '%2B'))"
            start = len(above.rstrip("/")) + 2
            found.selectExpr(
                *columns,
                f"substring(regexp_replace({path}, '{_BEFORE_PATH}', ''), {start}) AS `{FILE}`",
                f"_metadata.row_index AS `{PLACE}`",
            ).createOrReplaceTempView("orders")
            orders = self.connection.table("orders")
            # By itself ibis takes an instant for a time without a zone.
            typed = {} if zone else {name: orders[name].cast(_INSTANT) for name in instants}
            return orders.mutate(**typed)

    def store(self, table: ir.Table, name: str) -> ir.Table:
        """Compute a table once; its rows stay with the executors, or in the folder of lines."""
        if any(table.equals(known) for known in self._stored):
            # Behind Connect a folder that is read from cannot be replaced.
            return table
        if self._lines:
            with self.explaining():
                place = f"{self._lines}/{name}"
                self._write(self.connection.planned(table), place)
                self._stored.append(self.connection.read_parquet(place))
                return self._stored[-1]
        self._stored.append(table.cache())
        return self._stored[-1]

    def _write(self, rows: Any, place: str) -> None:  # noqa: ANN401
        """Replace a folder of Parquet, as late as may be: behind Connect no folder can be renamed.

        Raises
        ------
        DataError
            The old one cannot be replaced.
        """
        if self._url.startswith("sc://"):
            rows.write.mode("overwrite").parquet(place)
            return
        above, _, name = place.rpartition("/")
        # Readers of Parquet pass over what begins so.
        unfinished = f"{above}/_unfinished-{name}"
        rows.write.mode("overwrite").parquet(unfinished)
        session = self.connection._session  # noqa: SLF001
        path = session._jvm.org.apache.hadoop.fs.Path  # noqa: SLF001
        old, new = path(place), path(unfinished)
        files = old.getFileSystem(session._jsc.hadoopConfiguration())  # noqa: SLF001
        files.delete(old, True)
        if not files.rename(new, old):
            raise DataError(f"{place}: cannot be replaced.", "Look at the folder's rights.")

    def close(self) -> None:
        """Let go of what is stored, and end a session that nobody else started."""
        self._stored.clear()
        if self._own or self._url.startswith("sc://"):
            # Its folder is the run's, and goes with it; what a server keeps goes, too.
            with suppress(*self.errors), warnings.catch_warnings(action="ignore"):
                self.connection.disconnect()

    def failure(self, error: Exception) -> CustsegError:
        """Explain an error of Spark's; its text may quote rows, so of it only the kind is shown."""
        kind = error.getCondition() if isinstance(error, PySparkException) else None
        if isinstance(error, PySparkRuntimeError) and kind == "JAVA_GATEWAY_EXITED":
            return MissingLibraryError(
                "Spark does not start: it needs a Java runtime (17 or later).",
                "Install one, such as Debian's default-jre-headless, or set JAVA_HOME.",
            )
        if isinstance(error, (*_REMOTE_ERRORS, ConnectionError, Py4JNetworkError)) or kind in _GONE:
            return DataError(
                f"Spark ({without_secrets(self._url)}): the connection broke off, or none came "
                "about.",
                "Run again once it is back; [engine] url says where it is.",
            )
        if "spark.driver.maxResultSize" in str(error):
            return DataError(
                "The table of customers is larger than what Spark's driver passes on.",
                "Raise spark.driver.maxResultSize, in spark-defaults.conf.",
            )
        if kind in _NO_PARQUET:
            return DataError(
                "Spark finds no Parquet there.",
                "Check SOURCE: Spark and its executors have to see it, under that very address.",
            )
        return DataError(
            f"Spark ({without_secrets(self._url)}) fails at it ({kind}).",
            "--debug shows its message, which may quote customer data.",
        )


def _address(location: str, *, literal: bool = False) -> str:
    """Return a location as Spark takes it; a path that is `literal` is no pattern of paths."""
    if is_lake(location):
        return lake(location)
    path = os.path.realpath(Path(location).expanduser())
    # Spark takes no escapes of addresses (%20) here.
    return "file://" + (re.sub(r"([\\*?\[\]{}])", r"\\\1", path) if literal else path)


def _path(address: str) -> str:
    return unquote(re.sub(_BEFORE_PATH, "", address))


def _session(url: str, settings: EngineSettings, spill: Path) -> Any:  # noqa: ANN401  (Spark's own, or a remote one)
    if url.startswith("sc://"):
        # Not by the common builder, which refuses where this process has a session of its own.
        from pyspark.sql.connect.client.retries import DefaultPolicy
        from pyspark.sql.connect.session import SparkSession as RemoteSession

        # One that this process has, it would take whatever its address.
        session = RemoteSession.builder.remote(url).create()
        # By default a server that is gone would be asked again for ten minutes.
        session.client.set_retry_policies([DefaultPolicy(max_retries=_RETRIES, max_backoff=2000)])
        return session
    builder = SparkSession.builder.master(url).appName("custseg").config(map=_STARTED_WITH)
    if url.startswith("local"):
        # Nobody else's network is asked, and nothing is left where the command was called.
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        builder = builder.config("spark.local.dir", str(spill)).config(
            "spark.sql.shuffle.partitions", str(2 * (os.cpu_count() or 1))
        )
        if settings.memory_limit:
            builder = builder.config("spark.driver.memory", settings.memory_limit.rstrip("iB"))
    return builder.getOrCreate()
