"""Contacts are matched by whatever the orders are keyed by, in each platform's own file."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

import pytest

from custseg.offers.export.contacts import Contacts, read_contacts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

KEY = b"a key of more than 16 characters"


def hashed(person: str) -> str:
    return hmac.new(KEY, person.encode(), hashlib.sha256).hexdigest()[:24]


def contacts(
    folder: Path, header: str, *rows: str, known: Iterable[str], key: bytes | None = KEY
) -> Contacts:
    path = folder / "customers_export.csv"
    path.write_text("\n".join([header, *rows, ""]))
    return read_contacts(path, key, set(known))


PLATFORMS = {
    "Shopify": (
        (
            "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,"
            "Default Address Company,Default Address Phone,Phone,"
            "Accepts SMS Marketing,Total Spent,Total Orders,Note,Tags"
        ),
        "'7000000000000,Ann,A,ann@x.org,yes,,+4922811111,,no,10.00,1,,",
        "'7000000000001,Bob,B,bob@x.org,no,,,,no,10.00,1,,",
    ),
    "WooCommerce": (
        (
            "Name,Username,Last active,Sign up,Email,Orders,Total spend,AOV,Country / Region,City,"
            "Region,Postal code"
        ),
        "Ann A,ann1,2025-01-01,2024-01-01,ann@x.org,1,10.00,10.00,DE,Bonn,,53111",
        "Bob B,,2025-01-01,,bob@x.org,1,10.00,10.00,DE,Bonn,,53111",
    ),
    "Stripe": (
        "id,Description,Email,Name,Created (UTC),Delinquent,Card ID,Total Spend,Payment Count",
        "cus_1,,ann@x.org,Ann A,2024-01-01 10:00,false,card_1,10.00,1",
        "cus_2,,bob@x.org,Bob B,2024-01-01 10:00,false,,10.00,1",
    ),
    "Square": (
        (
            "Reference ID,First Name,Last Name,Email Address,Phone Number,Nickname,Company Name,"
            "Birthday,Memo,Square Customer ID,Creation Source,Transaction Count,Lifetime Spend,"
            "Email Subscription Status"
        ),
        ",Ann,A,ann@x.org,+4922811111,,,,,SQ1,Directory,1,$10.00,Subscribed",
        ",Bob,B,bob@x.org,,,,,,SQ2,Directory,1,$10.00,Unsubscribed",
    ),
    "Klaviyo": (
        (
            "Email,Klaviyo ID,First Name,Last Name,Organization,Phone Number,City,Country,"
            "Email Marketing Consent,SMS Marketing Consent,Date Added"
        ),
        "ann@x.org,01AB,Ann,A,,,Bonn,Germany,SUBSCRIBED,NEVER_SUBSCRIBED,2024-01-01",
        "bob@x.org,01AC,Bob,B,,,Bonn,Germany,NEVER_SUBSCRIBED,NEVER_SUBSCRIBED,2024-01-01",
    ),
}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_orders_keyed_by_address_find_the_addresses_of_every_platforms_file(platform, tmp_path):
    known = [hashed("ann@x.org"), hashed("bob@x.org"), hashed("cara@x.org")]
    found = contacts(tmp_path, *PLATFORMS[platform], known=known).table
    assert found["customer_id"].tolist() == known[:2]
    assert found["email"].tolist() == ["ann@x.org", "bob@x.org"]
    consents = {"WooCommerce": [True, True], "Stripe": [True, True]}
    assert found["consent"].tolist() == consents.get(platform, [True, False])


@pytest.mark.parametrize(
    ("platform", "ids"),
    [
        ("Shopify", ["7000000000000", "7000000000001"]),
        ("Square", ["SQ1", "SQ2"]),
        ("Stripe", ["cus_1", "cus_2"]),
        ("Klaviyo", ["01AB", "01AC"]),
    ],
)
def test_orders_keyed_by_the_platforms_id_find_it(platform, ids, tmp_path):
    found = contacts(tmp_path, *PLATFORMS[platform], known=ids, key=None).table
    assert found["customer_id"].tolist() == ids


def test_hashed_ids_of_the_platform_are_found_too(tmp_path):
    known = [hashed("cus_1"), hashed("cus_2")]
    found = contacts(tmp_path, *PLATFORMS["Stripe"], known=known).table
    assert found["customer_id"].tolist() == known


def test_orders_keyed_by_names_find_the_names(tmp_path):
    known = [hashed("ann a"), hashed("bob b")]
    found = contacts(tmp_path, *PLATFORMS["WooCommerce"], known=known).table
    assert found["customer_id"].tolist() == known


def test_who_is_known_by_telephone_is_found_beside_those_known_by_address(tmp_path):
    known = [hashed("ann@x.org"), hashed("bob@x.org"), hashed("+15550001")]
    rows = ("1,ann@x.org,", "2,bob@x.org,+15550009", "3,,+15550001", "4,dan@x.org,")
    found = contacts(tmp_path, "Customer ID,Email,Phone", *rows, known=known).table
    assert found["customer_id"].tolist()[:3] == known
    assert hashed("dan@x.org") not in found["customer_id"].tolist()[:3]
