"""What distinguishes a segment, as rules a CRM can use, and how far they can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from custseg.segments.model.pipeline import matrix, usable_features
from custseg.segments.profiles.surrogate import DIGITS, Leaf, imitate, predict
from custseg.settings import ModelSettings, RuleSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from custseg.segments.profiles.surrogate import Tree

EVERYBODY: Final = "any customer"
"""The rule of a tree without a question."""
_MOST_FITTED: Final = 20_000
_FEW: Final = 100
"""Held-out customers below which the fidelity's error exceeds 7 points (95 % interval at .85)."""

Bounds = dict[int, tuple[float, float]]
"""For a feature's position: at least the first, less than the second."""


@dataclass(frozen=True)
class Rules:
    """The rules, and how faithful they are."""

    segment_rules: pd.DataFrame
    fidelity: float
    """Share of held-out customers whom the rules put into their segment."""
    fidelity_note: str


def find_rules(
    features: pd.DataFrame,
    segments: pd.DataFrame,
    settings: RuleSettings | None = None,
    model_settings: ModelSettings | None = None,
) -> Rules:
    """Describe the segments by rules on the model's features.

    Parameters
    ----------
    features, segments
        What the stages of those names gave; the same customers, sorted by customer_id.
    settings
        The `[rules]` settings.
    model_settings
        The `[model]` settings, for the features and the seed.

    Returns
    -------
    Rules
        Every customer meets exactly one rule: conditions such as `tenure_days < 70`, joined by
        " and ". They are fitted without the held-out customers (`holdout` of each segment,
        drawn by seed), and their fidelity is measured on those: the share that meets a rule of its
        own segment. Where nobody can be held out it is measured on all, and the note says so.

    Notes
    -----
    A surrogate model in the sense of Craven & Shavlik (1996), "Extracting tree-structured
    representations of trained networks".

    Examples
    --------
    >>> rules = custseg.find_rules(features, segments)
    >>> f"{rules.fidelity:.0%} of {len(rules.segment_rules)} rules' customers"
    "91% of 3 rules' customers"
    """
    settings = settings or RuleSettings()
    model_settings = usable_features(model_settings or ModelSettings(), features)
    values = matrix(features, model_settings)
    labels = segments["segment"].to_numpy(dtype=np.int64)
    held_out = hold_out(labels, settings.holdout, model_settings.seed)
    fitted = np.flatnonzero(~held_out)
    # Evenly spaced in customer_id: more customers would cost time and sharpen no threshold.
    fitted = fitted[:: -(-len(fitted) // _MOST_FITTED)]
    tree = imitate(values[fitted], labels[fitted], settings.leaves, model_settings.seed)
    right = predict(tree, values) == labels
    tested = held_out if held_out.any() else np.ones_like(held_out)
    fidelity = float(right[tested].mean())
    table = _table(tree, values, labels, held_out, model_settings.features)
    names = segments.drop_duplicates("segment").set_index("segment")["segment_name"]
    table.insert(1, "segment_name", table["segment"].map(names))
    without = names.sort_index().drop(table["segment"].unique()).tolist()
    if len(names) == 1:
        return Rules(table, fidelity, "no rules are needed: all customers are in one segment")
    return Rules(table, fidelity, _note(fidelity, len(table), held_out, without))


def hold_out(labels: NDArray[np.int64], share: float, seed: int) -> NDArray[np.bool_]:
    """Draw a share of each segment's customers, rounded down, to test on.

    Parameters
    ----------
    labels
        The segment of each customer, sorted by customer_id, so that no order of rows matters.
    share, seed
        `[rules] holdout` and `[model] seed`.
    """
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    place = pd.Series(shuffled).groupby(labels).rank().to_numpy()
    _, number, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    chosen: NDArray[np.bool_] = place <= np.floor(share * sizes[number])
    return chosen


def _leaves(tree: Tree, bounds: Bounds) -> Iterator[tuple[int, Bounds]]:
    if isinstance(tree, Leaf):
        yield tree.label, bounds
        return
    low, high = bounds.get(tree.feature, (-np.inf, np.inf))
    yield from _leaves(tree.below, bounds | {tree.feature: (low, min(high, tree.threshold))})
    yield from _leaves(tree.above, bounds | {tree.feature: (max(low, tree.threshold), high)})


def _table(
    tree: Tree,
    values: NDArray[np.float64],
    labels: NDArray[np.int64],
    held_out: NDArray[np.bool_],
    names: tuple[str, ...],
) -> pd.DataFrame:
    rows = []
    for segment, bounds in _leaves(tree, {}):
        met = np.ones(len(values), dtype=bool)
        for feature, (low, high) in bounds.items():
            met &= (values[:, feature] >= low) & (values[:, feature] < high)
        own = labels == segment
        unseen = int((met & held_out).sum())
        rows.append(
            {
                "segment": segment,
                "text": _text(bounds, names),
                "customers": int(met.sum()),
                "precision": (met & own).sum() / met.sum(),
                "coverage": (met & own).sum() / own.sum(),
                "held_out": unseen,
                "held_out_precision": (met & own & held_out).sum() / unseen if unseen else np.nan,
            }
        )
    table = pd.DataFrame(rows).sort_values(
        ["segment", "customers", "text"], ascending=[True, False, True], ignore_index=True
    )
    table.insert(1, "rule", table.groupby("segment").cumcount() + 1)
    return table


def _text(bounds: Bounds, names: tuple[str, ...]) -> str:
    conditions = [
        f"{names[feature]} {sign} {_number(bound)}"
        for feature, pair in bounds.items()
        for sign, bound in zip((">=", "<"), pair, strict=True)
        if np.isfinite(bound)
    ]
    return " and ".join(conditions) or EVERYBODY


def _number(threshold: float) -> str:
    """Its significant digits without an exponent: 0.0125, 12.5, 1250."""
    return np.format_float_positional(threshold, precision=DIGITS, fractional=False, trim="-")


def _note(fidelity: float, rules: int, held_out: NDArray[np.bool_], without: list[str]) -> str:
    customers = int(held_out.sum())
    on = f"{customers:,} held-out customers" if customers else "customers"
    note = f"{rules} rules put {fidelity:.1%} of {on} into their segment".replace("%", " %")
    if not customers:
        note += ", all of whom they were fitted on: there are too few to hold any out"
    elif customers < _FEW:
        note += "; so few tell little"
    if without:
        note += f"; no rule leads to {', '.join(without)}"
    return note
