"""Settings of which orders count, and what is measured of them."""

from __future__ import annotations

from datetime import date  # noqa: TC003  (pydantic reads the annotation at run time)
from typing import Literal

from pydantic import Field, field_validator

from custseg.settings.section import Section


class DemoSettings(Section):
    """The simulated shop behind `custseg download demo`."""

    customers: int = Field(3500, ge=50, description="Customers with an account")
    seed: int = Field(
        42, ge=0, description="Seed of the simulation; the same seed gives the same shop"
    )


class CleanSettings(Section):
    """Which order lines count."""

    as_of: date | None = Field(
        None,
        description="Segment as of this midnight: orders and returns from then on are ignored; "
        "default: the midnight after the source's last row",
    )
    duplicates: Literal["auto", "drop", "keep"] = Field(
        "auto",
        description="Exact copies of a row; auto drops them where lines have an order id, a "
        "product and a quantity",
    )
    returns: Literal["net", "drop", "subtract"] = Field(
        "net",
        description="net: a return undoes the customer's latest earlier purchase; drop: returns "
        "are removed, purchases stay whole; subtract: they count against their own date",
    )
    statuses_not_counted: tuple[str, ...] = Field(
        (),
        description="More statuses whose orders (or lines) don't count, besides those for "
        "cancelled, not paid and refunded in 14 languages; cancel* matches any with a "
        "word that begins with it. Accents, capitals and punctuation make no difference",
    )
    statuses_counted: tuple[str, ...] = Field(
        (), description="Statuses that count after all, written in the same way"
    )
    busiest_customer: Literal["auto", "somebody", "nobody"] = Field(
        "auto",
        description="Who the customer id with the most orders is. somebody: a customer; nobody: "
        "what the shop writes for guests; auto: nobody if it has far more orders than "
        "a person places",
    )
    preset: Literal["auto", "none", "unit-rows", "online-retail", "shopify"] = Field(
        "auto",
        description="Code patterns to start from. auto: those of the recognised export; unit-rows: "
        "no patterns, and each row is one unit",
    )
    product_pattern: str | None = Field(
        None,
        description="Regular expression that a product code (trimmed, upper-cased) matches; others "
        "are service codes. Default: the preset's",
    )
    not_products: tuple[str, ...] = Field(
        (), description="Codes that are not products, besides those the pattern excludes"
    )
    bad_debt_pattern: str | None = Field(
        None,
        description="Regular expression for order ids of bad-debt adjustments. Default: the "
        "preset's",
    )
    return_pattern: str | None = Field(
        None,
        description="Regular expression for order ids of returns. Default: the preset's; without "
        "one, a negative quantity is a return",
    )

    @field_validator("product_pattern", "bad_debt_pattern", "return_pattern")
    @classmethod
    def _valid_pattern(cls, value: str | None) -> str | None:
        if value is not None:
            import pyarrow as pa
            import pyarrow.compute as pc

            try:
                # Arrow and the engine read the same regular expressions (RE2's).
                pc.match_substring_regex(pa.array([""]), value)
            except pa.ArrowInvalid as error:
                raise ValueError(f"is no regular expression: {error}") from None
        return value


class FeatureSettings(Section):
    """What is measured for each customer."""

    recent_days: int = Field(
        90,
        ge=1,
        le=36_500,
        description="Length in days of the recent window and of the one before it",
    )
