"""The model as a query gives every customer what the pipeline gave them."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import ibis
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import sqlglot

from custseg.engine.base import fetch_frame
from custseg.segments.model.as_sql import DIALECTS, as_sql, score_expression
from custseg.segments.model.nearness import nearness
from custseg.workspace.workspace import Workspace
from tests.conftest import table

if TYPE_CHECKING:
    from collections.abc import Iterator

SQL = "sql", "-w"
# Spark's Python leaves sockets to the garbage collector, in whichever test that runs.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(params=["small_shop", "retail"])
def workspace(request) -> Path:
    """A finished workspace: of a demo store, and of Online Retail."""
    which = {"small_shop": "undisturbed", "retail": "studied_retail"}
    found: Path = request.getfixturevalue(which[request.param])
    return found


@pytest.fixture(scope="module")
def spark() -> Iterator[object]:
    """A Spark session of this machine; skips where there is none, unless one is required."""
    if not shutil.which("java") or not find_spec("pyspark"):
        if os.environ.get("CUSTSEG_REQUIRE_SPARK") == "1":
            pytest.fail("Spark (pyspark, java) is required and absent")
        pytest.skip("no Spark (pyspark, java) on this machine")
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
    yield session
    session.stop()


def published(workspace: Path) -> tuple[pd.DataFrame, Path]:
    """What the pipeline gave each customer, and the file of their features."""
    segments = pd.read_parquet(workspace / "segments.parquet")
    return segments.sort_values("customer_id", ignore_index=True), workspace / "features.parquet"


def same(found: pd.DataFrame, segments: pd.DataFrame) -> bool:
    """Whether a query gave every customer the artifact's segment, name and margin."""
    found = found.sort_values("customer_id", ignore_index=True)
    for column in ("customer_id", "segment", "segment_name", "next_segment"):
        assert found[column].tolist() == segments[column].tolist(), column
    for column in ("distance", "margin"):
        assert np.allclose(found[column].astype(float), segments[column], rtol=0, atol=1e-9)
    return True


def test_duckdb_scores_as_the_pipeline_does(workspace, custseg):
    segments, features = published(workspace)
    query = custseg(*SQL, workspace, "--dialect", "duckdb", "--from", f"read_parquet('{features}')")
    with closing(duckdb.connect()) as connection:
        assert same(connection.sql(query.stdout).df(), segments)


def test_the_expression_that_is_written_can_be_run_too(workspace):
    segments, features = published(workspace)
    model = Workspace(workspace).history.latest().read("model")
    read = ibis.duckdb.connect().read_parquet(features)
    assert same(fetch_frame(score_expression(read, model.scoring, model.rules)), segments)


def test_postgres_scores_as_the_pipeline_does(workspace, custseg, postgres):
    segments, path = published(workspace)
    frame = pq.read_table(path).to_pandas()
    # Averages are stored as exact decimals here: the query makes floats of all that it reads.
    types = {"string": "text", "int64": "bigint"}
    columns = [
        f"{field.name} {types.get(str(field.type), 'numeric')}" for field in pq.read_schema(path)
    ]
    postgres.run(
        "DROP TABLE IF EXISTS measured_by_shop",
        f"CREATE TABLE measured_by_shop ({', '.join(columns)})",
    )
    whole = {name: "Int64" for name in ("top_hour", "top_weekday") if name in frame}
    postgres.fill("measured_by_shop", frame.astype(whole))
    query = custseg(*SQL, workspace, "--dialect", "postgres", "--from", "measured_by_shop").stdout
    with closing(postgres.connect()) as connection:
        cursor = connection.execute(query.encode())
        found = pd.DataFrame(cursor.fetchall(), columns=[one.name for one in cursor.description])
    assert same(found, segments)


def test_spark_scores_as_the_pipeline_does(workspace, custseg, spark):
    segments, features = published(workspace)
    spark.read.parquet(str(features)).createOrReplaceTempView("shop_features")
    query = custseg(*SQL, workspace, "--dialect", "spark", "--from", "shop_features").stdout
    found = spark.sql(query)
    rows = [tuple(row) for row in found.collect()]
    assert same(pd.DataFrame(rows, columns=found.columns), segments)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_reads_its_query_as_one_selection(dialect, undisturbed, custseg):
    query = custseg(*SQL, undisturbed, "--dialect", dialect, "--from", "shop.features").stdout
    (parsed,) = sqlglot.parse(query, read=dialect)
    assert isinstance(parsed, sqlglot.exp.Select)
    assert [column.alias_or_name for column in parsed.expressions] == [
        "customer_id",
        "segment",
        "segment_name",
        "distance",
        "next_segment",
        "margin",
    ]
    tables = {one.sql() for one in parsed.find_all(sqlglot.exp.Table)}
    assert tables - {cte.alias for cte in parsed.find_all(sqlglot.exp.CTE)} == {"shop.features"}
    assert "-- Scores on the principal components" in query
    assert '"' not in query


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "spark", "bigquery", "snowflake"])
def test_a_name_is_a_text_whatever_is_in_it(dialect, undisturbed):
    model = Workspace(undisturbed).history.latest().read("model")
    name = r"O'Neil \ -- the \'rest\'"
    query = as_sql(model, dict.fromkeys(model.rules, name), dialect)
    literals = sqlglot.parse_one(query, read=dialect).find_all(sqlglot.exp.Literal)
    assert {text.this for text in literals if text.is_string} == {name}


def scored(model, names, **features) -> pd.DataFrame:
    ones = {name: [1.0] for name in model.features}
    frame = pd.DataFrame({"customer_id": ["c"]} | ones | features)
    return fetch_frame(score_expression(table(frame), model, names))


def test_a_customer_with_a_missing_feature_has_no_segment(undisturbed):
    model = Workspace(undisturbed).history.latest().read("model")
    lacking = {"monetary": pd.array([None], dtype="Float64")}
    (row,) = scored(model.scoring, model.rules, **lacking).drop(columns="customer_id").to_numpy()
    assert pd.isna(row).all()
    assert scored(model.scoring, model.rules)["segment"].notna().all()


def test_net_refunds_ties_and_single_segments_are_as_in_the_pipeline(undisturbed):
    model = Workspace(undisturbed).history.latest().read("model")
    scoring, names = model.scoring, model.rules
    two = dict.fromkeys((3, 5), "two")
    equal = replace(scoring, segments=(3, 5), centroids=(scoring.centroids[0],) * 2)
    one = replace(scoring, segments=(3,), centroids=scoring.centroids[:1])
    for case, called in ((scoring, names), (equal, two), (one, two)):
        found = scored(case, called, monetary=[-20.0])
        values = np.ones((1, len(case.features)))
        values[0, case.features.index("monetary")] = -20.0
        near = nearness(case, case.points(values))
        assert found["segment"].tolist() == near.own.tolist()
        assert found["next_segment"].tolist() == near.next.tolist()
        assert found["margin"].to_numpy() == pytest.approx(near.margin)


@pytest.mark.parametrize("source", ["", "two, tables", "features WHERE 1 = 1", "a; DROP TABLE b"])
def test_what_is_no_table_is_refused(source, undisturbed, custseg):
    refused = custseg(*SQL, undisturbed, "--dialect", "postgres", "--from", source)
    assert refused.exit_code == 2
    assert "is no table of postgres" in refused.stderr
    assert not refused.stdout


def test_a_workspace_without_a_snapshot_has_no_query(tmp_path, custseg):
    refused = custseg(*SQL, tmp_path / "none", "--dialect", "duckdb")
    assert refused.exit_code == 4
    assert "Run: custseg run-all" in refused.stderr
