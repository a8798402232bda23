"""Put a run's artifacts together into its summary."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from custseg._version import __version__
from custseg.engine.base import fetch, fetch_frame
from custseg.orders.rules import RULES
from custseg.report.summary import movement, planes
from custseg.report.summary.by_segment import Shown, segments
from custseg.report.summary.campaigns import campaign_outcomes, campaign_pools
from custseg.report.summary.cohort_groups import month_number, whole_months
from custseg.report.summary.cohorts import cohorts
from custseg.report.summary.disclosure import disclosed
from custseg.report.summary.movement import EVERYONE
from custseg.report.summary.revenue_tree import revenue_tree
from custseg.report.summary.rows import as_kind, kinds, rows
from custseg.report.summary.silence import Silence
from custseg.report.summary.studies import (
    Bundle,
    ForecastTest,
    ListTest,
    PredictivePower,
    UnitsTest,
)
from custseg.report.summary.whole import (
    DriftMeasure,
    KFlow,
    KScore,
    LedgerStep,
    Loading,
    Method,
    Month,
    StatusCount,
    Summary,
    Variance,
)
from custseg.segments.model.pipeline import usable_features
from custseg.segments.movement.account import account, called
from custseg.segments.movement.disclosed import disclosed as disclosed_account
from custseg.segments.movement.figures import Flow, Movement
from custseg.settings import (
    CleanSettings,
    FeatureSettings,
    ModelSettings,
    PlaybookSettings,
    PrivacySettings,
    ReportSettings,
    SummarySettings,
    ValidationSettings,
    ValueSettings,
)
from custseg.words.figures import currency_sign
from custseg.words.language import words_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir
    import pandas as pd

    from custseg.report.summary.results import Results

_BUNDLES: Final = 20
"""Bundles shown; the artifact holds all."""


def summarise(  # noqa: PLR0913, PLR0917  (what it tells of was set in many sections)
    results: Results,
    settings: SummarySettings | None = None,
    clean_settings: CleanSettings | None = None,
    features_settings: FeatureSettings | None = None,
    model_settings: ModelSettings | None = None,
    value_settings: ValueSettings | None = None,
    validation_settings: ValidationSettings | None = None,
    playbook_settings: PlaybookSettings | None = None,
    privacy_settings: PrivacySettings | None = None,
    report_settings: ReportSettings | None = None,
) -> Summary:
    """Summarise a finished run.

    Parameters
    ----------
    results
        Its artifacts and facts.
    settings
        The `[summary]` settings.
    clean_settings, features_settings, model_settings, value_settings, validation_settings
        What the run was set to, to be told.
    playbook_settings
        What the plans assume, to be told.
    privacy_settings
        Of these, how many customers the smallest group has that is told of.
    report_settings
        Of these, the sign of money where it is set, and the plans' language.

    Returns
    -------
    Summary
        Plain tables and numbers, of bounded size: customers are counted, binned or sampled, and
        nobody's id is in it. Money is exact.

    Examples
    --------
    >>> summary = custseg.summarise(results)
    >>> summary.customers, summary.k
    (120, 3)
    """
    settings = settings or SummarySettings()
    horizon = (value_settings or ValueSettings()).horizon_days
    plans, words = playbook_settings or PlaybookSettings(), report_settings or ReportSettings()
    recent_days = (features_settings or FeatureSettings()).recent_days
    as_of = date.fromisoformat(results.as_of)
    members = _members(results)
    silence = Silence.of(members, (privacy_settings or PrivacySettings()).smallest_group)
    told = members[~members["segment"].isin(silence.withheld)]
    model = usable_features(model_settings or ModelSettings(), members)
    (span,) = fetch(
        results.transactions.aggregate(
            first=results.transactions.ordered_at.min(),
            last=results.transactions.ordered_at.max(),
            products=results.transactions.product_id.nunique(),
        )
    )
    first, last = span["first"].date(), span["last"].date()
    regulars = movement.Regulars.among(members, settings)
    numbers = sorted({int(number) for number in members["segment"].unique()})
    slipping = movement.slipping(regulars, results.transactions, as_of, numbers)
    shown = Shown(
        members=members,
        blades=planes.blades(members, silence.least),
        median_z=planes.median_z(members, model),
        slipping=slipping,
        colours=settings.colours,
    )
    ledger = _ledger(results.ledger)
    complete = results.k_scores if results.k_criteria is None else results.k_criteria
    scores = kinds(complete, KScore, "k")
    variances = kinds(results.explained_variance, Variance, "component")
    kept = [variance for variance in variances if variance.kept]
    drawn = planes.points(told, settings.points, silence.least) if len(told) else ()
    windows = movement.windows(results.transactions, as_of, recent_days, first)
    by_month, by_segment = cohorts(
        results.transactions, results.segments, first, as_of, silence, money=results.money
    )
    currency = words.currency or currency_sign(results.currency)
    wording = words_in(words.language, currency)
    found = Summary(
        source=results.source_name,
        as_of=results.as_of,
        first_day=first.isoformat(),
        last_day=last.isoformat(),
        currency=currency,
        rows_in=ledger[0].rows_left,
        rows_kept=ledger[-1].rows_left,
        revenue=ledger[-1].value_left,
        customers=len(members),
        orders=ledger[-1].orders_left,
        products=span["products"],
        k=results.k,
        k_reason=results.k_reason_studied or results.k_reason,
        eligibility=results.eligibility,
        structure=results.structure_studied or results.structure,
        warnings=tuple(
            note
            for note in (*results.cleaning_notes, *results.warnings, results.names_note)
            if note
        ),
        silhouette=_mean_silhouette(members),
        components=len(kept),
        explained_variance=kept[-1].cumulative_share,
        verdicts=_verdicts(results),
        segments=segments(results, shown),
        ledger=ledger,
        statuses=kinds(results.statuses, StatusCount, "step"),
        k_scores=scores,
        k_flows=tuple(
            as_kind(row | {"size": None}, KFlow)
            for row in rows(results.k_flows, "k", "cluster", "next_cluster")
        ),
        variances=variances,
        loadings=kinds(results.loadings, Loading, "component", "feature"),
        outlook_note=results.outlook_note,
        outlook_arrow=planes.outlook_arrow(members),
        points=drawn,
        # Points that are means are of everybody.
        density=planes.density(members) if silence.least <= 1 and len(drawn) < len(members) else (),
        recency_frequency=planes.recency_frequency(told, silence.least) if len(told) else (),
        once=None if silence.withheld else planes.once(members, silence.least),
        months=_months(results.profile_months, first, as_of),
        validation=kinds(results.validation, PredictivePower, "date", "method"),
        forecast_test=tuple(
            as_kind(row, ForecastTest)
            for row in rows(results.value_backtest, "decile")
            if row["chosen"]
        ),
        list_test=list_tests(rows(results.backtest, "date", "task", "method")),
        units_test=kinds(results.inventory_backtest, UnitsTest, "cut_off", "method"),
        bundles=kinds(results.bundles, Bundle, "rank")[:_BUNDLES],
        windows=windows,
        lately=movement.lately(results.transactions, as_of, first),
        cohorts=by_month,
        segment_cohorts=by_segment,
        revenue_tree=revenue_tree(results.transactions, as_of, windows, silence.least),
        year_before=movement.window(
            results.transactions, as_of, horizon, movement.YEAR - horizon, first
        ),
        slipping=slipping[EVERYONE],
        slipping_test=movement.slipping_test(results.transactions, as_of, recent_days, settings),
        leaving=movement.leaving(regulars, results.transactions, as_of, settings),
        money=results.money,
        seasonal=bool(results.value_season),
        forecast_off=results.value_off,
        campaigns=campaign_outcomes(results.campaigns, silence.least, wording),
        campaign_pools=campaign_pools(results.campaign_pools, silence.least, wording),
        fitted_now=results.model_of == results.as_of,
        model_of=results.model_of,
        model_reason=results.model_reason,
        drift=kinds(results.drift, DriftMeasure, "measure", "subject"),
        movement=_movement(results, settings.colours, silence),
        method=Method(
            features=model.features,
            transformed=tuple(
                name for name in model.features if model.transform.get(name) == "none"
            ),
            variance=model.variance,
            algorithm=model.algorithm,
            n_init=model.n_init,
            seed=model.seed,
            resamples=model.resamples,
            min_stability=model.min_stability,
            min_share=model.min_share,
            returns=(clean_settings or CleanSettings()).returns,
            recent_days=recent_days,
            horizon_days=horizon,
            validation_days=(validation_settings or ValidationSettings()).horizon_days,
            regular_days=settings.regular_days,
            slipping_after=settings.slipping_after,
            least_customers=model.least_customers,
            custseg=__version__,
            scikit_learn=version("scikit-learn"),
            gross_margin=plans.gross_margin,
            extra_orders=plans.extra_orders,
            letter_cost=plans.letter_cost,
            call_cost=plans.call_cost,
            plan_language=words.language,
        ),
    )
    return disclosed(found, silence, members, _buyers(results))


def list_tests(backtest: list[dict[str, Any]]) -> tuple[ListTest, ...]:
    """Take what lists named of everyone's next orders from the rows of `backtest`, by date."""
    everyone = [as_kind(row, ListTest) for row in backtest if row["segment"] == EVERYONE]
    return tuple(sorted(everyone, key=lambda test: (test.date, test.task, test.method)))


def _buyers(results: Results) -> dict[tuple[int, str], int]:
    """Customers with an order or a return, by segment and calendar month."""
    mine = results.segments.select("customer_id", "segment")
    lines = results.transactions.inner_join(mine, "customer_id")
    counts = lines.group_by("segment", month=lines.ordered_at.strftime("%Y-%m")).agg(
        customers=lines.customer_id.nunique()
    )
    return {(row["segment"], row["month"]): row["customers"] for row in fetch(counts)}


def _movement(results: Results, colours: Mapping[str, str], silence: Silence) -> Movement | None:
    """What became of customers since the snapshot before; None where there is none."""
    if results.compared_with is None:
        return None
    shown = {row["segment"]: row["segment_name"] for row in rows(results.segment_names, "segment")}
    identities = rows(results.segment_identity, "segment")
    names = called(((row["segment"], row["rule"]) for row in identities), shown)
    flows = kinds(results.migration, Flow, "from_segment", "by_old_model", "to_segment", "cause")
    moved = account(flows, names, results.compared_with, results.as_of, own_colours=colours)
    # The stage knows whether what customers did could be told from what the model changed.
    return disclosed_account(
        replace(moved, sentence=results.movement_note),
        flows,
        silence.least,
        withheld=silence.withheld,
        dominated=silence.dominated,
    )


def _members(results: Results) -> pd.DataFrame:
    """Everyone's features, components, segment and forecast, sorted by customer_id."""
    members = results.features.inner_join(
        results.segments.drop("segment_name"), "customer_id"
    ).inner_join(results.components, "customer_id")
    frame = fetch_frame(members.order_by("customer_id"))
    if results.value is None:
        return frame.assign(buying_probability=float("nan"))
    chances = fetch_frame(results.value.select("customer_id", "buying_probability"))
    return frame.merge(chances, on="customer_id", how="left")


def _mean_silhouette(members: pd.DataFrame) -> float:
    """Of the segments in use, which need not be those that select-k judged; 0 where all are one."""
    mean = float(members["silhouette"].mean())
    return 0.0 if np.isnan(mean) else mean


def _ledger(ledger: ir.Table) -> tuple[LedgerStep, ...]:
    return tuple(
        as_kind(row | {"meaning": RULES[row["rule"]]}, LedgerStep) for row in rows(ledger, "step")
    )


def _months(profile_months: ir.Table, first: date, as_of: date) -> tuple[Month, ...]:
    """Every segment's months, each with whether the orders cover it."""
    whole = whole_months(first, as_of)
    return tuple(
        as_kind(row | {"complete": month_number(row["month"]) in whole}, Month)
        for row in rows(profile_months, "segment", "month")
    )


def _verdicts(results: Results) -> dict[str, str]:
    told = {
        "rules": results.fidelity_note,
        "validation": results.validation_verdict,
        "expected": results.value_note,
        "lists": results.backtest_verdict,
        "inventory": results.inventory_note,
        "bundles": results.bundles_note,
    }
    return {study: sentence for study, sentence in told.items() if sentence is not None}
