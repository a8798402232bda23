"""What shops write about the state of an order, in one spelling."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import ibis.expr.types as ir

REFUNDS: Final = ("refund", "return", "credit", "credit note", "credit memo")
"""Statuses that say what kind of row it is: money that went back. (`refunded` and `returned` say
what became of an order.)"""


def plain_status(status: ir.Value) -> ir.Value:
    """Write a column of statuses as they are compared: `wc-On_Hold` is `on hold`."""
    text = status.strip().lower().re_replace(r"[\s_\-]+", " ")
    return text.re_replace("^wc ", "")


def plain(status: str) -> str:
    """Write one status likewise."""
    return re.sub(r"[\s_\-]+", " ", status.strip().lower()).removeprefix("wc ")
