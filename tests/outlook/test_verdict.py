from __future__ import annotations

import pandas as pd

from custseg.outlook.validation.verdict import not_validated, verdict


def table(r2, lead_se=0.005, dates=("2024-01-01",)):
    """Rows of each method with this R², on each date."""
    rows = [
        {
            "date": date,
            "method": method,
            "customers": 1200,
            "r2": value,
            "auc": 0.7254,
            "lead": r2["segments"] - value,
            "lead_se": lead_se,
        }
        for date in dates
        for method, value in r2.items()
    ]
    return pd.DataFrame(rows)


def test_segments_that_are_ahead_of_some_and_behind_others():
    sentence = verdict(
        table(
            {
                "segments": 0.24,
                "RFM rules": 0.22,
                "RFM deciles": 0.245,
                "K-means on raw RFM": 0.27,
                "boosted trees": 0.3,
            }
        ),
        90,
    )
    assert sentence == (
        "Of the 1,200 customers of 2024-01-01, the segments alone explain 24.0 % of the variance "
        "of log spend in the next 90 days (AUC of buying 0.725), where boosted trees on every "
        "feature explain 30.0 % (of which the segments capture 80 %); they are behind K-means on "
        "raw RFM (27.0 %), level (within two standard errors) with RFM deciles (24.5 %), ahead of "
        "RFM rules (22.0 %)."
    )


def test_segments_that_are_worse_than_the_rfm_rules_are_called_behind():
    sentence = verdict(table({"segments": 0.1, "RFM rules": 0.2, "boosted trees": 0.3}), 90)
    assert sentence.endswith("; they are behind RFM rules (20.0 %).")


def test_segments_that_foretell_nothing_are_told_so():
    sentence = verdict(table({"segments": -0.01, "RFM rules": 0.0, "boosted trees": 0.02}), 30)
    assert "the segments alone explain nothing of the variance" in sentence
    assert "capture" not in sentence


def test_nobody_is_ahead_of_a_method_that_explains_nothing_either():
    r2 = {"segments": -0.1, "RFM rules": -0.3, "boosted trees": 0.0}
    assert verdict(table(r2), 30).endswith("; nor do simpler groupings explain any.")


def test_segments_above_the_boosted_trees_capture_no_share_over_one():
    sentence = verdict(table({"segments": 0.31, "RFM rules": 0.3, "boosted trees": 0.3}), 30)
    assert "explain 30.0 %, no more than that; " in sentence


def test_several_dates_are_told_by_their_means():
    dates = ("2024-03-01", "2024-01-01")
    sentence = verdict(
        table({"segments": 0.2, "RFM rules": 0.1, "boosted trees": 0.4}, 0, dates), 9
    )
    assert sentence.startswith("On average over 2 dates (2024-01-01 to 2024-03-01), the segments")


def test_what_was_not_validated_says_why():
    assert not_validated("not enough history: 9 days, 180 needed.") == (
        "Not validated: not enough history: 9 days, 180 needed."
    )
