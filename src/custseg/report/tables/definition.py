"""A table said once for every renderer: its columns, and where they differ between renderers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from custseg.report.tables.table import Column, Face, Form, Format, Table, hidden_columns
from custseg.words.figures import capital

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from _typeshed import DataclassInstance

    from custseg.words.language import Wording

Renderer = Literal["terminal", "page", "workbook"]
Row = dict[str, Any]


@dataclass(frozen=True)
class Definition:
    """The columns of a table that a person reads, whoever renders it.

    To show another figure, add a column whose key its rows have: it is shown by every renderer
    that the column doesn't exclude.
    """

    name: str
    """Its key in JSON, and its anchor on the page."""
    columns: tuple[Column, ...]
    first: Mapping[Renderer, tuple[str, ...]] = field(default_factory=dict)
    """Keys of the columns that a renderer puts first, where it has another order."""
    drops: frozenset[Renderer] = frozenset()
    """Renderers that leave out columns without any value."""
    keeps: frozenset[str] = frozenset()
    """Keys of columns that stay even so."""
    sheet_name: str | None = None
    """Its name among the workbook's tables, if it can be sorted and filtered there."""

    def columns_for(
        self,
        renderer: Renderer,
        rows: Sequence[Row],
        *,
        money: bool = True,
        words: Mapping[str, object] | None = None,
    ) -> tuple[Column, ...]:
        """Return a renderer's columns in its order, with its headers and formats.

        Parameters
        ----------
        renderer
            Who shows it.
        rows
            What is shown: columns without a value can be left out.
        money
            Whether amounts are known; their columns are left out otherwise.
        words
            What the headers name.
        """
        order = {key: place for place, key in enumerate(self.first.get(renderer, ()))}
        shown = [
            face
            for column in sorted(self.columns, key=lambda one: order.get(one.key, len(order)))
            if (face := _face(column, renderer, words))
            and (money or face.kind != "money")
            and self._has_values(column, renderer, rows)
        ]
        return tuple(shown)

    def headed(self, headers: Mapping[str, str]) -> Definition:
        """Return it with a language's headers, by key; columns without one keep theirs."""
        columns = (replace(one, header=headers.get(one.key, one.header)) for one in self.columns)
        return replace(self, columns=tuple(columns))

    def _has_values(self, column: Column, renderer: Renderer, rows: Sequence[Row]) -> bool:
        return (
            renderer not in self.drops
            or column.key in self.keeps
            or not rows
            or any(row[column.key] is not None for row in rows)
        )

    def for_terminal(
        self,
        title: str,
        rows: list[Row],
        notes: Iterable[str] = (),
        *,
        bold: str = "",
        money: bool = True,
        words: Mapping[str, object] | None = None,
        wording: Wording | None = None,
    ) -> Table:
        """Lay it out for a terminal, with a language's figures where one is given."""
        columns = self.columns_for("terminal", rows, money=money, words=words)
        table = Table(self.name, title, columns, rows, list(notes), bold=bold)
        if wording is None:
            return table
        written = _written_in(columns, wording)
        return replace(table, columns=written, hidden=hidden_columns(wording))

    def for_page(
        self,
        title: str,
        rows: list[Row],
        wording: Wording,
        notes: Iterable[str] = (),
        *,
        name: str = "",
        money: bool = True,
        words: Mapping[str, object] | None = None,
    ) -> Table:
        """Lay it out with a language's figures; `name` is its anchor, if another."""
        shown = self.columns_for("page", rows, money=money, words=words)
        columns = _written_in(shown, wording)
        return Table(name or self.name, title, columns, rows, list(notes))

    def in_words(
        self,
        rows: list[Row],
        wording: Wording,
        *,
        name: str = "",
        money: bool = True,
        **figures: Any,  # noqa: ANN401  (what its texts name)
    ) -> Table:
        """Lay it out with a language's title, headers and note, for the page of any language.

        They are in its file of words, below `page.tables` and the definition's name.
        """
        place = f"page.tables.{self.name}"
        figures = {"money": money} | figures
        note = wording.render(f"{place}.note", figures) if "note" in wording.texts(place) else ""
        table = self.for_page(
            wording.render(f"{place}.title", figures),
            rows,
            wording,
            [note] if note else [],
            name=name,
            money=money,
            words=figures,
        )
        headers = wording.texts(f"{place}.columns")
        columns = (
            replace(one, header=wording.fill(headers[one.key], figures))
            if one.key in headers
            else one
            for one in table.columns
        )
        return replace(table, columns=tuple(columns))


def rows_of(found: Iterable[DataclassInstance]) -> list[Row]:
    """Return what a run found as rows of a table."""
    return [asdict(one) for one in found]


def _face(column: Column, renderer: Renderer, words: Mapping[str, object] | None) -> Column | None:
    """Return a column as a renderer shows it; None where it doesn't."""
    face: Face | Form | str | None
    if renderer == "terminal":
        face = Face(column.header) if column.terminal else None
    else:
        face = column.page if renderer == "page" else column.workbook
    if face is None:
        return None
    if isinstance(face, str):
        face = Face(face)
    elif isinstance(face, Form):
        face = Face(format=face)
    header = face.header or capital(column.header)
    return replace(
        column,
        header=header.format_map(words) if words else header,
        format=face.format or column.format,
        width=face.width,
    )


def _written_in(columns: Iterable[Column], wording: Wording) -> tuple[Column, ...]:
    return tuple(replace(one, format=in_language(one.format, wording)) for one in columns)


def in_language(form: Format, wording: Wording) -> Format:
    """Return a form that writes as the language does; a missing value is left empty."""
    if not isinstance(form, Form):
        return form
    if form.kind == "money" and not form.exact:
        return lambda value: "" if value is None else wording.money(value)
    if form.readable:
        return wording.number
    return replace(form, style=wording.cells)
