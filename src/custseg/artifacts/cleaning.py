"""What the orders were, and what of them counts."""

from __future__ import annotations

from typing import Final

from custseg.artifacts.table import MONEY, Artifact, Column

ORDER_LINE: Final = (
    Column("customer_id", "string", "Customer as the shop names them; null where it is unknown"),
    Column("order_id", "string", "Order (invoice) the line belongs to"),
    Column("product_id", "string", "Product code as in the source"),
    Column("description", "string", "Product description as in the source"),
    Column(
        "quantity", MONEY, "Units; negative on a return. In transactions net of returns", "number"
    ),
    Column(
        "unit_price", MONEY, "Price of one unit, shop currency; null where there is none", "money"
    ),
    Column(
        "amount", MONEY, "Value of the line, shop currency. In transactions net of returns", "money"
    ),
    Column("ordered_at", "timestamp", "When it was ordered, the shop's local time"),
    Column("country", "string", "Country of the customer"),
    Column("category", "string", "Product category; null where the source has none"),
)
ORDER_LINE_NAMES: Final = tuple(column.name for column in ORDER_LINE)

_ORIGIN: Final = (
    Column("source_file", "string", "File the row came from"),
    Column(
        "source_row", "int64", "Row in that file, counted from 1; a header row counts", "number"
    ),
)

ARTIFACTS: Final = (
    Artifact(
        "raw",
        "Every row of the source in canonical columns and types",
        (
            *ORDER_LINE,
            Column("status", "string", "What became of the order; null where the source is silent"),
            Column("refunded", MONEY, "Part of amount that was given back; null likewise", "money"),
            Column("objected", "bool", "Whether the customer objects to being put into segments"),
            *_ORIGIN,
        ),
        ("source_file", "source_row"),
        lines=True,
        in_order=True,
    ),
    Artifact(
        "rejected",
        "Source rows that could not be read or repeat a sum, and why; no value of them is kept",
        (
            *_ORIGIN,
            Column("reason", "string", "What is wrong with it"),
        ),
        ("source_file", "source_row", "reason"),
    ),
    Artifact(
        "transactions",
        "What was bought and kept: the lines that count",
        (
            *ORDER_LINE,
            Column("quantity_undone", MONEY, "Units of this line that later went back", "number"),
            Column("amount_undone", MONEY, "Value of those units", "money"),
        ),
        lines=True,
    ),
    Artifact(
        "removed",
        "Every row that does not count, with the one rule that removed it",
        (
            *ORDER_LINE,
            *_ORIGIN,
            Column("rule", "string", "Cleaning rule that removed the row"),
            Column(
                "quantity_unmatched",
                MONEY,
                "Returned units that match no earlier purchase",
                "number",
            ),
            Column("amount_unmatched", MONEY, "Their value (negative)", "money"),
        ),
        ("source_file", "source_row"),
        lines=True,
    ),
    Artifact(
        "ledger",
        "Rows and money that each cleaning rule removed, in order",
        (
            Column("step", "int64", "Order of the rule; 0 is the source", "number"),
            Column("rule", "string", "Cleaning rule"),
            Column("rows_removed", "int64", "Rows removed by it"),
            Column("value_removed", MONEY, "Their signed value, shop currency", "money"),
            Column("rows_left", "int64", "Rows left after it"),
            Column("value_left", MONEY, "Value left after it", "money"),
            Column("orders_left", "int64", "Orders left after it"),
            Column("customers_left", "int64", "Known customers left after it"),
        ),
        ("step",),
    ),
    Artifact(
        "statuses",
        "Statuses of the orders that the rules before `status` leave, and what each means",
        (
            Column("step", "int64", "Place: by orders, the most first", "number"),
            Column("status", "string", "Status as in the source"),
            Column("orders", "int64", "Orders that have it"),
            Column("rows", "int64", "Their rows"),
            Column("value", MONEY, "Their signed value, shop currency", "money"),
            Column("verdict", "string", "counts, doesn't count, or counts but is not known"),
        ),
        ("step",),
    ),
)
