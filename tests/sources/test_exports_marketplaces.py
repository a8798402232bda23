"""Exports of marketplaces and shop programs: a small file in its format, and what is left of it.

Each has rows that do not count, or count in part, so that no sum comes out right by chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from custseg.errors import DataError
from custseg.orders.cleaning import clean
from custseg.settings import SourceSettings
from custseg.sources.columns.match import map_columns
from custseg.sources.files.formats import open_tables
from custseg.sources.files.places import places
from tests.conftest import nightly, rows
from tests.sources.test_exports import read, shown

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("CUSTSEG_KEY", "a key for tests only")


def write(folder: Path, *lines: str, name: str = "export.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


def known_as(path: Path, folder: Path) -> str | None:
    """The title of the export that a file is recognised as."""
    (table,) = open_tables(places([str(path)]), folder, SourceSettings())
    return map_columns(table, {}).export


def counted(path: Path, folder: Path, **settings: Any) -> tuple[int, int, int, str]:
    """Lines, customers and orders that count, and the net revenue."""
    raw = read(path, folder, **settings)
    lines = clean(raw.raw.cache(), raw.preset).transactions
    (row,) = rows(
        lines.aggregate(
            lines=lines.count(),
            customers=lines.customer_id.nunique(),
            orders=lines.order_id.nunique(),
            revenue=lines.amount.sum(),
        )
    )
    return row["lines"], row["customers"], row["orders"], f"{row['revenue']:.2f}"


# eBay

EBAY_US = (
    '"Sales Record Number","Order Number","Buyer Username","Buyer Name","Buyer Email",'
    '"Buyer Country","Ship To Country","Item Number","Item Title","Custom Label",'
    '"Quantity","Sold For","Shipping And Handling","Seller Collected Tax","Total Price",'
    '"Payment Method","Sale Date","Paid On Date"'
)
EBAY_UK = (
    '"Sales record number","Order number","Buyer username","Buyer name","Buyer email",'
    '"Buyer country","Post to country","Item number","Item title","Custom label",'
    '"Quantity","Sold for","Postage and packaging","eBay collected tax","Total price",'
    '"Payment method","Sale date","Paid on date"'
)
EBAY_ROWS = """\
"1","26-1","ann_1","Ann","a@x.org","{c}","{c}","3301","Lamp, red","L-1","2","{p}30.00","{p}5.00",\
"{p}4.00","{p}69.00","PayPal","{a}","{a}"
"2","26-2","bob_2","Bob","b@x.org","{c}","{c}","","","","3","{p}165.00","{p}9.00",\
"{p}0.00","{p}174.00","PayPal","{a}","{b}"
"2","26-2","bob_2","","","","","3302","Mug","M-1","1","{p}115.00","","","","","",""
"2","26-2","bob_2","","","","","3303","Cup","","2","{p}25.00","","","","","",""
"3","26-3","cara_3","Cara","c@x.org","{c}","{c}","3304","Vase","V-1","1","{p}1,260.00","{p}5.00",\
"{p}0.00","{p}1,265.00","","{b}",""
"4","26-4","ann_1","Ann","a@x.org","{c}","{c}","3302","Mug","M-1","1","{p}115.00","{p}5.00",\
"{p}9.00","{p}129.00","PayPal","{b}","{b}"
"""
"""Order 2 has two items: first its sum, then the items, which lack what belongs to the order. Order
3 is not paid."""


@pytest.mark.parametrize(
    ("header", "values"),
    [
        (EBAY_US, {"c": "United States", "p": "$", "a": "05/14/2026", "b": "05/15/2026"}),
        *nightly(
            [(EBAY_UK, {"c": "United Kingdom", "p": "£", "a": "14/05/2026", "b": "15/05/2026"})]
        ),
    ],
)
def test_ebays_orders_report_counts_each_item_once_and_no_sum_of_an_order(header, values, tmp_path):
    path = write(
        tmp_path, "", header, "", EBAY_ROWS.format(**values), '"4","record(s) downloaded"', ""
    )
    assert known_as(path, tmp_path) == "eBay orders report"
    # 2 × 30 + 115 + 2 × 25 + 115; Cara has not paid.
    assert counted(path, tmp_path) == (4, 2, 3, "340.00")


def test_an_ebay_order_of_several_items_gives_its_country_and_payment_to_each(tmp_path):
    values = {"c": "United States", "p": "$", "a": "05/14/2026", "b": "05/15/2026"}
    path = write(tmp_path, EBAY_US, EBAY_ROWS.format(**values))
    raw = read(path, tmp_path)
    assert shown(raw, "order_id", "product_id", "country", "ordered_at", "status")[1:4] == [
        ("26-2", "M-1", "United States", "2026-05-14 00:00", "paid"),
        ("26-2", "3303", "United States", "2026-05-14 00:00", "paid"),
        ("26-3", "V-1", "United States", "2026-05-15 00:00", "unpaid"),
    ]


# Etsy


def test_etsys_sold_orders_are_their_value_less_the_discount(tmp_path):
    path = write(
        tmp_path,
        "Sale Date,Order ID,Buyer User ID,Full Name,Number of Items,Ship Country,Currency,"
        "Order Value,Coupon Code,Discount Amount,Shipping Discount,Shipping,Sales Tax,Order Total,"
        "Status,Card Processing Fees,Order Net,Adjusted Order Total,Adjusted Net Order Amount,"
        "Buyer,SKU",
        '12/31/25,31,ann1,"Ann A",1,United States,USD,17.00,TEN,4.25,0.00,4.13,1.02,16.88,,0.76,'
        '16.12,0.00,0.00,"Ann A (ann1)",L1',
        '12/30/25,30,,"Bob B",3,Canada,USD,40.00,,0.00,0.00,5.00,0.00,45.00,,1.60,43.40,0.00,0.00,'
        '"Bob B",M1',
        '12/29/25,29,cara3,"Cara C",2,United States,USD,60.00,,6.00,0.00,0.00,0.00,54.00,,1.90,'
        '52.10,30.00,28.60,"Cara C (cara3)",M1',
        '12/28/25,28,dan4,"Dan D",1,United States,USD,99.00,,0.00,0.00,0.00,0.00,99.00,Canceled,'
        '0.00,99.00,0.00,0.00,"Dan D (dan4)",M1',
        '12/15/25,15,ann1,"Ann A",1,United States,USD,25.00,,0.00,0.00,4.00,0.00,29.00,,1.10,'
        '27.90,0.00,0.00,"Ann A (ann1)",M1',
    )
    assert known_as(path, tmp_path) == "Etsy sold orders"
    # 12.75 + 40 + 54 + 25; the guest Bob is somebody, too.
    assert counted(path, tmp_path) == (4, 3, 4, "131.75")


def test_etsys_order_items_are_units_at_their_price_less_the_discount(tmp_path):
    path = write(
        tmp_path,
        "Sale Date,Item Name,Buyer,Quantity,Price,Coupon Code,Coupon Details,Discount Amount,"
        "Shipping Discount,Order Shipping,Order Sales Tax,Item Total,Currency,Transaction ID,"
        "Listing ID,Date Paid,Date Shipped,Ship Name,Ship City,Ship Country,Order ID,Variations,"
        "Order Type,Payment Type,VAT Paid by Buyer,SKU",
        "12/31/25,Mug,Ann (ann1),2,10.00,TEN,,2.00,0.00,4.13,1.50,18.00,USD,1,901,12/31/2025,,Ann,"
        "Bonn,Germany,31,Color: red,online,online_cc,0.00,M1",
        "12/31/25,Cup,Ann (ann1),1,5.50,,,0.00,0.00,4.13,1.50,5.50,USD,2,902,12/31/2025,,Ann,Bonn,"
        "Germany,31,,online,online_cc,0.00,",
        "12/30/25,Cup,Bob (bob2),3,5.50,,,0.00,0.00,5.00,0.00,16.50,USD,3,902,12/30/2025,,Bob,"
        "Rome,Italy,30,,online,online_cc,0.00,",
        "12/29/25,Vase,Cara (cara3),1,70.00,,,0.00,0.00,0.00,0.00,70.00,USD,4,903,,,Cara,Rome,"
        "Italy,29,,online,other,0.00,V1",
    )
    assert known_as(path, tmp_path) == "Etsy order items"
    # 18 + 5.50 + 16.50; Cara has not paid.
    assert counted(path, tmp_path) == (3, 2, 2, "40.00")


# Wix and Squarespace

WIX = (
    "Order number,Date created,Time,Total order quantity,Contact email,Note from customer,"
    "Additional checkout info,Item,Variant,SKU,Qty,Quantity refunded,Price,Weight,"
    "Delivery country,Billing name,Billing country,Payment status,Payment method,Coupon code,"
    "Gift card amount,Shipping rate,Total tax,Total,Currency,Refunded amount,Net amount,"
    "Additional fees,Fulfillment status"
)


def test_wixs_orders_are_their_total_less_tax_and_shipping(tmp_path):
    path = write(
        tmp_path,
        WIX,
        # 60 of goods less a coupon of 6, 5 for shipping, 5.90 tax.
        "10001,Jan 5 2026,10:15:00,3,ann@x.org,,,Mug,,M1,2,0,20,0,DEU,Ann,DEU,Paid,Card,TEN,,5,"
        "5.90,64.90,EUR,0,64.90,0,Fulfilled",
        "10001,Jan 5 2026,10:15:00,3,ann@x.org,,,Cup,,C1,1,0,20,0,DEU,Ann,DEU,Paid,Card,TEN,,5,"
        "5.90,64.90,EUR,0,64.90,0,Fulfilled",
        "10002,Jan 6 2026,11:00:00,1,bob@x.org,,,Mug,,M1,1,0,20,0,DEU,Bob,DEU,Unpaid,,,,5,0,25,"
        "EUR,0,25,0,Not fulfilled",
        "10003,Jan 7 2026,11:00:00,1,cara@x.org,,,Vase,,,1,1,30,0,DEU,Cara,DEU,Fully refunded,Card,"
        ",,0,0,30,EUR,30,0,0,Fulfilled",
        # 40 of goods, of which 10 are refunded.
        "10004,Jan 8 2026,11:00:00,2,ann@x.org,,,Mug,,M1,2,0,20,0,DEU,Ann,DEU,Partially refunded,"
        "Card,,,0,0,40,EUR,10,30,0,Fulfilled",
    )
    assert known_as(path, tmp_path) == "Wix orders"
    # 64.90 - 5.90 - 5 = 54, and 30; nothing remains of Cara's.
    assert counted(path, tmp_path) == (3, 1, 2, "84.00")


def test_wixs_lines_alone_lack_the_units_refunded(tmp_path):
    path = write(
        tmp_path,
        "Order number,Date created,Time,Contact email,Item,Variant,SKU,Qty,Quantity refunded,"
        "Price,Payment status,Fulfillment status",
        "10001,Jan 5 2026,10:15:00,ann@x.org,Mug,,M1,3,1,20,Partially refunded,Fulfilled",
        "10002,Jan 6 2026,10:15:00,bob@x.org,Cup,,C1,1,,5.50,Paid,Fulfilled",
    )
    assert known_as(path, tmp_path) == "Wix orders, lines alone"
    assert counted(path, tmp_path) == (2, 2, 2, "45.50")


def test_squarespaces_orders_are_their_total_less_tax_and_shipping(tmp_path):
    path = write(
        tmp_path,
        "Order ID,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Currency,Subtotal,"
        "Shipping,Taxes,Amount Refunded,Total,Discount Code,Discount Amount,Shipping Method,"
        "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem variant,"
        "Billing Country,Cancelled at",
        # 50 of goods less 10 by a code.
        "00101,ann@x.org,PAID,2026-01-05 10:00:00 +0000,FULFILLED,,USD,50.00,5.00,4.00,0.00,49.00,"
        "TEN,10.00,Post,2026-01-05 10:00:00 +0000,2,Mug,20.00,M1,,US,",
        "00101,,,,,,,,,,,,,,,,1,Cup,10.00,C1,,,",
        "00102,bob@x.org,PENDING,,PENDING,,USD,30.00,0.00,0.00,0.00,30.00,,0.00,Post,"
        "2026-01-06 10:00:00 +0000,1,Vase,30.00,V1,,US,",
        "00103,bob@x.org,PAID,2026-01-07 10:00:00 +0000,CANCELED,,USD,30.00,0.00,0.00,0.00,30.00,,"
        "0.00,Post,2026-01-07 10:00:00 +0000,1,Vase,30.00,V1,,US,2026-01-08 10:00:00 +0000",
        "00104,cara@x.org,PARTIALLY_REFUNDED,2026-01-08 10:00:00 +0000,FULFILLED,,USD,40.00,0.00,"
        "0.00,15.00,40.00,,0.00,Post,2026-01-08 10:00:00 +0000,2,Mug,20.00,M1,,US,",
    )
    assert known_as(path, tmp_path) == "Squarespace orders"
    # 40 + 25.
    assert counted(path, tmp_path) == (3, 2, 2, "65.00")


# Magento, BigCommerce, PrestaShop

MAGENTO = (
    "ID,Purchase Point,Purchase Date,Bill-to Name,Ship-to Name,Grand Total (Base),"
    "Grand Total (Purchased),Status,Billing Address,Shipping Address,Shipping Information,"
    "Customer Email,Customer Group,Subtotal,Shipping and Handling,Customer Name,Payment Method,"
    "Total Refunded"
)


def magento(number: str, email: str, status: str, goods: str, total: str, back: str = "") -> str:
    return (
        f'{number},"Main Website",2026-01-0{number[-1]} 10:00:00,"A, B",A,{total},{total},{status},'
        f'"Street 1, 53111",,Flat Rate,{email},General,{goods},5.00,A,checkmo,{back}'
    )


def test_magentos_grid_counts_the_goods_without_shipping_and_tax(tmp_path):
    path = write(
        tmp_path,
        MAGENTO,
        magento("000000001", "ann@x.org", "complete", "50.00", "64.50"),
        magento("000000002", "bob@x.org", "canceled", "30.00", "35.00"),
        magento("000000003", "cara@x.org", "closed", "40.00", "45.00", "45.00"),
        magento("000000004", "ann@x.org", "complete", "1000.00", "1005.00", "200.00"),
        magento("000000005", "dan@x.org", "pending", "20.00", "25.00"),
    )
    assert known_as(path, tmp_path) == "Magento 2 orders (grid)"
    # 50; and of 200 refunded of 1,005 paid, 5 of them for shipping, 199 are the goods': 801.
    assert counted(path, tmp_path) == (2, 1, 2, "851.00")


def test_bigcommerces_orders_are_their_total_without_tax_shipping_and_handling(tmp_path):
    path = write(
        tmp_path,
        "Order ID,Customer ID,Customer Name,Customer Email,Customer Phone,Order Date,Order Status,"
        "Subtotal (inc tax),Subtotal (ex tax),Tax Total,Shipping Cost (inc tax),"
        "Shipping Cost (ex tax),Ship Method,Handling Cost (inc tax),Handling Cost (ex tax),"
        "Coupon Details,Order Total (inc tax),Order Total (ex tax),Payment Method,Total Quantity,"
        "Order Currency Code,Billing Country,Product Details",
        # 50 of goods less a coupon of 5; 8 for shipping, 2 for handling.
        "101,7,Ann A,ann@x.org,,05/01/2026,Completed,55.00,50.00,6.00,8.80,8.00,Post,2.20,2.00,"
        'FIVE,60.50,55.00,Card,3,USD,Germany,"Product ID: 1, Product Qty: 2, Product SKU: M1, '
        'Product Name: Mug|Product ID: 2, Product Qty: 1, Product SKU: C1, Product Name: Cup"',
        "102,0,,bob@x.org,,06/01/2026,Shipped,33.00,30.00,3.00,0.00,0.00,Post,0.00,0.00,,33.00,"
        '30.00,Card,1,USD,Germany,"Product ID: 3, Product Qty: 1, Product Name: Vase"',
        "103,0,,cara@x.org,,17/01/2026,Cancelled,33.00,30.00,3.00,0.00,0.00,Post,0.00,0.00,,33.00,"
        "30.00,Card,1,USD,Germany,",
        "104,0,,cara@x.org,,18/01/2026,Awaiting Payment,33.00,30.00,3.00,0.00,0.00,Post,0.00,0.00,,"
        "33.00,30.00,Card,1,USD,Germany,",
    )
    assert known_as(path, tmp_path) == "BigCommerce orders"
    # 55 - 8 - 2 = 45, and 30. Both guests have Customer ID 0.
    assert counted(path, tmp_path) == (2, 2, 2, "75.00")


PRESTASHOP_GRID = (
    "ID;Reference;New client;Delivery;Customer;Total;Payment;Status;Date",
    "5;KHWLILZLL;1;Germany;J. DOE;€45.00;Card;Delivered;2026-01-05 10:00:00",
    "4;FFATNOMMJ;0;Germany;J. DOE;€30.00;Card;Canceled;2026-01-04 10:00:00",
)


def test_prestashops_grid_is_refused_as_initials_and_a_surname_are_several_people(tmp_path):
    path = write(tmp_path, *PRESTASHOP_GRID)
    with pytest.raises(DataError, match="abbreviates customers") as refusal:
        read(path, tmp_path)
    assert "SQL Manager" in refusal.value.message


def test_prestashops_grid_is_read_all_the_same_where_the_customer_is_mapped(tmp_path):
    path = write(tmp_path, *PRESTASHOP_GRID)
    found = counted(path, tmp_path, columns={"customer_id": "Customer"})
    assert found == (1, 1, 1, "45.00")


def test_prestashops_query_gives_lines_without_tax_less_the_orders_discount(tmp_path):
    path = write(
        tmp_path,
        "id_order;email;date_add;status;country;currency;product_reference;product_name;"
        "product_quantity;total_price_tax_excl;total_discounts_tax_excl",
        "5;ann@x.org;2026-01-05 10:00:00;Delivered;DE;EUR;M1;Mug;2;40.000000;5.000000",
        "5;ann@x.org;2026-01-05 10:00:00;Delivered;DE;EUR;C1;Cup;1;10.000000;5.000000",
        "4;bob@x.org;2026-01-04 10:00:00;Canceled;DE;EUR;C1;Cup;1;10.000000;0.000000",
    )
    assert known_as(path, tmp_path) == "PrestaShop order lines (SQL Manager)"
    assert counted(path, tmp_path) == (2, 1, 1, "45.00")


# PayPal

PAYPAL = (
    '"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net",'
    '"From Email Address","To Email Address","Transaction ID","Shipping Address","Item Title",'
    '"Shipping and Handling Amount","Sales Tax","Reference Txn ID","Country Code",'
    '"Balance Impact"'
)


def paypal(row: str, people: str, **more: str) -> str:
    """A row: its day, type, status, gross and number, and who paid whom."""
    day, kind, status, gross, number = row.split("|")
    payer, payee = people.split(">")
    cells = [f"01/{day}/2026", "10:00:00", "PST", "A B", kind, status, "USD", gross, "-1.00"]
    cells += [gross, payer, payee, number, "Street 1, Bonn", more.get("item", "")]
    cells += [more.get("shipping", "0.00"), more.get("tax", "0.00"), more.get("of", ""), "US", ""]
    return ",".join(f'"{cell}"' for cell in cells)


def test_paypals_activity_counts_payments_received_less_what_was_given_back(tmp_path):
    ann, bob, cara = "a@x.org>shop@x.org", "b@x.org>shop@x.org", "c@x.org>shop@x.org"
    to_bob = "shop@x.org>b@x.org"
    path = write(
        tmp_path,
        PAYPAL,
        paypal(
            "13|Express Checkout Payment|Completed|1,065.00|T1", ann, shipping="5.00", tax="60.00"
        ),
        paypal("14|Website Payment|Partially Refunded|50.00|T2", bob),
        paypal("15|Payment Refund|Completed|-20.00|T3", to_bob, of="T2"),
        paypal("17|Payment Refund|Completed|-5.50|T4", to_bob, of="T2"),
        paypal("16|Mobile Payment|Pending|70.00|T5", cara),
        paypal("16|General Payment|Completed|-80.00|T6", "shop@x.org>maker@x.org"),
        paypal("17|General Withdrawal|Completed|-900.00|T7", ">"),
        paypal("17|General Currency Conversion|Completed|12.00|T8", ">"),
        paypal("18|Payment Hold|Completed|-50.00|T9", bob),
        paypal("18|Chargeback Fee|Completed|-20.00|T10", ">"),
        paypal("19|Shopping Cart Item|Completed|30.00|T11", "d@x.org>shop@x.org"),
    )
    assert known_as(path, tmp_path) == "PayPal activity"
    # 1,065 - 5 - 60 = 1,000, and 50 - 20 - 5.50.
    assert counted(path, tmp_path) == (2, 2, 2, "1024.50")
    (tmp_path / "again").mkdir()
    # All but the payments; refunds that are in one of them are among these.
    assert read(path, tmp_path / "again").other_rows == 8


def test_a_paypal_refund_of_a_payment_that_is_not_here_is_the_payees_and_below_zero(tmp_path):
    path = write(
        tmp_path,
        PAYPAL,
        paypal("14|Website Payment|Completed|50.00|T2", "b@x.org>shop@x.org"),
        paypal("15|Payment Refund|Completed|-20.00|T3", "shop@x.org>b@x.org", of="T1"),
    )
    raw = read(path, tmp_path)
    assert shown(raw, "order_id", "amount") == [("T2", "50"), ("T3", "-20")]
    assert len(set(shown(raw, "customer_id"))) == 1
