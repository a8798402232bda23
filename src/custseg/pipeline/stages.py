"""The table of stages: which function turns which artifacts into which."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from custseg.artifacts import ARTIFACTS
from custseg.artifacts.table import load
from custseg.pipeline.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

_SEES: Final = "custseg.segments.model.sampling:columns_seen"

_WORDS: Final = ("report.currency", "report.language")

_UP_TO_PLANS: Final = (
    Stage(
        "download",
        "custseg.sources.raw:read_orders",
        says="{raw:row|rows} read, {rejected} rejected",
        reads=(),
        writes=("raw", "rejected"),
        settings="source",
        finds=(
            "preset",
            "blank_rows",
            "other_rows",
            "forgotten_rows",
            "expired_rows",
            "rejected_rows",
            "masked_texts",
            "source_name",
            "money",
            "currency",
            "people",
            "all_keyed",
            "key_check",
            "mapping",
            "left_out",
            "beside",
        ),
        tells=True,
        tables=True,
        reads_source=True,
        source_settings=("demo",),
        also_runs=(
            "custseg.sources.files.locate",
            "custseg.privacy.register",
            "custseg.sources.pushed",
        ),
    ),
    Stage(
        "clean",
        "custseg.orders.cleaning:clean",
        says="{transactions:line counts|lines count}, {removed} set aside",
        reads=("raw",),
        uses=("preset", "rejected_rows"),
        writes=("transactions", "removed", "ledger", "statuses"),
        finds=("as_of", "cleaning_notes"),
        settings="clean",
        tables=True,
        splits="rule",
    ),
    Stage(
        "features",
        "custseg.orders.customer_features:features",
        says="{features:customer|customers} measured",
        reads=("transactions", "removed"),
        uses=("as_of",),
        writes=("features",),
        settings="features",
        tables=True,
    ),
    Stage(
        "outlook",
        "custseg.segments.model.outlook_axis:learn_outlook",
        says="{outlook_axis:feature foretells|features foretell} spend",
        reads=("raw", "transactions", "features"),
        uses=("preset", "as_of"),
        writes=("outlook_axis",),
        finds=("outlook_note",),
        settings="model",
        more_settings=("clean", "features"),
        tables=True,
        prepares=True,
    ),
    Stage(
        "select-k",
        "custseg.segments.model.select_k:select_k",
        says="{k_scores:number|numbers} of segments compared",
        reads=("features", "outlook_axis"),
        writes=("k_scores", "k_flows"),
        sees=_SEES,
        finds=("k", "k_reason", "structure", "warnings", "eligibility"),
        settings="model",
        more_settings=("run",),
        progress=True,
        tells=True,
    ),
    Stage(
        "fit",
        "custseg.segments.model.monthly:segment",
        says="{segments:customer|customers} in {segment_names:segment|segments}",
        reads=("features", "outlook_axis"),
        uses=("k", "as_of"),
        writes=("pipeline", "model", "segments", "segment_names", "segment_identity", "drift"),
        finds=("model_of", "model_reason", "drifted", "names_note"),
        settings="model",
        more_settings=("segments", "monthly"),
        before=("model", "pipeline"),
        sees=_SEES,
    ),
    Stage(
        "profile",
        "custseg.segments.profiles.profile:profile",
        says="{profiles:segment|segments} described",
        reads=("features", "segments"),
        writes=("profiles", "profile_features", "profile_countries"),
        settings="profile",
        tables=True,
    ),
    Stage(
        "groups",
        "custseg.segments.profiles.profile:group_products",
        says="{product_groups:product|products} grouped",
        reads=("transactions",),
        writes=("product_groups",),
        settings="groups",
        tables=True,
    ),
    Stage(
        "habits",
        "custseg.segments.profiles.profile:habits",
        says="products and times of each segment found",
        reads=("segments", "transactions", "product_groups"),
        writes=("profile_products", "profile_groups", "profile_times", "profile_months"),
        settings="profile",
        tables=True,
    ),
    Stage(
        "past",
        "custseg.outlook.past:prepare_past",
        says="{past_value:customer|customers} as known at past dates",
        reads=("raw", "transactions"),
        uses=("preset", "as_of", "k"),
        writes=(
            "past_value",
            "past_validation",
            "past_backtest",
            "past_backtest_lines",
            "past_inventory",
            "past_inventory_lines",
        ),
        finds=("not_validated_because", "not_backtested_because"),
        more_settings=(
            "value",
            "validation",
            "backtest",
            "inventory",
            "clean",
            "features",
            "model",
            "segments",
        ),
        tables=True,
        side=True,
        prepares=True,
    ),
    Stage(
        "criteria",
        "custseg.segments.model.criteria:study_k",
        says="{k_criteria:number|numbers} of segments compared by every criterion",
        reads=("features", "k_scores", "outlook_axis"),
        uses=("k_reason", "structure"),
        writes=("k_criteria",),
        finds=("k_reason_studied", "structure_studied"),
        sees=_SEES,
        settings="model",
        more_settings=("run",),
        progress=True,
        side=True,
    ),
    Stage(
        "reduce",
        "custseg.segments.model.reduce:reduce",
        says="{components:customer|customers} on {explained_variance:component|components}",
        reads=("features", "outlook_axis"),
        writes=("components", "loadings", "explained_variance"),
        sees=_SEES,
        settings="model",
    ),
    Stage(
        "movement",
        "custseg.segments.movement.months:compare_months",
        says="{movers:customer|customers} compared with the previous snapshot",
        reads=("features", "segments", "segment_names", "model"),
        uses=("as_of",),
        writes=("migration", "movers"),
        finds=("movement_note", "compared_with"),
        before=("model", "segments", "features"),
    ),
    Stage(
        "recommend",
        "custseg.offers.recommendations.recommend:recommend",
        says="{recommendations:product|products} listed for customers",
        reads=("transactions", "removed"),
        uses=("as_of",),
        writes=("recommendations",),
        settings="recommend",
        tables=True,
        lines=True,
    ),
    Stage(
        "shelves",
        "custseg.offers.recommendations.shelves:fill_shelves",
        says="{shelves:product|products} chosen for segments",
        reads=("segments", "transactions", "product_groups"),
        writes=("shelves",),
        settings="shelves",
        tables=True,
    ),
    Stage(
        "rules",
        "custseg.segments.profiles.rules:find_rules",
        says="{segment_rules:rule|rules} found",
        reads=("features", "segments"),
        writes=("segment_rules",),
        finds=("fidelity", "fidelity_note"),
        settings="rules",
        more_settings=("model",),
        side=True,
    ),
    Stage(
        "rfm",
        "custseg.segments.profiles.rfm:score_rfm",
        says="{rfm:customer|customers} scored",
        reads=("features", "segments"),
        writes=("rfm", "rfm_scores", "rfm_rules", "rfm_crosstab"),
    ),
    Stage(
        "bundles",
        "custseg.offers.recommendations.bundles:find_bundles",
        says="{bundles:bundle|bundles} found",
        reads=("transactions",),
        uses=("as_of",),
        writes=("bundles",),
        finds=("bundles_note",),
        settings="bundles",
        tables=True,
        side=True,
    ),
    Stage(
        "inventory",
        "custseg.offers.demand.forecast:forecast_units",
        says="units of {inventory:shelf product|shelf products} forecast",
        reads=(
            "past_inventory",
            "past_inventory_lines",
            "transactions",
            "segments",
            "product_groups",
            "shelves",
        ),
        uses=("as_of",),
        writes=("inventory", "inventory_backtest"),
        finds=("inventory_note",),
        settings="inventory",
        more_settings=("shelves",),
        tables=True,
        side=True,
    ),
    Stage(
        "backtest",
        "custseg.offers.backtest.backtest:backtest_lists",
        says="{backtest:comparison|comparisons} with what was bought next",
        reads=("past_backtest", "past_backtest_lines", "transactions", "removed"),
        uses=("not_backtested_because",),
        writes=("backtest",),
        finds=("backtest_verdict",),
        settings="backtest",
        more_settings=("model", "recommend"),
        tables=True,
        side=True,
    ),
    Stage(
        "validate",
        "custseg.outlook.validation.validation:validate",
        says="{validation:comparison|comparisons} with what customers did next",
        reads=("past_validation",),
        uses=("not_validated_because",),
        writes=("validation", "validation_segments"),
        finds=("validation_verdict",),
        settings="validation",
        more_settings=("model",),
        tables=True,
        side=True,
    ),
    Stage(
        "value",
        "custseg.outlook.lifetime.value:value",
        says="{value:customer|customers} forecast",
        reads=("past_value", "features", "segments"),
        writes=("value", "segment_value", "value_backtest"),
        finds=("value_note", "value_season", "value_off"),
        settings="value",
        tables=True,
        side=True,
    ),
    Stage(
        "customers",
        "custseg.segments.customers.table:customer_table",
        says="{customers:customer|customers} in one table",
        reads=("features", "segments", "rfm"),
        side_reads=("value",),
        uses=("as_of",),
        writes=("customers",),
        tables=True,
    ),
    Stage(
        "campaign",
        "custseg.offers.campaigns.outcome:measure_campaigns",
        says="{campaigns:campaign|campaigns} registered",
        reads=("transactions", "removed"),
        uses=("as_of", "money"),
        writes=("campaigns", "campaign_pools"),
        more_settings=("playbook",),
        tables=True,
        registers=True,
    ),
    Stage(
        "playbook",
        "custseg.offers.playbook.plans:draw_up_plans",
        says="{plans:plan|plans} drawn up",
        reads=("features", "segments", "shelves", "profile_times"),
        side_reads=("segment_value",),
        uses=("as_of", "currency"),
        writes=("plans",),
        settings="playbook",
        more_settings=("value", "features", "privacy", "report"),
        only=_WORDS,
    ),
)


def _gathering(stage: Stage, earlier: Iterable[Stage]) -> Stage:
    """Return a stage that reads and uses the fields of what it gathers.

    A field is named after the artifact or the fact that an earlier stage makes; it is one of side
    studies where that stage is one.
    """
    makers = {name: one for one in earlier for name in (*one.writes, *one.finds)}
    fields = [field.name for field in dataclasses.fields(load(stage.gathers))]

    def those(*, artifacts: bool, side: bool) -> tuple[str, ...]:
        return tuple(
            name
            for name in fields
            if (name in ARTIFACTS) is artifacts and makers[name].side is side
        )

    return dataclasses.replace(
        stage,
        reads=those(artifacts=True, side=False),
        side_reads=those(artifacts=True, side=True),
        uses=those(artifacts=False, side=False),
        side_uses=those(artifacts=False, side=True),
    )


_ALL: Final = (
    *_UP_TO_PLANS,
    _gathering(
        Stage(
            "summarise",
            "custseg.report.summary.assembly:summarise",
            says="all put together",
            gathers="custseg.report.summary.results:Results",
            reads=(),
            writes=("summary",),
            settings="summary",
            more_settings=(
                "clean",
                "features",
                "model",
                "value",
                "validation",
                "playbook",
                "privacy",
                "report",
            ),
            only=_WORDS,
            tables=True,
        ),
        _UP_TO_PLANS,
    ),
    Stage(
        "report",
        "custseg.report.page:write_report",
        says="report.html, evidence.html and segments.xlsx written",
        reads=("summary",),
        writes=("report", "evidence", "workbook", "charts"),
        settings="report",
        more_settings=("run",),
    ),
)
STAGES: Final = {stage.name: stage for stage in _ALL}
WRITERS: Final = {artifact: stage for stage in _ALL for artifact in stage.writes}
FINDERS: Final = {fact: stage for stage in _ALL for fact in stage.finds}


def upstream(stage: Stage, *, thorough: bool = True) -> list[Stage]:
    """Return the stages whose artifacts or facts a stage depends on, in their order."""
    return stages_behind(
        stage.inputs(thorough=thorough), stage.facts(thorough=thorough), thorough=thorough
    )


def stages_behind(
    artifacts: Iterable[str], facts: Iterable[str] = (), *, thorough: bool = True
) -> list[Stage]:
    """Return the stages that artifacts and facts come from, first to last, in their order."""
    needed = {WRITERS[name].name for name in artifacts} | {FINDERS[fact].name for fact in facts}
    for current in reversed(STAGES.values()):
        if current.name in needed:
            needed |= {WRITERS[name].name for name in current.inputs(thorough=thorough)}
            needed |= {FINDERS[fact].name for fact in current.facts(thorough=thorough)}
    return [current for current in STAGES.values() if current.name in needed]
