"""The exports that custseg knows by their header: which of their columns is which of ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, get_args

from custseg.settings import CanonicalField

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS: Final[tuple[CanonicalField, ...]] = get_args(CanonicalField)

Columns = dict[CanonicalField, tuple[str, ...]]
"""A source's columns for each of ours. Several: of `ordered_at` parts, joined with a blank; of any
other field in order of preference, the first that is not empty."""


@dataclass(frozen=True)
class Export:
    """A known export."""

    title: str
    telling: tuple[str, ...]
    """Columns that a table of this export has, all of them."""
    columns: Columns
    """Of the columns named for a field, those count that the table has."""
    preset: str = "none"
    """Name of the cleaning preset that fits its codes."""
    people: bool = False
    """Its customer column holds an e-mail address or a name, which is kept as a keyed hash."""
    filled_down: bool = False
    """What belongs to the order stands on its first line only."""
    refused: str = ""
    """Why it cannot be segmented, and what to export in its place."""


@dataclass(frozen=True)
class Join:
    """A second table of an export that is joined to its order lines."""

    telling: tuple[str, ...]
    on: str
    """A column of both tables; in this one it names a row."""


@dataclass(frozen=True)
class Bundle:
    """An export of several tables: its order lines, and what is joined to them in turn."""

    lines: tuple[str, ...]
    """Columns that tell the table of order lines."""
    joins: tuple[Join, ...] = field(default=())


def _columns(mapping: Mapping[CanonicalField, str | tuple[str, ...]]) -> Columns:
    return {ours: (named,) if isinstance(named, str) else named for ours, named in mapping.items()}


def _online_retail(customer: str, order: str, price: str) -> Columns:
    return _columns(
        {
            "customer_id": customer,
            "order_id": order,
            "product_id": "StockCode",
            "description": "Description",
            "quantity": "Quantity",
            "unit_price": price,
            "ordered_at": "InvoiceDate",
            "country": "Country",
        }
    )


EXPORTS: Final = (
    Export(
        "UCI Online Retail",
        ("CustomerID", "InvoiceNo", "StockCode", "Quantity", "UnitPrice", "InvoiceDate"),
        _online_retail("CustomerID", "InvoiceNo", "UnitPrice"),
        preset="online-retail",
    ),
    Export(
        "UCI Online Retail II",
        ("Customer ID", "Invoice", "StockCode", "Quantity", "Price", "InvoiceDate"),
        _online_retail("Customer ID", "Invoice", "Price"),
        preset="online-retail",
    ),
    Export(
        "custseg",
        ("customer_id", "ordered_at"),
        _columns({name: name for name in FIELDS}),
    ),
    Export(
        "CDNOW",
        ("customer_id", "date", "number_of_cds", "dollar_value"),
        _columns(
            {
                "customer_id": "customer_id",
                "ordered_at": "date",
                "quantity": "number_of_cds",
                "amount": "dollar_value",
            }
        ),
    ),
    Export(
        "Shopify orders",
        ("Name", "Email", "Financial Status", "Created at", "Lineitem quantity", "Lineitem price"),
        _columns(
            {
                "customer_id": "Email",
                "order_id": "Name",
                "product_id": ("Lineitem sku", "Lineitem name"),
                "description": "Lineitem name",
                "country": ("Billing Country", "Shipping Country"),
                "ordered_at": "Created at",
                "quantity": "Lineitem quantity",
                "unit_price": "Lineitem price",
                "discount": "Lineitem discount",
                # After discounts of every kind, before shipping and taxes that come on top.
                "order_total": "Subtotal",
                "order_refunded": "Refunded Amount",
                "order_paid": "Total",
                "order_paid_shipping": "Shipping",
                "status": "Financial Status",
                "cancelled_at": "Cancelled at",
                "currency": "Currency",
            }
        ),
        preset="shopify",
        people=True,
        filled_down=True,
    ),
    Export(
        "WooCommerce orders (Advanced Order Export)",
        ("Order Number", "Order Status", "Order Date", "Email (Billing)", "Item Name", "Item Cost"),
        _columns(
            {
                "customer_id": "Email (Billing)",
                "order_id": "Order Number",
                "product_id": ("SKU", "Item Name"),
                "description": "Item Name",
                "country": "Country Code (Billing)",
                "ordered_at": "Order Date",
                # Less what was refunded; the cost of one is after discounts.
                "quantity": ("Quantity (- Refund)", "Quantity"),
                "unit_price": "Item Cost",
                "status": "Order Status",
                "currency": "Currency",
            }
        ),
        people=True,
    ),
    Export(
        "WooCommerce analytics, orders",
        ("Date", "Order #", "Status", "Customer", "Product(s)", "Items sold", "N. Revenue"),
        _columns(
            {
                "customer_id": "Customer",
                "order_id": "Order #",
                "ordered_at": "Date",
                "quantity": "Items sold",
                "amount": "N. Revenue",
                "status": "Status",
            }
        ),
        people=True,
    ),
    Export(
        "Amazon order report",
        ("order-id", "order-item-id", "purchase-date", "buyer-email", "sku", "quantity-purchased"),
        _columns(
            {
                "customer_id": "buyer-email",
                "order_id": "order-id",
                "product_id": "sku",
                "description": "product-name",
                "country": "ship-country",
                "ordered_at": "purchase-date",
                "quantity": "quantity-purchased",
                # Of all units of the line.
                "amount": "item-price",
                "discount": "item-promotion-discount",
                "currency": "currency",
            }
        ),
        people=True,
    ),
    Export(
        "Amazon fulfilled shipments",
        ("amazon-order-id", "shipment-item-id", "purchase-date", "buyer-email", "item-price"),
        _columns(
            {
                "customer_id": "buyer-email",
                "order_id": "amazon-order-id",
                "product_id": "sku",
                "description": "product-name",
                "country": "ship-country",
                "ordered_at": "purchase-date",
                "quantity": "quantity-shipped",
                "amount": "item-price",
                "discount": "item-promotion-discount",
                "currency": "currency",
            }
        ),
        people=True,
    ),
    Export(
        "Amazon all orders",
        ("amazon-order-id", "purchase-date", "order-status", "item-price", "sku", "ship-country"),
        _columns({"order_id": "amazon-order-id", "ordered_at": "purchase-date"}),
        refused="Amazon's All Orders report names no buyer. Export the Fulfilled Shipments or the "
        "Order Report, which have buyer-email.",
    ),
    Export(
        "Olist",
        ("order_id", "order_item_id", "price", "order_purchase_timestamp", "customer_unique_id"),
        _columns(
            {
                # Its customer_id is new with every order.
                "customer_id": "customer_unique_id",
                "order_id": "order_id",
                "product_id": "product_id",
                "category": ("product_category_name_english", "product_category_name"),
                "country": "customer_state",
                "ordered_at": "order_purchase_timestamp",
                # A row for each unit.
                "amount": "price",
                "status": "order_status",
            }
        ),
    ),
    Export(
        "Square items",
        ("Date", "Time", "Item", "Qty", "Net Sales", "Transaction ID", "Customer ID"),
        _columns(
            {
                "customer_id": "Customer ID",
                "order_id": "Transaction ID",
                "product_id": ("SKU", "Item"),
                "description": "Item",
                "category": "Category",
                "ordered_at": ("Date", "Time"),
                "quantity": "Qty",
                "amount": "Net Sales",
                "status": "Event Type",
            }
        ),
    ),
    Export(
        "Stripe payments",
        ("id", "Amount", "Amount Refunded", "Currency", "Status", "Customer ID"),
        _columns(
            {
                "customer_id": ("Customer ID", "Customer Email"),
                "order_id": "id",
                "ordered_at": ("Created date (UTC)", "Created (UTC)"),
                "amount": "Amount",
                "refunded": "Amount Refunded",
                "status": "Status",
                "currency": "Currency",
            }
        ),
        people=True,
    ),
)

BUNDLES: Final = (
    Bundle(
        ("order_id", "order_item_id", "seller_id", "shipping_limit_date", "price"),
        (
            Join(
                ("order_id", "customer_id", "order_status", "order_purchase_timestamp"), "order_id"
            ),
            Join(("customer_id", "customer_unique_id", "customer_state"), "customer_id"),
            Join(("product_id", "product_category_name", "product_weight_g"), "product_id"),
            Join(
                ("product_category_name", "product_category_name_english"), "product_category_name"
            ),
        ),
    ),
)
