"""Imports run downwards only: the rooms have an order, and no two places import each other."""

from __future__ import annotations

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from custseg.pipeline.stages import STAGES

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "custseg"
ROOMS = (
    "__main__",
    "__init__",
    "notebook",
    "cli",
    "pipeline",
    "report",
    "offers",
    "outlook",
    "segments",
    "orders",
    "privacy",
    "sources",
    "workspace",
    "engine",
    "settings",
    "artifacts",
    "words",
    "errors",
    "_version",
)
"""From the top floor down: a room imports from those after it only."""
EXCEPTIONS = {
    ("artifacts.model", "segments.model.published"): "names the class that model.json holds",
    ("artifacts.report", "report.summary.whole"): "names the class that summary.json holds",
}
"""Arrows that run up, each with its reason."""
_BY_NAME = re.compile(r"custseg\.([\w.]+):\w+")


def modules(package: Path) -> dict[str, Path]:
    """Every file by its dotted name below the package; a package's own is `….__init__`."""
    found = sorted(package.rglob("*.py"))
    return {".".join(path.relative_to(package).with_suffix("").parts): path for path in found}


def named(target: str, known: dict[str, Path]) -> str | None:
    """The file that a dotted name below the package is in: a module, a package, or a name of it."""
    for name in (target, f"{target}.__init__".lstrip("."), target.rpartition(".")[0]):
        if name in known:
            return name
    return named_package(target.rpartition(".")[0], known)


def named_package(target: str, known: dict[str, Path]) -> str | None:
    name = f"{target}.__init__".lstrip(".")
    return name if name in known else None


def arrows(package: Path) -> set[tuple[str, str]]:
    """Which file takes something from which: imports wherever they stand, and names to import."""
    known, found = modules(package), set()
    for name, path in known.items():
        targets = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                targets |= {f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Import):
                targets |= {alias.name for alias in node.names}
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                targets |= {f"custseg.{module}" for module in _BY_NAME.findall(node.value)}
        for target in targets:
            if target.split(".")[0] == "custseg":
                file = named(target.removeprefix("custseg").removeprefix("."), known)
                assert file, f"{name} imports {target}, which is nowhere"
                found.add((name, file))
    return {(start, end) for start, end in found if start != end}


def climbing(found: set[tuple[str, str]]) -> list[str]:
    """Arrows from a room to one above it."""
    floor = {room: i for i, room in enumerate(ROOMS)}
    return [
        f"{start} imports {end}"
        for start, end in sorted(found)
        if floor[start.split(".")[0]] > floor[end.split(".")[0]] and (start, end) not in EXCEPTIONS
    ]


def circles(found: set[tuple[str, str]]) -> list[str]:
    """Circles at every level: of rooms, of packages and files in a room, and so on down."""
    levels: dict[str, TopologicalSorter[str]] = {}
    for start, end in found - EXCEPTIONS.keys():
        one, other = start.split("."), end.split(".")
        depth = next(i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
        levels.setdefault(".".join(one[:depth]), TopologicalSorter()).add(one[depth], other[depth])
    problems = []
    for place, graph in sorted(levels.items()):
        try:
            graph.prepare()
        except CycleError as error:
            problems.append(f"in {place or 'custseg'}: {' ← '.join(error.args[1])}")
    return problems


@pytest.fixture(scope="module")
def found() -> set[tuple[str, str]]:
    return arrows(PACKAGE)


def test_every_room_has_its_floor():
    assert {name.split(".")[0] for name in modules(PACKAGE)} == set(ROOMS)


def test_imports_run_downwards_only(found):
    assert climbing(found) == []


def test_no_two_places_import_each_other(found):
    assert circles(found) == []


def test_every_exception_is_needed(found):
    assert EXCEPTIONS.keys() <= found


def test_the_stages_functions_are_seen_as_arrows(found):
    targets = {end for start, end in found if start == "pipeline.stages"}
    functions = {
        stage.function.partition(":")[0].removeprefix("custseg.") for stage in STAGES.values()
    }
    assert functions <= targets


def test_settings_that_know_the_report_are_found(tmp_path):
    lines = {
        "settings.report": "from custseg.report import page\n",
        "settings.model": "if TYPE_CHECKING:\n    from custseg.report.page import write_report\n",
        "settings.orders": "def late() -> None:\n    import custseg.report.page\n",
        "settings.run": 'HOLDS = "custseg.report.page:write_report"\n',
    }
    for name, path in modules(PACKAGE).items():
        copy = tmp_path.joinpath(*name.split(".")).with_suffix(".py")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text("utf-8") + lines.get(name, ""), "utf-8")
    found = arrows(tmp_path)
    assert {f"{name} imports report.page" for name in lines} <= set(climbing(found))
    assert circles(found)


def test_every_package_says_what_it_is_for():
    for name, path in modules(PACKAGE).items():
        assert ast.get_docstring(ast.parse(path.read_text("utf-8"))) or name == "__main__", name
