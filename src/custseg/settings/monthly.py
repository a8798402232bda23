"""Settings of runs that come back every month."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from custseg.settings.section import Section

Condition = Literal["drift", "small-segment", "no-new-orders"]


class MonthlySettings(Section):
    """Runs that come back (docs/monthly.md); the thresholds come from a single shop's year."""

    model: Literal["auto", "frozen", "refit"] = Field(
        "auto",
        description="Whether the model before is kept (frozen), a new one is fitted (refit), or "
        "a new one only past the thresholds below (auto)",
    )
    most_error: float = Field(
        1.25,
        gt=1,
        description="auto fits anew where the mean squared distance to the centroids is more than "
        "this many times that of the month of the fit",
    )
    most_relabelled: float = Field(
        0.1,
        gt=0,
        lt=1,
        description="auto fits anew where that would put more than this share of customers "
        "into another segment",
    )
    most_months: int = Field(
        3, ge=1, description="auto fits anew where the model is more months old than this"
    )
    same_segment: float = Field(
        0.5,
        gt=0,
        le=0.5,
        description="A new fit's segment is an old one where its centroid moved less than this "
        "share of the way to the nearest other",
    )
    same_customers: float = Field(
        0.5,
        ge=0.5,
        lt=1,
        description="It is also where at least this share of the customers of either are in both",
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
        True, exclude=True, description="Publish the snapshot of such a run all the same"
    )
    on_success: str | None = Field(
        None,
        exclude=True,
        repr=False,
        description="Command run, or https:// address called, after a run-all that ends well",
    )
    on_failure: str | None = Field(
        None,
        exclude=True,
        repr=False,
        description="Command run, or https:// address called, after a run-all that fails",
    )
    hook_timeout: float = Field(
        30.0, gt=0, exclude=True, description="Seconds that either may take"
    )
    hook_environment: tuple[str, ...] = Field(
        (),
        exclude=True,
        description="Variables that hold a secret and that a hook's command is given all the same; "
        "never CUSTSEG_KEY or a database's password",
    )
