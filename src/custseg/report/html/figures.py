"""Charts as data of the page: specifications, and the datasets that they share."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from custseg.report.charts.drawing import Drawing, specification

if TYPE_CHECKING:
    from collections.abc import Iterable

_DIGITS: Final = 10
"""Significant digits of a number in a chart's data: money stays exact up to 99 million."""
_CANVAS_FROM: Final = 1500
"""Rows from which on a chart is painted: as many elements of SVG make a page sluggish."""


@dataclass(frozen=True)
class Figure:
    """A drawing with what the page needs to draw it."""

    drawing: Drawing
    specification: str
    """JSON that can stand in an HTML script element; its datasets are the page's."""
    renderer: str
    """svg or canvas."""


def figures(drawings: Iterable[Drawing]) -> tuple[tuple[Figure, ...], str]:
    """Prepare drawings for the page.

    Returns
    -------
    tuple
        The figures in the drawings' order, and the JSON of all their datasets by name: one that
        several share is there once.
    """
    datasets: dict[str, Any] = {}
    found = []
    for drawing in drawings:
        spec = specification(drawing)
        own: dict[str, Any] = dict(spec.pop("datasets", {}))
        spec = _without_rows(spec, own)
        datasets |= own
        # The page tells which of its datasets to give to this chart.
        spec["usermeta"] = {"datasets": sorted(own)}
        rows = max((len(dataset) for dataset in own.values()), default=0)
        renderer = "canvas" if rows >= _CANVAS_FROM else "svg"
        found.append(Figure(drawing, script_json(_shortened(spec)), renderer))
    return tuple(found), script_json(_shortened(datasets))


def script_json(value: object) -> str:
    """JSON for a script element: no text in it can end the element or open a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    # Within JSON these stand in strings only, where they may be written as escapes.
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _without_rows(part: Any, datasets: dict[str, Any]) -> Any:  # noqa: ANN401  (JSON)
    """The same, with rows that stand within it among the datasets, named by their content."""
    match part:
        case list():
            return [_without_rows(inner, datasets) for inner in part]
        case {"data": {"values": rows, **rest}, **others}:
            name = "data-" + hashlib.sha256(script_json(rows).encode()).hexdigest()[:16]
            datasets[name] = rows
            return _without_rows({**others, "data": {**rest, "name": name}}, datasets)
        case dict():
            return {key: _without_rows(inner, datasets) for key, inner in part.items()}
    return part


def _shortened(value: Any) -> Any:  # noqa: ANN401  (JSON)
    """The same with numbers of at most so many digits; whole ones without a point."""
    match value:
        case bool():
            return value
        case float():
            short = float(f"{value:.{_DIGITS}g}")
            return int(short) if short.is_integer() else short
        case dict():
            return {key: _shortened(part) for key, part in value.items()}
        case list() | tuple():
            return [_shortened(part) for part in value]
    return value
