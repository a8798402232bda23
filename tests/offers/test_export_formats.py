"""What each program is given."""

import csv
import io
from hashlib import sha256
from typing import get_args

import openpyxl
import pandas as pd
import pytest

from custseg.cli.lists import FormatName
from custseg.errors import DataError, UsageError
from custseg.offers.export.contacts import normalised
from custseg.offers.export.formats import FORMATS, write_csv, write_xlsx
from custseg.words import excel

FORMULA = '=HYPERLINK("http://evil.example","free")'
SCRIPT = "<script>alert(1)</script>"
ROWS = pd.DataFrame(
    {
        "customer_id": ["007", "-8"],
        "email": ["anna@example.com", ""],
        "phone": ["+442071838750", ""],
        "segment": 3,
        "segment_name": "Big baskets, slipping",
        "segment_slug": "big-baskets-slipping",
        "days_since_order": [84, 1],
        "orders": [2, 1],
        "spend": [1259.5, -5.0],
        "last_order_country": ["Norway", "@Norway"],
        "buying_probability": [0.4049, 0.5],
        "campaign": "Spring, 2012",
        "buy_again_1": [FORMULA, SCRIPT],
        "buy_again_1_id": ["0023", "+12345678"],
    }
)


def written(name: str, rows: pd.DataFrame = ROWS) -> list[dict[str, str]]:
    sink = io.BytesIO()
    write_csv(FORMATS[name].layout(rows), sink)
    return list(csv.DictReader(io.StringIO(sink.getvalue().decode(), newline="")))


def test_klaviyo_has_its_identifiers_first_under_its_own_names():
    first, second = written("klaviyo")
    assert list(first)[:4] == ["Email", "Phone Number", "Customer ID", "Segment"]
    assert first == {
        "Email": "anna@example.com",
        "Phone Number": "+442071838750",
        "Customer ID": "007",
        "Segment": "Big baskets, slipping",
        "Days Since Order": "84",
        "Orders": "2",
        "Spend": "1259.5",
        "Last Order Country": "Norway",
        "Buying Probability": "0.4049",
        "Campaign": "Spring, 2012",
        "Buy Again 1": "'" + FORMULA,
        "Buy Again 1 ID": "0023",
    }
    assert (second["Customer ID"], second["Spend"]) == ("'-8", "-5.0")
    assert second["Last Order Country"] == "'@Norway"


def test_without_a_column_of_e_mails_the_phone_is_first():
    assert next(iter(written("klaviyo", ROWS.drop(columns="email"))[0])) == "Phone Number"


def test_mailchimp_has_tags_without_commas_inside():
    first, _ = written("mailchimp")
    assert next(iter(first)) == "Email Address"
    assert first["Tags"] == "big-baskets-slipping,spring-2012"


def test_meta_has_hashes_of_normal_forms_and_nothing_else():
    first, second = written("meta")
    assert first == {
        "email": sha256(b"anna@example.com").hexdigest(),
        "phone": sha256(b"442071838750").hexdigest(),
        "extern_id": "007",
    }
    assert (second["email"], second["phone"]) == ("", "")
    alone = written("meta", ROWS.drop(columns=["email", "phone"]))
    assert alone[0] == {"extern_id": "007"}


def test_a_csv_of_our_own_starts_no_formula():
    first, second = written("csv")
    assert list(first)[:4] == ["customer_id", "email", "phone", "segment"]
    assert "segment_slug" not in first
    assert (first["buy_again_1"], second["buy_again_1"]) == ("'" + FORMULA, SCRIPT)
    assert second["buy_again_1_id"] == "'+12345678"


def test_a_workbook_has_texts_as_texts_and_numbers_as_numbers():
    sink = io.BytesIO()
    write_xlsx(FORMATS["xlsx"].layout(ROWS), sink)
    sheet = openpyxl.load_workbook(sink).active
    header, first, second = sheet.iter_rows()
    place = {cell.value: i for i, cell in enumerate(header)}
    assert (first[0].value, first[0].data_type) == ("007", "s")
    assert (second[0].value, second[0].data_type, second[0].quotePrefix) == ("-8", "s", True)
    attack = first[place["buy_again_1"]]
    assert (attack.value, attack.data_type, attack.quotePrefix) == (FORMULA, "s", True)
    assert second[place["buy_again_1"]].value == SCRIPT
    spend = [first[place["spend"]], second[place["spend"]]]
    assert [(c.value, c.data_type, c.number_format) for c in spend] == [
        (1259.5, "n", "#,##0.00"),
        (-5, "n", "#,##0.00"),
    ]
    assert second[place["phone"]].value is None
    assert header[0].font.bold
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:M3"
    assert sheet.column_dimensions["A"].width == 15


@pytest.mark.parametrize("texts", ["string", "str"])
def test_what_is_unknown_is_an_empty_cell(texts):
    sink = io.BytesIO()
    rows = pd.DataFrame({"customer_id": ["a"], "buying_probability": [float("nan")]})
    # A shop without countries has a column of texts without any.
    rows["last_order_country"] = pd.Series([None], dtype=texts)
    write_xlsx(rows, sink)
    sheet = openpyxl.load_workbook(sink).active
    assert (sheet["B2"].value, sheet["C2"].value) == (None, None)


def test_a_list_longer_than_a_sheet_is_refused(monkeypatch):
    monkeypatch.setattr(excel, "MOST_ROWS", 2)
    with pytest.raises(DataError, match="A sheet holds 1 customer, this list has 2"):
        write_xlsx(FORMATS["xlsx"].layout(ROWS), io.BytesIO())


@pytest.mark.parametrize(
    ("name", "given", "needed"),
    [
        ("klaviyo", None, "email or phone"),
        ("mailchimp", None, "email"),
        ("mailchimp", "phone", "email"),
    ],
)
def test_what_a_program_knows_customers_by_has_to_be_given(name, given, needed):
    contacts = normalised(pd.DataFrame({"customer_id": ["a"], given: ["x"]})) if given else None
    with pytest.raises(UsageError, match=f"{name} knows customers by {needed}") as caught:
        FORMATS[name].check(contacts)
    assert "--contacts" in caught.value.hint


def test_spreadsheets_and_meta_take_customers_without_contacts():
    for name in ("csv", "xlsx", "meta"):
        FORMATS[name].check(None)


def test_the_command_offers_every_format():
    assert get_args(FormatName) == tuple(FORMATS)
