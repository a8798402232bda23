"""The space that customers are grouped in: principal components, and the outlook axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from sklearn.decomposition import PCA
from sklearn.utils import check_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROUNDING: Final = 1e-9
"""Values nearer than this differ by how a quotient was rounded, not by what customers did."""


class Space(PCA):  # type: ignore[misc]
    """Principal components of standardised features, and the outlook axis beside them.

    Parameters
    ----------
    n_components
        Components, or the share of variance that they explain; None keeps all.
    svd_solver
        As scikit-learn's PCA has it.
    beside
        How many of the last features the components don't see.
    outlook
        Coefficient of each feature in the outlook axis; None leaves the axis out.
    outlook_weight
        Standard deviation that customers have along it.
    """

    def __init__(
        self,
        n_components: float | None = None,
        svd_solver: str = "full",
        beside: int = 0,
        outlook: tuple[float, ...] | None = None,
        outlook_weight: float = 0.0,
    ) -> None:
        super().__init__(n_components=n_components, svd_solver=svd_solver)
        self.beside = beside
        self.outlook = outlook
        self.outlook_weight = outlook_weight

    def fit(self, X: NDArray[np.float64], y: None = None) -> Space:  # noqa: N803  (scikit-learn's)
        """Find the components, and how long a step along the outlook axis is."""
        self.fit_transform(X, y)
        return self

    def fit_transform(
        self,
        X: NDArray[np.float64],  # noqa: N803
        y: None = None,
    ) -> NDArray[np.float64]:
        """Fit, and return the points of the customers fitted."""
        X = check_array(X, dtype=(np.float64, np.float32))  # noqa: N806
        seen = self._seen(X)
        if np.ptp(seen, axis=0).any():
            points = super().fit_transform(seen, y)
        else:
            points = self._fit_one_point(seen)
        self.centre_ = X.mean(axis=0)
        self.axes_ = np.pad(self.components_, ((0, 0), (0, self.beside)))
        if self.outlook is not None:
            along = np.array(self.outlook)
            deviation = float(((X - self.centre_) @ along).std())
            if deviation > ROUNDING:
                step = along * self.outlook_weight / deviation
                self.axes_ = np.vstack([self.axes_, step])
        return self._with_outlook(points, X)

    def _fit_one_point(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Fit to customers who are all alike, or to one: any axis will do, and all are at its 0."""
        self.n_samples_, self.n_features_in_ = values.shape
        self.mean_ = values.mean(axis=0)
        self.n_components_ = 1
        self.components_ = np.eye(1, self.n_features_in_)
        self.explained_variance_, self.explained_variance_ratio_ = np.zeros(1), np.ones(1)
        self.singular_values_, self.noise_variance_ = np.zeros(1), 0.0
        return np.zeros((len(values), 1))

    def transform(self, X: NDArray[np.float64]) -> NDArray[np.float64]:  # noqa: N803
        """Points of customers, shape (n, components and the axis)."""
        X = check_array(X, dtype=(np.float64, np.float32))  # noqa: N806
        return self._with_outlook(super().transform(self._seen(X)), X)

    def _seen(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The features that the components see."""
        return values[:, : values.shape[1] - self.beside]

    def _with_outlook(
        self, points: NDArray[np.float64], values: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        beside = self.axes_[len(self.components_) :]
        return np.column_stack([points, (values - self.centre_) @ beside.T])
