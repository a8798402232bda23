"""A fitted pipeline in numbers: it assigns customers without being unpickled or fitted again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from custseg.errors import ModelError
from custseg.segments.model.pipeline import clip, transform
from custseg.segments.model.sampling import in_batches

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from custseg.settings import ModelSettings

Vector = tuple[float, ...]


@dataclass(frozen=True)
class ScoringModel:
    """Transform, scale, clip, weigh, project, nearest centroid: what the pipeline of `build` does.

    As plain numbers it outlives the versions of the libraries it was fitted with.
    """

    features: tuple[str, ...]
    logged: tuple[bool, ...]
    """Whether a feature enters as log1p."""
    mean: Vector
    """Of each transformed feature, at the fit."""
    scale: Vector
    """Its standard deviation then."""
    weights: Vector
    centre: Vector
    """Mean of the weighed features, which the projection takes away."""
    components: tuple[Vector, ...]
    """Principal axes, one row each; the outlook axis, where there is one, is not orthogonal."""
    segments: tuple[int, ...]
    """The segment of each centroid, ascending."""
    centroids: tuple[Vector, ...]
    """In the space of the components."""
    clip: float = 0.0
    """Standard deviations from the mean at which a feature is cut; 0 cuts nothing."""
    outlook: bool = False
    """Whether the last of the components is the outlook axis."""

    def lacking(self, features: pd.DataFrame) -> list[str]:
        """The model's features that some customer has no value of."""
        return [
            name for name in self.features if name not in features or features[name].isna().any()
        ]

    def matrix(self, features: pd.DataFrame) -> NDArray[np.float64]:
        """The model's features of customers, one row each.

        Raises
        ------
        ModelError
            A customer has no value of one.
        """
        if lacking := self.lacking(features):
            raise ModelError(
                f"The model before needs {', '.join(lacking)}, which some customers have no value "
                "of.",
                'Fit a new one: [monthly] model = "refit".',
            )
        values: NDArray[np.float64] = features[list(self.features)].to_numpy(dtype=np.float64)
        return values

    def standardise(
        self, values: NDArray[np.float64], *, clipped: bool = True
    ) -> NDArray[np.float64]:
        """Transformed, scaled, clipped and weighed features, of the shape of `values`."""
        z = (transform(values, self.logged) - np.array(self.mean)) / np.array(self.scale)
        weighed: NDArray[np.float64] = clip(z, self.clip * clipped) * np.array(self.weights)
        return weighed

    def project(self, standardised: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points in the space of the components, shape (n, components)."""
        points: NDArray[np.float64] = (standardised - np.array(self.centre)) @ np.array(
            self.components
        ).T
        return points

    def reconstruct(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Standardised features that project onto points: the nearest that the components span."""
        back = np.linalg.pinv(np.array(self.components))
        features: NDArray[np.float64] = points @ back.T + np.array(self.centre)
        return features

    def restore(self, standardised: NDArray[np.float64]) -> NDArray[np.float64]:
        """Features in their own units from standardised ones: `standardise` without its clip."""
        z = standardised / np.array(self.weights)
        transformed = z * np.array(self.scale) + np.array(self.mean)
        values: NDArray[np.float64] = np.where(self.logged, np.expm1(transformed), transformed)
        return values

    def points(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Customers in the space of the components."""
        return in_batches(lambda part: self.project(self.standardise(part)), values)

    def distances(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Euclidean distances to every centroid, shape (n, segments)."""
        squares = [((points - np.array(own)) ** 2).sum(axis=1) for own in self.centroids]
        apart: NDArray[np.float64] = np.sqrt(np.column_stack(squares))
        return apart

    def distances_to(
        self, points: NDArray[np.float64], rows: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """Euclidean distance of each point to the centroid of its row, shape (n,)."""
        apart: NDArray[np.float64] = np.sqrt(
            ((points - np.array(self.centroids)[rows]) ** 2).sum(axis=1)
        )
        return apart

    def labels(self, points: NDArray[np.float64]) -> NDArray[np.int64]:
        """The segment of the nearest centroid; the lower number on a tie."""
        rows = in_batches(lambda part: self.distances(part).argmin(axis=1), points)
        found: NDArray[np.int64] = np.array(self.segments)[rows]
        return found

    def residuals(self, standardised: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far customers are from the space of the components."""
        flat = self.reconstruct(self.project(standardised))
        aside: NDArray[np.float64] = np.sqrt(((standardised - flat) ** 2).sum(axis=1))
        return aside

    def means(
        self, points: NDArray[np.float64], labels: NDArray[np.int64]
    ) -> dict[int, NDArray[np.float64]]:
        """Mean point of each label that a customer has."""
        return {int(label): points[labels == label].mean(axis=0) for label in np.unique(labels)}


def scoring_model(
    pipeline: Pipeline, settings: ModelSettings, segments: tuple[int, ...]
) -> ScoringModel:
    """Take the numbers out of a fitted pipeline whose centroids are those of `segments`."""
    scaler, pca, kmeans = (pipeline[name] for name in ("scale", "pca", "kmeans"))
    return ScoringModel(
        settings.features,
        tuple(pipeline["transform"].kw_args["logged"]),
        tuple(scaler.mean_.tolist()),
        tuple(scaler.scale_.tolist()),
        tuple(pipeline["weigh"].kw_args["weights"]),
        tuple(pca.centre_.tolist()),
        tuple(tuple(axis) for axis in pca.axes_.tolist()),
        segments,
        tuple(tuple(point) for point in kmeans.cluster_centers_.astype(np.float64).tolist()),
        settings.clip,
        len(pca.axes_) > len(pca.components_),
    )
