"""What shops write about the state of an order, in one spelling."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import ibis

if TYPE_CHECKING:
    from collections.abc import Iterable

    import ibis.expr.types as ir

REFUNDS: Final = ("refund", "return", "credit", "credit note", "credit memo")
"""Statuses that say what kind of row it is: money that went back. (`refunded` and `returned` say
what became of an order.)"""


def plain_status(status: ir.Value) -> ir.Value:
    """Write a column of statuses as they are compared: `wc-On_Hold` is `on hold`."""
    text = status.strip().lower().re_replace(r"[\s_\-]+", " ")
    return text.re_replace("^wc ", "")


def does_not_count(status: ir.Value, not_counted: Iterable[str]) -> ir.BooleanValue:
    """Whether orders of a status do not count.

    Parameters
    ----------
    not_counted
        Statuses, each as a whole; `cancel*` is any status with a word that begins so. What is done
        in part (`partially refunded`) counts in any case.
    """
    names = [plain(name) for name in not_counted if name.strip()]
    if not names:
        return ibis.literal(False)
    whole = [re.escape(name) for name in names if not name.endswith("*")]
    stems = [re.escape(name[:-1]) for name in names if name.endswith("*")]
    parts = [*(f"^{name}$" for name in whole), *(f"(^| ){stem}" for stem in stems)]
    text = plain_status(status)
    return text.re_search("|".join(parts)) & ~text.startswith("partial")


def plain(status: str) -> str:
    """Write one status likewise."""
    return re.sub(r"[\s_\-]+", " ", status.strip().lower()).removeprefix("wc ")
