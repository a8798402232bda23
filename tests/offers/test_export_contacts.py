"""Contacts as shops type them."""

import hashlib
import hmac
from pathlib import Path

import pandas as pd
import pytest

from custseg.errors import DataError
from custseg.offers.export.contacts import normalised, read_contacts


def contacts(*rows: tuple[str, ...], columns: str = "customer_id email phone consent"):
    return normalised(pd.DataFrame(list(rows), columns=columns.split()[: len(rows[0])]))


def read(text: str | bytes):
    path = Path("contacts.csv")
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_contacts(path)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_are_found_by_name_and_others_are_not_read(separator):
    header = separator.join(["\ufeffName", "Customer ID", "E-Mail", "Phone Number", "CONSENT"])
    line = separator.join(["Anna", "0012", " Anna@Example.com ", "+44 (20) 7183-8750", "Yes"])
    found = read(f"{header}\n{line}\n")
    assert found.identifiers == {"email", "phone"}
    assert found.asks_consent
    (row,) = found.table.to_dict("records")
    assert (row["customer_id"], row["email"]) == ("0012", "anna@example.com")
    assert (row["phone"], row["consent"]) == ("+442071838750", True)
    assert "Name" not in found.table


@pytest.mark.parametrize(
    "email",
    ["anna", "anna@", "@example.com", "anna@example", "a nna@example.com", "a@b@example.com",
     "anna@example..com", "anna.@example.com", "=anna@example.com", "+anna@example.com",
     "-anna@example.com", "anna@example.com,berta@example.com", "ännä@example.com", "a@b_c.com",
     "\u0130@x.com", "\u212aate@x.com", "anna@\u212ax.com", "anna@\u0130x.com", "anna@x\u200by.com",
     "an\u200bna@x.com", "anna@x\u00ady.com", "anna@\uff58.com", "anna@-x.com", "anna@x-.com",
     "anna@x.-com", "anna@x\u3002com.de"],
)  # fmt: skip
def test_an_e_mail_that_cannot_be_used_is_left_empty_and_flagged(email):
    (row,) = contacts(("1", email)).table.to_dict("records")
    assert (row["email"], row["bad_email"]) == ("", True)


def test_unusual_e_mails_that_are_right_stay():
    for email in (
        "o'hara+shop@mail.example.co.uk",
        "1@müller.example",
        "1@x-y.भारत",
        "a_b-c@example.museum",
    ):
        assert contacts(("1", email)).table["email"].tolist() == [email]


@pytest.mark.parametrize(
    "phone", ["020 7183 8750", "0044 20 71838750", "+44 (0)20 7183", "x", "+1"]
)
def test_a_phone_without_its_country_is_not_guessed(phone):
    (row,) = contacts(("1", "", phone)).table.to_dict("records")
    assert (row["phone"], row["bad_phone"]) == ("", True)


def test_no_e_mail_is_no_bad_one():
    (row,) = contacts(("1", " ", "+442071838750")).table.to_dict("records")
    assert not row["bad_email"]


@pytest.mark.parametrize(
    ("typed", "consents"),
    [("yes", True), (" TRUE ", True), ("1", True), ("Ja", True), ("no", False), ("", False),
     ("maybe", False), ("yes?", False), ("0", False), ("x", False)],
)  # fmt: skip
def test_only_a_clear_yes_is_consent(typed, consents):
    assert contacts(("1", "a@b.co", "", typed)).table["consent"].tolist() == [consents]


def test_rows_that_say_the_same_are_one_and_rows_that_differ_contradict_each_other():
    table = contacts(
        ("1", "a@b.co"), ("1", " A@B.CO"), ("2", "c@d.co"), ("2", "e@f.co"), ("3", "g@h.co"),
        ("3", "nonsense"),
    ).table  # fmt: skip
    assert dict(zip(table["customer_id"], table["contradictory"], strict=True)) == {
        "1": False,
        "2": True,
        "3": True,
    }


def test_an_address_of_two_customers_is_flagged_for_both():
    table = contacts(
        ("1", "a@b.co", "+442071838750"), ("2", "A@b.co", ""), ("3", "", "+44 2071838750"),
        ("4", "", ""), ("5", "", ""),
    ).table  # fmt: skip
    assert table["shared"].tolist() == [True, True, True, False, False]


def test_ids_are_read_as_those_of_orders_are():
    found = contacts((" 12.0 ", "a@b.co"), ("007", "c@d.co"), ("", "e@f.co"))
    assert found.table["customer_id"].tolist() == ["12", "007"]
    assert found.nameless == 1


def test_cells_can_hold_commas_and_line_breaks():
    found = read('customer_id,address,email\n1,"A street, 1\nB town",a@b.co\n')
    assert found.table["email"].tolist() == ["a@b.co"]


def test_capitals_outside_of_ascii_are_made_small_in_domains():
    assert contacts(("1", "Anna@MÜLLER.example")).table["email"].tolist() == ["anna@müller.example"]


@pytest.mark.parametrize(
    "header", ['customer_id;email;"a, b, c, d"', "customer_id;email;a, b, c, d"]
)
def test_a_separator_inside_of_a_name_separates_nothing(header):
    assert read(f"{header}\n1;a@b.co;x\n").table["email"].tolist() == ["a@b.co"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("id,email\n1,a@b.co\n", "lacks a column customer_id"),
        ("customer_id,name\n1,anna\n", "lacks a column email or phone"),
        ("customer_id,email,E-Mail\n1,a@b.co,c@d.co\n", '"email" and "E-Mail" can both be'),
        ("customer_id,email\n1,a@b.co\n2,secret@b.co,x\n", "row 3 has another number of cells"),
        ("customer_id,email\n1,ä@b.co\n".encode("cp1252"), "is not in UTF-8"),
        ("customer_id,email," + "x" * 200_000 + "\n", "cannot be read as csv"),
        ("customer_id,email,ä\n".encode("cp1252"), "is not in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_shows_nothing_of_it(text, message):
    with pytest.raises(DataError, match=message) as caught:
        read(text)
    assert "secret" not in caught.value.message


def test_a_file_that_is_not_there():
    with pytest.raises(DataError, match="no such file"):
        read_contacts(Path("nowhere.csv"))
    with pytest.raises(DataError, match="cannot be read"):
        read_contacts(Path.cwd())
    with pytest.raises(DataError, match="is not a file"):
        read_contacts(Path("/dev/zero"))


KEY = b"a key of more than 16 characters"


def known_as(person: str) -> str:
    return hmac.new(KEY, person.encode(), hashlib.sha256).hexdigest()[:24]


def read_hashed(text: str):
    path = Path("contacts.csv")
    path.write_text(text)
    return read_contacts(path, KEY)


def test_a_customer_id_that_holds_the_e_mail_finds_the_hash():
    found = read_hashed("customer_id,email\n Anna@X.example ,a@new.example\nb@x.example,\n")
    assert found.table["customer_id"].tolist() == [
        known_as("anna@x.example"),
        known_as("b@x.example"),
    ]
    assert found.table["email"].tolist() == ["a@new.example", ""]


def test_without_a_customer_id_the_e_mail_finds_the_hash():
    found = read_hashed("E-Mail,Phone\nANNA@x.example,+442071838750\n,+442071838751\n")
    assert found.table["customer_id"].tolist() == [known_as("anna@x.example")]
    assert found.table["phone"].tolist() == ["+442071838750"]
    assert found.nameless == 1


def test_a_customer_id_that_holds_a_name_finds_the_hash():
    found = read_hashed("customer_id,email\nZoë  MÜLLER,zoe@x.example\n")
    assert found.table["customer_id"].tolist() == [known_as("zoë müller")]


def test_two_spellings_of_one_address_are_one_customer():
    found = read_hashed("email\nanna@x.example\nANNA@X.EXAMPLE\n anna@x.example \n")
    assert found.table["customer_id"].tolist() == [known_as("anna@x.example")]
    assert not found.table[["contradictory", "shared"]].any(axis=None)


def test_an_address_that_cannot_be_used_names_its_customer_still():
    found = read_hashed("customer_id,email\nanna@localhost,anna@localhost\n")
    (row,) = found.table.to_dict("records")
    assert (row["customer_id"], row["email"], row["bad_email"]) == (
        known_as("anna@localhost"),
        "",
        True,
    )


def test_phones_alone_name_no_hashed_customer():
    with pytest.raises(DataError, match="lacks a column customer_id"):
        read_hashed("phone\n+442071838750\n")


def test_without_a_key_an_e_mail_is_no_customer_id():
    with pytest.raises(DataError, match="lacks a column customer_id"):
        read("email\nanna@x.example\n")


def test_no_contact_at_all_is_none():
    assert read_hashed("email\n").table.empty
