"""How much having bought one product speaks for another: item-to-item neighbours, or EASE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse
from scipy.linalg import lapack
from threadpoolctl import threadpool_limits

from custseg.errors import ModelError, SettingsError
from custseg.offers.recommendations.ranking import blocks, sum_per_row, top_per_row

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from custseg.settings import RecommendSettings

EASE_PRODUCTS: Final = 10_000
"""Above so many products a matrix of all pairs takes gigabytes and minutes."""
_BLOCK: Final = 10_000_000
"""Multiplications per block of products: bounds the memory that a product of matrices takes."""


def decayed(
    recent: sparse.csr_array, ages: NDArray[np.int32], half_life_days: float
) -> sparse.csr_array:
    """Customers' interest: 0.5^(age / half-life), each row divided by the root of its sum.

    The division keeps those who buy everything from deciding what goes with what.
    """
    weights = sparse.csr_array(
        (0.5 ** (ages / half_life_days), recent.indices, recent.indptr), shape=recent.shape
    )
    sums = weights.sum(axis=1)
    roots = np.divide(1, np.sqrt(sums), out=np.zeros_like(sums), where=sums > 0)
    weights.data *= np.repeat(roots, np.diff(weights.indptr))
    return weights


def neighbours(interest: sparse.csr_array, shrinkage: float, size: int | None) -> sparse.csr_array:
    """Return the similarity of each product to its nearest ones.

    Parameters
    ----------
    interest
        Customers by products; W.
    shrinkage
        Added to the denominator, so that products with few buyers are not near by chance.
    size
        Neighbours kept per product; None: all.

    Returns
    -------
    csr_array
        (WᵀW)ᵢⱼ / (√(nᵢ nⱼ) + shrinkage) with nᵢ = (WᵀW)ᵢᵢ: a cosine, shrunk. A product is not its
        own neighbour.
    """
    interest = interest.astype(np.float64, copy=False)
    by_product = interest.T.tocsr()
    squares = np.bincount(interest.indices, interest.data**2, minlength=interest.shape[1])
    norms = np.sqrt(squares)
    parts = []
    work = np.diff(interest.indptr)[by_product.indices]
    for start, end in blocks(sum_per_row(work, by_product.indptr), _BLOCK):
        together = by_product[start:end] @ interest
        rows = np.repeat(np.arange(start, end), np.diff(together.indptr))
        own = together.indices == rows
        together.data[own] = 0
        apart = norms[rows] * norms[together.indices] + shrinkage
        # Purchases very long ago, by a short half-life, weigh nothing at all.
        np.divide(together.data, apart, out=together.data, where=apart > 0)
        together.eliminate_zeros()
        parts.append(top_per_row(together, size or together.shape[1]))
    if not parts:
        return sparse.csr_array((interest.shape[1],) * 2)
    return sparse.vstack(parts, format="csr")


def ease(interest: sparse.csr_array, penalty: float) -> NDArray[np.float64]:
    """Return the weights of EASE (Steck 2019, "Embarrassingly shallow autoencoders"), eq. 8.

    Parameters
    ----------
    interest
        Customers by products.
    penalty
        λ, the L2 penalty.

    Raises
    ------
    SettingsError
        There are too many products.
    ModelError
        The penalty is too small for these orders.
    """
    products = interest.shape[1]
    if products > EASE_PRODUCTS:
        raise SettingsError(
            f'recommend.method: "ease" takes up to {EASE_PRODUCTS:,} products. Got {products:,}.',
            'Use [recommend] method = "neighbours".',
        )
    gram = (interest.T @ interest).toarray(order="F")
    np.fill_diagonal(gram, gram.diagonal() + penalty)
    with threadpool_limits(1):  # more threads round differently
        factor, unfactored = lapack.dpotrf(gram, lower=1, overwrite_a=1)
        inverse, singular = lapack.dpotri(factor, lower=1, overwrite_c=1)
    if unfactored or singular:
        raise ModelError(
            "EASE can't be solved for these orders.", "Raise [recommend] ease_penalty."
        )
    weights = np.tril(inverse) + np.tril(inverse, -1).T
    weights /= -weights.diagonal()
    np.fill_diagonal(weights, 0)
    return np.asarray(weights)


def item_weights(
    interest: sparse.csr_array, settings: RecommendSettings
) -> sparse.csr_array | NDArray[np.float64]:
    """Weigh products by the method that the settings name."""
    if settings.method == "ease":
        return ease(interest, settings.ease_penalty)
    return neighbours(interest, settings.shrinkage, settings.neighbours)
