"""Register campaigns: what is kept of a list, so that it can be measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from custseg.artifacts import MONEY_SCALE
from custseg.artifacts.campaigns import MEMBERS, SEVERAL
from custseg.errors import UsageError
from custseg.offers.campaigns.outcome import CONTROL, orders_within
from custseg.offers.campaigns.together import LIST
from custseg.workspace.campaigns import (
    FILE,
    Campaign,
    Register,
    read_members,
    read_register,
)
from custseg.workspace.journal import in_one_step

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
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
    save_register(
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


def save_register(
    workspace: Workspace, register: Register, files: dict[str, bytes], gone: Sequence[str]
) -> None:
    """Write a register in one step with files of customers, and delete others."""
    in_one_step(workspace.root, workspace.scratch, {**files, FILE: register.stored()}, gone)
