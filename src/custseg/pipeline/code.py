"""Which source files decide on what a stage makes, and their digest.

A stage depends on its function's module and on all that this imports, directly or not, also within
functions; on the classes of the JSON artifacts that it reads or writes; and on what reads and
writes every artifact. Imports for type checkers alone do not count.

A name that a package's `__init__` only passes on leads to the module that has it, so that a new
setting of one stage changes no other stage. A module that names its own place (`__file__`,
`importlib.resources`) reads files that are no Python: those beside it and below count as part of
it.

Imports are found by pattern: parsing the package takes half a second, which `custseg status` would
pay each time. A test compares them with the syntax tree of every module.
"""

from __future__ import annotations

import hashlib
import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from custseg._version import __version__
from custseg.artifacts import ARTIFACTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from custseg.pipeline.stage import Stage

SHARED: Final = (
    "custseg.engine.base",
    "custseg.engine.duckdb",
    "custseg.engine.parquet",
    "custseg.workspace.storage",
)
"""What reads and writes the artifacts of every stage."""
_PACKAGE: Final = "custseg"
# Each begins with plain text, for which a pattern is searched ten times as fast.
_FOR_TYPES: Final = re.compile(r"\nif TYPE_CHECKING:\n(?:[ \t]+.*\n|\n)+")
_FROM: Final = re.compile(r"from (custseg[\w.]*) import (?:\(.*\n((?:.*\n)*?)[ \t]*\)|([^\n(#]*))")
_IMPORT: Final = re.compile(r"import (custseg[\w.]*)")
_COMMENT: Final = re.compile(r"#.*")
_NAMES_ITS_PLACE: Final = ("__file__", "importlib.resources")


class Import(NamedTuple):
    """A name that a module takes from another of the package."""

    module: str
    name: str
    """Empty where the module itself is imported."""
    known_as: str


class SourceCode:
    """The source files of the package in a folder, each read once.

    Parameters
    ----------
    root
        The folder of the package.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files = frozenset(_walk(root))
        self._digests: dict[str, str] = {}
        self._imports: dict[str, list[Import]] = {}
        self._origins: dict[str, set[str]] = {}
        self._data: dict[str, set[str]] = {}

    def version(self, stage: Stage) -> str:
        """Return custseg's version with a digest of a stage's own code."""
        artifacts = (*stage.reads, *stage.side_reads, *stage.before, *stage.writes)
        targets = (stage.function, stage.gathers, *(ARTIFACTS[name].holds for name in artifacts))
        modules = [target.partition(":")[0] for target in targets if target]
        digest = hashlib.sha256()
        for file in self.files_behind((*modules, *stage.also_runs, *SHARED)):
            digest.update(f"{file} {self._digest(file)}\n".encode())
        for name in stage.writes:
            digest.update(repr(ARTIFACTS[name]).encode())
        return f"{__version__}+{digest.hexdigest()[:12]}"

    def files_behind(self, modules: Iterable[str]) -> list[str]:
        """Return the files that some modules are made of and import, by path from the root."""
        followed: set[str] = set()
        waiting = list(modules)
        while waiting:
            module = waiting.pop()
            if module not in followed:
                followed.add(module)
                waiting += self._leads_to(module)
        files = {self._file(module) for module in followed}
        for module in followed:
            parts = module.split(".")[1:]
            files |= {"/".join((*parts[:depth], "__init__.py")) for depth in range(len(parts))}
            files |= self.data_of(module)
        return sorted(files)

    def imports(self, module: str) -> list[Import]:
        """Return what a module takes from others of the package, except for type checkers."""
        self._scan(module)
        return self._imports[module]

    def data_of(self, module: str) -> set[str]:
        """Return the files that a module reads: no Python, and beside it or below."""
        self._scan(module)
        return self._data[module]

    def _leads_to(self, module: str) -> set[str]:
        """Return the modules that a module's imports come from."""
        if module not in self._origins:
            imports = self.imports(module)
            self._origins[module] = {found for one in imports for found in self._origins_of(one)}
        return self._origins[module]

    def _scan(self, module: str) -> None:
        if module in self._imports:
            return
        file = self._file(module)
        content = (self._root / file).read_bytes()
        text = content.decode("utf-8")
        self._digests[file] = hashlib.sha256(content).hexdigest()
        self._imports[module] = list(_imports(text))
        self._data[module] = set()
        if any(word in text for word in _NAMES_ITS_PLACE):
            folder = file.rpartition("/")[0]
            beside = f"{folder}/" if folder else ""
            self._data[module] = {
                path for path in self._files if path.startswith(beside) and not path.endswith(".py")
            }

    def _digest(self, file: str) -> str:
        if file not in self._digests:
            self._digests[file] = hashlib.sha256((self._root / file).read_bytes()).hexdigest()
        return self._digests[file]

    def _origins_of(self, one: Import) -> set[str]:
        """Return the modules that an imported name comes from."""
        submodule = f"{one.module}.{one.name}"
        if one.name and self._path(submodule):
            return {submodule}
        if one.name and self._file(one.module).endswith("__init__.py"):
            passed_on = [other for other in self.imports(one.module) if other.known_as == one.name]
            if passed_on:
                return {origin for other in passed_on for origin in self._origins_of(other)}
        return {one.module}

    def _file(self, module: str) -> str:
        path = self._path(module)
        assert path, f"{module} is no module of {self._root}"
        return path

    def _path(self, module: str) -> str | None:
        """Return a module's file; None where there is none."""
        inside = module.removeprefix(_PACKAGE).removeprefix(".").replace(".", "/")
        candidates = (f"{inside}.py", f"{inside}/__init__.py".removeprefix("/"))
        return next((path for path in candidates if path in self._files), None)


@cache
def code_version(stage: Stage) -> str:
    """Return the version of a stage's code: an edited checkout never serves old results."""
    return _own_code().version(stage)


@cache
def _own_code() -> SourceCode:
    return SourceCode(Path(__file__).parents[1])


def _walk(root: Path) -> Iterator[str]:
    """Every file of a folder by its path from there; hidden and compiled ones are left out."""
    start = len(str(root)) + 1
    for folder, _, names in os.walk(root):
        inside = f"{folder[start:]}/".replace(os.sep, "/").removeprefix("/")
        for name in names:
            if not name.startswith(".") and not name.endswith(".pyc"):
                yield f"{inside}{name}"


def _imports(text: str) -> Iterator[Import]:
    text = _FOR_TYPES.sub("\n", text)
    for module in _IMPORT.findall(text):
        yield Import(module, "", module)
    for module, in_parentheses, in_line in _FROM.findall(text):
        for entry in _COMMENT.sub("", in_parentheses or in_line).split(","):
            if entry.strip():
                name, _, known_as = entry.strip().partition(" as ")
                yield Import(module, name, known_as or name)
