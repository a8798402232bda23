"""Settings of runs that come back every month."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from custseg.settings.section import Section

Condition = Literal["drift", "small-segment", "no-new-orders"]


class MonthlySettings(Section):
    """Monthly runs (docs/monthly.md); the thresholds come from one year of one shop."""

    model: Literal["auto", "frozen", "refit"] = Field(
        "auto",
        description="frozen keeps the previous model, refit fits a new one, auto fits a new one "
        "only past the thresholds below",
    )
    most_error: float = Field(
        1.25,
        gt=1,
        description="auto refits if the mean squared distance to the centroids is more than this "
        "many times what it was in the month of the fit",
    )
    most_relabelled: float = Field(
        0.1,
        gt=0,
        lt=1,
        description="auto refits if that would put more than this share of customers into another "
        "segment",
    )
    most_months: int = Field(
        3, ge=1, description="auto refits if the model is more than this many months old"
    )
    same_segment: float = Field(
        0.5,
        gt=0,
        le=0.5,
        description="A new fit's segment counts as an old one if its centroid moved less than this "
        "share of the way to the nearest other",
    )
    same_customers: float = Field(
        0.5,
        ge=0.5,
        lt=1,
        description="It also counts as one if at least this share of the customers of either are "
        "in both",
    )
    keep: int | None = Field(
        None, ge=1, exclude=True, description="Snapshots kept in history; default: all"
    )
    fail_on: tuple[Condition, ...] = Field(
        (),
        exclude=True,
        description="Conditions that make run-all end with exit code 9: drift, small-segment, "
        "no-new-orders",
    )
    publish_failed: bool = Field(
        True, exclude=True, description="Publish the snapshot of such a run too"
    )
    on_success: str | None = Field(
        None,
        exclude=True,
        repr=False,
        description="Command to run, or https:// address to call, after a run-all that succeeds",
    )
    on_failure: str | None = Field(
        None,
        exclude=True,
        repr=False,
        description="Command to run, or https:// address to call, after a run-all that fails",
    )
    hook_timeout: float = Field(
        30.0, gt=0, exclude=True, description="Seconds that either may take"
    )
    hook_environment: tuple[str, ...] = Field(
        (),
        exclude=True,
        description="Secret variables of the environment that a hook's command is given too; never "
        "CUSTSEG_KEY or a database's password",
    )
