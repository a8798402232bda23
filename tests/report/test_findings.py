"""Every number in the report's sentences is recomputed from the artifacts, with plain pandas."""

from __future__ import annotations

import json
import re
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from custseg.artifacts import ARTIFACTS
from custseg.report.summary.findings import findings
from custseg.report.summary.insights import insights
from custseg.workspace import storage
from tests.shop_summaries import summary


class Artifacts:
    """A workspace's tables as pandas reads them, and its facts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        stages = json.loads((folder / "manifest.json").read_text())["stages"]
        self.settings = {k: v for s in stages.values() for k, v in s["settings"].items()}
        self.as_of = pd.Timestamp(stages["clean"]["facts"]["as_of"])

    def __getattr__(self, name: str) -> pd.DataFrame:
        return pd.read_parquet(self.folder / f"{name}.parquet")

    @cached_property
    def lines(self) -> pd.DataFrame:
        lines = pd.read_parquet(self.folder / "transactions.parquet")
        return lines.assign(
            amount=lines["amount"].astype(float), quantity=lines["quantity"].astype(float)
        )

    @cached_property
    def members(self) -> pd.DataFrame:
        members = self.features.merge(self.segments, on="customer_id")
        return members.assign(monetary=members["monetary"].astype(float))

    def of(self, segment: int) -> pd.DataFrame:
        return self.members[self.members["segment"] == segment]

    def bought(self, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        when = self.lines["ordered_at"]
        return self.lines[(when >= start) & (when < end)]

    def days_ago(self, days: int) -> pd.Timestamp:
        return self.as_of - pd.Timedelta(days=days)

    @cached_property
    def regulars(self) -> pd.DataFrame:
        """Customers of at least three days, their gap taken from the days themselves."""
        regulars = usual_gaps(self.lines, self.as_of).merge(
            self.segments[["customer_id", "segment"]], on="customer_id"
        )
        year = self.bought(self.days_ago(365), self.as_of).groupby("customer_id")["amount"].sum()
        return regulars.assign(year=regulars["customer_id"].map(year).fillna(0.0))

    @cached_property
    def by_segment(self) -> pd.DataFrame:
        grouped = self.members.groupby("segment")
        table = pd.DataFrame(
            {"customers": grouped.size(), "revenue": grouped["monetary"].sum()}
        ).join(self.segment_names.set_index("segment"))
        table["share"] = table["customers"] / table["customers"].sum()
        table["revenue_share"] = table["revenue"] / table["revenue"].sum()
        return table.assign(times=table["revenue_share"] / table["share"])


def usual_gaps(lines: pd.DataFrame, cut_off: pd.Timestamp) -> pd.DataFrame:
    """Regular customers at a date: days since their last order, their mean gap, who slips."""
    bought = lines[(lines["quantity"] > 0) & (lines["ordered_at"] < cut_off)]
    days = bought.assign(day=bought["ordered_at"].dt.normalize())
    days = days[["customer_id", "day"]].drop_duplicates().sort_values(["customer_id", "day"])
    days["gap"] = days.groupby("customer_id")["day"].diff().dt.days
    own = days.groupby("customer_id").agg(n=("day", "size"), gaps=("gap", "sum"))
    own["last"] = bought.groupby("customer_id")["ordered_at"].max()
    own = own[own["n"] >= 3]
    silent = (cut_off - own["last"]).dt.days
    return own.assign(slips=silent * (own["n"] - 1) >= 3 * own["gaps"]).reset_index()


def expect_finding(name, a):
    """What the figures of a finding should be."""
    table = a.by_segment
    if name.startswith("action_"):
        number = int(name.removeprefix("action_"))
        forecast = a.segment_value.set_index("segment").loc[number]
        return {
            "stake": forecast["expected_spend"],
            "customers": len(a.of(number)),
            "days": a.settings["value"]["horizon_days"],
            "buying": a.value.merge(a.of(number)[["customer_id"]])["buying_probability"].mean(),
        }
    return getattr(Expected, name)(a, table)


class Expected:
    """One function a finding."""

    @staticmethod
    def segments(a, table):
        lines = a.lines[a.lines["quantity"] > 0]
        return {
            "customers": lines["customer_id"].nunique(),
            "orders": len(lines[["customer_id", "order_id"]].drop_duplicates()),
            "revenue": a.lines["amount"].sum(),
            "segments": len(table),
        }

    @staticmethod
    def concentration(_a, table):
        best = table.loc[table["times"].idxmax()]
        return {
            "customer_share": best["share"],
            "revenue_share": best["revenue_share"],
            "times": best["times"],
        }

    @staticmethod
    def most_revenue(_a, table):
        falling = table.sort_values("revenue", ascending=False)
        needed = int((falling["revenue_share"].cumsum() < 0.75).sum()) + 1
        together = falling.head(needed)
        return {
            "customer_share": together["share"].sum(),
            "revenue_share": together["revenue_share"].sum(),
        }

    @staticmethod
    def tail(_a, table):
        least = table.loc[table["times"].idxmin()]
        return {"customer_share": least["share"], "revenue_share": least["revenue_share"]}

    @staticmethod
    def expected(a, _table):
        spend = a.value.merge(a.segments).groupby("segment")["expected_spend"].sum()
        figures = {"days": 90, "spend": spend.sum(), "share": spend.max() / spend.sum()}
        figures["low"] = a.segment_value["spend_low"].sum()
        figures["high"] = a.segment_value["spend_high"].sum()
        if a.days_ago(365) >= a.lines["ordered_at"].min().normalize():
            before = a.bought(a.days_ago(365), a.days_ago(275))
            figures["customers_before"] = before["customer_id"].nunique()
            figures["before"] = before["amount"].sum()
        return figures

    @staticmethod
    def sales(a, _table):
        now = a.bought(a.days_ago(90), a.as_of)
        before = a.bought(a.days_ago(180), a.days_ago(90))["amount"].sum()
        return {
            "days": 90,
            "customers": now.loc[now["quantity"] > 0, "customer_id"].nunique(),
            "revenue": now["amount"].sum(),
            "change": abs(now["amount"].sum() / before - 1),
            "before": before,
        }

    @staticmethod
    def slipping(a, _table):
        slips = a.regulars[a.regulars["slips"]]
        return {
            "customers": len(slips),
            "regulars": len(a.regulars),
            "after": 3,
            "revenue": slips["year"].sum(),
            "days": 365,
        }

    @staticmethod
    def slipping_test(a, _table):
        then = usual_gaps(a.lines, a.days_ago(90))
        since = a.bought(a.days_ago(90), a.as_of)
        back = then["customer_id"].isin(since.loc[since["quantity"] > 0, "customer_id"])
        return {
            "slipping": then["slips"].sum(),
            "days": 90,
            "back": back[then["slips"]].mean(),
            "others": back[~then["slips"]].mean(),
        }

    @staticmethod
    def stability(a, _table):
        chosen = a.k_scores[a.k_scores["chosen"]].iloc[0]
        return {
            "resamples": chosen["resamples"],
            "stability": chosen["stability"],
            "asked": a.settings["model"]["min_stability"],
        }

    @staticmethod
    def borders(a, _table):
        return {
            "ambiguous": (a.segments["margin"] < 0.1).mean(),
            "silhouette": a.segments["silhouette"].mean(),
        }

    @staticmethod
    def power(a, _table):
        last = a.validation[a.validation["date"] == a.validation["date"].max()]
        r2 = last.set_index("method")["r2"]
        return {
            "segments": r2["segments"],
            "days": 90,
            "rules": r2["RFM rules"],
            "deciles": r2["RFM deciles"],
        }

    @staticmethod
    def left_out(a, _table):
        counts = a.removed["rule"].value_counts()
        rows = len(a.raw)
        return {
            "out": counts.sum(),
            "rows": rows,
            "share": counts.sum() / rows,
            "main": counts.max(),
            "reasons": len(counts),
        }

    @staticmethod
    def forecast(a, _table):
        deciles = a.value_backtest[a.value_backtest["chosen"] & (a.value_backtest["decile"] > 0)]
        sums = deciles.sum(numeric_only=True)
        off = sums["expected_spend"] / sums["actual_spend"]
        # Corrected by what an order brought more or less than was expected of one.
        factor = sums["actual_orders"] >= 100 and sums["expected_orders"] / sums["actual_orders"]
        since = min(max(factor / off, 0.5), 2) * off if factor else off
        return {"off": abs(off - 1), "since": abs(since - 1)}


def expect_insight(name, segment, a):
    """What the figures of an insight should be."""
    name, _, rest = (
        name.partition("_") if name.startswith(("bundle_", "leaving_")) else (name, "", "")
    )
    if rest:
        return getattr(ExpectedInsights, name)(a, rest)
    if segment == 0:
        return getattr(ExpectedInsights, name)(a)
    return getattr(ExpectedOfSegment, name)(a, segment)


class ExpectedInsights:
    """One function an insight of the shop."""

    @staticmethod
    def lists(a):
        table = a.backtest
        tested = table[(table["segment"] == 0) & (table["task"] == "new products")]
        hits = tested.set_index("method")
        return {
            "customers": hits.loc["new for you", "customers"],
            "own": hits.loc["new for you", "hit_rate"],
            "best_sellers": hits.loc["recent best-sellers", "hit_rate"],
        }

    @staticmethod
    def bundle(a, place):
        row = a.bundles.sort_values("rank").iloc[int(place) - 1]
        figures = {
            "confidence": row["orders"] / row["antecedent_orders"],
            "orders": row["orders"],
            "lift": row["orders"] / row["expected_orders"],
        }
        if pd.notna(row["later_confidence"]):
            figures["lately"] = row["later_confidence"]
        return figures

    @staticmethod
    def slipping(a):
        slips = a.regulars[a.regulars["slips"]]
        return {
            "customers": len(slips),
            "revenue": slips["year"].sum(),
            "days": 365,
            "share": slips["year"].sum() / a.regulars["year"].sum(),
            "regulars": len(a.regulars),
        }

    @staticmethod
    def once(a):
        bought = a.lines[a.lines["quantity"] > 0]
        orders = bought.groupby("customer_id")["order_id"].nunique()
        return {
            "once": (orders == 1).sum(),
            "customers": len(orders),
            "share": (orders == 1).mean(),
        }

    @staticmethod
    def season(a):
        months = a.lines.groupby(a.lines["ordered_at"].dt.to_period("M"))["amount"].sum()
        whole = months[months.index < a.as_of.to_period("M")]
        return {
            "year": whole.idxmax().year,
            "revenue": whole.max(),
            "times": whole.max() / whole.mean(),
        }

    @staticmethod
    def leaving(a, product):
        year = a.bought(a.days_ago(365), a.as_of)
        own = year[(year["product_id"] == product) & (year["quantity"] > 0)]
        spent = own.groupby("customer_id")["amount"].sum()
        buyers = a.regulars[a.regulars["customer_id"].isin(spent.index)]
        slips = buyers[buyers["slips"]]
        return {
            "slipping": len(slips),
            "regulars": len(buyers),
            "days": 365,
            "share": len(slips) / len(buyers),
            "shop_share": a.regulars["slips"].mean(),
            "revenue": spent[slips["customer_id"]].sum(),
        }


class ExpectedOfSegment:
    """One function an insight of a segment."""

    @staticmethod
    def over_buys(a, segment):
        shelf = a.shelves[(a.shelves["segment"] == segment) & (a.shelves["list"] == "over_buys")]
        shelf = shelf[shelf["lift"] > 1]
        product = shelf.sort_values("rank").iloc[0]["product_id"]
        bought = a.lines[(a.lines["quantity"] > 0) & a.lines["product_id"].notna()]
        own = bought[bought["customer_id"].isin(a.of(segment)["customer_id"])]
        of_it = own[own["product_id"] == product]
        buyers = of_it["customer_id"].nunique()
        few = 0 < own["customer_id"].nunique() - buyers < 10
        return {"lift": (len(of_it) / len(own)) / (bought["product_id"] == product).mean()} | (
            {} if few else {"buyers": buyers}
        )

    @staticmethod
    def best_seller(a, segment):
        members = a.of(segment)["customer_id"]
        bought = a.lines[(a.lines["quantity"] > 0) & a.lines["customer_id"].isin(members)]
        buyers = bought.groupby("product_id")["customer_id"].nunique()
        # Where fewer than ten did not buy it, it is not told how many did.
        few = 0 < len(members) - buyers.max() < 10
        return {} if few else {"share": buyers.max() / len(members)}

    @staticmethod
    def country(a, segment):
        shares = a.of(segment)["country"].value_counts(normalize=True)
        figures = {"share": shares.iloc[0]}
        if len(shares) > 1:
            figures["next_share"] = shares.iloc[1]
        return figures

    @staticmethod
    def busiest(a, segment):
        members = a.of(segment)["customer_id"]
        bought = a.lines[(a.lines["quantity"] > 0) & a.lines["customer_id"].isin(members)]
        placed = bought.groupby(["customer_id", "order_id"])["ordered_at"].min()
        hours = placed.dt.hour.value_counts(normalize=True)
        return {
            "weekday_share": placed.dt.day_of_week.value_counts(normalize=True).max(),
            "hour": min(hours[hours == hours.max()].index),
            "hour_share": hours.max(),
        }

    @staticmethod
    def buying(a, segment):
        own = a.value.merge(a.of(segment)[["customer_id"]])
        return {
            "buying": own["buying_probability"].mean(),
            "days": 90,
            "spend": own["expected_spend"].sum(),
        }

    @staticmethod
    def past(a, segment):
        table = a.validation_segments
        name = a.by_segment.loc[segment, "segment_name"]
        row = table[table["segment_name"] == name].iloc[0]
        return {
            "customers": row["customers"],
            "rate": row["buyers"] / row["customers"],
            "days": 90,
            "expected": row["expected_rate"],
        }

    @staticmethod
    def slipping(a, segment):
        own = a.regulars[a.regulars["segment"] == segment]
        return {
            "customers": own["slips"].sum(),
            "regulars": len(own),
            "revenue": own.loc[own["slips"], "year"].sum(),
            "days": 365,
        }

    @staticmethod
    def units(a, segment):
        own = a.inventory[a.inventory["segment"] == segment]
        most = own.sort_values(["units_expected", "product_id"], ascending=[False, True]).iloc[0]
        figures = {
            "units": own["units_expected"].sum(),
            "products": len(own),
            "days": 30,
            "most": most["units_expected"],
        }
        if pd.notna(most["units_low"]):
            figures |= {"low": most["units_low"], "high": most["units_high"]}
        return figures


@pytest.fixture(scope="module", params=["studied", "studied_retail"])
def finished(request) -> Artifacts:
    """A workspace in which everything has run, studies too."""
    return Artifacts(request.getfixturevalue(request.param))


@pytest.fixture
def told(finished) -> tuple[Any, Any]:
    summary = storage.read(finished.folder / "summary.json", ARTIFACTS["summary"])
    return findings(summary), insights(summary)


def test_every_figure_of_the_findings_comes_from_the_artifacts(finished, told):
    for finding in told[0]:
        expected = expect_finding(finding.name, finished)
        assert finding.figures == pytest.approx(expected, rel=1e-9), finding.sentence


def test_every_figure_of_the_insights_comes_from_the_artifacts(finished, told):
    for insight in told[1]:
        expected = expect_insight(insight.name, insight.segment, finished)
        assert insight.figures == pytest.approx(expected, rel=1e-9), insight.sentence


def test_every_cohort_comes_from_the_artifacts(finished):
    summary = storage.read(finished.folder / "summary.json", ARTIFACTS["summary"])
    lines = finished.lines.merge(finished.segments[["customer_id", "segment"]])
    lines = lines.assign(month=lines["ordered_at"].dt.to_period("M"))
    bought = lines[lines["quantity"] > 0]
    lines["start"] = lines["customer_id"].map(bought.groupby("customer_id")["month"].min())
    for one in (*summary.cohorts, *summary.segment_cohorts):
        own = lines[lines["start"].between(one.first_month, one.last_month)]
        own = own[(own["segment"] == one.segment) | (one.segment == 0)]
        so_far = own[own["month"] <= own["start"] + one.months_since]
        then = so_far["month"] == so_far["start"] + one.months_since
        again = so_far[then & (so_far["quantity"] > 0)]
        assert one.customers == own["customer_id"].nunique()
        if one.ordered is not None:
            assert one.ordered == again["customer_id"].nunique()
        if one.revenue_per_customer is not None:
            spent = so_far["amount"].sum() / one.customers
            assert one.revenue_per_customer == pytest.approx(spent)


def test_the_revenue_of_those_who_stayed_came_and_left_comes_from_the_artifacts(finished):
    summary = storage.read(finished.folder / "summary.json", ARTIFACTS["summary"])
    tree = summary.revenue_tree
    stretches = [
        finished.bought(
            finished.days_ago(one.ended_days_ago + one.days), finished.days_ago(one.ended_days_ago)
        )
        for one in (tree.before, tree.now)
    ]
    was, came = (set(one.loc[one["quantity"] > 0, "customer_id"]) for one in stretches)
    before = finished.lines["ordered_at"] < finished.days_ago(tree.now.days)
    known = set(finished.lines.loc[before & (finished.lines["quantity"] > 0), "customer_id"])
    groups = {
        "kept": was & came,
        "new": came - known,
        "returned": (came & known) - was,
        "lost": was - came,
    }
    assert {one.group for one in tree.groups} <= {*groups, "others"}
    for one in tree.groups:
        if one.group in groups:
            own = groups[one.group]
            assert one.customers == len(own)
            spent = [part.loc[part["customer_id"].isin(own), "amount"].sum() for part in stretches]
            assert [float(one.revenue_before), float(one.revenue_now)] == pytest.approx(spent)
    for part, window in zip(stretches, (tree.before, tree.now), strict=True):
        assert float(window.revenue) == pytest.approx(part["amount"].sum())


def test_every_number_in_a_sentence_is_one_of_its_figures(finished, told):
    names = [*finished.by_segment["segment_name"], *finished.lines["description"].dropna().unique()]
    names = sorted({name.strip() for name in names}, key=len, reverse=True)
    for said in (*told[0], *told[1]):
        sentence = re.sub(r"\d{4}-\d{2}-\d{2}", "", said.sentence).replace(":00", "")
        for name in names:
            sentence = sentence.replace(name, "")
        for number in re.findall(r"\d[\d,]*(?:\.\d+)?(?: %)?", sentence):
            assert any(shown(figure, number) for figure in said.figures.values()), said.sentence


def shown(figure: float, written: str) -> bool:
    """Whether a figure, rounded as it is written, is the number written."""
    percent = written.endswith("%")
    text = written.removesuffix(" %").replace(",", "")
    unit = 10.0 ** -len(text.partition(".")[2])
    # A threshold's figure is rounded down.
    return -unit <= float(text) - figure * (100 if percent else 1) <= unit / 2 + 1e-9


def test_the_usual_subjects_are_all_told(told):
    assert {finding.subject for finding in told[0]} == {
        "segments",
        "value",
        "changed",
        "actions",
        "trust",
    }
    assert {insight.area for insight in told[1]} == {"marketing", "retention", "inventory"}


def test_findings_without_amounts_say_so_once_and_go_by_orders():
    said = [finding.sentence for finding in findings(summary(money=False))]
    assert said[0] == "100 customers with 100 orders fall into 2 segments: Champions and Dormant."
    assert said[1].startswith("The orders have no amounts, so nothing here is about money")
    assert said[2] == (
        "Champions are 25.0 % of customers and place 50.0 % of orders: 2.0 times their number."
    )
    assert not [text for text in said if "£" in text]
    names = [finding.name for finding in findings(summary())]
    assert "no_amounts" not in names
