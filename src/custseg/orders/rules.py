"""The rules of cleaning: their order, what each removes, and which setting changes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from custseg.settings import CleanSettings

ROW_RULES: Final = (
    "after_as_of",
    "superseded",
    "duplicate",
    "bad_debt",
    "status",
    "missing_customer",
    "objected",
    "not_a_product",
    "non_positive_price",
    "sign_mismatch",
)
RETURN_RULES: Final = {
    "net": ("return_matched", "return_unmatched", "undone", "undone_in_part"),
    "drop": ("return_dropped",),
    "subtract": ("return_without_purchase", "undone_in_part"),
}
RULES: Final = {
    "raw": "Rows in the source",
    "rejected": "Row that cannot be read, or that sums up others",
    "after_as_of": "On or after the as-of date",
    "superseded": "Older version of an order that a newer export holds",
    "duplicate": "Exact copy of another row",
    "bad_debt": "Bad-debt adjustment",
    "status": "Order cancelled, not paid or refunded",
    "missing_customer": "No customer",
    "objected": "Customer who objects to being put into segments",
    "not_a_product": "Service code, not a product",
    "non_positive_price": "Price zero or negative",
    "sign_mismatch": "Quantity's sign against the kind of line",
    "return_matched": "Return that undoes a purchase",
    "return_unmatched": "Return that matches no earlier purchase",
    "undone": "Purchase wholly undone by returns",
    "undone_in_part": "Units undone of purchases that stay",
    "refunded": "Purchase wholly refunded",
    "return_dropped": "Return",
    "return_without_purchase": "Return of a customer without a purchase",
}
_RETURNS: Final = "[clean] returns says what a return does."
HINTS: Final = {
    "rejected": "custseg download lists them with the reason; correct them in the source.",
    "after_as_of": "Choose a later --as-of, or none.",
    "superseded": "The exports hold the same orders: read only the newest.",
    "duplicate": '[clean] duplicates = "keep" counts them, if they are second units.',
    "bad_debt": "[clean] bad_debt_pattern says whose order ids these are.",
    "status": "[clean] statuses_counted names statuses that count all the same.",
    "missing_customer": "Name the column that says who bought: --column customer_id=…; [source] "
    "somebody lists values such as 0 or guest that are customers in your shop.",
    "objected": "custseg object and [privacy] objections say who objects.",
    "not_a_product": "[clean] product_pattern says how a product's code looks; preset = "
    '"none" takes every code for a product\'s.',
    "non_positive_price": "Name the column that holds the price or the line's value: "
    "--column unit_price=… or amount=….",
    "sign_mismatch": "[clean] return_pattern says whose order ids are returns; without one, a "
    "negative quantity is a return.",
    "return_matched": _RETURNS,
    "return_unmatched": _RETURNS,
    "undone": _RETURNS,
    "undone_in_part": _RETURNS,
    "return_dropped": _RETURNS,
    "return_without_purchase": _RETURNS,
    "refunded": "Check which column is taken for refunds: custseg columns shows it.",
}
"""What to do where a rule removes what it should not."""
IN_PYTHON: Final = {
    "after_as_of": "Choose a later as_of, or none.",
    "missing_customer": 'Name the column that says who bought: columns={"customer_id": …}.',
    "non_positive_price": "Name the column that holds the price or the line's value: "
    'columns={"unit_price": …} or {"amount": …}.',
}
"""What to do, for who calls custseg from Python, where it is something else."""


@dataclass(frozen=True)
class Codes:
    """Patterns of a shop's codes. None: the shop has no such codes."""

    product: str | None = None
    not_product: str | None = None
    bad_debt: str | None = None
    returns: str | None = None
    rows_are_units: bool = False
    """Of two rows that are equal none is a copy: without quantities two units were bought, and
    where an order's total is shared out, each line has its part."""


PRESETS: Final = {
    "none": Codes(),
    "unit-rows": Codes(rows_are_units=True),
    "online-retail": Codes(product=r"^\d{5}[A-Z]{0,2}$", bad_debt="^A", returns="^C"),
    # A gift card is paid for twice: when it is bought, and when goods are bought with it.
    "shopify": Codes(rows_are_units=True, not_product=r"^(E-?)?GIFT ?(CARD|VOUCHER|CERTIFICATE)\b"),
}


def codes_of(preset: str, settings: CleanSettings) -> Codes:
    """Return the patterns of a preset, as far as the settings have no others."""
    base = PRESETS[preset if settings.preset == "auto" else settings.preset]
    return Codes(
        settings.product_pattern or base.product,
        base.not_product,
        settings.bad_debt_pattern or base.bad_debt,
        settings.return_pattern or base.returns,
        base.rows_are_units,
    )
