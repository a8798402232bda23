"""A folder of exports that grows from run to run."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from custseg.engine.parquet import read_frame
from custseg.errors import DataError
from custseg.sources.values.people import customer_key_of
from custseg.workspace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEADER = "customer_id,order_id,product_id,quantity,unit_price,ordered_at"
JANUARY = ("1,A1,MUG,1,2.00,2024-01-05", "2,A2,CUP,1,3.00,2024-01-20")
FEBRUARY = ("1,A3,MUG,2,2.00,2024-02-05", "2,A4,CUP,1,3.00,2024-02-20")
MARCH = ("1,A5,PEN,1,5.00,2024-03-05",)


def export(folder: Path, name: str, *lines: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join([HEADER, *lines, ""]))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    export(folder, "2024-01.csv", *JANUARY)
    export(folder, "2024-02.csv", *FEBRUARY)
    return folder


@pytest.fixture
def run(custseg: Callable[..., Any], tmp_path: Path, shop: Path) -> Callable[..., Any]:
    def call(stage: str, *options: str) -> Any:
        source = [shop] if stage == "download" else []
        result = custseg(stage, *source, "-w", tmp_path / "w", *options)
        assert result.exit_code == 0, result.stderr
        return result

    return call


def told(result: Any) -> str:
    return " ".join(result.stdout.split())


def orders(tmp_path: Path) -> list[str]:
    kept = read_frame(Workspace(tmp_path / "w").path("transactions"))
    return sorted(f"{row.order_id} {row.product_id} {row.amount:.2f}" for row in kept.itertuples())


def ledger(tmp_path: Path) -> dict[str, int]:
    table = read_frame(Workspace(tmp_path / "w").path("ledger"))
    return {rule: n for rule, n in zip(table.rule, table.rows_removed, strict=True) if n}


def test_nothing_changed_is_fresh(run):
    run("download")
    assert "fresh" in run("download").stderr
    assert json.loads(run("download", "--json").stdout)["fresh"] is True


def test_a_new_file_and_a_copy_are_told(run, shop, tmp_path):
    run("download")
    export(shop, "2024-03.csv", *MARCH)
    export(shop, "2024-01 (copy).csv", *JANUARY)
    text = told(run("download"))
    assert "files 4" in text
    assert "new since the last run 2024-03.csv" in text
    assert "copies, read once 2024-01 (copy).csv (as 2024-01.csv)" in text
    assert "rows 5" in text
    run("clean")
    assert orders(tmp_path) == [
        "A1 MUG 2.00",
        "A2 CUP 3.00",
        "A3 MUG 4.00",
        "A4 CUP 3.00",
        "A5 PEN 5.00",
    ]
    assert ledger(tmp_path) == {}


def test_a_copy_alone_changes_nothing(run, shop, tmp_path):
    run("download")
    before = Workspace(tmp_path / "w").path("raw").read_bytes()
    export(shop, "2024-01 (copy).csv", *JANUARY)
    run("download")
    assert Workspace(tmp_path / "w").path("raw").read_bytes() == before


def test_of_an_order_in_two_exports_the_newest_wins(run, shop, tmp_path):
    run("download")
    # February's order A4 lost a cup and won a pen; the export holds March, too.
    export(
        shop,
        "2024-03.csv",
        "1,A3,MUG,2,2.00,2024-02-05",
        "2,A4,PEN,1,5.00,2024-02-20",
        *MARCH,
    )
    run("download")
    run("clean")
    assert orders(tmp_path) == [
        "A1 MUG 2.00",
        "A2 CUP 3.00",
        "A3 MUG 4.00",
        "A4 PEN 5.00",
        "A5 PEN 5.00",
    ]
    assert ledger(tmp_path) == {"superseded": 2}


def test_a_file_that_is_gone_is_told(run, shop):
    run("download")
    (shop / "2024-01.csv").unlink()
    text = told(run("download"))
    assert "gone since the last run 2024-01.csv" in text
    assert "rows 2" in text


def test_files_by_name_can_be_added_to(custseg, shop, tmp_path):
    workspace = ("-w", tmp_path / "w")
    assert custseg("download", shop / "2024-01.csv", *workspace).exit_code == 0
    more = custseg("download", shop / "2024-01.csv", shop / "2024-02.csv", *workspace)
    assert more.exit_code == 0
    assert "rows 4" in told(more)
    other = custseg("download", shop / "2024-02.csv", *workspace)
    assert other.exit_code != 0
    assert "--replace-source" in other.stderr


def test_the_mapping_of_a_list_of_files_that_grows_holds_on(custseg, tmp_path):
    header = HEADER.replace("customer_id", "customer_id,member")
    for name, day in (("a.csv", "05"), ("b.csv", "06")):
        line = f"7,anna-1,A{day},MUG,1,2.00,2024-01-{day}"
        (tmp_path / name).write_text(f"{header}\n{line}\n")
    workspace = ("-w", tmp_path / "grown")
    custseg("download", tmp_path / "a.csv", *workspace, "--column", "customer_id=member")
    custseg("download", tmp_path / "a.csv", tmp_path / "b.csv", *workspace)
    raw = read_frame(Workspace(tmp_path / "grown").path("raw"))
    assert list(raw["customer_id"]) == ["anna-1", "anna-1"]


def test_a_change_beside_a_file_that_is_gone_is_seen(custseg, tmp_path):
    export(tmp_path, "a.csv", *JANUARY)
    export(tmp_path, "b.csv", *FEBRUARY)
    workspace = ("-w", tmp_path / "two")
    custseg("download", tmp_path / "a.csv", tmp_path / "b.csv", *workspace)
    (tmp_path / "a.csv").unlink()
    result = custseg("status", *workspace)
    assert "a.csv is gone" in result.stdout


def test_an_address_among_ids_gives_no_other_customer_another_id(run, shop):
    def ids() -> set[str]:
        run("download")
        return set(read_frame(Workspace(shop.parent / "w").path("raw"))["customer_id"])

    before = ids()
    export(shop, "2024-03.csv", "ann@example.org,A5,PEN,1,5.00,2024-03-05")
    (new,) = ids() - before
    assert re.fullmatch("[0-9a-f]{24}", new)


def test_customers_who_are_all_called_otherwise_are_told(run, monkeypatch):
    assert "new id" not in run("download").stderr
    monkeypatch.setenv("CUSTSEG_PRIVACY__CUSTOMER_IDS", "pseudonym")
    told = "customers are keyed hashes, no more ids as they are: every customer has a new id"
    assert told in run("download").stderr
    assert "new id" not in run("download", "--force").stderr
    monkeypatch.delenv("CUSTSEG_PRIVACY__CUSTOMER_IDS")
    told = "customers are ids as they are, no more keyed hashes: every customer has a new id"
    assert told in run("download").stderr


def test_another_key_of_customers_hashes_is_told_and_finds_no_contact(
    custseg, tmp_path, monkeypatch
):
    def mail(name: str, day: str) -> None:
        lines = (f"{n}@x.org,A{day}{n},MUG,1,2.00,2024-01-{day}" for n in ("ann", "bea"))
        export(tmp_path / "mails", name, *lines)

    mail("1.csv", "05")
    workspace = ("-w", tmp_path / "hashed")
    monkeypatch.setenv("CUSTSEG_KEY", "the first key of the shop")
    custseg("download", tmp_path / "mails", *workspace)
    mail("2.csv", "06")
    monkeypatch.setenv("CUSTSEG_KEY", "another key of the shop")
    assert custseg("download", *workspace).exit_code == 4
    assert custseg("verify", "--adopt", *workspace).exit_code == 0
    result = custseg("download", *workspace)
    assert "who is a hash has a new id" in result.stderr
    facts = Workspace(tmp_path / "hashed").manifest().facts()
    assert customer_key_of(facts) == b"another key of the shop"
    monkeypatch.setenv("CUSTSEG_KEY", "the first key of the shop")
    with pytest.raises(DataError, match="is not the one"):
        customer_key_of(facts)
