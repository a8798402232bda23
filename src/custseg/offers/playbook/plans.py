"""Draw up the plans: figures, objective, terms and trial of each segment, put into words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from custseg.errors import SettingsError
from custseg.offers.playbook.context import Ahead, Product, Shelf, context
from custseg.offers.playbook.figures import Basis, Figures, measure
from custseg.offers.playbook.objectives import Objective, objective
from custseg.offers.playbook.terms import Terms, terms
from custseg.offers.playbook.trial import NO_TRIAL, Trial, trial
from custseg.offers.recommendations.shelves import BEST_SELLERS, GROUPS, OVER_BUYS
from custseg.orders.lines import SEGMENT
from custseg.outlook.lifetime.forecast import forecast_if_long_enough
from custseg.outlook.lifetime.totals import by_segment
from custseg.privacy.disclosure import is_shown
from custseg.settings import (
    FeatureSettings,
    PlaybookSettings,
    PrivacySettings,
    ReportSettings,
    ValueSettings,
)
from custseg.words.figures import currency_sign
from custseg.words.language import FIELDS, Wording, words_in

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN_PRODUCTS: Final = 2
_LEFT_OUT: Final = 0.2
"""Share left out where one campaign alone can tell nothing, but several months of them can."""
_FIGURES: Final = ("listed", "voucher", "threshold", "gain_low", "gain_high")
"""Of what a text can name, what the artifact tells too."""
_SHELVES: Final[dict[str, Shelf]] = {
    OVER_BUYS: "over_buys",
    GROUPS: "groups",
    BEST_SELLERS: "best_sellers",
}


@dataclass(frozen=True)
class Plan:
    """What is decided for a segment, before it is put into words."""

    figures: Figures
    objective: Objective
    terms: Terms
    trial: Trial
    control: int
    """Customers to leave alone."""
    shelf: Shelf


def draw_up_plans(  # noqa: PLR0913, PLR0917  (what it reads and is set by)
    features: pd.DataFrame,
    segments: pd.DataFrame,
    shelves: pd.DataFrame,
    profile_times: pd.DataFrame,
    segment_value: pd.DataFrame | None,
    as_of: str,
    currency: str = "",
    settings: PlaybookSettings | None = None,
    value_settings: ValueSettings | None = None,
    features_settings: FeatureSettings | None = None,
    privacy_settings: PrivacySettings | None = None,
    report_settings: ReportSettings | None = None,
) -> pd.DataFrame:
    """Draw up a plan for each segment.

    Parameters
    ----------
    features, segments, shelves, profile_times
        What the stages of those names gave.
    segment_value
        What the side study of that name gave; None where it was left out: then the forecast is
        made here, and the plans say that it isn't back-tested.
    as_of
        ISO date: days to send are from then on.
    currency
        The orders' own currency, as code or sign; empty where nothing names it.
    settings, value_settings, features_settings
        The `[playbook]`, `[value]` and `[features]` settings.
    privacy_settings
        Of these, how many customers the smallest group has that a text may tell of.
    report_settings
        Of these, the texts' language, and the sign of money where it is set.

    Returns
    -------
    DataFrame
        The columns of the artifact `plans`.

    Raises
    ------
    SettingsError
        A text of the shop's own can't be filled with a segment's figures.

    Examples
    --------
    >>> plans = custseg.draw_up_plans(
    ...     features, segments, shelves, profile_times, segment_value, as_of
    ... )
    >>> plans["segment"].tolist()
    [1, 2, 3]
    """
    settings = settings or PlaybookSettings()
    value_settings = value_settings or ValueSettings()
    recent_days = (features_settings or FeatureSettings()).recent_days
    horizon = value_settings.horizon_days
    members = features.merge(segments[["customer_id", *SEGMENT, "fits_name"]], on="customer_id")
    basis: Basis = "tested"
    if segment_value is None:
        basis, segment_value = "left_out", _forecast(members, value_settings)
    words = report_settings or ReportSettings()
    wording = words_in(words.language, words.currency or currency_sign(currency))
    least = (privacy_settings or PrivacySettings()).smallest_group
    ahead = Ahead(date.fromisoformat(as_of), horizon)
    rows = []
    for figures in measure(members, profile_times, segment_value, basis, horizon / recent_days):
        shelf, products = _products(shelves[shelves["segment"] == figures.segment])
        plan = _plan(figures, shelf, settings)
        if not is_shown(figures.misfits, figures.own.customers, least):
            # Texts count them among the segment's customers.
            figures = replace(figures, misfits=0)  # noqa: PLW2901
            plan = replace(plan, figures=figures)
        given = context(figures, plan.terms, plan.trial, plan.control, products, settings, ahead)
        own_texts = settings.texts.get(figures.name, {})
        texts = {
            field: _own(wording, figures.name, field, own_texts[field], given)
            if field in own_texts
            else " ".join(wording.render(key, given) for key in keys)
            for field, keys in _keys(plan, given).items()
        }
        told = {name: given[name] for name in _FIGURES} | {"send_on": given["send_on"].isoformat()}
        rows.append(_row(plan) | told | texts)
    frame = pd.DataFrame(rows)
    return frame.astype(dict.fromkeys(("gain_low", "gain_high", "voucher", "threshold"), "float64"))


def _plan(figures: Figures, shelf: Shelf, settings: PlaybookSettings) -> Plan:
    aim = objective(figures)
    agreed = terms(figures, aim, settings)
    if figures.own.buying is None or agreed.extra_orders is None:
        return Plan(figures, aim, agreed, NO_TRIAL, 0, shelf)
    test = trial(
        figures.listed,
        figures.own.buying,
        agreed.extra_orders,
        agreed.extra_orders * figures.own.basket,
        figures.spread if figures.money else None,
        confidence=settings.confidence,
        power=settings.power,
    )
    several = round(_LEFT_OUT * figures.listed)
    control = (test.control if test.found else several) if test.worthwhile else 0
    return Plan(figures, aim, agreed, test, control, shelf)


def _keys(plan: Plan, given: dict[str, Any]) -> dict[str, Sequence[str]]:
    """The templates of each text."""
    aim = f"objectives.{plan.objective}"
    known, money = plan.figures.forecast, plan.figures.money
    offer = "voucher" if plan.terms.discount else "none"
    brings = "kept" if plan.terms.channel == "personal" else "margin"
    if plan.objective == "protect":
        offer = "protect"
    elif not money:
        offer = "no_amounts"
    measured = "nothing"
    if plan.trial.measured != "nothing":
        short = "short" if plan.trial.worthwhile else "hopeless"
        measured = "found" if plan.trial.found else short
    keys: dict[str, Sequence[str]] = {
        "objective": (f"{aim}.name",),
        "because": (f"{aim}.because",),
        "who": ("who.listed", *["who.misfits"] * (plan.figures.misfits > 0)),
        "message": (f"{aim}.message",),
        "channel": (f"channel.{plan.terms.channel}",),
        "offer": (f"offer.{offer}" if known else "offer.no_forecast",),
        "products": (f"products.{plan.shelf}",),
        "timing": (
            "timing.now",
            *["timing.peak"] * (given["weekday"] is not None or given["hour"] is not None),
        ),
        "brings": (f"brings.{(brings if money else 'orders') if known else 'no_forecast'}",),
        "measure": (f"measure.{measured if known else 'no_forecast'}",),
    }
    return {field: keys[field] for field in FIELDS}


def _row(plan: Plan) -> dict[str, Any]:
    """The plan in figures."""
    figures, agreed, test = plan.figures, plan.terms, plan.trial
    return {
        "segment": figures.segment,
        "segment_name": figures.name,
        "aim": plan.objective,
        "customers": figures.own.customers,
        "value_at_stake": _or_missing(figures.own.value),
        "buying_probability": _or_missing(figures.own.buying),
        "contact_worth": agreed.contact_worth,
        "contact_cost": agreed.contact_cost,
        "offer_ceiling": agreed.ceiling,
        "test": test.measured,
        "control_customers": plan.control,
        "detectable_uplift": _or_missing(test.detectable),
    }


def _or_missing(figure: float | None) -> float:
    return float("nan") if figure is None else figure


def _products(shelf: pd.DataFrame) -> tuple[Shelf, list[Product]]:
    """The best list that the segment has, and what to name of it."""
    for name, kind in _SHELVES.items():
        best = shelf[shelf["list"] == name].sort_values("rank").head(_SHOWN_PRODUCTS)
        if len(best):
            names = best["description"].fillna(best["product_id"]).str.strip()
            return kind, [
                Product(*facts)
                for facts in zip(names, best["lift"], best["buyer_share"], strict=True)
            ]
    return "none", []


def _forecast(members: pd.DataFrame, settings: ValueSettings) -> pd.DataFrame:
    """Each segment's forecast without a back-test; missing where the shop is too young for one."""
    forecast = forecast_if_long_enough(members, settings.model, settings.horizon_days)
    return by_segment(forecast, members)


def _own(wording: Wording, segment: str, field: str, template: str, given: dict[str, Any]) -> str:
    """Fill a text of the shop's own, which checking it with other figures let through."""
    try:
        return wording.fill_own(template, given)
    except Exception as error:  # noqa: BLE001  (a template can fail in any way)
        raise SettingsError(
            f'The own text of "{segment}", {field}, can\'t be filled with its figures: {error}.',
            "Change it in playbook.toml.",
        ) from None
