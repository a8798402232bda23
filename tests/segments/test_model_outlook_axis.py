"""What is learned from the last days' spend, of orders made so that it can be known."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from custseg.engine.duckdb import connect
from custseg.orders.cleaning import clean
from custseg.orders.customer_features import features
from custseg.orders.judging import judge
from custseg.orders.known import known_at
from custseg.segments.model.monthly import segment
from custseg.segments.model.outlook_axis import learn_outlook, with_outlook
from custseg.segments.model.reduce import reduce
from custseg.settings import CleanSettings, ModelSettings
from tests.conftest import planted_customers, raw_lines

if TYPE_CHECKING:
    import pandas as pd

    from custseg.segments.model.outlook_axis import OutlookLearned

END = date(2024, 1, 1)
ON, OFF = ModelSettings(), ModelSettings(outlook_weight=0.0)
SEEN = [*ON.features, *ON.outlook_features]


def line(customer: int, order: str, day: date, price: float) -> dict[str, object]:
    when = datetime.combine(day, datetime.min.time()) + timedelta(hours=12)
    return {
        "customer_id": f"c{customer:04d}",
        "order_id": order,
        "product_id": f"p-{order[-1]}",
        "unit_price": f"{price:.2f}",
        "ordered_at": when.isoformat(),
    }


def shop(customers: int = 240) -> list[dict[str, object]]:
    """Customers with 1 to 6 orders some weeks apart; who has ordered often comes again."""
    draw, lines = np.random.default_rng(3), []
    for customer in range(customers):
        orders = int(draw.integers(1, 7))
        for number in range(orders):
            day = END - timedelta(days=100 + 40 * number + int(draw.integers(0, 20)))
            lines.append(line(customer, f"{customer}-{number}", day, draw.uniform(5, 15)))
        if orders >= 4:
            day = END - timedelta(days=int(draw.integers(1, 90)))
            lines.append(line(customer, f"{customer}-back", day, 50))
    return lines


def standardised(customers: pd.DataFrame) -> np.ndarray:
    """Each feature that the axis sees, in standard deviations, at most 3."""
    logs = np.log1p(customers[SEEN].to_numpy(float))
    z: np.ndarray = np.clip(StandardScaler().fit_transform(logs), -3, 3)
    centred: np.ndarray = z - z.mean(axis=0)
    return centred


def learned(
    lines: list[dict[str, object]], settings: ModelSettings = ON, as_of: date = END
) -> OutlookLearned:
    raw = raw_lines(*lines)
    cleaned = clean(raw, "none", settings=CleanSettings(as_of=as_of))
    now = features(cleaned.transactions, cleaned.removed, cleaned.as_of)
    return learn_outlook(raw, cleaned.transactions, now, "none", cleaned.as_of, settings)


@pytest.fixture(scope="module")
def outlook() -> OutlookLearned:
    """What is learned of the shop."""
    ibis.set_backend(connect())
    return learned(shop())


@pytest.fixture(scope="module")
def then() -> pd.DataFrame:
    """Its customers as they were known when the days began whose spend is learned from."""
    ibis.set_backend(connect())
    return known_at(judge(raw_lines(*shop()), "none"), END - timedelta(days=90)).features


@pytest.fixture(scope="module")
def now() -> pd.DataFrame:
    """Its customers as they are known in the end."""
    ibis.set_backend(connect())
    return known_at(judge(raw_lines(*shop()), "none"), END).features


def test_what_foretold_the_spend_has_the_weight(outlook, then):
    result = outlook
    assert result.outlook_axis["feature"].tolist() == SEEN
    # Features say partly the same, so that only their sum can be told.
    z = standardised(then)
    expected = z @ result.outlook_axis["coefficient"].to_numpy()
    often = (then["frequency"] >= 4).to_numpy()
    assert expected[often].mean() > expected[~often].mean() + 2
    assert "240 customers known on 2023-10-03" in result.outlook_note
    assert "90 days since" in result.outlook_note


def test_it_is_a_ridge_regression_of_log_spend_on_what_was_known_before_it(outlook, then):
    found = outlook.outlook_axis["coefficient"].to_numpy()
    z = standardised(then)
    back = {row["customer_id"]: 50.0 for row in shop() if row["order_id"].endswith("back")}
    came = np.log1p(then["customer_id"].map(back).fillna(0.0).to_numpy())
    fits = [
        np.linalg.solve(z.T @ z + penalty * np.eye(9), z.T @ (came - came.mean()))
        for penalty in np.logspace(-2, 4, 25)
    ]
    assert min(np.abs(fit - found).max() for fit in fits) < 1e-9


def test_nothing_on_or_after_the_as_of_date_is_seen_and_the_order_of_rows_does_not_matter(outlook):
    after = [line(n, f"{n}-after", END + timedelta(days=n % 30), 999.0) for n in range(100)]
    assert learned([*reversed(shop()), *after]).outlook_axis.equals(outlook.outlook_axis)


def test_a_short_history_is_looked_back_over_for_a_third():
    lines = [row for row in shop() if row["ordered_at"] >= "2023-09-04"]
    result = learned(lines, ON.model_copy(update={"outlook_days": 300}))
    assert "in the 39 days since" in result.outlook_note


@pytest.mark.parametrize(
    ("customers", "settings", "why"),
    [
        (60, ON, "no outlook axis: 60 customers were known 90 days ago, and it takes 200"),
        (60, OFF, "the outlook axis is off ([model] outlook_weight = 0)"),
    ],
)
def test_where_there_is_none_the_note_says_why(customers, settings, why):
    result = learned(shop(customers), settings)
    assert result.outlook_axis.empty
    assert result.outlook_note == why
    table = planted_customers()
    used, axis = with_outlook(settings, table, result.outlook_axis)
    assert axis is None
    assert (used.features, used.outlook_features) == (settings.features, ())


def test_nothing_is_learned_where_all_have_spent_the_same_since():
    result = learned([row for row in shop() if not row["order_id"].endswith("back")])
    assert result.outlook_axis.empty
    assert result.outlook_note.startswith("no outlook axis: all have spent the same in the ")


def test_without_amounts_it_goes_by_orders():
    lines = [row | {"unit_price": None, "amount": None} for row in shop()]
    settings = ON.model_copy(update={"features": ("recency_days", "frequency", "tenure_days")})
    result = learned(lines, settings)
    assert result.outlook_axis.set_index("feature")["coefficient"]["frequency"] > 0
    assert "% of the variance of their log orders in the" in result.outlook_note


def test_a_month_is_segmented_with_it(outlook, now):
    axis = outlook.outlook_axis
    with_it, without = (
        segment(now, 3, END.isoformat(), ON, outlook_axis=one) for one in (axis, None)
    )
    rows = [len(one.model.scoring.components) for one in (with_it, without)]
    assert rows[0] == rows[1] + 1
    assert with_it.model.training.settings["outlook_weight"] == 2.0


def test_the_components_do_not_see_what_only_the_axis_sees(outlook, now):
    axis = outlook.outlook_axis
    with_it, without = (reduce(now, ON, one) for one in (axis, None))
    assert without.components["outlook"].isna().all()
    components = [name for name in with_it.components if name != "outlook"]
    assert np.allclose(
        with_it.components[components].drop(columns="customer_id"),
        without.components[components].drop(columns="customer_id"),
    )
    along = with_it.components["outlook"].to_numpy()
    assert along.std() == pytest.approx(ON.outlook_weight)
    of_axis = with_it.loadings[with_it.loadings["component"] == 0].set_index("feature")
    assert of_axis.index.tolist() == SEEN
    z = standardised(now)
    for place, feature in enumerate(SEEN):
        expected = np.corrcoef(z[:, place], along)[0, 1]
        assert of_axis.loc[feature, "loading"] == pytest.approx(expected)
    assert with_it.loadings[with_it.loadings["component"] > 0]["feature"].isin(ON.features).all()


def test_a_feature_of_the_components_is_none_of_the_axis_alone():
    features = (*ON.features, "lateness")
    axis = learned(shop(), ON.model_copy(update={"features": features})).outlook_axis
    assert axis["feature"].tolist() == [*features, "purchase_rate"]
