"""What each command shows of its result, as tables of plain values."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from custseg.report.tables import campaigns as campaign_views
from custseg.report.tables import inventory as inventory_views
from custseg.report.tables import ledger as ledger_views
from custseg.report.tables import model as model_views
from custseg.report.tables import movement as movement_views
from custseg.report.tables import offers as offer_views
from custseg.report.tables import profile as profile_views
from custseg.report.tables import source as source_views
from custseg.report.tables import validation as validation_views
from custseg.report.tables import value as value_views
from custseg.report.tables.account import number_reason, stages, verdict_sentences
from custseg.report.tables.ending import actions
from custseg.report.tables.ending import ending as whole_ending
from custseg.report.tables.segments import terminal_segments
from custseg.report.tables.table import (
    Column,
    Table,
    moment,
    money,
    pairs,
    whole,
)
from custseg.words.language import Texts, words_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from custseg.report.summary.whole import Summary
    from custseg.report.tables.disclosed import Disclosed
    from custseg.workspace.manifest import Manifest
    from custseg.workspace.workspace import Workspace


def _summarise(workspace: Disclosed) -> list[Table]:
    source = workspace.manifest().source
    assert source is not None
    summary = _summary(workspace)
    if summary.withheld:
        return [pairs("overview", "custseg", [("withheld", summary.withheld)])]
    tables = summary_tables(summary, source.shown(), str(workspace.root))
    if summary.segmented:
        return tables
    # Without segments, what else is known of the customers.
    return [*tables, *_features(workspace), *validation_views.rfm(workspace)]


def ending(workspace: Disclosed, option: str) -> list[Table]:
    """What a run ends with; `option` names the workspace in commands to copy."""
    summary = _summary(workspace)
    if summary.withheld or not summary.segmented:
        # There is nothing to do with segments, and something to explain.
        return _summarise(workspace)
    return whole_ending(summary, str(workspace.path("report")), option)


def _summary(workspace: Workspace) -> Summary:
    from custseg.artifacts import ARTIFACTS
    from custseg.workspace import storage

    summary: Summary = storage.read(workspace.path("summary"), ARTIFACTS["summary"])
    return summary


def summary_tables(summary: Summary, source: str, folder: str) -> list[Table]:
    """The end of a run: what went in, how good it is, the segments, where the files are."""
    wording = words_in(summary.method.plan_language, summary.currency)
    say, told = Texts(wording, "terminal.overview"), stages(summary, wording)
    rows = {"rows": summary.rows_in, "kept": summary.rows_kept}
    quality = {"segmented": summary.segmented, "silhouette": summary.silhouette}
    revenue = wording.style.number(summary.revenue, 2) if summary.money else say("no_amounts")
    shown: dict[str, str] = {
        "source": source,
        "as_of": wording.iso_date(summary.as_of),
        "rows": say("rows_are", out=summary.rows_in - summary.rows_kept, **rows),
        "revenue": revenue,
        "customers": say("customers_are", customers=summary.customers, orders=summary.orders),
        "eligibility": told["eligibility"],
        "segments": number_reason(summary, wording),
        "model": told["model"],
        "moved": told["movement"],
        "quality": say(
            "quality_is",
            components=summary.components,
            share=summary.explained_variance,
            **quality,
        ),
        "structure": told["structure"],
        **verdict_sentences(summary, wording),
        "files": folder,
    }
    unsaid = {key for key in ("eligibility", "model", "moved") if not shown[key]}
    overview: list[tuple[str, object]] = [
        (say(key), value) for key, value in shown.items() if key not in unsaid
    ]
    return [pairs("overview", "custseg", overview), terminal_segments(summary)]


def summary_facts(workspace: Workspace) -> dict[str, Any]:
    """The summary's single figures and sentences, for JSON."""
    summary = _summary(workspace)
    if summary.withheld:
        return {"withheld": summary.withheld, "folder": str(workspace.root)}
    figures = {
        field.name: getattr(summary, field.name)
        for field in fields(summary)
        if isinstance(getattr(summary, field.name), str | int | float | Decimal)
    }
    return figures | {
        "warnings": summary.warnings,
        "verdicts": summary.verdicts,
        "actions": actions(summary),
        "folder": str(workspace.root),
    }


def status_table(manifest: Manifest, states: dict[str, str | None]) -> Table:
    """The state of every stage."""
    rows = []
    for stage, reason in states.items():
        record = manifest.stages.get(stage)
        written = sum(out.rows or 0 for out in record.outputs.values()) if record else None
        rows.append(
            {
                "stage": stage,
                "state": "stale" if reason and record else "missing" if reason else "fresh",
                "reason": reason,
                "rows": written,
                "finished": record.finished if record else None,
            }
        )
    columns = (
        Column("stage", "stage"),
        Column("state", "state"),
        Column("rows", "rows", whole),
        Column("finished", "finished (UTC)", moment, optional=True),
        Column("reason", "why"),
    )
    return Table("stages", "Stages", columns, rows)


def _features(workspace: Disclosed) -> list[Table]:
    from custseg.artifacts import NUMERIC_FEATURES
    from custseg.engine.parquet import read_frame

    numbers = read_frame(workspace.path("features"))[list(NUMERIC_FEATURES)].astype(float)
    known = numbers.dropna(axis="columns", how="all")
    described = known.describe().T
    least = max(workspace.least, 1)
    rows = [
        {
            "feature": name,
            # The lowest of all is one customer's own.
            "lowest": known[name].nsmallest(least).iloc[-1],
            "median": row["50%"],
            "mean": row["mean"],
            "highest": known[name].nlargest(least).iloc[-1],
        }
        for name, row in described.iterrows()
        if row["count"] >= least
    ]
    columns = (
        Column("feature", "feature"),
        *(Column(name, name, money) for name in ("lowest", "median", "mean", "highest")),
    )
    lacking = [name for name in NUMERIC_FEATURES if name not in known]
    notes = [f"without a value for any customer: {', '.join(lacking)}"] if lacking else []
    if least > 1:
        notes.append(f"lowest and highest: so that {least} customers are there or beyond")
    return [Table("features", "Features", columns, rows, notes)]


def _report(workspace: Workspace) -> list[Table]:
    from custseg.workspace.files import size

    paths = [workspace.path(name) for name in ("report", "workbook", "charts")]
    rows = [{"file": str(path), "bytes": size(path)} for path in paths]
    columns = (Column("file", "file"), Column("bytes", "bytes", whole))
    return [Table("files", "Report", columns, rows)]


def _customers(workspace: Workspace) -> list[Table]:
    from custseg.artifacts import ARTIFACTS

    record = workspace.manifest().stages["customers"].outputs["customers"]
    told: list[tuple[str, object]] = [
        ("rows", f"{record.rows:,}"),
        ("columns", len(ARTIFACTS["customers"].columns)),
        ("file", workspace.path("customers")),
    ]
    return [pairs("customers", "One row per customer", told)]


VIEWS: Final[dict[str, Callable[[Disclosed], list[Table]]]] = {
    "download": source_views.download,
    "clean": ledger_views.clean,
    "features": _features,
    "outlook": model_views.outlook,
    "reduce": model_views.reduce,
    "select-k": model_views.select_k,
    "criteria": model_views.criteria,
    "fit": model_views.fit,
    "groups": profile_views.groups,
    "profile": profile_views.profile,
    "habits": profile_views.habits,
    "movement": movement_views.movement,
    "rules": profile_views.rules,
    "rfm": validation_views.rfm,
    "customers": _customers,
    "past": value_views.past,
    "value": value_views.value,
    "validate": validation_views.validate,
    "recommend": offer_views.recommend,
    "backtest": offer_views.backtest,
    "shelves": offer_views.shelves,
    "inventory": inventory_views.inventory,
    "bundles": offer_views.bundles,
    "campaign": campaign_views.campaigns,
    "playbook": offer_views.playbook,
    "summarise": _summarise,
    "report": _report,
}
