"""The words of the plans: templates of a language, or the shop's own, filled with figures."""

from __future__ import annotations

import math
import tomllib
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2.sandbox import SandboxedEnvironment

_FOLDER: Final = Path(__file__).parent / "texts"
FIELDS: Final = (
    "objective",
    "because",
    "who",
    "message",
    "channel",
    "offer",
    "products",
    "timing",
    "measure",
)
"""The texts of a plan, in the order in which they are read."""
_CENTS_BELOW: Final = 100
_NOTHING: Final = 0.05
_DECIMALS_BELOW: Final = 10


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that there are texts in."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


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
        self._texts = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
        self._format = self._texts["format"]
        self._currency = currency

    def render(self, key: str, figures: Mapping[str, Any]) -> str:
        """Fill the template at a dotted key."""
        text: Any = self._texts
        for part in key.split("."):
            text = text[part]
        return self.fill(text, figures)

    def fill(self, template: str, figures: Mapping[str, Any]) -> str:
        """Fill a template.

        Raises
        ------
        Exception
            It is no template, names a figure that there is none of, or does with one what can't be
            done: templates are programs, and can fail in any way.
        """
        text = self._environment.from_string(template).render(figures)
        text.encode()
        return text

    @cached_property
    def _environment(self) -> SandboxedEnvironment:
        from jinja2 import StrictUndefined
        from jinja2.sandbox import SandboxedEnvironment

        environment = SandboxedEnvironment(
            undefined=StrictUndefined,
            finalize=self._plain,
            autoescape=False,
        )
        # What a text names are figures: with these it could run on, or differ from run to run.
        environment.globals.clear()
        environment.filters.pop("random")
        environment.filters |= {
            "number": self.number,
            "money": self.money,
            "percent": self.percent,
            "plural": self.plural,
            "ordinal": lambda n: self._small("ordinal", n),
            "clock": lambda n: self._small("clock", n),
            "weekday": self.weekday,
        }
        return environment

    def number(self, value: float | None) -> str:
        """A number as it is read: one decimal below 10 unless it is whole, two below 1."""
        if value is None or math.isnan(value):
            return str(self._format["unknown"])
        size = abs(value)
        decimals = 0 if size >= _DECIMALS_BELOW else 1 if size >= 1 or size < _NOTHING else 2
        return self._written(value, decimals, strip=True)

    def money(self, value: float | None) -> str:
        """An amount: cents below 100."""
        if value is None or math.isnan(value):
            return str(self._format["unknown"])
        number = self._written(value, 0 if round(abs(value), 2) >= _CENTS_BELOW else 2)
        pattern: str = self._format["money"]
        return pattern.format(currency=self._currency, number=number).strip()

    def percent(self, value: float | None) -> str:
        """A share; never 0 % or 100 % where it is not quite."""
        if value is None or math.isnan(value):
            return str(self._format["unknown"])
        hundredths = 100 * value
        if 0 < value < 1:
            hundredths = min(max(hundredths, 0.1), 99.9)
        fine = hundredths < _DECIMALS_BELOW or hundredths > 100 - _DECIMALS_BELOW / 10
        pattern: str = self._format["percent"]
        return pattern.format(number=self._written(hundredths, 1 if fine else 0, strip=True))

    def plural(self, value: float | None, one: str, many: str) -> str:
        """A count and what is counted."""
        number = self.number(value)
        return f"{number} {one if number == '1' else many}"

    def weekday(self, number: int) -> str:
        """The name of a weekday, 0 being Monday."""
        return str(self._format["weekdays"][number])

    def _small(self, key: str, n: int) -> str:
        return self.fill(self._format[key], {"n": n})

    def _written(self, value: float, decimals: int, *, strip: bool = False) -> str:
        text = f"{value:,.{decimals}f}"
        if strip and "." in text:
            text = text.rstrip("0").rstrip(".")
        if text.strip("-0.,") == "":
            text = text.lstrip("-")
        swap = {",": self._format["thousands"], ".": self._format["decimal"]}
        return "".join(swap.get(sign, sign) for sign in text)

    def _plain(self, value: object) -> object:
        """What stands for a figure that no filter has written."""
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return self.number(value)
        from jinja2 import Undefined

        # What is undefined is the template's own business: a missing "else", or an error of its.
        if not isinstance(value, str | bool | Undefined):
            raise TypeError(f"a {type(value).__name__} is neither text nor number")
        return value
