"""Register campaigns, and close them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from custseg.artifacts import MONEY_SCALE
from custseg.artifacts.campaigns import MEMBERS, SEVERAL
from custseg.errors import DataError, UsageError
from custseg.offers.campaigns.outcome import CONTROL, LIST, orders_within, row_of
from custseg.workspace.campaigns import (
    FILE,
    Campaign,
    Register,
    read_members,
    read_register,
)
from custseg.workspace.journal import in_one_step

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from custseg.workspace.campaigns import Control
    from custseg.workspace.workspace import Workspace

_LARGEST_COST: Final = Decimal("1e6")


@dataclass(frozen=True)
class Terms:
    """How a campaign is to be measured."""

    sent: date | None = None
    """First day that counts; None: the as-of date of the list."""
    horizon_days: int | None = None
    """None: [value] horizon_days."""
    offer_cost: str | None = None
    """Per customer on the list; None: nothing."""

    def check(self, as_of: date) -> None:
        """Refuse what cannot be measured so.

        Raises
        ------
        UsageError
            The list is of after the day it is sent on, or the cost is no amount.
        """
        if self.sent and self.sent < as_of:
            raise UsageError(
                f"--sent {self.sent}: is before the list, which is of {as_of}.",
                "A list is made of what was ordered until then: it can't have been sent before.",
            )
        _ = self.cost

    @property
    def cost(self) -> str:
        """The offer's cost, exact."""
        try:
            cost = Decimal(self.offer_cost or "0")
        except InvalidOperation:
            cost = Decimal(-1)
        if not (0 <= cost <= _LARGEST_COST and cost == round(cost, MONEY_SCALE)):
            raise UsageError(
                f"--offer-cost {self.offer_cost}: is no amount.", "Such as: --offer-cost 2.50"
            )
        return str(cost)


@dataclass(frozen=True)
class Entry:
    """A campaign that is about to be registered."""

    campaign: Campaign
    members: pd.DataFrame
    known: bool
    """Whether the very same is registered already."""


def entry_of(  # noqa: PLR0913  (what a campaign is)
    workspace: Workspace,
    name: str,
    audience: pd.DataFrame,
    held: NDArray[np.bool_],
    control: Control,
    *,
    as_of: date,
    terms: Terms,
    horizon_days: int,
    aims: Collection[str],
    consent: str,
    before: pd.DataFrame,
    replaces: bool = False,
) -> Entry:
    """Describe a campaign as it would be registered.

    Parameters
    ----------
    audience
        customer_id, segment and segment_name of list and control group.
    held
        Which of them are the control group.
    aims
        Of the segments' plans.
    before
        buying_probability, orders_before and spend_before, by customer_id.
    replaces
        It takes the place of one of this name and date.

    Raises
    ------
    UsageError
        A campaign of this name is registered, and its list, groups or terms are others.
    """
    members = audience[["customer_id", "segment", "segment_name"]].assign(
        group=np.where(held, CONTROL, LIST)
    )
    members = members.join(before, on="customer_id")
    members = members.sort_values("customer_id", ignore_index=True)
    register = read_register(workspace.root)
    there = register.find(name)
    numbers = [one.number for one in register.campaigns]
    campaign = Campaign(
        number=there.number if there else max(numbers, default=0) + 1,
        name=there.name if there else name,
        as_of=as_of.isoformat(),
        sent=(terms.sent or as_of).isoformat(),
        horizon_days=terms.horizon_days or horizon_days,
        segments=tuple(members.sort_values("segment")["segment_name"].drop_duplicates()),
        aim=next(iter(aims)) if len(set(aims)) == 1 else SEVERAL,
        offer_cost=terms.cost,
        consent=consent,
        control=control,
        listed=int((~held).sum()),
        held=int(held.sum()),
        members="",
    )
    if there is None or there.stopped or (replaces and _is_unmeasured(there, as_of)):
        return Entry(campaign, members, known=False)
    if there.closed or not _same(workspace, there, campaign, members):
        raise _refusal(there, as_of)
    return Entry(there, members, known=True)


def _same(workspace: Workspace, there: Campaign, campaign: Campaign, members: pd.DataFrame) -> bool:
    """Whether a campaign is registered as it would be now."""
    if replace(there, members="", consent=campaign.consent) != campaign:
        return False
    (registered,) = read_members(workspace.root, [there])
    columns = ["customer_id", "group"]
    assert registered.members is not None
    return registered.members[columns].equals(
        members[columns].astype(registered.members.dtypes[columns])
    )


def _is_unmeasured(there: Campaign, as_of: date) -> bool:
    """Whether nothing has been ordered since a campaign was registered."""
    return not there.closed and there.as_of == as_of.isoformat()


def _refusal(there: Campaign, as_of: date) -> UsageError:
    """The error that a name is taken, and what to do."""
    what = "and closed" if there.closed else "with another list or other terms"
    todo = "Name this one otherwise"
    if not there.closed:
        end = f'end it: custseg campaign close "{there.name}" --force'
        if _is_unmeasured(there, as_of):
            end = "replace it: --force"
        todo += f", or, if that one was never sent, {end}"
    return UsageError(
        f"The campaign {there.name} of {there.as_of} is registered already, {what}.", f"{todo}."
    )


def register_campaign(workspace: Workspace, entry: Entry) -> None:
    """Write a campaign and its customers into the register, in one step.

    The caller holds the workspace.
    """
    if entry.known:
        return
    from custseg.engine.parquet import write
    from custseg.workspace.files import sha256

    file = workspace.scratch / "campaign.parquet"
    sink = BytesIO()
    write(entry.members, MEMBERS, sink)
    file.write_bytes(sink.getvalue())
    campaign = replace(entry.campaign, members=sha256(file))
    file.unlink()
    _save(
        workspace,
        read_register(workspace.root).having(campaign),
        {campaign.file: sink.getvalue()},
        [],
    )


def known_of(
    transactions: ir.Table | None,
    value: pd.DataFrame | None,
    ids: pd.Series[str],
    *,
    as_of: date,
    days: int,
) -> pd.DataFrame:
    """What is known of customers before a campaign.

    Parameters
    ----------
    transactions
        None where orders stay in another engine: then orders and spend before are not known.
    value
        customer_id and buying_probability; None without a forecast.
    ids
        The customers.
    days
        How many days before the list's date count.
    """
    from datetime import timedelta

    known = pd.DataFrame(index=pd.Index(ids, name="customer_id"))
    chance = None if value is None else value.set_index("customer_id")["buying_probability"]
    known["buying_probability"] = float("nan") if chance is None else chance.reindex(known.index)
    if transactions is None:
        return known.assign(
            orders_before=pd.array([None] * len(known), dtype="Int64"), spend_before=float("nan")
        )
    found = orders_within(transactions, [(as_of - timedelta(days=days), as_of)])
    assert found is not None
    found = found.reindex(known.index)
    known["orders_before"] = found["orders_0"].fillna(0).astype("Int64")
    # Where the orders have no amounts, nothing was spent that is known.
    known["spend_before"] = found["spend_0"].astype(float)
    if known["spend_before"].notna().any():
        known["spend_before"] = known["spend_before"].fillna(0.0)
    return known


def require_campaign(workspace: Workspace, name: str) -> Campaign:
    """Find a campaign that somebody names.

    Raises
    ------
    DataError
        There is none of this name.
    """
    register = read_register(workspace.root)
    if found := register.find(name):
        return found
    names = ", ".join(one.name for one in register.campaigns)
    raise DataError(
        f"No campaign {name} is registered.",
        f"There are: {names}."
        if names
        else "Register one: custseg export --segment … --holdout 10% --campaign NAME",
    )


def close_campaign(
    workspace: Workspace, name: str, rows: Iterable[dict[str, Any]], *, force: bool
) -> Campaign:
    """Keep a campaign's result as it is, and delete the ids of its customers.

    The caller holds the workspace.

    Parameters
    ----------
    rows
        Of the artifact `campaigns`; where none is of it, it has no result.
    force
        Close it before its end: it has no result then.

    Raises
    ------
    DataError
        There is no such campaign.
    UsageError
        It is closed already, or not over.
    """
    campaign = require_campaign(workspace, name)
    if campaign.closed:
        raise UsageError(f"The campaign {campaign.name} is closed already.")
    # The manifest's date is not asked: without a row nothing was measured.
    row = next((row for row in rows if row["number"] == campaign.number), None) or row_of(
        campaign, campaign.start
    )
    if row["state"] != "finished" and not force:
        raise UsageError(
            f"The campaign {campaign.name} is at day {row['day']} of {row['horizon_days']}.",
            "Closed now, it has no result. If that is meant: --force",
        )
    close_campaigns(workspace, {campaign.number: row})
    return require_campaign(workspace, name)


def close_expired(workspace: Workspace, first: date) -> tuple[str, ...]:
    """Close the campaigns that are measured, or of a day before the first that may be kept.

    A later run may not have the orders of their days any more. The caller holds the workspace,
    whose artifact `campaigns` is fresh.

    Returns
    -------
    tuple of str
        The files of customers that were deleted, by their paths in the workspace.
    """
    there = [one for one in read_register(workspace.root).campaigns if not one.closed]
    if not there:
        return ()
    rows = {row["number"]: row for row in workspace.rows("campaigns")}
    gone = [
        one
        for one in there
        if one.number in rows
        and (rows[one.number]["state"] == "finished" or one.as_of < first.isoformat())
    ]
    close_campaigns(workspace, {one.number: rows[one.number] for one in gone})
    return tuple(one.file for one in gone)


def close_campaigns(workspace: Workspace, rows: Mapping[int, dict[str, Any]]) -> None:
    """Close some campaigns, given the rows of the artifact `campaigns` by number, in one step."""
    register, gone = read_register(workspace.root), []
    for campaign in register.campaigns:
        if campaign.number not in rows or campaign.closed:
            continue
        row = rows[campaign.number]
        kept = {name: _plain(value) for name, value in row.items()}
        kept["state"] = "closed" if row["state"] == "finished" else "stopped"
        register = register.having(replace(campaign, members="", result=kept))
        gone.append(campaign.file)
    if gone:
        _save(workspace, register, {}, gone)


def _save(
    workspace: Workspace, register: Register, files: dict[str, bytes], gone: Sequence[str]
) -> None:
    in_one_step(workspace.root, workspace.scratch, {**files, FILE: register.stored()}, gone)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value
