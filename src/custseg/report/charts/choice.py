"""How the number of segments was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import altair as alt

from custseg.report.charts.axes import (
    COUNT,
    OPACITY,
    Rows,
    along,
    layered,
    names_axis,
    of_rows,
    tips,
)
from custseg.report.charts.drawing import Drawing
from custseg.report.charts.lettering import Lettering, text_width
from custseg.words.colours import BLUE, GREY, VERMILION, ink_on, mix

if TYPE_CHECKING:
    from collections.abc import Callable

    from custseg.report.summary.whole import KScore, Summary
    from custseg.words.language import Wording

_OWN: Final = BLUE
_ACCENT: Final = VERMILION
_WORST, _BEST = "#e8eff6", "#0b4f8a"
_ROW: Final = 38
_NARROWEST: Final = 470
"""Pixels that all columns have on a phone."""
_FILLED: Final = 0.88
"""Share of a column that its widest figure may take."""
_STAR: Final = (
    "M0,-1L0.22,-0.31L0.95,-0.31L0.36,0.12L0.59,0.81L0,0.38L-0.59,0.81L-0.36,0.12L-0.95,-0.31"
    "L-0.22,-0.31Z"
)


@dataclass(frozen=True)
class _Criterion:
    """A row of the heat map."""

    name: str
    field: str
    """Of a score."""
    written: Callable[[float], str]
    favours: bool = False
    """Whether `favoured_by` names it; the best value is marked if not."""
    lower: bool = False
    """Whether a lower figure is better."""

    def value(self, score: KScore) -> float | None:
        value: float | None = getattr(score, self.field)
        return value


def elbow(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """Draw inertia against k, with the elbow and the chosen k."""
    scores = summary.k_scores
    if len(scores) < 2:  # noqa: PLR2004  (a line needs two ends)
        return None
    knee = next((own.k for own in scores if "elbow" in _favoured(own)), None)
    first, last = scores[0], scores[-1]
    fallen = {own.k: 1 - own.inertia / first.inertia for own in scores}
    say = Lettering.of("elbow", summary, wording)
    chosen = summary.chosen_k
    ends = {"first": first.k, "last": last.k, "chosen": chosen, "now": summary.fitted_now}
    if knee is None:
        title = say("finding_without", fall=say.percent(fallen[last.k]), **ends)
    else:
        before, after = fallen[knee], fallen[last.k] - fallen[knee]
        falls = {"before": say.percent(before), "after": say.percent(after)}
        title = say("finding", knee=knee, **falls, **ends)
    rows = [
        {
            "k": own.k,
            "inertia": round(own.inertia, 2),
            "fall": say.signed_percent(own.inertia / before.inertia - 1) if before else "",
        }
        for before, own in zip((None, *scores), scores, strict=False)
    ]
    return Drawing(
        name="elbow",
        title=title,
        caption=say("caption"),
        alt_text=say(
            "alt",
            each=", ".join(say("each", inertia=say.whole(own.inertia), k=own.k) for own in scores),
        ),
        section="method",
        chart=_falling(rows, {"elbow": knee, "chosen": chosen}, say),
    )


def _falling(rows: Rows, marked: dict[str, int | None], say: Lettering) -> alt.LayerChart:
    ks = [row["k"] for row in rows]
    x = along(
        alt.X,
        {"domain": [ks[0] - 0.3, ks[-1] + 0.3], "zero": False},
        title=say("axis"),
        axis=alt.Axis(values=ks, format="d", grid=False),
    )("k")
    y = along(
        alt.Y,
        {"domain": [0, 1.08 * max(row["inertia"] for row in rows) or 1]},
        title=say("axis_up"),
        axis=alt.Axis(format=COUNT, tickCount=5),
    )("inertia")
    titles = say.titles()
    tooltip = tips({"k:Q": titles.pop("k")} | titles, inertia=COUNT)
    base = of_rows(rows, x=x, y=y)
    layers = [
        base.mark_line(color=GREY, strokeWidth=2, tooltip=None),
        base.mark_point(filled=True, color=GREY, size=50, opacity=1).encode(tooltip=tooltip),
    ]
    named: dict[int, list[str]] = {}
    for name, k in marked.items():
        if k is not None:
            named.setdefault(k, []).append(name)
    for row in rows:
        if names := named.get(row["k"]):
            near_end = row["k"] > ks[len(ks) * 2 // 3]
            label = f"{say.listed([say(name) for name in names])}: k = {row['k']}"
            layers += _mark(row | {"label": label}, names, near_end=near_end, x=x, y=y)
    return layered(*layers, height=320)


def _mark(
    row: dict[str, Any], names: list[str], *, near_end: bool, x: alt.X, y: alt.Y
) -> list[alt.Chart]:
    """A ring around the elbow, a full point for the chosen k, each with its name."""
    base = of_rows([row], x=x, y=y)
    marks = []
    if "chosen" in names:
        marks.append(base.mark_point(filled=True, color=_OWN, size=130, opacity=1, tooltip=None))
    if "elbow" in names:
        marks.append(
            base.mark_point(color=_ACCENT, size=330, strokeWidth=2.5, opacity=1, tooltip=None)
        )
    label = base.mark_text(
        align="right" if near_end else "left",
        dx=0 if near_end else 11,
        dy=-26 if near_end else -15,
        fontSize=13,
        fontWeight=600,
        tooltip=None,
    ).encode(text="label:N")
    return [*marks, label]


def k_criteria(summary: Summary, wording: Wording | None = None) -> Drawing | None:
    """Draw every criterion for every k, best to worst within its row."""
    method, say = summary.method, Lettering.of("k_criteria", summary, wording)

    def named(
        field: str, written: Callable[[float], str], *, favours: bool = False, lower: bool = False
    ) -> _Criterion:
        asked = {"stability": method.min_stability, "share": method.min_share}
        return _Criterion(say(f"criteria.{field}", **asked), field, written, favours, lower)

    def fine(value: float) -> str:
        return say.rounded(value, 3)

    def stability(value: float) -> str:
        return say.wording.beside(value, method.min_stability)

    criteria = [
        named("silhouette", fine, favours=True),
        named("weakest_silhouette", fine),
        named("calinski_harabasz", say.whole, favours=True),
        named("davies_bouldin", fine, favours=True, lower=True),
        named("gap", fine, favours=True),
        named("stability", stability),
        named("seed_ari", lambda value: say.rounded(value, 2)),
        named("smallest_share", say.percent),
    ]
    known = [
        own for own in criteria if any(own.value(score) is not None for score in summary.k_scores)
    ]
    if not known:
        return None
    rows = [cell for criterion in known for cell in _cells(criterion, summary)]
    best = [
        say("best", criterion=criterion.name, figure=cell["figure"], k=cell["k"])
        for criterion in known
        for cell in rows
        if cell["best"] and cell["criterion"] == criterion.name
    ]
    return Drawing(
        name="k-criteria",
        title=_chosen(summary, say),
        caption=say("caption"),
        alt_text=say("alt", best="; ".join(best)),
        section="method",
        chart=_heat(rows, [own.name for own in known], summary, say),
    )


def _chosen(summary: Summary, say: Lettering) -> str:
    """What was chosen and why, without what the other criteria say."""
    own = next((score for score in summary.k_scores if score.chosen), None)
    stability, least = own.stability if own else None, summary.method.min_stability
    return say(
        "finding",
        k=summary.chosen_k,
        now=summary.fitted_now,
        reason=summary.k_reason.partition(": ")[2].partition("; ")[0].rstrip("."),
        silhouette=say.rounded(own.silhouette, 2) if own else "",
        stability="" if stability is None else say.wording.beside(stability, least),
    )


def _favoured(score: KScore) -> list[str]:
    return (score.favoured_by or "").split(", ")


def _cells(criterion: _Criterion, summary: Summary) -> Rows:
    """A criterion's row: each figure, its colour by rank, and whether it is the best."""
    found = {own.k: criterion.value(own) for own in summary.k_scores}
    values = {k: value for k, value in found.items() if value is not None}
    ranked = sorted(set(values.values()), reverse=criterion.lower)
    if criterion.favours:
        best = {own.k for own in summary.k_scores if criterion.field in _favoured(own)}
    else:
        # One alone is not the best of anything.
        best = {k for k, value in values.items() if value == ranked[-1] and len(values) > 1}
    return [
        {
            "criterion": criterion.name,
            "k": k,
            "figure": "" if value is None else criterion.written(value),
            "fill": (fill := _fill(value, ranked)),
            "opacity": 0 if value is None else 1,
            "ink": ink_on(fill),
            "best": k in best,
        }
        for k, value in found.items()
    ]


def _fill(value: float | None, ranked: list[float]) -> str:
    """The colour of a figure by its rank, from the worst to the best."""
    if value is None:
        return _WORST
    share = ranked.index(value) / (len(ranked) - 1) if len(ranked) > 1 else 0.5
    return mix(_WORST, _BEST, share)


def _heat(rows: Rows, names: list[str], summary: Summary, say: Lettering) -> alt.LayerChart:
    x = alt.X("k:O", title=say("axis")).axis(
        labelAngle=0, ticks=False, domain=False, orient="top", titlePadding=8
    )
    y = names_axis("criterion", names)
    base = of_rows(rows, x=x, y=y)
    titles = say.titles()
    ink = alt.Color("ink:N", scale=None)
    # A column is as wide as the plot allows: the more there are, the smaller are the figures.
    widest = max(text_width(row["figure"], 1) for row in rows)
    size = min(12.0, _FILLED * _NARROWEST / len(summary.k_scores) / widest)
    cells = base.mark_rect(stroke="white", strokeWidth=1).encode(
        color=alt.Color("fill:N", scale=None),
        opacity=OPACITY,
        tooltip=tips({"k:O" if name == "k" else name: titles[name] for name in titles}),
    )
    figures = base.mark_text(fontSize=size, dy=4, tooltip=None).encode(text="figure:N", color=ink)
    best = of_rows([row for row in rows if row["best"]], x=x, y=y)
    stars = best.mark_point(
        shape=_STAR, size=110, filled=True, opacity=1, yOffset=-10, tooltip=None
    ).encode(color=ink)
    chosen = of_rows([{"k": summary.chosen_k}])
    outline = chosen.mark_rect(
        filled=False, stroke=_ACCENT, strokeWidth=3, cornerRadius=2, opacity=1, tooltip=None
    ).encode(x=x)
    return layered(cells, figures, stars, outline, height=_ROW * len(names))
