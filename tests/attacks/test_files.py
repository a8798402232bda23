"""Files made to read, write or exhaust what is not theirs: archives, workbooks, names in them."""

from __future__ import annotations

import os
import sqlite3
import stat
import tracemalloc
import zipfile
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Any

import duckdb
import openpyxl
import pytest

from custseg.errors import DataError
from custseg.settings import SourceSettings
from custseg.sources.files.archives import unpack
from custseg.sources.raw import read_orders
from tests.conftest import nightly, rows

COLUMNS = ("customer_id", "order_id", "ordered_at", "quantity", "unit_price")
LINE = ("7", "1", "2024-01-31", "1", "2.5")
SECRET = "hush-hush"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
DOCTYPES = {
    "billion laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}<!ENTITY e "&l9;">]>',
    "one long text many times": f'<!DOCTYPE x [<!ENTITY l "{"ha" * 20_000}"><!ENTITY e "'
    + "&l;" * 20_000
    + '">]>',
    "a file": '<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>',
    "a parameter": '<!DOCTYPE x [<!ENTITY % p SYSTEM "file://{secret}"> %p;<!ENTITY e "x">]>',
    "an outer definition": '<!DOCTYPE x SYSTEM "file://{secret}">',
}


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "outside" / "secret.txt"
    path.parent.mkdir()
    path.write_text(SECRET)
    return path


def workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.append(COLUMNS)
    book.active.append([*LINE[:3], 1, 2.5])
    book.save(path)
    return path


def ods(path: Path) -> Path:
    cells = [
        "".join(
            f'<table:table-cell office:value-type="string"><text:p>{text}</text:p>'
            "</table:table-cell>"
            for text in line
        )
        for line in (COLUMNS, LINE)
    ]
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    table = "".join(f"<table:table-row>{line}</table:table-row>" for line in cells)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<?xml version="1.0"?><manifest:manifest '
            'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0"?><office:document-content{names}><office:body>'
            f'<office:spreadsheet><table:table table:name="Orders">{table}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path


def poisoned(path: Path, member: str, doctype: str) -> None:
    """Put a definition before a part's first element, and what it defines into its texts."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    text = parts[member]
    if not text.startswith("<?xml"):
        text = f"<?xml version='1.0'?>{text}"
    head, rest = text.split("?>", 1)
    parts[member] = f"{head}?>{doctype}{rest.replace('customer_id', 'customer_id&e;')}"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def read(path: Path, **settings: Any) -> list[dict[str, Any]]:
    scratch = path.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    return rows(read_orders(path, scratch, SourceSettings(**settings)).raw)


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize(
    ("kind", "member"),
    [
        ("xlsx", "xl/worksheets/sheet1.xml"),
        ("ods", "content.xml"),
        *nightly([("xlsx", "xl/workbook.xml")]),
    ],
)
def test_no_definition_in_a_workbook_reads_a_file_or_fills_memory(
    kind, member, doctype, secret, tmp_path
):
    path = (workbook if kind == "xlsx" else ods)(tmp_path / f"orders.{kind}")
    assert len(read(path)) == 1
    poisoned(path, member, DOCTYPES[doctype].replace("{secret}", str(secret)))
    tracemalloc.start()
    started = monotonic()
    try:
        found = repr(read(path))
    except DataError as error:
        found = f"{error.message} {error.hint}"
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert SECRET not in found
    assert peak < 100_000_000
    assert monotonic() - started < 20


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO])
def test_no_link_or_device_comes_out_of_a_zip(kind, secret, tmp_path):
    path, scratch = tmp_path / "orders.zip", tmp_path / "scratch"
    scratch.mkdir()
    member = zipfile.ZipInfo("orders.csv")
    member.create_system, member.external_attr = 3, (kind | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, str(secret))
    unpack(path, path.name, scratch)
    (made,) = scratch.iterdir()
    assert stat.S_ISREG(made.lstat().st_mode)
    assert made.read_text() == str(secret)
    assert not made.stat().st_mode & 0o111


def test_a_pipe_in_the_place_of_a_source_is_refused_and_not_waited_for(custseg, tmp_path):
    os.mkfifo(tmp_path / "orders.csv")
    for source in (tmp_path / "orders.csv", Path("/dev/zero")):
        told = custseg("download", source, "-w", tmp_path / "w")
        assert told.exit_code == 5
        assert "is no file or folder, but a pipe or device" in " ".join(told.stderr.split())


NAMES = (
    'x"; DROP TABLE orders; --',
    "x'); ATTACH '/nowhere/evil.db' AS y; --",
    "x] UNION SELECT sql FROM sqlite_master --",
    "x\" || (SELECT 'hush-hush') || \"y",
    "{0} %s ? $1 :a",
)


def database(path: Path, table: str, key: str, *others: str) -> None:
    names = [key, *COLUMNS[1:]]
    columns = ", ".join('"' + name.replace('"', '""') + '" VARCHAR' for name in names)
    quoted = '"' + table.replace('"', '""') + '"'
    connect: Any = sqlite3.connect if path.suffix == ".sqlite" else duckdb.connect
    with closing(connect(str(path))) as connection:
        for one in (quoted, *others):
            connection.execute(f"CREATE TABLE {one} ({columns})")
            connection.execute(f"INSERT INTO {one} VALUES (?, ?, ?, ?, ?)", LINE)
        connection.execute("CREATE TABLE orders (customer_id VARCHAR)")
        connection.commit()


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_a_table_or_column_is_a_name_and_no_sql(name, kind, tmp_path):
    path = tmp_path / f"shop.{kind}"
    database(path, name, name, "sold")
    before = path.read_bytes()
    # No table with quotes in its name can be named; it is listed all the same.
    chosen = "sold" if '"' in name else name
    (found,) = read(path, table=chosen, columns={"customer_id": name})
    assert (found["customer_id"], found["order_id"]) == ("7", "1")
    assert path.read_bytes() == before
    assert {one.name for one in tmp_path.iterdir()} == {path.name, "scratch"}


@pytest.mark.parametrize("name", NAMES)
def test_a_setting_is_a_text_and_no_sql(name, tmp_path):
    path = tmp_path / "shop.sqlite"
    database(path, "sold", "customer_id")
    with pytest.raises(DataError, match="table"):
        read(path, table=name)
    with pytest.raises(DataError, match="column"):
        read(path, table="sold", columns={"customer_id": name})
    (found,) = read(path, table="sold", nobody=(name,), somebody=(name,))
    assert found["customer_id"] == "7"
