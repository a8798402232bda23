"""custseg turns a shop's order lines into customer segments a marketer can act on.

The functions behind the stages are the Python API: `custseg.clean`, `custseg.features`,
`custseg.reduce`, `custseg.select_k`, `custseg.fit`, `custseg.profile`, `custseg.score_rfm`,
`custseg.validate`, `custseg.recommend`, `custseg.backtest_lists`, `custseg.fill_shelves`,
`custseg.draw_up_plans`, `custseg.summarise`, `custseg.write_report`, and
`custseg.read_orders` for a file. `custseg.score_customers` puts others into the segments of a
published model, `custseg.explain_customer` tells why one is where they are. They are imported when
first used.
"""

from __future__ import annotations

from typing import Any, Final

__version__ = "0.1.0"
_BESIDE: Final = {
    "fit": "custseg.segments.model.fit:fit",
    "explain_customer": "custseg.segments.customers.explanation:explain_customer",
    "score_customers": "custseg.segments.customers.assignment:score_customers",
}
"""What is no stage's own function, by name."""


def __getattr__(name: str) -> Any:  # noqa: ANN401  (PEP 562)
    from custseg.artifacts.table import load
    from custseg.pipeline.stages import STAGES

    functions = {stage.function.rpartition(":")[2]: stage.function for stage in STAGES.values()}
    functions |= _BESIDE
    if name not in functions:
        raise AttributeError(f"module 'custseg' has no attribute {name!r}")
    return load(functions[name])


def __dir__() -> list[str]:
    from custseg.pipeline.stages import STAGES

    return [*globals(), *_BESIDE, *(stage.function.rpartition(":")[2] for stage in STAGES.values())]
