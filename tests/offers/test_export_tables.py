"""Whole tables of customers for other tools."""

from __future__ import annotations

import json
import shutil
from datetime import date
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import polars as pl
import pytest

from custseg.offers.export.tables import by_month

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Month:
    """A published snapshot, as far as the table looks at it."""

    def __init__(self, as_of: str, segments: dict[str, int], folder: Path) -> None:
        self.as_of = as_of
        self.file = folder / f"{as_of}.parquet"
        named = [
            {"customer_id": c, "segment": s, "segment_name": f"S{s}"} for c, s in segments.items()
        ]
        pd.DataFrame(named).to_parquet(self.file, index=False)

    def path(self, artifact: str) -> Path:
        assert artifact == "segments"
        return self.file


class Months:
    def __init__(self, *months: Month) -> None:
        self.months = months

    def snapshots(self) -> Sequence[Month]:
        return self.months


def test_segments_month_by_month_with_the_one_before_and_since_when(tmp_path):

    history = Months(
        Month("2024-01-01", {"anna": 1, "bo": 2}, tmp_path),
        Month("2024-02-01", {"anna": 1, "cy": 1}, tmp_path),
        Month("2024-03-01", {"anna": 2, "bo": 2, "cy": 1}, tmp_path),
    )
    found = by_month(history)
    january, february, march = date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)
    rows = [
        ("anna", january, 1, "S1", None, january),
        ("anna", february, 1, "S1", 1, january),
        ("anna", march, 2, "S2", 1, march),
        ("bo", january, 2, "S2", None, january),
        # Who was away for a month begins anew.
        ("bo", march, 2, "S2", None, march),
        ("cy", february, 1, "S1", None, february),
        ("cy", march, 1, "S1", 1, february),
    ]
    plain = found.astype(object).where(found.notna(), None)
    assert list(plain.itertuples(index=False, name=None)) == rows


def test_a_table_of_all_customers_opens_elsewhere(secret_shop, custseg, tmp_path):
    shutil.copytree(secret_shop, tmp_path / "w")
    for name in ("customers", "customers_by_month"):
        written = tmp_path / f"{name}.parquet"
        call = ("export", "-w", tmp_path / "w", "--table", name, "--output", written, "--json")
        told = json.loads(custseg(*call).stdout)
        assert told["rows"] == len(pd.read_parquet(written)) == len(pl.read_parquet(written))
        count = duckdb.sql(f"select count(*), count(distinct customer_id) from '{written}'")
        assert count.fetchone()[0] == told["rows"]
    months = pl.read_parquet(tmp_path / "customers_by_month.parquet")
    assert months["as_of"].n_unique() == 2
    now = months.filter(pl.col("as_of") == months["as_of"].max())
    wide = pl.read_parquet(tmp_path / "customers.parquet")
    assert now["segment"].to_list() == wide["segment"].to_list()


def test_a_csv_lies_in_exports_and_is_not_replaced_unasked(finished, custseg):
    call = ("export", "-w", finished, "--table", "customers")
    assert custseg(*call).exit_code == 0
    written = finished / "exports" / "customers.csv"
    assert len(pd.read_csv(written)) == len(pd.read_parquet(finished / "customers.parquet"))
    assert written.stat().st_mode & 0o077 == 0
    again = custseg(*call)
    assert again.exit_code == 2
    assert "--force" in again.stderr
    assert custseg(*call, "--force").exit_code == 0


def test_rows_go_to_standard_output_and_nothing_else_does(finished, custseg):
    call = ("export", "-w", finished, "--table", "customers", "--output")
    poured = custseg(*call, "-").stdout
    assert custseg(*call, finished.parent / "customers.csv").exit_code == 0
    assert poured == (finished.parent / "customers.csv").read_text()
    refused = custseg(*call, "-", "--json")
    assert refused.exit_code == 2
    assert refused.stdout == ""


@pytest.mark.parametrize("more", [("--segment", "all"), ("--campaign", "x"), ("--output", "x.txt")])
def test_what_is_no_table_is_refused(more, undisturbed, custseg, tmp_path):
    shutil.copytree(undisturbed, tmp_path / "w")
    refused = custseg("export", "-w", tmp_path / "w", "--table", "customers", *more)
    assert refused.exit_code == 2
