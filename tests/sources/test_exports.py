"""Every known export: a small file in its whole shape, and the very rows that are read of it."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from custseg.errors import DataError
from custseg.orders.cleaning import clean
from custseg.settings import SourceSettings
from custseg.sources.columns.exports import EXPORTS, FIELDS
from custseg.sources.files.places import places
from custseg.sources.raw import Raw, read_orders
from tests.conftest import nightly, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


def read(path: Path, tmp_path: Path, **settings: Any) -> Raw:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return read_orders(places([str(path)]), scratch, SourceSettings(**settings))


def table(header: str, *lines: Mapping[str, str], delimiter: str = ",") -> bytes:
    """A file with a whole header, and some of its columns filled."""
    names = header.split(" " if delimiter == "\t" else delimiter)
    body = []
    for line in lines:
        assert set(line) <= set(names)
        cells = [line.get(name, "") for name in names]
        body.append(
            delimiter.join(
                '"' + cell.replace('"', '""') + '"' if delimiter in cell else cell for cell in cells
            )
        )
    return "\n".join([delimiter.join(names), *body, ""]).encode()


def shown(raw: Raw, *columns: str) -> list[tuple[Any, ...]]:
    def plain(value: Any) -> Any:
        if isinstance(value, Decimal):
            return f"{value.normalize() + 0:f}"
        return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value

    found = rows(raw.raw.order_by(["source_file", "source_row"]))
    return [tuple(plain(row[name]) for name in columns) for row in found]


def book(sheets: Mapping[str, list[tuple[Any, ...]]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, cells in sheets.items():
        sheet = made.create_sheet(name)
        for row in cells:
            sheet.append(row)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("CUSTSEG_KEY", "a key for tests only")


def test_every_field_of_an_export_is_a_canonical_one():
    for export in EXPORTS:
        assert set(export.columns) <= set(FIELDS)
        assert export.refused or {"customer_id", "ordered_at"} <= set(export.columns)


# UCI

UCI_2 = (
    "Invoice",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "Price",
    "Customer ID",
    "Country",
)


def moment(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001  (the shop's local time)


def test_online_retail_ii_counts_an_order_of_both_its_sheets_once(tmp_path):
    old = (489434, "85048", "LIGHTS", 12, moment(2009, 12, 1, 7, 45), 6.95, 13085, "Norway")
    both = [
        (536365, "85123A", "HOLDER", 6, moment(2010, 12, 1, 8, 26), 2.55, 17850, "Norway"),
        (536365, "71053", "LANTERN", 6, moment(2010, 12, 1, 8, 26), 3.39, 17850, "Norway"),
    ]
    new = ("C536379", "85123A", "HOLDER", -1, moment(2011, 12, 9, 9, 41), 2.55, 17850, "Norway")
    path = tmp_path / "online_retail_II.xlsx"
    path.write_bytes(
        book({"Year 2009-2010": [UCI_2, old, *both], "Year 2010-2011": [UCI_2, *both, new]})
    )
    raw = read(path, tmp_path)
    columns = ("source_row", "customer_id", "order_id", "product_id", "amount", "ordered_at")
    assert shown(raw, *columns) == [
        (2, "13085", "489434", "85048", "83.4", "2009-12-01 07:45"),
        (3, "17850", "536365", "85123A", "15.3", "2010-12-01 08:26"),
        (4, "17850", "536365", "71053", "20.34", "2010-12-01 08:26"),
        (2, "17850", "536365", "85123A", "15.3", "2010-12-01 08:26"),
        (3, "17850", "536365", "71053", "20.34", "2010-12-01 08:26"),
        (4, "17850", "C536379", "85123A", "-2.55", "2011-12-09 09:41"),
    ]
    assert raw.preset == "online-retail"
    cleaned = clean(raw.raw.cache(), raw.preset)
    kept = rows(cleaned.transactions.order_by("amount"))
    assert [(row["order_id"], f"{row['amount']:f}") for row in kept] == [
        ("536365", "12.7500"),
        ("536365", "20.3400"),
        ("489434", "83.4000"),
    ]
    ledger = cleaned.ledger.set_index("rule")["rows_removed"]
    assert (ledger["superseded"], ledger["duplicate"], ledger["return_matched"]) == (2, 0, 1)


def test_online_retail_is_known_by_its_header(tmp_path):
    path = tmp_path / "retail.csv"
    path.write_bytes(
        table(
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
            {
                "InvoiceNo": "536365",
                "StockCode": "85123A",
                "Quantity": "6",
                "InvoiceDate": "12/1/2010 8:26",
                "UnitPrice": "2.55",
                "CustomerID": "17850",
            },
            {
                "InvoiceNo": "541431",
                "StockCode": "23166",
                "Quantity": "1",
                "InvoiceDate": "1/18/2011 10:01",
                "UnitPrice": "1.04",
            },
        )
    )
    assert shown(read(path, tmp_path), "customer_id", "order_id", "amount", "ordered_at") == [
        ("17850", "536365", "15.3", "2010-12-01 08:26"),
        (None, "541431", "1.04", "2011-01-18 10:01"),
    ]


# CDNOW


def test_the_whole_of_cdnow_is_read_and_its_zero_amounts_go(
    real_data: Callable[[str], Path], tmp_path
):
    raw = read(real_data("cdnow/CDNOW_master.txt"), tmp_path)
    count = raw.raw.aggregate(rows=raw.raw.count(), customers=raw.raw.customer_id.nunique())
    assert rows(count) == [{"rows": 69_659, "customers": 23_570}]
    lines = clean(raw.raw.cache(), raw.preset).transactions
    kept = lines.aggregate(
        rows=lines.count(), customers=lines.customer_id.nunique(), amount=lines.amount.sum()
    )
    expected = {"rows": 69_579, "customers": 23_502, "amount": Decimal("2500315.63")}
    assert rows(kept) == [expected]


def test_the_sample_of_cdnow_needs_its_columns_numbers(real_data, tmp_path):
    columns = {"customer_id": "1", "ordered_at": "3", "quantity": "4", "amount": "5"}
    raw = read(real_data("cdnow/CDNOW_sample.txt"), tmp_path, columns=columns)
    found = shown(raw, "source_row", "customer_id", "quantity", "amount", "ordered_at")
    assert len(found) == 6_919
    assert found[:2] == [
        (1, "00004", "2", "29.33", "1997-01-01 00:00"),
        (2, "00004", "2", "29.73", "1997-01-18 00:00"),
    ]


# Shopify

SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,"
    "Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,"
    "Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,"
    "Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,"
    "Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,"
    "Shipping Street,Shipping Address1,Shipping Address2,Shipping Company,Shipping City,"
    "Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,"
    "Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,"
    "Employee,Location,"
    "Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,"
    "Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone,"
    "Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,"
    "Payment Terms Name,Next Payment Due At,Payment References"
)


def of_shopify(number: str, total: str, price: str, **more: str) -> dict[str, str]:
    """An order's first line."""
    return {
        "Name": f"#{number}",
        "Email": "anna@example.org",
        "Financial Status": "paid",
        "Currency": "EUR",
        "Subtotal": total,
        "Shipping": "4.90",
        "Taxes": "1.00",
        "Created at": "2025-05-11 09:55:16 -0400",
        "Lineitem quantity": "1",
        "Lineitem name": "Mug - red",
        "Lineitem price": price,
        "Lineitem sku": "MUG",
        "Lineitem discount": "0.00",
        "Billing Country": "DE",
        "Refunded Amount": "0.00",
    } | {name.replace("_", " "): value for name, value in more.items()}


def further(number: str, price: str, **more: str) -> dict[str, str]:
    """A further line of an order."""
    return {
        "Name": f"#{number}",
        "Created at": "2025-05-11 09:55:16 -0400",
        "Lineitem quantity": "1",
        "Lineitem name": "Cup",
        "Lineitem price": price,
        "Lineitem discount": "0.00",
    } | {name.replace("_", " "): value for name, value in more.items()}


def test_a_shopify_orders_lines_make_its_subtotal(tmp_path):
    path = tmp_path / "orders_export.csv"
    path.write_bytes(
        table(
            SHOPIFY,
            # 2 × 30 + 30 less 10 % by a code and 3 off the cup: 78.
            of_shopify("1001", "78.00", "30.00", Lineitem_quantity="2", Discount_Amount="12.00"),
            further("1001", "30.00", Lineitem_discount="3.00"),
            of_shopify(
                "1002",
                "20.00",
                "20.00",
                Refunded_Amount="5.00",
                Financial_Status="partially_refunded",
            ),
            of_shopify("1003", "20.00", "20.00", Cancelled_at="2025-05-12 08:00:00 -0400"),
            of_shopify("1004", "20.00", "20.00", Financial_Status="pending"),
            of_shopify("1005", "35.00", "25.00", Lineitem_name="Gift Card - $25", Lineitem_sku=""),
            further("1005", "10.00"),
        )
    )
    raw = read(path, tmp_path)
    assert shown(raw, "order_id", "product_id", "quantity", "amount", "refunded", "status") == [
        # 78 by 60 : 27.
        ("#1001", "MUG", "2", "53.79", "0", "paid"),
        ("#1001", "Cup", "1", "24.21", "0", "paid"),
        ("#1002", "MUG", "1", "20", "5", "partially_refunded"),
        ("#1003", "MUG", "1", "20", "0", "cancelled"),
        ("#1004", "MUG", "1", "20", "0", "pending"),
        ("#1005", "Gift Card - $25", "1", "25", "0", "paid"),
        ("#1005", "Cup", "1", "10", "0", "paid"),
    ]
    people = set(shown(raw, "customer_id", "country", "ordered_at"))
    assert len(people) == 1
    ((customer, *others),) = people
    assert others == ["DE", "2025-05-11 09:55"]
    assert len(customer) == 24
    assert "@" not in customer
    assert (raw.people, raw.preset) == (True, "shopify")
    cleaned = clean(raw.raw.cache(), raw.preset)
    kept = rows(cleaned.transactions.order_by(["order_id", "product_id"]))
    assert [(row["order_id"], row["product_id"], f"{row['amount']:.2f}") for row in kept] == [
        ("#1001", "Cup", "24.21"),
        ("#1001", "MUG", "53.79"),
        ("#1002", "MUG", "15.00"),
        ("#1005", "Cup", "10.00"),
    ]
    removed = rows(cleaned.removed.order_by("order_id"))
    assert [(row["order_id"], row["rule"]) for row in removed] == [
        ("#1003", "status"),
        ("#1004", "status"),
        ("#1005", "not_a_product"),
    ]


def test_a_real_shopify_export_is_read(real_data, tmp_path):
    raw = read(real_data("shopify/orders_export.csv"), tmp_path)
    found = shown(raw, "order_id", "customer_id")
    assert len(found) == 40
    assert len({order for order, _ in found}) == 19
    assert len({customer for _, customer in found if customer}) == 3


# WooCommerce

ADVANCED = (
    "Order Number,Order Status,Order Date,Customer Note,First Name (Billing),Last Name (Billing),"
    "Company (Billing),Address 1&2 (Billing),City (Billing),State Code (Billing),"
    "Postcode (Billing),Country Code (Billing),Email (Billing),Phone (Billing),"
    "First Name (Shipping),Last Name (Shipping),Address 1&2 (Shipping),City (Shipping),"
    "State Code (Shipping),Postcode (Shipping),Country Code (Shipping),Payment Method Title,"
    "Cart Discount Amount,Order Subtotal Amount,Shipping Method Title,Order Shipping Amount,"
    "Order Refund Amount,Order Total Amount,Order Total Tax Amount,SKU,Item #,Item Name,"
    "Quantity (- Refund),Quantity,Item Cost,Coupon Code,Discount Amount,Discount Amount Tax"
)


def test_woocommerces_advanced_export_is_read(tmp_path):
    order = {
        "Order Number": "731",
        "Order Status": "Completed",
        "Order Date": "2024-03-05 10:15",
        "Email (Billing)": "anna@example.org",
        "Country Code (Billing)": "DE",
        "Order Total Amount": "45.00",
    }
    path = tmp_path / "orders.csv"
    path.write_bytes(
        table(
            ADVANCED,
            order
            | {
                "SKU": "MUG",
                "Item #": "1",
                "Item Name": "Mug",
                "Quantity (- Refund)": "2",
                "Quantity": "3",
                "Item Cost": "10.00",
            },
            order
            | {
                "Item #": "2",
                "Item Name": "Cup",
                "Quantity (- Refund)": "1",
                "Quantity": "1",
                "Item Cost": "5.50",
            },
        )
    )
    raw = read(path, tmp_path)
    assert shown(raw, "order_id", "product_id", "quantity", "amount", "country", "status") == [
        ("731", "MUG", "2", "20", "DE", "Completed"),
        ("731", "Cup", "1", "5.5", "DE", "Completed"),
    ]
    assert raw.people


ANALYTICS = "Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),"
ANALYTICS += "Items sold,Coupon(s),N. Revenue,Attribution"


def test_woocommerces_analytics_are_read(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_bytes(
        table(
            ANALYTICS,
            {
                "Date": "2024-03-05 10:15:00",
                "Order #": "731",
                "N. Revenue (formatted)": "€1,025.50",
                "Status": "completed",
                "Customer": "Anna Example",
                "Product(s)": "2× Mug, 1× Cup",
                "Items sold": "3",
                "N. Revenue": "1025.5",
            },
        )
    )
    raw = read(path, tmp_path)
    columns = ("order_id", "product_id", "quantity", "amount", "ordered_at", "status")
    assert shown(raw, *columns) == [
        ("731", None, "3", "1025.5", "2024-03-05 10:15", "completed"),
    ]
    assert raw.people


# Amazon

ORDER_REPORT = (
    "order-id order-item-id purchase-date payments-date buyer-email buyer-name buyer-phone-number "
    "sku product-name quantity-purchased currency item-price item-tax shipping-price shipping-tax "
    "ship-service-level recipient-name ship-address-1 ship-address-2 ship-address-3 ship-city "
    "ship-state ship-postal-code ship-country ship-phone-number item-promotion-discount "
    "item-promotion-id ship-promotion-discount ship-promotion-id delivery-start-date"
)
SHIPMENTS = (
    "amazon-order-id merchant-order-id shipment-id shipment-item-id amazon-order-item-id "
    "merchant-order-item-id purchase-date payments-date shipment-date reporting-date buyer-email "
    "buyer-name buyer-phone-number sku product-name quantity-shipped currency item-price item-tax "
    "shipping-price shipping-tax gift-wrap-price gift-wrap-tax ship-service-level recipient-name "
    "ship-address-1 ship-address-2 ship-address-3 ship-city ship-state ship-postal-code "
    "ship-country ship-phone-number bill-address-1 bill-address-2 bill-address-3 bill-city "
    "bill-state bill-postal-code bill-country item-promotion-discount ship-promotion-discount "
    "carrier tracking-number estimated-arrival-date fulfillment-center-id fulfillment-channel "
    "sales-channel"
)
ALL_ORDERS = (
    "amazon-order-id merchant-order-id purchase-date last-updated-date order-status "
    "fulfillment-channel sales-channel order-channel ship-service-level product-name sku asin "
    "item-status quantity currency item-price item-tax shipping-price shipping-tax gift-wrap-price "
    "gift-wrap-tax item-promotion-discount ship-promotion-discount ship-city ship-state "
    "ship-postal-code ship-country promotion-ids is-business-order purchase-order-number "
    "price-designation"
)
AMAZON = {
    "purchase-date": "2024-03-05T10:15:00+00:00",
    "buyer-email": "x7k2@marketplace.amazon.com",
    "sku": "MUG",
    "product-name": "Mug, red",
    "currency": "USD",
    "item-price": "20.00",
    "item-tax": "1.60",
    "ship-country": "US",
    "item-promotion-discount": "-2.00",
}


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (ORDER_REPORT, {"order": "order-id", "units": "quantity-purchased"}),
        (SHIPMENTS, {"order": "amazon-order-id", "units": "quantity-shipped"}),
    ],
)
def test_amazons_reports_with_buyers_are_read(header, names, tmp_path):
    path = tmp_path / "report.txt"
    line = AMAZON | {names["order"]: "114-5", names["units"]: "2"}
    path.write_bytes(table(header, line, line | {"sku": "CUP"}, delimiter="\t"))
    raw = read(path, tmp_path)
    columns = ("order_id", "product_id", "quantity", "amount", "country", "ordered_at")
    assert shown(raw, *columns) == [
        ("114-5", "MUG", "2", "18", "US", "2024-03-05 10:15"),
        ("114-5", "CUP", "2", "18", "US", "2024-03-05 10:15"),
    ]
    assert raw.people


def test_amazons_report_without_buyers_is_refused_with_what_to_export(tmp_path):
    path = tmp_path / "report.txt"
    buyer = {name: value for name, value in AMAZON.items() if name != "buyer-email"}
    path.write_bytes(
        table(ALL_ORDERS, buyer | {"amazon-order-id": "114-5", "quantity": "2"}, delimiter="\t")
    )
    with pytest.raises(DataError, match="All Orders report names no buyer") as refusal:
        read(path, tmp_path)
    assert "Fulfilled Shipments" in refusal.value.message


# Olist

OLIST = {
    "olist_order_items_dataset.csv": (
        "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value",
        "o1,1,p1,s1,2017-09-19 09:45:35,58.90,13.29",
        "o1,2,p1,s1,2017-09-19 09:45:35,58.90,13.29",
        "o2,1,p2,s1,2018-05-03 11:05:13,239.90,19.93",
    ),
    "olist_orders_dataset.csv": (
        (
            "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,"
            "order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date"
        ),
        "o1,c1,delivered,2017-09-13 08:59:02,,,,2017-09-29 00:00:00",
        "o2,c2,canceled,2018-04-26 10:53:06,,,,2018-05-15 00:00:00",
    ),
    "olist_customers_dataset.csv": (
        "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state",
        "c1,u1,28013,campos,RJ",
        "c2,u1,28013,campos,RJ",
    ),
    "olist_products_dataset.csv": (
        (
            "product_id,product_category_name,product_name_lenght,product_description_lenght,"
            "product_photos_qty,product_weight_g,product_length_cm,product_height_cm,product_width_cm"
        ),
        "p1,cool_stuff,58,598,4,650,28,9,14",
        "p2,,56,239,2,30000,50,30,40",
    ),
    "product_category_name_translation.csv": (
        "product_category_name,product_category_name_english",
        "cool_stuff,cool things",
    ),
}


@pytest.mark.parametrize("packed", [True, *nightly([False])])
def test_olists_tables_are_joined(packed, tmp_path):
    path = tmp_path / "olist"
    path.mkdir()
    for name, lines in OLIST.items():
        (path / name).write_text("\n".join([*lines, ""]))
    if packed:
        archive = tmp_path / "archive.zip"
        with zipfile.ZipFile(archive, "w") as stream:
            for name in OLIST:
                stream.write(path / name, name)
        path = archive
    raw = read(path, tmp_path)
    columns = ("source_row", "customer_id", "order_id", "product_id", "quantity", "amount")
    assert shown(raw, *columns, "category", "country", "ordered_at", "status") == [
        (2, "u1", "o1", "p1", "1", "58.9", "cool things", "RJ", "2017-09-13 08:59", "delivered"),
        (3, "u1", "o1", "p1", "1", "58.9", "cool things", "RJ", "2017-09-13 08:59", "delivered"),
        (4, "u1", "o2", "p2", "1", "239.9", None, "RJ", "2018-04-26 10:53", "canceled"),
    ]
    cleaned = clean(raw.raw.cache(), raw.preset)
    assert [f"{row['amount']:.2f}" for row in rows(cleaned.transactions)] == ["58.90", "58.90"]


# Square and Stripe

SQUARE = (
    "Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Modifiers Applied,Gross Sales,"
    "Discounts,Net Sales,Tax,Transaction ID,Payment ID,Device Name,Notes,Details,Event Type,"
    "Location,Dining Option,Customer ID,Customer Name,Customer Reference ID,Unit,Count,"
    "Itemization Type,Commission,Employee,Channel,Token,Card Brand,PAN Suffix"
)


def test_squares_items_are_read_with_their_refunds(tmp_path):
    sale = {
        "Date": "03/16/24",
        "Time": "10:15:30",
        "Time Zone": "Pacific Time (US & Canada)",
        "Category": "Drinks",
        "Item": "Latte, large",
        "Qty": "2.0",
        "Gross Sales": "$1,010.00",
        "Discounts": "-$10.00",
        "Net Sales": "$1,000.00",
        "Tax": "$80.00",
        "Transaction ID": "t1",
        "Event Type": "Payment",
        "Customer ID": "SQ1",
        "Customer Name": "Anna Example",
    }
    back = sale | {
        "Date": "03/17/24",
        "Qty": "-1.0",
        "Gross Sales": "-$505.00",
        "Net Sales": "-$500.00",
        "Transaction ID": "t2",
        "Event Type": "Refund",
    }
    path = tmp_path / "items.csv"
    path.write_bytes(table(SQUARE, sale, back, sale | {"Transaction ID": "t3", "Customer ID": ""}))
    columns = ("customer_id", "order_id", "product_id", "quantity", "amount", "ordered_at")
    raw = read(path, tmp_path)
    assert shown(raw, *columns) == [
        ("SQ1", "t1", "Latte, large", "2", "1000", "2024-03-16 10:15"),
        ("SQ1", "t2", "Latte, large", "-1", "-500", "2024-03-17 10:15"),
        (None, "t3", "Latte, large", "2", "1000", "2024-03-16 10:15"),
    ]
    kept = rows(clean(raw.raw.cache(), raw.preset).transactions)
    assert [(f"{row['amount']:.2f}", f"{row['amount_undone']:.2f}") for row in kept] == [
        ("500.00", "500.00")
    ]


STRIPE = (
    "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,"
    "Converted Amount Refunded,Converted Currency,Decline Reason,Description,Fee,Is Link,"
    "Link Funding,Mode,PaymentIntent ID,Payment Source Type,Refunded date (UTC),"
    "Statement Descriptor,Status,Seller Message,Taxes On Fee,Card ID,Customer ID,"
    "Customer Description,Customer Email,Invoice ID,Transfer"
)


def test_stripes_payments_are_read_with_their_refunds(tmp_path):
    paid = {
        "id": "ch_1",
        "Created date (UTC)": "2024-03-16 21:30:10",
        "Amount": "1,020.00",
        "Amount Refunded": "20.00",
        "Currency": "eur",
        "Status": "Paid",
        "Customer ID": "cus_1",
        "Customer Email": "anna@example.org",
    }
    path = tmp_path / "unified_payments.csv"
    path.write_bytes(
        table(
            STRIPE,
            paid,
            paid | {"id": "ch_2", "Amount Refunded": "0.00", "Status": "Failed"},
            paid | {"id": "pi_3", "Amount Refunded": "", "Status": "requires_payment_method"},
        )
    )
    raw = read(path, tmp_path)
    assert shown(raw, "order_id", "amount", "refunded", "ordered_at", "status") == [
        ("ch_1", "1020", "20", "2024-03-16 21:30", "Paid"),
        ("ch_2", "1020", "0", "2024-03-16 21:30", "Failed"),
        ("pi_3", "1020", "0", "2024-03-16 21:30", "requires_payment_method"),
    ]
    kept = rows(clean(raw.raw.cache(), raw.preset).transactions)
    assert [(row["order_id"], f"{row['amount']:.2f}") for row in kept] == [("ch_1", "1000.00")]
