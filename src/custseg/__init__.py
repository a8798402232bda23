"""custseg turns a shop's order lines into customer segments a marketer can act on.

This is the Python API: the estimator `Segmentation` does what `run-all` does, and `load` opens what
a run made. Beneath them are the functions behind the stages, `read_orders` for a file, `fit` for a
model without a month before it, `score_customers` to put others into the segments of a published
model, `explain_customer` to tell why one is where they are, and `load_pipeline` to load the fitted
pipeline of a workspace. They are imported when first used.

Examples in the docstrings are of a small shop: a table such as `segments` is what the stage of that
name gave, and so are facts such as `as_of`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from custseg._version import __version__

if TYPE_CHECKING:
    from custseg.notebook.segmentation import Segmentation, load
    from custseg.offers.backtest.backtest import backtest_lists
    from custseg.offers.campaigns.outcome import measure_campaigns
    from custseg.offers.demand.forecast import forecast_units
    from custseg.offers.playbook.plans import draw_up_plans
    from custseg.offers.recommendations.bundles import find_bundles
    from custseg.offers.recommendations.recommend import recommend
    from custseg.offers.recommendations.shelves import fill_shelves
    from custseg.orders.cleaning import clean
    from custseg.orders.customer_features import features
    from custseg.outlook.lifetime.value import value
    from custseg.outlook.past import prepare_past
    from custseg.outlook.validation.validation import validate
    from custseg.report.page import write_report
    from custseg.report.summary.assembly import summarise
    from custseg.segments.customers.assignment import score_customers
    from custseg.segments.customers.explanation import explain_customer
    from custseg.segments.customers.table import customer_table
    from custseg.segments.model.criteria import study_k
    from custseg.segments.model.fit import fit
    from custseg.segments.model.loading import load_pipeline
    from custseg.segments.model.monthly import segment
    from custseg.segments.model.outlook_axis import learn_outlook
    from custseg.segments.model.reduce import reduce
    from custseg.segments.model.select_k import select_k
    from custseg.segments.movement.months import compare_months
    from custseg.segments.profiles.profile import group_products, habits, profile
    from custseg.segments.profiles.rfm import score_rfm
    from custseg.segments.profiles.rules import find_rules
    from custseg.sources.raw import read_orders

__all__ = [
    "Segmentation",
    "__version__",
    "backtest_lists",
    "clean",
    "compare_months",
    "customer_table",
    "draw_up_plans",
    "explain_customer",
    "features",
    "fill_shelves",
    "find_bundles",
    "find_rules",
    "fit",
    "forecast_units",
    "group_products",
    "habits",
    "learn_outlook",
    "load",
    "load_pipeline",
    "measure_campaigns",
    "prepare_past",
    "profile",
    "read_orders",
    "recommend",
    "reduce",
    "score_customers",
    "score_rfm",
    "segment",
    "select_k",
    "study_k",
    "summarise",
    "validate",
    "value",
    "write_report",
]
_MODULES = {
    "Segmentation": "custseg.notebook.segmentation",
    "load": "custseg.notebook.segmentation",
    "read_orders": "custseg.sources.raw",
    "clean": "custseg.orders.cleaning",
    "features": "custseg.orders.customer_features",
    "learn_outlook": "custseg.segments.model.outlook_axis",
    "reduce": "custseg.segments.model.reduce",
    "select_k": "custseg.segments.model.select_k",
    "study_k": "custseg.segments.model.criteria",
    "fit": "custseg.segments.model.fit",
    "load_pipeline": "custseg.segments.model.loading",
    "segment": "custseg.segments.model.monthly",
    "group_products": "custseg.segments.profiles.profile",
    "profile": "custseg.segments.profiles.profile",
    "habits": "custseg.segments.profiles.profile",
    "find_rules": "custseg.segments.profiles.rules",
    "score_rfm": "custseg.segments.profiles.rfm",
    "compare_months": "custseg.segments.movement.months",
    "customer_table": "custseg.segments.customers.table",
    "score_customers": "custseg.segments.customers.assignment",
    "explain_customer": "custseg.segments.customers.explanation",
    "prepare_past": "custseg.outlook.past",
    "value": "custseg.outlook.lifetime.value",
    "validate": "custseg.outlook.validation.validation",
    "recommend": "custseg.offers.recommendations.recommend",
    "fill_shelves": "custseg.offers.recommendations.shelves",
    "find_bundles": "custseg.offers.recommendations.bundles",
    "backtest_lists": "custseg.offers.backtest.backtest",
    "forecast_units": "custseg.offers.demand.forecast",
    "draw_up_plans": "custseg.offers.playbook.plans",
    "measure_campaigns": "custseg.offers.campaigns.outcome",
    "summarise": "custseg.report.summary.assembly",
    "write_report": "custseg.report.page",
}
"""Where each function is, in the order of the data."""

if not TYPE_CHECKING:  # for type checkers there is nothing but the imports above

    def __getattr__(name: str) -> Any:  # noqa: ANN401  (PEP 562)
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
