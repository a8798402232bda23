"""What is said of campaigns, on few customers, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from custseg.artifacts import ARTIFACTS
from custseg.offers.campaigns.disclosed import shown_campaigns, shown_pools
from custseg.offers.campaigns.outcome import measure_campaigns
from custseg.report.summary.campaigns import overlap_sentence, pool_sentence, sentence
from custseg.settings import PlaybookSettings
from custseg.words.figures import plain
from custseg.words.language import Wording, languages
from custseg.workspace.campaigns import Campaign, Registered

WORDS = Wording("en", "£")
SENT = date(2024, 3, 1)
SPRING = Campaign(
    number=1,
    name="Spring",
    as_of="2024-03-01",
    sent="2024-03-01",
    horizon_days=30,
    segments=("Hibernating",),
    aim="win_back",
    offer_cost="0.50",
    consent="by the contacts' column",
    control="own",
    listed=40,
    held=40,
    members="a digest",
)


def order(customer: str, day: int, amount: str = "10.00", **changes: Any) -> dict[str, Any]:
    """A line so many days after the list."""
    line = {
        "customer_id": customer,
        "order_id": f"{customer}-{day}",
        "product_id": "mug",
        "quantity": Decimal(1),
        "amount": Decimal(amount),
        "ordered_at": datetime.combine(SENT, datetime.min.time()) + timedelta(days=day, hours=9),
    }
    return line | changes


def lines(artifact: str, *rows: dict[str, Any]) -> Any:
    schema = ARTIFACTS[artifact].schema()
    whole = [dict.fromkeys(schema.names) | row for row in rows]
    return ibis.memtable(pa.Table.from_pylist(whole, schema))


def members(listed: list[str], control: list[str], **known: Any) -> pd.DataFrame:
    frame = pd.DataFrame({"customer_id": [*listed, *control]})
    frame["group"] = ["list"] * len(listed) + ["control"] * len(control)
    nothing = {"buying_probability": None, "orders_before": None, "spend_before": None}
    return frame.assign(segment=1, segment_name="Hibernating", **nothing | known)


LISTED = [f"l{i:02}" for i in range(40)]
CONTROL = [f"c{i:02}" for i in range(40)]
MEMBERS = members(LISTED, CONTROL)
ORDERS = [
    *(order(customer, 10) for customer in LISTED[:20]),
    *(order(customer, 29, "20.00") for customer in LISTED[:10]),
    *(order(customer, 0) for customer in CONTROL[:10]),
    # Before the list, after its days, and nobody's.
    *(order(customer, -1) for customer in LISTED[20:]),
    *(order(customer, 30) for customer in CONTROL[10:]),
    order("somebody else", 5),
]
EARLIER = order("somebody else", -100)


def measured(
    *registered: Registered, orders: list[dict[str, Any]] | None = None, as_of: str = "2024-04-01",
    removed: list[dict[str, Any]] | None = None, money: bool = True,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:  # fmt: skip
    found = measure_campaigns(
        lines("transactions", EARLIER, *(ORDERS if orders is None else orders)),
        lines("removed", *(removed or [])),
        as_of,
        money,
        PlaybookSettings(gross_margin=0.4),
        registered,
    )
    return found.campaigns.to_pylist(), found.campaign_pools.to_pylist()


def test_list_and_control_group_are_compared_from_the_day_it_was_sent_over_its_days():
    # List: 20 of 40 ordered, 30 orders, 400.00. Control: 10 of 40, 10 orders, 100.00.
    (row,), (pool,) = measured(Registered(SPRING, MEMBERS))
    assert (row["state"], row["day"], row["verdict"]) == ("finished", 30, "effect")
    assert (row["buyers_listed"], row["buyers_control"]) == (20, 10)
    assert (row["share_list"], row["share_control"]) == (0.5, 0.25)
    assert row["share_effect"] == pytest.approx(0.25)
    assert row["share_se"] == pytest.approx(((0.25 + 0.1875) * 40) ** 0.5 / 39)
    assert (row["orders_list"], row["orders_control"]) == (0.75, 0.25)
    assert (row["revenue_list"], row["revenue_control"]) == (10.0, 2.5)
    assert (row["margin_effect"], row["margin_list"]) == pytest.approx((3.0, 4.0))
    # 40 × (3.00 more margin - 0.50 for the offer).
    assert row["gain"] == pytest.approx(100)
    assert row["gain_low"] == pytest.approx(40 * (row["margin_low"] - 0.5))
    assert row["offer_cost"] == Decimal("0.5000")
    assert not row["adjusted"]
    assert (pool["tries"], pool["verdict"], pool["aim"]) == (1, "effect", "win_back")
    assert (pool["low"], pool["high"]) == (row["share_low"], row["share_high"])
    assert sentence(row, WORDS) == (
        "Spring: 3.6 to 46 more in 100 ordered than in the control group. "
        "Margin after costs: £32.25 to £168."
    )
    assert plain(sentence(row, Wording("de", "EUR"))) == (
        "Spring: Von 100 bestellten 3,6 bis 46 mehr als in der Kontrollgruppe. "
        "Rohertrag nach Kosten: 32,25 EUR bis 168 EUR."
    )


def test_what_was_known_before_makes_the_interval_shorter():
    likely = [0.9] * 20 + [0.1] * 20 + [0.9] * 10 + [0.1] * 30
    known = members(LISTED, CONTROL, buying_probability=likely, orders_before=0, spend_before=0.0)
    (row,), _ = measured(Registered(SPRING, known))
    assert row["adjusted"]
    assert row["narrower"] > 0.9
    # Who ordered is who was likely to: nothing is left of 25 points.
    assert row["share_effect"] == pytest.approx(0, abs=1e-9)
    assert row["share_list"] == 0.5


def test_before_its_days_are_over_no_figure_is_told():
    for as_of, state, day in (
        *[("2024-03-01", "running", 0), ("2024-03-30", "running", 29)],
        *[("2024-02-20", "planned", 0), ("2024-03-31", "finished", 30)],
    ):
        (row,), pools = measured(Registered(SPRING, MEMBERS), as_of=as_of)
        assert (row["state"], row["day"]) == (state, day)
        over = state == "finished"
        assert (row["share_effect"] is not None) == (row["buyers_listed"] is not None) == over
        assert bool(pools) == over
        if state == "running":
            assert sentence(row, WORDS) == f"Spring: day {day} of 30, no result yet."
            assert row["verdict"] == "none yet"


def test_without_a_control_group_nothing_is_measurable():
    alone = replace(SPRING, control="none", held=0)
    (row,), pools = measured(Registered(alone, members(LISTED, [])))
    assert (row["verdict"], pools) == ("not measurable", [])
    assert row["share_effect"] is None
    assert row["revenue_list"] is None
    assert sentence(row, WORDS) == "Spring: not measurable without a control group."


def test_a_return_has_undone_what_it_gave_back():
    # `subtract` keeps a return as a line below zero: money goes, and it is no order.
    back = [order(LISTED[30], 12, "-5.00", quantity=Decimal(-1))]
    (row,), _ = measured(Registered(SPRING, MEMBERS), orders=[*ORDERS, *back])
    assert row["buyers_listed"] == 20
    assert row["revenue_list"] == pytest.approx(395 / 40)


def test_who_objects_by_now_counts_in_neither_group():
    objecting = [order(LISTED[0], 10, rule="objected"), order(CONTROL[0], 0, rule="objected")]
    others = [order(LISTED[1], 10, rule="no_product")]
    (row,), _ = measured(Registered(SPRING, MEMBERS), removed=[*objecting, *others])
    assert (row["listed"], row["control"]) == (39, 39)
    assert (row["buyers_listed"], row["buyers_control"]) == (19, 9)


def test_without_amounts_only_orders_are_compared():
    orders = [row | {"amount": None} for row in ORDERS]
    (row,), (pool,) = measured(Registered(SPRING, MEMBERS), orders=orders, money=False)
    assert row["orders_effect"] == pytest.approx(0.5)
    assert (row["revenue_effect"], row["gain"], pool["margin_effect"]) == (None, None, None)
    assert "Margin" not in sentence(row, WORDS)


def test_too_few_buyers_or_customers_are_not_judged():
    (row,), pools = measured(Registered(SPRING, MEMBERS), orders=[order(LISTED[0], 1)])
    assert (row["verdict"], pools) == ("not measurable", [])
    small = members(LISTED, CONTROL[:19])
    (row,), _ = measured(Registered(SPRING, small))
    assert (row["verdict"], row["share_effect"]) == ("not measurable", None)
    assert "too few" in sentence(row, WORDS)


SECOND = replace(SPRING, number=2, name="Second", sent="2024-03-20")


def test_campaigns_that_share_customers_in_the_same_days_are_named_and_counted_once():
    both = Registered(SPRING, MEMBERS), Registered(SECOND, members(LISTED[10:], CONTROL[:30]))
    first, second = measured(*both, as_of="2024-05-01")[0]
    assert (first["overlaps"], second["overlaps"]) == ("Second", "Spring")
    assert (first["shared"], second["shared"]) == (30, 30)
    assert overlap_sentence(first, WORDS) == (
        "Spring: 30 customers were on the list of Second too, so the effects don't add up."
    )
    (pool,) = measured(*both, as_of="2024-05-01")[1]
    assert (pool["tries"], pool["pooled"]) == (2, 1)
    assert "1 campaign shared customers with another and is not counted." in pool_sentence(
        pool, WORDS
    )


def test_other_days_or_other_customers_are_no_overlap():
    later = replace(SECOND, sent="2024-03-31")
    others = members([f"x{i}" for i in range(40)], [f"y{i}" for i in range(40)])
    for second in (Registered(later, MEMBERS), Registered(SECOND, others)):
        rows, _ = measured(Registered(SPRING, MEMBERS), second, as_of="2024-04-05")
        assert [(row["overlaps"], row["shared"]) for row in rows] == [("", 0), ("", 0)]


def test_a_shared_control_group_is_counted_once_too():
    second = Registered(SECOND, members([f"x{i:02}" for i in range(40)], CONTROL))
    orders = [*ORDERS, *(order(f"x{i:02}", 25) for i in range(20))]
    rows, (pool,) = measured(Registered(SPRING, MEMBERS), second, orders=orders, as_of="2024-05-01")
    assert rows[0]["overlaps"] == ""
    assert (pool["tries"], pool["pooled"]) == (2, 1)


def test_two_campaigns_without_effect_are_told_together():
    nothing = [order(customer, 10) for customer in (*LISTED[:20], *CONTROL[:20])]
    more = [order(customer, 50) for customer in (*LISTED[:20], *CONTROL[:20])]
    later = replace(SECOND, sent="2024-04-10")
    rows, (pool,) = measured(
        Registered(SPRING, MEMBERS),
        Registered(later, MEMBERS),
        orders=[*nothing, *more],
        as_of="2024-06-01",
    )
    assert [row["verdict"] for row in rows] == ["no effect shown"] * 2
    assert (pool["tries"], pool["pooled"], pool["verdict"]) == (2, 2, "no effect twice")
    assert pool["customers"] == 160
    # Half the variance of each, and the same effect of 0.
    assert pool["high"] == pytest.approx(1.96 * rows[0]["share_se"] / 2**0.5, rel=1e-3)
    assert pool_sentence(pool, WORDS).startswith(
        "Win back, 2 campaigns estimated together: no effect shown ("
    )


def test_campaigns_of_other_aims_are_not_put_together():
    other = replace(SECOND, sent="2024-04-10", aim="protect")
    _, pools = measured(
        Registered(SPRING, MEMBERS),
        Registered(other, MEMBERS),
        orders=[*ORDERS, *(order(customer, 50) for customer in LISTED[:20])],
        as_of="2024-06-01",
    )
    assert [(pool["aim"], pool["tries"]) for pool in pools] == [("protect", 1), ("win_back", 1)]


def test_a_closed_campaign_keeps_its_figures_without_its_customers():
    rows, pools = measured(Registered(SPRING, MEMBERS))
    kept = rows[0] | {"state": "closed", "offer_cost": "0.50"}
    closed = replace(SPRING, members="", result=kept)
    again, pools_again = measured(Registered(closed, None), orders=[], as_of="2025-01-01")
    assert again == [rows[0] | {"state": "closed"}]
    assert pools_again == pools


def test_orders_that_are_not_kept_any_more_are_no_outcome():
    found = measure_campaigns(
        lines(
            "transactions",
            *(row for row in ORDERS if row["ordered_at"] >= datetime.fromisoformat("2024-03-05")),
        ),
        lines("removed"),
        "2024-04-01",
        money=True,
        registered=[Registered(SPRING, MEMBERS)],
    )
    (row,) = found.campaigns.to_pylist()
    assert (row["verdict"], row["share_effect"]) == ("not kept", None)
    assert "have been deleted" in sentence(row, WORDS)
    assert found.campaign_pools.num_rows == 0


@pytest.mark.parametrize("language", languages())
def test_every_state_and_verdict_has_its_sentence_in_every_language(language):
    words = Wording(language, "€")
    (row,), (pool,) = measured(Registered(SPRING, MEMBERS))
    states = [row | {"state": state} for state in ("planned", "running", "stopped", "closed")]
    unmeasured = ("not measurable", "not kept", "withheld")
    verdicts = [row | {"verdict": verdict} for verdict in unmeasured]
    ranges = [
        row | {"verdict": verdict, "share_low": low, "share_high": high, "gain_low": 100 * low}
        | {"gain_high": 100 * high}
        for verdict, low, high in (
            *[("effect", 0.01, 0.02), ("harm", -0.02, -0.01), ("no effect shown", -0.01, 0.02)],
        )
    ]  # fmt: skip
    alone = [one | {"control_kind": "none"} for one in (*states[:2], verdicts[0])]
    rows = (*states, *verdicts, *ranges, *alone)
    said = [plain(sentence(one, words)) for one in rows]
    said.append(overlap_sentence(row | {"overlaps": "Second; Third", "shared": None}, words))
    kinds = ("effect", "harm", "no effect twice", "open")
    said += [plain(pool_sentence(pool | {"verdict": kind}, words)) for kind in kinds]
    assert len(set(said)) == len(said)
    minus = [text for text in said if "-" in text]
    assert minus == []


def test_no_campaign_gives_no_row():
    assert measured() == ([], [])


def test_figures_of_few_customers_are_not_shown():
    (row,), (pool,) = measured(Registered(SPRING, MEMBERS))
    (shown,) = shown_campaigns([row], 11)
    # 10 of the control group ordered: neither group's figures are told, and what differs is.
    assert (shown["buyers_control"], shown["share_list"], shown["revenue_list"]) == (None,) * 3
    assert shown["share_effect"] == row["share_effect"]
    assert shown_campaigns([row], 10) == [row]
    (hidden,) = shown_campaigns([row], 41)
    assert (hidden["listed"], hidden["share_effect"], hidden["gain"]) == (None, None, None)
    assert "too few customers" in sentence(hidden, WORDS)
    assert shown_pools([pool], 81) == []
    assert shown_pools([pool], 80) == [pool]
