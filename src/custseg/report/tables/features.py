"""How features are named and their figures written, and which set a segment apart."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from custseg.report.tables.profile import FEATURES_APART
from custseg.report.tables.table import Form
from custseg.words.features import FEATURES
from custseg.words.features import features as features_of

if TYPE_CHECKING:
    from custseg.report.summary.segment import FeatureFigures
    from custseg.report.tables.table import Column
    from custseg.words.language import Wording


@dataclass(frozen=True)
class Habit:
    """What is typical of a segment in one respect."""

    median: str
    """In words: 15 orders."""
    half: str
    """Where the middle half of its customers lie: 12 to 22."""
    overall: str
    """The median of the whole shop."""


@dataclass(frozen=True)
class Difference:
    """What sets a segment apart in one respect."""

    name: str
    median: str
    overall_median: str
    size: str
    """In standard deviations, signed."""
    direction: str
    """more or less."""
    more: tuple[str, ...] = ()
    """What the table's definition has beyond that."""


_DIFFERENCES: Final = 5
_PLACED: Final = frozenset({"feature", "median", "overall_median", "standardised_difference"})
"""Columns of a difference that the line of a feature has a place for."""
_NOTABLE: Final = 0.3
"""Standard deviations below which a difference is not worth a reader's time."""


def written(feature: str, value: float | None, wording: Wording) -> str:
    """A feature's value as a reader writes it."""
    kind = FEATURES[feature].kind
    if kind == "money":
        return wording.money(value)
    if kind == "share":
        return wording.percent(value)
    if kind in {"ratio", "change"}:
        return wording.cells.number(value, 2, grouped=False)
    return wording.number(value)


def typical(features: tuple[FeatureFigures, ...], wording: Wording) -> list[Habit]:
    """Tell of a segment's median customer, and of the middle half."""
    by_name = {figures.feature: figures for figures in features}
    found = []
    for feature, template in wording.texts("evidence.habits").items():
        own = by_name.get(feature)
        if own is None or own.q25 is None or own.q75 is None or own.median is None:
            continue
        median, low, high, overall = (
            written(feature, value, wording)
            for value in (own.median, own.q25, own.q75, own.overall_median)
        )
        told = wording.fill(template, {"median": median})
        half = wording.render("evidence.half", {"low": low, "high": high}) if low != high else low
        found.append(Habit(told, half, overall))
    return found


def notable(
    features: tuple[FeatureFigures, ...], wording: Wording
) -> list[tuple[float, FeatureFigures]]:
    """Return what sets a segment apart most, of what its median customer is seen to differ in."""
    known = [
        (figures.standardised_difference, figures)
        for figures in features
        if figures.standardised_difference is not None
        and abs(figures.standardised_difference) >= _NOTABLE
        # "2 against 2" tells nothing: the means differ where half of the customers don't.
        and written(figures.feature, figures.median, wording)
        != written(figures.feature, figures.overall_median, wording)
    ]
    return sorted(known, key=lambda pair: -abs(pair[0]))[:_DIFFERENCES]


def apart(features: tuple[FeatureFigures, ...], wording: Wording) -> list[Difference]:
    """Name what sets a segment apart most."""
    called = features_of(wording)
    return [
        Difference(
            called[figures.feature].name,
            written(figures.feature, figures.median, wording),
            written(figures.feature, figures.overall_median, wording),
            f"{difference:+.1f}".replace("-", "−").replace(".", wording.style.decimal),
            "more" if difference > 0 else "less",
            _beyond(figures, wording),
        )
        for difference, figures in notable(features, wording)
    ]


def _beyond(figures: FeatureFigures, wording: Wording) -> tuple[str, ...]:
    """Write the columns that the line of a feature has no place of its own for."""
    row = asdict(figures)
    return tuple(
        f"{column.header} {_cell(column, row, wording)}"
        for column in FEATURES_APART.columns_for("page", [row])
        if column.key not in _PLACED
    )


def _cell(column: Column, row: dict[str, Any], wording: Wording) -> str:
    value = row[column.key]
    if isinstance(column.format, Form) and column.format.of_feature:
        return written(row["feature"], value, wording)
    return column.format(value)
