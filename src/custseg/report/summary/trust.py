"""How far to trust a run, in sentences with their figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.report.summary.sentence import forecast_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from custseg.report.summary.sentence import Finding, Telling

_FAR: Final = 0.2
"""An error of a forecast that has to be warned of."""


def stability(told: Telling) -> Iterator[Finding]:
    """Whether the segments come out alike when customers are resampled."""
    chosen = next((score for score in told.summary.k_scores if score.chosen), None)
    asked = told.summary.method.min_stability
    if chosen is not None and chosen.stability is not None:
        yield told.finding(
            "stability",
            "trust",
            {"resamples": chosen.resamples, "stability": chosen.stability, "asked": asked},
            stable=chosen.stability >= asked,
            ari=told.say.wording.beside(chosen.stability, asked),
            now=told.summary.fitted_now,
            k=chosen.k,
        )


def borders(told: Telling) -> Iterator[Finding]:
    """How many customers are nearly in another segment."""
    summary = told.summary
    if not summary.segmented or any(one.ambiguous_share is None for one in summary.segments):
        return
    ambiguous = (
        sum((one.ambiguous_share or 0.0) * one.customers for one in summary.segments)
        / summary.customers
    )
    figures = {"ambiguous": ambiguous, "silhouette": summary.silhouette}
    yield told.finding("borders", "trust", figures, structure=summary.structure)


def power(told: Telling) -> Iterator[Finding]:
    """What segments of a past date told of what came after, beside classical rules."""
    summary = told.summary
    last = max((row.date for row in summary.validation), default=None)
    r2 = {row.method: row.r2 for row in summary.validation if row.date == last}
    if {"segments", "RFM rules", "RFM deciles"} <= r2.keys():
        yield told.finding(
            "power",
            "trust",
            {
                "segments": r2["segments"],
                "days": summary.method.validation_days,
                "rules": r2["RFM rules"],
                "deciles": r2["RFM deciles"],
            },
            date=last,
        )


def left_out(told: Telling) -> Iterator[Finding]:
    """How many rows of the source don't count, and why."""
    summary = told.summary
    out = summary.rows_in - summary.rows_kept
    if not out:
        return
    rules = [step for step in summary.ledger[1:] if step.rows_removed]
    main = max(rules, key=lambda step: step.rows_removed)
    rule = told.say.wording.called("rules", main.rule, main.meaning)
    yield told.finding(
        "left_out",
        "trust",
        {
            "out": out,
            "rows": summary.rows_in,
            "share": out / summary.rows_in,
            "main": main.rows_removed,
            "reasons": len(rules),
        },
        rule=rule if main.rows_removed > out / 2 else "",
    )


def forecast(told: Telling) -> Iterator[Finding]:
    """How far off the forecast of spend, or of orders, was."""
    tested = forecast_error(told.summary)
    if tested is None:
        return
    cut_off, off = tested
    figures, since = {"off": abs(off)}, told.summary.forecast_off
    percent = told.say.wording.style.percent
    if since is not None and (since > 0, percent(abs(since))) != (off > 0, percent(abs(off))):
        figures["since"] = abs(since)
    yield told.finding(
        "forecast",
        "trust",
        figures,
        date=cut_off,
        far=abs(off) >= _FAR,
        above=off > 0,
        above_since=(since or 0) > 0,
        season=told.season(),
    )
