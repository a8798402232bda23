"""The rule for k, on tables of criteria written by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from custseg.segments.model.choice import Choice, choose, favourites, natural
from custseg.settings import ModelSettings

KS = (2, 3, 4, 5, 6, 7, 8)
ARI = {2: 0.97, 3: 0.95, 4: 0.91, 5: 0.92, 6: 0.70, 7: 0.80, 8: 0.78}


def scores(**columns: list[float]) -> pd.DataFrame:
    """A continuum: inertia bends at 4, no segment is well apart."""
    table = pd.DataFrame(
        {
            "k": KS,
            "inertia": [100.0, 70.0, 42.0, 38.0, 35.0, 33.0, 31.0],
            "silhouette": [0.37, 0.33, 0.30, 0.29, 0.28, 0.27, 0.27],
            "weakest_silhouette": [0.30, 0.25, 0.20, 0.20, 0.20, 0.20, 0.20],
            "calinski_harabasz": [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0],
            "davies_bouldin": [1.1, 1.0, 0.9, 1.2, 1.3, 1.4, 1.5],
            "smallest_share": [0.4, 0.2, 0.15, 0.12, 0.1, 0.07, 0.02],
            "smallest_customers": [400, 200, 150, 120, 100, 70, 20],
            "largest_share": [0.6, 0.4, 0.3, 0.3, 0.2, 0.2, 0.2],
        }
    )
    return table.assign(**columns)


def chosen(
    table: pd.DataFrame, ari: dict[int, float] = ARI, settings: ModelSettings | None = None
) -> Choice:
    return choose(table, favourites(table, None), ari.__getitem__, settings or ModelSettings())


def test_the_largest_k_that_survives_resampling_is_chosen():
    choice = chosen(scores())
    assert choice.k == 7
    assert choice.reason == (
        "k = 7: the largest k up to 7 whose segments survive resampling (ARI 0.80 ≥ 0.75) and hold "
        "at least 20 customers and 5 % of all; the elbow of 2 to 8 says 4, the silhouette says 2"
    )


def test_a_k_below_the_threshold_is_passed_over():
    assert chosen(scores(), ARI | {7: 0.74}).k == 5


def test_a_k_with_a_segment_under_the_floor_is_passed_over():
    small = [0.4, 0.2, 0.15, 0.12, 0.1, 0.049, 0.02]
    assert chosen(scores(smallest_share=small), ARI | {6: 0.9}).k == 6


def test_if_none_survives_the_most_stable_k_is_taken_and_said_to_be_unstable():
    choice = chosen(scores(), {4: 0.3, 5: 0.5, 6: 0.4, 7: 0.2})
    assert choice.k == 5
    assert "survive resampling best (ARI 0.50, below 0.75" in choice.reason


SMALL = {
    "share": ("smallest_share", 0.049),
    "number": ("smallest_customers", 19),
}


@pytest.mark.parametrize(("column", "value"), SMALL.values(), ids=SMALL)
def test_the_most_stable_k_is_not_taken_where_it_has_a_segment_too_small(column, value):
    table = scores()
    table.loc[table["k"] == 5, column] = value
    choice = chosen(table, {4: 0.3, 6: 0.4, 7: 0.2})
    assert choice.k == 6
    assert "of 4, 6 and 7 the k whose segments survive resampling best" in choice.reason


@pytest.mark.parametrize(("column", "value"), SMALL.values(), ids=SMALL)
def test_where_every_usual_k_has_a_segment_too_small_there_are_fewer_segments(column, value):
    table = scores()
    table.loc[table["k"] >= 4, column] = value
    choice = chosen(table)
    assert choice.k == 3
    assert choice.reason.startswith(
        "k = 3: every k of 4 to 7 has a segment too small, so fewer: the largest k up to 3 whose "
        "segments survive resampling (ARI 0.95 ≥ 0.75)"
    )


def test_the_only_k_without_a_segment_too_small_is_taken_even_if_it_does_not_survive():
    table = scores(smallest_customers=[25, *[19] * 6])
    choice = chosen(table, {2: 0.5})
    assert choice.k == 2
    assert "so fewer: the only one of 2 and 3 without a segment too small (ARI 0.50" in (
        choice.reason
    )


@pytest.mark.parametrize(("column", "value"), SMALL.values(), ids=SMALL)
def test_where_two_segments_have_one_too_small_there_is_one(column, value):
    choice = chosen(scores(**{column: [value] * len(KS)}))
    assert choice == Choice(
        1,
        "k = 1: this shop is too small to segment: every k of 2 to 8 has a segment of fewer than "
        "20 customers or 5 % of all",
        "No segments: all customers are in one group.",
    )


def test_a_k_that_is_asked_for_may_have_a_segment_too_small():
    assert chosen(scores(smallest_customers=[1] * 7), settings=ModelSettings(k=6)).k == 6


def test_natural_groups_of_too_few_customers_do_not_decide():
    table = scores(weakest_silhouette=[0.5, 0.8, *[0.3] * 5])
    assert chosen(table).k == 3
    table.loc[table["k"] == 3, "smallest_customers"] = 19
    assert chosen(table).k == 7


def test_the_range_and_the_thresholds_are_settings():
    assert chosen(scores(), settings=ModelSettings(most_segments=6)).k == 5
    assert chosen(scores(), settings=ModelSettings(min_stability=0.95, fewest_segments=2)).k == 3
    assert chosen(scores(), settings=ModelSettings(most_segments=8, min_share=0.01)).k == 8
    assert chosen(scores(), settings=ModelSettings(least_customers=71)).k == 5


def test_stability_is_asked_only_from_the_largest_k_to_the_first_that_passes():
    asked: list[int] = []

    def stability(k: int) -> float:
        asked.append(k)
        return ARI[k]

    table = scores()
    choose(table, favourites(table, None), stability, ModelSettings())
    assert set(asked) == {7}


def test_natural_groups_go_before_the_range():
    apart = [0.5, 0.8, 0.4, 0.3, 0.3, 0.3, 0.3]
    choice = chosen(scores(weakest_silhouette=apart))
    assert choice.k == 3
    assert (
        "k = 3: natural groups, each well apart (silhouette at least 0.80 ≥ 0.5)" in choice.reason
    )
    assert choice.structure.startswith("Natural groups: the customers fall into 3")


def test_of_several_k_with_groups_well_apart_the_largest_counts():
    assert (
        natural(scores(weakest_silhouette=[0.6, 0.7, 0.8, 0.75, 0.4, 0.4, 0.4]), ModelSettings())
        == 5
    )


@pytest.mark.parametrize(("column", "value"), [("smallest_share", 0.01), ("largest_share", 0.94)])
def test_a_wide_silhouette_of_a_blob_or_a_handful_is_not_natural(column, value):
    table = scores(weakest_silhouette=[0.82] * len(KS), **{column: [value] * len(KS)})
    assert natural(table, ModelSettings()) is None


def test_natural_groups_that_do_not_survive_resampling_do_not_decide():
    choice = chosen(scores(weakest_silhouette=[0.1, 0.8, *[0.1] * 5]), ARI | {3: 0.5})
    assert choice.k == 7
    assert choice.structure.startswith("No natural groups")


def test_a_stability_just_below_the_threshold_is_not_rounded_up_to_it():
    choice = chosen(scores(), dict.fromkeys(KS, 0.7499))
    assert "(ARI 0.7499, below 0.75" in choice.reason


def test_a_k_asked_for_is_taken_with_what_the_criteria_say():
    choice = chosen(scores(), settings=ModelSettings(k=6))
    assert choice.reason == "k = 6: asked for; the elbow of 2 to 8 says 4, the silhouette says 2"


def test_each_criterion_has_its_favourite():
    table = scores(gap=[1.0, 1.2, 1.3, 1.29, 1.2, 1.1, 1.0], gap_se=[0.05] * len(KS))
    assert favourites(table, 0.9) == {
        "elbow": 4,
        "silhouette": 2,
        "calinski_harabasz": 2,
        "davies_bouldin": 4,
        "gap": 4,
    }
    assert favourites(table, 0.96)["gap"] == 1


@pytest.mark.parametrize(
    ("gap_at_1", "wording"),
    [
        (None, "No natural groups (silhouette 0.37 at k = 2 at best): "),
        (1.0, "No natural groups (silhouette 0.37 at k = 2 at best, and the gap statistic finds"),
        (0.9, "Groups that touch (silhouette 0.37 at k = 2 at best; the gap statistic finds 4 "),
    ],
)
def test_the_wording_follows_the_structure(gap_at_1, wording):
    table = scores(gap=[1.0, 1.2, 1.3, 1.29, 1.2, 1.1, 1.0], gap_se=[0.05] * len(KS))
    found = choose(table, favourites(table, gap_at_1), ARI.__getitem__, ModelSettings())
    assert found.structure.startswith(wording)


@pytest.mark.parametrize(
    ("inertia", "elbow"),
    [
        ([100.0, 70.0, 42.0, 38.0, 35.0, 33.0, 31.0], 4),
        ([100.0, 40.0, 36.0, 33.0, 31.0, 30.0, 29.0], 3),
        # Falling evenly.
        ([70.0, 60.0, 50.0, 40.0, 30.0, 20.0, 10.0], None),
        # A small bend at 3 is exceeded before much of it is lost.
        ([100.0, 80.0, 66.0, 40.0, 30.0, 29.0, 28.0], 5),
    ],
)
def test_the_elbow_is_where_the_inertia_stops_falling_fast(inertia, elbow):
    assert favourites(scores(inertia=inertia), None).get("elbow") == elbow
