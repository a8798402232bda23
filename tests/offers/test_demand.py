from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from custseg.artifacts import ARTIFACTS
from custseg.engine.base import fetch_frame
from custseg.engine.duckdb import connect
from custseg.engine.parquet import read_frame, write
from custseg.offers.demand.backtest import (
    AGAIN,
    RECENT,
    SEASON,
    Band,
    Forecast,
    Trial,
    band,
    choose,
)
from custseg.offers.demand.backtest import written as written_tests
from custseg.offers.demand.forecast import Demand, forecast_units
from custseg.offers.demand.note import NOTHING, note
from custseg.offers.demand.rates import on_shelves, recent_rates, units_between, weights
from custseg.offers.demand.season import season
from custseg.offers.recommendations.shelves import fill_shelves
from custseg.orders.cleaning import clean
from custseg.orders.customer_features import features
from custseg.outlook.past import prepare_past
from custseg.segments.model.fit import fit
from custseg.segments.profiles.profile import group_products
from custseg.settings import InventorySettings
from custseg.workspace.workspace import Workspace
from tests.conftest import DEFAULT_LINE, raw_lines, table

CUT_OFF = date(2024, 3, 1)
NO_SEASON = "; last year's season is not in it, as too little is known of the days before it."


def lines(*bought: tuple[str, str, str, float]) -> pd.DataFrame:
    """Lines of customer, product, day and units."""
    frame = pd.DataFrame(bought, columns=["customer_id", "product_id", "day", "quantity"])
    frame["ordered_at"] = pd.to_datetime(frame["day"]) + pd.Timedelta(hours=9)
    return frame.drop(columns="day")


def money(frame: pd.DataFrame) -> Any:
    """The lines as a table of the engine, units as exact decimals."""
    given = table(frame)
    return given.mutate(quantity=given.quantity.cast("decimal(18,4)"))


def rates(frame: pd.DataFrame, products: list[tuple[int, str]], **settings: float) -> pd.DataFrame:
    """The rates of segment 1 (anna, bob) and 2 (cleo)."""
    segments = pd.DataFrame({"customer_id": ["anna", "bob", "cleo"], "segment": [1, 1, 2]})
    asked = pd.DataFrame(products, columns=["segment", "product_id"])
    given = InventorySettings.model_validate(settings)
    return recent_rates(money(frame), segments, asked, CUT_OFF, given)


def test_a_rate_weighs_an_order_half_as_much_after_a_half_life():
    bought = lines(
        ("cleo", "other", "2024-02-10", 1),  # the first day known, 20 days before
        ("anna", "mug", "2024-02-29", 2),  # 1 day before: weight 1
        ("bob", "mug", "2024-02-19", 4),  # 11 days before: weight 1/2
    )
    row = rates(bought, [(1, "mug")], half_life_days=10, largest_quantile=1).iloc[0]
    fading = 0.5**0.1
    scale = 30 * (1 - fading) / (1 - 0.25)
    assert row["expected"] == pytest.approx(scale * (2 + 4 / 2))
    assert row["scatter"] == pytest.approx(scale * (4 + 16 / 2))
    assert row["doubt"] == pytest.approx(scale**2 * (4 + 16 / 4))
    assert row["units_recent"] == 6


@given(half_life=st.floats(1, 1000), days=st.integers(1, 2000), horizon=st.integers(1, 364))
def test_a_steady_need_is_forecast_as_it_is(half_life, days, horizon):
    settings = InventorySettings(half_life_days=half_life, horizon_days=horizon)
    weight, scale = weights(np.arange(1, days + 1), days, settings)
    assert scale * (weight * 3).sum() == pytest.approx(3 * horizon)


def test_one_huge_line_counts_as_its_products_99_percent_quantile():
    day = pd.date_range(end="2024-02-29", periods=60).astype(str)
    usual = [("anna", "mug", on, 1) for on in day]
    huge = ("bob", "mug", "2024-02-20", 1000)
    plain = rates(lines(*usual), [(1, "mug")])["expected"].item()
    cut = rates(lines(*usual, huge), [(1, "mug")])
    as_it_is = rates(lines(*usual, huge), [(1, "mug")], largest_quantile=1)
    # the quantile of 61 lines at place 0.99 * 60 = 59.4: 1 + 0.4 * 999
    assert cut["expected"].item() < plain + 0.45 * (as_it_is["expected"].item() - plain)
    assert cut["units_recent"].item() == 1030


def test_a_segment_needs_what_its_own_members_bought_and_rows_stay_in_order():
    bought = lines(
        ("anna", "mug", "2024-02-28", 2),
        ("cleo", "mug", "2024-02-28", 5),
        ("cleo", "cup", "2024-02-28", 7),
    )
    found = rates(bought, [(2, "mug"), (1, "mug"), (1, "cup")])
    assert found["units_recent"].tolist() == [5, 2, 0]
    assert found["expected"].iloc[2] == 0


def test_units_that_came_begin_with_the_cut_off_and_end_before_the_horizon_does():
    bought = lines(
        ("anna", "mug", "2024-02-29", 1),
        ("anna", "mug", "2024-03-01", 10),
        ("bob", "mug", "2024-03-30", 100),
        ("bob", "mug", "2024-03-31", 1000),
        ("dora", "mug", "2024-03-02", 10_000),
    )
    segments = pd.DataFrame({"customer_id": ["anna", "bob"], "segment": 1})
    products = pd.DataFrame({"segment": [1, 1], "product_id": ["cup", "mug"]})
    assert units_between(money(bought), segments, products, CUT_OFF, 30).tolist() == [0, 110]


def test_a_product_on_two_lists_is_one_row_and_groups_are_none():
    shelf = pd.DataFrame(
        [
            (1, "New", "over_buys", "mug", "MUG"),
            (1, "New", "best_sellers", "mug", "MUG"),
            (1, "New", "groups", None, "Mugs"),
            (1, "New", "best_sellers", "cup", "CUP"),
        ],
        columns=["segment", "segment_name", "list", "product_id", "description"],
    )
    assert on_shelves(shelf)["product_id"].tolist() == ["cup", "mug"]


def yearly(christmas: int) -> pd.DataFrame:
    """A unit of tinsel and of mugs a day over two years, of tinsel more each Christmas."""
    day = pd.date_range("2022-01-01", "2023-12-03")
    frames = [
        pd.DataFrame({"day": day, "product_id": name, "quantity": 1.0})
        for name in ("mug", "tinsel")
    ]
    frame = pd.concat(frames, ignore_index=True)
    rising = (frame["product_id"] == "tinsel") & (frame["day"].dt.month == 12)
    frame.loc[rising, "quantity"] = float(christmas)
    frame["ordered_at"] = frame.pop("day") + pd.Timedelta(hours=9)
    return frame.assign(customer_id="anna")


GROUPS = pd.DataFrame(
    {"product_id": ["mug", "tinsel"], "group": [1, 2], "group_name": ["Mugs", "Christmas"]}
)


def factors(christmas: int, cut_off: date) -> list[float] | None:
    asked = pd.DataFrame({"product_id": ["mug", "tinsel", "unheard-of"]})
    given = InventorySettings(largest_quantile=1)
    known = yearly(christmas)
    known = known[known["ordered_at"] < pd.Timestamp(cut_off)]
    found = season(money(known), GROUPS, asked, cut_off, given)
    return None if found is None else found.tolist()


def test_last_years_season_is_its_groups_own_drawn_to_the_shops():
    mug, tinsel, other = factors(4, date(2023, 11, 30)) or []
    # 364 days before is 2022-12-01: 30 mugs came where 30 were expected, 120 tinsel for 30
    shop = 150 / 60
    prior = 50 * (2 * 698 + 3 * 31) / (2 * 698)
    assert other == pytest.approx(shop)
    assert mug == pytest.approx((30 + prior * shop) / (30 + prior))
    assert tinsel == pytest.approx((120 + prior * shop) / (30 + prior))


def test_a_season_is_at_most_five_times_the_recent_rate():
    assert max(factors(10_000, date(2023, 11, 30)) or []) == 5


def test_without_a_full_earlier_year_and_90_days_before_it_there_is_no_season():
    assert factors(4, date(2023, 3, 30)) is None
    assert factors(4, date(2023, 3, 31)) is not None


def trial(came: list[float], expected: float = 10.0, factor: float | None = None) -> Trial:
    """A test whose rows expected 10 units with a variance by chance of 4, and what came."""
    figures = {"units_recent": 5.0, "expected": expected, "scatter": 3.0, "doubt": 1.0}
    frame = pd.DataFrame(figures, index=range(len(came)))
    season_factor = None if factor is None else np.full(len(came), factor)
    return Trial("2024-02-01", Forecast(frame, season_factor), np.array(came))


def test_a_band_ends_where_a_tenth_of_past_errors_lay_below_and_above():
    found = band([trial([10.0 + error for error in range(-10, 11)])], RECENT)
    assert found == Band(-4.0, 4.0)  # errors of -8 and 8 units in standard errors of 2
    low, high = found.ends(np.array([10.0, 3.0]), np.array([2.0, 1.0]))
    assert low.tolist() == [2, 0]
    assert high.tolist() == [18, 7]


def test_fewer_than_20_errors_make_no_band():
    assert band([trial([10.0] * 19)], RECENT) is None
    assert band([trial([10.0] * 19), trial([12.0])], RECENT) == Band(0.0, 0.0)


@given(st.lists(st.floats(0, 1e6), min_size=20, max_size=40))
def test_a_band_holds_the_expected_units_and_is_never_below_zero(came):
    ends = band([trial(came)], RECENT)
    assert ends is not None
    low, high = ends.ends(np.array([10.0]), np.array([2.0]))
    assert 0 <= low[0] <= 10 <= high[0]


def test_a_season_is_used_only_where_it_was_nearer_than_the_recent_rate_alone():
    assert choose([trial([20.0], factor=2.0)]) == SEASON
    assert choose([trial([11.0], factor=2.0)]) == RECENT
    assert choose([trial([20.0])]) == RECENT
    # the date at which no season was known does not count
    assert choose([trial([1000.0]), trial([20.0], factor=2.0)]) == SEASON


def test_the_back_tests_figures_can_be_worked_out_by_hand():
    others = [10.0 + error for error in range(-10, 11)]
    tests = [trial([20.0, 4.0], factor=2.0), trial(others)]
    found = written_tests(tests, RECENT).set_index("method")
    first = found.iloc[[0, 1, 2]]
    assert first.index.tolist() == [RECENT, SEASON, AGAIN]
    assert first["chosen"].tolist() == [True, False, False]
    assert first["units_expected"].tolist() == [20, 40, 10]
    assert first["wape"].tolist() == pytest.approx([16 / 24, 16 / 24, 16 / 24])
    assert first["bias"].tolist() == pytest.approx([-4 / 24, 16 / 24, -14 / 24])
    # 4 is within 10 - 8 and 10 + 8, 20 is not; the season has no other date to set its band by
    assert first["held"].iloc[0] == 0.5
    assert first["held"].iloc[1:].isna().all()


def store(first: str, end: str, season_of: float = 0.0, seed: int = 0, customers: int = 45) -> Any:
    """Raw lines of two categories; the first swings by a share over the year, the other against."""
    draw = np.random.default_rng(seed)
    days = pd.date_range(first, end, inclusive="left")
    swing = season_of * np.sin(2 * np.pi * np.asarray(days.day_of_year) / 365.25)
    every = np.where(np.arange(customers) % 3 == 0, 7, 20)
    orders = draw.random((customers, len(days))) < 1 / every[:, None]
    who, when = np.nonzero(orders)
    summer = draw.random(len(who)) < (1 + swing[when]) / 2
    product = draw.integers(0, 5, len(who))
    units = draw.integers(1, 6, len(who))
    return raw_lines(
        *(
            {
                "customer_id": f"c{c:02d}",
                "order_id": f"{c}-{d}",
                "product_id": f"{'summer' if s else 'winter'}{p}",
                "description": f"{'SUMMER' if s else 'WINTER'} {p}",
                "category": "Summer" if s else "Winter",
                "quantity": int(q),
                "ordered_at": str(days[int(d)] + pd.Timedelta(hours=9)),
            }
            for c, d, s, p, q in zip(who, when, summer, product, units, strict=True)
        )
    )


def forecast(raw: Any, as_of: str, k: int = 2, **settings: float) -> Demand:
    """Run what the stage needs, and the stage."""
    cleaned = clean(raw, "none")
    measured = features(cleaned.transactions, cleaned.removed, as_of)
    segments = table(
        fit(fetch_frame(measured.order_by("customer_id")), k).segments[
            ["customer_id", "segment", "segment_name"]
        ]
    )
    groups = table(group_products(cleaned.transactions))
    shelves = fill_shelves(segments, cleaned.transactions, groups)
    chosen = InventorySettings.model_validate(settings)
    past = prepare_past(raw, cleaned.transactions, "none", as_of, k, inventory_settings=chosen)
    return forecast_units(
        past.past_inventory,
        past.past_inventory_lines,
        cleaned.transactions,
        segments,
        groups,
        table(shelves.astype({"product_id": str})),
        as_of,
        chosen,
    )


@pytest.fixture(scope="module")
def seasonal() -> Demand:
    ibis.set_backend(connect())
    return forecast(store("2021-10-01", "2024-10-01", season_of=0.9), "2024-10-01")


def test_a_planted_season_is_found_and_beats_the_recent_rate(seasonal):
    pooled = seasonal.inventory_backtest
    error = (pooled["wape"] * pooled["units_came"]).groupby(pooled["method"]).sum()
    assert error[SEASON] < 0.85 * error[RECENT]
    assert error[SEASON] < error[AGAIN]
    assert (seasonal.inventory["basis"] == SEASON).all()
    assert "last year's season is in it (" in seasonal.inventory_note


def test_after_its_summer_the_one_group_is_expected_to_fall_and_the_other_to_rise(seasonal):
    factor = seasonal.inventory["season_factor"]
    summer = seasonal.inventory["product_id"].str.startswith("summer")
    assert factor[summer].max() < 1 < factor[~summer].min()


def test_every_row_has_a_band_that_holds_what_is_expected(seasonal):
    found = seasonal.inventory
    assert (found["units_low"] <= found["units_expected"]).all()
    assert (found["units_expected"] <= found["units_high"]).all()
    assert found["units_low"].min() >= 0
    held = seasonal.inventory_backtest.loc[seasonal.inventory_backtest["method"] == SEASON, "held"]
    assert held.mean() == pytest.approx(0.8, abs=0.15)


@pytest.fixture(scope="module")
def steady() -> Demand:
    ibis.set_backend(connect())
    return forecast(store("2024-01-01", "2024-07-19"), "2024-07-19")


@pytest.mark.nightly
def test_tests_are_a_horizon_apart_and_leave_enough_before(steady):
    dates = steady.inventory_backtest["cut_off"].unique().tolist()
    assert dates == ["2024-06-19", "2024-05-20", "2024-04-20"]
    longer = forecast(store("2024-01-01", "2024-07-19"), "2024-07-19", horizon_days=60)
    assert longer.inventory_backtest["cut_off"].unique().tolist() == ["2024-05-20"]
    assert longer.inventory["days"].unique().tolist() == [60]


def test_the_sentence_has_the_figures_and_says_that_there_is_no_season(steady):
    total = steady.inventory["units_expected"].sum()
    assert steady.inventory_note.startswith(
        f"The segments are likely to need {total:,.0f} units of the products on their shelves in "
        "the next 30 days: on 2024-06-19, 2024-05-20 and 2024-04-20 the same forecast was off by "
    )
    assert "its 80 % bands held" in steady.inventory_note
    assert steady.inventory_note.endswith(NO_SEASON)
    assert steady.inventory["season_factor"].isna().all()


def test_nothing_after_a_cut_off_is_in_its_forecast(steady):
    raw = store("2024-01-01", "2024-07-19").to_pyarrow().to_pandas()
    later = raw["ordered_at"] >= pd.Timestamp("2024-06-19")
    altered = raw.copy()
    altered.loc[later, "quantity"] *= 7
    altered.loc[later, "amount"] *= 7
    shuffled = altered.loc[later, "customer_id"].sample(frac=1, random_state=1)
    altered.loc[later, "customer_id"] = shuffled.to_numpy()
    other = forecast(raw_table(altered), "2024-07-19", tests=1).inventory_backtest
    one = steady.inventory_backtest
    one = one[one["cut_off"].isin(other["cut_off"])].reset_index(drop=True)
    columns = ["cut_off", "method", "rows", "units_expected"]
    pd.testing.assert_frame_equal(one[columns], other[columns], check_exact=True)
    assert one["units_came"][0] != other["units_came"][0]


def raw_table(frame: pd.DataFrame) -> Any:
    """A data frame of raw lines as a table."""
    return ibis.memtable(pa.Table.from_pandas(frame, ARTIFACTS["raw"].schema()))


@pytest.mark.parametrize("threads", [2, pytest.param(1, marks=pytest.mark.nightly)])
def test_bits_depend_neither_on_the_order_of_rows_nor_on_threads(threads, steady):
    rows = store("2024-01-01", "2024-07-19").to_pyarrow()
    shuffled = rows.take(np.random.default_rng(threads).permutation(len(rows)))
    with threadpool_limits(threads):
        again = forecast(ibis.memtable(shuffled), "2024-07-19")
    pd.testing.assert_frame_equal(again.inventory, steady.inventory, check_exact=True)
    pd.testing.assert_frame_equal(
        again.inventory_backtest, steady.inventory_backtest, check_exact=True
    )


def writable(found: Demand, tmp_path: Path) -> list[int]:
    """The number of rows of each artifact, written."""
    numbers = []
    for name in ("inventory", "inventory_backtest"):
        with (tmp_path / name).open("wb") as sink:
            numbers.append(write(getattr(found, name), ARTIFACTS[name], sink))
    return numbers


def test_a_young_shop_is_forecast_without_bands_and_says_so(tmp_path):
    found = forecast(store("2024-01-01", "2024-04-01"), "2024-04-01")
    assert writable(found, tmp_path) == [len(found.inventory), 0]
    assert found.inventory["units_expected"].sum() > 0
    assert found.inventory["units_low"].isna().all()
    assert found.inventory_note.endswith(
        "how wrong that may be is not known, for want of a past date with enough orders before "
        f"and after it{NO_SEASON}"
    )


@pytest.mark.nightly
def test_a_date_with_fewer_customers_than_segments_is_left_out():
    # the sixth customer's first order is later than 2024-04-20
    raw = store("2024-01-01", "2024-07-19", customers=6).to_pyarrow().to_pandas()
    late = (raw["customer_id"] == "c05") & (raw["ordered_at"] < pd.Timestamp("2024-05-01"))
    found = forecast(raw_table(raw[~late]), "2024-07-19", k=6)
    dates = found.inventory_backtest["cut_off"].unique().tolist()
    assert dates == ["2024-06-19", "2024-05-20"]


def test_a_shop_whose_lines_name_no_product_has_nothing_to_forecast(tmp_path):
    raw = store("2024-01-01", "2024-07-19")
    found = forecast(raw.mutate(product_id=ibis.null("string")), "2024-07-19", tests=1)
    assert writable(found, tmp_path) == [0, 0]
    assert found.inventory_note == NOTHING


@pytest.fixture(scope="module")
def online_retail(studied_retail: Path) -> Demand:
    workspace = Workspace(studied_retail)
    units, tests = (
        read_frame(workspace.path(name)) for name in ("inventory", "inventory_backtest")
    )
    return Demand(units, tests, workspace.manifest().facts()["inventory_note"])


def test_online_retails_needs_are_foretold_better_than_by_the_last_30_days(online_retail):
    found = online_retail.inventory_backtest.set_index(["cut_off", "method"])
    assert found.index.levels[0].tolist() == ["2011-09-11", "2011-10-11", "2011-11-10"]
    error = found["wape"].unstack()  # noqa: PD010  (every pair is there once)
    assert error[RECENT].mean() == pytest.approx(0.46, abs=0.03)
    assert (error[RECENT] < error[AGAIN]).all()
    assert found["bias"].xs(RECENT, level="method").abs().max() < 0.2


def test_online_retails_bands_hold_about_what_they_say_and_it_has_no_season(online_retail):
    assert online_retail.inventory_backtest["held"].mean() == pytest.approx(0.8, abs=0.08)
    assert online_retail.inventory["season_factor"].isna().all()
    assert online_retail.inventory_note.endswith(NO_SEASON)


def test_lines_of_very_many_units_overflow_nothing():
    lines = [
        DEFAULT_LINE | {"customer_id": f"c{i}", "order_id": str(i), "quantity": 900_000_000}
        for i in range(3)
    ]
    cleaned = clean(raw_lines(*lines))
    products = pd.DataFrame({"segment": [1], "product_id": ["mug"]})
    segments = pd.DataFrame({"customer_id": [f"c{i}" for i in range(3)], "segment": 1})
    day = date(2024, 1, 11)
    rates = recent_rates(cleaned.transactions, segments, products, day, InventorySettings())
    assert rates["units_recent"].tolist() == [2.7e9]


def test_a_forecast_of_units_that_never_came_is_not_to_be_counted_on():
    inventory = pd.DataFrame({"days": [30, 30], "units_expected": [1200.0, 34.0]})
    tested = pd.DataFrame(
        {
            "cut_off": ["2024-01-01", "2024-02-01"],
            "method": SEASON,
            "chosen": True,
            "units_expected": [40.0, 50.0],
            "units_came": 0.0,
        }
    )
    said = note(inventory, tested, season_known=True)
    assert "likely to need 1,234 units" in said
    assert "but don't count on it" in said
    assert "the same forecast was 50 and 40, and none came" in said
    assert "it could not be tested" in said
