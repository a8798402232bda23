"""What features and days are called in the workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.report.workbook.formats import HUNDREDTHS, PERCENT, SIGNED, TENTHS, Format, money
from custseg.words.features import FEATURES
from custseg.words.figures import capital

if TYPE_CHECKING:
    from custseg.report.summary.studies import Window

_FORMATS: Final = {"number": TENTHS, "share": PERCENT, "ratio": HUNDREDTHS, "change": SIGNED}


def feature(name: str, currency: str) -> tuple[str, Format]:
    """Say what a feature is called, and how its values are written."""
    own = FEATURES[name]
    shown = money(currency) if own.kind == "money" else _FORMATS[own.kind]
    return capital(own.name), shown


def stretch(window: Window) -> str:
    """Last 90 days."""
    if not window.ended_days_ago:
        return f"last {window.days} days"
    return f"{window.days} days that ended {window.ended_days_ago} days ago"
