from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custseg.report.charts.backtest import list_test
from custseg.report.charts.catalogue import MODEL_CHARTS
from custseg.report.charts.choice import elbow, k_criteria
from custseg.report.charts.components import explained_variance
from custseg.report.charts.drawing import Drawing, pictures, specification
from custseg.report.charts.flow import k_flow
from custseg.report.charts.placing import Label, place
from custseg.report.charts.plane import segments_plane
from custseg.report.charts.silhouette import silhouette
from custseg.report.charts.trust import forecast_test, predictive_power
from custseg.report.summary.whole import Cell
from custseg.words.colours import GREY
from tests.model_summaries import on_one_component, small_summary, without_studies


def drawn(chart: Drawing | None) -> Drawing:
    assert chart is not None
    return chart


def tables(drawing: Drawing) -> list[list[dict[str, Any]]]:
    """The rows of every layer, in the order in which they are drawn."""
    spec = specification(drawing)

    def found(part: dict[str, Any]) -> list[list[dict[str, Any]]]:
        own = part.get("data", {})
        rows = [own["values"]] if "values" in own else []
        rows += [spec["datasets"][own["name"]]] if "name" in own else []
        return rows + [table for layer in part.get("layer", []) for table in found(layer)]

    return found(spec)


def rows_with(drawing: Drawing, *fields: str) -> list[dict[str, Any]]:
    """The first table that has these fields."""
    return next(rows for rows in tables(drawing) if rows and set(fields) <= set(rows[0]))


def test_every_chart_is_drawn_of_a_full_summary_and_has_its_own_name():
    drawings = [drawn(chart(small_summary())) for chart in MODEL_CHARTS]
    assert [drawing.name for drawing in drawings] == [
        "segments-plane",
        "k-criteria",
        "elbow",
        "k-flow",
        "explained-variance",
        "silhouette",
        "predictive-power",
        "forecast-test",
        "list-test",
    ]
    for drawing in drawings:
        for text in (drawing.title, drawing.caption, drawing.alt_text):
            assert text.endswith(".")
            assert "None" not in text
            assert "nan" not in text


@pytest.mark.parametrize("chart", MODEL_CHARTS)
@pytest.mark.parametrize("kind", [small_summary, lambda: on_one_component(small_summary())])
def test_a_chart_is_specified_alike_whenever_it_is_made_and_becomes_a_picture(chart, kind):
    first, again = drawn(chart(kind())), drawn(chart(kind()))
    assert specification(first) == specification(again)
    made = pictures(first, ["png", "svg"])
    assert made["png"].startswith(b"\x89PNG")
    # It has marks and not only its heading and axes.
    assert re.search(rb'class="mark-(symbol|rect|line|area|rule)', made["svg"])


def test_the_same_specification_becomes_the_same_picture():
    first, again = (pictures(drawn(silhouette(small_summary())), ["png", "svg"]) for _ in "ab")
    assert first == again


def test_specifications_are_the_same_in_another_process():
    script = (
        "import hashlib, json\n"
        "from custseg.report.charts.drawing import specification\n"
        "from custseg.report.charts.catalogue import MODEL_CHARTS\n"
        "from tests.model_summaries import small_summary\n"
        "specs = [specification(chart(small_summary())) for chart in MODEL_CHARTS]\n"
        "print(hashlib.sha256(json.dumps(specs).encode()).hexdigest())"
    )
    prints = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed in ("0", "1")
    }
    assert len(prints) == 1


@pytest.mark.parametrize("chart", MODEL_CHARTS)
def test_a_view_fits_the_page(chart):
    spec = specification(drawn(chart(small_summary())))
    assert spec["width"] == "container"
    assert {"title", "config", "vconcat", "hconcat", "facet", "params"}.isdisjoint(spec)


@pytest.mark.parametrize("chart", MODEL_CHARTS)
def test_a_segments_name_is_data_and_never_an_expression(chart):
    names = ("<script>alert(1)</script>", "${datum.x} ' + 1 + '", "=1+1")
    summary = small_summary()
    segments = [
        replace(own, segment_name=name) for own, name in zip(summary.segments, names, strict=True)
    ]
    drawing = drawn(chart(replace(summary, segments=tuple(segments))))

    def expressions(part: Any) -> list[str]:
        if isinstance(part, list):
            return [text for own in part for text in expressions(own)]
        if not isinstance(part, dict):
            return []
        own = [
            str(part[key])
            for key in ("expr", "labelExpr", "test", "filter", "signal")
            if key in part
        ]
        return own + [
            text
            for key, value in part.items()
            if key not in {"values", "datasets"}
            for text in expressions(value)
        ]

    told = expressions(specification(drawing))
    assert not any(name in text for text in told for name in names)
    assert b"<script>" not in pictures(drawing, ["svg"])["svg"]


def test_charts_of_studies_that_were_left_out_are_left_out():
    bare = without_studies(small_summary())
    absent = {chart for chart in MODEL_CHARTS if chart(bare) is None}
    assert absent == {predictive_power, forecast_test, list_test}


def test_nothing_is_drawn_of_nothing():
    empty = replace(
        without_studies(small_summary()),
        points=(),
        k_scores=(),
        k_flows=(),
        variances=(),
        segments=tuple(replace(own, silhouettes=()) for own in small_summary().segments),
    )
    assert [chart(empty) for chart in MODEL_CHARTS] == [None] * len(MODEL_CHARTS)


def test_the_plane_names_every_segment_at_its_centre_and_says_how_many_are_on_a_border():
    drawing = drawn(segments_plane(small_summary()))
    assert drawing.title == (
        "Three segments in the plane of the first two components, with 90.0 % of the variance: "
        "10.0 % of customers are nearly as close to the next segment as to their own."
    )
    centres = rows_with(drawing, "customers", "label_x")
    assert [(row["name"], row["x"], row["y"]) for row in centres] == [
        ("Champions", 3.0, 0.5),
        ("Needs attention", 0.0, 1.0),
        ("Dormant", -1.2, -0.8),
    ]
    assert len(rows_with(drawing, "days", "orders", "spend")) == 10


def test_arrows_keep_the_proportions_of_the_loadings():
    arrows = {
        row["feature"]: row for row in rows_with(drawn(segments_plane(small_summary())), "angle")
    }
    assert set(arrows) == {"days since last order", "orders", "spend"}
    for name, loading in (("days since last order", (-0.5, 0.8)), ("orders", (0.9, 0.1))):
        row = arrows[name]
        assert row["y"] / row["x"] == pytest.approx(loading[1] / loading[0], rel=1e-3)
    assert arrows["orders"]["x"] / arrows["spend"]["x"] == pytest.approx(0.9 / 0.8, rel=1e-3)


def test_axes_say_what_they_explain_and_what_they_stand_for():
    spec = json.dumps(specification(drawn(segments_plane(small_summary()))), ensure_ascii=False)
    assert "Component 1: 60.0 % of variance (more orders and spend →)" in spec
    assert "Component 2: 30.0 % of variance (more days since last order →)" in spec


def test_an_outline_holds_half_of_its_segment():
    drawing = drawn(segments_plane(small_summary()))
    corners = [row for row in rows_with(drawing, "corner") if row["segment"] == 3]
    centre = [sum(row[axis] for row in corners) / len(corners) for axis in "xy"]
    assert centre == pytest.approx([-1.2, -0.8], abs=0.01)
    assert {row["segment"] for row in rows_with(drawing, "corner")} == {2, 3}


def test_where_points_are_a_sample_all_customers_are_in_rectangles():
    summary = replace(
        small_summary(),
        customers=1000,
        density=(Cell(1, 2.0, 4.0, 0.0, 1.0, 400), Cell(3, -2.0, -1.0, -1.0, 0.0, 100)),
    )
    drawing = drawn(segments_plane(summary))
    cells = rows_with(drawing, "opacity", "x0")
    assert [cell["opacity"] for cell in cells] == [0.8, 0.46]
    assert "Points are a sample of 10 customers; rectangles count all of them." in drawing.caption


def test_a_single_component_is_drawn_in_strips():
    drawing = drawn(segments_plane(on_one_component(small_summary())))
    assert drawing.title.startswith("Three segments in one component, with 60.0 % of the variance")
    bars = rows_with(drawing, "low", "high")
    assert [(row["name"], row["x"]) for row in bars] == [
        ("Champions", 3.0),
        ("Needs attention", 0.0),
        ("Dormant", -1.2),
    ]
    assert (bars[2]["low"], bars[2]["high"]) == (-1.4, -1.0)


def test_the_elbow_and_the_choice_are_marked_together_where_they_agree():
    drawing = drawn(elbow(small_summary()))
    assert drawing.title == (
        "Inertia bends at k = 3, which was chosen: up to there it falls by 60.0 %, from there to "
        "k = 4 by another 10.0 %."
    )
    assert [row["label"] for row in rows_with(drawing, "label")] == ["elbow and chosen: k = 3"]


def test_the_elbow_and_the_choice_are_marked_apart_where_they_differ():
    summary = small_summary()
    scores = tuple(replace(own, chosen=own.k == 4) for own in summary.k_scores)
    drawing = drawn(elbow(replace(summary, k=4, k_scores=scores)))
    assert drawing.title.endswith("from there to k = 4 by another 10.0 %; k = 4 was chosen.")
    labels = {rows[0]["label"] for rows in tables(drawing) if rows and "label" in rows[0]}
    assert labels == {"elbow: k = 3", "chosen: k = 4"}


def test_what_would_be_chosen_now_is_not_said_to_have_been_where_the_model_was_kept():
    kept = replace(small_summary(), k=2, fitted_now=False)
    assert "k = 3, which would be chosen now: up to there" in drawn(elbow(kept)).title
    assert drawn(k_criteria(kept)).title.startswith("k = 3 would be chosen now: natural groups")


def test_inertia_without_an_elbow_is_said_to_have_none():
    scores = tuple(replace(own, favoured_by=None) for own in small_summary().k_scores)
    drawing = drawn(elbow(replace(small_summary(), k_scores=scores)))
    assert drawing.title == (
        "Inertia falls by 70.0 % from 2 to 4 segments, without an elbow; k = 3 was chosen."
    )
    assert elbow(replace(small_summary(), k_scores=scores[:1])) is None


def test_criteria_are_coloured_best_to_worst_within_their_row():
    drawing = drawn(k_criteria(small_summary()))
    assert drawing.title == (
        "k = 3 was chosen: natural groups, each well apart (silhouette at least 0.60 ≥ 0.5)."
    )
    cells = {(row["criterion"], row["k"]): row for row in rows_with(drawing, "criterion")}
    davies_bouldin = [cells["Davies-Bouldin (low is good)", k] for k in (2, 3, 4)]
    assert [cell["figure"] for cell in davies_bouldin] == ["0.500", "0.400", "0.700"]
    best, worst = "#0b4f8a", "#e8eff6"
    assert (davies_bouldin[1]["fill"], davies_bouldin[2]["fill"]) == (best, worst)
    assert davies_bouldin[0]["fill"] not in {best, worst}
    starred = {name: k for (name, k), row in cells.items() if row["best"]}
    assert starred["Silhouette"] == 2
    assert starred["Davies-Bouldin (low is good)"] == 3
    assert starred["Stability (≥ 0.75)"] == 2
    assert "Gap statistic" not in starred
    assert cells["Stability (≥ 0.75)", 4]["figure"] == "0.60"
    assert cells["Smallest segment (≥ 5 %)", 2]["figure"] == "30.0 %"


def test_criteria_are_rounded_but_no_stability_up_to_its_threshold():
    first, *others = small_summary().k_scores
    score = replace(first, stability=0.7498, seed_ari=0.9961, smallest_share=0.2298)
    drawing = drawn(k_criteria(replace(small_summary(), k_scores=(score, *others))))
    cells = {(row["criterion"], row["k"]): row for row in rows_with(drawing, "criterion")}
    assert cells["Stability (≥ 0.75)", first.k]["figure"] == "0.7498"
    assert cells["Other seeds", first.k]["figure"] == "1.00"
    assert cells["Smallest segment (≥ 5 %)", first.k]["figure"] == "23.0 %"


def test_criteria_that_were_not_measured_have_no_row():
    drawing = drawn(k_criteria(without_studies(small_summary())))
    names = {row["criterion"] for row in rows_with(drawing, "criterion")}
    assert names == {
        "Silhouette",
        "Silhouette of the weakest",
        "Calinski-Harabasz",
        "Davies-Bouldin (low is good)",
        "Smallest segment (≥ 5 %)",
    }


def test_a_k_that_was_asked_for_is_said_to_be():
    asked = replace(small_summary(), k_reason="k = 3: asked for; the silhouette says 2")
    assert drawn(k_criteria(asked)).title == "k = 3 was asked for."


def test_streams_are_as_wide_as_their_customers_and_leave_and_enter_whole_clusters():
    drawing = drawn(k_flow(small_summary()))
    assert drawing.title == (
        "With 2 segments instead of 3, 90.0 % of customers would stay with the largest part of "
        "their segment; with 4, 80.0 %."
    )
    blocks = {(round(row["x0"] + 0.07), row["y0"]): row for row in rows_with(drawing, "x0", "y0")}
    assert sum(row["customers"] for (k, _), row in blocks.items() if k == 3) == 10
    for row in blocks.values():
        assert row["y1"] - row["y0"] == pytest.approx(row["customers"], abs=0.11)
    widths: dict[int, float] = {}
    for row in rows_with(drawing, "stream", "y0"):
        widths.setdefault(row["stream"], row["y1"] - row["y0"])
    assert sorted(round(width) for width in widths.values()) == [1, 2, 2, 2, 2, 3, 3, 5]


def test_the_clusters_of_the_chosen_k_are_named_as_segments_and_lie_by_position():
    drawing = drawn(k_flow(small_summary()))
    chosen = [row for row in rows_with(drawing, "x0", "y0") if row["x0"] == 2.93]
    assert [row["name"] for row in sorted(chosen, key=lambda row: -row["y0"])] == [
        "Champions",
        "Needs attention",
        "Dormant",
    ]
    assert {row["colour"] for row in chosen} == {"#0072b2", "#e69f00", "#7a7a7a"}
    names = [row["label"] for row in rows_with(drawing, "plate")]
    assert names == ["Champions", "Needs attention", "Dormant"]


def test_clusters_that_are_not_the_segments_are_not_named_after_them():
    summary = small_summary()
    others = tuple(replace(own, customers=own.customers + 1) for own in summary.segments)
    drawing = drawn(k_flow(replace(summary, segments=others)))
    assert not any(rows and "plate" in rows[0] for rows in tables(drawing))
    assert k_flow(replace(summary, k_flows=summary.k_flows[:4])) is None


def test_a_k_that_was_asked_for_may_be_far_from_the_others_tried():
    summary = small_summary()
    far = replace(
        summary,
        k_flows=tuple(replace(own, k=own.k + 5 * (own.k > 2)) for own in summary.k_flows),
        k_scores=tuple(replace(own, k=own.k + 5 * (own.k > 2)) for own in summary.k_scores),
    )
    near, drawing = drawn(k_flow(summary)), drawn(k_flow(far))
    title = near.title.replace("of 3", "of 8").replace("with 4", "with 9")
    assert drawing.title == title
    streams = [{row["stream"] for row in rows_with(one, "stream", "y0")} for one in (near, drawing)]
    assert streams[0] == streams[1]


def test_clusters_are_named_after_their_segments_whatever_the_numbers_of_these():
    summary = small_summary()
    numbers = {1: 9, 2: 2, 3: 5}
    kept = tuple(replace(own, segment=numbers[own.segment]) for own in summary.segments)
    renumbered = replace(summary, segments=tuple(sorted(kept, key=lambda own: own.segment)))
    assert rows_with(drawn(k_flow(renumbered)), "x0", "y0") == rows_with(
        drawn(k_flow(summary)), "x0", "y0"
    )


def test_no_cluster_is_named_after_a_segment_of_a_model_that_was_kept():
    summary = replace(small_summary(), k=2, fitted_now=False)
    drawing = drawn(k_flow(summary))
    assert {row["colour"] for row in rows_with(drawing, "x0", "y0")} == {GREY}
    assert not any(rows and "plate" in rows[0] for rows in tables(drawing))
    assert drawing.title.startswith("With 2 clusters instead of 3, 90.0 % of customers")
    assert "None is in colour: the segments are kept from an earlier model" in drawing.caption
    assert "Champions" not in drawing.alt_text


def test_components_are_said_to_be_the_fewest_only_where_they_are():
    drawing = drawn(explained_variance(small_summary()))
    assert drawing.title == (
        "2 of 3 components hold 90.0 % of the variance, the fewest to reach 85 %."
    )
    bars = rows_with(drawing, "component")
    assert [(row["own"], row["sum"], row["kept"]) for row in bars] == [
        ("60.0 %", "60.0 %", "kept"),
        ("30.0 %", "90.0 %", "kept"),
        ("10.0 %", "100.0 %", "left out"),
    ]
    one = drawn(explained_variance(on_one_component(small_summary())))
    assert one.title == "1 of 3 components holds 60.0 % of the variance."
    assert not any(rows and "at" in rows[0] for rows in tables(one))


def test_blades_are_as_thick_as_their_segments_and_reach_below_zero():
    drawing = drawn(silhouette(small_summary()))
    assert drawing.title == (
        "The mean silhouette of customers is 0.55: “Champions” is the most compact segment (0.70), "
        "“Needs attention” the least (0.50)."
    )
    rows = rows_with(drawing, "width", "segment")
    spans = {}
    for row in rows:
        spans.setdefault(row["segment"], []).append(row["at"])
    thick = {segment: max(at) - min(at) for segment, at in spans.items()}
    assert thick == {1: pytest.approx(2), 2: pytest.approx(3), 3: pytest.approx(5)}
    assert min(row["width"] for row in rows) == -0.1
    labels = [row["label"] for row in rows_with(drawing, "label", "at") if ":" in row["label"]]
    assert labels[:1] == ["mean: 0.55"]


def test_a_segment_of_one_customer_has_a_blade_too():
    summary = small_summary()
    lone = replace(summary.segments[0], customers=1, silhouettes=(0.0,))
    rows = rows_with(
        drawn(silhouette(replace(summary, segments=(lone, *summary.segments[1:])))),
        "width",
        "segment",
    )
    assert [row["at"] for row in rows if row["segment"] == 1] == [0.0, 1.0]


def test_predictive_power_is_of_the_latest_date_with_two_standard_errors():
    summary = small_summary()
    earlier = tuple(replace(own, date="2024-01-01", r2=0.9) for own in summary.validation)
    drawing = drawn(predictive_power(replace(summary, validation=earlier + summary.validation)))
    assert drawing.title == (
        "Of the variance of log spend in the 90 days after 2024-04-02, the segments explain 30.0 % "
        "and boosted trees on every feature 40.0 %."
    )
    rows = rows_with(drawing, "r2")
    assert [(row["name"], row["low"], row["high"]) for row in rows] == [
        ("Boosted trees, every feature", 0.36, 0.44),
        ("Segments (3)", 0.26, 0.34),
        ("RFM rules (11)", 0.16, 0.24),
    ]
    assert len({row["colour"] for row in rows}) == 2


def test_segments_that_foretell_nothing_are_said_to():
    summary = small_summary()
    worse = tuple(replace(own, r2=-0.01) for own in summary.validation)
    title = drawn(predictive_power(replace(summary, validation=worse))).title
    assert "the segments explain nothing and boosted trees on every feature nothing." in title


def test_the_forecast_stands_beside_what_came_per_customer():
    drawing = drawn(forecast_test(small_summary()))
    assert drawing.title == (
        "On 2024-04-02 a spend of £200 was expected in 90 days; £250 came, 80.0 % of it from the "
        "tenth of customers expected to spend most."
    )
    points = rows_with(drawing, "what")
    assert [(row["tenth"], row["what"], row["spend"]) for row in points] == [
        (1, "expected", 40.0),
        (1, "came", 50.0),
        (2, "expected", 10.0),
        (2, "came", 12.5),
    ]
    assert {row["off"] for row in points} == {"+25.0 %"}


def test_a_forecast_of_nothing_and_nothing_that_came_is_drawn():
    summary = small_summary()
    idle = tuple(
        replace(own, expected_spend=0.0, actual_spend=0.0) for own in summary.forecast_test
    )
    drawing = drawn(forecast_test(replace(summary, forecast_test=idle)))
    assert drawing.title == "On 2024-04-02 a spend of £0 was expected in 90 days; £0 came."
    assert pictures(drawing, ["png"])["png"].startswith(b"\x89PNG")


def test_the_list_test_has_a_line_for_every_task_and_list():
    drawing = drawn(list_test(small_summary()))
    assert drawing.title == (
        "Of customers who then bought something new to them, 50.0 % bought some of their own New "
        "for you list, 25.0 % some of the shop's recent best-sellers."
    )
    rows = rows_with(drawing, "line")
    assert [(row["line"], row["figure"], row["own"]) for row in rows] == [
        ("new products: new for you", "50.0 %", True),
        ("new products: recent best-sellers", "25.0 %", False),
        ("any product: buy again", "75.0 %", True),
    ]
    assert (rows[0]["low"], rows[0]["high"]) == (pytest.approx(0.402), pytest.approx(0.598))


def test_a_million_customers_draw_from_as_much_data_as_thousands():
    summary = small_summary()
    many = replace(
        summary,
        customers=1_000_000,
        segments=tuple(replace(own, customers=own.customers * 100_000) for own in summary.segments),
        k_flows=tuple(replace(own, customers=own.customers * 100_000) for own in summary.k_flows),
    )
    for chart in MODEL_CHARTS:
        few, lots = (len(json.dumps(specification(drawn(chart(own))))) for own in (summary, many))
        assert lots < few * 1.2 + 500


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 720), st.floats(0, 480), st.integers(1, 30)), min_size=1, max_size=14
    )
)
def test_labels_never_overlap_or_leave_the_plot(wanted):
    labels = [Label("m" * letters, x, y, "#0072b2") for x, y, letters in wanted]
    at = place(labels, 720, 480)
    for label, (x, y) in zip(labels, at, strict=True):
        assert label.width / 2 - 1e-6 <= x <= 720 - label.width / 2 + 1e-6
        assert label.height / 2 - 1e-6 <= y <= 480 - label.height / 2 + 1e-6
    for (own, (x, y)), (other, (u, v)) in combinations(zip(labels, at, strict=True), 2):
        apart = (
            abs(x - u) - (own.width + other.width) / 2,
            abs(y - v) - (own.height + other.height) / 2,
        )
        assert max(apart) > 0


def test_a_label_with_room_stays_where_it_should_be():
    assert place([Label("Champions", 300, 200, "#0072b2")], 720, 480) == [(300, 200)]
