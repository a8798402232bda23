"""Streams of customers between the clusters of one k and the next, without those of few."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from custseg.privacy.disclosure import suppress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custseg.report.summary.whole import KFlow


def shown_flows(flows: Sequence[KFlow], least: int, known_k: int | None) -> tuple[KFlow, ...]:
    """Leave out streams between clusters that can't be told.

    Parameters
    ----------
    flows
        All streams.
    least
        Customers of the smallest group that is told of.
    known_k
        The number of clusters whose sizes are known as those of the segments; None: of none.

    Returns
    -------
    tuple
        Those that are left, each with the size of its cluster.
    """
    if not flows:
        return ()
    ks = sorted({flow.k for flow in flows})
    following = dict(pairwise(ks))
    counts = np.array([flow.customers for flow in flows])
    out: dict[tuple[int, int], list[int]] = {}
    into: dict[tuple[int, int], list[int]] = {}
    for place, flow in enumerate(flows):
        out.setdefault((flow.k, flow.cluster), []).append(place)
        if flow.k in following:
            into.setdefault((following[flow.k], flow.next_cluster), []).append(place)
    nodes = list(out)
    rows = np.zeros((len(flows) + 2 * len(nodes) + len(ks), len(flows)))
    fixed = np.zeros(len(rows), dtype=bool)
    rows[: len(flows)] = np.eye(len(flows))
    for place, node in enumerate(nodes):
        size, balance = len(flows) + place, len(flows) + len(nodes) + place
        rows[size, out[node]] = 1
        fixed[size] = node[0] == known_k
        # Who comes into a cluster goes out of it: everybody knows that.
        if node in into:
            rows[balance, out[node]] += 1
            rows[balance, into[node]] -= 1
        fixed[balance] = True
    # All customers are in each column.
    rows[-len(ks) :] = [[flow.k == k for flow in flows] for k in ks]
    fixed[-len(ks) :] = True
    hidden = suppress(counts, rows, least, fixed=fixed)
    sizes = {
        node: int(counts[out[node]].sum())
        for place, node in enumerate(nodes)
        if not hidden[len(flows) + place]
    }
    shown = [flow for flow, gone in zip(flows, hidden[: len(flows)], strict=True) if not gone]
    # A stream is drawn between two clusters, and each has a stream.
    while True:
        drawn = {(flow.k, flow.cluster) for flow in shown} & sizes.keys()
        kept = [
            flow
            for flow in shown
            if (flow.k, flow.cluster) in drawn
            and (flow.k not in following or (following[flow.k], flow.next_cluster) in drawn)
        ]
        if len(kept) == len(shown):
            return tuple(replace(flow, size=sizes[flow.k, flow.cluster]) for flow in kept)
        shown = kept
