"""Settings of where orders come from and how they are read."""

from __future__ import annotations

import codecs
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from custseg.settings.section import Section

CanonicalField = Literal[
    "customer_id",
    "order_id",
    "product_id",
    "description",
    "category",
    "country",
    "ordered_at",
    "quantity",
    "unit_price",
    "amount",
    "discount",
    "discount_rate",
    "tax",
    "refunded",
    "order_total",
    "order_discount",
    "order_tax",
    "order_shipping",
    "order_refunded",
    "order_paid",
    "order_paid_shipping",
    "status",
    "kind",
    "cancelled_at",
    "currency",
]

MoneyField = Literal[
    "unit_price",
    "amount",
    "discount",
    "tax",
    "refunded",
    "order_total",
    "order_discount",
    "order_tax",
    "order_shipping",
    "order_refunded",
    "order_paid",
    "order_paid_shipping",
]

ColumnNames = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    Field(min_length=1),
]
PositiveDecimal = Annotated[Decimal, Field(gt=0)]


class JoinSettings(Section):
    """A second file whose columns are joined to the orders, such as prices or products."""

    file: str = Field(
        description="Its path, relative to this file, or the name of one of the source's tables"
    )
    on: dict[str, str] = Field(
        min_length=1, description='Columns that must be equal: {StockCode = "sku"}, orders\' first'
    )


Joins = Annotated[
    tuple[JoinSettings, ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, dict) else value),
]


class SourceSettings(Section):
    """Where the orders come from and how their columns are named."""

    location: str | None = Field(
        None,
        exclude=True,
        description='What run-all reads when no SOURCE is given: "uci", "demo", a path (relative '
        "to this file) or a database's address",
    )
    url: str | None = Field(None, exclude=True, description="Mirror to download the UCI data from")
    sheet: str | None = Field(
        None, description="Sheet of a workbook; default: the first that has the columns"
    )
    table: str | None = Field(None, description="Table or view of a database: name, or schema.name")
    query: str | None = Field(
        None, description="SELECT to read from a database, instead of a table"
    )
    columns: dict[CanonicalField, ColumnNames] = Field(
        default_factory=dict,
        description="Your column for each of ours; custseg columns FILE --write fills it in, known "
        "exports need none. Several columns of ordered_at are joined; of several "
        'others the first that is not empty counts; "" means that there is none',
        examples=[
            {
                "customer_id": "Client",
                "order_id": "Order Number",
                "ordered_at": ["Date", "Time"],
            }
        ],
    )
    date_format: str | None = Field(
        None,
        description='How dates are written, such as "%d/%m/%Y %H:%M"; default: found from all rows',
    )
    decimal: Literal[".", ","] | None = Field(
        None, description="Decimal mark of numbers; default: found from all rows"
    )
    timezone: str | None = Field(
        None,
        description='The shop\'s time zone, such as "Europe/London": times that carry a zone are '
        "converted to it; default: they stay as written, and Unix times are read as UTC",
    )
    on_bad_row: Literal["stop", "reject"] = Field(
        "stop",
        description="stop: a row that cannot be read ends the run; reject: it is left out and "
        "listed",
    )
    nobody: tuple[str, ...] = Field(
        (),
        description="More customer ids that stand for nobody, besides 0, -1, guest, walk-in, cash "
        "sale, unknown and the like in 14 languages",
    )
    somebody: tuple[str, ...] = Field(
        (), description='Such ids that are real customers in your shop: ["0"]'
    )
    fill_down: bool | None = Field(
        None,
        description="Whether an order's details stand on its first line only and hold for all its "
        "lines; default: as in the known export, or if the first rows leave no doubt",
    )
    minor_units: tuple[MoneyField, ...] | None = Field(
        None,
        description="Fields in cents, pence or the like: 1000 in EUR is 10.00. [] means none; "
        "default: as in the known export, or if the columns leave no doubt",
    )
    items: str | None = Field(
        None,
        description="In JSON and Parquet: the list that holds an order's lines; default: a list "
        "with a usual name, such as line_items",
    )
    rates: dict[str, PositiveDecimal] = Field(
        default_factory=dict,
        description="What one unit of each currency is worth in the shop's own: {GBP = 1, EUR = "
        "0.86}; needed if orders are in several",
    )
    join: Joins = Field(
        (), description='Files joined to the orders: [[source.join]] file = "…" on = {…}'
    )
    encoding: str | None = Field(
        None,
        description='Encoding of a text file, such as "cp1252"; default: found from all bytes',
    )
    delimiter: str | None = Field(
        None,
        description='What separates the columns of a text file, such as ";" (" " is any number of '
        "blanks); default: found from its first rows",
    )
    header: bool | None = Field(
        None,
        description="Whether the first full row of a text file or sheet names the columns (if not: "
        "column 1, column 2, …); default: found from its first rows",
    )

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                b"text".decode(value)
                codecs.getincrementaldecoder(value)
            except UnicodeDecodeError:
                pass  # UTF-32 cannot have these bytes
            except (LookupError, ValueError):
                raise ValueError(
                    'is no text encoding; such as "utf-8", "cp1252", "mac_roman"'
                ) from None
        return value

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, value: str | None) -> str | None:
        if value is not None and (
            len(value) != 1 or not value.isascii() or value.isalnum() or value in "\"'\\\r\n\0"
        ):
            raise ValueError('is not one character such as ";", "|", "\\t" or " "')
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None:
            from zoneinfo import ZoneInfo

            try:
                ZoneInfo(value)
            except (KeyError, ValueError, OSError):
                raise ValueError(
                    'is no time zone; write an area and a city, such as "Europe/London"'
                ) from None
        return value
