"""Everything that a workspace holds on one customer, as plain values and as a page to hand out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from math import isnan
from typing import TYPE_CHECKING, Any

from custseg.errors import DataError
from custseg.privacy.holdings import ID, holdings, lists, read_list
from custseg.privacy.register import are_among, possible_ids

if TYPE_CHECKING:
    from collections.abc import Iterable

    from custseg.artifacts.table import Kind
    from custseg.workspace.workspace import Workspace


@dataclass(frozen=True)
class Held:
    """What one file holds on the customer."""

    file: str
    month: str
    """As-of date of the published month that it is of; empty: it is of the last run."""
    what: str
    columns: dict[str, str]
    """What each of its columns means."""
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class Subject:
    """Everything held on one customer."""

    customer_id: str
    """As the workspace has it."""
    held: list[Held]
    unread: list[str]
    """Files in the folder of lists that don't tell whom they hold."""
    reasons: dict[str, str]
    """Why they were in their segment, in a sentence, by the month's as-of date."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def find_subject(workspace: Workspace, typed: str) -> Subject:
    """Gather what is held on a customer over all months and lists.

    Raises
    ------
    DataError
        Nothing is.
    """
    ids = [one for one in possible_ids([typed]).tolist() if one]
    held = []
    for holding in holdings(workspace):
        if rows := holding.rows(ids):
            meaning = {column.name: column.description for column in holding.artifact.columns}
            kinds = holding.artifact.kinds()
            held.append(
                Held(
                    holding.path.relative_to(workspace.root).as_posix(),
                    holding.snapshot.as_of if holding.snapshot else "",
                    holding.artifact.description,
                    {name: meaning.get(name, "") for name in rows[0]},
                    [
                        {name: _plain(value, kinds.get(name)) for name, value in row.items()}
                        for row in rows
                    ],
                )
            )
    unread = []
    for path in lists(workspace):
        name = path.relative_to(workspace.root).as_posix()
        found = read_list(path)
        if found is None:
            unread.append(name)
            continue
        frame, customers = found
        theirs = frame[are_among(customers, ids)]
        if len(theirs):
            rows = [
                {str(k): _plain(v) for k, v in row.items()} for row in theirs.to_dict("records")
            ]
            columns = dict.fromkeys(map(str, frame.columns), "")
            held.append(Held(name, "", "A list of customers, or their scores", columns, rows))
    if not held:
        raise DataError(
            "This workspace holds nothing on such a customer.",
            "Write the customer as in the orders, with zeros and prefixes.",
        )
    own = {str(row["customer_id"]) for one in held for row in one.rows if "customer_id" in row}
    return Subject(next(iter(own), ids[0]), held, unread, {})


def page(subject: Subject) -> str:
    """Write it as a page that is read without custseg: everything of it is text, nothing links."""
    from importlib.resources import files

    from jinja2 import Environment

    # What they are comes before the long lists of what they bought.
    held = sorted(subject.held, key=lambda one: len(one.rows) > 1)
    template = files("custseg.privacy").joinpath("subject.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    shown = replace(subject, held=held)
    return environment.from_string(template).render(subject=shown, names=_names, shown=_shown)


def _names(rows: Iterable[dict[str, Any]]) -> list[str]:
    """The columns that tell something of the customer, whom the page's title names."""
    rows = list(rows)
    told = (name for name in rows[0] if name != ID)
    return [
        name
        for name in told
        if any(not (row[name] is None or row[name] is False or row[name] == "") for row in rows)
    ]


def _shown(value: object) -> str:
    """A value as a page has it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)


def _plain(value: object, kind: Kind | None = None) -> object:
    """A value as JSON has it: exact decimals and times as text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return None if isnan(value) else value
    if isinstance(value, Decimal) and kind == "money":
        return f"{value.normalize():f}" if value != round(value, 2) else f"{value:.2f}"
    if isinstance(value, Decimal):
        return str(value.normalize()) if value != value.to_integral() else str(int(value))
    return str(value)
