"""A small shop with everything in its orders that engines might see differently."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from custseg.artifacts import ARTIFACTS

_FIRST: Final = datetime(2024, 1, 1)  # noqa: DTZ001  (the shop's local time)
_NAMES: Final = ("anna", "Änne", "Zoë", "bob", "Bob", "_x", "ål", "zed", "1 0", "a-b", "ab", "a b")
"""Whose order differs between bytes and the alphabets of languages."""
_PRODUCTS: Final = ("20001", "20002A", "20003", "POST", "20004bb", "20005\n", "20006X1", "20007é")
_STATUSES: Final = ("Paid", "cancelled", "not cancelled", "Storniert", "whatever", None)


def raw() -> pa.Table:
    """Raw order lines: copies, overlapping exports, returns, refunds, statuses, nobodies."""
    lines: list[dict[str, Any]] = []
    for number in range(600):
        name = _NAMES[number * 7 % 12]
        lines.append(
            _line(
                number,
                customer_id=None if number % 29 == 0 else name,
                order_id=f"{'A' if number % 97 == 5 else ''}{5000 + number // 3}",
                product_id=_PRODUCTS[number * 5 % 8],
                quantity=Decimal(number % 7 + 1) + (Decimal("0.3333") if number % 11 == 0 else 0),
                unit_price=Decimal(number * 37 % 991) / 100,
                status=_STATUSES[number // 4 % 6] if number % 4 == 0 else "paid",
            )
        )
    lines += [_line(600 + n, **(line | _returned(n))) for n, line in enumerate(lines[::9])]
    # Two copies of some rows, one with other capitals, and orders that a newer export holds, too.
    lines += [line | {"source_row": 2000 + n} for n, line in enumerate(lines[5:400:25])]
    lines += [
        line | {"source_file": "new.csv", "source_row": n, "quantity": line["quantity"] + 1}
        for n, line in enumerate(lines[400:460], 2)
    ]
    for line in lines:
        price = line["unit_price"]
        line["amount"] = (line["quantity"] * price).quantize(Decimal("0.0001"))
    for line in lines[3:500:31]:
        line["refunded"] = (line["amount"] / 3).quantize(Decimal("0.0001"))
    for line in lines[4:500:83]:
        line["refunded"] = line["amount"]
    return pa.Table.from_pylist(lines, schema=ARTIFACTS["raw"].schema())


def _line(number: int, **values: Any) -> dict[str, Any]:
    moment = _FIRST + timedelta(days=number // 2, hours=number * 5 % 24, minutes=number % 60)
    return {
        "description": "Gift card" if number % 101 == 0 else f"A thing, No. {number * 5 % 8}",
        "ordered_at": moment,
        "country": "Norge" if number % 2 else "Österreich",
        "category": None,
        "objected": number % 113 == 7,
        "source_file": "old.csv",
        "source_row": number + 2,
    } | values


def _returned(number: int) -> dict[str, Any]:
    """What a later return changes in a line: a part of the units, whole lines, or too many."""
    back = (Decimal(1), Decimal("2.5"), Decimal(9), Decimal(1000))[number % 4]
    at = _FIRST + timedelta(days=250 + number, hours=number % 24)
    return {
        "order_id": f"C{7000 + number}",
        "quantity": -back,
        "ordered_at": at,
        "status": None,
        "source_row": 602 + number,
    }
