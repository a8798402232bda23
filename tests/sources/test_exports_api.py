"""Dumps of shops' and payment providers' interfaces, and of GA4: JSON and Parquet."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custseg.errors import DataError
from tests.conftest import nightly
from tests.sources.test_exports import read, shown
from tests.sources.test_exports_marketplaces import counted, known_as

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("CUSTSEG_KEY", "a key for tests only")


def write(folder: Path, content: object, name: str = "dump.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def lines(folder: Path, *objects: object) -> Path:
    path = folder / "dump.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in objects), encoding="utf-8")
    return path


# Shopify


def rest(number: int, email: str, status: str, items: list[tuple[str, int, str]], **more: Any):
    return {
        "id": 5000 + number,
        "name": f"#{number}",
        "email": email,
        "created_at": f"2025-01-{number:02}T10:00:00-05:00",
        "cancelled_at": None,
        "currency": "USD",
        "financial_status": status,
        "test": False,
        "total_tax": "4.00",
        "customer": {"id": 900 + number, "email": email},
        "discount_codes": [{"code": "TEN", "amount": "6.00"}],
        "line_items": [
            {"id": 1, "sku": sku, "title": sku, "quantity": n, "price": price, "tax_lines": []}
            for sku, n, price in items
        ],
        "shipping_lines": [{"price": "5.00"}],
        "refunds": [],
        **more,
    }


REST_ORDERS = [
    # 60 of goods less a discount of 6; tax and shipping come on top.
    ("a@x.org", "paid", [("M", 2, "20.00"), ("C", 1, "20.00")], "54.00", "54.00", None),
    ("b@x.org", "pending", [("M", 1, "20.00")], "20.00", "20.00", None),
    # One of two mugs is refunded: 20 of goods and 2 of tax.
    ("b@x.org", "partially_refunded", [("M", 2, "20.00")], "40.00", "20.00", "20.00"),
    ("c@x.org", "refunded", [("M", 1, "20.00")], "20.00", "0.00", "20.00"),
]


def rest_orders(*, current: bool) -> list[dict[str, Any]]:
    made = []
    for number, (email, status, items, subtotal, now, back) in enumerate(REST_ORDERS, 1):
        order = rest(number, email, status, items, subtotal_price=subtotal, total_discounts="6.00")
        if current:
            order["current_subtotal_price"] = now
        if back:
            order["refunds"] = [
                {
                    "refund_line_items": [{"quantity": 1, "subtotal": float(back), "total_tax": 2}],
                    "transactions": [{"amount": "22.00", "kind": "refund"}],
                }
            ]
        made.append(order)
    phone = rest(5, "", "paid", [("M", 1, "20.00")], subtotal_price="20.00", phone="+15550001")
    cancelled = rest(6, "d@x.org", "paid", [("M", 1, "20.00")], subtotal_price="20.00")
    cancelled["cancelled_at"] = "2025-01-07T10:00:00-05:00"
    test = rest(7, "d@x.org", "paid", [("M", 1, "20.00")], subtotal_price="20.00", test=True)
    for order in (phone, cancelled, test):
        order["customer"] = {}
        if current:
            order["current_subtotal_price"] = order["subtotal_price"]
    return [*made, phone, cancelled, test]


@pytest.mark.parametrize("current", [True, *nightly([False])])
def test_shopifys_rest_orders_are_their_goods_after_discounts_and_refunds(current, tmp_path):
    path = write(tmp_path, {"orders": rest_orders(current=current)})
    title = "Shopify orders (REST)" + ("" if current else ", without current_subtotal_price")
    assert known_as(path, tmp_path) == title
    # 54, 20 that remain of 40, and 20 of somebody with a telephone only.
    assert counted(path, tmp_path) == (4, 3, 3, "94.00")


def test_shopifys_rest_lines_alone_are_quantity_times_price_less_the_discounts(tmp_path):
    orders = rest_orders(current=False)
    for order in orders:
        del order["subtotal_price"]
        order["total_discounts"] = "6.00" if order["name"] == "#1" else "0.00"
    path = lines(tmp_path, *orders)
    assert known_as(path, tmp_path) == "Shopify orders (REST), lines alone"
    assert counted(path, tmp_path) == (4, 3, 3, "94.00")


def graphql(number: int, email: str | None, status: str, now: str, items: list[Any]):
    return {
        "id": f"gid://shopify/Order/{number}",
        "name": f"#{number}",
        "createdAt": f"2025-01-{number:02}T10:00:00Z",
        "cancelledAt": None,
        "displayFinancialStatus": status,
        "email": email,
        "customer": None,
        "phone": None if email else "+15550001",
        "currentSubtotalPriceSet": {"shopMoney": {"amount": now, "currencyCode": "EUR"}},
        "lineItems": items,
    }


def graphql_orders() -> list[Any]:
    def item(sku: str, quantity: int, price: str) -> dict[str, Any]:
        money = {"shopMoney": {"amount": price, "currencyCode": "EUR"}}
        return {"sku": sku, "title": sku, "quantity": quantity, "originalUnitPriceSet": money}

    return [
        graphql(1, "a@x.org", "PAID", "54.0", [item("M", 2, "20.0"), item("C", 1, "20.0")]),
        graphql(2, "b@x.org", "PENDING", "20.0", [item("M", 1, "20.0")]),
        graphql(3, "b@x.org", "PARTIALLY_REFUNDED", "20.0", [item("M", 2, "20.0")]),
        graphql(4, None, "PAID", "20.0", [item("M", 1, "20.0")]),
        graphql(5, "d@x.org", "VOIDED", "20.0", [item("M", 1, "20.0")]),
    ]


def test_shopifys_graphql_answers_are_read_through_edges_and_nodes(tmp_path):
    orders = graphql_orders()
    for order in orders:
        order["lineItems"] = {"edges": [{"node": item} for item in order["lineItems"]]}
    answer = {"data": {"orders": {"edges": [{"cursor": "x", "node": order} for order in orders]}}}
    path = write(tmp_path, answer)
    assert known_as(path, tmp_path) == "Shopify orders (GraphQL)"
    assert counted(path, tmp_path) == (4, 3, 3, "94.00")


def test_shopifys_bulk_operations_are_read_by_their_parents(tmp_path):
    written = []
    for order in graphql_orders():
        items = order.pop("lineItems")
        written.append(order)
        for place, item in enumerate(items):
            own = {"id": f"gid://shopify/LineItem/{order['name'][1:]}{place}"}
            written.append(own | item | {"__parentId": order["id"]})
    path = lines(tmp_path, *written)
    assert known_as(path, tmp_path) == "Shopify orders (GraphQL)"
    assert counted(path, tmp_path) == (4, 3, 3, "94.00")


# WooCommerce


def woo(number: int, customer: int, email: str, status: str, items: list[Any], **more: Any):
    goods = sum(float(total) for _, _, total in items)
    return {
        "id": number,
        "number": str(number),
        "status": status,
        "currency": "EUR",
        "date_created": f"2025-01-{number:02}T10:00:00",
        "customer_id": customer,
        "discount_total": "5.00",
        "shipping_total": "4.90",
        "total_tax": "3.00",
        "total": f"{goods + 4.90 + 3.00:.2f}",
        "billing": {"first_name": "A", "email": email, "country": "DE", "phone": ""},
        "meta_data": [{"key": "k", "value": {"any": "thing"}}],
        "line_items": [
            {
                "name": sku,
                "product_id": 7,
                "sku": sku,
                "quantity": quantity,
                "subtotal": "99.00",
                "total": total,
                "total_tax": "1.00",
                "price": 9.99,
            }
            for sku, quantity, total in items
        ],
        "fee_lines": [],
        "refunds": [],
        **more,
    }


def test_woocommerces_rest_orders_are_their_lines_after_discounts_without_tax(tmp_path):
    fee = woo(4, 0, "c@x.org", "processing", [("M", 1, "30.00")])
    fee |= {"fee_lines": [{"name": "COD", "total": "2.00"}], "total": "39.90"}
    path = write(
        tmp_path,
        [
            woo(1, 0, "a@x.org", "completed", [("M", 2, "36.00"), ("C", 1, "9.00")]),
            woo(2, 0, "b@x.org", "cancelled", [("M", 1, "30.00")]),
            woo(3, 7, "a@x.org", "completed", [("M", 1, "30.00")]),
            fee,
            # Nobody: a guest without an address.
            woo(5, 0, "", "completed", [("M", 1, "30.00")]),
        ],
    )
    assert known_as(path, tmp_path) == "WooCommerce orders (REST)"
    raw = read(path, tmp_path)
    assert shown(raw, "order_id", "product_id", "quantity", "amount", "status")[:2] == [
        ("1", "M", "2", "36", "completed"),
        ("1", "C", "1", "9", "completed"),
    ]
    assert raw.people
    (tmp_path / "scratch").rename(tmp_path / "old")
    # 45 + 30 of one customer, and 30.
    assert counted(path, tmp_path) == (4, 2, 3, "105.00")


def test_a_woocommerce_refund_is_taken_off(tmp_path):
    order = woo(1, 0, "a@x.org", "completed", [("M", 2, "40.00")], total_tax="0.00")
    order |= {"shipping_total": "0.00", "total": "40.00"}
    order |= {"refunds": [{"id": 9, "total": "-10.00"}, {"id": 10, "total": "-5.00"}]}
    path = write(tmp_path, [order, woo(2, 0, "b@x.org", "completed", [("M", 1, "30.00")])])
    assert counted(path, tmp_path) == (2, 2, 2, "55.00")


# GA4


def event(name: str, at: int, user: str | None, number: str | None, items: list[Any]):
    return {
        "event_date": "20250105",
        "event_timestamp": at,
        "event_name": name,
        "event_params": [{"key": "page", "value": {"string_value": "x", "int_value": None}}],
        "user_id": user,
        "user_pseudo_id": "123.456",
        "geo": {"country": "Germany"},
        "ecommerce": {"transaction_id": number, "purchase_revenue": 99.0, "tax_value": 3.0},
        "items": [
            {
                "item_id": item,
                "item_name": item,
                "item_category": "Cups",
                "price": price,
                "quantity": quantity,
            }
            for item, price, quantity in items
        ],
    }


GA4_START = 1_736_071_200_000_000
"""2025-01-05 10:00 UTC in microseconds."""
GA4_EVENTS = [
    event("page_view", GA4_START, None, None, []),
    event("add_to_cart", GA4_START + 1, None, None, [("M", 20.0, 9)]),
    event("purchase", GA4_START + 2, None, "T1", [("M", 20.0, 2), ("C", 5.5, 1)]),
    event("purchase", GA4_START + 3, "u7", "T2", [("C", 5.5, 2)]),
    event("refund", GA4_START + 4, "u7", "T2", [("C", 5.5, 1)]),
]


@pytest.mark.parametrize("kind", ["parquet", *nightly(["jsonl"])])
def test_of_ga4s_events_only_purchases_count_item_by_item(kind, tmp_path):
    if kind == "parquet":
        path = tmp_path / "events.parquet"
        pq.write_table(pa.Table.from_pylist(GA4_EVENTS), path)
    else:
        # BigQuery writes 64-bit whole numbers as text.
        texts = [one | {"event_timestamp": str(one["event_timestamp"])} for one in GA4_EVENTS]
        path = lines(tmp_path, *texts)
    assert known_as(path, tmp_path) == "GA4 events in BigQuery"
    raw = read(path, tmp_path)
    columns = ("customer_id", "order_id", "product_id", "quantity", "amount", "category", "country")
    assert shown(raw, *columns) == [
        ("123.456", "T1", "M", "2", "40", "Cups", "Germany"),
        ("123.456", "T1", "C", "1", "5.5", "Cups", "Germany"),
        ("u7", "T2", "C", "2", "11", "Cups", "Germany"),
    ]
    assert shown(raw, "ordered_at")[0] == ("2025-01-05 10:00",)
    assert raw.other_rows == 3


def purchase(at: int, number: str | None, *prices: Any, currency: str | None = "EUR"):
    """One of each item at (its price, the same in dollars), `at` minutes after the start."""
    found = event("purchase", GA4_START + at * 60_000_000, "u1", number, [])
    found["items"] = [
        {"item_id": f"I{i}", "item_name": "x", "quantity": 1, "price": own, "price_in_usd": usd}
        for i, (own, usd) in enumerate(prices)
    ]
    if currency:
        value = {"string_value": currency, "int_value": None}
        found["event_params"].append({"key": "currency", "value": value})
    return found


def room(folder: Path) -> Path:
    """A new folder to read in."""
    made = folder / f"room {len(list(folder.iterdir()))}"
    made.mkdir()
    return made


def ga4(folder: Path, kind: str, *events: Any) -> Path:
    if kind == "jsonl":
        return lines(folder, *events)
    pq.write_table(pa.Table.from_pylist(list(events)), folder / "events.parquet")
    return folder / "events.parquet"


def test_purchases_of_ga4_in_two_currencies_need_rates(tmp_path):
    path = ga4(
        tmp_path,
        "jsonl",
        purchase(0, "T1", (10.0, 11.0), (20.0, 22.0)),
        purchase(1, "T2", (5.0, 5.0), currency="USD"),
    )
    with pytest.raises(DataError, match=r"EUR \(2 lines\), USD \(1 lines?\)"):
        read(path, tmp_path)
    # 30 + 5 × 0.5.
    assert counted(path, room(tmp_path), rates={"EUR": "1", "USD": "0.5"}) == (3, 1, 2, "32.50")


def test_purchases_of_ga4_in_two_currencies_are_not_summed_in_parquet_either(tmp_path):
    events = (purchase(0, "T1", (10.0, 11.0)), purchase(1, "T2", (5.0, 5.0), currency="USD"))
    with pytest.raises(DataError, match="currencies"):
        read(ga4(tmp_path, "parquet", *events), tmp_path)


def test_prices_of_ga4_without_a_named_currency_are_compared_with_dollars(tmp_path):
    one = [purchase(i, f"T{i}", (10.0, 11 + i / 10), currency=None) for i in range(5)]
    # 5 × 10.00: the dollar moves by 0.9% from one to the next, 3.6% in all.
    assert counted(lines(tmp_path, *one), room(tmp_path)) == (5, 1, 5, "50.00")
    path = lines(tmp_path, *one, purchase(9, "T9", (7.0, 7.0), currency=None))
    with pytest.raises(DataError, match="prices seem to be in several currencies") as raised:
        read(path, tmp_path)
    assert 'unit_price = "items.price_in_usd"' in raised.value.hint
    columns = {"unit_price": "items.price_in_usd"}
    # 11 + 11.1 + 11.2 + 11.3 + 11.4 + 7.
    assert counted(path, room(tmp_path), columns=columns) == (6, 1, 6, "63.00")


def test_ga4s_prices_in_dollars_stand_in_for_all_and_not_for_some(tmp_path):
    usd = [purchase(i, f"T{i}", (None, 5.5)) for i in range(3)]
    assert counted(lines(tmp_path, *usd), room(tmp_path)) == (3, 1, 3, "16.50")
    for currency in ("EUR", None):
        some = purchase(7, "T7", (10.0, 11.0), currency=currency)
        others = [purchase(i, f"T{i}", (None, 5.5), currency=currency) for i in range(3)]
        with pytest.raises(DataError, match="currencies"):
            read(lines(tmp_path, some, *others), room(tmp_path))


@pytest.mark.parametrize("unset", ["(not set)", *nightly(["undefined"])])
def test_a_purchase_of_ga4_without_a_number_is_an_order_of_its_own(unset, tmp_path):
    path = lines(
        tmp_path,
        purchase(0, "T1", (10.0, 11.0)),
        purchase(1, unset, (2.0, 2.2), (3.0, 3.3)),
        purchase(2, unset, (2.0, 2.2), (3.0, 3.3)),
    )
    assert counted(path, tmp_path) == (5, 1, 3, "20.00")


def test_a_purchase_that_ga4_tells_again_counts_once(tmp_path):
    other = purchase(3, "T1", (4.0, 4.4)) | {"user_pseudo_id": "77.8", "user_id": "u8"}
    path = lines(
        tmp_path,
        # The page was loaded anew, before and after the shopper logged out.
        purchase(1, "T1", (10.0, 11.0), (10.0, 11.0)),
        purchase(0, "T1", (10.0, 11.0), (10.0, 11.0)),
        purchase(2, "T1", (10.0, 11.0)) | {"user_id": None},
        # A number that is given to two shoppers names two purchases.
        other,
    )
    assert counted(path, tmp_path)[::3] == (3, "24.00")


# Payment providers


def charge(number: str, amount: int, currency: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"ch_{number}",
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "billing_details": {"email": "a@x.org", "address": {"country": "DE"}},
        "created": 1_736_071_200,
        "currency": currency,
        "customer": f"cus_{number}",
        "paid": True,
        "refunds": {"object": "list", "data": []},
        "status": "succeeded",
    } | more


def test_stripes_charges_are_whole_cents(tmp_path):
    path = write(
        tmp_path,
        {
            "object": "list",
            "url": "/v1/charges",
            "data": [
                charge("1", 102_050, "eur", amount_refunded=2050),
                charge("2", 9900, "eur", status="failed", amount_captured=0),
                charge("3", 1999, "eur", customer=None),
                # Authorised, not captured.
                charge("4", 5000, "eur", amount_captured=0),
            ],
        },
    )
    assert known_as(path, tmp_path) == "Stripe charges (API)"
    # 1,020.50 - 20.50, and 19.99 of a guest with an address.
    assert counted(path, tmp_path) == (2, 2, 2, "1019.99")


def test_other_numbers_called_amount_stay_what_they_are(tmp_path):
    path = lines(
        tmp_path,
        {"id": "1", "created": "2025-01-05", "amount": 1000, "currency": "EUR", "customer": "7"},
        {"id": "2", "created": "2025-01-06", "amount": 2500, "currency": "EUR", "customer": "8"},
    )
    with pytest.raises(DataError, match="not clear which column is which"):
        known_as(path, tmp_path)
    mapped = {
        "customer_id": "customer",
        "order_id": "id",
        "ordered_at": "created",
        "amount": "amount",
    }
    assert shown(read(path, tmp_path, columns=mapped), "amount") == [("1000",), ("2500",)]


@pytest.mark.parametrize(
    ("currency", "amount", "worth"),
    [
        ("jpy", 1000, "1000"),
        ("isk", 1000, "10"),
        *nightly([("kwd", 1000, "1"), ("usd", 1000, "10")]),
    ],
)
def test_minor_units_are_those_of_the_currency(currency, amount, worth, tmp_path):
    path = lines(tmp_path, charge("1", amount, currency), charge("2", amount, currency))
    assert shown(read(path, tmp_path), "amount") == [(worth,), (worth,)]


def test_stripes_payment_intents_and_sessions_are_whole_cents_too(tmp_path):
    intent = {"object": "payment_intent", "created": 1_736_071_200, "currency": "usd"}
    path = lines(
        tmp_path,
        intent
        | {"id": "pi_1", "amount": 5000, "amount_received": 5000}
        | {"customer": "cus_1", "status": "succeeded"},
        intent
        | {"id": "pi_2", "amount": 7000, "amount_received": 0}
        | {"customer": "cus_2", "status": "requires_payment_method"},
    )
    assert known_as(path, tmp_path) == "Stripe payment intents (API)"
    assert counted(path, tmp_path) == (1, 1, 1, "50.00")


def test_stripes_sessions_are_whole_cents_without_tax_and_shipping(tmp_path):
    session = {"object": "checkout.session", "created": 1_736_071_200, "currency": "usd"}
    details = {"amount_tax": 400, "amount_shipping": 500, "amount_discount": 100}
    path = lines(
        tmp_path,
        session
        | {"id": "cs_1", "amount_total": 5900, "payment_status": "paid", "customer": None}
        | {"customer_details": {"email": "a@x.org"}, "total_details": details},
        session
        | {"id": "cs_2", "amount_total": 9900, "payment_status": "unpaid", "customer": None}
        | {"customer_details": {"email": "b@x.org"}, "total_details": details},
    )
    assert known_as(path, tmp_path) == "Stripe checkout sessions (API)"
    assert counted(path, tmp_path) == (1, 1, 1, "50.00")


def test_squares_payments_are_whole_cents_without_the_tip(tmp_path):
    def payment(number: str, status: str, cents: int, back: int = 0) -> dict[str, Any]:
        return {
            "id": number,
            "order_id": f"o{number}",
            "created_at": "2025-01-05T10:00:00.000Z",
            "status": status,
            "customer_id": f"C{number}",
            "amount_money": {"amount": cents, "currency": "USD"},
            "tip_money": {"amount": 300, "currency": "USD"},
            "total_money": {"amount": cents + 300, "currency": "USD"},
            "refunded_money": {"amount": back, "currency": "USD"},
        }

    path = write(
        tmp_path,
        {
            "payments": [
                payment("1", "COMPLETED", 102_050, 2050),
                payment("2", "FAILED", 5000),
                payment("3", "APPROVED", 5000),
                payment("4", "COMPLETED", 2500),
            ],
            "cursor": "x",
        },
    )
    assert known_as(path, tmp_path) == "Square payments (API)"
    assert counted(path, tmp_path) == (2, 2, 2, "1025.00")


def test_squares_orders_are_their_lines_in_whole_cents_without_tax(tmp_path):
    def money(cents: int) -> dict[str, Any]:
        return {"amount": cents, "currency": "USD"}

    def order(number: str, state: str) -> dict[str, Any]:
        item: dict[str, Any] = {"catalog_object_id": "M", "name": "Mug", "quantity": "2"}
        item |= {"total_money": money(4400), "total_tax_money": money(400)}
        return {
            "id": number,
            "customer_id": f"C{number}",
            "created_at": "2025-01-05T10:00:00Z",
            "state": state,
            "line_items": [item],
            "total_money": money(4900),
        }

    path = write(tmp_path, {"orders": [order("1", "COMPLETED"), order("2", "CANCELED")]})
    assert known_as(path, tmp_path) == "Square orders (API)"
    assert counted(path, tmp_path) == (1, 1, 1, "40.00")


def test_mollies_payments_are_decimals_and_no_cents(tmp_path):
    def payment(number: str, status: str, value: str, back: str = "0.00") -> dict[str, Any]:
        return {
            "resource": "payment",
            "id": f"tr_{number}",
            "createdAt": "2025-01-05T10:00:00+00:00",
            "status": status,
            "amount": {"value": value, "currency": "EUR"},
            "amountRefunded": {"value": back, "currency": "EUR"},
            "customerId": f"cst_{number}",
            "_links": {"self": {"href": "https://api.mollie.com/v2/payments/tr_1"}},
        }

    payments = [
        payment("1", "paid", "1020.50", "20.50"),
        payment("2", "expired", "50.00"),
        payment("3", "open", "50.00"),
        payment("4", "paid", "25.00"),
    ]
    path = write(tmp_path, {"_embedded": {"payments": payments}, "count": 4, "_links": {}})
    assert known_as(path, tmp_path) == "Mollie payments (API)"
    assert counted(path, tmp_path) == (2, 2, 2, "1025.00")


def test_of_adyens_events_successful_authorisations_count_in_whole_cents(tmp_path):
    def notice(number: str, code: str, cents: int, success: str = "true") -> dict[str, Any]:
        return {
            "pspReference": number,
            "merchantReference": f"o{number}",
            "eventCode": code,
            "eventDate": "2025-01-05T10:00:00+01:00",
            "success": success,
            "amount": {"value": cents, "currency": "EUR"},
            "additionalData": {"shopperReference": f"s{number}"},
        }

    path = lines(
        tmp_path,
        notice("1", "AUTHORISATION", 102_050),
        notice("2", "AUTHORISATION", 5000, success="false"),
        notice("3", "CAPTURE", 102_050),
        notice("4", "AUTHORISATION", 2500),
    )
    assert known_as(path, tmp_path) == "Adyen events (API)"
    assert counted(path, tmp_path) == (2, 2, 2, "1045.50")
