"""How the segments were made and what tests found, in sentences with the run's figures."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from custseg.outlook.validation.verdict import SEGMENTS
from custseg.report.summary.sentence import Telling
from custseg.report.tables.definition import rows_of
from custseg.report.tables.movement import sentence
from custseg.words.features import features

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from _typeshed import DataclassInstance

    from custseg.report.summary.whole import Summary
    from custseg.report.tables.definition import Row
    from custseg.words.language import Texts, Wording

STUDIES: Final = {
    "validation": "validation",
    "expected": "forecast",
    "lists": "lists",
    "bundles": "",
    "inventory": "units_test",
    "rules": "",
}
"""Tests at past dates, in the order in which they are told, and the table that each has."""


def account(summary: Summary, wording: Wording) -> list[str]:
    """Tell step by step how order lines became segments."""
    method, telling = summary.method, Telling.of(summary, wording)
    say = telling.say.below("account")
    called = features(wording)
    model = _stages(summary, telling.say.below("stages"))
    steps = [
        f"{say('cleaning')} {say(f'returns.{method.returns}')}",
        say("features", names=[called[one].name for one in method.features], date=summary.as_of),
        say("scale", plain=[called[one].name for one in method.transformed]),
        say(
            "components",
            variance=method.variance,
            kept=summary.components,
            share=summary.explained_variance,
        ),
        model["outlook"],
    ]
    if summary.smallest_group > 1:
        steps.insert(1, say("withheld", least=summary.smallest_group))
    if not summary.segmented:
        return [*(step for step in steps if step), say("one_group")]
    steps.append(say(method.algorithm, starts=method.n_init, seed=str(method.seed)))
    if not summary.fitted_now:
        steps.append(f"{say('kept')} {model['model']}".strip())
    elif any(score.resamples for score in summary.k_scores):
        steps.append(
            say(
                "number",
                resamples=method.resamples,
                stability=method.min_stability,
                customers=method.least_customers,
                share=method.min_share,
            )
        )
    if summary.fitted_now:
        steps.append(model["model"])
    return [*(step for step in steps if step), say("names")]


def stages(summary: Summary, wording: Wording) -> dict[str, str]:
    """Say what stages said of the model and its segments.

    They said it in English. Another language says what the figures tell of it.
    """
    say = Telling.of(summary, wording).say.below("stages")
    moved = summary.movement
    told = {"said": moved.sentence, "told": sentence(moved, wording)} if moved else {}
    return _stages(summary, say) | {"movement": say("movement", **told) if told else ""}


def number_reason(summary: Summary, wording: Wording) -> str:
    """Say why there are so many segments."""
    if summary.fitted_now or not summary.model_of:
        return stages(summary, wording)["number"]
    kept = {"segments": len(summary.segments), "date": summary.model_of}
    return wording.render("evidence.stages.number_kept", kept)


def _stages(summary: Summary, say: Texts) -> dict[str, str]:
    chosen = next((score for score in summary.k_scores if score.chosen), None)
    first, last = (date.fromisoformat(day) for day in (summary.first_day, summary.last_day))
    return {
        "model": say(
            "model", said=summary.model_reason, date=summary.model_of, now=summary.fitted_now
        ),
        "eligibility": say(
            "eligibility",
            said=summary.eligibility,
            customers=summary.customers,
            days=(last - first).days + 1,
            segmented=summary.segmented,
        ),
        "number": say(
            "number",
            said=summary.k_reason,
            k=summary.chosen_k,
            silhouette=chosen.silhouette if chosen else None,
            stability=chosen.stability if chosen else None,
            least=summary.method.min_stability,
        ),
        "structure": say(
            "structure",
            said=summary.structure,
            silhouette=summary.silhouette,
            segmented=summary.segmented,
        ),
        "outlook": say(
            "outlook",
            said=summary.outlook_note,
            known=any(one.component == 0 for one in summary.loadings),
        ),
    }


def verdicts(summary: Summary, wording: Wording) -> list[tuple[str, str, str]]:
    """Tell what tests at past dates found: headings, sentences, and names of tables."""
    say = Telling.of(summary, wording).say.below("verdicts")
    said = verdict_sentences(summary, wording)
    return [(say(f"{name}.heading"), said[name], STUDIES[name]) for name in STUDIES if name in said]


def verdict_sentences(summary: Summary, wording: Wording) -> dict[str, str]:
    """Tell what each test found, by its name."""
    telling = Telling.of(summary, wording)
    say = telling.say.below("verdicts")
    figures = {
        "validation": _validation(summary, wording),
        "expected": _expected(summary),
        "lists": _lists(summary),
        "bundles": _bundles(summary),
        "inventory": {"told": telling.units()},
        "rules": {"rules": sum(len(one.rules) for one in summary.segments)},
    }
    return {
        study: say(f"{study}.said", said=said, **figures[study])
        for study, said in summary.verdicts.items()
    }


def dated(found: Iterable[DataclassInstance], wording: Wording, **called: str) -> list[Row]:
    """Return rows with their date, and names of ours, as a language has them."""
    return [
        row
        | {key: wording.iso_date(row[key]) for key in ("date", "cut_off") if key in row}
        | {key: wording.called(f"methods.{of}", row[key]) for key, of in called.items()}
        for row in rows_of(found)
    ]


def _latest(rows: Sequence[Any]) -> list[Any]:
    """Those of the latest date."""
    last = max((row.date for row in rows), default="")
    return [row for row in rows if row.date == last]


def _validation(summary: Summary, wording: Wording) -> dict[str, Any]:
    found = _latest(summary.validation)
    own = next((row for row in found if row.method == SEGMENTS), None)
    return {
        "own": own.r2 if own else None,
        "auc": own.auc if own else 0.0,
        "date": own.date if own else "",
        "days": summary.method.validation_days,
        "others": [
            (wording.called("methods.grouping", row.method), row.r2)
            for row in found
            if row is not own
        ],
    }


def _expected(summary: Summary) -> dict[str, Any]:
    known = [one.expected for one in summary.segments if one.expected]
    tested = next((row for row in summary.forecast_test if row.decile == 0), None)
    off = {}
    if tested and tested.actual_orders > 0:
        off["off_orders"] = tested.expected_orders / tested.actual_orders - 1
    if tested and summary.money and tested.actual_spend > 0:
        off["off_spend"] = tested.expected_spend / tested.actual_spend - 1
    return {
        "days": summary.method.horizon_days,
        "orders": sum(one.expected_orders for one in known),
        "spend": sum(one.expected_spend for one in known),
        "date": tested.cut_off if tested else "",
    } | off


def _lists(summary: Summary) -> dict[str, Any]:
    from custseg.offers.backtest.methods import NEW, NEW_FOR_YOU, RECENT

    rates = {row.method: row for row in _latest(summary.list_test) if row.task == NEW}
    own, recent = rates.get(NEW_FOR_YOU), rates.get(RECENT)
    if own is None or recent is None:
        return {"customers": 0}
    return {
        "customers": own.customers,
        "date": own.date,
        "own": own.hit_rate,
        "recent": recent.hit_rate,
    }


def _bundles(summary: Summary) -> dict[str, Any]:
    tested = [one for one in summary.bundles if one.later_confidence is not None]
    mean = len(tested) or 1
    return {
        "bundles": len(summary.bundles),
        "tested": len(tested),
        "then": sum(one.confidence for one in tested) / mean,
        "later": sum(one.later_confidence or 0.0 for one in tested) / mean,
    }
