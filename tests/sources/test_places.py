"""From what the user names to the files that are read."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest

from custseg.errors import DataError
from custseg.sources.files.places import fingerprints, places, read_stdin, without_copies

if TYPE_CHECKING:
    from pathlib import Path


def made(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"orders of {name}")


def names(*locations: Path | str) -> list[str]:
    return [place.name for place in places([str(location) for location in locations])]


def test_a_file_is_itself_whatever_its_name(tmp_path):
    made(tmp_path, "orders.of.may")
    assert names(tmp_path / "orders.of.may") == ["orders.of.may"]


def test_a_folder_is_all_the_tables_in_it_and_below(tmp_path):
    made(tmp_path, "orders.csv", "2023/orders.XLSX", "2023/12/lines.jsonl", "shop.db", "lines.zst")
    assert names(tmp_path) == [
        "2023/12/lines.jsonl",
        "2023/orders.XLSX",
        "lines.zst",
        "orders.csv",
        "shop.db",
    ]


def test_a_folders_other_and_hidden_files_are_left_alone(tmp_path):
    made(tmp_path, "orders.csv", "read me.md", "logo.png", ".orders.csv", "_old.csv")
    made(tmp_path, ".trash/orders.csv", "_old/orders.csv")
    assert names(tmp_path) == ["orders.csv"]


def test_a_hidden_folder_that_is_named_is_read(tmp_path):
    made(tmp_path, ".exports/orders.csv")
    assert names(tmp_path / ".exports") == ["orders.csv"]


def test_names_are_sorted_as_people_count(tmp_path):
    made(tmp_path, "orders-10.csv", "orders-9.csv", "orders (1).csv", "orders.csv")
    assert names(tmp_path) == ["orders.csv", "orders (1).csv", "orders-9.csv", "orders-10.csv"]


def test_a_pattern_is_every_file_that_fits(tmp_path):
    made(tmp_path, "2023-01.csv", "2023-02.csv", "2024-01.csv")
    assert names(tmp_path / "2023-*.csv") == ["2023-01.csv", "2023-02.csv"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path):
    made(tmp_path, "orders[1].csv", "orders1.csv")
    assert names(tmp_path / "orders[1].csv") == ["orders[1].csv"]


def test_a_file_named_twice_is_read_once(tmp_path):
    made(tmp_path, "a/orders.csv", "b/orders.csv")
    assert names(tmp_path / "a", tmp_path / "a/orders.csv", tmp_path / "b") == [
        "a/orders.csv",
        "b/orders.csv",
    ]


def test_the_order_in_which_files_are_named_makes_no_difference(tmp_path):
    made(tmp_path, "b.csv", "a.csv")
    assert names(tmp_path / "b.csv", tmp_path / "a.csv") == ["a.csv", "b.csv"]


def test_what_is_not_there_is_named(tmp_path):
    made(tmp_path, "empty/read me.md")
    for location, message in {
        "orders.csv": "orders.csv: no such file.",
        "2023-*.csv": "2023-*.csv: no file matches.",
        "empty": "empty: the folder holds no file of orders.",
    }.items():
        with pytest.raises(DataError) as refusal:
            places([str(tmp_path / location)])
        assert refusal.value.message == f"{tmp_path}/{message}"


def test_copies_are_read_once(tmp_path):
    made(tmp_path, "a.csv", "b.csv")
    (tmp_path / "a (1).csv").write_bytes((tmp_path / "a.csv").read_bytes())
    found = places([str(tmp_path)])
    assert [place.name for place in without_copies(found)] == ["a.csv", "b.csv"]
    prints = fingerprints(found)
    assert [file.name for file in prints] == ["a.csv", "a (1).csv", "b.csv"]
    assert prints[0].sha256 == prints[1].sha256 != prints[2].sha256
    assert prints[2].bytes == len("orders of b.csv")


def test_standard_input_is_kept_in_the_temporary_folder(tmp_path):
    place = read_stdin(tmp_path, io.BytesIO(b"orders"))
    assert (place.name, place.path.read_bytes()) == ("stdin", b"orders")


def test_a_terminal_is_no_file(tmp_path):
    leader, follower = os.openpty()
    with (
        os.fdopen(leader, "rb"),
        os.fdopen(follower, "rb") as terminal,
        pytest.raises(DataError, match="standard input is a terminal"),
    ):
        read_stdin(tmp_path, terminal)
