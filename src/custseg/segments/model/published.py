"""What a month publishes of its model: all that the next month needs to keep or to replace it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from custseg.segments.model.sampling import batches, in_batches
from custseg.segments.model.scoring import ScoringModel  # noqa: TC001  (pydantic reads the annotations)
from custseg.segments.model.spread import Spread, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from custseg.settings import ModelSettings

SHAPE = (
    "features",
    "transform",
    "weights",
    "clip",
    "variance",
    "components",
    "outlook_features",
    "outlook_weight",
    "outlook_days",
    "algorithm",
)
"""Settings that make another model of the same customers."""


@dataclass(frozen=True)
class Identity:
    """A segment of the chain of snapshots; its number is never given to another."""

    segment: int
    rule: str
    """Its name, before the shop's own takes its place."""
    since: str
    """As-of date of the snapshot in which it first was."""
    retired: str | None = None
    """As-of date of the first snapshot without it."""
    untrue_since: str | None = None
    """As-of date of the snapshot in which its name was first true of too few of its customers;
    None where it is true of enough."""


@dataclass(frozen=True)
class Training:
    """The customers that the model was fitted on, in figures that later months are held against."""

    as_of: str
    customers: int
    mean_squared_distance: float
    """To their own centroids."""
    shares: tuple[float, ...]
    """Of customers in each of the model's segments."""
    farthest: tuple[float, ...]
    """Greatest distance of a customer to the centroid of each."""
    farthest_aside: float
    """Greatest distance of a customer from the space of the components."""
    spreads: tuple[Spread, ...]
    """Of each feature."""
    settings: dict[str, Any]
    """Those that shape the model."""


@dataclass(frozen=True)
class PublishedModel:
    """The model by which the customers of one as-of date have their segments."""

    as_of: str
    scoring: ScoringModel
    training: Training
    identities: tuple[Identity, ...]
    """Every segment of the chain, the retired too, by number."""

    @property
    def rules(self) -> dict[int, str]:
        """The name of each segment in use."""
        return {one.segment: one.rule for one in self.identities if one.retired is None}


def shape(settings: ModelSettings) -> dict[str, Any]:
    """The settings that make another model of the same customers."""
    stored = settings.model_dump(mode="json")
    if not settings.outlook_weight:
        stored["outlook_days"] = 0
    return {name: stored[name] for name in SHAPE}


def training_of(
    scoring: ScoringModel, values: NDArray[np.float64], settings: ModelSettings, as_of: str
) -> Training:
    """Measure the customers that a model was fitted on."""
    distances = in_batches(lambda part: scoring.distances(scoring.points(part)), values)
    own, nearest = distances.min(axis=1), distances.argmin(axis=1)
    to_own, aside = [], []
    for part in batches(len(values)):
        # Of how far away customers really are, nothing is clipped.
        standardised = scoring.standardise(values[part], clipped=False)
        to_own.append(scoring.distances_to(scoring.project(standardised), nearest[part]))
        aside.append(scoring.residuals(standardised).max())
    apart = np.concatenate(to_own)
    rows = range(len(scoring.segments))
    return Training(
        as_of,
        len(values),
        float((own**2).mean()),
        tuple(float((nearest == row).mean()) for row in rows),
        tuple(float(apart[nearest == row].max(initial=0.0)) for row in rows),
        float(max(aside)),
        tuple(spread(name, values[:, i]) for i, name in enumerate(scoring.features)),
        shape(settings),
    )
