from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.report.summary.planes import blades, density, median_z, points, recency_frequency
from custseg.settings import ModelSettings


def members(n: int = 300, seed: int = 0) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": [f"c{i:05d}" for i in range(n)],
            "segment": draw.integers(1, 4, n),
            "pc1": draw.normal(size=n),
            "pc2": draw.normal(size=n),
            "recency_days": draw.integers(0, 400, n),
            "frequency": draw.geometric(0.3, n),
            "monetary": draw.gamma(2, 100, n),
            "silhouette": draw.uniform(-1, 1, n),
        }
    )


def test_few_customers_are_all_drawn():
    assert len(points(members(), 300)) == 300


def test_of_many_a_sample_is_drawn_that_is_always_the_same():
    everyone = members(2000)
    assert len(points(everyone, 100)) == 100
    assert points(everyone, 100) == points(everyone, 100)


def test_points_tell_nothing_of_the_order_of_ids():
    drawn = [(point.segment, point.pc1) for point in points(members(), 300)]
    assert drawn == sorted(drawn)


def test_a_single_component_leaves_the_other_axis_empty():
    everyone = members().drop(columns="pc2")
    assert points(everyone, 300)[0].pc2 is None
    assert density(everyone) == ()


@given(st.integers(1, 500), st.integers(0, 10))
def test_every_customer_is_in_one_cell(n, seed):
    everyone = members(n, seed)
    for cells in (density(everyone), recency_frequency(everyone)):
        assert sum(cell.customers for cell in cells) == n
        for segment, size in everyone["segment"].value_counts().items():
            assert sum(c.customers for c in cells if c.segment == segment) == size


def test_the_lowest_bin_of_orders_is_those_who_ordered_once():
    everyone = members(500)
    once = sum(cell.customers for cell in recency_frequency(everyone) if cell.y1 <= 2)
    assert once == (everyone["frequency"] == 1).sum()
    assert {cell.y0 for cell in recency_frequency(everyone) if cell.y1 <= 2} == {1.0}


def test_a_blade_keeps_both_ends_and_falls():
    found = blades(members(1000))
    assert list(found) == [1, 2, 3]
    for segment, blade in found.items():
        widths = members(1000).query(f"segment == {segment}")["silhouette"]
        assert blade[0] == pytest.approx(widths.max(), abs=1e-4)
        assert blade[-1] == pytest.approx(widths.min(), abs=1e-4)
        assert list(blade) == sorted(blade, reverse=True)
        assert len(blade) == 80


def test_medians_are_standardised_as_the_model_sees_them():
    table = pd.DataFrame({"segment": [1, 1, 1, 2], "frequency": [1.0, 1.0, 3.0, 7.0]})
    settings = ModelSettings(features=("frequency",))
    logs = np.log([2, 2, 4, 8])
    expected = (np.log(2) - logs.mean()) / logs.std()
    assert median_z(table, settings)[1, "frequency"] == pytest.approx(expected)
    plain = ModelSettings(features=("frequency",), transform={"frequency": "none"})
    assert median_z(table, plain)[2, "frequency"] == pytest.approx((7 - 3) / np.sqrt(6))
