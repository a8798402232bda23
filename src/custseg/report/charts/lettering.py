"""How figures and names are written on charts: as in sentences, with the minus sign of the axes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from custseg.report.charts.axes import money_label
from custseg.words import widths
from custseg.words.features import FEATURES, features
from custseg.words.figures import Style, capital, cents, plain
from custseg.words.language import Texts, english

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.words.language import Wording

MINUS: Final = "\N{MINUS SIGN}"
"""As Vega writes it on axes."""
_WHOLE_FROM: Final = 100
_SHORT_NAME: Final = 28


def shorten(text: str, letters: int) -> str:
    """Cut text that is wider than so many letters, with an ellipsis; wide ones count twice."""
    text = plain(text)
    kept, width = "", 0
    for sign in text:
        width += 2 if widths.is_wide(sign) else 1
        if width <= letters - 1:
            kept += sign
    return text if width <= letters else f"{kept.rstrip()}…"


def text_width(text: str, size: float) -> float:
    """About how many pixels a label takes, and a little more."""
    return size * widths.text_width(text, widths.BOLD_SANS_SERIF)


def name(segment: SegmentSummary) -> str:
    """A segment's name where there is little room."""
    return shorten(segment.segment_name, _SHORT_NAME)


def chart_style(wording: Wording) -> Style:
    """Return the signs of a language on a chart."""
    return replace(wording.style, minus=MINUS)


class Lettering(Texts):
    """What a chart says, in a language."""

    @classmethod
    def of(cls, chart: str, summary: Summary, wording: Wording | None) -> Lettering:
        """Take the texts of a chart; in English by default, as where it is drawn alone."""
        words = wording or english(summary.currency)
        return cls(words, f"charts.{chart}", {"money": summary.money})

    def titles(self, *fields: str) -> dict[str, str]:
        """What fields are called where the pointer rests; all that have a text by default."""
        return {name: self(f"fields.{name}") for name in fields or self.names("fields")}

    def in_words(self, number: int) -> str:
        """Seven; 13."""
        words = self.wording.texts("format")["numbers"]
        return str(words[number]) if number < len(words) else self.whole(number)

    @property
    def money_axis(self) -> dict[str, Any]:
        """How an axis of money is labelled: £1.5M."""
        leads = self.wording.style.currency_leads
        return {"labelExpr": money_label(self.wording.units, leads=leads)}

    @property
    def percent_axis(self) -> str:
        """How an axis of shares is labelled, as texts are: 25 %."""
        return f"replace(datum.label, '%', '{self.wording.style.percent_sign}')"

    @property
    def currency(self) -> dict[str, Any]:
        """What `layered` needs to know where a chart has such an axis."""
        shown = plain(self.wording.currency) if self.has_money else ""
        return {"currency": shown, "leads": self.wording.style.currency_leads}

    @property
    def has_money(self) -> bool:
        """Whether amounts are known."""
        return bool(self.common["money"])

    @property
    def style(self) -> Style:
        """The signs of its figures."""
        return chart_style(self.wording)

    def date(self, iso: str) -> str:
        """2011-12-12 in English."""
        return self.wording.iso_date(iso)

    def listed(self, parts: Sequence[str]) -> str:
        """A, B and C."""
        return self.wording.listed(parts)

    def quoted(self, segment: SegmentSummary) -> str:
        """A segment's name within a sentence, in quotes where its own comma would mislead."""
        return self.wording.quoted(name(segment))

    def whole(self, value: Decimal | float) -> str:
        """1,234."""
        return self.style.number(value)

    def number(self, value: float) -> str:
        """A number with as many decimals as its size deserves: 1,234, 12.5, 0.04."""
        size = abs(value)
        places = 0 if size >= _WHOLE_FROM or value == round(value) else 1 if size >= 1 else 2
        return self.style.number(value, places)

    def rounded(self, value: float | None, places: int) -> str:
        """A number with so many decimals: 0.268."""
        return self.style.number(value, places, grouped=False)

    def percent(self, share: float) -> str:
        """12.3 %; never 0 % or 100 % where it is not quite."""
        if 0 < share < 0.001:  # noqa: PLR2004  (a tenth of a hundredth)
            return f"<{self.style.percent(0.001)}"
        if 0.999 < share < 1:  # noqa: PLR2004  (likewise)
            return f">{self.style.percent(0.999)}"
        return self.style.percent(share)

    def signed_percent(self, share: float) -> str:
        """+12.3 %."""
        return ("+" if share >= 0 else MINUS) + self.style.percent(abs(share))

    def money(self, value: Decimal | float, *, exact: bool = False) -> str:
        """£1,234; with cents below 100, or where asked for."""
        rounded = cents(value) if round(float(value), 2) else 0
        return self.style.money(value, self.wording.currency, 2 if exact else rounded)

    def in_currency(self, what: str) -> str:
        """Title of an axis of money, such as `Revenue (£)`."""
        shown = plain(self.wording.currency)
        return f"{what} ({shown or self.wording.render('charts.shop_currency')})"

    def feature(self, feature: str) -> str:
        """What a feature is called where it stands alone."""
        return capital(features(self.wording)[feature].label)

    def feature_value(self, feature: str, value: float | None) -> str:
        """A value of a feature."""
        if value is None:
            return self.style.unknown
        kind = FEATURES[feature].kind
        if kind == "money":
            return self.money(value)
        return self.percent(value) if kind == "share" else self.number(value)
