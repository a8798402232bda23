"""What became of every registered campaign, and what those of one aim tell together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from custseg.artifacts import ARTIFACTS
from custseg.engine.base import fetch_column, fetch_frame
from custseg.offers.campaigns.estimate import difference, enough_buyers
from custseg.offers.campaigns.together import LIST, overlaps, pools, shown
from custseg.orders.lines import between, first_day, within
from custseg.settings import PlaybookSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir
    import pandas as pd
    from numpy.typing import NDArray

    from custseg.offers.campaigns.estimate import Effect
    from custseg.workspace.campaigns import Campaign, Registered

    Row = dict[str, Any]

CONTROL: Final = "control"


@dataclass(frozen=True)
class Measured:
    """A row for each campaign, and for each aim that a campaign with a result had."""

    campaigns: pa.Table
    campaign_pools: pa.Table


def measure_campaigns(
    transactions: ir.Table,
    removed: ir.Table,
    as_of: str,
    money: bool,  # noqa: FBT001  (a fact, as the runner gives it)
    playbook_settings: PlaybookSettings | None = None,
    registered: Sequence[Registered] = (),
) -> Measured:
    """Measure the campaigns whose days are over, and say how far along the others are.

    Parameters
    ----------
    transactions, removed
        What cleaning gave.
    as_of
        ISO date; what was ordered before its midnight is known.
    money
        Whether the orders have amounts.
    playbook_settings
        Of these, gross_margin.
    registered
        The campaigns, with the customers of those that are not closed.

    Returns
    -------
    Measured
        Customers of the list count whether they got the message or not, and whether they have an
        order or not. Those who object by now count in neither group.

    Examples
    --------
    >>> measured = custseg.measure_campaigns(transactions, removed, as_of, money)
    >>> len(measured.campaigns)  # none is registered
    0
    """
    margin = (playbook_settings or PlaybookSettings()).gross_margin
    today = date.fromisoformat(as_of)
    members = _members(registered, removed)
    over = [one.campaign for one in registered if one.members is not None]
    over = [campaign for campaign in over if campaign.end <= today]
    after = orders_within(transactions, [(one.start, one.end) for one in over])
    first = first_day(transactions) if over else today
    shared = overlaps(registered, members)
    places = {campaign.number: place for place, campaign in enumerate(over)}
    rows: list[Row] = []
    for one in registered:
        campaign = one.campaign
        row = dict(campaign.result) if campaign.result else row_of(campaign, today)
        row |= shared[campaign.number]
        if campaign.number in members:
            own = members[campaign.number]
            row |= _counts(own)
            if campaign.number in places and first > campaign.start:
                # A list is of orders before it: those of its days have been deleted since.
                row["verdict"] = "not kept"
            elif campaign.number in places:
                did = _did(own, after, places[campaign.number], margin if money else None)
                row |= _figures(own, did) | _gain(campaign, row | _figures(own, did))
                row["verdict"] = _verdict(campaign, row)
        rows.append(row)
    return Measured(_table("campaigns", rows), _table("campaign_pools", pools(rows, members)))


def orders_within(
    transactions: ir.Table, spans: Sequence[tuple[date, date]]
) -> pd.DataFrame | None:
    """Count each customer's orders and spend from one midnight up to another, for some spans.

    Returns
    -------
    DataFrame or None
        By customer_id: `orders_0` and `spend_0` of the first span, and so on, of whoever has a line
        in one of them; None without spans. A return has undone what it gave back.
    """
    if not spans:
        return None
    lines = between(transactions, min(start for start, _ in spans), max(end for _, end in spans))
    lines = lines.filter(lines.customer_id.notnull())
    figures: dict[str, ir.Value] = {}
    for place, (start, end) in enumerate(spans):
        inside = within(lines.ordered_at, start, end)
        figures[f"orders_{place}"] = lines.order_id.nunique(where=inside & (lines.quantity > 0))
        figures[f"spend_{place}"] = lines.amount.sum(where=inside)
    return fetch_frame(lines.group_by("customer_id").agg(**figures)).set_index("customer_id")


def _members(registered: Sequence[Registered], removed: ir.Table) -> dict[int, pd.DataFrame]:
    """The customers of each campaign that is not closed, but for those who object by now."""
    there = [one for one in registered if one.members is not None]
    if not there:
        return {}
    objecting = removed.filter((removed.rule == "objected") & removed.customer_id.notnull())
    gone = set(fetch_column(objecting.customer_id).to_pylist())
    return {
        one.campaign.number: one.members[~one.members["customer_id"].isin(gone)]
        for one in there
        if one.members is not None
    }


def row_of(campaign: Campaign, today: date) -> Row:
    """What is known of a campaign before it is measured."""
    day = min(max((today - campaign.start).days, 0), campaign.horizon_days)
    if campaign.end <= today:
        state = "finished"
    else:
        state = "running" if campaign.start <= today else "planned"
    verdict = "none yet" if state != "finished" else "not measurable"
    return dict.fromkeys(ARTIFACTS["campaigns"].column_names()) | {
        "number": campaign.number,
        "campaign": campaign.name,
        "aim": campaign.aim,
        "segments": "; ".join(campaign.segments),
        "as_of": campaign.as_of,
        "sent": campaign.sent,
        "horizon_days": campaign.horizon_days,
        "day": day,
        "state": state,
        "control_kind": campaign.control,
        "consent": campaign.consent,
        "listed": campaign.listed,
        "control": campaign.held,
        "adjusted": False,
        "overlaps": "",
        "shared": 0,
        "offer_cost": campaign.offer_cost,
        "verdict": "not measurable" if campaign.control == "none" else verdict,
    }


def _counts(own: pd.DataFrame) -> Row:
    listed = int((own["group"] == LIST).sum())
    return {"listed": listed, "control": len(own) - listed}


def _did(
    own: pd.DataFrame, after: pd.DataFrame | None, place: int, margin: float | None
) -> dict[str, NDArray[np.float64]]:
    """What each customer did in the campaign's days, by measure."""
    assert after is not None
    found = after[[f"orders_{place}", f"spend_{place}"]].reindex(own["customer_id"])
    orders, spend = (found[name].fillna(0).to_numpy(float) for name in found)
    did = {"share": (orders > 0).astype(float), "orders": orders}
    return did if margin is None else did | {"revenue": spend, "margin": spend * margin}


def _figures(own: pd.DataFrame, did: Mapping[str, NDArray[np.float64]]) -> Row:
    """List and control group held against each other."""
    treated = (own["group"] == LIST).to_numpy()
    bought = did["share"] > 0
    figures: Row = {
        "buyers_listed": int(bought[treated].sum()),
        "buyers_control": int(bought[~treated].sum()),
    }
    found: dict[str, Effect] = {}
    for measure, values in did.items():
        if measure == "share" and not enough_buyers(bought, treated):
            continue
        if effect := difference(values, treated, known_before(own, logs=measure == "share")):
            found[measure] = effect
            figures |= {
                f"{measure}_list": effect.listed,
                f"{measure}_control": effect.control,
                f"{measure}_effect": effect.effect,
                f"{measure}_low": effect.low,
                f"{measure}_high": effect.high,
            }
    if share := found.get("share"):
        plain = difference(did["share"], treated, None)
        assert plain is not None
        width = plain.high - plain.low
        figures |= {
            "share_se": share.error,
            "adjusted": share.error != plain.error,
            "narrower": 1 - (share.high - share.low) / width if width else 0.0,
        }
    if "margin" in found:
        figures["margin_se"] = found["margin"].error
    return figures


def known_before(own: pd.DataFrame, *, logs: bool) -> NDArray[np.float64] | None:
    """What was known of customers before: probability, orders and spend, as far as it was.

    Parameters
    ----------
    own
        Customers as registered.
    logs
        Take logarithms of orders and spend: whether somebody orders goes with these, how much they
        spend with the figures themselves.
    """
    columns = []
    for name in ("buying_probability", "orders_before", "spend_before"):
        values = own[name].to_numpy(float)
        if np.isnan(values).all():
            continue
        # Of a single customer nothing may be known: the mean changes nothing for the others.
        values = np.where(np.isnan(values), np.nanmean(values), values)
        counted = name != "buying_probability"
        columns.append(np.log1p(np.maximum(values, 0)) if logs and counted else values)
    return np.column_stack(columns) if columns else None


def _gain(campaign: Campaign, row: Row) -> Row:
    """Margin that the whole list brought more, less what its offer cost."""
    if row["margin_effect"] is None:
        return {}
    cost = float(campaign.offer_cost)
    return {
        gain: row["listed"] * (row[f"margin_{end}"] - cost)
        for gain, end in (("gain", "effect"), ("gain_low", "low"), ("gain_high", "high"))
    }


def _verdict(campaign: Campaign, row: Row) -> str:
    if campaign.control == "none" or row["share_effect"] is None:
        return "not measurable"
    return shown(row["share_low"], row["share_high"]) or "no effect shown"


def _table(artifact: str, rows: list[Row]) -> pa.Table:
    """Rows as the artifact's table, each column of its type."""
    schema = ARTIFACTS[artifact].schema()
    exact = [
        row | {"offer_cost": Decimal(row["offer_cost"])} if "offer_cost" in row else row
        for row in rows
    ]
    named = [{name: row[name] for name in schema.names} for row in exact]
    return pa.Table.from_pylist(named, schema)
