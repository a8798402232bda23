"""The table of stages: which function turns which artifacts into which."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True)
class Stage:
    """A step of the way from orders to recommendations.

    Its function takes the artifacts it reads (those of side studies last), then the facts it uses
    (likewise), then its settings, then those of other sections, then what it reads of the snapshot
    before, each by name. It returns a
    dataclass with a field for each artifact it writes and each fact it finds (or, writing a single
    artifact and no fact, that table).
    """

    name: str
    function: str
    """`module:function`, imported when it runs."""
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    settings: str
    """The section of the settings that is its own, given as `settings`."""
    more_settings: tuple[str, ...] = ()
    """Sections of stages whose work it does too (at past dates, say): `<section>_settings`."""
    side_reads: tuple[str, ...] = ()
    """Artifacts of side studies, given as None by a run that leaves these out."""
    uses: tuple[str, ...] = ()
    """Facts (small values) of earlier stages that it is given."""
    side_uses: tuple[str, ...] = ()
    """Facts of side studies, given as None by a run that leaves these out."""
    before: tuple[str, ...] = ()
    """Artifacts of the latest snapshot before the as-of date, given as `previous_<artifact>`; None
    where there is none."""
    gathers: str = ""
    """`module:class` of the object in which its function takes all that it reads and uses, if that
    is too much to take one by one."""
    finds: tuple[str, ...] = ()
    """Facts that it finds for later ones."""
    tables: bool = False
    """It is given tables of the engine; otherwise data frames, sorted by their key."""
    progress: bool = False
    """It takes long and tells of its progress, by calling `progress(done, of)`."""
    side: bool = False
    """A side study: `[run] thorough = false` leaves it out of run-all."""

    @property
    def sections(self) -> tuple[str, ...]:
        """Every section of the settings that it uses."""
        return (self.settings, *self.more_settings)

    @property
    def earlier(self) -> tuple[str, ...]:
        """What it reads of the snapshot before, as its function and its record name it."""
        return tuple(f"previous_{name}" for name in self.before)

    def inputs(self, *, thorough: bool) -> tuple[str, ...]:
        """The artifacts it is given by a run with or without side studies."""
        return self.reads + self.side_reads * thorough

    def facts(self, *, thorough: bool) -> tuple[str, ...]:
        """The facts it is given by a run with or without side studies."""
        return self.uses + self.side_uses * thorough

    def load(self) -> Callable[..., Any]:
        """Import the function."""
        function: Callable[..., Any] = load(self.function)
        return function


def load(target: str) -> Any:  # noqa: ANN401
    """Import what `module:name` names: a function, or a class."""
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)


DOWNLOAD: Final = Stage(
    "download",
    "custseg.sources.files:read_orders",
    reads=(),
    writes=("raw", "rejected"),
    settings="source",
    finds=(
        "preset",
        "blank_rows",
        "rejected_rows",
        "source_name",
        "money",
        "people",
        "key_check",
        "mapping",
        "beside",
    ),
    tables=True,
)
"""The one stage whose input is no artifact: the runner locates the source's file for it."""

_ALL: Final = (
    DOWNLOAD,
    Stage(
        "clean",
        "custseg.cleaning:clean",
        reads=("raw",),
        uses=("preset", "rejected_rows"),
        writes=("transactions", "removed", "ledger"),
        finds=("as_of",),
        settings="clean",
        tables=True,
    ),
    Stage(
        "features",
        "custseg.customer_features:features",
        reads=("transactions", "removed"),
        uses=("as_of",),
        writes=("features",),
        settings="features",
        tables=True,
    ),
    Stage(
        "reduce",
        "custseg.model.reduce:reduce",
        reads=("features",),
        writes=("components", "loadings", "explained_variance"),
        settings="model",
    ),
    Stage(
        "select-k",
        "custseg.model.select_k:select_k",
        reads=("features",),
        writes=("k_scores", "k_flows"),
        finds=("k", "k_reason", "structure", "warnings"),
        settings="model",
        more_settings=("run",),
        progress=True,
    ),
    Stage(
        "fit",
        "custseg.model.monthly:segment",
        reads=("features",),
        uses=("k", "as_of"),
        writes=("pipeline", "model", "segments", "segment_names", "segment_identity", "drift"),
        finds=("model_of", "model_reason", "drifted"),
        settings="model",
        more_settings=("segments", "monthly"),
        before=("model", "pipeline"),
    ),
    Stage(
        "groups",
        "custseg.profiles:group_products",
        reads=("transactions",),
        writes=("product_groups",),
        settings="groups",
        tables=True,
    ),
    Stage(
        "profile",
        "custseg.profiles:profile",
        reads=("features", "segments", "transactions", "product_groups"),
        writes=(
            "profiles",
            "profile_features",
            "profile_products",
            "profile_groups",
            "profile_countries",
            "profile_times",
            "profile_months",
        ),
        settings="profile",
        tables=True,
    ),
    Stage(
        "movement",
        "custseg.movement.months:compare_months",
        reads=("features", "segments", "segment_names", "model"),
        uses=("as_of",),
        writes=("migration", "movers"),
        finds=("movement_note", "compared_with"),
        settings="monthly",
        before=("model", "segments", "features"),
    ),
    Stage(
        "rules",
        "custseg.profiles.rules:find_rules",
        reads=("features", "segments"),
        writes=("segment_rules",),
        finds=("fidelity", "fidelity_note"),
        settings="rules",
        more_settings=("model",),
        side=True,
    ),
    Stage(
        "rfm",
        "custseg.rfm:score_rfm",
        reads=("features", "segments"),
        writes=("rfm", "rfm_scores", "rfm_rules", "rfm_crosstab"),
        settings="features",
    ),
    Stage(
        "value",
        "custseg.lifetime:value",
        reads=("raw", "features", "segments"),
        uses=("preset", "as_of"),
        writes=("value", "segment_value", "value_backtest"),
        finds=("value_note",),
        settings="value",
        more_settings=("clean", "features"),
        tables=True,
        side=True,
    ),
    Stage(
        "validate",
        "custseg.validation:validate",
        reads=("raw",),
        uses=("preset", "as_of", "k"),
        writes=("validation", "validation_segments"),
        finds=("validation_verdict",),
        settings="validation",
        more_settings=("clean", "features", "model", "segments"),
        tables=True,
        side=True,
    ),
    Stage(
        "recommend",
        "custseg.recommendations:recommend",
        reads=("transactions", "removed"),
        uses=("as_of",),
        writes=("recommendations",),
        settings="recommend",
        tables=True,
    ),
    Stage(
        "backtest",
        "custseg.backtest:backtest_lists",
        reads=("raw", "transactions"),
        uses=("preset", "as_of", "k"),
        writes=("backtest",),
        finds=("backtest_verdict",),
        settings="backtest",
        more_settings=("clean", "features", "model", "segments", "recommend"),
        tables=True,
        side=True,
    ),
    Stage(
        "shelves",
        "custseg.recommendations.shelves:fill_shelves",
        reads=("segments", "transactions", "product_groups"),
        writes=("shelves",),
        settings="shelves",
        tables=True,
    ),
    Stage(
        "inventory",
        "custseg.demand:forecast_units",
        reads=("raw", "transactions", "segments", "product_groups", "shelves"),
        uses=("preset", "as_of", "k"),
        writes=("inventory", "inventory_backtest"),
        finds=("inventory_note",),
        settings="inventory",
        more_settings=("clean", "features", "model", "shelves"),
        tables=True,
        side=True,
    ),
    Stage(
        "bundles",
        "custseg.recommendations.bundles:find_bundles",
        reads=("transactions",),
        uses=("as_of",),
        writes=("bundles",),
        finds=("bundles_note",),
        settings="bundles",
        tables=True,
        side=True,
    ),
    Stage(
        "playbook",
        "custseg.playbook.plans:draw_up_plans",
        reads=("features", "segments", "shelves", "profile_times"),
        side_reads=("segment_value", "backtest"),
        writes=("plans",),
        settings="playbook",
        more_settings=("value", "features"),
    ),
    Stage(
        "summarise",
        "custseg.summary.assembly:summarise",
        gathers="custseg.summary.assembly:Results",
        reads=(
            "ledger",
            "transactions",
            "features",
            "components",
            "loadings",
            "explained_variance",
            "k_scores",
            "k_flows",
            "segments",
            "segment_names",
            "segment_identity",
            "drift",
            "migration",
            "profiles",
            "profile_features",
            "profile_products",
            "profile_groups",
            "profile_countries",
            "profile_times",
            "profile_months",
            "shelves",
            "plans",
        ),
        side_reads=(
            "segment_rules",
            "value",
            "segment_value",
            "value_backtest",
            "validation",
            "validation_segments",
            "backtest",
            "inventory",
            "inventory_backtest",
            "bundles",
        ),
        uses=(
            "source_name",
            "as_of",
            "k",
            "k_reason",
            "structure",
            "warnings",
            "money",
            "model_of",
            "model_reason",
            "movement_note",
            "compared_with",
        ),
        side_uses=(
            "fidelity_note",
            "validation_verdict",
            "value_note",
            "backtest_verdict",
            "inventory_note",
            "bundles_note",
        ),
        writes=("summary",),
        settings="summary",
        more_settings=("clean", "features", "model", "value", "validation", "playbook"),
        tables=True,
    ),
    Stage(
        "report",
        "custseg.report.page:write_report",
        reads=("summary",),
        writes=("report", "workbook", "charts"),
        settings="report",
    ),
)
STAGES: Final = {stage.name: stage for stage in _ALL}
WRITERS: Final = {artifact: stage for stage in _ALL for artifact in stage.writes}
FINDERS: Final = {fact: stage for stage in _ALL for fact in stage.finds}


def upstream(stage: Stage, *, thorough: bool = True) -> list[Stage]:
    """Return the stages whose artifacts or facts a stage depends on, in their order."""
    return behind(stage.inputs(thorough=thorough), stage.uses, thorough=thorough)


def behind(
    artifacts: Iterable[str], facts: Iterable[str] = (), *, thorough: bool = True
) -> list[Stage]:
    """Return the stages that artifacts and facts come from, first to last, in their order."""
    needed = {WRITERS[name].name for name in artifacts} | {FINDERS[fact].name for fact in facts}
    for current in reversed(STAGES.values()):
        if current.name in needed:
            needed |= {WRITERS[name].name for name in current.inputs(thorough=thorough)}
            needed |= {FINDERS[fact].name for fact in current.facts(thorough=thorough)}
    return [current for current in STAGES.values() if current.name in needed]
