"""`custseg columns` on a folder with more than orders in it."""

from __future__ import annotations

import tomllib
from pathlib import Path


def shop(folder: Path, *, price: bool) -> Path:
    """Orders and their lines in two files, and a list of prices."""
    source = folder / "shop"
    source.mkdir()
    lines = ["order_no,product_code,pieces" + ",unit_price" * price]
    lines += [f"A{n},{80 + n * 7 % 11},{1 + n * n % 5}" + ",2.50" * price for n in range(60)]
    orders = [f"A{n},C{n % 9},2024-03-{1 + n % 28:02}" for n in range(60)]
    prices = [f"{80 + n},{n + 1}.50,{'cup' if n % 3 else 'pan'}" for n in range(11)]
    (source / "items.csv").write_text("\n".join([*lines, ""]))
    (source / "orders.csv").write_text("\n".join(["order_no,customer,ordered_on", *orders, ""]))
    (source / "prices.csv").write_text("\n".join(["product_code,unit_price,category", *prices, ""]))
    return source


def test_a_folder_shows_its_orders_and_what_the_other_files_are_good_for(custseg, tmp_path):
    done = custseg("columns", str(shop(tmp_path, price=True)))
    assert "items.csv: proposed" in done.stdout
    assert 'orders.csv\tjoined to items.csv by "order_no"' in done.stdout
    assert 'prices.csv\tjoined to items.csv by "product_code"' in done.stdout
    assert "A1" not in done.stdout
    assert "takes it as it is" in done.stdout


def test_write_adds_the_join_that_the_orders_need_once(custseg, tmp_path):
    source = shop(tmp_path, price=True)
    for _ in range(2):
        custseg("columns", str(source), "--write")
        text = Path("custseg.toml").read_text()
        assert text.count("[[source.join]]") == 1
        assert tomllib.loads(text)["source"]["join"] == [
            {"file": "orders.csv", "on": {"order_no": "order_no"}}
        ]


def test_a_join_that_changes_amounts_is_written_as_a_comment(custseg, tmp_path):
    done = custseg("columns", str(shop(tmp_path, price=False)), "--write")
    assert "prices.csv\tunit_price\titems.csv by " in done.stdout
    assert "takes it as it is" not in done.stdout
    text = Path("custseg.toml").read_text()
    assert '# [[source.join]]\n# file = "prices.csv"' in text
    assert [join["file"] for join in tomllib.loads(text)["source"]["join"]] == ["orders.csv"]


def test_what_was_written_reads_the_same_orders(custseg, tmp_path):
    source = str(shop(tmp_path, price=True))
    first = custseg("download", source, "-w", str(tmp_path / "a"))
    custseg("columns", source, "--write")
    second = custseg("download", source, "-w", str(tmp_path / "b"))
    assert second.exit_code == 0, second.stderr
    fields = [
        [line.split("\t")[:2] for line in done.stdout.splitlines() if line.count("\t") == 2]
        for done in (first, second)
    ]
    assert ["category", "category"] in fields[0]
    assert fields[0] == fields[1]


def test_tables_that_a_run_does_not_read_together_are_not_said_to_be_taken(custseg, tmp_path):
    source = shop(tmp_path, price=True)
    (source / "sums.csv").write_text("customer,ordered_on,amount\nC1,2024-03-05,5.50\n")
    told = "sums.csv: lacks a column for order_id"
    done = custseg("columns", str(source))
    assert "takes it as it is" not in done.stdout
    assert told in done.stdout
    assert told in custseg("download", str(source), "-w", str(tmp_path / "a")).stderr
