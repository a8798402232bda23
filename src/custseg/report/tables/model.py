"""What the model's commands show: components, criteria for k, segments, rival models."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from custseg.report.tables.definition import Definition
from custseg.report.tables.pictures import Bar
from custseg.report.tables.table import (
    SEGMENT,
    Column,
    Face,
    Table,
    decimals,
    mark,
    percent,
    records,
    text,
    whole,
)
from custseg.words.figures import capital

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from custseg.workspace.workspace import Workspace


VARIANCES: Final = Definition(
    "explained_variance",
    (
        Column("component", "component", whole),
        Column("share", "share", percent),
        Column("cumulative_share", "cumulative", percent),
        Column("kept", "kept", mark),
    ),
)
K_SCORES: Final = Definition(
    "k_scores",
    (
        Column("k", "k", whole),
        Column("inertia", "inertia", decimals(1), picture=Bar(), page=None, workbook=None),
        Column("silhouette", "silhouette", decimals(3), picture=Bar()),
        Column("weakest_silhouette", "weakest", decimals(2), None, None, optional=True),
        Column("calinski_harabasz", "Calinski-Harabasz", decimals(0), whole, None, optional=True),
        Column("davies_bouldin", "Davies-Bouldin", decimals(3), workbook=None, optional=True),
        Column("gap", "gap", decimals(3), workbook=None, optional=True),
        Column("seed_ari", "other seeds", decimals(2), None, None, optional=True),
        Column(
            "stability",
            "stability",
            decimals(2),
            decimals(3),
            decimals(3),
        ),
        Column("smallest_share", "smallest", percent),
        Column("largest_share", "largest", percent, optional=True, page=None, workbook=None),
        Column("favoured_by", "favoured by", optional=True, page=None, workbook=Face(width=26)),
        Column("chosen", "chosen", mark),
    ),
    first={
        "page": ("k", "silhouette", "stability", "gap"),
        "workbook": ("k", "stability", "silhouette"),
    },
    drops=frozenset({"page"}),
)
DRIFT: Final = Definition(
    "drift",
    (
        Column("measure", "measure"),
        Column("subject", "of", page=None),
        Column("at_fit", "at the fit", decimals(3), text, decimals(2)),
        Column("now", "now", decimals(3), text, decimals(2)),
        Column("value", "value", decimals(3), page=text),
        Column("threshold", "threshold", decimals(2), text),
        Column("exceeded", "past it", mark),
    ),
    sheet_name="Drift",
)


def axis(component: int) -> str:
    """What a component's column is called; 0 is the outlook axis."""
    return f"pc{component}" if component else "outlook"


def loadings(components: Iterable[int]) -> Definition:
    """Define the table of loadings, a column for each component and the outlook axis."""
    return Definition(
        "loadings",
        (
            Column("feature", "feature"),
            *(Column(axis(n), axis(n), decimals(2)) for n in components),
        ),
    )


def outlook(workspace: Workspace) -> list[Table]:
    """What each feature told of the spend since, and how well all of them did."""
    columns = (Column("feature", "feature"), Column("coefficient", "coefficient", decimals(3)))
    note = workspace.manifest().facts()["outlook_note"]
    return [Table("outlook_axis", "Outlook axis", columns, workspace.rows("outlook_axis"), [note])]


def reduce(workspace: Workspace) -> list[Table]:
    """Variance explained, and the loadings of what is kept."""
    explained = workspace.rows("explained_variance")
    made_of = workspace.rows("loadings")
    by_feature: dict[str, dict[str, Any]] = {}
    for row in made_of:
        entry = by_feature.setdefault(row["feature"], {"feature": row["feature"]})
        entry[axis(row["component"])] = row["loading"]
    shown = sorted({row["component"] for row in made_of}, key=lambda n: n or math.inf)
    return [
        VARIANCES.for_terminal("Variance explained", explained),
        loadings(shown).for_terminal("Loadings", list(by_feature.values())),
    ]


def select_k(workspace: Workspace) -> list[Table]:
    """What decides on each k, and the choice."""
    facts = workspace.manifest().facts()
    warnings = [f"Warning: {warning}" for warning in facts["warnings"]]
    notes = [facts["eligibility"], facts["k_reason"], facts["structure"], *warnings]
    return _criteria(workspace, "k_scores", notes)


def criteria(workspace: Workspace) -> list[Table]:
    """Every criterion for each k, and which criterion would choose it."""
    facts = workspace.manifest().facts()
    return _criteria(
        workspace, "k_criteria", [facts["k_reason_studied"], facts["structure_studied"]]
    )


def _criteria(workspace: Workspace, artifact: str, notes: list[str]) -> list[Table]:
    settings = workspace.manifest().stages["select-k"].settings
    asked = settings["model"]["min_stability"]
    stability = Bar(1, asked, f"the line in the bars of stability: {asked:g}, what is asked for")
    rows = workspace.rows(artifact)
    table = K_SCORES.for_terminal("Number of segments", rows, notes, bold="chosen")
    columns = tuple(
        replace(column, picture=stability) if column.key == "stability" else column
        for column in table.columns
    )
    return [replace(table, columns=columns)]


def comparison(compared: pd.DataFrame) -> Table:
    """The chosen model beside its rivals."""
    columns = (
        Column("model", "model"),
        Column("stability", "stability", decimals(2)),
        Column("stability_sd", "its sd", decimals(2), optional=True),
        Column("silhouette", "silhouette", decimals(3)),
        Column("calinski_harabasz", "Calinski-Harabasz", decimals(0), optional=True),
        Column("davies_bouldin", "Davies-Bouldin", decimals(3), optional=True),
        Column("smallest_share", "smallest", percent),
        Column("largest_share", "largest", percent),
    )
    notes = ["validity in custseg's space; stability: mean ARI over 20 resamples"]
    return Table("comparison", "Beside other models", columns, records(compared), notes)


def fit(workspace: Workspace) -> list[Table]:
    """Each segment's size, how compact it is, and why it has its name."""
    from custseg.engine.parquet import read_frame

    segments = read_frame(workspace.path("segments"))
    sizes = segments.groupby("segment").agg(
        customers=("distance", "size"),
        distance=("distance", "mean"),
        silhouette=("silhouette", "mean"),
        ambiguous=("ambiguous", "mean"),
        fitting=("fits_name", "sum"),
    )
    sizes["customer_share"] = sizes["customers"] / len(segments)
    sizes["misfits"] = sizes["customers"] - sizes["fitting"]
    rows = [
        row | {str(key): value for key, value in sizes.loc[row["segment"]].items()}
        for row in workspace.rows("segment_names")
    ]
    columns = (
        *SEGMENT,
        Column("customers", "customers", whole),
        Column("customer_share", "share", percent),
        Column("silhouette", "silhouette", decimals(2), optional=True),
        Column("ambiguous", "ambiguous", percent, optional=True),
        Column("misfits", "don't fit the name", whole),
        Column("reason", "why the name", optional=True),
        Column("claim", "the name says", optional=True),
    )
    facts = workspace.manifest().facts()
    notes = [
        "ambiguous: nearly as close to the next segment",
        *(capital(str(facts[name])) for name in ("model_reason", "names_note") if facts[name]),
    ]
    return [Table("segments", "Segments", columns, rows, notes), *_changes(workspace)]


def _changes(workspace: Workspace) -> list[Table]:
    """What a later month adds: which segments came and went, and how far the model has drifted."""
    drift = workspace.rows("drift")
    if not drift:
        return []
    identity = Table(
        "segment_identity",
        "Identity",
        (
            Column("segment", "no.", whole),
            Column("rule", "segment"),
            Column("rule_now", "by the rules now", optional=True),
            Column("status", "status"),
            Column("since", "since"),
            Column("retired", "retired"),
            Column("moved", "moved", decimals(2)),
            Column("shared", "shared", percent),
        ),
        workspace.rows("segment_identity"),
        [
            "moved: how far a new fit moved the centroid, of the way to the nearest other",
            "shared: customers in it by both models, of those by either",
        ],
    )
    title = "The model before on this month's customers"
    return [identity, DRIFT.for_terminal(title, drift)]
