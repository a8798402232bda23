"""The page: what it says first, how much, in which language, and that it is one whole."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from custseg.offers.export.holdout import control_size
from custseg.report.html.page import page
from custseg.report.page import charts, write_report
from custseg.report.summary.campaigns import CampaignPool
from custseg.report.summary.front import front
from custseg.report.summary.studies import Window
from custseg.settings import ReportSettings
from tests.outline import Outline
from tests.page_summary import BARE, CHAMPIONS, DORMANT, EVIL, NEW, SUMMARY
from tests.summaries import sent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from custseg.report.charts.drawing import Drawing
    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Summary

LATELY = (
    Window(30, 0, 9, 40, Decimal("1234567.00"), 3),
    Window(30, 30, 8, 50, Decimal("987654.00"), 3),
)
SHOWN = replace(SUMMARY, lately=LATELY)


def written(summary: Summary = SHOWN, drawings: Iterable[Drawing] = (), **settings: str) -> str:
    return page(summary, drawings, ReportSettings(**settings))


def german(summary: Summary) -> Summary:
    return replace(summary, method=replace(summary.method, plan_language="de"))


def with_plan(segment: SegmentSummary, **plan: Any) -> SegmentSummary:
    return replace(segment, plan=replace(segment.plan, **plan))


def test_the_four_figures_stand_beside_their_change():
    told = front(SHOWN)
    assert [(one.name, one.value) for one in told.headlines] == [
        ("revenue", Decimal("1234567.00")),
        ("orders", 40),
        ("buyers", 9),
        ("newcomers", 3),
    ]
    text = Outline(written()).text
    assert "Last 30 days, compared with the 30 before." in text
    for figure in ("Revenue£1.23m ▲ 25 %", "Orders40 ▼ 20 %", "First orders3 ="):
        assert figure in text


def test_a_shop_of_a_month_shows_figures_without_change():
    young = front(replace(SUMMARY, lately=LATELY[:1]))
    assert {one.change for one in young.headlines} == {None}
    assert front(SUMMARY).headlines == ()


def test_without_amounts_there_are_three_figures_and_no_money():
    plain = tuple(with_plan(one, brings="2 to 8 orders.") for one in SHOWN.segments)
    counted = replace(SHOWN, money=False, segments=plain)
    assert [one.name for one in front(counted).headlines] == ["orders", "buyers", "newcomers"]
    assert "£" not in written(counted).partition('id="cards"')[0].partition("</style>")[2]


def test_segments_stand_beside_their_shares_and_how_many_more_they_are():
    text = Outline(written()).text
    assert "Champions 10 75 % £7,500" in text.replace("\N{NO-BREAK SPACE}", " ")
    (first, *_) = front(SHOWN).places
    account = SHOWN.movement.segments[0].customers
    assert first.change == account.now - account.before


def test_actions_are_ranked_by_what_they_may_bring_and_what_is_due_comes_first():
    segments = (
        with_plan(CHAMPIONS, gain_low=10.0, gain_high=50.0, send_on="2024-12-16"),
        with_plan(DORMANT, gain_low=20.0, gain_high=80.0, send_on="2024-12-16"),
        with_plan(NEW, gain_low=900.0, gain_high=990.0, send_on="2025-03-03"),
    )
    told = front(replace(SHOWN, segments=segments, movement=None))
    assert [one.segment.segment_name for one in told.actions] == ["Dormant", "Champions", "New"]
    assert [one.score for one in told.actions] == [50, 30, 945]


def test_the_three_actions_stand_in_the_order_of_their_days():
    days = ("2024-12-30", "2024-12-16", "2024-12-23")
    dated = (with_plan(one, send_on=day) for one, day in zip(SUMMARY.segments, days, strict=True))
    told = front(replace(SHOWN, segments=tuple(dated), movement=None))
    assert [one.segment.segment_name for one in told.first] == ["Dormant", "New", "Champions"]


def test_a_control_group_is_a_whole_share_that_exports_round_as_much():
    shares = {}
    for listed, control in ((343, 69), (744, 149), (846, 169), (10, 5), (403, 0), (200, 75)):
        one = with_plan(CHAMPIONS, listed=listed, control_customers=control)
        (action,) = front(replace(SHOWN, segments=(one,), movement=None)).actions
        shares[listed] = action.holdout
        assert action.holdout == 0 or control_size(listed, action.holdout / 100) >= control
    assert shares == {343: 20, 744: 20, 846: 20, 10: 45, 403: 0, 200: 38}


def test_who_came_this_month_raises_an_action():
    told = {one.segment.segment: one for one in front(SHOWN).actions}
    ways = [way for way in SHOWN.movement.transitions if way.kind not in {"stayed", "lost"}]
    for number, one in told.items():
        assert one.joined == sum(way.customers for way in ways if way.to_segment == number)
        assert one.score == 50 * (1 + one.joined / 10)


def test_without_a_forecast_actions_are_ranked_by_revenue():
    bare = tuple(with_plan(one, gain_low=None, gain_high=None) for one in SUMMARY.segments)
    told = front(replace(SHOWN, segments=bare, movement=None))
    assert [one.segment.segment_name for one in told.actions] == ["Champions", "New", "Dormant"]


def test_an_action_has_the_command_that_writes_its_list():
    (action, *_) = front(SHOWN).first
    slug = action.segment.segment_name.lower()
    sent = f"--campaign {slug}-2024-12 --sent 2024-12-16"
    command = f"custseg export --segment {slug} {sent} --holdout 45%"
    assert action.command == command
    assert command in Outline(written()).text


def test_an_action_tells_what_to_say_when_and_what_it_may_bring():
    text = Outline(written()).text
    assert "1. " not in text
    for told in ("Thank 10 Champions", "They bring most.", "Thanks before all others."):
        assert told in text
    for told in ("Measure", "Leave half alone.", "May bring", "£20 to £80 margin."):
        assert told in text


def test_every_text_of_a_plan_but_what_to_measure_is_on_its_card():
    cards = Outline(written().partition('<section id="cards"')[2]).text
    for name in ("because", "message", "channel", "offer", "products", "timing", "brings", "who"):
        assert getattr(CHAMPIONS.plan, name) in cards


@pytest.mark.parametrize("summary", [SHOWN, SUMMARY, BARE, german(SHOWN)])
def test_headings_step_down_one_at_a_time(summary):
    levels = [int(tag[1]) for tag in Outline(written(summary)).headings]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_every_link_leads_somewhere():
    outline = Outline(written(drawings=charts(SHOWN)))
    assert len(outline.ids) == len(set(outline.ids))
    for link in outline.links:
        assert link[1:] in outline.ids or link == "evidence.html" or link.startswith("charts/")


def test_text_of_the_source_is_inert():
    evil = replace(SHOWN, segments=(replace(CHAMPIONS, segment_name=EVIL), DORMANT, NEW))
    made = written(evil, charts(evil))
    assert EVIL not in made
    assert "&lt;script&gt;alert(1)" in made


def test_the_page_is_in_the_shops_language():
    text = Outline(written(german(SHOWN))).text
    for told in (
        "Was diesen Monat zu tun ist",
        "Ertrag",
        "1,23 Mio. £",
        "Stand 10. Dezember 2024",
    ):
        assert told in text
    assert '<html lang="de">' in written(german(SHOWN))
    for english in ("What to do", "Customers", "May bring", "Revenue"):
        assert english not in text.partition("Wer seit")[0]


ENGLISH = re.compile(
    r"\b(all|and|are|before|came|change|customers?|days?|from|higher|kept|lost|month|more|now|of|only|"
    r"orders?|or|per|regulars?|returns|revenue|segments|share|since|slipping|spen[dt]|switch|the|"
    r"then|this|times|to|who|with|Mar|May|Oct|Dec)\b|\d\.\d+\s?%|\d{4}-\d\d-\d\d",
    re.IGNORECASE,
)
"""Words that a page in German has no use for, and figures and dates as only English has them."""


def told_by_charts(made: str) -> list[str]:
    """What charts say: titles of axes and tooltips, descriptions, and texts among their data."""
    found: list[str] = []

    def gather(part: Any, names: set[str], *, told: bool = False) -> None:
        if isinstance(part, dict):
            for key, value in part.items():
                gather(value, names, told=key in names)
        elif isinstance(part, list):
            for value in part:
                gather(value, names, told=told)
        elif isinstance(part, str) and told:
            found.append(part)

    for data in re.findall(r'<script type="application/json">(.*?)</script>', made):
        gather(json.loads(data), {"title", "description", "labelExpr"})
    (datasets,) = re.findall(r'id="datasets">(.*?)</script>', made)
    texts = {"month", "from", "to", "name", "label", "on", "text", "share", "revenue"}
    gather(json.loads(datasets), texts)
    return found


@pytest.mark.parametrize("summary", [german(SHOWN), german(replace(SHOWN, money=False))])
def test_no_english_is_left_on_a_german_page(summary: Summary) -> None:
    made = written(summary, charts(summary))
    body = made.partition("<body")[2]
    attributes = re.findall(r' (?:aria-label|data-label|data-to-\w+|alt|title)="([^"]*)"', body)
    # Plans are written by their own stage, and named in English by the tests' summary.
    folded = Outline("<section" + body.partition('<section id="moved"')[2]).text
    for text in (re.sub(r"charts/\S+", "", folded), *attributes, *told_by_charts(made)):
        assert not ENGLISH.search(text), text
    assert "Wer bestellt" in folded
    told = "Am höchsten war der Umsatz im" if summary.money else "Die meisten Bestellungen kamen im"
    assert told in folded


def test_an_axis_of_money_has_the_units_of_the_language() -> None:
    amount = "replace(format(abs(datum.value), '.3~s')"
    made = written(german(SHOWN), charts(german(SHOWN)))
    assert (
        f"replace(replace({amount}, 'k', ' Tsd.'), 'M', ' Mio.'), 'G', ' Mrd.') + currency" in made
    )
    assert '"value":"\N{NO-BREAK SPACE}£"' in made
    assert f"currency + {amount}, 'G', 'bn')" in written(drawings=charts(SHOWN))


def test_who_moved_is_told_in_the_page_s_words() -> None:
    moved = SHOWN.movement
    assert moved is not None
    text = Outline(written()).text
    assert (
        "Of 24 customers, 62 % stayed in their segment; 25 % moved because of how they ordered and "
        "12 % because of the new model. 4 customers are new and 1 was lost."
    ) in text
    # Whether the model or the customers moved them is not known where it can't be told apart.
    by_model = replace(moved, by_behaviour=0, by_model=9)
    assert "segment and 38 % moved. 4" in Outline(written(replace(SHOWN, movement=by_model))).text
    hidden = replace(moved, both=None, kept=None, new=None)
    assert "<p>1 was lost.</p>" in written(replace(SHOWN, movement=hidden))


def test_the_page_shows_two_charts_and_the_evidence_all():
    names = {one.name for one in charts(SHOWN)}
    made = write_report(SHOWN, ReportSettings(charts=()))
    shown = set(re.findall(r'id="chart-([\w-]+)"', made.report.decode()))
    assert shown == {"moves", "revenue-by-month"}
    assert set(re.findall(r'id="chart-([\w-]+)"', made.evidence.decode())) == names
    assert made.report.startswith(b"<!DOCTYPE html>")
    assert made.charts == {}


def test_the_same_summary_gives_the_same_bytes():
    assert written(drawings=charts(SHOWN)) == written(drawings=charts(SHOWN))


def tried(verdict: str, low: float = 2.0, high: float = 6.0) -> CampaignPool:
    """What campaigns to protect tell together: margin per customer on the list."""
    return CampaignPool(
        aim="protect",
        tries=2,
        pooled=2,
        customers=400,
        effect=0.05,
        low=0.01,
        high=0.09,
        margin_effect=4.0,
        margin_low=low,
        margin_high=high,
        verdict=verdict,
        sentence="",
    )


def test_an_action_that_showed_nothing_twice_comes_last_and_says_so():
    others = tuple(with_plan(one, aim="win_back") for one in SUMMARY.segments[1:])
    best = with_plan(CHAMPIONS, gain_low=900.0, gain_high=990.0)
    shop = replace(SHOWN, segments=(best, *others), movement=None)
    assert front(shop).actions[0].segment.segment_name == "Champions"
    failed = replace(shop, campaign_pools=(tried("no effect twice"),))
    assert front(failed).actions[-1].segment.segment_name == "Champions"
    assert "Nothing shown in 2 campaigns." in Outline(written(failed)).text
    assert front(replace(shop, campaign_pools=(tried("open"),))).actions[0].learned is None


def test_an_action_that_worked_shows_the_range_that_was_measured():
    worked = replace(SHOWN, segments=(CHAMPIONS,), movement=None, campaign_pools=(tried("effect"),))
    # Five of the ten are contacted.
    assert front(worked).actions[0].measured_gain == (10, 30)
    assert front(worked).actions[0].score == 20
    text = Outline(written(worked)).text
    assert "£10 to £30 margin, as 2 campaigns showed." in text
    assert CHAMPIONS.plan.brings not in text


def test_page_one_tells_what_campaigns_brought_and_how_far_they_are():
    found = {"share_effect": 0.05, "share_low": 0.01, "share_high": 0.09}
    told = replace(
        SHOWN,
        campaigns=(
            sent("May", "running"),
            sent(
                "April",
                "finished",
                verdict="effect",
                gain=900.0,
                gain_low=120.0,
                gain_high=15_000.0,
                **found,
            ),
            sent("March", "closed", verdict="effect", **found),
        ),
    )
    text = Outline(written(told)).text
    assert (
        "April: 1 to 9 more in 100 ordered than in the control group. "
        "Margin after costs: £120 to £15k."
    ) in text
    assert "May: day 5 of 10, no result yet." in text
    assert "March" not in text.partition("The segments one by one")[0]
    assert text.index("April") < text.index("May:")
    assert "What campaigns brought" not in Outline(written()).text


@pytest.mark.parametrize(
    ("campaign", "said"),
    [
        (sent("June", "planned"), "June: starts 20 November."),
        (
            sent("June", "finished", verdict="not measurable"),
            "June: not measurable (too few customers or buyers).",
        ),
        (
            sent(
                "June",
                "finished",
                verdict="no effect shown",
                share_effect=0.0,
                share_low=-0.02,
                share_high=0.02,
            ),
            "June: no effect shown (2 fewer to 2 more in 100 ordered).",
        ),
    ],
)
def test_a_campaign_without_an_effect_is_told_as_it_is(campaign, said):
    assert said in Outline(written(replace(SHOWN, campaigns=(campaign,)))).text
