"""A published model as a query: it scores customers where their features are, without Python."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Final, Literal, get_args

import ibis

from custseg.engine.dialects import Step, chained, query

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import ibis.expr.types as ir

    from custseg.segments.model.published import PublishedModel
    from custseg.segments.model.scoring import ScoringModel, Vector

Dialect = Literal["duckdb", "postgres", "spark", "bigquery", "snowflake", "tsql"]
DIALECTS: Final[tuple[str, ...]] = get_args(Dialect)
_ID: Final = "customer_id"


def score_expression(
    features: ir.Table,
    model: ScoringModel,
    names: Mapping[int, str],
    keep: Callable[[ir.Table], ir.Table] | None = None,
) -> ir.Table:
    """Put every customer of a table into their segment, wherever the table is.

    Parameters
    ----------
    features
        customer_id and the model's features, as in the artifact `features`.
    model
        The model in numbers.
    names
        What each of its segments is called.
    keep
        Stores a step that is read often in a table, where the backend would put the steps into each
        other: PostgreSQL needs gigabytes for the plan of six segments then.

    Returns
    -------
    Table
        customer_id, segment, segment_name, distance, next_segment and margin, as in the artifact
        `segments` but for the last digits of floats. Who has no value of a feature of the model,
        whom the pipeline refuses, has no segment.
    """
    return chained(features, _Scoring(model, names).steps(), keep)


def as_sql(
    published: PublishedModel, names: Mapping[int, str], dialect: Dialect, source: str = "features"
) -> str:
    """Write a published model as a query of a features table.

    Parameters
    ----------
    source
        The table's name in the database.

    Raises
    ------
    UsageError
        The source is no table.
    """
    scoring = published.scoring
    # Exact decimals, so that all are made floats: a database may hold averages as such.
    schema = ibis.schema({_ID: "string"} | dict.fromkeys(scoring.features, "decimal(18,4)"))
    head = (
        f"The segment of every customer of {source}, by the model that was fitted on the customers "
        f"of {published.training.as_of}. Names are those of segments: all customers of a segment "
        "have the same. Who has no value of a feature that the model needs has no segment."
    )
    return query(_Scoring(scoring, names).steps(), schema, source, dialect, head)


@dataclass(frozen=True)
class _Scoring:
    """What `ScoringModel` does to an array, step by step as selections from a table."""

    model: ScoringModel
    names: Mapping[int, str]

    def steps(self) -> list[Step]:
        model = self.model
        changed = []
        if model.clip:
            changed.append(f"cut at {model.clip:g} standard deviations")
        if any(weight != 1 for weight in model.weights):
            changed.append("weighed")
        clipped = Step("clipped", " and ".join(changed).capitalize() + ".", self._clipped)
        beside = ", and along the outlook axis" if model.outlook else ""
        return [
            Step("measured", "The features that the model sees.", self._measured),
            Step(
                "transformed",
                "Log of 1 + the feature, where it is heavy-tailed; net refunds count as 0.",
                self._transformed,
            ),
            Step(
                "scaled",
                "Standard deviations from the mean at the fit.",
                self._scaled,
                often_read=True,
            ),
            *([clipped] if changed else []),
            Step(
                "components",
                f"Scores on the principal components{beside}.",
                self._components,
                often_read=True,
            ),
            Step(
                "distances",
                "Euclidean distance to the centroid of each segment, by its number.",
                self._distances,
                often_read=True,
            ),
            Step("nearest", "The least of them.", self._nearest, often_read=True),
            Step(
                "compared",
                "Whose it is, the lower number on a tie; and the least to another centroid.",
                self._compared,
                often_read=True,
            ),
            Step(
                "scored",
                "The margin is how much nearer one's own centroid is than the next: 0 on the "
                "border, 1 on the centroid.",
                self._scored,
            ),
        ]

    def _measured(self, table: ir.Table) -> ir.Table:
        return self._each(table, lambda _, column: column.cast("float64"))

    def _transformed(self, table: ir.Table) -> ir.Table:
        def transformed(row: int, column: ir.FloatingColumn) -> ir.Value:
            if not self.model.logged[row]:
                return column
            # Not the greater of 0 and the feature, which some databases find 0 where it is missing.
            return ibis.cases((column < 0, 0.0), else_=(column + 1).ln())

        return self._each(table, transformed)

    def _scaled(self, table: ir.Table) -> ir.Table:
        model = self.model
        return self._each(
            table, lambda row, column: _less(column, model.mean[row]) / model.scale[row]
        )

    def _clipped(self, table: ir.Table) -> ir.Table:
        model, most = self.model, self.model.clip

        def clipped(row: int, column: ir.FloatingColumn) -> ir.Value:
            cut = (
                ibis.cases((column > most, most), (column < -most, -most), else_=column)
                if most
                else column
            )
            weight = model.weights[row]
            return cut * weight if weight != 1 else cut

        return self._each(table, clipped)

    def _components(self, table: ir.Table) -> ir.Table:
        model = self.model

        def score(axis: Vector) -> ir.FloatingColumn:
            parts = [table[f] * own for f, own in zip(model.features, axis, strict=True) if own]
            middle = sum(c * own for c, own in zip(model.centre, axis, strict=True))
            return _less(_sum(parts), middle)

        axes = zip(self._axes(), model.components, strict=True)
        return table.select(_ID, **{name: score(axis) for name, axis in axes})

    def _distances(self, table: ir.Table) -> ir.Table:
        axes = self._axes()
        apart = {
            _to(segment): _sum(
                [_less(table[a], c) ** 2 for a, c in zip(axes, centroid, strict=True)]
            )
            for segment, centroid in zip(self.model.segments, self.model.centroids, strict=True)
        }
        return table.select(_ID, **{name: square.sqrt() for name, square in apart.items()})

    def _nearest(self, table: ir.Table) -> ir.Table:
        return table.mutate(distance=_least([table[_to(one)] for one in self.model.segments]))

    def _compared(self, table: ir.Table) -> ir.Table:
        segments = self.model.segments
        own = [(table[_to(one)] == table.distance, one) for one in segments]
        others = [
            (is_own, _least([table[_to(other)] for other in segments if other != one]))
            for is_own, one in own
            if len(segments) > 1
        ]
        following = {"next_distance": ibis.cases(*others)} if others else {}
        return table.mutate(segment=ibis.cases(*own), **following)

    def _scored(self, table: ir.Table) -> ir.Table:
        segment = table.segment
        if len(self.model.segments) == 1:
            # No border is anywhere near.
            following, margin = segment, ibis.cases((segment.notnull(), 1.0))
        else:
            following = ibis.cases(
                *(
                    ((segment != one) & (table[_to(one)] == table.next_distance), one)
                    for one in self.model.segments
                )
            )
            ratio = table.distance / table.next_distance
            margin = ibis.cases((table.next_distance == 0, 0.0), else_=1 - ratio)
        return table.select(
            _ID,
            segment=segment,
            segment_name=segment.cases(*((one, self.names[one]) for one in self.model.segments)),
            distance=table.distance,
            next_segment=following,
            margin=margin,
        )

    def _axes(self) -> list[str]:
        """What the axes of the space are called."""
        count = len(self.model.components)
        names = [f"pc{number}" for number in range(1, count + 1)]
        return [*names[:-1], "outlook"] if self.model.outlook else names

    def _each(
        self, table: ir.Table, change: Callable[[int, ir.FloatingColumn], ir.Value]
    ) -> ir.Table:
        """Change each feature, given its place among those of the model."""
        features = enumerate(self.model.features)
        return table.select(_ID, **{name: change(row, table[name]) for row, name in features})


def _to(segment: int) -> str:
    return f"distance_{segment}"


def _sum(terms: Sequence[ir.FloatingColumn]) -> ir.FloatingColumn:
    return reduce(add, terms)


def _less(column: ir.FloatingColumn, number: float) -> ir.FloatingColumn:
    return column + -number if number < 0 else column - number


def _least(columns: Sequence[ir.FloatingColumn]) -> ir.Value:
    return ibis.least(*columns) if len(columns) > 1 else columns[0]
