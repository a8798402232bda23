"""What stands beside a customer's column and is nobody's id: addresses, events, countries."""

from __future__ import annotations

from custseg.sources.columns.proposal.propose import propose


def customer(name: str, values: list[str], *others: tuple[str, list[str]]) -> object:
    """The column taken for the customer, of 40 orders."""
    header = ["Order ID", "Order Date", "Amount", name, *(other for other, _ in others)]
    columns = [values, *(found for _, found in others)]
    rows = [
        [f"{n}", f"2024-01-{1 + n % 28:02}", f"{n}.50", *(c[n % len(c)] for c in columns)]
        for n in range(1, 41)
    ]
    return propose(header, rows, {}).mapping.get("customer_id")


ADDRESSES = ["10.0.0.1", "192.168.7.20", "81.2.69.160"]
MAILS = ["ada@x.org", "bo@x.org", "cy@x.org", "di@x.org"]


def test_an_ip_address_is_no_customer():
    assert customer("Shopper IP", ADDRESSES, ("Shopper Email", MAILS)) == "Shopper Email"
    assert customer("Customer", ADDRESSES, ("Email", MAILS)) == "Email"
    assert customer("Visitor ID", ["2001:db8::1", "2001:db8::2:1"]) is None
    assert customer("Seen at", ADDRESSES) is None


def test_an_event_is_no_customer_even_where_nothing_else_is():
    assert customer("Event Xqz", ["kx1201", "kx7743", "kx8012", "kx9136"]) is None
    assert customer("Xqz", ["kx1201", "kx7743", "kx8012", "kx9136"]) == "Xqz"


def test_numbers_of_browsers_are_ids():
    browsers = ["985.16", "1180.22", "77.9", "5012.44"]
    assert customer("user_pseudo_id", browsers) == "user_pseudo_id"
    assert customer("client_id", browsers) == "client_id"
    assert customer("customer_balance_id", browsers) is None


def test_the_country_of_a_buyer_is_no_buyer():
    lands = ["Deutschland", "Italien", "Polen"]
    logins = ["ada_1", "bo77", "cy_x", "di9"]
    found = customer("Käufer – Land", lands, ("Nutzername des Käufers", logins))
    assert found == "Nutzername des Käufers"
    assert customer("Buyer Country", lands, ("E-Mail des Käufers", MAILS)) == "E-Mail des Käufers"
    assert customer("Käufer – Land", lands) is None
