from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pandas as pd
import pytest

from custseg.artifacts import ARTIFACTS
from custseg.engine.duckdb import connect
from custseg.engine.parquet import write
from custseg.orders.cleaning import Cleaned, clean
from custseg.orders.customer_features import features as measure
from custseg.outlook.hindsight import Hindsight, each_date
from custseg.outlook.lifetime.backtest import Backtest, Factors, candidates, deciles
from custseg.outlook.lifetime.forecast import fit
from custseg.outlook.lifetime.season import Season, season_dates
from custseg.outlook.lifetime.totals import by_segment
from custseg.outlook.lifetime.value import Valued, value
from custseg.outlook.past import prepare_past
from custseg.settings import CleanSettings, InventorySettings, ValueSettings
from custseg.sources.raw import read_orders
from tests.conftest import raw_lines

if TYPE_CHECKING:
    from pathlib import Path

    import ibis.expr.types as ir

START = date(2024, 1, 1)


def orders(customers: int, days: int = 300, seed: int = 5) -> list[dict[str, Any]]:
    """Order lines of customers each with a rate and a price level of their own."""
    random = np.random.default_rng(seed)
    lines = []
    for customer in range(customers):
        first = int(random.integers(0, days // 2))
        rate, level = random.gamma(0.8, 1 / 50), random.lognormal(3, 0.5)
        when = {first, *(first + np.cumsum(random.exponential(1 / rate, 60)).astype(int)).tolist()}
        lines += [
            {
                "customer_id": f"c{customer:04}",
                "order_id": f"{customer}-{day}",
                "ordered_at": f"{START + timedelta(days=day)} 12:00",
                "unit_price": f"{level * random.gamma(4) / 4:.2f}",
            }
            for day in sorted(when)
            if day < days
        ]
    return lines


def valued(
    raw: ir.Table,
    settings: ValueSettings | None = None,
    clean_settings: CleanSettings | None = None,
    as_of: date | None = None,
) -> Valued:
    """The stage's result where even and odd customers are two segments."""
    return value(*prepared(raw, settings, clean_settings, as_of), settings)


def prepared(
    raw: ir.Table,
    settings: ValueSettings | None = None,
    clean_settings: CleanSettings | None = None,
    as_of: date | None = None,
) -> tuple[ir.Table, ir.Table, ir.Table]:
    """What the stage reads: the past, features and segments."""
    chosen = (clean_settings or CleanSettings()).model_copy(update={"as_of": as_of})
    cleaned = clean(raw, "none", settings=chosen)
    features = measure(cleaned.transactions, cleaned.removed, cleaned.as_of)
    odd = features.customer_id.right(1).cast("int64") % 2
    segments = features.select(
        "customer_id", segment=odd + 1, segment_name=odd.cast("string"), distance=ibis.literal(0.0)
    )
    past = looked_back(raw, cleaned, value_settings=settings, clean_settings=clean_settings)
    return past, features, segments


def looked_back(raw: ir.Table, cleaned: Cleaned, preset: str = "none", **settings: Any) -> ir.Table:
    """The customers known a horizon before the as-of date, and what they did since."""
    untested = InventorySettings(tests=0)
    lines, as_of = cleaned.transactions, cleaned.as_of
    past = prepare_past(raw, lines, preset, as_of, 2, inventory_settings=untested, **settings)
    return past.past_value


def stored(result: Valued, folder: Path) -> list[bytes]:
    """The artifacts' bytes, which also shows that they have the columns they should."""
    for name in ("value", "segment_value", "value_backtest"):
        with (folder / name).open("wb") as sink:
            write(getattr(result, name), ARTIFACTS[name], sink)
    return [(folder / name).read_bytes() for name in ("value", "segment_value", "value_backtest")]


@pytest.fixture
def shop() -> ir.Table:
    return raw_lines(*orders(200))


@pytest.fixture(scope="module")
def read() -> tuple[ir.Table, ir.Table, ir.Table]:
    """What the stage reads of the shop, whatever the model."""
    ibis.set_backend(connect())
    past, features, segments = prepared(raw_lines(*orders(200)))
    return past.cache(), features.cache(), segments.cache()


@pytest.fixture(scope="module")
def by_default(read: tuple[ir.Table, ir.Table, ir.Table]) -> Valued:
    return value(*read)


def test_segments_are_the_sums_of_their_customers(by_default):
    result = by_default
    per_customer, per_segment = result.value, result.segment_value
    assert len(per_customer) == 200
    assert per_segment["customers"].tolist() == [100, 100]
    for column in ("expected_orders", "expected_spend"):
        assert per_segment[column].sum() == pytest.approx(per_customer[column].sum())
    assert per_segment["spend_share"].sum() == pytest.approx(1)
    inside = per_segment.eval("spend_low < expected_spend < spend_high")
    assert inside.all()


def test_the_back_test_counts_what_came_in_the_last_90_days(by_default):
    result = by_default
    lines = pd.DataFrame(orders(200))
    as_of = date.fromisoformat(lines["ordered_at"].max()[:10]) + timedelta(days=1)
    cut_off = (as_of - timedelta(days=90)).isoformat()
    known = lines[lines["ordered_at"] < cut_off]["customer_id"].unique()
    came = lines[(lines["ordered_at"] >= cut_off) & lines["customer_id"].isin(known)]
    total = result.value_backtest.query("decile == 0 and chosen").iloc[0]
    assert total["cut_off"] == cut_off
    assert total["customers"] == len(known)
    assert total["actual_orders"] == len(came)
    assert total["actual_spend"] == pytest.approx(came["unit_price"].astype(float).sum())
    assert total["actual_orders"] == pytest.approx(total["expected_orders"], rel=0.25)
    assert f"On {cut_off} the same forecast was" in result.value_note


def test_deciles_of_the_back_test_sum_to_everyone(by_default):
    tested = by_default.value_backtest
    sums = ["customers", "expected_orders", "actual_orders", "expected_spend", "actual_spend"]
    for _, table in tested.groupby("model"):
        everyone, tenths = table.query("decile == 0")[sums].iloc[0], table.query("decile > 0")[sums]
        assert tenths.sum().to_numpy(float) == pytest.approx(everyone.to_numpy(float))
    assert tested["chosen"].sum() == 11


def test_row_order_changes_no_byte(by_default, tmp_path):
    lines = orders(200)
    first = stored(by_default, tmp_path)
    shuffled = [lines[place] for place in np.random.default_rng(1).permutation(len(lines))]
    assert stored(valued(raw_lines(*shuffled)), tmp_path) == first


def test_a_shop_younger_than_two_horizons_has_no_forecast_and_the_note_says_what_to_do(tmp_path):
    result = valued(raw_lines(*orders(100, days=120)))
    # The first order was at noon, 120 days before the as-of date's midnight.
    assert result.value_note == (
        "No forecast: 90 days ahead take 180 days of orders, and 119 whole days are known. To get "
        "one, set [value] horizon_days to 59 or less, or wait 61 days."
    )
    assert result.value_backtest.empty
    assert result.value.drop(columns="customer_id").isna().all(axis=None)
    figures = result.segment_value.drop(columns=["segment", "segment_name", "customers"])
    assert figures.isna().all(axis=None)
    assert result.segment_value["customers"].tolist() == [50, 50]
    assert stored(result, tmp_path)


def test_half_of_what_is_known_can_be_looked_ahead():
    shop = raw_lines(*orders(100, days=120))
    assert valued(shop, ValueSettings(horizon_days=59)).value["expected_spend"].notna().all()
    assert valued(shop, ValueSettings(horizon_days=60)).value["expected_spend"].isna().all()


def test_a_band_is_longer_on_the_side_that_the_back_test_was_off_to():
    # 100 orders and 1,000 in spend each, and no scatter of customers.
    forecast = pd.DataFrame(
        {
            "customer_id": ["a", "b"],
            "buying_probability": 0.5,
            "expected_orders": 100.0,
            "expected_spend": 1000.0,
        }
    )
    segments = pd.DataFrame({"customer_id": ["a", "b"], "segment": 1, "segment_name": "All"})
    table = pd.DataFrame({"orders_variance": [0.0] * 11, "spend_variance": [0.0] * 11})
    (row,) = by_segment(
        forecast, segments, Backtest("steady", table), Factors(orders=1.5, spend=0.8)
    ).to_dict("records")
    # 1.28 standard errors of 25 % are 32 %; half as many orders again came.
    assert row["orders_low"] == pytest.approx(200 * (1 - 0.32))
    assert row["orders_high"] == pytest.approx(200 * (1 + 0.32 + 0.5))
    # 1.28 times 35 % are 44.8 %; a fifth less was spent.
    assert row["spend_low"] == pytest.approx(2000 * (1 - 0.448 - 0.2))
    assert row["spend_high"] == pytest.approx(2000 * (1 + 0.448))


def test_the_note_has_the_sum_of_the_segments_ranges(by_default):
    result = by_default
    table = result.segment_value
    low, high = table["spend_low"].sum(), table["spend_high"].sum()
    assert f"in spend ({low:,.0f} to {high:,.0f}) are expected" in result.value_note


def seasonal(customers: int = 120, days: int = 500) -> list[dict[str, Any]]:
    """Orders every 20 days or so, and twice as often in the last 45 days of each 365."""
    random = np.random.default_rng(3)
    return [
        {
            "customer_id": f"c{customer:04}",
            "order_id": f"{customer}-{day}",
            "ordered_at": f"{START + timedelta(days=day)} 12:00",
            "unit_price": "10.00",
        }
        for customer in range(customers)
        for day in range(days)
        if day == customer % 40 or random.random() < (0.12 if day % 365 >= 320 else 0.04)
    ]


@pytest.mark.nightly
def test_a_season_that_the_back_test_confirms_is_followed():
    # The 30 days from day 325 are back-tested 365 days later, and those from day 355 lie ahead.
    lines = [
        line for line in seasonal(days=725) if line["ordered_at"] < str(START + timedelta(720))
    ]
    found = valued(raw_lines(*lines), ValueSettings(horizon_days=30), as_of=START + timedelta(720))
    assert found.value_season
    assert "It follows last year's season (orders × " in found.value_note
    plain = valued(
        raw_lines(*lines),
        ValueSettings(horizon_days=30, calibrate="none"),
        as_of=START + timedelta(720),
    )
    assert not plain.value_season
    ratio = found.value["expected_orders"] / plain.value["expected_orders"]
    assert ratio.max() == pytest.approx(ratio.min())
    more_likely = found.value["buying_probability"] >= plain.value["buying_probability"]
    assert more_likely.all() == (ratio.mean() >= 1)


def test_without_a_year_more_than_a_forecast_takes_no_season_is_looked_for():
    first = date(2020, 1, 1)
    # 365 days, the back-test's 90, and the 180 that its forecast takes: 635.
    assert season_dates(first + timedelta(634), first, 90) == []
    today = first + timedelta(635)
    assert season_dates(today, first, 90) == [
        today - timedelta(days=455),
        today - timedelta(days=365),
    ]
    assert season_dates(first + timedelta(5000), first, 365) == []


def test_a_season_that_would_have_been_wrong_does_not_help():
    def tested(expected: float, came: float) -> Backtest:
        return Backtest(
            "steady",
            pd.DataFrame(
                {
                    "expected_orders": [expected],
                    "actual_orders": [came],
                    "expected_spend": [10 * expected],
                    "actual_spend": [10 * came],
                }
            ),
        )

    # A year before 150 came where 100 were expected; so they did now, or only 110.
    right = Season(Factors(2, 2), Factors(1.5, 1.5), tested(100, 150))
    assert right.off == pytest.approx((0, -1 / 3))
    assert right.helps
    assert right.left.spend == pytest.approx(1)
    wrong = Season(Factors(2, 2), Factors(1.5, 1.5), tested(100, 110))
    assert wrong.off == pytest.approx((1.5 / 1.1 - 1, 1 / 1.1 - 1))
    assert not wrong.helps
    # Off by 20 % with it, by 25 % without: too small a gain to be more than chance.
    little = Season(Factors(2, 2), Factors(1.6, 1.6), tested(100, 100 / 0.75))
    assert little.off == pytest.approx((0.2, -0.25))
    assert not little.helps


def test_three_customers_are_forecast_and_the_note_says_that_nobody_knows_how_well(tmp_path):
    result = valued(
        raw_lines(
            {"order_id": "1", "ordered_at": "2024-01-01 12:00"},
            {"order_id": "2", "customer_id": "b", "ordered_at": "2024-02-01 12:00"},
            {"order_id": "3", "customer_id": "c", "ordered_at": "2024-09-01 12:00"},
        ).mutate(customer_id=ibis.row_number().cast("string"))
    )
    assert len(result.value) == 3
    assert "(steady)" in result.value_note
    assert "only 2 customers 90 days ago" in result.value_note
    assert np.isfinite(result.value.drop(columns="customer_id").to_numpy(float)).all()
    assert stored(result, tmp_path)


def test_fifty_customers_who_all_bought_once_have_small_but_positive_forecasts(tmp_path):
    lines = [
        {
            "customer_id": f"c{number}",
            "order_id": str(number),
            "ordered_at": f"{START + timedelta(days=5 * number)} 12:00",
        }
        for number in range(50)
    ]
    result = valued(raw_lines(*lines))
    assert "(steady)" in result.value_note
    assert result.value["expected_orders"].between(0, 0.1, inclusive="neither").all()
    assert stored(result, tmp_path)


def test_returns_above_purchases_never_make_a_forecast_negative(tmp_path):
    lines = orders(60)
    refunds = [
        line | {"quantity": -3, "ordered_at": line["ordered_at"].replace("12:00", "13:00")}
        for line in lines[::7]
    ]
    result = valued(raw_lines(*lines, *refunds), clean_settings=CleanSettings(returns="subtract"))
    figures = result.value.drop(columns="customer_id").to_numpy(float)
    assert np.isfinite(figures).all()
    assert (figures >= 0).all()
    assert stored(result, tmp_path)


@pytest.mark.parametrize("model", ["mbg-nbd", "bg-nbd", "steady"])
def test_the_model_asked_for_is_used(read, model):
    result = value(*read, ValueSettings(model=model))
    assert f"({model})" in result.value_note
    assert result.value_backtest.query("chosen")["model"].unique().tolist() == [model]


def test_calibration_multiplies_by_what_the_back_test_showed(read):
    plain, spend, both = (
        value(*read, ValueSettings(model="mbg-nbd", calibrate=name))
        for name in ("none", "spend", "both")
    )
    total = plain.value_backtest.query("decile == 0 and chosen").iloc[0]
    orders_ratio = total["actual_orders"] / total["expected_orders"]
    spend_ratio = total["actual_spend"] / total["expected_spend"]
    assert spend.value["expected_orders"].equals(plain.value["expected_orders"])
    scaled = plain.value["expected_spend"]
    assert spend.value["expected_spend"].to_numpy() == pytest.approx(
        (scaled * spend_ratio / orders_ratio).to_numpy()
    )
    assert both.value["expected_spend"].to_numpy() == pytest.approx(
        (scaled * spend_ratio).to_numpy()
    )
    assert both.value["expected_orders"].to_numpy() == pytest.approx(
        (plain.value["expected_orders"] * orders_ratio).to_numpy()
    )


def test_a_longer_horizon_brings_more(shop, by_default):
    near, far = valued(shop, ValueSettings(horizon_days=30)).value, by_default.value
    assert (far["expected_orders"] > near["expected_orders"]).all()
    assert (far["buying_probability"] > near["buying_probability"]).all()


@pytest.mark.usefixtures("all_shown")
def test_the_command_shows_the_forecast_its_back_test_and_the_note(custseg, finished):
    shown = json.loads(custseg("value", "-w", finished, "--json").stdout)
    forecast = shown["segment_value"]
    backtest = [row for row in shown["value_backtest"] if row["chosen"]]
    assert sum(row["customers"] for row in forecast) > 100
    assert [row["decile"] for row in backtest] == list(range(11))
    assert len({row["model"] for row in backtest}) == 1
    assert "are expected over the next 90 days" in shown["value_note"]


def test_deciles_begin_with_the_highest():
    assert deciles(np.arange(20.0)).tolist() == [10 - n // 2 for n in range(20)]
    assert deciles(np.array([3.0, 9, 3])).tolist() == [4, 1, 7]


def test_where_nobody_was_known_a_horizon_ago_the_note_says_so(read):
    past, features, segments = read
    result = value(past.limit(0), features, segments)
    assert result.value_backtest.empty
    assert "there were only 0 customers 90 days ago" in result.value_note


@pytest.mark.nightly
def test_the_back_test_of_online_retail(real_data, tmp_path):
    found = read_orders(real_data("online_retail/online_retail.parquet"), tmp_path)
    cleaned = clean(found.raw, found.preset, settings=CleanSettings(as_of=date(2011, 12, 9)))
    (past,) = each_date(looked_back(found.raw, cleaned, found.preset))
    assert past.cut_off == date(2011, 9, 10)
    fitted, steady = candidates(past, "mbg-nbd", 90)
    total = fitted.total
    assert (total["customers"], total["actual_orders"]) == (3_363, 4_953)
    assert total["actual_spend"] == pytest.approx(2_555_429.82, abs=0.01)
    assert total["expected_orders"] == pytest.approx(3_624, rel=0.005)
    assert total["expected_spend"] == pytest.approx(1_533_500, rel=0.005)
    assert total["orders_error"] == pytest.approx(1.066, abs=0.005)
    assert total["spend_error"] == pytest.approx(554.6, abs=2)
    assert total["orders_rank_correlation"] == pytest.approx(0.494, abs=0.003)
    assert total["spend_rank_correlation"] == pytest.approx(0.524, abs=0.003)
    assert total["spend_error"] == pytest.approx(steady.total["spend_error"], rel=0.02)


@pytest.mark.parametrize(
    ("cut_off", "orders_ratio", "spend_ratio", "orders_error", "spend_error"),
    [
        ("1997-10-01", 0.82, 0.76, 0.35, 13.9),
        ("1998-01-01", 0.91, 0.86, 0.32, 12.4),
        ("1998-04-01", 1.07, 1.09, 0.28, 10.6),
    ],
)
def test_the_back_test_of_cdnow(
    real_data, cut_off, orders_ratio, spend_ratio, orders_error, spend_error
):
    past = cdnow(real_data("cdnow/CDNOW_master.txt"), date.fromisoformat(cut_off))
    fitted, steady = candidates(past, fit(past.customers, None).purchasing.model, 90)
    assert fitted.model == "mbg-nbd"
    assert 1 / fitted.ratio("orders") == pytest.approx(orders_ratio, abs=0.01)
    assert 1 / fitted.ratio("spend") == pytest.approx(spend_ratio, abs=0.01)
    assert fitted.total["orders_error"] == pytest.approx(orders_error, abs=0.01)
    assert fitted.total["spend_error"] == pytest.approx(spend_error, abs=0.1)
    assert fitted.total["spend_error"] < 0.8 * steady.total["spend_error"]


def cdnow(path: Path, cut_off: date) -> Hindsight:
    """CDNOW's customers at a date; a day with a purchase of more than nothing is an order."""
    lines = pd.read_csv(path, sep=r"\s+", dtype={"customer_id": str, "date": str})
    lines = lines[lines["dollar_value"] > 0]
    days = lines.assign(day=pd.to_datetime(lines["date"])).groupby(["customer_id", "day"])
    dollars = days["dollar_value"].sum().reset_index(level="day")
    now, end = pd.Timestamp(cut_off), pd.Timestamp(cut_off + timedelta(days=90))
    before = dollars[dollars["day"] < now].groupby("customer_id")
    known = pd.DataFrame(
        {
            "recency_days": (now - before["day"].max()).dt.days,
            "tenure_days": (now - before["day"].min()).dt.days,
            "frequency": before.size(),
            "active_days": before.size(),
            "monetary": before["dollar_value"].sum(),
        }
    ).reset_index()
    after = dollars[(dollars["day"] >= now) & (dollars["day"] < end)].groupby("customer_id")
    came = after["dollar_value"].agg(["size", "sum"]).reindex(known["customer_id"]).fillna(0)
    came = came.reset_index(drop=True)
    known["orders_after"], known["spend_after"] = came["size"].astype(int), came["sum"]
    return Hindsight(cut_off, known)


def test_without_amounts_only_orders_are_forecast(by_default):
    lines = [line | {"unit_price": None, "amount": None} for line in orders(200)]
    counted, known = valued(raw_lines(*lines)), by_default
    assert counted.value["expected_spend"].isna().all()
    assert counted.segment_value["spend_share"].isna().all()
    assert counted.segment_value["spend_high"].isna().all()
    assert counted.segment_value["orders_high"].notna().all()
    assert counted.value_backtest["actual_spend"].isna().all()
    assert counted.value_backtest["actual_orders"].notna().all()
    assert counted.value["buying_probability"].to_list() == pytest.approx(
        known.value["buying_probability"].to_list()
    )
    assert "Nothing of spend is expected, as the orders have no amounts" in counted.value_note
    assert "nan" not in counted.value_note
