"""How segments differ: the medians of the model's features, standardised."""

from __future__ import annotations

import json
import math
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import altair as alt

from custseg.report.charts.axes import (
    COLOUR,
    along,
    key,
    layered,
    of_rows,
    rows_axis,
    ticks_at,
    tips,
)
from custseg.report.charts.drawing import Drawing
from custseg.report.charts.lettering import MINUS, Lettering, name
from custseg.report.charts.placing import spread_names
from custseg.words.colours import GREY, ink_on, mix
from custseg.words.features import features as features_of

if TYPE_CHECKING:
    from custseg.report.summary.segment import FeatureFigures, SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.words.language import Wording

_RAMP: Final = ("#8c510a", "#d8a25e", "#f6e8d0", "#f5f5f5", "#d5e6f5", "#6aa5d3", "#1c5a96")
"""Brown to blue through white, after ColorBrewer's: told apart with every common colour vision,
and neither end says good or bad."""
_RAMP_IN_DARK: Final = ("#e0b074", "#a8722a", "#5c4325", "#2b3036", "#27435e", "#3a7db5", "#8cc2ec")
"""The same on the dark ground: what is like everybody else is as dark as that."""
_MOST: Final = 2.5
"""Standard deviations at which colours stop changing: beyond are few customers of any shop."""
_WIDE: Final = 9
"""Features up to which there is room for their words side by side."""
_LINE_LETTERS: Final = 11
_LINE_HEIGHT: Final = 15
_SNAKE_HEIGHT: Final = 380
_LABELS: Final = 0.34
"""Room for the names right of the lines, as a share of the lines' width."""


@dataclass(frozen=True)
class _Value:
    segment: SegmentSummary
    figures: FeatureFigures
    z: float
    median: str
    everyone: str
    say: Lettering

    @property
    def feature(self) -> str:
        """What it is called within a sentence."""
        return features_of(self.say.wording)[self.figures.feature].label

    def told(self) -> dict[str, Any]:
        """Where it is drawn, and what is said where the pointer rests."""
        return {
            "segment": self.segment.segment_name,
            "feature": self.say.feature(self.figures.feature),
            "meaning": features_of(self.say.wording)[self.figures.feature].meaning,
            "z": round(self.z, 4),
            "z_text": _signed(self.z, self.say),
            "median": self.median,
            "everyone": self.everyone,
        }


def _values(summary: Summary, say: Lettering) -> list[_Value]:
    """Those the model sees, in its order, segment by segment."""
    found = []
    for segment in summary.segments:
        own = {figures.feature: figures for figures in segment.features}
        for feature in summary.method.features:
            figures = own.get(feature)
            if figures is None or figures.median_z is None or figures.median is None:
                continue
            median, overall = (
                say.feature_value(feature, value)
                for value in (figures.median, figures.overall_median)
            )
            found.append(_Value(segment, figures, figures.median_z, median, overall, say))
    return found


def fingerprint(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """Heat map of segments by features; None where the model's features have no medians."""
    say = Lettering.of("fingerprint", summary, wording)
    values = _values(summary, say)
    if not summary.segmented or not any(value.z for value in values):
        return None
    features = list(dict.fromkeys(value.figures.feature for value in values))
    wide = len(features) <= _WIDE
    end = min(_MOST, math.ceil(2 * max(abs(value.z) for value in values)) / 2)
    places = {segment.segment: place for place, segment in enumerate(summary.segments, 1)}
    rows = [
        value.told()
        | {
            "key": key(places[value.segment.segment], name(value.segment)),
            "column": features.index(value.figures.feature),
            **_cell(value.z, end, _RAMP),
            "in_dark": _cell(value.z, end, _RAMP_IN_DARK),
        }
        for value in values
    ]
    x = alt.X("column:O").axis(_words_axis(features, say, orient="top"))
    base = of_rows(rows, x=x, y=rows_axis(), tooltip=tips(say.titles()))
    cells = base.mark_rect(cornerRadius=2).encode(color=alt.Color("fill:N").scale(None))
    letters = alt.Color("letters:N").scale(None)
    size = 14 if wide else 11
    above = base.mark_text(fontSize=size, fontWeight=600, dy=-8 if wide else 0).encode(
        text="z_text:N", color=letters
    )
    below = base.mark_text(fontSize=11, dy=9).encode(text="median:N", color=letters)
    layers = [cells, above, below] if wide else [cells, above]
    most = max(values, key=lambda value: abs(value.z))
    return Drawing(
        "fingerprint",
        say(
            "finding",
            name=say.quoted(most.segment),
            feature=most.feature,
            median=most.median,
            everyone=most.everyone,
        ),
        say("caption", medians=wide),
        _alt_text(summary, values, len(features)),
        "segments",
        layered(*layers, height=alt.Step(44 if wide else 30)),
    )


def snake(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """A line per segment over the features; None where there are fewer than two features."""
    say = Lettering.of("snake", summary, wording)
    values = _values(summary, say)
    features = list(dict.fromkeys(value.figures.feature for value in values))
    alike = not summary.segmented or not any(value.z for value in values)
    if alike or len(features) < 2:  # noqa: PLR2004
        return None
    last = len(features) - 1
    unit = len(features) / _WIDE
    domain = [-0.4 * unit, last + _LABELS * len(features)]
    low, high = min(value.z for value in values), max(value.z for value in values)
    margin = 0.08 * (high - low)
    low, high = low - margin, high + margin
    # Of those that end at the same place, the first is on top.
    ends = [value for value in reversed(values) if value.figures.feature == features[-1]]
    at = spread_names([value.z for value in ends], low, high, _SNAKE_HEIGHT)
    points = [
        value.told()
        | {
            "number": value.segment.segment,
            "at": features.index(value.figures.feature),
            "colour": value.segment.colour,
        }
        for value in values
    ]
    names = [
        {
            "from": last + 0.1 * unit,
            "to": last + 0.4 * unit,
            "at": last + 0.47 * unit,
            "z": round(value.z, 4),
            "label": round(y, 4),
            "name": name(value.segment),
            "colour": value.segment.colour,
        }
        for value, y in zip(ends, at, strict=True)
    ]
    x, y = along(alt.X, {"domain": domain}), along(alt.Y, {"domain": [low, high]})("z")
    zero = of_rows(
        [{"z": 0, "from": domain[0], "to": last + 0.1 * unit}],
        x=x("from").axis(_words_axis(features, say, orient="bottom", grid=True)),
        x2="to:Q",
        y=y.title(say("fields.z_text")).axis(
            grid=False,
            domain=False,
            tickCount=6,
            labelExpr="datum.value === 0 ? '0' : format(datum.value, '+.1~f')",
        ),
    ).mark_rule(color=GREY, strokeWidth=1.5, strokeDash=[5, 3])
    base = of_rows(points, x=x("at"), y=y, color=COLOUR)
    lines = base.mark_line(strokeWidth=2.5).encode(detail="number:N")
    marks = base.mark_circle(size=55, opacity=1).encode(tooltip=tips(say.titles()))
    base = of_rows(names)
    leaders = base.mark_rule(strokeWidth=1.5).encode(
        x=x("from"), x2="to:Q", y=y, y2="label:Q", color=COLOUR
    )
    label = base.mark_text(align="left", baseline="middle", limit=150).encode(
        x=x("at"), y="label:Q", text="name:N"
    )
    lowest, highest = _widest(values, features)
    return Drawing(
        "snake",
        say(
            "finding",
            feature=lowest.feature,
            lowest=lowest.median,
            at_lowest=_with_ties(lowest, values),
            highest=highest.median,
            at_highest=_with_ties(highest, values),
        ),
        say("caption"),
        _alt_text(summary, values, len(features)),
        "segments",
        layered(zero, lines, leaders, marks, label, height=_SNAKE_HEIGHT),
    )


def _words_axis(
    features: list[str],
    say: Lettering,
    **how: Any,  # noqa: ANN401  (Altair's own)
) -> alt.Axis:
    """An axis of feature numbers that shows their words, our own and so safe in an expression."""
    wide = len(features) <= _WIDE
    lines = [
        textwrap.wrap(say.feature(feature), _LINE_LETTERS, break_long_words=False)
        if wide
        else [say.feature(feature)]
        for feature in features
    ]
    if how["orient"] == "top":
        # Lines go down from the first one, which stands above the axis: all end at the axis.
        most = max(map(len, lines))
        lines = [[" "] * (most - len(own)) + own for own in lines]
        how["labelPadding"] = 6 + (most - 1) * _LINE_HEIGHT
        how["labelLineHeight"] = _LINE_HEIGHT
    return ticks_at(
        range(len(features)),
        title=None,
        labelExpr=f"{json.dumps(lines)}[datum.value]",
        labelAngle=0 if wide else -45,
        labelLimit=200,
        labelOverlap=False,
        domain=False,
        ticks=False,
        **how,
    )


def _cell(z: float, end: float, ramp: tuple[str, ...]) -> dict[str, str]:
    """The colours of a value on a ramp from -end to end, and of what is written on it."""
    place = (min(max(z / end, -1), 1) + 1) / 2 * (len(ramp) - 1)
    left = min(int(place), len(ramp) - 2)
    fill = mix(ramp[left], ramp[left + 1], place - left)
    return {"fill": fill, "letters": ink_on(fill)}


def _signed(z: float, say: Lettering) -> str:
    shown = round(abs(z), 1)
    sign = "" if not shown else MINUS if z < 0 else "+"
    return sign + say.rounded(shown, 1)


def _widest(values: list[_Value], features: list[str]) -> tuple[_Value, _Value]:
    """The feature whose medians lie furthest apart, with its lowest and its highest."""

    def ends(feature: str) -> tuple[_Value, _Value]:
        own = [value for value in values if value.figures.feature == feature]
        return min(own, key=lambda value: value.z), max(own, key=lambda value: value.z)

    return max(map(ends, features), key=lambda pair: pair[1].z - pair[0].z)


def _with_ties(value: _Value, values: list[_Value]) -> str:
    """The segment of a median, and how many have the same."""
    same = sum(
        other.figures.feature == value.figures.feature and other.z == value.z for other in values
    )
    return value.say("ties", name=value.say.quoted(value.segment), others=same - 1)


def _alt_text(summary: Summary, values: list[_Value], features: int) -> str:
    each = " ".join(_described(segment, values) for segment in summary.segments)
    return values[0].say("alt", segments=len(summary.segments), features=features, each=each)


def _described(segment: SegmentSummary, values: list[_Value]) -> str:
    """A segment in its two most telling medians."""
    own = sorted(
        (value for value in values if value.segment is segment),
        key=lambda value: -abs(value.z),
    )
    told = ", ".join(f"{value.feature} {value.median}" for value in own[:2])
    return f"{name(segment)}: {told}."
