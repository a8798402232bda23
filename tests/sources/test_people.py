"""The key of customers' hashes, and who is hashed by it."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat

import ibis
import pyarrow as pa
import pytest

from custseg.engine.base import fetch
from custseg.errors import SettingsError
from custseg.sources.values.people import (
    hashed,
    names_people,
)
from custseg.workspace.key import customer_key, key_path
from tests.conftest import rows

KEY = b"a key of more than 16 characters"


@pytest.fixture(autouse=True)
def _own_configuration(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    monkeypatch.delenv("CUSTSEG_KEY", raising=False)


def column(*people: str | None) -> ibis.Column:
    return ibis.memtable(pa.table({"person": pa.array(people, pa.string())})).person


def of(*people: str | None, key: bytes = KEY) -> list[str | None]:
    table = column(*people).as_table()
    known = rows(table.mutate(hash=hashed(table.person, key)))
    found = {row["person"]: row["hash"] for row in known}
    return [found[person] for person in people]


def test_the_key_is_made_on_first_use_and_stays(tmp_path):
    key = customer_key()
    path = tmp_path / "configuration/custseg/key"
    assert key_path() == path
    assert path.read_bytes().strip() == key
    assert len(bytes.fromhex(key.decode())) == 32
    assert customer_key() == key


def test_the_key_file_is_its_owners_alone():
    previous = os.umask(0)
    try:
        customer_key()
    finally:
        os.umask(previous)
    assert stat.S_IMODE(key_path().stat().st_mode) == 0o600
    assert stat.S_IMODE(key_path().parent.stat().st_mode) == 0o700


def test_two_machines_make_different_keys(monkeypatch, tmp_path):
    first = customer_key()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "another"))
    assert customer_key() != first


def test_the_variable_comes_before_the_file(monkeypatch):
    monkeypatch.setenv("CUSTSEG_KEY", "a secret of sixteen")
    assert customer_key() == b"a secret of sixteen"
    assert not key_path().exists()


def test_an_empty_variable_is_none(monkeypatch):
    monkeypatch.setenv("CUSTSEG_KEY", "")
    assert customer_key() == key_path().read_bytes().strip()


def test_a_short_key_is_refused_and_not_shown(monkeypatch):
    monkeypatch.setenv("CUSTSEG_KEY", "fifteen letters")
    with pytest.raises(SettingsError, match="CUSTSEG_KEY: .* at least 16 characters") as caught:
        customer_key()
    assert "fifteen" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_key_file_that_others_can_read_or_change_is_refused(mode):
    key = customer_key()
    key_path().chmod(mode)
    with pytest.raises(SettingsError, match=f"mode {mode:04o}") as raised:
        customer_key()
    assert raised.value.hint == f"Run: chmod 600 {key_path()}"
    key_path().chmod(0o600)
    assert customer_key() == key


@pytest.mark.parametrize("content", ["", "short\n"])
def test_a_key_file_that_is_cut_is_refused(content):
    key_path().parent.mkdir(parents=True)
    key_path().write_text(content)
    key_path().chmod(0o600)
    with pytest.raises(SettingsError, match="at least 16 characters"):
        customer_key()


def test_a_key_file_that_cannot_be_read_says_what_to_set(monkeypatch, tmp_path):
    key_path().mkdir(parents=True)
    with pytest.raises(SettingsError, match="cannot be read or made") as caught:
        customer_key()
    assert "CUSTSEG_KEY" in caught.value.hint
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    with pytest.raises(SettingsError, match="cannot be read or made"):
        customer_key()


@pytest.mark.parametrize("key", [KEY, b"x" * 64, b"y" * 65, b"z" * 200, bytes(range(256))[-40:]])
@pytest.mark.parametrize("person", ["anna@example.com", "zoë müller", "李雷", "o'hara", "a" * 300])
def test_the_hash_is_the_hmac_of_rfc_2104(key, person):
    expected = hmac.new(key, person.encode(), hashlib.sha256).hexdigest()[:24]
    assert of(person, key=key) == [expected]


def test_capitals_and_blanks_make_no_difference():
    assert len(set(of("anna berg", " Anna  Berg ", "ANNA\tBERG"))) == 1
    assert len(set(of("zoe\u0308", "ZO\u00cb"))) == 1  # an accent of its own, and one letter


def test_people_who_differ_have_different_hashes():
    assert len(set(of("anna@x.example", "anna@y.example", "annab@x.example", "ann", "änn"))) == 5


def test_nobody_is_no_hash():
    assert of(None, "anna")[0] is None


@pytest.mark.parametrize(
    "twin",
    ["ann@x.org\u00a0", "\ufeffann@x.org", "<ann@x.org>", "mailto:Ann@x.org", "ann\u200b@x.org"],
)
def test_what_programs_put_around_an_address_makes_no_difference(twin):
    people = ibis.memtable(pa.table({"person": ["ann@x.org", twin]}))
    hashes = fetch(people.select(hash=hashed(people.person, b"k" * 16)))
    assert hashes[0] == hashes[1]


def test_a_columns_name_tells_that_it_holds_people():
    assert all(map(names_people, ["Customer Name", "E-Mail", "Telefon", "Nombre del cliente"]))
    assert not any(map(names_people, ["customer_id", "Kundennummer", "Client", "column 1"]))
