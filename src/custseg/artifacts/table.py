"""What an artifact is, and the columns that many have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    import pyarrow as pa

MONEY: Final = "decimal(18,4)"
MONEY_SCALE: Final = 4


@dataclass(frozen=True)
class Column:
    """One column of an artifact. A name ending in `*` stands for a numbered family (`pc1`, …)."""

    name: str
    type: str
    description: str
    given: Kind | None = None
    """Its kind where type and name do not tell it. A decimal column and an amount always say it."""

    @property
    def kind(self) -> Kind:
        """What its values are: as given, else by its name, else by its type."""
        if self.given:
            return self.given
        for pattern, kind in _KINDS_BY_NAME:
            if pattern.search(self.name):
                return kind
        return _KINDS_BY_TYPE[self.type]


Kind = Literal["id", "money", "share", "count", "number", "time", "flag", "text"]
"""What a column holds: what names something, an amount in the shop's currency, a part of a whole
from 0 to 1, how many there are, any other figure, a date or time, yes or no, or words."""
Storage = Literal["table", "pickle", "json", "bytes", "folder"]
_KINDS_BY_NAME: Final[tuple[tuple[re.Pattern[str], Kind], ...]] = (
    (re.compile(r"_id$|^segment$|^by_old_model$|_segment$|^group$|cluster$|^component$"), "id"),
    (re.compile(r"(^|_)(share|rate|probability)$"), "share"),
    (re.compile(r"^(date|cut_off|month|since|retired)$"), "time"),
)
_KINDS_BY_TYPE: Final[dict[str, Kind]] = {
    "string": "text",
    "int64": "count",
    "double": "number",
    "bool": "flag",
    "timestamp": "time",
    "date": "time",
    MONEY: "number",
}


@dataclass(frozen=True)
class Artifact:
    """A file of the workspace: most are Parquet tables."""

    name: str
    description: str
    columns: tuple[Column, ...] = ()
    key: tuple[str, ...] = ()
    """The columns its rows are sorted by, so that equal content is equal bytes. Order lines have
    the order of the source."""
    in_order: bool = False
    """Its rows are mostly computed in this order already, so that none need be sorted."""
    storage: Storage = "table"
    """How it is stored; a folder holds files of bytes."""
    file_name: str = ""
    lines: bool = False
    """Its rows are order lines: where another engine than DuckDB has these, they stay there."""
    holds: str = ""
    """The class that a JSON file is of, as `module:class`."""

    @property
    def file(self) -> str:
        """Its file's (or folder's) name in the workspace."""
        return self.file_name or f"{self.name}.parquet"

    @property
    def personal(self) -> bool:
        """Whether it holds a row per customer, and so personal data."""
        return any(column.name == "customer_id" for column in self.columns)

    def kinds(self) -> dict[str, Kind]:
        """The kind of each of its columns, by the column's name."""
        return {column.name: column.kind for column in self.columns}

    def column_names(self, present: Iterable[str] = ()) -> list[str]:
        """Its columns in order; families are expanded to their members among `present`."""
        return [name for name, _ in self._expand(present)]

    def schema(self, present: Iterable[str] = ()) -> pa.Schema:
        """Its Arrow schema, each column with its description in the metadata."""
        import pyarrow as pa

        types = {
            "string": pa.string(),
            "int64": pa.int64(),
            "double": pa.float64(),
            "bool": pa.bool_(),
            "timestamp": pa.timestamp("us"),
            "date": pa.date32(),
            MONEY: pa.decimal128(18, MONEY_SCALE),
        }
        return pa.schema(
            pa.field(name, types[column.type], metadata={"description": column.description})
            for name, column in self._expand(present)
        )

    def empty(self) -> pd.DataFrame:
        """A frame of its columns (families aside), each of its type, without a row."""
        frame: pd.DataFrame = self.schema().empty_table().to_pandas()
        return frame

    def _expand(self, present: Iterable[str]) -> list[tuple[str, Column]]:
        members = list(present)
        expanded: list[tuple[str, Column]] = []
        for column in self.columns:
            if not column.name.endswith("*"):
                expanded.append((column.name, column))
                continue
            stem = column.name[:-1]
            family = (m for m in members if m.startswith(stem) and m[len(stem) :].isdigit())
            expanded += [(m, column) for m in sorted(family, key=lambda m: int(m[len(stem) :]))]
        return expanded


ID: Final = Column("customer_id", "string", "Customer")
SEGMENT: Final = (
    Column("segment", "int64", "Segment: a number that stays its own from month to month"),
    Column("segment_name", "string", "Segment name"),
)


def load(target: str) -> Any:  # noqa: ANN401
    """Import what `module:name` names: a function, or a class."""
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)
