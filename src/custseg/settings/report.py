"""Settings of what is shown."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Literal

from pydantic import Field, field_validator

from custseg.errors import did_you_mean
from custseg.settings.section import Section
from custseg.words.language import languages
from custseg.words.names import SEGMENT_NAMES, is_segment_name

Picture = Literal["png", "svg"]
"""Formats of a chart's picture."""


def drawable() -> tuple[Picture, ...]:
    """Return the formats that charts can be drawn in here: none without custseg[charts]."""
    return ("png", "svg") if find_spec("vl_convert") else ()


class SummarySettings(Section):
    """What the report shows of a run."""

    points: int = Field(
        5000,
        ge=100,
        le=20_000,
        description="Most customers drawn one by one; if there are more, a sample of this size",
    )
    regular_days: int = Field(
        3,
        ge=2,
        description="Days with an order that make a customer a regular one, with a usual gap "
        "between orders",
    )
    slipping_after: float = Field(
        3.0, gt=1, description="A regular customer slips after this many times the usual gap"
    )
    min_buyers: int = Field(
        30, ge=2, description="Regular buyers that a product needs to be listed as losing them"
    )
    false_discovery_rate: float = Field(
        0.05, gt=0, lt=1, description="Share of chance finds tolerated among such products"
    )
    colours: dict[str, str] = Field(
        default_factory=dict,
        description='Your colours for segments, by our names: {Champions = "#0072b2"}',
    )

    @field_validator("colours")
    @classmethod
    def _known_colours(cls, value: dict[str, str]) -> dict[str, str]:
        for name, colour in value.items():
            if not is_segment_name(name):
                raise ValueError(f'"{name}" is no name{did_you_mean(name, SEGMENT_NAMES)}')
            if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
                raise ValueError(f'"{name}" is given "{colour}", which is no colour like "#0072b2"')
        return value


class ReportSettings(Section):
    """The report's page, workbook and charts."""

    title: str = Field("", description="Title of the report, such as your shop's name")
    charts: tuple[Picture, ...] = Field(
        default_factory=drawable,
        description="Formats of the charts in charts/; they need custseg[charts], and without it "
        "the default is none",
    )
    currency: str = Field(
        "",
        description='Sign of the currency, such as "£"; default: the one named by the orders\' '
        "currency column or amounts",
    )
    language: str = Field(
        "en",
        description="Language of report, workbook, plans, campaigns and the end of a run: en or de",
    )

    def pictures_missing(self) -> bool:
        """Whether charts/ stays empty only because what draws it is not installed."""
        return "charts" not in self.model_fields_set and not self.charts

    @field_validator("charts")
    @classmethod
    def _can_be_drawn(cls, value: tuple[Picture, ...]) -> tuple[Picture, ...]:
        if value and not drawable():
            raise ValueError("drawing pictures needs: pip install 'custseg[charts]'")
        return value

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        known = languages()
        if value not in known:
            raise ValueError(f"there are {', '.join(known)}{did_you_mean(value, known)}")
        return value
