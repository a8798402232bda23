"""Any table of orders reads back from any dialect, or one thing is asked for that is in doubt."""

from __future__ import annotations

import csv
import io
import tempfile
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custseg.errors import DataError
from custseg.settings import SourceSettings
from custseg.sources.raw import read_orders
from tests.conftest import examples, rows

COLUMNS = ("customer_id", "order_id", "description", "amount", "ordered_at")
DATES = ("%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M", "%d-%b-%Y %H:%M")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1")
WORDS = ("mug", "Weinglas groß", "Tasse, grün", "3 x cup; blue", 'a "big" pot', "two\nlines", "a|b")


@dataclass(frozen=True)
class Dialect:
    """How a file of orders is written."""

    delimiter: str
    encoding: str
    decimal: str
    date: str
    line_end: str
    quoting: int
    columns: tuple[str, ...]

    def write(self, orders: list[tuple[Any, ...]]) -> bytes:
        stream = io.StringIO(newline="")
        writer = csv.writer(
            stream,
            delimiter=self.delimiter,
            lineterminator=self.line_end,
            # Where lines end with \\r, Python before 3.13 does not quote a text for its \\n.
            quoting=csv.QUOTE_ALL if self.line_end == "\r" else self.quoting,  # type: ignore[arg-type]
        )
        writer.writerow(self.columns)
        for order in orders:
            line = dict(zip(COLUMNS, order, strict=True))
            line["amount"] = f"{line['amount']:.2f}".replace(".", self.decimal)
            line["ordered_at"] = line["ordered_at"].strftime(self.date)
            writer.writerow([line[name] for name in self.columns])
        return stream.getvalue().encode(self.encoding)


dialects = st.builds(
    Dialect,
    st.sampled_from(",;\t|"),
    st.sampled_from(ENCODINGS),
    st.sampled_from(".,"),
    st.sampled_from(DATES),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.permutations(COLUMNS).map(tuple),
)
orders = st.lists(
    st.tuples(
        st.from_regex(r"0{0,3}[1-9][0-9]{0,5}", fullmatch=True),
        st.from_regex(r"[A-Z]{1,3}-0?[0-9]{1,4}", fullmatch=True),
        st.sampled_from(WORDS),
        st.integers(-500_000, 500_000).map(lambda cents: Decimal(cents) / 100),
        st.datetimes(datetime(2000, 1, 1), datetime(2030, 12, 31)).map(  # noqa: DTZ001
            lambda moment: moment.replace(second=0, microsecond=0)
        ),
    ),
    min_size=3,
    max_size=30,
)


def read(content: bytes, **given_settings: Any) -> list[tuple[Any, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        path.write_bytes(content)
        raw = read_orders(path, Path(folder), SourceSettings(**given_settings)).raw
        found = rows(raw.order_by("source_row"))
    return [tuple(row[name] for name in COLUMNS) for row in found]


@settings(examples(6), derandomize=True)
@given(dialects, orders)
def test_orders_read_back_from_any_dialect_or_one_thing_is_asked_for(dialect, table):
    content = dialect.write(table)
    try:
        found = read(content)
    except DataError as doubt:
        if "date_format" in doubt.hint:
            asked = {"date_format": dialect.date}
        elif "decimal" in doubt.hint:
            asked = {"decimal": dialect.decimal}
        else:
            raise
        found = read(content, **asked)
    assert found == table


def test_a_date_in_doubt_is_asked_for_and_then_read():
    dialect = Dialect(";", "utf-8", ",", DATES[1], "\n", csv.QUOTE_MINIMAL, COLUMNS)
    table = [
        ("007", f"A-{day}", "mug", Decimal("1.50"), datetime(2024, 3, day, 9, 5))  # noqa: DTZ001
        for day in (4, 5, 6)
    ]
    content = dialect.write(table)
    with pytest.raises(DataError, match="every date can be read as"):
        read(content)
    assert read(content, date_format="%d/%m/%Y") == table
