"""What was found, how far it can be trusted, and how it was made."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from custseg.report.summary.findings import findings
from custseg.report.tables.account import dated, stages, verdict_sentences
from custseg.report.tables.inventory import UNITS_TEST
from custseg.report.tables.model import DRIFT, K_SCORES
from custseg.report.tables.offers import LIST_TEST
from custseg.report.tables.validation import VALIDATION
from custseg.report.tables.value import FORECAST_TEST
from custseg.report.workbook.charts import lines
from custseg.report.workbook.method import method
from custseg.report.workbook.tables import write_found, write_table
from custseg.words.colours import BLUE, VERMILION
from custseg.words.features import features
from custseg.words.figures import ended

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary
    from custseg.report.workbook.sheet import SheetWriter
    from custseg.words.language import Texts

_STABILITY: Final = BLUE
_SILHOUETTE: Final = VERMILION


def trust(writer: SheetWriter, summary: Summary) -> None:
    """What was found, what tests on past dates gave, and how the segments were made."""
    say, wording = writer.say.below("trust"), writer.wording
    told = stages(summary, wording)
    writer.title(writer.say("names.trust"), told["structure"])
    for stage in ("eligibility", "model"):
        if told[stage]:
            writer.sentence(ended(told[stage]))
    number = told["number"]
    writer.sentence(number if summary.fitted_now else say("anew", said=number))
    for warning in summary.warnings:
        writer.sentence(say("warning", said=warning))
    # What to do is told by the sheets of plans.
    found = (one.sentence for one in findings(summary, wording) if one.subject != "actions")
    writer.sentences(say("findings"), found)
    _number_of_segments(writer, summary, say)
    _drift(writer, summary, say)
    if said := verdict_sentences(summary, wording):
        writer.heading(say("tests"))
        writer.pairs((say(f"studies.{study}"), sentence, "") for study, sentence in said.items())
    _tests(writer, summary, say)
    writer.heading(say("made"))
    writer.pairs(method(summary, writer.say.below("method")))
    writer.pages, writer.orientation = (1, 2), "portrait"


def _tests(writer: SheetWriter, summary: Summary, say: Texts) -> None:
    """Tables of what was foretold at past dates, and of what came."""
    how, wording = summary.method, writer.wording
    own = wording.texts(f"{say.place}.grouping")
    grouped = [
        row
        | {"method": own.get(row["method"]) or wording.called("methods.grouping", row["method"])}
        for row in dated(summary.validation, wording)
    ]
    note = say("validation_note", days=how.validation_days)
    write_found(writer, say("validation"), VALIDATION, grouped, summary, note)
    tests = summary.forecast_test
    rows = [
        row | {"decile": str(row["decile"] or writer.say("all"))} for row in dated(tests, wording)
    ]
    note = ""
    if tests:
        made = {"date": tests[0].cut_off, "model": tests[0].model}
        note = say("forecast_note", days=how.horizon_days, **made)
    write_found(writer, say("forecast"), FORECAST_TEST, rows, summary, note)
    lists = dated(summary.list_test, wording, method="lists", task="tasks")
    write_found(writer, say("lists"), LIST_TEST, lists, summary)
    units = dated(summary.units_test, wording, method="units")
    write_found(writer, say("units"), UNITS_TEST, units, summary)


def _number_of_segments(writer: SheetWriter, summary: Summary, say: Texts) -> None:
    scores = summary.k_scores
    if not scores:
        return
    writer.heading(say("number"))

    def called(criteria: str | None) -> str:
        names = (criteria or "").split(", ")
        return ", ".join(writer.wording.called(f"{say.place}.criteria", name) for name in names)

    rows = [asdict(score) | {"favoured_by": called(score.favoured_by)} for score in scores]
    block = write_table(writer, K_SCORES, rows, summary)
    chosen = next((score for score in scores if score.chosen), None)
    title = say("no_finding")
    if chosen and chosen.stability is not None:
        title = say(
            "finding",
            now=summary.fitted_now,
            k=chosen.k,
            stability=chosen.stability,
            silhouette=chosen.silhouette,
        )
    drawn = {3: _SILHOUETTE}
    if any(score.stability is not None for score in scores):
        drawn = {2: _STABILITY, 3: _SILHOUETTE}
    lines(
        writer,
        block,
        drawn,
        title=title,
        axes=(say("number_axis"), say("higher")),
        most=1,
    )


def _drift(writer: SheetWriter, summary: Summary, say: Texts) -> None:
    if not summary.drift:
        return
    writer.heading(say("drift"))
    called = features(writer.wording)
    rows = [
        asdict(one)
        | {
            "measure": say(f"measures.{one.measure}"),
            "subject": called[one.subject].name
            if one.measure == "psi"
            else one.subject or say("drift_all"),
            "exceeded": bool(one.exceeded),
        }
        for one in summary.drift
    ]
    write_table(writer, DRIFT, rows, summary)
    writer.sentence(say("drift_note"), pale=True)
