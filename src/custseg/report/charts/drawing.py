"""What a chart of the report is, and how it becomes a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import altair as alt

Section = Literal["segments", "customers", "revenue", "trust", "method"]


@dataclass(frozen=True)
class Drawing:
    """A chart with what it says."""

    name: str
    """Of its file in charts/, such as `segments-plane`."""
    title: str
    """The finding that it shows, a sentence with its figures."""
    caption: str
    """How to read it, in a sentence or two."""
    alt_text: str
    """What it shows, for those who can't see it."""
    section: Section
    """Where in the page it belongs."""
    chart: alt.Chart | alt.LayerChart
    """A single view or layers, without a title or a width: page and picture set these."""
