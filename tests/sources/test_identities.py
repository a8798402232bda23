"""Which ids are personal, value by value, and what a workspace calls customers."""

from __future__ import annotations

import hashlib
import hmac

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from custseg.engine.base import fetch
from custseg.sources.values.identities import forms_of, identify, is_personal, known_ids
from tests.conftest import rows

KEY = b"a key of more than 16 characters"
IDS = [
    *(
        "17850",
        "007",
        "0049301234567",
        "C-001",
        "AB 1234",
        "Customer 12",
        "12 345 678",
        "1a2b-3c4d",
    ),
    *(
        "cus_NffrFeUfNV2Hib",
        "anna",
        "BERG",
        "KD/2024/17",
        "0000000012",
        "+12",
        "user.name",
        "A1 B2",
    ),
    *("2024-01-05", "978-3-16-148410-0", "Kunde Nr. 5", "X-Y-Z", "1.234.567", "gid://shop/7"),
]
PERSONAL = [
    *("anna@example.com", "ANNA@EXAMPLE.COM ", "<bo@x.org>", '{"name": "Anna"}'),
    *("Anna Berg", "Zoë Müller", "Zoe\u0308 Mu\u0308ller", "Jean-Luc O'Hara", "Berg,Anna", "BO EK"),
    *("Berg, Anna", "J. R. R. Tolkien", "Anna\u00a0Berg", "Anna\tBerg", "山田\u3000太郎", "李雷"),
    *("やまだ たろう", "Иван Петров", "अनिल कुमार", "ann\u200b berg"),
    *("+44 20 7183 8750", "0044 (20) 7183-8751", "+4790012345", "020 7183 8750", "555-123-4567"),
    *("(555) 123-4567", "01 23 45 67 89"),
]


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTSEG_KEY", KEY.decode())


def lines(*ids: str | None) -> ibis.Table:
    numbered = {"customer_id": pa.array(ids, pa.string()), "n": list(range(len(ids)))}
    return ibis.memtable(pa.table(numbered))


def called(*ids: str | None, how: str = "auto", of_people: bool = False) -> list[str | None]:
    found = identify(lines(*ids), how, of_people=of_people)  # type: ignore[arg-type]
    return [row["customer_id"] for row in rows(found.lines.order_by("n"))]


@pytest.mark.parametrize("customer", PERSONAL)
def test_addresses_names_and_telephone_numbers_are_personal(customer):
    assert fetch(lines(customer).select(it=is_personal(ibis._.customer_id)))[0]["it"]


@pytest.mark.parametrize("customer", IDS)
def test_ordinary_ids_are_not(customer):
    assert not fetch(lines(customer).select(it=is_personal(ibis._.customer_id)))[0]["it"]


def test_numbers_are_ids():
    numbers = ibis.memtable(pa.table({"customer_id": [17850, 13047]}))
    assert not any(row["it"] for row in fetch(numbers.select(it=is_personal(numbers.customer_id))))


def test_names_that_are_few_of_a_column_are_hashed_and_ids_beside_them_stay():
    names = [f"Anna {chr(65 + n)}berg" for n in range(25)]
    ids = [f"C{n}" for n in range(35)]
    assert identify(lines(*names, *ids), "auto", of_people=False).all_keyed is False
    known = called(*names, *ids)
    assert known[25:] == ids
    assert not set(known[:25]) & set(names)
    assert len(set(known)) == 60


def test_a_column_that_is_called_after_people_is_hashed_whole():
    anna, number, nobody = called("anna", "17", None, of_people=True)
    assert anna == hmac.new(KEY, b"anna", hashlib.sha256).hexdigest()[:24]
    assert number != "17"
    assert nobody is None


def test_keep_keeps_what_looks_like_a_name():
    assert called("Anna Berg", "17", how="keep") == ["Anna Berg", "17"]
    assert identify(lines("Anna Berg"), "keep", of_people=True).key_check == ""


def test_a_pseudonym_is_the_hmac_of_the_id_with_a_key_of_its_own():
    own = hmac.digest(KEY, b"custseg customer id", "sha256")
    expected = hmac.new(own, b"C17", hashlib.sha256).hexdigest()[:24]
    assert called("C17", None, how="pseudonym") == [expected, None]


def test_ids_that_differ_in_capitals_are_two_customers():
    assert len(set(called("0015Gv7qJ", "0015Gv7qj", "0015gv7qj", how="pseudonym"))) == 3
    assert len(set(called("Ann@x.org", "ann@x.org", how="pseudonym"))) == 1


def test_ids_alone_need_no_key(monkeypatch):
    monkeypatch.setenv("CUSTSEG_KEY", "short")
    assert called(*IDS, None) == [*IDS, None]


@pytest.mark.parametrize("how", ["auto", "pseudonym"])
def test_customers_are_found_as_the_orders_name_them_in_whatever_form_they_are(how):
    ids = ["C17", "anna@example.org", "Bo Ek", "c17"]
    known = called(*ids, how=how)
    typed = pd.Series(["C17", "Anna@Example.org", "bo  ek", "c18", ""], dtype="str")
    assert known_ids(typed, KEY, set(map(str, known))).tolist() == [*known[:3], "", ""]
    forms = forms_of(typed, KEY)
    assert [len(form) for form in forms] == [5, 5, 5]
    assert all(form.iloc[-1] == "" for form in forms)
