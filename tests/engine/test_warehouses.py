"""SQL of BigQuery, Snowflake and Databricks: generated and parsed, without a connection."""

from __future__ import annotations

from contextlib import closing
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
import sqlglot
from ibis.backends.duckdb import Backend

from custseg.engine.duckdb import DuckDB
from tests.engine import dirty_shop
from tests.engine.test_engines import measured

if TYPE_CHECKING:
    from pathlib import Path

    import ibis.expr.types as ir


@pytest.fixture(scope="module")
def expressions(tmp_path_factory: pytest.TempPathFactory) -> list[ir.Table]:
    """All that cleaning and measuring the dirty shop has an engine compute."""
    folder: Path = tmp_path_factory.mktemp("shop")
    pq.write_table(dirty_shop.raw(), folder / "raw.parquet")
    found: list[ir.Table] = []
    compiled = Backend.compile

    def compile_(backend: Backend, expr: ir.Table, /, **options: Any) -> Any:
        found.append(expr)
        return compiled(backend, expr, **options)

    with pytest.MonkeyPatch.context() as patch, closing(DuckDB(spill=folder)) as engine:
        patch.setattr(Backend, "compile", compile_)
        measured(engine.scan(folder / "raw.parquet", "raw"), "online-retail")
    return found


@pytest.mark.parametrize("dialect", ["bigquery", "snowflake", "databricks"])
def test_cleaning_and_measuring_are_sql_of_a_warehouse(dialect, expressions):
    compiler = import_module(f"ibis.backends.sql.compilers.{dialect}").compiler
    columns = set()
    for expression in expressions:
        text = compiler.to_sqlglot(expression.unbind()).sql(dialect=dialect)
        (parsed,) = sqlglot.parse(text, read=dialect)
        # What sqlglot cannot read as a query, it may pass on as a command.
        assert isinstance(parsed, sqlglot.exp.Query), text
        assert not list(parsed.find_all(sqlglot.exp.Command)), text
        columns |= {name.lower() for name in parsed.named_selects}
    assert {"verdict", "exports", "customer_id", "recency_days", "product_entropy"} <= columns
