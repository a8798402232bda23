from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import custseg
from custseg.artifacts import ARTIFACTS
from custseg.engine.base import fetch_frame
from custseg.engine.duckdb import connect, scan
from custseg.engine.parquet import read_frame
from custseg.offers.playbook.context import NAMES, Ahead, Product, context
from custseg.offers.playbook.objectives import OBJECTIVES
from custseg.offers.playbook.plans import draw_up_plans
from custseg.offers.playbook.terms import round_down, round_up, terms
from custseg.offers.playbook.trial import trial
from custseg.offers.recommendations.shelves import BEST_SELLERS, COLUMNS, GROUPS, OVER_BUYS
from custseg.orders.lines import SEGMENT
from custseg.outlook.lifetime.forecast import fit
from custseg.segments.profiles.seasons import orders_of_segments, times
from custseg.settings import PlaybookSettings, ReportSettings
from custseg.words import language as wording
from custseg.words.figures import two_digits
from custseg.words.language import FIELDS, Wording, languages
from tests.conftest import table
from tests.playbook_figures import figures

AS_OF = "2024-12-10"
"""A Tuesday."""
NO_SHELVES = pd.DataFrame(columns=list(COLUMNS))
KINDS = {
    # recency, frequency, monetary, tenure, order value, customers, spend expected of each, buying
    (1, "Champions"): (5, 20, 8000.0, 350, 400.0, 100, 2000.0, 0.97),
    (2, "New"): (10, 1, 90.0, 12, 90.0, 400, 60.0, 0.40),
    (3, "Slipping"): (200, 4, 900.0, 360, 225.0, 150, 50.0, 0.20),
    (4, "Gone"): (300, 1, 40.0, 300, 40.0, 30, 5.0, 0.10),
}


def shop(*wanted: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Features, segments and their forecast: all of a segment alike."""
    names = ["recency_days", "frequency", "monetary", "tenure_days", "average_order_value"]
    rows: list[dict[str, Any]] = []
    ahead: list[dict[str, Any]] = []
    for (segment, name), values in KINDS.items():
        if wanted and name not in wanted:
            continue
        *figures, customers, each, buying = values
        came_back = values[1] > 1
        row = dict(zip(names, figures, strict=True)) | {
            "segment": segment,
            "segment_name": name,
            "active_days": values[1],
            "gap_days_mean": 20.0 if came_back else np.nan,
            "recent_spend": each,
        }
        rows += [row] * customers
        ahead.append(
            {
                "segment": segment,
                "segment_name": name,
                "customers": customers,
                "buying_probability": buying,
                "expected_orders": buying * customers,
                "orders_low": buying * customers / 2,
                "orders_high": buying * customers * 2,
                "expected_spend": each * customers,
                "spend_low": each * customers / 2,
                "spend_high": each * customers * 2,
            }
        )
    members = pd.DataFrame(rows)
    members.insert(0, "customer_id", [f"c{n:04d}" for n in range(len(members))])
    kept = ["customer_id", "segment", "segment_name"]
    segments = members[kept].assign(fits_name=True)
    return members.drop(columns=kept[1:]), segments, pd.DataFrame(ahead)


def hours(*rows: tuple[int, int, int, int]) -> pd.DataFrame:
    """Orders by segment, weekday and hour; the segments of `shop` order alike by default."""
    alike = [(segment, 3, 12, 50) for segment in (1, 2, 3, 4)]
    return pd.DataFrame(rows or alike, columns=["segment", "weekday", "hour", "orders"])


def plans(
    *wanted: str,
    shelves: pd.DataFrame = NO_SHELVES,
    busy: pd.DataFrame | None = None,
    forecast: bool = True,
    currency: str = "",
    **settings: Any,
) -> pd.DataFrame:
    """The plans of a shop with some of the segments, by name."""
    features, segments, ahead = shop(*wanted)
    return draw_up_plans(
        features,
        segments,
        shelves,
        hours() if busy is None else busy,
        ahead if forecast else None,
        AS_OF,
        currency,
        PlaybookSettings(**settings),
    ).set_index("segment_name")


def shelf(name: str, *products: tuple[str | None, str | None, float]) -> pd.DataFrame:
    """A shelf of segment 1."""
    rows = [
        {
            "segment": 1,
            "list": name,
            "rank": rank,
            "product_id": product,
            "description": description,
            "lift": lift,
            "buyer_share": 0.25,
        }
        for rank, (product, description, lift) in enumerate(products, 1)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_plans_follow_from_the_segments_figures():
    found = plans()
    assert found["aim"].to_dict() == {
        "Champions": "protect",
        "New": "second_order",
        "Slipping": "win_back",
        "Gone": "let_go",
    }
    champions = found.loc["Champions"]
    assert champions["objective"] == "Protect"
    # 800,000 of the 972,200 spent so far.
    assert champions["because"] == (
        "15 % of customers bring 82 % of revenue; 97 % are expected to order within 90 days anyway."
    )
    assert champions["who"] == "100 customers to contact."
    # 5 extra orders of 400 per 100 contacts are 8 of margin each. A call at 8 would have to keep
    # one in a hundred; but only three in a hundred are not expected to order.
    assert champions["channel"].startswith("Letter (1.50 each)")
    assert champions["timing"] == "Monday 30 December."
    assert champions["send_on"] == "2024-12-30"
    # 0.4 to 1.6 times 8, less the letter, for the 80 who get one.
    assert champions["control_customers"] == 20
    assert (champions["gain_low"], champions["gain_high"]) == (140, 900)
    assert champions["brings"] == "140 to 900 margin, if 2 to 8 in 100 order because of it."
    assert champions["test"] == "spend"
    assert found.loc["Gone", "measure"] == "Too few to measure."
    assert found["control_customers"].to_dict()["Gone"] == 0


def test_an_offer_is_in_round_numbers_and_gives_away_half_of_what_breaks_even():
    slipping = plans(least_discount=0.02).loc["Slipping"]
    assert plans().loc["Slipping", "offer"] == "No discount: 20 % order anyway."
    # 5 extra orders of 225 per 100 contacts are 4.50 of margin per contact; 1.50 for the letter
    # leaves 3, or 12 for each of the 25 in 100 who then order.
    assert slipping["contact_worth"] == pytest.approx(4.5)
    assert slipping["offer_ceiling"] * 225 == pytest.approx(12)
    assert (slipping["voucher"], slipping["threshold"]) == (6, 225)
    assert slipping["offer"] == "6 off orders from 225, until 30 December."
    assert "6 off 225 until 30 December." in slipping["message"]
    # 2 or 8 extra orders in 100 of 90 of margin, less the letter, and 6 on 22 or 28 of 100 orders.
    sent = slipping["listed"] - slipping["control_customers"]
    assert slipping["gain_low"] == two_digits(sent * (0.02 * 90 - 1.5 - 0.22 * 6))
    assert slipping["gain_high"] == two_digits(sent * (0.08 * 90 - 1.5 - 0.28 * 6))
    assert slipping["brings"].startswith("A loss of 150 to a gain of ")


@pytest.mark.parametrize(
    ("amount", "down", "up"),
    [
        (0.66, 0.6, 0.675),
        (6.99, 6, 7),
        (14.9, 10, 15),
        (17.2, 15, 17.5),
        (110, 100, 125),
        (350, 350, 350),
        (732, 700, 750),
        (0, 0, 0),
    ],
)
def test_amounts_are_rounded_as_an_offer_names_them(amount, down, up):
    assert round_down(amount) == down
    assert round_up(amount) == up


def test_plans_are_what_their_artifact_says():
    found = plans().reset_index()
    assert sorted(found.columns) == sorted(ARTIFACTS["plans"].column_names())


def test_a_plan_says_of_how_many_the_name_is_not_true():
    features, segments, ahead = shop()
    slipping = segments.index[segments["segment_name"] == "Slipping"]
    segments.loc[slipping[:3], "fits_name"] = False
    # Three are too few to be told of.
    found = draw_up_plans(features, segments, NO_SHELVES, hours(), ahead, AS_OF)
    assert not found["who"].str.contains("fit the name").any()
    segments.loc[slipping[:12], "fits_name"] = False
    found = draw_up_plans(features, segments, NO_SHELVES, hours(), ahead, AS_OF)
    found = found.set_index("segment_name")
    # Who is on no list is neither contacted nor part of a test.
    customers = int((segments["segment_name"] == "Slipping").sum())
    assert found["customers"]["Slipping"] == customers
    assert found["listed"]["Slipping"] == customers - 12
    assert found["who"]["Slipping"] == (
        f"{customers - 12} customers to contact. 12 more don't fit the name."
    )
    assert not found["who"].drop("Slipping").str.contains("fit the name").any()


def test_a_forecast_left_out_is_made_here():
    features, segments, _ = shop()
    found = plans(forecast=False)
    own = fit(features, None).forecast(features, 90).assign(name=segments["segment_name"])
    expected = own.groupby("name")["expected_spend"].sum()
    assert found["value_at_stake"].to_dict() == pytest.approx(expected.to_dict())


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("money", [True, False])
@pytest.mark.parametrize("given", [True, False])
def test_a_shop_too_young_for_a_forecast_is_told_facts_only(language, money, given):
    features, segments, ahead = shop()
    # 30 days of orders.
    features[["recency_days", "tenure_days"]] = features[["recency_days", "tenure_days"]] // 12
    if not money:
        features[["monetary", "average_order_value", "recent_spend"]] = np.nan
    figures = [name for name in ahead if name not in {*SEGMENT, "customers"}]
    ahead[figures] = np.nan
    found = draw_up_plans(
        features,
        segments,
        NO_SHELVES,
        hours(),
        ahead if given else None,
        AS_OF,
        report_settings=ReportSettings(language=language),
    ).set_index("segment_name")
    assert found["aim"].to_dict() == {
        "Champions": "protect",
        "New": "second_order",
        "Slipping": "keep_rhythm",
        "Gone": "bring_back",
    }
    for name in ("value_at_stake", "buying_probability", "contact_worth", "offer_ceiling"):
        assert found[name].isna().all()
    assert (found["contact_cost"] == 0).all()
    assert set(found["test"]) == {"nothing"}
    texts = " ".join(found[list(FIELDS)].to_numpy().ravel())
    assert not re.search(r"\bnan\b|None|unknown|unbekannt|likely|voraussichtlich", texts)
    assert all("180" in brings for brings in found["brings"])


def test_customers_who_are_mostly_overdue_are_not_said_to_come_in_time():
    features, segments, ahead = shop()
    # The median gap of those who came back is 90 days, but two thirds have one of 5 to 9 days.
    new = features.index[segments["segment_name"] == "New"]
    features.loc[new, ["frequency", "active_days"]] = 3
    features.loc[new, "gap_days_mean"] = np.where(np.arange(len(new)) % 3 == 0, 90.0, 9.0)
    found = draw_up_plans(features, segments, NO_SHELVES, hours(), ahead, AS_OF)
    plan = found.set_index("segment_name").loc["New"]
    assert plan["aim"] == "bring_back"
    features.loc[new, "gap_days_mean"] = np.where(np.arange(len(new)) % 3 == 0, 9.0, 90.0)
    found = draw_up_plans(features, segments, NO_SHELVES, hours(), ahead, AS_OF)
    plan = found.set_index("segment_name").loc["New"]
    assert plan["aim"] == "keep_rhythm"
    assert plan["because"].startswith("34 % are overdue;")


def test_a_segments_name_plays_no_part_in_its_plan():
    features, segments, ahead = shop()
    plain = {name: f"High value, irregular {n}" for n, (_, name) in enumerate(KINDS, 2)}
    named = draw_up_plans(
        features,
        segments.replace({"segment_name": plain}),
        NO_SHELVES,
        hours(),
        ahead.replace({"segment_name": plain}),
        AS_OF,
    )
    ours = plans().reset_index()
    texts = [name for name in ours if name != "segment_name"]
    pd.testing.assert_frame_equal(named[texts], ours[texts])


def test_a_shop_without_repeat_customers_has_plans():
    found = plans("New", "Gone", forecast=False)
    assert found.loc["New", "timing"] == "Monday 16 December."
    assert found["because"].is_unique


def test_a_single_segment_has_a_plan():
    found = plans("Slipping", busy=hours((3, 3, 12, 50), (3, 4, 9, 10)))
    assert found.loc["Slipping", "aim"] == "bring_back"
    assert found.iloc[0]["timing"] == "Monday 16 December."


def test_a_time_is_named_only_where_the_segment_clearly_orders_more_than_others():
    few = plans(busy=hours((1, 6, 20, 5), (1, 3, 12, 5), (2, 6, 20, 3), (2, 3, 12, 7)))
    assert "Busiest" not in few.loc["Champions", "timing"]
    many = plans(busy=hours((1, 6, 20, 500), (1, 3, 12, 500), (2, 6, 20, 300), (2, 3, 12, 700)))
    assert many.loc["Champions", "timing"] == ("Sunday 29 December. Busiest: Sunday, 20:00.")


def test_orders_without_a_time_of_day_name_no_hour():
    busy = hours((1, 3, 0, 500), (1, 6, 0, 500), (2, 3, 0, 700), (2, 6, 0, 300))
    assert plans(busy=busy).loc["Champions", "timing"].endswith("Busiest: Sunday.")


def test_over_buys_come_before_groups_and_groups_before_best_sellers():
    best = shelf(BEST_SELLERS, ("p9", " A MUG ", 1.0), ("p8", None, 1.0))
    groups = shelf(GROUPS, (None, "Lanterns", 2.0))
    over = shelf(OVER_BUYS, ("p1", "A LAMP", 1.5))
    told = plans(shelves=best).loc["Champions", "products"]
    assert told == "Their best-sellers: A MUG, p8."
    both = plans(shelves=pd.concat([best, groups])).loc["Champions", "products"]
    assert both == "More than others: Lanterns."
    told = plans(shelves=pd.concat([best, groups, over])).loc["Champions", "products"]
    assert told == "More than others: A LAMP."
    assert plans().loc["New", "products"] == "No products are known."


def test_own_texts_replace_ours_and_name_figures():
    own = {"Champions": {"message": "To {{ customers }}: {{ value_each | money }}{{ gap }}."}}
    found = plans(texts=own, currency="GBP")
    assert found.loc["Champions", "message"] == "To 100: £2,00020."
    assert found.loc["New", "message"] == plans(currency="GBP").loc["New", "message"]


def test_an_own_text_that_a_segments_figures_break_is_named():
    own = {"Champions": {"offer": "{{ 1 / (customers - 100) }}"}}
    with pytest.raises(custseg.errors.SettingsError, match='own text of "Champions", offer') as it:
        plans(texts=own)
    assert "division by zero" in it.value.message


def keys(document: dict[str, Any], before: str = "") -> set[str]:
    """Dotted keys of a nested document."""
    found: set[str] = set()
    for key, value in document.items():
        found |= keys(value, f"{before}{key}.") if isinstance(value, dict) else {before + key}
    return found


def test_every_language_has_the_same_keys():
    folder = Path(wording.__file__).parent / "texts"
    found = {
        name: keys(tomllib.loads((folder / f"{name}.toml").read_text())) for name in languages()
    }
    assert languages() == ("de", "en")
    assert found["de"] == found["en"]


def contexts() -> list[dict[str, Any]]:
    """Figures of a segment with all there is to know of it, and of one with little."""
    settings = PlaybookSettings()
    rich, poor = figures(), figures(gap=None, orders=1, buying=0.0, customers=1)
    given = []
    for found, products in ((rich, [Product("mug", 1.5, 0.2)]), (poor, [])):
        agreed = terms(found, "win_back", settings)
        assert found.own.buying is not None
        assert agreed.extra_orders is not None
        test = trial(200, found.own.buying, agreed.extra_orders, 5, 100, confidence=0.95, power=0.8)
        ahead = Ahead(date.fromisoformat(AS_OF), 90)
        given.append(context(found, agreed, test, 20, products, settings, ahead))
    return given


def test_what_a_text_can_name_is_listed():
    for given in contexts():
        assert set(given) == set(NAMES)
    page = (Path(__file__).parents[2] / "docs/playbook.md").read_text()
    for name in NAMES:
        assert f"`{name}`" in page


@pytest.mark.parametrize("language", languages())
def test_every_template_can_be_filled_in_every_language(language):
    spoken = Wording(language, "€")
    folder = Path(wording.__file__).parent / "texts"
    document = tomllib.loads((folder / f"{language}.toml").read_text())
    assert tuple(document["objectives"]) == OBJECTIVES
    for name in ("format", "page", "workbook", "campaign", "terminal", "charts", "evidence"):
        document.pop(name)
    rich, poor = contexts()
    peaks = {"weekday": 6, "weekday_share": 0.3, "weekday_others": 0.2}
    peaks |= {"hour": 9, "hour_share": 0.3, "hour_others": 0.2}
    for key in keys(document):
        given = [rich | peaks] if key == "timing.peak" else [rich, poor]
        if key.endswith(".action"):
            given = [{"listed": 20, "customers": 25, "name": "Loyal"}]
        if key == "offer.voucher":
            given = [rich | {"voucher": 5.0, "threshold": 50.0}]
        for one in given:
            text = spoken.render(key, one)
            assert text
            assert "None" not in text
            assert "{" not in text


def test_figures_are_written_as_the_language_does():
    english, german = Wording("en", "£"), Wording("de", "€")
    assert [english.money(x) for x in (1234567.8, 99.996, 7.4, 0, None)] == [
        "£1,234,568",
        "£100",
        "£7.40",
        "£0.00",
        "unknown",
    ]
    # An amount stays with its sign at the end of a line.
    assert [german.money(x) for x in (1234567.8, 7.4)] == [
        "1.234.568\N{NO-BREAK SPACE}€",
        "7,40\N{NO-BREAK SPACE}€",
    ]
    assert [english.percent(x) for x in (1, 0.9999, 0.985, 0.125, 0.05, 0.0001, 0)] == [
        "100 %",
        "99.9 %",
        "98 %",
        "12 %",
        "5 %",
        "0.1 %",
        "0 %",
    ]
    assert german.percent(0.055) == "5,5\N{NO-BREAK SPACE}%"
    assert [english.number(x) for x in (2.5, 2.0, 12.7, -0.01, 1234)] == [
        "2.5",
        "2",
        "13",
        "0",
        "1,234",
    ]
    assert english.plural(1.0, "day", "days") == "1 day"
    fill = "{{ 1|ordinal }} {{ 2|ordinal }} {{ 13|ordinal }} {{ 23|ordinal }} {{ 6|weekday }}"
    assert english.fill(fill, {}) == "1st 2nd 13th 23rd Sunday"
    assert german.fill("{{ 3|ordinal }} {{ 9|clock }}", {}) == "3. 9 Uhr"


@pytest.fixture(scope="module")
def online_retail(studied_retail):
    features = read_frame(studied_retail / "features.parquet")
    return features, scan(connect(), studied_retail / "transactions.parquet", "transactions")


AT_NIGHT = [(4, "en"), (7, "en"), (8, "en")]


@pytest.mark.parametrize(
    ("k", "language"),
    [(5, "en"), (6, "de"), *(pytest.param(*one, marks=pytest.mark.nightly) for one in AT_NIGHT)],
)
def test_every_real_plan_gives_its_own_reason(k, language, online_retail):
    features, lines = online_retail
    segments = custseg.fit(features, k=k).segments
    by_time = fetch_frame(times(orders_of_segments(lines, table(segments))))
    found = draw_up_plans(
        features,
        segments,
        NO_SHELVES,
        by_time,
        None,
        AS_OF,
        report_settings=ReportSettings(language=language),
    )
    assert found["because"].is_unique
    medians = (
        features.merge(segments[["customer_id", *SEGMENT]])
        .groupby("segment_name")
        .median(numeric_only=True)
    )
    for name, aim in zip(found["segment_name"], found["aim"], strict=True):
        if aim == "second_order":
            assert medians.loc[name, "frequency"] == 1
            assert medians.loc[name, "recency_days"] <= features["recency_days"].median()
    assert found.loc[found["segment_name"] == "Champions", "aim"].item() == "protect"


def counted_plans(**words: Any) -> pd.DataFrame:
    """The plans of the shop where no amounts are known."""
    features, segments, ahead = shop()
    features[["monetary", "average_order_value", "recent_spend"]] = np.nan
    ahead[["expected_spend", "spend_low", "spend_high"]] = np.nan
    spoken = ReportSettings(**words)
    found = draw_up_plans(
        features, segments, NO_SHELVES, hours(), ahead, AS_OF, report_settings=spoken
    )
    return found.set_index("segment_name")


@pytest.mark.parametrize("language", languages())
def test_a_plan_without_amounts_counts_orders_and_offers_nothing_that_costs(language):
    found = counted_plans(language=language, currency="£")
    assert found["aim"].to_dict() == {
        "Champions": "protect",
        "New": "second_order",
        "Slipping": "win_back",
        "Gone": "let_go",
    }
    for name in ("value_at_stake", "contact_worth", "offer_ceiling"):
        assert found[name].isna().all()
    assert (found["contact_cost"] == 0).all()
    assert (found["test"] != "spend").all()
    texts = " ".join(found[list(FIELDS)].to_numpy().ravel())
    assert not re.search(r"£|\bnan\b|None|unknown|unbekannt", texts)


def test_a_plan_without_amounts_tells_the_orders_that_it_may_bring():
    # 2 to 8 in 100 of the 80 % of 400 who are written to.
    assert counted_plans().loc["New", "brings"] == (
        "6.4 to 26 orders, if 2 to 8 in 100 order because of it."
    )
