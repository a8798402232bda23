"""`custseg columns --write` keeps that orders are told on their first line only."""

from __future__ import annotations

import pytest

from custseg.cli.mapping_file import with_fill_down
from custseg.errors import SettingsError

ORDERS = (
    "Order Number,Client E-mail,Order Date,SKU,Quantity,Unit Price\n"
    "1,ada@example.org,2025-03-01,MUG,1,30.00\n"
    ",,,CUP,2,30.00\n"
    "2,ben@example.org,2025-03-02,POT,1,40.00\n"
)


def test_columns_says_so_and_writes_the_setting(custseg, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    told = custseg("columns", "orders.csv", "--write")
    assert "the lines below are filled from it ([source] fill_down = true)" in told.output
    written = (tmp_path / "custseg.toml").read_text(encoding="utf-8")
    assert written.startswith("[source]\nfill_down = true\n\n[source.columns]\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "[source]\nfill_down = true\n\n"),
        (
            '# ours\n[source]\ntimezone = "UTC"\n',
            '# ours\n[source]\nfill_down = true\ntimezone = "UTC"\n',
        ),
        (
            '[clean]\npreset = "none"\n\n[source.columns]\norder_id = "A"\n',
            (
                '[clean]\npreset = "none"\n\n[source]\nfill_down = true\n\n'
                '[source.columns]\norder_id = "A"\n'
            ),
        ),
        ("[source]\nfill_down = false\n", "[source]\nfill_down = false\n"),
    ],
)
def test_the_setting_is_added_and_all_else_stays(before, after):
    assert with_fill_down(before, "custseg.toml") == after


def test_a_source_on_one_line_is_left_alone():
    with pytest.raises(SettingsError, match=r"its \[source\] cannot be added to"):
        with_fill_down('source = {timezone = "UTC"}\n', "custseg.toml")
