"""What features are called in the workbook, and how their values are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.report.workbook.formats import HUNDREDTHS, PERCENT, SIGNED, TENTHS, Format, money
from custseg.words.features import features
from custseg.words.figures import capital

if TYPE_CHECKING:
    from custseg.words.language import Wording

_FORMATS: Final = {"number": TENTHS, "share": PERCENT, "ratio": HUNDREDTHS, "change": SIGNED}


def feature(name: str, wording: Wording) -> tuple[str, Format]:
    """Say what a feature is called, and how its values are written."""
    own = features(wording)[name]
    shown = money(wording) if own.kind == "money" else _FORMATS[own.kind]
    return capital(own.name), shown
