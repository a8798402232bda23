"""Orders in a folder of Parquet that Spark itself reads, and the lines that it keeps there."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custseg.artifacts import ARTIFACTS
from custseg.engine.base import fetch
from custseg.errors import DataError, UsageError, WorkspaceError
from custseg.pipeline.computing import Computing
from custseg.settings import EngineSettings, SourceSettings
from custseg.settings.locations import is_lake, lake, without_secrets
from custseg.sources.files.confirming import settle_engine
from custseg.sources.files.places import places
from custseg.sources.pushed import read_pushed
from custseg.sources.raw import read_orders
from custseg.workspace.workspace import Workspace
from tests.engine.conftest import LITTLE
from tests.shops import SMALL_RUN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custseg.engine.spark import Spark

# Spark's client leaves sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
SPARK = {"CUSTSEG_ENGINE__BACKEND": "spark"}


@pytest.fixture(scope="module")
def orders(small_shop: Path) -> pa.Table:
    """The small shop's orders, typed."""
    rows = pd.read_csv(small_shop, dtype=str)
    rows["InvoiceDate"] = pd.to_datetime(rows["InvoiceDate"]).astype("datetime64[us]")
    rows["Quantity"] = rows["Quantity"].astype(int)
    rows["UnitPrice"] = rows["UnitPrice"].map(Decimal)
    return pa.Table.from_pandas(rows, preserve_index=False)


@pytest.fixture(scope="module")
def folder(orders: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files with awkward names, one of them below a folder that is no partition."""
    folder = tmp_path_factory.mktemp("shop") / "orders é {1} %20"
    half = len(orders) // 2
    write(orders.slice(0, half), folder / "a+b.parquet")
    write(orders.slice(half), folder / "2023" / "c [1].parquet")
    return folder


def write(rows: pa.Table, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, path)


@pytest.fixture(scope="module")
def engine(java: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spark]:  # noqa: ARG001
    """Spark with a folder for lines."""
    from pyspark.sql import SparkSession

    SparkSession.builder.config(map=LITTLE).getOrCreate()
    with closing(opened("local[2]", tmp_path_factory.mktemp("lines"))) as spark:
        yield spark


def opened(url: str, place: Path) -> Spark:
    from custseg.engine.spark import Spark

    lines = str(place / "kept here")
    return Spark(EngineSettings(backend="spark", url=url, lines=lines), place, "token")


def read(engine: Spark, place: Path | str, **settings: Any) -> list[dict[str, Any]]:
    """Raw lines as Spark reads them, in the order of their key."""
    found = read_pushed(engine, str(place), SourceSettings(**settings)).raw
    return fetch(found.order_by(ARTIFACTS["raw"].key))


def test_a_folder_gives_the_lines_that_duckdb_reads_of_it(engine, folder, tmp_path):
    expected = read_orders(places([str(folder)]), tmp_path).raw
    known = fetch(expected.order_by(ARTIFACTS["raw"].key))
    assert read(engine, folder) == known
    assert {row["source_file"] for row in known} == {"a+b.parquet", "2023/c [1].parquet"}


@pytest.mark.parametrize("kind", ["local", pytest.param("connect", marks=pytest.mark.nightly)])
def test_lines_are_kept_as_parquet_and_replaced_by_the_next_run(kind, orders, request, tmp_path):
    request.getfixturevalue("engine")
    url = request.getfixturevalue("connect_url") if kind == "connect" else "local[2]"
    with closing(opened(url, tmp_path)) as engine:
        for rows in (60, 50):
            write(orders.slice(0, rows), tmp_path / "few.parquet")
            assert len(read(engine, tmp_path / "few.parquet")) == rows
    (kept,) = (tmp_path / "kept here").iterdir()
    assert kept.name == "custseg-token"
    assert [path.name for path in kept.iterdir()] == ["raw"]
    assert len(pq.read_table(kept / "raw")) == 50


def test_the_columns_of_folders_named_by_their_parts_are_read(engine, orders, tmp_path):
    for country in ("France", "United Kingdom"):
        rows = orders.slice(0, 20).drop_columns("Country")
        write(rows, tmp_path / f"Country={country}" / "part.parquet")
    found = read(engine, tmp_path)
    assert {(row["country"], row["source_file"]) for row in found} == {
        (country, f"Country={country}/part.parquet") for country in ("France", "United Kingdom")
    }
    assert [row["source_row"] for row in found] == [*range(1, 21)] * 2


def test_instants_need_the_zone_of_the_shop(engine, orders, tmp_path):
    moment = pa.array([pd.Timestamp("2024-07-01 22:30")] * 20, pa.timestamp("us", "UTC"))
    at = orders.column_names.index("InvoiceDate")
    write(orders.slice(0, 20).set_column(at, "InvoiceDate", moment), tmp_path / "zoned.parquet")
    with pytest.raises(DataError, match="with a time zone") as caught:
        read(engine, tmp_path)
    assert "[source] timezone" in (caught.value.hint or "")
    found = read(engine, tmp_path, timezone="Europe/Berlin")
    assert {str(row["ordered_at"]) for row in found} == {"2024-07-02 00:30:00"}


def test_what_is_no_parquet_is_told_without_its_content(engine, tmp_path):
    with pytest.raises(DataError, match="finds no Parquet"):
        read(engine, f"file://{tmp_path}/nowhere")
    with pytest.raises(DataError, match="within the orders"):
        read(engine, Path(engine._lines.removeprefix("file://")).parents[1])


def test_an_address_with_a_secret_is_refused_and_not_repeated():
    for address in (
        "s3a://key:sesame@bucket/x",
        "hdfs://sesame@host/x",
        "abfss://box@account.example/x?sig=sesame",
        "abfss://user:sesame@account.example/x",
    ):
        assert is_lake(address)
        with pytest.raises(UsageError) as caught:
            lake(address)
        assert "sesame" not in f"{caught.value} {caught.value.hint}"
    assert lake("ABFSS://box@account.example/x/") == "abfss://box@account.example/x"
    assert "sesame" not in without_secrets("sc://host:15002/;user_id=me;token=sesame")


def run(source: str, folder: Path, **more: str) -> None:
    """Run all in a process of its own."""
    subprocess.run(
        [sys.executable, "-m", "custseg", "run-all", source, "-w", str(folder)],
        env=os.environ | SMALL_RUN | more,
        cwd=folder.parent,
        check=True,
    )


def test_duckdb_refuses_an_address_that_spark_alone_reads(custseg):
    refused = custseg("run-all", "hdfs://nowhere.invalid/orders", "-w", "w")
    assert refused.exit_code == 2
    assert "read by Spark alone" in refused.stderr


@pytest.mark.parametrize(
    ("key", "address"), [("url", "sc://127.0.0.1:1"), ("lines", "s3a://somebody/lines")]
)
def test_an_address_that_only_a_settings_file_says_is_not_asked(
    key, address, tmp_path, monkeypatch
):
    settings = EngineSettings.model_validate({"backend": "spark", key: address})
    computing = Computing(Workspace(tmp_path), settings)
    with pytest.raises(WorkspaceError, match="Nothing was sent there") as caught:
        _ = computing.engine
    variable = f"CUSTSEG_ENGINE__{key.upper()}"
    assert f"{variable}={address}" in (caught.value.hint or "")
    monkeypatch.setenv(variable, address)
    settle_engine(key, address, tmp_path)
    monkeypatch.delenv(variable)
    settle_engine(key, address, tmp_path)
    with pytest.raises(WorkspaceError):
        settle_engine(key, address, tmp_path / "other")


@pytest.mark.nightly
@pytest.mark.parametrize("kind", ["local", "connect"])
def test_a_whole_run_gives_what_duckdb_gives(kind, java, folder, request, tmp_path):  # noqa: ARG001
    lines = "".join(f"{key} {value}\n" for key, value in LITTLE.items())
    (tmp_path / "spark-defaults.conf").write_text(lines)
    url = request.getfixturevalue("connect_url") if kind == "connect" else "local[2]"
    spark = {"CUSTSEG_ENGINE__URL": url, "SPARK_CONF_DIR": str(tmp_path)} | SPARK
    run(str(folder), tmp_path / "spark", CUSTSEG_ENGINE__LINES=str(tmp_path / "lines"), **spark)
    run(str(folder), tmp_path / "duckdb")
    compared = 0
    for name, artifact in ARTIFACTS.items():
        one, other = (tmp_path / engine / artifact.file for engine in ("spark", "duckdb"))
        if artifact.lines:
            assert other.exists(), name
            assert not one.exists(), name
        elif artifact.storage == "table" and one.exists():
            same, expected = pd.read_parquet(one), pd.read_parquet(other)
            pd.testing.assert_frame_equal(same, expected, rtol=1e-9, atol=1e-9, obj=name)
            compared += 1
    assert compared > 25
    assert (tmp_path / "spark" / "report.html").stat().st_size > 100_000
    (kept,) = (tmp_path / "lines").iterdir()
    assert {path.name for path in kept.iterdir()} == {"raw", "transactions", "removed"}
