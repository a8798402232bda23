"""Write the joins of a source's tables into custseg.toml."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from custseg.cli.files import write_file
from custseg.errors import SettingsError
from custseg.sources.columns.match import looks_like_data
from custseg.sources.tables.joining import join_toml
from custseg.sources.tables.pooling import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from custseg.sources.tables.choosing import Choice
    from custseg.sources.tables.relations import Relation


def write_joins(choice: Choice, path: Path) -> list[str]:
    """Add the joins that orders need to the end of custseg.toml; what is to be asked as comments.

    A join that is there already is left alone. What only names products or countries needs none:
    written there it would bring prices and all else with it.

    Returns
    -------
    list of str
        The tables whose join was written.

    Raises
    ------
    SettingsError
        The file has joins in a form that cannot be added to.
    """
    text = path.read_text("utf-8") if path.exists() else ""
    needed = [relation for relation in choice.joins if not relation.describes]
    joins = list(_new(needed, text))
    lines = "".join(f"\n{block}\n" for _, block in joins)
    for relation, block in _new(choice.questions, text):
        commented = "".join(f"# {line}\n" for line in block.splitlines())
        lines += f"\n# would give {' and '.join(relation.gives)}:\n{commented}"
    if not lines:
        return []
    whole = text.rstrip() + "\n" + lines if text.strip() else lines.lstrip("\n")
    try:
        tomllib.loads(whole)
    except tomllib.TOMLDecodeError:
        raise SettingsError(
            f"{path}: no [[source.join]] can be added to it as it is written.",
            "Write [source] join as tables of their own: [[source.join]], then file and on.",
        ) from None
    write_file(path, whole)
    return [relation.other.name for relation, _ in joins]


def _new(relations: Iterable[Relation], text: str) -> Iterator[tuple[Relation, str]]:
    """Joins that a file does not have yet; names that look like data are left out."""
    for relation in relations:
        names = (*relation.on.keys(), *relation.on.values())
        block = join_toml(parts_of(relation.other)[0].name, relation.on)
        file = block.splitlines()[1]
        if file not in text and not any(map(looks_like_data, names)):
            yield relation, block
