"""How far to trust a run, in sentences with their figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.report.summary.measure import Measure
from custseg.report.summary.sentence import Finding, forecast_error, off_by, season_basis
from custseg.words.figures import beside, counted, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custseg.report.summary.whole import Summary

_FAR: Final = 0.2
"""An error of a forecast that has to be warned of."""


def stability(summary: Summary) -> Iterator[Finding]:
    """Whether the segments come out alike when customers are resampled."""
    chosen = next((score for score in summary.k_scores if score.chosen), None)
    method = summary.method
    if chosen is not None and chosen.stability is not None:
        stable = chosen.stability >= method.min_stability
        are = (
            "The segments are"
            if summary.fitted_now
            else f"{chosen.k} segments made anew of these customers would be"
        )
        yield Finding(
            "stability",
            "trust",
            f"{are} {'' if stable else 'not '}stable: when customers are resampled "
            f"{chosen.resamples} times, they come out {'alike' if stable else 'otherwise'} "
            f"(adjusted Rand index {beside(chosen.stability, method.min_stability)}, "
            f"{'at least ' * stable}{method.min_stability:g} was asked for).",
            {
                "resamples": chosen.resamples,
                "stability": chosen.stability,
                "asked": method.min_stability,
            },
            "1 is the same partition every time, 0 is chance.",
        )


def borders(summary: Summary) -> Iterator[Finding]:
    """How many customers are nearly in another segment."""
    if not summary.segmented or any(one.ambiguous_share is None for one in summary.segments):
        return
    ambiguous = (
        sum((one.ambiguous_share or 0.0) * one.customers for one in summary.segments)
        / summary.customers
    )
    yield Finding(
        "borders",
        "trust",
        f"{percent(ambiguous)} of customers are on a border: nearly as close to another segment "
        f"as to their own. The mean silhouette is {summary.silhouette:.2f}.",
        {"ambiguous": ambiguous, "silhouette": summary.silhouette},
        summary.structure,
    )


def power(summary: Summary) -> Iterator[Finding]:
    """What segments of a past date told of what came after, beside classical rules."""
    last = max((row.date for row in summary.validation), default=None)
    told = {row.method: row.r2 for row in summary.validation if row.date == last}
    measure = Measure.of(summary)
    done = measure.choose("what customers spent", "how often customers ordered")
    if {"segments", "RFM rules", "RFM deciles"} <= told.keys():
        yield Finding(
            "power",
            "trust",
            f"Made on {last}, the segments alone explained {percent(told['segments'])} of the "
            f"differences in {done} in the {summary.method.validation_days} days after (variance "
            f"of log {measure.spend}); classical RFM rules {percent(told['RFM rules'])}, "
            f"deciles of RFM scores {percent(told['RFM deciles'])}.",
            {
                "segments": told["segments"],
                "days": summary.method.validation_days,
                "rules": told["RFM rules"],
                "deciles": told["RFM deciles"],
            },
            "Cross-validated, from the segments' means alone.",
        )


def left_out(summary: Summary) -> Iterator[Finding]:
    """How many rows of the source don't count, and why."""
    out = summary.rows_in - summary.rows_kept
    if not out:
        return
    rules = [step for step in summary.ledger[1:] if step.rows_removed]
    main = max(rules, key=lambda step: step.rows_removed)
    why = (
        f"most of them for one reason: {main.meaning.lower()} "
        f"({counted(main.rows_removed, 'row', 'rows')})"
        if main.rows_removed > out / 2
        else f"for {counted(len(rules), 'reason', 'reasons')}"
    )
    yield Finding(
        "left_out",
        "trust",
        f"{out:,} of {summary.rows_in:,} rows ({percent(out / summary.rows_in)}) don't count, "
        f"{why}.",
        {
            "out": out,
            "rows": summary.rows_in,
            "share": out / summary.rows_in,
            "main": main.rows_removed,
            "reasons": len(rules),
        },
        f"The ledger accounts for every row{Measure.of(summary).choose(' and every penny')}.",
    )


def forecast(summary: Summary) -> Iterator[Finding]:
    """How far off the forecast of spend, or of orders, was."""
    tested = forecast_error(summary)
    if tested is None:
        return
    cut_off, off = tested
    of = Measure.of(summary).spend
    told, figures, since = f"{off_by(off)} what came", {"off": abs(off)}, summary.forecast_off
    if since is not None and off_by(since) != off_by(off):
        told += f"; corrected as today's is, it would have been {off_by(since)}"
        figures["since"] = abs(since)
    yield Finding(
        "forecast",
        "trust",
        f"The forecast of {of} can be far off: made on {cut_off}, it was {told}."
        if abs(off) >= _FAR
        else f"The forecast of {of}, made on {cut_off}, was {told}.",
        figures,
        f"{season_basis(summary)} The verdict on the forecast tells how it is corrected since.",
    )
