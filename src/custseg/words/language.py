"""The words of a language: templates, or the shop's own, that are filled with figures."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from custseg.words.figures import Style, beside, cents, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from jinja2 import Template
    from jinja2.sandbox import SandboxedEnvironment

    from custseg.words.templates import LimitedEnvironment

_FOLDER: Final = Path(__file__).parent / "texts"
ENGLISH: Final = "en"
"""The language of what has no texts in others."""
FIELDS: Final = (
    "objective",
    "because",
    "who",
    "message",
    "channel",
    "offer",
    "products",
    "timing",
    "brings",
    "measure",
)
"""The texts of a plan, in the order in which they are read."""
_NOTHING: Final = 0.05
_DECIMALS_BELOW: Final = 10
_SHORT_FROM: Final = {"millions": 999_500.0, "thousand": 9_999.5}
"""Amounts from which on a glance takes these units."""
_FINE_ABOVE: Final = 99
"""Hundredths from which on a share needs a decimal again."""


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that there are texts in."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@cache
def words_in(language: str, currency: str = "") -> Wording:
    """Return the words of a language; its texts are read once, and each is compiled once."""
    return Wording(language, currency)


def english(currency: str = "") -> Wording:
    """Return the words of all that is in English whatever the shop's language."""
    return words_in(ENGLISH, currency)


class Wording:
    """Templates of one language, and its way to write figures.

    Parameters
    ----------
    language
        One of `languages()`.
    currency
        Sign of the currency; may be empty.
    """

    def __init__(self, language: str, currency: str = "") -> None:
        self.language = language
        self._texts = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
        self._format = self._texts["format"]
        self.style = Style(
            thousands=self._format["thousands"],
            decimal=self._format["decimal"],
            money_pattern=self._format["money"],
            percent_pattern=self._format["percent"],
            unknown=self._format["unknown"],
        )
        self.currency = currency
        self._ours: dict[str, Template] = {}
        self._own: dict[str, Template] = {}

    @cached_property
    def cells(self) -> Style:
        """The signs of figures in a table, where what is missing leaves a cell empty."""
        return replace(self.style, unknown="")

    def render(self, key: str, figures: Mapping[str, Any] | None = None) -> str:
        """Fill the template at a dotted key."""
        place, _, name = key.rpartition(".")
        return self.fill(self.texts(place)[name], figures or {})

    def texts(self, key: str) -> Mapping[str, Any]:
        """Return the templates below a dotted key as they are; empty where there are none."""
        found: Any = self._texts
        for part in key.split("."):
            found = found.get(part, {})
        return dict(found)

    def called(self, key: str, name: str, otherwise: str = "") -> str:
        """Return what a name of ours is called, by the texts below a key; else as it is."""
        return str(self.texts(key).get(name, otherwise or name))

    def fill(self, template: str, figures: Mapping[str, Any]) -> str:
        """Fill a template of ours."""
        if "{" not in template:
            return template
        if template not in self._ours:
            self._ours[template] = self._environment.from_string(template)
        return self._ours[template].render(figures)

    def fill_own(self, template: str, figures: Mapping[str, Any]) -> str:
        """Fill a template of the shop's own, within the limits of `words.templates`.

        Raises
        ------
        Exception
            It is no template, names a figure that there is none of, does with one what can't be
            done, or what no template may: templates are programs, and can fail in any way.
        """
        from custseg.words.templates import compiled, filled

        if template not in self._own:
            self._own[template] = compiled(template, self._limited_environment)
        return filled(self._own[template], figures)

    @cached_property
    def _environment(self) -> SandboxedEnvironment:
        from jinja2 import StrictUndefined
        from jinja2.sandbox import SandboxedEnvironment

        environment = SandboxedEnvironment(
            undefined=StrictUndefined,
            finalize=self._plain,
            autoescape=False,
        )
        # What a text names are figures: with these it could differ from run to run.
        environment.globals.clear()
        environment.filters.pop("random")
        environment.filters |= self._filters()
        return environment

    @cached_property
    def _limited_environment(self) -> LimitedEnvironment:
        from jinja2 import StrictUndefined

        from custseg.words.templates import LimitedEnvironment

        environment = LimitedEnvironment(
            undefined=StrictUndefined,
            finalize=self._plain,
            autoescape=False,
        )
        environment.limit()
        environment.filters |= self._filters()
        return environment

    def _filters(self) -> dict[str, Callable[..., str]]:
        return {
            "number": self.number,
            "money": self.money,
            "amount": self.amount,
            "about": self.about,
            "percent": self.percent,
            "share": self.style.percent,
            "rounded": self.style.number,
            "plural": self.plural,
            "ordinal": lambda n: self._small("ordinal", n),
            "clock": lambda n: self._small("clock", n),
            "weekday": self.weekday,
            "listed": self.listed,
            "date": self.written_date,
            "iso_date": self.iso_date,
            "day": partial(self.written_date, form="day"),
            "weekday_date": partial(self.written_date, form="weekday_date"),
        }

    def number(self, value: float | None) -> str:
        """A number as it is read: one decimal below 10 unless it is whole, two below 1."""
        if value is None:
            return self.style.unknown
        size = abs(value)
        places = 0 if size >= _DECIMALS_BELOW else 1 if size >= 1 or size < _NOTHING else 2
        return self.style.number(value, places, strip=True)

    def money(self, value: float | None) -> str:
        """An amount: cents below 100."""
        return self.style.money(value, self.currency, 0 if value is None else cents(value))

    def amount(self, value: float | None) -> str:
        """A price: cents only where it has any."""
        places = 0 if value is None or round(value, 2) == round(value) else 2
        return self.style.money(value, self.currency, places)

    def about(self, value: Decimal | float | None) -> str:
        """An amount at a glance: £4.56m, £972k, £7,400."""
        if value is None:
            return self.style.unknown
        number = float(value)
        for unit, pattern in ((1e6, "millions"), (1e3, "thousand")):
            if abs(number) >= _SHORT_FROM[pattern]:
                digits = f"{number / unit:.3g}"
                style = replace(self.style, money_pattern=self._format[pattern])
                places = len(digits.partition(".")[2])
                return style.money(float(digits), self.currency, places)
        return self.amount(round(number, cents(number)))

    def percent(self, value: float | None) -> str:
        """A share; never 0 % or 100 % where it is not quite."""
        if value is not None and 0 < value < 1:
            value = min(max(value, 0.001), 0.999)
        fine = value is not None and (100 * value < _DECIMALS_BELOW or 100 * value > _FINE_ABOVE)
        return self.style.percent(value, 1 if fine else 0, strip=True)

    def beside(self, figure: float, threshold: float) -> str:
        """Write a figure next to the threshold that it is compared with: 0.82 for 0.829."""
        return beside(figure, threshold).replace(".", self.style.decimal)

    def quoted(self, name: str) -> str:
        """A name within a sentence: one with a comma of its own in quotation marks."""
        return str(self._format["quoted"]).format(name=name) if "," in name else name

    def plural(self, value: float | None, one: str, many: str) -> str:
        """A count and what is counted."""
        number = self.number(value)
        return f"{number} {one if number == '1' else many}"

    def weekday(self, number: int) -> str:
        """The name of a weekday, 0 being Monday."""
        return str(self._format["weekdays"][number])

    def written_date(self, day: date, form: str = "date") -> str:
        """Write a date: 12 December 2011; `form` is another of the language's."""
        return self.fill(self._format[form], self._named(day))

    def iso_date(self, iso: str) -> str:
        """Write a date beside figures: 2011-12-12 in English. What is none stays as it is."""
        try:
            return self.written_date(date.fromisoformat(iso), "chart")
        except ValueError:
            return iso

    def long_month(self, iso: str) -> str:
        """Write a month in full: September 2011 for 2011-09."""
        return f"{self._format['months'][int(iso[5:7]) - 1]} {iso[:4]}"

    def month(self, iso: str) -> str:
        """Write a month with its year: Sep 2011 for 2011-09."""
        return f"{self.short_month(iso)} {iso[:4]}"

    def short_month(self, iso: str) -> str:
        """Write a month without its year."""
        return str(self._format["short_months"][int(iso[5:7]) - 1])

    def listed(self, parts: Sequence[str]) -> str:
        """A, B and C."""
        return listed(parts, self._format["and"])

    @property
    def units(self) -> Mapping[str, str]:
        """What an axis writes for Vega's signs of thousands, millions and billions."""
        return self.texts("format.axis")

    def _named(self, day: date) -> dict[str, Any]:
        return {
            "iso": day.isoformat(),
            "weekday": self.weekday(day.weekday()),
            "day": str(day.day),
            "month": self._format["months"][day.month - 1],
            "year": str(day.year),
        }

    def _small(self, key: str, n: int) -> str:
        return self.fill(self._format[key], {"n": n})

    def _plain(self, value: object) -> object:
        """What stands for a figure that no filter has written."""
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return self.number(value)
        from jinja2 import Undefined

        # What is undefined is the template's own business: a missing "else", or an error of its.
        if not isinstance(value, str | bool | Undefined):
            raise TypeError(f"a {type(value).__name__} is neither text nor number")
        return value


@dataclass(frozen=True)
class Texts:
    """The texts below a dotted key of a language's, such as those of a page or a chart."""

    wording: Wording
    place: str = "page"
    common: Mapping[str, Any] = field(default_factory=dict)
    """Figures that many of them name."""

    def __call__(self, key: str, **figures: Any) -> str:  # noqa: ANN401  (what a text names)
        """Fill the text at a key below."""
        return self.wording.render(f"{self.place}.{key}", {**self.common, **figures})

    def below(self, key: str, **common: Any) -> Texts:  # noqa: ANN401  (likewise)
        """Those below a key of its own."""
        return Texts(self.wording, f"{self.place}.{key}", {**self.common, **common})

    def names(self, key: str) -> tuple[str, ...]:
        """Return the names of the texts below a key."""
        return tuple(self.wording.texts(f"{self.place}.{key}"))
