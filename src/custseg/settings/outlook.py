"""Settings of what is told of the segments, and of how a run goes."""

from __future__ import annotations

from datetime import date  # noqa: TC003  (pydantic reads the annotation at run time)
from math import ceil
from typing import Literal

from pydantic import Field, field_validator, model_validator

from custseg.errors import did_you_mean
from custseg.settings.section import Section
from custseg.words.language import languages


class ProfileSettings(Section):
    """How much of each segment is told."""

    top: int = Field(10, ge=1, description="Products and countries listed per segment")


class GroupSettings(Section):
    """How products are grouped where the source has no category."""

    fewest: int = Field(
        20, ge=2, description="Smallest number tried; a catalogue of few products has fewer"
    )
    most: int = Field(36, ge=2, description="Largest number tried; the most coherent counts")

    @model_validator(mode="after")
    def _range(self) -> GroupSettings:
        if self.most < self.fewest:
            raise ValueError(f"most ({self.most}) is below fewest ({self.fewest})")
        return self


class RuleSettings(Section):
    """The rules that tell the segments apart."""

    leaves: int = Field(
        24, ge=2, le=256, description="Most rules that describe all segments together"
    )
    holdout: float = Field(
        0.3,
        gt=0,
        lt=1,
        description="Share of each segment's customers that the rules are not fitted but tested on",
    )


class PastDates(Section):
    """At which past dates something is held against what customers did next."""

    dates: tuple[date, ...] = Field(
        (),
        description="Past dates to look back from; default: the one horizon_days before the end of "
        "the orders",
    )
    horizon_days: int = Field(
        90, ge=1, le=36_500, description="Days after each date that are to be foretold"
    )
    min_history_days: int = Field(
        180,
        ge=1,
        description="Without dates of your own: days from first to last order that it takes (and "
        "at least twice horizon_days)",
    )

    @field_validator("dates")
    @classmethod
    def _different_dates(cls, value: tuple[date, ...]) -> tuple[date, ...]:
        if len(set(value)) < len(value):
            raise ValueError("a date is named twice")
        return value


class ValidationSettings(PastDates):
    """At which past dates the segments are held against what customers did next."""


class BacktestSettings(PastDates):
    """At which past dates recommendations are held against what customers bought next."""

    customers: int = Field(
        20_000, ge=1, description="Most customers per date; of more, so many are drawn"
    )


Calibrate = Literal["spend", "both", "none"]


class ValueSettings(Section):
    """What customers are expected to order and spend."""

    horizon_days: int = Field(
        90, ge=1, le=1095, description="Length of the time ahead, in days; twice it is looked back"
    )
    model: Literal["auto", "mbg-nbd", "bg-nbd", "steady"] = Field(
        "auto",
        description="auto: the likelier of MBG/NBD and BG/NBD, or steady (everyone goes on at "
        "their own rate) if that was nearer to each customer's spend in the back-test",
    )
    calibrate: Calibrate = Field(
        "spend",
        description="What the back-test corrects. spend: the spend per order; both: the number of "
        "orders too, which carries its season on; none: nothing",
    )


class RecommendSettings(Section):
    """The two lists of products for each customer."""

    size: int = Field(10, ge=1, le=100, description="Products per list")
    method: Literal["neighbours", "ease"] = Field(
        "neighbours",
        description="How new products are found: by item-to-item neighbours, or by EASE (closed "
        "form; up to 10,000 products)",
    )
    half_life_days: float = Field(
        90.0, ge=0.01, le=36_500, description="A purchase so many days ago counts half as much"
    )
    shrinkage: float = Field(
        0.3, ge=0, le=1e9, description="Held against similarities of products with few buyers"
    )
    neighbours: int = Field(20, ge=1, description="Neighbours kept per product of a history")
    history: int = Field(
        500, ge=1, description="Most products of a customer that count: the last ones bought"
    )
    trend_days: int = Field(28, ge=1, description="Products bought lately, in so many days …")
    trend_base_days: int = Field(180, ge=1, description="… against so many days, are put forward …")
    trend_power: float = Field(
        0.5, ge=0, le=10, description="… by this power of the ratio; 0: not at all"
    )
    popular_days: int = Field(
        60, ge=1, description="Days whose buyers break ties, and fill lists that are too short"
    )
    ease_penalty: float = Field(10.0, ge=1e-3, le=1e9, description="L2 penalty of EASE (lambda)")


class ShelfSettings(Section):
    """Which products a segment is shown."""

    size: int = Field(10, ge=1, description="Products per list")
    prior_strength: float = Field(
        1000.0, gt=0, le=1e9, description="Weight of the shop's average in the log-odds (alpha 0)"
    )
    min_buyers: int = Field(
        20, ge=1, description="A product needs this many buyers in the segment to be over-bought"
    )
    min_buyer_share: float = Field(
        0.05, ge=0, le=1, description="… and this share of the segment's customers"
    )
    false_discovery_rate: float = Field(
        0.05, gt=0, lt=1, description="Share of chance finds tolerated among over-bought products"
    )


class InventorySettings(Section):
    """Units that segments are likely to need of their shelves."""

    horizon_days: int = Field(30, ge=1, le=364, description="Length of the time ahead, in days")
    half_life_days: float = Field(
        60.0,
        ge=1,
        le=36_500,
        description="An order this much older counts half as much in the recent rate",
    )
    largest_quantile: float = Field(
        0.99,
        gt=0,
        le=1,
        description="An order line above this quantile of its product's lines counts as much as "
        "that; 1: all as they are",
    )
    tests: int = Field(
        3, ge=0, le=24, description="Past dates, a horizon apart, that it is tested at"
    )
    min_history_days: int = Field(
        90, ge=1, description="Days of orders that each of them, and last year's season, takes"
    )


class BundleSettings(Section):
    """Which products are told to go together in an order."""

    min_orders: int = Field(30, ge=2, description="A bundle needs this many orders that hold it")
    min_share: float = Field(
        0.001,
        ge=0,
        le=1,
        description="… and this share of the orders; as does each of its products",
    )
    min_customers: int = Field(10, ge=1, description="… and this many customers who made them")
    min_confidence: float = Field(
        0.3, ge=0, le=1, description="Share of the orders of the one that have to hold the other"
    )
    min_lift: float = Field(
        2.0,
        ge=1,
        description="Times as often as by chance that they come together; a taste that customers "
        "of a kind share gives less",
    )
    false_discovery_rate: float = Field(
        0.05, gt=0, lt=1, description="Share of chance finds tolerated among bundles"
    )
    largest_order: int = Field(
        100, ge=2, description="Orders of more different products are left out (wholesalers')"
    )
    most_products: int = Field(
        2000, ge=2, description="Products considered at most, the most ordered first"
    )
    max_length: Literal[2, 3] = Field(
        2, description="Products in a bundle at most; 3 takes longer, and memory"
    )
    holdout_days: int = Field(
        90, ge=1, le=36_500, description="The last days, in which bundles found before are tested"
    )

    def least(self, orders: int) -> int:
        """Orders that have to hold a bundle, among so many."""
        return max(self.min_orders, ceil(self.min_share * orders))


class PlaybookSettings(Section):
    """What the plans assume, and how they are worded (docs/playbook.md)."""

    gross_margin: float = Field(
        0.4,
        gt=0,
        le=1,
        description="Margin on what is sold, as a share of the price: discounts and contacts are "
        "paid out of it",
    )
    extra_orders: float = Field(
        0.05,
        gt=0,
        le=1,
        description="Extra orders hoped for per customer contacted; no more than come anyway",
    )
    letter_cost: float = Field(
        1.5, ge=0.01, le=1e6, description="Cost of a letter, shop currency; e-mail counts as free"
    )
    call_cost: float = Field(8.0, ge=0.01, le=1e6, description="Cost of a call, shop currency")
    least_discount: float = Field(
        0.02, ge=0, le=1, description="No discount is offered where a smaller one would break even"
    )
    confidence: float = Field(
        0.95, gt=0.5, lt=1, description="Confidence of the test against the control group"
    )
    power: float = Field(
        0.8, gt=0.5, lt=1, description="Probability with which it is to find the extra orders"
    )
    currency: str = Field("", description='Sign of the currency, such as "£"; default: none')
    language: str = Field("en", description="Language of the plans: en or de")
    texts: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description="Your own texts by segment and field; playbook.toml is the place for them",
    )

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        known = languages()
        if value not in known:
            raise ValueError(f"there are {', '.join(known)}{did_you_mean(value, known)}")
        return value


class ExportSettings(Section):
    """Lists of customers to be sent (docs/export.md)."""

    holdout: float = Field(
        0.0, ge=0, le=0.5, description="Share of a list that is left alone, as its control group"
    )
    products: int = Field(
        3, ge=0, le=10, description="Products of each customer's two lists that a list shows"
    )
    least_customers: int = Field(1, ge=1, description="No list of fewer customers is written")


class RunSettings(Section):
    """How much a run does."""

    thorough: bool = Field(
        True,
        description="Do the side studies too: every criterion for k, validation, back-tests",
    )
    workers: int | None = Field(
        None,
        ge=1,
        le=1024,
        exclude=True,
        description="Processes that resample; default: all cores",
    )
    lock_timeout: float = Field(
        0.0,
        ge=0,
        exclude=True,
        description="Seconds to wait for another run in the same workspace to end",
    )
    log_format: Literal["text", "json"] = Field(
        "text", exclude=True, description="How progress and errors are written to stderr"
    )


class EngineSettings(Section):
    """The embedded DuckDB that cleans and measures."""

    memory_limit: str | None = Field(
        None,
        pattern=r"^\d+(\.\d+)?\s*[KMGT]i?B$",
        description='Memory it may use before it spills to disk, such as "4GB"; default: 80 % of '
        "the machine's",
    )
    threads: int | None = Field(
        None, ge=1, le=1024, description="Threads it may use; default: all cores"
    )
