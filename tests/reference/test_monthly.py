"""Seven months of the real Online Retail data, held against figures computed outside custseg."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from custseg.orders.judging import judge
from custseg.orders.known import known_at
from custseg.segments.model.monthly import Segmented, segment
from custseg.segments.model.outlook_axis import learn_outlook
from custseg.segments.movement.customers import Month
from custseg.segments.movement.months import compare, names
from custseg.settings import MonthlySettings
from custseg.sources.raw import read_orders

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

pytestmark = pytest.mark.nightly
DATES = [f"2011-{month:02}-01" for month in range(6, 13)]
FROZEN_ARI = (0.581, 0.612, 0.670, 0.625, 0.597, 0.549)
FROZEN_KEEP = (0.771, 0.790, 0.829, 0.809, 0.788, 0.757)
ERROR = (1.08, 1.17, 1.28, 1.49, 1.58, 1.66)
REFIT_KEEP = (0.762, 0.786, 0.823, 0.744, 0.783, 0.770)
# Before features were clipped and the outlook axis was in the model.
FROZEN_ARI_BEFORE = (0.54, 0.58, 0.63, 0.58, 0.55, 0.49)
FROZEN_KEEP_BEFORE = (0.737, 0.768, 0.804, 0.781, 0.758, 0.725)
AUTO_ARI_BEFORE = (0.54, 0.58, 0.62, 0.58, 0.56, 0.48)
AUTO_KEEP_BEFORE = (0.737, 0.768, 0.811, 0.785, 0.781, 0.737)


@dataclass(frozen=True)
class Shop:
    """What was known at each date."""

    features: dict[str, pd.DataFrame]
    axes: dict[str, pd.DataFrame]

    def segment(self, day: str, model: str = "auto", before: Segmented | None = None) -> Segmented:
        """Segment the customers of a date."""
        return segment(
            self.features[day],
            7,
            day,
            monthly_settings=MonthlySettings.model_validate({"model": model}),
            previous_model=before.model if before else None,
            previous_pipeline=b"as published" if before else None,
            outlook_axis=self.axes[day],
        )

    def months(self, model: str) -> list[Segmented]:
        """One month after the other."""
        found: list[Segmented] = []
        for day in self.features:
            found.append(self.segment(day, model, found[-1] if found else None))
        return found


def known(file: Path, dates: Sequence[str]) -> Shop:
    """The customers of each date, as they were known then, and what was learned of them."""
    features, axes = {}, {}
    with tempfile.TemporaryDirectory() as scratch:
        orders = read_orders(file, Path(scratch))
        raw = orders.raw.cache()
        for day in dates:
            at = known_at(judge(raw, orders.preset), date.fromisoformat(day))
            features[day] = at.features
            learned = learn_outlook(raw, at.transactions, at.measured, orders.preset, day)
            axes[day] = learned.outlook_axis
    return Shop(features, axes)


@pytest.fixture(scope="module")
def shop(real_data: Callable[[str], Path]) -> Shop:
    """Online Retail in seven months."""
    return known(real_data("online_retail/online_retail.parquet"), DATES)


@pytest.fixture(scope="module")
def frozen(shop: Shop) -> list[Segmented]:
    """By the model of June."""
    return shop.months("frozen")


@pytest.fixture(scope="module")
def auto(shop: Shop) -> list[Segmented]:
    """By the default policy."""
    return shop.months("auto")


@pytest.fixture(scope="module")
def refit(shop: Shop) -> list[Segmented]:
    """By a new model each month."""
    return shop.months("refit")


def movements(found: list[Segmented]) -> tuple[np.ndarray, np.ndarray]:
    """ARI, and the share who keep their segment, of customers in both months of each pair."""
    ari, keep = [], []
    for before, after in pairwise(found):
        both = before.segments.merge(after.segments, on="customer_id", suffixes=("", "_after"))
        ari.append(adjusted_rand_score(both["segment"], both["segment_after"]))
        keep.append((both["segment"] == both["segment_after"]).mean())
    return np.array(ari), np.array(keep)


def test_a_frozen_model_moves_customers_as_in_the_table(frozen):
    ari, keep = movements(frozen)
    assert ari == pytest.approx(np.array(FROZEN_ARI), abs=0.01)
    assert keep == pytest.approx(np.array(FROZEN_KEEP), abs=0.01)
    errors = [month.drift.set_index("measure").loc["error", "value"] for month in frozen[1:]]
    assert errors == pytest.approx(ERROR, abs=0.01)


def test_auto_keeps_labels_as_frozen_does(frozen, auto, capsys):
    frozen_ari, frozen_keep = movements(frozen)
    ari, keep = movements(auto)
    with capsys.disabled():
        print("\nmonth      keep: frozen auto    ARI: frozen auto   model of")
        for i, month in enumerate(auto[1:]):
            figures = (frozen_keep[i], keep[i], frozen_ari[i], ari[i])
            print(DATES[i + 1], "       {:.3f} {:.3f}        {:.3f} {:.3f} ".format(*figures),
                  month.model_of)  # fmt: skip
    for now, before in ((keep, FROZEN_KEEP_BEFORE), (keep, AUTO_KEEP_BEFORE)):
        assert (now >= np.array(before) - 0.01).all()
    assert (ari >= np.array(AUTO_ARI_BEFORE) - 0.01).all()
    assert (frozen_keep >= np.array(FROZEN_KEEP_BEFORE)).all()
    assert (frozen_ari >= np.array(FROZEN_ARI_BEFORE)).all()
    # A new fit moves borders: the more in the two months that had one.
    assert (keep >= frozen_keep - 0.025).all()
    assert (ari >= frozen_ari - 0.08).all()
    assert [month.model_of for month in auto] == [
        *["2011-06-01"] * 3, *["2011-09-01"] * 3, "2011-12-01"
    ]  # fmt: skip
    assert (ari[2], ari[5]) == pytest.approx((0.635, 0.474), abs=0.001)


@pytest.mark.parametrize("policy", ["frozen", "auto", "refit"])
def test_names_and_numbers_stay(policy, request):
    found = request.getfixturevalue(policy)
    named = found[0].segment_names[["segment", "segment_name"]]
    assert len(named) == 7
    for month in found[1:]:
        assert month.segment_names[["segment", "segment_name"]].equals(named)


def test_a_forced_refit_keeps_every_segment_whose_centroid_stayed(refit, shop):
    threshold = MonthlySettings().same_segment
    _, keep = movements(refit)
    assert keep == pytest.approx(np.array(REFIT_KEEP), abs=0.015)
    for before, after in pairwise(refit):
        old = before.model.scoring
        labels = after.segments["segment"].to_numpy()
        means = old.means(old.points(old.matrix(shop.features[after.model.as_of])), labels)
        centroids = np.array(old.centroids)
        apart = np.linalg.norm(centroids[:, None] - centroids[None], axis=2)
        np.fill_diagonal(apart, np.inf)
        for row, number in enumerate(old.segments):
            moved = {new: np.linalg.norm(centroids[row] - mean) for new, mean in means.items()}
            nearest = min(moved, key=moved.__getitem__)
            if moved[nearest] < threshold * apart[row].min():
                assert nearest == number
        assert (after.segment_identity["status"] == "kept").all()


def test_from_june_to_july_three_quarters_keep_their_segment(shop):
    june, july = shop.features["2011-06-01"], shop.features["2011-07-01"]
    then = shop.segment("2011-06-01")
    kept, anew = (shop.segment("2011-07-01", model, then) for model in ("frozen", "refit"))
    by_kept, by_new = (
        compare(
            Month("2011-06-01", june, then.segments),
            Month("2011-07-01", july, now.segments),
            then.model,
            names(now.model, now.segment_names),
        ).movement
        for now in (kept, anew)
    )
    assert (by_kept.both, by_kept.new, by_kept.returning, by_kept.lost) == (2711, 242, 0, 1)
    assert by_kept.kept / by_kept.both == pytest.approx(0.771, abs=0.001)
    assert by_kept.rand == pytest.approx(0.58, abs=0.01)
    assert by_kept.by_model + by_kept.by_both + by_kept.cancelled == 0
    # What customers did is the same whatever the new model.
    assert by_new.kept_by_behaviour == by_kept.kept
    relabelled = (by_new.by_model + by_new.by_both + by_new.cancelled) / by_new.both
    assert relabelled == pytest.approx(0.060, abs=0.01)


def test_a_cohort_is_fitted_anew_only_by_the_models_age(real_data):
    """CDNOW's customers all joined in the first quarter of 1997. Before, each month brought a new
    fit, and fewer than half of them kept their segment."""
    dates = [f"1997-{month}-01" for month in range(10, 13)]
    dates += [f"1998-{month:02}-01" for month in range(1, 7)]
    found = known(real_data("cdnow/CDNOW_master.txt"), dates).months("auto")
    assert [month.model_of for month in found] == [
        *["1997-10-01"] * 4, *["1998-02-01"] * 4, "1998-06-01"
    ]  # fmt: skip
    _, keep = movements(found)
    assert keep.min() >= 0.88
