"""Settings of the past dates that are looked back from, and of the time ahead."""

from __future__ import annotations

from datetime import date  # noqa: TC003  (pydantic reads the annotation at run time)
from typing import Literal

from pydantic import Field, field_validator

from custseg.settings.section import Section


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
        90,
        ge=1,
        le=1095,
        description="Length of the time ahead, in days; a forecast takes twice as many days of "
        "orders",
    )
    model: Literal["auto", "mbg-nbd", "bg-nbd", "steady"] = Field(
        "auto",
        description="auto: the likelier of MBG/NBD and BG/NBD, or steady (everyone goes on at "
        "their own rate) if that was nearer to each customer's spend in the back-test",
    )
    calibrate: Calibrate = Field(
        "spend",
        description="What the back-test corrects. spend: the spend per order; both: the number of "
        "orders too, which carries its season on; none: nothing. Last year's season, where it is "
        "known and was confirmed, takes the place of the first two",
    )


class InventorySettings(Section):
    """Units that segments are likely to need of their shelves."""

    horizon_days: int = Field(
        30,
        ge=1,
        le=364,
        description="Length of the time ahead, in days; a forecast takes twice as many days of "
        "orders",
    )
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
