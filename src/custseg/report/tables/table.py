"""Small tables of plain values, with how a person wants them written.

A table that several renderers show is said once, as a `Definition` (`definition.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from custseg.words.figures import TEXT, Style, printable
from custseg.words.language import english

if TYPE_CHECKING:
    import pandas as pd

    from custseg.artifacts.table import Kind
    from custseg.report.tables.pictures import Picture
    from custseg.words.language import Wording

Format = Callable[[Any], str]
_MINUTES: Final = len("2026-11-30T05:33")
_TEXTS: Final = frozenset({"id", "time", "text", "flag"})


@dataclass(frozen=True)
class Form:
    """The form of a column's figures: each renderer writes it in its own way."""

    kind: Kind
    places: int = 0
    """Decimals."""
    exact: bool = False
    """No renderer shortens it: an account must add up."""
    signed: bool = False
    """A workbook puts + before a number above zero."""
    times: bool = False
    """A workbook puts × after a number."""
    of_feature: bool = False
    """A page or workbook writes it as the feature of its row is written."""
    readable: bool = False
    """A page writes a number with as many decimals as its size needs."""

    style: Style = TEXT
    """The signs of its figures."""

    def __call__(self, value: Any) -> str:  # noqa: ANN401  (a cell of any kind)
        """Write a value; nothing for a missing one."""
        if self.kind == "flag":
            return "✓" if value else ""
        if self.kind == "time" and isinstance(value, str):
            return value[:_MINUTES].replace("T", " ")
        if self.kind in _TEXTS:
            return "" if value is None else str(value)
        if self.kind == "share":
            return self.style.percent(value, self.places)
        return self.style.number(value, self.places, grouped=self.kind != "number")


text: Final = Form("text")
"""As it is."""
whole: Final = Form("count")
"""1,234."""
money: Final = Form("money", 2)
"""1,234.56."""
exact_money: Final = Form("money", 2, exact=True)
"""1,234.56 in every renderer, or with as many decimals as there are."""
exact_units: Final = Form("count", exact=True)
"""1,234, or with as many decimals as there are where they are weighed."""
percent: Final = Form("share", 1)
"""12.3 %."""
of_feature: Final = Form("number", 1, of_feature=True)
"""12.3 on a terminal; elsewhere as its row's feature is written."""
moment: Final = Form("time")
"""2026-11-30 05:33, of a moment in ISO's form."""
mark: Final = Form("flag")
"""A tick for true."""


def decimals(places: int, *, signed: bool = False, times: bool = False) -> Form:
    """0.268."""
    return Form("number", places, signed=signed, times=times)


@dataclass(frozen=True)
class Face:
    """How a page or workbook shows a column in another way than a terminal does."""

    header: str = ""
    """Nothing: the terminal's, with a capital."""
    format: Format | None = None
    """None: the terminal's."""
    width: float | None = None
    """In letters, in a workbook; None: as wide as what it holds."""


@dataclass(frozen=True)
class Column:
    """A column of a table: the key in its rows, its header and how values are written.

    Headers may name words that a run fills in, such as `{days}`.
    """

    key: str
    header: str = ""
    """Nothing: it is a language's (`Definition.headed`)."""
    format: Format = text
    page: Face | Form | str | None = Face()
    """What the page has instead: a header, a form, or both; None: the page leaves it out."""
    workbook: Face | Form | str | None = Face()
    """Likewise in the workbook."""
    _: KW_ONLY
    optional: bool = False
    """It may be left out where the terminal is too narrow for all."""
    picture: Picture | None = None
    """What stands beside its figures on a terminal with room for it; in no pipe and no JSON."""
    terminal: bool = True
    """Whether a terminal shows it."""
    width: float | None = None
    """In letters, in a workbook; None: as wide as what it holds."""

    @property
    def numeric(self) -> bool:
        """Whether it is set flush right."""
        return not isinstance(self.format, Form) or self.format.kind not in _TEXTS

    @property
    def kind(self) -> Kind:
        """What its values are."""
        return self.format.kind if isinstance(self.format, Form) else "number"


SEGMENT: Final = (Column("segment", "no.", whole), Column("segment_name", "segment"))
"""Which segment a row is of."""


@dataclass(frozen=True)
class Table:
    """Rows of plain values with a title. `name` is its key in JSON."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: list[dict[str, Any]]
    notes: list[str] = field(default_factory=list)
    bold: str = ""
    """The key that is true in the rows that a terminal sets in bold."""
    pairs: bool = False
    """Its rows are names and what is said of them: a terminal needs no headers for that."""
    commands: bool = False
    """Likewise, and what is said are commands: a terminal keeps each whole, to be copied."""
    hidden: str = field(default_factory=lambda: hidden_columns(english()))
    """What is said of columns that a terminal is too narrow for, with a place for their headers."""

    @property
    def headers(self) -> list[str]:
        """The columns' headers."""
        return [column.header for column in self.columns]

    def written(self) -> list[list[str]]:
        """Its cells as text; no character of a value steers the terminal or breaks a line."""
        return [
            [printable(column.format(row.get(column.key))) for column in self.columns]
            for row in self.rows
        ]


def hidden_columns(wording: Wording) -> str:
    """Return what a language says of columns that a terminal is too narrow for."""
    return str(wording.texts("terminal")["hidden"])


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def pairs(
    name: str,
    title: str,
    listed: list[tuple[str, object]],
    headers: tuple[str, str] = ("what", "value"),
) -> Table:
    """A table of two columns: what, and its value."""
    columns = (Column("what", headers[0]), Column("value", headers[1]))
    return Table(name, title, columns, [{"what": a, "value": b} for a, b in listed], pairs=True)
