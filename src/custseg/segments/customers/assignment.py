"""Segments of other customers, by the model that a run published: nothing is fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from custseg.errors import ModelError
from custseg.segments.model.naming import rename
from custseg.segments.model.nearness import nearness
from custseg.settings import SegmentSettings
from custseg.words.features import phrase
from custseg.words.figures import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from custseg.segments.model.published import PublishedModel

_BATCH: Final = 200_000
"""Customers whose distances are held at once."""
_TOLERANCE: Final = 1e-9
"""Of a distance: the same customer measured in another batch may differ in the last digits."""

_FAR: Final = (
    "farther from the segment's centroid ({distance:.2f}) than anybody at the fit ({most:.2f}), "
    "above all by {phrase}, {deviations:.1f} standard deviations {side} the centroid"
)
_ODD: Final = (
    "features that nobody at the fit had together ({distance:.2f} from the space of the "
    "components, at most {most:.2f} then), above all {phrase}, {deviations:.1f} standard "
    "deviations {side} what the others let expect"
)


def score_customers(
    features: pd.DataFrame,
    model: PublishedModel,
    settings: SegmentSettings | None = None,
) -> pd.DataFrame:
    """Put customers into the segments of a published model.

    Parameters
    ----------
    features
        customer_id and the model's features, one row per customer; of any shop, as of any date.
    model
        What a snapshot published as `model`.
    settings
        The `[segments]` settings: names, and the margin below which a customer is ambiguous.

    Returns
    -------
    DataFrame
        A row per customer, in the order given: customer_id, segment, segment_name, distance (to
        the segment's centroid: Euclidean, in the space of the components), next_segment,
        next_segment_name, margin (1 - distance / distance to the next), ambiguous,
        unlike_training, why_unlike.

        Unlike training is a customer who is farther from the centroid than every customer of that
        segment at the fit, or farther from the space of the components than any customer then:
        nobody like that decided on the segments. why_unlike says which of the two, and the
        feature that is farthest, in standard deviations at the fit; it is empty for the others.

    Raises
    ------
    ModelError
        Some customers have no value of a feature of the model.

    Examples
    --------
    >>> scored = custseg.score_customers(features, model)
    >>> scored.columns[:3].tolist()
    ['customer_id', 'segment', 'segment_name']
    """
    _refuse_lacking(features, model)
    naming = settings or SegmentSettings()
    starts = range(0, max(len(features), 1), _BATCH)
    return pd.concat(
        [_scored(features.iloc[start : start + _BATCH], model, naming) for start in starts],
        ignore_index=True,
    )


def _refuse_lacking(features: pd.DataFrame, model: PublishedModel) -> None:
    counts = {
        name: int(features[name].isna().sum()) if name in features else len(features)
        for name in model.scoring.features
    }
    absent = [name for name in counts if name not in features]
    lacking = {name: count for name, count in counts.items() if count}
    if absent or lacking:
        told = ", ".join(
            f"{name} ({counted(count, 'customer', 'customers')})" for name, count in lacking.items()
        )
        raise ModelError(
            f"The model of {model.as_of} needs features that some customers have no value of: "
            f"{told or ', '.join(absent)}.",
            "Score orders that have what the model was fitted on, such as amounts and products.",
        )


def _scored(part: pd.DataFrame, model: PublishedModel, naming: SegmentSettings) -> pd.DataFrame:
    scoring = model.scoring
    values = part[list(scoring.features)].to_numpy(dtype=np.float64)
    near = nearness(scoring, scoring.points(values))
    # How far away somebody really is shows before features are clipped.
    standardised = scoring.standardise(values, clipped=False)
    points = scoring.project(standardised)
    names = rename(model.rules, naming.names)
    rows = np.searchsorted(scoring.segments, near.own)
    typical = scoring.reconstruct(np.array(scoring.centroids))[rows]
    flat = scoring.reconstruct(points)
    farthest = np.array(model.training.farthest)[rows]
    aside = np.sqrt(((standardised - flat) ** 2).sum(axis=1))
    asides = np.full(len(part), model.training.farthest_aside)
    apart = scoring.distances_to(points, rows)
    far = _reasons(_FAR, apart, farthest, values, standardised - typical, model)
    odd = _reasons(_ODD, aside, asides, values, standardised - flat, model)
    why = pd.Series(["; ".join(filter(None, both)) for both in zip(far, odd, strict=True)])
    return pd.DataFrame(
        {
            "customer_id": part["customer_id"].to_numpy(),
            "segment": near.own,
            "segment_name": _named(near.own, names),
            "distance": near.distance,
            "next_segment": near.next,
            "next_segment_name": _named(near.next, names),
            "margin": near.margin,
            "ambiguous": near.margin < naming.ambiguous_margin,
            "unlike_training": (why != "").to_numpy(dtype=bool),
            "why_unlike": why.astype("str"),
        }
    )


def _reasons(
    told: str,
    distances: NDArray[np.float64],
    most: NDArray[np.float64],
    values: NDArray[np.float64],
    differences: NDArray[np.float64],
    model: PublishedModel,
) -> list[str]:
    """Say of each customer how a distance is greater than any at the fit; nothing where it isn't.

    Parameters
    ----------
    differences
        What the distance is made of, in standardised features.
    """
    reasons = [""] * len(distances)
    for row in np.flatnonzero(distances > most + _TOLERANCE):
        feature = int(np.abs(differences[row]).argmax())
        name = model.scoring.features[feature]
        deviations = differences[row, feature] / model.scoring.weights[feature]
        reasons[row] = told.format(
            distance=distances[row],
            most=most[row],
            phrase=phrase(name, values[row, feature]),
            deviations=abs(deviations),
            side="above" if deviations > 0 else "below",
        )
    return reasons


def _named(segments: NDArray[np.int64], names: Mapping[int, str]) -> pd.Series[str]:
    return pd.Series(segments).map(names).astype("str")
