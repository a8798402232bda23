"""What was found, how far it can be trusted, and how it was made."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from custseg.report.summary.findings import findings
from custseg.report.summary.measure import Measure
from custseg.report.tables.definition import rows_of
from custseg.report.tables.inventory import UNITS_TEST
from custseg.report.tables.model import DRIFT, K_SCORES
from custseg.report.tables.offers import LIST_TEST
from custseg.report.tables.validation import VALIDATION
from custseg.report.tables.value import FORECAST_TEST
from custseg.report.workbook.charts import lines
from custseg.report.workbook.method import method
from custseg.report.workbook.tables import write_found, write_table
from custseg.words.colours import BLUE, VERMILION
from custseg.words.features import FEATURES
from custseg.words.figures import capital

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary
    from custseg.report.workbook.sheet import SheetWriter

_STABILITY: Final = BLUE
_SILHOUETTE: Final = VERMILION
_STUDIES: Final = {
    "rules": "Rules",
    "validation": "Segments",
    "expected": "Forecast",
    "lists": "Lists",
    "inventory": "Units needed",
    "bundles": "Bundles",
}


def trust(writer: SheetWriter, summary: Summary) -> None:
    """What was found, what tests on past dates gave, and how the segments were made."""
    writer.title("Trust", summary.structure)
    if summary.eligibility:
        writer.sentence(f"{summary.eligibility}.")
    if summary.model_reason:
        writer.sentence(f"{capital(summary.model_reason)}.")
    if summary.fitted_now:
        writer.sentence(summary.k_reason)
    else:
        writer.sentence(f"A fit to this month's customers would give {summary.k_reason}.")
    for warning in summary.warnings:
        writer.sentence(f"Warning: {warning}")
    # What to do is told by the sheets of plans.
    found = (one.sentence for one in findings(summary) if one.subject != "actions")
    writer.sentences("What was found", found)
    _number_of_segments(writer, summary)
    _drift(writer, summary)
    if summary.verdicts:
        writer.heading("What the tests say")
        writer.pairs(
            (_STUDIES.get(study, study), sentence, "")
            for study, sentence in summary.verdicts.items()
        )
    how, of = summary.method, Measure.of(summary).spend
    write_found(
        writer,
        "Segments against the days after",
        VALIDATION,
        rows_of(summary.validation),
        summary,
        "Customers grouped at a past date, and what the groups tell of the next "
        f"{how.validation_days} days: R² of log {of}, AUC of buying; ± a standard error.",
    )
    tests = summary.forecast_test
    write_found(
        writer,
        f"Forecast of orders{' and spend' * summary.money} against what came",
        FORECAST_TEST,
        [asdict(one) | {"decile": str(one.decile) if one.decile else "All"} for one in tests],
        summary,
        f"Made on {tests[0].cut_off} ({tests[0].model}) for the {how.horizon_days} days "
        "after. Decile 1 holds the customers of whom most was expected."
        if tests
        else "",
    )
    lists, units = rows_of(summary.list_test), rows_of(summary.units_test)
    write_found(writer, "Lists against what customers bought next", LIST_TEST, lists, summary)
    write_found(writer, "Forecast of units against what came", UNITS_TEST, units, summary)
    writer.heading("How the segments were made")
    writer.pairs(method(summary))
    writer.pages, writer.orientation = (1, 2), "portrait"


def _number_of_segments(writer: SheetWriter, summary: Summary) -> None:
    scores = summary.k_scores
    if not scores:
        return
    writer.heading("Number of segments")
    rows = [
        asdict(score) | {"favoured_by": (score.favoured_by or "").replace("_", " ")}
        for score in scores
    ]
    block = write_table(writer, K_SCORES, rows, summary)
    chosen = next((score for score in scores if score.chosen), None)
    title = "Stability and silhouette for each number of segments"
    if chosen and chosen.stability is not None:
        title = (
            f"With {_chosen(summary, chosen.k)}, stability is {chosen.stability:.3f} "
            f"and silhouette {chosen.silhouette:.3f}"
        )
    drawn = {3: _SILHOUETTE}
    if any(score.stability is not None for score in scores):
        drawn = {2: _STABILITY, 3: _SILHOUETTE}
    lines(
        writer,
        block,
        drawn,
        title=title,
        axes=("Number of segments (k)", "Higher is better, at most 1"),
        most=1,
    )


def _drift(writer: SheetWriter, summary: Summary) -> None:
    if not summary.drift:
        return
    writer.heading("The model before, and this month's customers")
    rows = [
        asdict(one)
        | {
            "measure": one.measure.replace("_", " "),
            "subject": FEATURES[one.subject].name if one.measure == "psi" else one.subject or "all",
            "exceeded": bool(one.exceeded),
        }
        for one in summary.drift
    ]
    write_table(writer, DRIFT, rows, summary)
    writer.sentence(
        "error: mean squared distance to the centroids, as a multiple; relabelled: share of "
        "customers whom fitting anew puts into another segment; refit gain: share of the error "
        "that it takes away; age: months since the fit; share: of customers in a segment; psi: "
        "medians, and the population stability index, which is shown and not judged.",
        pale=True,
    )


def _chosen(summary: Summary, k: int) -> str:
    """What the criteria are of: the segments, or those that would be made now."""
    return f"the {k} segments chosen" if summary.fitted_now else f"{k} segments made anew"
