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
        description="Past dates to test at; default: one, horizon_days before the orders end",
    )
    horizon_days: int = Field(
        90, ge=1, le=36_500, description="Days after each date that are compared"
    )
    min_history_days: int = Field(
        180,
        ge=1,
        description="Without dates of your own: days needed from first to last order (and at least "
        "twice horizon_days)",
    )

    @field_validator("dates")
    @classmethod
    def _different_dates(cls, value: tuple[date, ...]) -> tuple[date, ...]:
        if len(set(value)) < len(value):
            raise ValueError("a date is named twice")
        return value


class ValidationSettings(PastDates):
    """Past dates at which the segments are compared with what customers did next."""


class BacktestSettings(PastDates):
    """Past dates at which recommendations are compared with what customers bought next."""

    customers: int = Field(
        20_000, ge=1, description="Most customers per date; if there are more, this many are drawn"
    )


Calibrate = Literal["spend", "both", "none"]


class ValueSettings(Section):
    """What customers are expected to order and spend."""

    horizon_days: int = Field(
        90,
        ge=1,
        le=1095,
        description="Days to forecast; this needs twice as many days of orders",
    )
    model: Literal["auto", "mbg-nbd", "bg-nbd", "steady"] = Field(
        "auto",
        description="auto: the likelier of MBG/NBD and BG/NBD, or steady (everyone goes on at "
        "their own rate) if that was nearer to each customer's spend in the back-test",
    )
    calibrate: Calibrate = Field(
        "spend",
        description="What the back-test corrects. spend: the spend per order; both: the number of "
        "orders too, with its season; none: nothing. Where last year's season is known "
        "and confirmed, it replaces spend and both",
    )


class InventorySettings(Section):
    """How many units segments are likely to need of the products on their shelves."""

    horizon_days: int = Field(
        30,
        ge=1,
        le=364,
        description="Days to forecast; this needs twice as many days of orders",
    )
    half_life_days: float = Field(
        60.0,
        ge=1,
        le=36_500,
        description="An order this many days older counts half as much in the recent rate",
    )
    largest_quantile: float = Field(
        0.99,
        gt=0,
        le=1,
        description="Order lines above this quantile of their product's lines are cut to it; 1: "
        "none are",
    )
    tests: int = Field(
        3, ge=0, le=24, description="Past dates, one horizon apart, at which the forecast is tested"
    )
    min_history_days: int = Field(
        90, ge=1, description="Days of orders that each test, and last year's season, needs"
    )
