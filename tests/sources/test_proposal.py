"""Which column is which, proposed from names and values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given as generated
from hypothesis import strategies as st

from custseg.sources.columns.proposal.names import meanings
from custseg.sources.columns.proposal.propose import propose
from custseg.sources.table import REQUIRED_FIELDS
from tests.proposal_headers import rows

if TYPE_CHECKING:
    from custseg.sources.columns.proposal.result import Proposal


@dataclass(frozen=True)
class Export:
    """A header with the kinds of its values, and what is to be proposed for it."""

    name: str
    columns: dict[str, str]
    mapping: dict[str, Any]
    unclear: dict[str, tuple[str, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    unambiguous: bool = False
    per_order: bool = False


EXPORTS = [
    Export(
        "superstore",
        {
            "Row ID": "row",
            "Order ID": "order name",
            "Order Date": "us date",
            "Ship Date": "later",
            "Ship Mode": "word",
            "Customer ID": "customer code",
            "Customer Name": "person",
            "Segment": "word",
            "Country": "country",
            "City": "city",
            "State": "city",
            "Postal Code": "zip",
            "Region": "word",
            "Product ID": "sku",
            "Category": "category",
            "Sub-Category": "word",
            "Product Name": "product name",
            "Sales": "net",
            "Quantity": "quantity",
            "Discount": "share",
            "Profit": "profit",
        },
        {
            "customer_id": "Customer ID",
            "order_id": "Order ID",
            "product_id": "Product ID",
            "description": "Product Name",
            "category": "Category",
            "country": "Country",
            "ordered_at": "Order Date",
            "quantity": "Quantity",
            "amount": "Sales",
        },
        unambiguous=True,
    ),
    Export(
        "instacart joined",
        {
            "order_id": "order",
            "user_id": "customer",
            "eval_set": "word",
            "order_number": "nth order",
            "order_dow": "weekday",
            "order_hour_of_day": "hour",
            "days_since_prior_order": "quantity",
            "product_id": "product",
            "add_to_cart_order": "line",
            "reordered": "flag",
            "product_name": "product name",
            "aisle_id": "quantity",
            "department_id": "quantity",
            "aisle": "word",
            "department": "category",
        },
        {
            "customer_id": "user_id",
            "order_id": "order_id",
            "product_id": "product_id",
            "description": "product_name",
            "category": "department",
        },
        missing=("ordered_at",),
    ),
    Export(
        "magento items",
        {
            "increment_id": "order",
            "created_at": "moment",
            "updated_at": "later",
            "status": "status",
            "customer_id": "customer",
            "customer_email": "email",
            "customer_firstname": "person",
            "item_id": "line id",
            "sku": "sku",
            "name": "product name",
            "qty_ordered": "quantity",
            "qty_invoiced": "quantity",
            "qty_shipped": "quantity",
            "qty_refunded": "zero",
            "price": "price",
            "row_total": "gross",
            "discount_amount": "discount",
            "tax_amount": "tax",
            "order_currency_code": "currency",
            "country_id": "country code",
        },
        {
            "customer_id": "customer_id",
            "order_id": "increment_id",
            "product_id": "sku",
            "description": "name",
            "country": "country_id",
            "ordered_at": "created_at",
            "quantity": "qty_ordered",
            "unit_price": "price",
            "amount": "row_total",
            "status": "status",
            "currency": "order_currency_code",
        },
        {"discount": ("discount_amount",), "tax": ("tax_amount",)},
    ),
    Export(
        "magento grid",
        {
            "ID": "order",
            "Purchase Point": "word",
            "Purchase Date": "moment",
            "Bill-to Name": "person",
            "Ship-to Name": "person",
            "Grand Total (Base)": "order total",
            "Grand Total (Purchased)": "order total",
            "Status": "status",
            "Billing Address": "sentence",
            "Shipping Address": "sentence",
            "Shipping Information": "word",
            "Customer Email": "email",
            "Customer Group": "word",
            "Subtotal": "order net",
            "Shipping and Handling": "shipping",
            "Customer Name": "person",
            "Payment Method": "payment",
            "Total Refunded": "order refunded",
        },
        {
            "customer_id": "Customer Email",
            "order_id": "ID",
            "ordered_at": "Purchase Date",
            "status": "Status",
            "order_total": "Grand Total (Base)",
            "order_refunded": "Total Refunded",
        },
        {
            "order_shipping": ("Shipping and Handling",),
        },
        per_order=True,
    ),
    Export(
        "prestashop",
        {
            "id_order": "order",
            "reference": "order uuid",
            "id_customer": "customer",
            "date_add": "moment",
            "date_upd": "later",
            "current_state": "status",
            "product_reference": "sku",
            "product_name": "product name",
            "product_quantity": "quantity",
            "product_price": "price",
            "total_paid": "order total",
            "total_shipping": "shipping",
            "id_order_detail": "line id",
        },
        {
            "customer_id": "id_customer",
            "order_id": "id_order",
            "product_id": "product_reference",
            "description": "product_name",
            "ordered_at": "date_add",
            "quantity": "product_quantity",
            "unit_price": "product_price",
            "status": "current_state",
        },
        unambiguous=True,
    ),
    Export(
        "woocommerce plugin",
        {
            "Order Number": "order",
            "Order Status": "status",
            "Order Date": "moment",
            "Customer Note": "sentence",
            "First Name (Billing)": "city",
            "Last Name (Billing)": "city",
            "Email (Billing)": "email",
            "Phone (Billing)": "phone",
            "Country Code (Billing)": "country code",
            "Country Code (Shipping)": "country code",
            "Payment Method Title": "payment",
            "Cart Discount Amount": "order discount",
            "Order Subtotal Amount": "order net",
            "Shipping Method Title": "word",
            "Order Shipping Amount": "shipping",
            "Order Refund Amount": "order refunded",
            "Order Total Amount": "order total",
            "Order Total Tax Amount": "order tax",
            "SKU": "sku",
            "Item #": "line",
            "Item Name": "product name",
            "Quantity (- Refund)": "quantity",
            "Item Cost": "price",
            "Coupon Code": "word",
        },
        {
            "customer_id": "Email (Billing)",
            "order_id": "Order Number",
            "product_id": "SKU",
            "description": "Item Name",
            "country": "Country Code (Shipping)",
            "ordered_at": "Order Date",
            "quantity": "Quantity (- Refund)",
            "order_total": "Order Total Amount",
            "order_tax": "Order Total Tax Amount",
            "order_shipping": "Order Shipping Amount",
            "order_refunded": "Order Refund Amount",
            "status": "Order Status",
        },
        unambiguous=True,
    ),
    Export(
        "shopware",
        {
            "orderId": "order",
            "orderNumber": "order name",
            "customerId": "customer",
            "customerNumber": "customer code",
            "email": "email",
            "orderTime": "moment",
            "invoiceAmount": "order total",
            "invoiceShipping": "shipping",
            "statusName": "status",
            "articleNumber": "sku",
            "articleName": "product name",
            "quantity": "quantity",
            "price": "price",
            "currency": "currency",
            "taxRate": "word",
            "phone": "phone",
        },
        {
            "customer_id": "customerId",
            "order_id": "orderId",
            "product_id": "articleNumber",
            "description": "articleName",
            "ordered_at": "orderTime",
            "quantity": "quantity",
            "unit_price": "price",
            "status": "statusName",
            "currency": "currency",
        },
        unambiguous=True,
    ),
    Export(
        "bigcommerce",
        {
            "Order ID": "order",
            "Customer ID": "customer",
            "Customer Name": "person",
            "Customer Email": "email",
            "Customer Phone": "phone",
            "Order Date": "us date",
            "Order Status": "status",
            "Subtotal (inc tax)": "order net",
            "Subtotal (ex tax)": "order net",
            "Tax Total": "order tax",
            "Shipping Cost (inc tax)": "shipping",
            "Ship Method": "word",
            "Order Total (inc tax)": "order total",
            "Order Total (ex tax)": "order net",
            "Total Quantity": "quantity",
            "Date Shipped": "later",
            "Order Currency Code": "currency",
            "Order Notes": "sentence",
            "Billing Country": "country",
            "Product Details": "sentence",
        },
        {
            "customer_id": "Customer ID",
            "order_id": "Order ID",
            "country": "Billing Country",
            "ordered_at": "Order Date",
            "status": "Order Status",
            "currency": "Order Currency Code",
        },
        {
            "order_total": ("Order Total (inc tax)", "Order Total (ex tax)"),
            "order_tax": ("Tax Total",),
            "order_shipping": ("Shipping Cost (inc tax)",),
        },
        per_order=True,
    ),
    Export(
        "lightspeed sales lines",
        {
            "Sale ID": "order",
            "Sale Line": "line",
            "Date": "moment",
            "Customer": "person",
            "Customer ID": "customer",
            "Item": "product name",
            "System ID": "product",
            "Qty": "quantity",
            "Retail": "price",
            "Subtotal": "gross",
            "Discounts": "discount",
            "Subtotal w/ Discounts": "net",
            "Cost": "cost",
            "Profit": "profit",
            "Margin": "share",
        },
        {
            "customer_id": "Customer ID",
            "order_id": "Sale ID",
            "description": "Item",
            "ordered_at": "Date",
            "quantity": "Qty",
            "amount": "Subtotal w/ Discounts",
        },
        unambiguous=True,
    ),
    Export(
        "etsy sold order items",
        {
            "Sale Date": "us date",
            "Item Name": "product name",
            "Buyer": "user name",
            "Quantity": "quantity",
            "Price": "price",
            "Coupon Code": "word",
            "Discount Amount": "discount",
            "Shipping Discount": "zero",
            "Order Shipping": "shipping",
            "Order Sales Tax": "order tax",
            "Item Total": "gross",
            "Currency": "currency",
            "Transaction ID": "line id",
            "Listing ID": "product",
            "Date Paid": "us date",
            "Date Shipped": "later",
            "Ship Name": "person",
            "Ship Address1": "sentence",
            "Ship City": "city",
            "Ship Zipcode": "zip",
            "Ship Country": "country",
            "Order ID": "order",
            "Variations": "word",
            "SKU": "sku",
        },
        {
            "customer_id": "Buyer",
            "order_id": "Order ID",
            "product_id": "SKU",
            "description": "Item Name",
            "country": "Ship Country",
            "ordered_at": "Sale Date",
            "quantity": "Quantity",
            "unit_price": "Price",
            "amount": "Item Total",
            "currency": "Currency",
        },
        {"discount": ("Discount Amount",), "order_tax": ("Order Sales Tax",)},
    ),
    Export(
        "ebay orders",
        {
            "Sales Record Number": "order",
            "Order Number": "order uuid",
            "Buyer Username": "user name",
            "Buyer Name": "person",
            "Buyer Email": "email",
            "Buyer Note": "sentence",
            "Ship To Country": "country",
            "Item Number": "product",
            "Item Title": "product name",
            "Custom Label": "sku",
            "Quantity": "quantity",
            "Sold For": "price",
            "Shipping And Handling": "shipping",
            "eBay Collected Tax": "tax",
            "Total Price": "order total",
            "Payment Method": "payment",
            "Sale Date": "month date",
            "Paid On Date": "month date",
            "Ship By Date": "later",
            "Shipped On Date": "later",
            "Transaction ID": "line id",
        },
        {
            "customer_id": "Buyer Username",
            "order_id": "Sales Record Number",
            "product_id": "Item Number",
            "description": "Item Title",
            "country": "Ship To Country",
            "ordered_at": "Sale Date",
            "quantity": "Quantity",
            "unit_price": "Sold For",
        },
        unambiguous=True,
    ),
    Export(
        "german erp",
        {
            "Belegnr.": "order",
            "Belegdatum": "eu date",
            "Kd.-Nr.": "customer",
            "Kundenname": "person",
            "Straße": "sentence",
            "Pos.": "line",
            "Artikelnr.": "sku",
            "Bezeichnung": "product name",
            "Warengruppe": "category",
            "Menge": "quantity",
            "Einzelpreis": "price comma",
            "Gesamtpreis": "gross comma",
            "Land": "country code",
            "Lieferdatum": "eu date",
            "Bemerkung": "sentence",
        },
        {
            "customer_id": "Kd.-Nr.",
            "order_id": "Belegnr.",
            "product_id": "Artikelnr.",
            "description": "Bezeichnung",
            "category": "Warengruppe",
            "country": "Land",
            "ordered_at": "Belegdatum",
            "quantity": "Menge",
            "unit_price": "Einzelpreis",
            "amount": "Gesamtpreis",
        },
        unambiguous=True,
    ),
    Export(
        "german erp with discount",
        {
            "Auftragsnummer": "order",
            "Auftragsdatum": "eu date",
            "Rechnungsdatum": "eu date",
            "Kundennummer": "customer",
            "Artikelnummer": "sku",
            "Stückzahl": "quantity",
            "Stückpreis": "price comma",
            "Rabatt %": "percent",
            "Positionssumme": "net comma",
        },
        {
            "customer_id": "Kundennummer",
            "order_id": "Auftragsnummer",
            "product_id": "Artikelnummer",
            "ordered_at": "Auftragsdatum",
            "quantity": "Stückzahl",
            "unit_price": "Stückpreis",
            "amount": "Positionssumme",
        },
        unambiguous=True,
    ),
    Export(
        "french erp",
        {
            "N° commande": "order",
            "Date de commande": "eu date",
            "Date de livraison": "eu date",
            "Code client": "customer code",
            "Nom du client": "person",
            "Référence article": "sku",
            "Désignation": "product name",
            "Qté": "quantity",
            "Prix unitaire HT": "price comma",
            "Montant HT": "gross comma",
            "Pays": "country",
            "Téléphone client": "phone",
        },
        {
            "customer_id": "Code client",
            "order_id": "N° commande",
            "product_id": "Référence article",
            "description": "Désignation",
            "country": "Pays",
            "ordered_at": "Date de commande",
            "quantity": "Qté",
            "unit_price": "Prix unitaire HT",
            "amount": "Montant HT",
        },
        unambiguous=True,
    ),
    Export(
        "spanish erp",
        {
            "Nº Pedido": "order",
            "Fecha": "eu date",
            "Hora": "time",
            "ID Cliente": "customer",
            "Código artículo": "sku",
            "Descripción": "product name",
            "Familia": "category",
            "Cantidad": "quantity",
            "Precio unitario": "price comma",
            "Importe": "gross comma",
            "Estado pedido": "status",
        },
        {
            "customer_id": "ID Cliente",
            "order_id": "Nº Pedido",
            "product_id": "Código artículo",
            "description": "Descripción",
            "category": "Familia",
            "ordered_at": ("Fecha", "Hora"),
            "quantity": "Cantidad",
            "unit_price": "Precio unitario",
            "amount": "Importe",
            "status": "Estado pedido",
        },
        unambiguous=True,
    ),
    Export(
        "italian shop",
        {
            "Numero ordine": "order",
            "Data ordine": "eu date",
            "Codice cliente": "customer code",
            "Cognome": "city",
            "Codice articolo": "sku",
            "Descrizione": "product name",
            "Quantità": "quantity",
            "Prezzo unitario": "price comma",
            "Totale riga": "gross comma",
            "Spese di spedizione": "shipping",
        },
        {
            "customer_id": "Codice cliente",
            "order_id": "Numero ordine",
            "product_id": "Codice articolo",
            "description": "Descrizione",
            "ordered_at": "Data ordine",
            "quantity": "Quantità",
            "unit_price": "Prezzo unitario",
            "amount": "Totale riga",
        },
        unambiguous=True,
    ),
    Export(
        "brazilian marketplace",
        {
            "Número do Pedido": "order",
            "Data do Pedido": "moment",
            "CPF": "zip",
            "ID do Cliente": "customer",
            "Nome do Produto": "product name",
            "Quantidade": "quantity",
            "Preço Unitário": "price comma",
            "Valor Total": "gross comma",
            "Frete": "shipping",
            "Situação": "status",
            "Estado": "country code",
        },
        {
            "customer_id": "ID do Cliente",
            "order_id": "Número do Pedido",
            "description": "Nome do Produto",
            "ordered_at": "Data do Pedido",
            "quantity": "Quantidade",
            "unit_price": "Preço Unitário",
            "amount": "Valor Total",
            "status": "Situação",
        },
        unambiguous=True,
    ),
    Export(
        "olist joined",
        {
            "order_id": "order uuid",
            "customer_id": "order uuid",
            "customer_unique_id": "customer code",
            "order_status": "status",
            "order_purchase_timestamp": "moment",
            "order_approved_at": "moment",
            "order_delivered_customer_date": "later",
            "order_item_id": "line",
            "product_id": "sku",
            "shipping_limit_date": "later",
            "price": "price",
            "freight_value": "tax",
            "product_category_name": "category",
            "product_weight_g": "quantity",
            "customer_zip_code_prefix": "zip",
            "customer_city": "city",
        },
        {
            "customer_id": "customer_unique_id",
            "order_id": "order_id",
            "product_id": "product_id",
            "category": "product_category_name",
            "ordered_at": "order_purchase_timestamp",
            "amount": "price",
            "status": "order_status",
        },
        unambiguous=True,
    ),
    Export(
        "dutch shop",
        {
            "Ordernummer": "order",
            "Besteldatum": "eu date",
            "Klantnummer": "customer",
            "Artikelcode": "sku",
            "Omschrijving": "product name",
            "Aantal": "quantity",
            "Stukprijs": "price comma",
            "Land": "country code",
        },
        {
            "customer_id": "Klantnummer",
            "order_id": "Ordernummer",
            "product_id": "Artikelcode",
            "description": "Omschrijving",
            "country": "Land",
            "ordered_at": "Besteldatum",
            "quantity": "Aantal",
            "unit_price": "Stukprijs",
        },
        unambiguous=True,
    ),
    Export(
        "polish shop",
        {
            "Numer zamówienia": "order",
            "Data złożenia zamówienia": "moment",
            "E-mail": "email",
            "Nazwa produktu": "product name",
            "Ilość": "quantity",
            "Cena jednostkowa": "price comma",
            "Status zamówienia": "status",
            "Uwagi": "sentence",
        },
        {
            "customer_id": "E-mail",
            "order_id": "Numer zamówienia",
            "description": "Nazwa produktu",
            "ordered_at": "Data złożenia zamówienia",
            "quantity": "Ilość",
            "unit_price": "Cena jednostkowa",
            "status": "Status zamówienia",
        },
        unambiguous=True,
    ),
    Export(
        "swedish shop",
        {
            "Ordernr": "order",
            "Orderdatum": "date",
            "Kundnr": "customer",
            "Artikelnr": "sku",
            "Benämning": "product name",
            "Antal": "quantity",
            "Á-pris": "price comma",
            "Radsumma": "gross comma",
        },
        {
            "customer_id": "Kundnr",
            "order_id": "Ordernr",
            "product_id": "Artikelnr",
            "description": "Benämning",
            "ordered_at": "Orderdatum",
            "quantity": "Antal",
            "unit_price": "Á-pris",
            "amount": "Radsumma",
        },
        unambiguous=True,
    ),
    Export(
        "chinese shop",
        {
            "订单编号": "order",
            "下单时间": "moment",
            "客户编号": "customer",
            "商品编码": "sku",
            "商品名称": "product name",
            "数量": "quantity",
            "单价": "price",
            "金额": "gross",
        },
        {
            "customer_id": "客户编号",
            "order_id": "订单编号",
            "product_id": "商品编码",
            "description": "商品名称",
            "ordered_at": "下单时间",
            "quantity": "数量",
            "unit_price": "单价",
            "amount": "金额",
        },
        unambiguous=True,
    ),
    Export(
        "japanese shop",
        {
            "注文番号": "order",
            "注文日": "date",
            "顧客番号": "customer",
            "商品名": "product name",
            "数量": "quantity",
            "単価": "price",
            "メールアドレス": "email",
        },
        {
            "customer_id": "顧客番号",
            "order_id": "注文番号",
            "description": "商品名",
            "ordered_at": "注文日",
            "quantity": "数量",
            "unit_price": "単価",
        },
        unambiguous=True,
    ),
    Export(
        "russian shop",
        {
            "Номер заказа": "order",
            "Дата заказа": "eu date",
            "Клиент": "customer",
            "Артикул": "sku",
            "Количество": "quantity",
            "Цена": "price",
            "Телефон": "phone",
        },
        {
            "customer_id": "Клиент",
            "order_id": "Номер заказа",
            "product_id": "Артикул",
            "ordered_at": "Дата заказа",
            "quantity": "Количество",
            "unit_price": "Цена",
        },
        unambiguous=True,
    ),
    Export(
        "supermarket tickets",
        {
            "Receipt No": "order",
            "Transaction Date": "date",
            "Transaction Time": "time",
            "Loyalty Card Number": "customer",
            "Barcode": "ean",
            "Units": "quantity",
            "Line Total": "net",
            "Store ID": "quantity",
        },
        {
            "customer_id": "Loyalty Card Number",
            "order_id": "Receipt No",
            "product_id": "Barcode",
            "ordered_at": ("Transaction Date", "Transaction Time"),
            "quantity": "Units",
            "amount": "Line Total",
        },
        unambiguous=True,
    ),
    Export(
        "cdnow, named",
        {"id": "customer", "date": "digits date", "quantity": "quantity", "amount": "gross"},
        {"ordered_at": "date", "quantity": "quantity", "amount": "amount"},
        {"customer_id": ("id",), "order_id": ("id",)},
    ),
    Export(
        "no header, five columns",
        {
            "column 1": "customer",
            "column 2": "zip",
            "column 3": "digits date",
            "column 4": "quantity",
            "column 5": "gross",
        },
        {"ordered_at": "column 3", "quantity": "column 4", "amount": "column 5"},
        {"customer_id": ("column 1", "column 2")},
    ),
    Export(
        "orders with one total",
        {"Order": "order", "Customer ID": "customer", "Date": "moment", "Total": "order total"},
        {
            "customer_id": "Customer ID",
            "order_id": "Order",
            "ordered_at": "Date",
            "order_total": "Total",
        },
        unambiguous=True,
        per_order=True,
    ),
]


def proposed(columns: dict[str, str], *, per_order: bool = False, **given: str) -> Proposal:
    return propose(list(columns), rows(columns, per_order=per_order), cast("Any", given))


def unclear(proposal: Proposal) -> dict[str, tuple[str, ...]]:
    return {entry.field: entry.columns for entry in proposal.unclear}


def unused(proposal: Proposal) -> dict[str, str]:
    return {entry.column: entry.reason for entry in proposal.unused}


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_a_shops_header_is_mapped_and_what_is_unclear_is_said(export):
    found = proposed(export.columns, per_order=export.per_order)
    assert found.mapping == export.mapping
    assert unclear(found) == export.unclear
    assert found.missing == export.missing
    assert found.unambiguous == export.unambiguous


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_a_shops_header_alone_gives_the_same_required_columns_or_asks(export):
    """Without rows nothing is known of the values; names still speak."""
    found = propose(list(export.columns), [], {})
    for field_ in REQUIRED_FIELDS:
        here, there = found.mapping.get(field_), export.mapping.get(field_)
        if here and there and there not in {"column 3", "date"}:
            assert here in {there, there[0]}


BASE = {"Order ID": "order", "Customer ID": "customer", "Order Date": "date", "SKU": "sku"}


def test_a_total_that_is_quantity_times_price_is_the_lines():
    found = proposed(BASE | {"Qty": "quantity", "Price": "price", "Total": "gross"})
    (amount,) = [match for match in found.matches if match.field == "amount"]
    assert amount.column == "Total"
    assert amount.reason == 'name means "total"; quantity × price on 150 of 150 rows'


def test_a_total_that_is_the_same_on_all_lines_of_an_order_is_the_orders():
    found = proposed(BASE | {"Qty": "quantity", "Total": "order net"})
    assert found.mapping["order_total"] == "Total"
    assert "amount" not in found.mapping


def test_an_amount_that_is_the_same_on_all_lines_of_an_order_is_the_orders():
    assert proposed(BASE | {"Amount": "order net"}).mapping["order_total"] == "Amount"


def test_a_price_that_grows_with_the_quantity_is_the_lines_total():
    found = proposed(BASE | {"Qty": "quantity", "Price": "gross"})
    assert found.mapping["amount"] == "Price"
    assert "unit_price" not in found.mapping


def test_two_totals_that_differ_are_unclear():
    found = proposed(BASE | {"Sales": "gross", "Revenue": "net"})
    assert unclear(found) == {"amount": ("Sales", "Revenue")}
    assert not found.unambiguous


def test_two_totals_that_are_equal_are_one():
    found = proposed(BASE | {"Sales": "net", "Revenue": "net"})
    assert found.mapping["amount"] == "Sales"
    assert found.unambiguous
    assert unused(found) == {"Revenue": 'the same values as "Sales"'}


def test_a_total_after_discount_is_known_by_its_sum():
    found = proposed(
        BASE | {"Qty": "quantity", "Price": "price", "Discount": "discount", "Amount": "net"}
    )
    assert found.mapping["amount"] == "Amount"
    assert found.unambiguous
    assert unused(found) == {
        "Discount": 'taken off already: "Amount" = quantity × price − "Discount"'
    }


def test_a_discount_that_no_sum_explains_is_unclear():
    found = proposed(BASE | {"Amount": "gross", "Discount": "discount"})
    assert unclear(found) == {"discount": ("Discount",)}


def test_a_discount_that_is_a_share_is_unclear_unless_a_sum_says_it_is_taken_off():
    found = proposed(BASE | {"Amount": "net", "Discount": "percent"})
    assert unclear(found) == {"discount_rate": ("Discount",)}
    columns = BASE | {"Qty": "quantity", "Price": "price", "Discount": "percent", "Amount": "net"}
    assert "taken off already" in unused(proposed(columns))["Discount"]


def test_a_discount_on_few_lines_still_has_to_fit_those():
    header = ["Customer ID", "Order Date", "Qty", "Price", "Discount", "Amount"]
    sample = [[f"c{n % 9}", "2024-01-05", "2", "5.00", "0", "10.00"] for n in range(98)]
    sample += [["c1", "2024-01-05", "2", "5.00", "1.00", "10.00"]] * 2
    found = propose(header, sample, {})
    assert found.mapping["amount"] == "Amount"
    assert unclear(found) == {"discount": ("Discount",)}


def test_a_tax_in_the_total_is_known_by_its_sum():
    columns = {"Qty": "quantity", "Price": "price", "Discount": "discount", "Tax": "tax"}
    found = proposed(BASE | columns | {"Amount": "net and tax"})
    assert found.mapping["amount"] == "Amount"
    assert found.mapping["tax"] == "Tax"
    assert found.unambiguous


def test_a_total_with_tax_beside_one_without_is_left_out():
    found = proposed(BASE | {"Sales": "net", "Tax": "tax", "Total": "net and tax"})
    assert found.mapping["amount"] == "Sales"
    assert found.unambiguous
    assert unused(found)["Total"] == "tax is in it"


def test_a_discount_of_the_whole_order_is_never_taken_off_each_line():
    found = proposed(BASE | {"Amount": "gross", "Discount": "order discount"})
    assert unclear(found) == {"order_discount": ("Discount",)}


def test_profit_and_cost_are_never_an_amount():
    found = proposed(BASE | {"Profit": "profit", "Unit Cost": "cost", "Cost": "cost"})
    assert not {"amount", "unit_price", "order_total"} & found.mapping.keys()
    assert set(unused(found).values()) == {"money, but no revenue"}


def test_personal_columns_are_never_proposed():
    columns = {"Phone": "phone", "Address": "sentence", "Birth Date": "date", "Notes": "sentence"}
    found = proposed(BASE | columns)
    assert unused(found) == dict.fromkeys(columns, "personal: never read")


def test_an_email_is_the_customers_key_where_there_is_no_id():
    found = proposed({"Order ID": "order", "Email": "email", "Name": "person", "Date": "date"})
    (customer,) = [match for match in found.matches if match.field == "customer_id"]
    assert customer.column == "Email"
    assert "kept as a keyed hash" in customer.reason
    assert found.unambiguous


def test_a_persons_name_is_a_key_that_has_to_be_wanted():
    found = proposed({"Order ID": "order", "Customer Name": "person", "Date": "date"})
    assert found.mapping["customer_id"] == "Customer Name"
    assert not found.unambiguous


def test_a_name_is_an_orders_where_it_looks_like_an_orders_number():
    found = proposed({"Name": "order name", "Email": "email", "Created at": "moment"})
    assert found.mapping["order_id"] == "Name"


def test_a_name_is_a_products_only_where_each_product_has_one():
    assert proposed(BASE | {"Name": "product name"}).mapping["description"] == "Name"
    assert "description" not in proposed(BASE | {"Name": "person"}).mapping


def test_the_order_date_wins_over_other_dates():
    dates = dict.fromkeys(("Ship Date", "Invoice Date", "Updated at", "Paid at", "Date"), "date")
    assert proposed(BASE | dates).mapping["ordered_at"] == "Order Date"
    rest = {name: kind for name, kind in BASE.items() if name != "Order Date"}
    assert proposed(rest | dates).mapping["ordered_at"] == "Date"


def test_two_equal_dates_are_unclear():
    found = proposed({"Customer ID": "customer", "Created": "date", "Date": "later"})
    assert unclear(found) == {"ordered_at": ("Created", "Date")}
    assert found.missing == ()


def test_an_order_line_id_is_no_order_id():
    for name in ("Order Line ID", "Order Item Id", "order_item_id", "Line Number"):
        found = proposed({name: "line id"} | BASE)
        assert found.mapping["order_id"] == "Order ID"
        assert unused(found)[name] == "a row's or a line's number"


def test_a_part_of_a_name_counts_less_than_a_whole_name():
    found = proposed(BASE | {"Number of items": "quantity", "SAP Order Number": "row"})
    assert found.mapping["order_id"] == "Order ID"
    rest = {name: kind for name, kind in BASE.items() if name != "Order ID"}
    found = proposed(rest | {"SAP Order Number": "order"})
    (order,) = [match for match in found.matches if match.field == "order_id"]
    assert (order.column, order.confidence) == ("SAP Order Number", 0.7)


def test_values_that_do_not_fit_speak_against_a_name():
    found = proposed({"Customer ID": "customer", "Order Date": "word", "Date": "date"})
    assert found.mapping["ordered_at"] == "Date"
    assert unused(found)["Order Date"] == 'name means "order date", but the values don\'t fit'


def test_a_column_that_is_empty_in_the_first_rows_is_not_used_unseen():
    found = proposed({"Customer ID": "empty", "Date": "date"})
    assert found.mapping["customer_id"] == "Customer ID"
    assert not found.unambiguous


def test_what_is_given_is_left_alone():
    columns = BASE | {"Sales": "net", "Discount": "discount", "Client": "word"}
    found = proposed(columns, customer_id="Client", amount="sales")
    assert "customer_id" not in found.mapping
    assert found.mapping == {
        "order_id": "Order ID",
        "product_id": "SKU",
        "ordered_at": "Order Date",
    }
    assert found.unambiguous
    assert unused(found) == {
        "Customer ID": "customer id: you named another",
        "Discount": "your mapping says which money counts",
    }


def test_a_number_given_names_a_column_without_name():
    columns = {"column 1": "customer", "column 2": "digits date", "column 3": "word"}
    found = proposed(columns, customer_id="1")
    assert found.mapping == {"ordered_at": "column 2"}
    assert not found.unambiguous


def test_a_date_and_a_time_of_day_are_joined():
    found = proposed({"Customer ID": "customer", "Date": "date", "Time": "time"})
    assert found.mapping["ordered_at"] == ("Date", "Time")
    found = proposed({"Customer ID": "customer", "Date": "moment", "Time": "time"})
    assert found.mapping["ordered_at"] == "Date"


def test_a_header_without_customers_lacks_them():
    found = proposed({"Order ID": "order", "Date": "date", "Amount": "net"})
    assert found.missing == ("customer_id",)
    assert not found.unambiguous


def test_reasons_never_show_a_value():
    for export in EXPORTS:
        sample = rows(export.columns, per_order=export.per_order)
        values = {value for row in sample for value in row if value and len(value) > 4}
        found = propose(list(export.columns), sample, {})
        told = [entry.reason for entry in (*found.matches, *found.unclear, *found.unused)]
        assert not [value for value in values for reason in told if value in reason]


def test_an_empty_column_does_not_take_the_place_of_a_filled_one():
    found = proposed(
        {"Receipt Number": "empty", "Name": "order name", "Email": "email", "Created at": "date"}
    )
    assert found.mapping["order_id"] == "Name"
    assert unused(found)["Receipt Number"].endswith("but the first rows have none")


def test_a_discount_that_is_empty_in_the_first_rows_is_still_asked_for():
    found = proposed(BASE | {"Amount": "net", "Discount": "empty"})
    assert unclear(found) == {"discount": ("Discount",)}


def test_numbers_that_may_be_money_are_asked_for_where_no_name_says_money():
    found = proposed(BASE | {"Xyz": "net"})
    assert unclear(found) == {"amount": ("Xyz",)}
    assert not found.unambiguous
    assert proposed(BASE).unambiguous
    assert "amount" not in unclear(proposed(BASE | {"Sales": "net", "Xyz": "profit"}))


def test_a_given_total_decides_what_counts_of_money():
    columns = BASE | {"Sales": "net", "Discount": "share"}
    assert not proposed(columns).unambiguous
    assert proposed(columns, amount="Sales").unambiguous


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("Price incl. VAT", ["unit_price"]),
        ("Price tax", []),
        ("Tax 5%", ["tax"]),
        ("MwSt. 19 %", ["tax"]),
        ("Tax %", []),
        ("Discount 10%", ["discount"]),
        ("Member discount rate", ["discount_rate"]),
        ("Discount Code", []),
        ("Customer Account Balance", ["others"]),
        ("Order Total Tax", ["order_tax"]),
        ("Order Shipping Date", ["others"]),
        ("Customer Group Name", []),
        ("Number of items", ["quantity"]),
        ("order_items.quantity", ["quantity"]),
        ("BESTELL-NR.", ["order_id"]),
        ("commande n°", ["order_id"]),
        ("Nº Pedido", ["order_id"]),
        ("Zamówienie #", ["order_id"]),
        ("InvoiceNo", ["order_id"]),
    ],
)
def test_a_name_means_what_its_words_say_together(name, fields):
    assert [meaning.field for meaning in meanings(name)] == fields


def test_a_name_that_means_a_field_in_two_ways_is_one_candidate():
    found = propose(["Customer ID", "Order Date", "Order Item Price", "Number of items"], [], {})
    assert found.unclear == ()


@generated(
    header=st.lists(st.text(max_size=12), min_size=1, max_size=8, unique=True),
    sample=st.lists(
        st.lists(
            st.none()
            | st.text(max_size=12)
            | st.sampled_from(["1", "2.50", "2024-01-05", "a@b.co", "nan", "1e5", "-", "(3)", "%"]),
            max_size=9,
        ),
        max_size=6,
    ),
)
def test_any_table_gets_a_proposal_in_which_no_column_comes_twice(header, sample):
    found = propose(header, sample, {})
    named = [
        name
        for match in found.matches
        for name in ((match.column,) if isinstance(match.column, str) else match.column)
    ]
    assert len(named) == len(set(named))
    assert {*named, *unused(found)} <= set(header)
    left = {name for entry in found.unclear for name in entry.columns}
    assert {*named, *left, *unused(found)} == set(header)
    assert not left & set(named)
