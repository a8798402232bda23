"""How the segments were made, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custseg.report.tables.account import number_reason, stages
from custseg.report.workbook.cells import Pair, Shown
from custseg.report.workbook.formats import HUNDREDTHS, WHOLE, rounded_money
from custseg.report.workbook.words import feature
from custseg.words.figures import capital, ended

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary
    from custseg.words.language import Texts


def method(summary: Summary, say: Texts) -> list[Pair]:
    """Say what the segments were made of, and how; `say` has the texts of it."""
    return [*_shop(summary, say), *_steps(summary, say)]


def _shop(summary: Summary, say: Texts) -> list[Pair]:
    """What they were made of."""
    revenue = rounded_money(say.wording, float(summary.revenue))
    days = {"first": summary.first_day, "last": summary.last_day}
    products: Pair = (say("products"), Shown(summary.products, WHOLE), say("products_note"))
    return [
        (say("orders"), Shown(summary.orders, WHOLE), say("orders_note")),
        *[(say("revenue"), Shown(summary.revenue, revenue), "")] * summary.money,
        (say("customers"), Shown(summary.customers, WHOLE), ""),
        *[products] * bool(summary.products),
        (say("source"), say("source_is", source=summary.source, **days), ""),
        (say("rows"), Shown(summary.rows_in, WHOLE), ""),
        (
            say("kept"),
            Shown(summary.rows_kept, WHOLE),
            say("kept_note", out=summary.rows_in - summary.rows_kept),
        ),
    ]


def _steps(summary: Summary, say: Texts) -> list[Pair]:
    how, told = summary.method, stages(summary, say.wording)
    labels, plain = (
        [feature(name, say.wording)[0] for name in names]
        for names in (how.features, how.transformed)
    )
    asked = say(
        "asked_is",
        resamples=how.resamples,
        stability=how.min_stability,
        least=how.least_customers,
        share=how.min_share,
    )
    held = {"share": summary.explained_variance, "asked": how.variance}
    return [
        (say("as_of"), say("as_of_is", date=summary.as_of), ""),
        (say("returns"), say.wording.called(f"{say.place}.returns_are", how.returns), ""),
        (say("features"), "; ".join(labels), ""),
        (say("scale"), say("scale_is", plain=plain), ""),
        (say("components"), say("components_are", components=summary.components, **held), ""),
        *([(say("outlook"), ended(told["outlook"]), "")] if told["outlook"] else []),
        (
            say("clusters"),
            say("clusters_are", algorithm=how.algorithm, starts=how.n_init, seed=str(how.seed)),
            "" if summary.fitted_now else say("clusters_kept"),
        ),
        (say("number"), number_reason(summary, say.wording), ""),
        *([(say("model"), capital(told["model"]), "")] if told["model"] else []),
        (say("asked"), asked, ""),
        (say("silhouette"), Shown(summary.silhouette, HUNDREDTHS), say("silhouette_note")),
        (
            say("made"),
            say("made_is", custseg=how.custseg, scikit_learn=how.scikit_learn),
            "",
        ),
    ]
