from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.errors import UsageError
from custseg.settings import SourceSettings
from custseg.settings.locations import is_url
from custseg.sources.databases.address import is_database, recorded, server
from custseg.sources.files.locate import choose

SECRET = "hush"


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("postgresql://anna:hush@db:5433/shop", "postgresql://anna@db:5433/shop"),
        ("postgres://anna:hush@db/shop", "postgresql://anna@db/shop"),
        ("postgresql:///shop", "postgresql:///shop"),
        ("postgresql://", "postgresql://"),
        ("postgresql://db", "postgresql://db"),
        ("postgresql://a@[::1]:5432/shop", "postgresql://a@[::1]:5432/shop"),
        ("postgresql://h1:1,h2:2/shop", "postgresql://h1:1,h2:2/shop"),
        ("postgresql://h1,h2/shop?port=7", "postgresql://h1:7,h2:7/shop"),
        ("postgresql://anna%40corp:hush@db/my%20shop", "postgresql://anna%40corp@db/my%20shop"),
        ("postgresql://anna@corp:hush@db/shop", "postgresql://anna%40corp@db/shop"),
        ("postgresql://db/shop?user=anna&password=hush", "postgresql://anna@db/shop"),
        (
            "postgresql://db/shop?sslmode=require&sslpassword=hush&passfile=/hush",
            "postgresql://db/shop?sslmode=require",
        ),
        (
            "postgresql:///shop?host=/run/pg&port=6000&user=anna",
            "postgresql://anna@/shop?host=/run/pg&port=6000",
        ),
        ("postgresql://%2Frun%2Fpg/shop", "postgresql:///shop?host=/run/pg"),
        ("postgresql://db/shop?options=-c%20my.password%3Dhush", "postgresql://db/shop"),
        (
            "postgresql://db/shop?options=-c%20search_path%3Dsales",
            "postgresql://db/shop?options=-c%20search_path%3Dsales",
        ),
    ],
)
def test_an_address_is_recorded_without_its_secrets(address, kept):
    assert recorded(address) == kept
    assert recorded(kept) == kept
    assert SECRET not in repr(server(address))


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://anna:hu/sh@db/shop",
        "postgresql://anna:hu?sh@db/shop",
        "postgresql://anna:hu#sh@db/shop",
        "postgresql://anna:12/hush@db/shop",
        "postgresql://anna:12?user=hush@db/shop#",
        "postgresql://anna:hush:db/shop",
        "postgresql://db/shop?pasword=hush",
        "postgresql://db/shop?hush",
        "postgresql:anna:hush@db/shop",
        "postgresql://db/shop%00hush",
        "mysql://anna:hush@db/shop",
        "https://anna:hush@db/orders.csv",
    ],
)
def test_an_address_that_cannot_be_read_is_not_repeated(address):
    assert is_url(address)
    with pytest.raises(UsageError) as failure:
        choose([address], None, None, SourceSettings(), replace=False)
    assert "hu" not in (failure.value.message + failure.value.hint).replace("should", "")


@given(st.text(min_size=1).filter(lambda text: "\0" not in text))
def test_any_password_reaches_the_server_and_nothing_else(password):
    address = f"postgresql://anna:{quote(password, safe='')}@db/shop"
    assert server(address).secrets == {"password": password}
    assert recorded(address) == "postgresql://anna@db/shop"


@given(st.text(st.characters(codec="utf-8"), min_size=4).map(lambda text: f"{SECRET}{text}"))
def test_a_password_written_as_it_is_is_refused_or_hidden(password):
    for address in (f"postgresql://anna:{password}@db/shop", f"postgresql://:{password}@/"):
        try:
            kept = recorded(address)
        except UsageError as failure:
            kept = failure.message + failure.hint
        assert SECRET not in kept


def test_a_file_is_recorded_as_its_path_however_it_is_addressed():
    Path("shop.db").touch()
    whole = os.path.realpath("shop.db")
    for address in (
        f"sqlite://{whole}",
        f"sqlite:///{whole}",
        "sqlite:///shop.db",
        "sqlite://shop.db",
        f"duckdb://{whole}",
        "duckdb://./shop.db",
    ):
        assert os.path.realpath(recorded(address)) == whole, address
    assert recorded("duckdb:///nowhere/x.duckdb") == "/nowhere/x.duckdb"


def test_database_files_are_known_by_their_content(tmp_path):
    for name, content, known in (
        ("a.csv", b"SQLite format 3\0 and so on", True),
        ("b.csv", b"12345678DUCK and so on", True),
        ("c.db", b"a,b\n1,2\n", False),
        ("d.db", b"", False),
    ):
        (tmp_path / name).write_bytes(content)
        assert is_database(str(tmp_path / name)) is known, name
    assert not is_database("uci")
    assert not is_database(str(tmp_path))
    assert is_database("postgresql://db/shop")
    assert is_database("duckdb://nowhere.duckdb")
