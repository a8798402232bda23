"""What a chart of the report is, and how it becomes a picture."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from custseg.errors import MissingLibraryError, SettingsError
from custseg.settings.report import Picture, drawable
from custseg.words.colours import GRID, INK, PALE
from custseg.words.figures import TEXT, Style

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import altair as alt

Section = Literal["segments", "since", "customers", "revenue", "trust", "method"]

PICTURE_WIDTH: Final = 720
"""Of the plot in a picture, in pixels; in the page it is as wide as there is room."""
_SCALE: Final = 2
_FILES: Final = (".svg", ".png", ".html")
"""Endings of files that a drawing can be saved in."""
_TITLE_LETTERS: Final = 88
"""About as many as are as wide as the plot at the title's size."""
FONT: Final = "system-ui, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"
_CONFIG: Final = {
    "background": "white",
    "padding": 16,
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "labelColor": INK,
        "titleColor": PALE,
        "titleFontWeight": "normal",
        "gridColor": GRID,
        "domainColor": GRID,
        "tickColor": GRID,
    },
    "legend": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "labelColor": INK,
        "titleColor": PALE,
        "titleFontWeight": "normal",
    },
    "text": {"fontSize": 12, "color": INK},
}
"""How pictures look: quiet lines, readable at half their size."""


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
    """A single view or layers, without title, width or theme: page and picture set these."""

    @cached_property
    def bare(self) -> dict[str, Any]:
        """The chart's Vega-Lite specification, which page and picture share: not to be changed."""
        spec: dict[str, Any] = self.chart.to_dict(validate=False)
        return spec


def specification(drawing: Drawing) -> dict[str, Any]:
    """Its Vega-Lite specification for the page: as wide as there is room, under a heading of HTML.

    Colours of text and grid are the page's to set, by its theme.
    """
    spec = {**drawing.bare, "width": "container", "description": drawing.alt_text}
    # Altair's own theme, which the page's takes the place of.
    del spec["config"]
    return spec


def save(drawing: Drawing, path: Path) -> None:
    """Save a drawing in the format that the file's name says; no host is asked for anything.

    Raises
    ------
    MissingLibraryError
        What draws is not installed.
    SettingsError
        The format is none of these, or the file cannot be written.
    """
    if not drawable():
        raise MissingLibraryError(
            "Drawing a chart needs the library vl-convert-python, which is not installed.",
            "Run: pip install 'custseg[charts]'",
        )
    if path.suffix not in _FILES:
        raise SettingsError(
            f"{path}: charts are saved as {', '.join(_FILES)}.", f"Try {path.with_suffix('.svg')}."
        )
    if path.suffix == ".html":
        titled = drawing.chart.properties(**_around(drawing))
        page = titled.to_html(inline=True, embed_options={"config": _CONFIG})
        content = page.encode()
    else:
        (content,) = pictures(drawing, ["svg" if path.suffix == ".svg" else "png"]).values()
    try:
        path.write_bytes(content)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be written: {error.strerror}.") from None


def pictures(drawing: Drawing, kinds: Sequence[Picture]) -> dict[Picture, bytes]:
    """Draw it with its finding above it, once for all formats; no host is asked for anything."""
    return draw(with_finding(drawing), kinds)


def with_finding(drawing: Drawing, style: Style = TEXT) -> dict[str, Any]:
    """Its Vega-Lite specification for a picture, whose axes have a language's signs."""
    signs = {"decimal": style.decimal, "thousands": style.thousands, "grouping": [3]}
    locale = {"locale": {"number": signs | {"currency": ["", ""]}}}
    config = _CONFIG if style.decimal == TEXT.decimal else _CONFIG | locale
    return {**drawing.bare, **_around(drawing), "config": config}


def draw(spec: dict[str, Any], kinds: Sequence[Picture]) -> dict[Picture, bytes]:
    """Draw a picture in some formats."""
    if not kinds:
        return {}
    import vl_convert

    version = ".".join(spec["$schema"].rpartition("/v")[2].split(".")[:2])
    svg: str = vl_convert.vegalite_to_svg(spec, vl_version=version)
    drawn: dict[Picture, bytes] = {}
    for kind in kinds:
        drawn[kind] = svg.encode() if kind == "svg" else vl_convert.svg_to_png(svg, scale=_SCALE)
    return drawn


def _around(drawing: Drawing) -> dict[str, Any]:
    """What a picture adds to its chart: the width, what it shows, and the finding above it."""
    # A figure stays with its sign: "12.3 %", "k = 7" and "0.82 ≥ 0.75" are not broken.
    whole = re.sub(r" (?=%)| (?=[=≥] )|(?<= [=≥]) ", "\u00a0", drawing.title)
    heading = {
        "text": textwrap.wrap(whole, _TITLE_LETTERS),
        "anchor": "start",
        "frame": "group",
        "fontSize": 15,
        "fontWeight": 600,
        "color": INK,
        "offset": 14,
    }
    return {"width": PICTURE_WIDTH, "description": drawing.alt_text, "title": heading}
