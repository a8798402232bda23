"""A workspace as it may be shown: what is printed of its tables is read through it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

from custseg.offers.campaigns.disclosed import shown_campaigns, shown_pools
from custseg.privacy.disclosure import is_shown, is_small, suppress_list
from custseg.report.summary.rows import as_kind
from custseg.report.summary.silence import withheld_because, withheld_segments
from custseg.report.summary.streams import shown_flows
from custseg.report.summary.whole import KFlow
from custseg.words.language import english
from custseg.workspace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from custseg.words.language import Wording

    Row = dict[str, Any]

_PARTS: Final[dict[str, tuple[str, ...]]] = {
    "profile_products": ("buyers",),
    "profile_groups": ("buyers",),
    "shelves": ("buyers",),
    "segment_rules": ("customers",),
    "bundles": ("customers",),
    "value_backtest": ("customers",),
    "validation_segments": ("customers",),
    "validation": ("customers",),
    "backtest": ("customers",),
}
"""Tables whose rows add up to nothing that is published, and their counts of customers."""
_LISTS: Final[dict[str, tuple[str, str | None]]] = {
    "profile_countries": ("customers", "segment"),
    "rfm_rules": ("customers", None),
    "rfm_scores": ("customers", "feature"),
    "rfm_crosstab": ("customers", "segment"),
}
"""Tables that divide a known number, by the column that tells which."""
_WHEN: Final = {"profile_months": ("month",), "profile_times": ("weekday", "hour")}
"""Tables of orders, by what tells when they were."""


@dataclass(frozen=True)
class Disclosed(Workspace):
    """A workspace that is read for people to see.

    Rows of segments that are withheld are left out of every table, and so are rows of too few
    customers; a figure that can't be told is None. Tables with a row per customer are as they are:
    they are read to compute, and printed by nothing.
    """

    least: int = 0
    wording: Wording = field(default_factory=english)
    """Of the language that people read it in."""

    @cached_property
    def withheld(self) -> frozenset[int]:
        """Segments that can't be told of, as the summary has it."""
        if self.least <= 1 or not self.path("segments").is_file():
            return frozenset()
        return withheld_segments(self._sizes, self.least)

    @cached_property
    def nothing_told(self) -> str:
        """Why nothing is told of this shop; empty where something is."""
        if self.least <= 1 or not self.path("ledger").is_file():
            return ""
        customers = super().rows("ledger")[-1]["customers_left"]
        segments = self._sizes if self.path("segments").is_file() else {}
        if customers >= self.least and (not segments or len(self.withheld) < len(segments)):
            return ""
        return withheld_because(self.least)

    @cached_property
    def _sizes(self) -> dict[int, int]:
        from custseg.engine.parquet import read_frame

        counts = read_frame(self.path("segments"), ["segment"])["segment"].value_counts()
        return {int(str(number)): int(count) for number, count in counts.sort_index().items()}

    def whole_rows(self, artifact: str) -> list[Row]:
        """Read a table as it is, to be disclosed by whoever reads it."""
        return super().rows(artifact)

    def rows(self, artifact: str) -> list[Row]:
        """Read a small table, without what can't be told."""
        rows = super().rows(artifact)
        if self.least <= 1:
            return rows
        if self.nothing_told:
            return []
        ways: dict[str, Callable[[list[Row]], list[Row]]] = {
            "migration": self._migration,
            "k_flows": self._k_flows,
            "k_scores": self._k_scores,
            "k_criteria": self._k_scores,
            "profiles": self._profiles,
            "ledger": self._ledger,
            "campaigns": partial(shown_campaigns, least=self.least),
            "campaign_pools": partial(shown_pools, least=self.least),
            **{name: partial(self._of_parts, counts=own) for name, own in _PARTS.items()},
            **{
                name: partial(self._of_list, count=own[0], of=own[1])
                for name, own in _LISTS.items()
            },
            **{name: partial(self._of_orders, when=own) for name, own in _WHEN.items()},
        }
        told = [row for row in rows if row.get("segment") not in self.withheld]
        return ways[artifact](told) if artifact in ways else told

    def _of_parts(self, rows: list[Row], counts: tuple[str, ...]) -> list[Row]:
        return [
            row for row in rows if not any(is_small(row[name] or 0, self.least) for name in counts)
        ]

    def _of_list(self, rows: list[Row], count: str, of: str | None) -> list[Row]:
        found = []
        for group in dict.fromkeys(row[of] if of else None for row in rows):
            own = [row for row in rows if not of or row[of] == group]
            hidden = suppress_list([row[count] for row in own], self.least)
            found += [row for row, gone in zip(own, hidden, strict=True) if not gone]
        return found

    def _of_orders(self, rows: list[Row], when: tuple[str, ...]) -> list[Row]:
        """Leave out times at which too few customers of a segment ordered."""
        from custseg.engine.parquet import read_frame

        lines = read_frame(self.path("transactions"), ["customer_id", "ordered_at"]).merge(
            read_frame(self.path("segments"), ["customer_id", "segment"]), on="customer_id"
        )
        at = lines["ordered_at"].dt
        lines = lines.assign(month=at.strftime("%Y-%m"), weekday=at.day_of_week, hour=at.hour)
        buyers = lines.groupby(["segment", *when])["customer_id"].nunique().to_dict()
        counted = [
            row | {"_customers": buyers.get((row["segment"], *(row[name] for name in when)), 0)}
            for row in rows
        ]
        return [
            {name: value for name, value in row.items() if name != "_customers"}
            for row in self._of_list(counted, "_customers", "segment")
        ]

    def _migration(self, rows: list[Row]) -> list[Row]:
        from custseg.artifacts import ARTIFACTS
        from custseg.segments.movement.account import account
        from custseg.segments.movement.disclosed import shown_flows
        from custseg.segments.movement.months import flows, names
        from custseg.workspace.storage import read

        if not rows:
            return rows
        called = names(*(read(self.path(n), ARTIFACTS[n]) for n in ("model", "segment_names")))
        ways = flows(rows)
        moved = account(ways, called, "", "")
        told = shown_flows(moved, ways, self.least, withheld=self.withheld)
        return [row for row, shown in zip(rows, told, strict=True) if shown]

    def _k_flows(self, rows: list[Row]) -> list[Row]:
        flows = [as_kind(row | {"size": None}, KFlow) for row in rows]
        shown = shown_flows(flows, self.least, self.manifest().facts().get("k"))
        kept = {(flow.k, flow.cluster, flow.next_cluster) for flow in shown}
        return [row for row in rows if (row["k"], row["cluster"], row["next_cluster"]) in kept]

    def _k_scores(self, rows: list[Row]) -> list[Row]:
        customers = super().rows("ledger")[-1]["customers_left"]
        return [
            row | {"smallest_share": None}
            if is_small(round(row["smallest_share"] * customers), self.least)
            else row
            for row in rows
        ]

    def _profiles(self, rows: list[Row]) -> list[Row]:
        return [self._profile(row) for row in rows]

    def _profile(self, row: Row) -> Row:
        size = row["customers"]
        returned = round((row["returning_share"] or 0.0) * size)
        return row | {
            "misfits": row["misfits"] if is_shown(row["misfits"], size, self.least) else None,
            "returning_share": row["returning_share"]
            if is_shown(returned, size, self.least)
            else None,
        }

    def _ledger(self, rows: list[Row]) -> list[Row]:
        found: list[Row] = []
        after: int | None = None
        for row in reversed(rows):
            left = row["customers_left"]
            if after is not None and is_small(left - after, self.least):
                found.append(row | {"customers_left": None})
            else:
                after = left
                found.append(row)
        return found[::-1]
