"""`custseg columns`, the --column option, and the mapping in custseg.toml."""

from __future__ import annotations

import csv
import json
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from custseg.cli.files import write_file
from custseg.cli.mapping import parse_column_options
from custseg.cli.mapping_file import with_columns
from custseg.errors import SettingsError, UsageError
from custseg.settings.loading import load_settings
from tests.proposal_headers import rows

SHOP = {
    "Bestellnr.": "order",
    "Kundennummer": "customer",
    "Datum": "eu date",
    "Artikel": "product name",
    "Menge": "quantity",
    "Betrag": "net comma",
    "Lager": "word",
}
SUPERSTORE = {
    "Order ID": "order",
    "Customer ID": "customer",
    "Order Date": "date",
    "Sales": "net",
    "Discount": "share",
}


@dataclass(frozen=True)
class FakeTable:
    """A table of made-up rows."""

    header: tuple[str, ...]
    sample: tuple[tuple[str | None, ...], ...]
    name: str = "orders.csv"


def fake(columns: dict[str, str], name: str = "orders.csv") -> FakeTable:
    return FakeTable(tuple(columns), tuple(map(tuple, rows(columns))), name)


@pytest.fixture
def columns(custseg):
    """Call `custseg columns` on files of tables."""

    def call(tables: FakeTable | list[FakeTable], *options: object) -> Any:
        opened = tables if isinstance(tables, list) else [tables]
        for table in opened:
            with Path(table.name).open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows([table.header, *table.sample])
        return custseg("columns", *(table.name for table in opened), *options)

    return call


def written() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(Path("custseg.toml").read_text())["source"]["columns"]
    return found


def test_a_proposal_is_shown_with_its_reasons(columns):
    result = columns(fake(SHOP))
    assert result.exit_code == 0
    assert "orders.csv: proposed" in result.stdout
    assert 'Bestellnr.\torder_id\tname means "order id"; values: ids that repeat' in result.stdout
    assert "# not used: Lager" in result.stdout
    assert "run-all takes it as it is" in result.stdout


def test_what_is_unclear_is_shown_with_what_to_write(columns):
    result = columns(fake(SUPERSTORE))
    assert result.exit_code == 0
    assert "Discount\tdiscount_rate?\tunclear: a share of the price" in result.stdout
    told = (
        'discount_rate: write discount_rate = "Discount" under [source.columns], '
        'or discount_rate = "" to leave it out'
    )
    assert told in result.stdout


def test_what_is_missing_is_said(columns):
    result = columns(fake({"Order ID": "order", "Date": "date"}))
    assert 'customer_id: no column seems to be it; write customer_id = "…"' in result.stdout


def test_a_known_export_is_named(columns):
    retail = {
        "Invoice": "order",
        "StockCode": "sku",
        "Description": "product name",
        "Quantity": "quantity",
        "InvoiceDate": "moment",
        "Price": "price",
        "Customer ID": "customer",
        "Country": "country",
    }
    result = columns(fake(retail), "--write")
    assert "a known export (UCI Online Retail II)" in result.stdout
    assert "nothing to add" in result.stderr
    assert not Path("custseg.toml").exists()


def test_json_has_it_all(columns):
    result = columns(fake(SUPERSTORE), "--json")
    (table,) = json.loads(result.stdout)["tables"]
    assert table["unambiguous"] is False
    assert table["unclear"] == [
        {
            "field": "discount_rate",
            "columns": ["Discount"],
            "reason": "a share of the price: it may be taken off the amount already, or not",
        }
    ]
    assert {entry["field"] for entry in table["columns"]} == {
        "order_id",
        "customer_id",
        "ordered_at",
        "amount",
    }


def test_no_value_is_ever_shown(columns):
    table = fake({"Customer ID": "email", "Buyer": "person", "Date": "date", "Note": "sentence"})
    for options in ((), ("--json",)):
        result = columns(table, *options)
        shown = result.stdout + result.stderr
        assert not [v for row in table.sample for v in row if v and v in shown]


def test_a_name_that_looks_like_data_is_not_shown(columns, monkeypatch):
    monkeypatch.setenv("CUSTSEG_SOURCE__HEADER", "true")
    header = ("ann@example.org", "2024-01-05", "Customer ID", "Order Date")
    table = FakeTable(header, (("bo@example.org", "2024-01-06", "7", "2024-01-06"),) * 3)
    for options in ((), ("--json",), ("--write",)):
        result = columns(table, *options)
        assert "ann@" not in result.stdout + result.stderr
    assert "column 1" in result.stdout
    assert written() == {"customer_id": "Customer ID", "ordered_at": "Order Date"}


def test_write_makes_a_file_that_holds_only_the_mapping(columns):
    result = columns(fake(SHOP), "--write")
    assert result.exit_code == 0
    assert Path("custseg.toml").read_text() == (
        "[source.columns]\n"
        'customer_id = "Kundennummer"\n'
        'order_id = "Bestellnr."\n'
        'description = "Artikel"\n'
        'ordered_at = "Datum"\n'
        'quantity = "Menge"\n'
        'amount = "Betrag"\n'
    )
    assert load_settings().source.columns["amount"] == ("Betrag",)


def test_write_keeps_comments_layout_and_what_is_there(columns):
    Path("custseg.toml").write_text(
        "# Our shop\n[source]\nlocation = 'a.csv'   # from the till\n\n"
        '[source.columns]\namount = "Umsatz" # mine\n\n[model]\nk = 4\n'
    )
    Path("custseg.toml").chmod(0o640)
    columns(fake(SHOP), "--write")
    text = Path("custseg.toml").read_text()
    assert text.startswith("# Our shop\n[source]\nlocation = 'a.csv'   # from the till\n\n")
    assert 'amount = "Umsatz" # mine\ncustomer_id = "Kundennummer"' in text
    assert text.endswith('quantity = "Menge"\n\n[model]\nk = 4\n')
    assert Path("custseg.toml").stat().st_mode & 0o777 == 0o640
    assert {path.name for path in Path().iterdir()} == {"custseg.toml", "orders.csv"}


def test_force_replaces_what_is_there(columns):
    Path("custseg.toml").write_text('[source.columns]\namount = "Umsatz"\n')
    columns(fake(SHOP), "--write", "--force")
    assert written()["amount"] == "Betrag"


def test_what_is_unclear_is_written_as_comments_once(columns):
    columns(fake(SUPERSTORE), "--write")
    first = Path("custseg.toml").read_text()
    assert "discount" not in written()
    assert (
        "# discount_rate: a share of the price: it may be taken off the amount already, or not\n"
        '# discount_rate = "Discount"\n# discount_rate = ""\n'
    ) in first
    again = columns(fake(SUPERSTORE), "--write")
    assert Path("custseg.toml").read_text() == first
    assert "nothing to add" in again.stderr


def test_a_column_given_on_the_command_line_is_written_too(columns):
    columns(fake(SUPERSTORE), "--column", "discount=Discount", "--write")
    assert written()["discount"] == "Discount"


def test_a_mapped_column_that_is_not_there_is_said(columns):
    Path("custseg.toml").write_text('[source.columns]\norder_id = "Beleg"\n')
    result = columns(fake(SHOP))
    assert '[source.columns] order_id names "Beleg", which is not there' in result.stdout
    assert "Bestellnr.\torder_id" in result.stdout


def test_tables_that_need_different_mappings_are_refused_together(columns):
    result = columns([fake(SHOP), fake(SUPERSTORE, "more.csv")], "--write")
    assert result.exit_code == 2
    assert "more.csv and orders.csv need different mappings" in result.stderr
    assert not Path("custseg.toml").exists()


def test_a_file_that_is_no_toml_is_an_error(columns):
    Path("custseg.toml").write_text("[source\n")
    result = columns(fake(SHOP), "--write")
    assert result.exit_code == 3
    assert "cannot be read as TOML" in result.stderr
    assert Path("custseg.toml").read_text() == "[source\n"


def test_what_is_no_file_is_never_replaced(tmp_path):
    """Run by root, replacing a device by a file would harm the whole machine."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    link = tmp_path / "custseg.toml"
    link.symlink_to(pipe)
    for path in (pipe, link, tmp_path):
        with pytest.raises(SettingsError, match="is no file"):
            write_file(path, "")
    assert pipe.is_fifo()


def test_a_link_stays_a_link(tmp_path):
    kept, link = tmp_path / "kept.toml", tmp_path / "custseg.toml"
    kept.write_text("")
    link.symlink_to(kept)
    write_file(link, "[model]\n")
    assert link.is_symlink()
    assert kept.read_text() == "[model]\n"


COLUMNS: dict[Any, Any] = {"customer_id": 'A "b"', "ordered_at": ("Date", "Time")}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[model]\nk = 3",
        "[source]\nlocation = 'a'\n[model]\nk = 3\n",
        "[source]\ncolumns = {order_id = 'X'}\n",
        "source.columns.order_id = 'X'\n",
        "[source]\ncolumns.order_id = 'X'\n",
        "[source]\nlocation = 'a'\n[model]\nk = 1\n[source.columns]\norder_id = 'X'\n",
        "[source.columns]\r\norder_id = 'X'\r\n\r\n[model]\r\nk = 2\r\n",
        "[[source.join]]\nfile = 'a'\n[model]\nk = 1\n",
    ],
)
def test_columns_are_added_however_the_file_is_written(text):
    before = tomllib.loads(text)
    content = with_columns(text, COLUMNS, ["quantity: unclear"], "custseg.toml")
    after = tomllib.loads(content)
    assert after["source"]["columns"].pop("customer_id") == 'A "b"'
    assert after["source"]["columns"].pop("ordered_at") == ["Date", "Time"]
    after["source"]["columns"] = after["source"]["columns"] or None
    before.setdefault("source", {}).setdefault("columns", None)
    assert after == before
    assert with_columns(content, COLUMNS, ["quantity: unclear"], "custseg.toml") == content


def test_a_source_that_is_an_inline_table_is_refused():
    with pytest.raises(SettingsError, match="cannot be added to"):
        with_columns("source = {}\n", COLUMNS, [], "custseg.toml")


def test_column_options_are_read():
    given = ['order_id="Order = No"', "ordered_at=Date", "ordered_at=Time", "Amount= Total "]
    assert parse_column_options(given) == {
        "order_id": '"Order = No"',
        "ordered_at": ("Date", "Time"),
        "amount": "Total",
    }


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("order_id", 'has the form FIELD="Column"'),
        ("order_id=", 'has the form FIELD="Column"'),
        ("=Order", 'has the form FIELD="Column"'),
        ("ordr_id=Order", '"ordr_id" is none of ours; did you mean "order_id"?'),
    ],
)
def test_a_wrong_column_option_is_a_usage_error(option, told):
    with pytest.raises(UsageError) as failure:
        parse_column_options([option])
    assert told in failure.value.message


def test_a_column_option_is_laid_over_the_files_mapping(custseg, tmp_path):
    Path("custseg.toml").write_text(
        '[source.columns]\norder_id = "No."\nquantity = "Pieces"\ncustomer_id = "Client"\n'
    )
    Path("orders.csv").write_text(
        "Who,No.,Pieces,Each,When\nann,1,2,5.00,2024-01-05\nbo,2,1,3.00,2024-01-06\n"
    )
    given = ["--column", "customer_id=Who", "--column", "unit_price=Each"]
    given += ["--column", "ordered_at=When", "-w", str(tmp_path / "w")]
    result = custseg("download", "orders.csv", *given)
    assert result.exit_code == 0, result.stderr
    assert "rows\t2" in result.stdout
    # A later command goes by what was given then: the stage is still fresh.
    stages = json.loads(custseg("status", "--json", "-w", tmp_path / "w").stdout)["stages"]
    assert stages[0]["state"] == "fresh"


def test_an_unknown_field_fails_before_anything_is_read(custseg):
    result = custseg("run-all", "none.csv", "--column", "prize=Each")
    assert result.exit_code == 2
    assert 'did you mean "unit_price"?' in result.stderr or "is none of ours" in result.stderr
