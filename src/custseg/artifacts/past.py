"""The shop as it was known at past dates: what each study looks back on."""

from __future__ import annotations

from typing import Final

from custseg.artifacts.cleaning import ORDER_LINE
from custseg.artifacts.model import FEATURES
from custseg.artifacts.table import ID, MONEY, Artifact, Column

_DATE: Final = Column("date", "string", "Cut-off (ISO): nothing on or after it was known")
_FREQUENCY: Final = tuple(column for column in FEATURES if column.name == "frequency")
_SEGMENT: Final = (
    Column(
        "segment",
        "int64",
        "Segment made at that date, none of today's; null where none could be made",
    ),
    Column("segment_name", "string", "Its name"),
)
_AFTER: Final = (
    Column("orders_after", "int64", "Orders in the study's days after the date"),
    Column("spend_after", MONEY, "Net spend in these days; null without amounts", "money"),
)
_LINE: Final = ("order_id", "ordered_at", "product_id", "description", "quantity")


def _customers(section: str, *columns: Column) -> Artifact:
    return Artifact(
        f"past_{section}",
        f"The customers known at the past dates of `[{section}]`",
        (_DATE, ID, *columns),
        ("date", "customer_id"),
    )


def _lines(section: str) -> Artifact:
    columns = {column.name: column for column in ORDER_LINE}
    return Artifact(
        f"past_{section}_lines",
        f"The orders that counted otherwise at the past dates of `[{section}]` than they do today: "
        "each line as it counted then, or a single row without a time where none did",
        (_DATE, ID, *(columns[name] for name in _LINE)),
        ("date", "customer_id", *_LINE),
    )


ARTIFACTS: Final = (
    _customers("value", *FEATURES, *_AFTER),
    _customers("validation", *FEATURES, *_SEGMENT, *_AFTER),
    _customers("backtest", *_FREQUENCY, *_SEGMENT),
    _lines("backtest"),
    _customers("inventory", *_SEGMENT),
    _lines("inventory"),
)
