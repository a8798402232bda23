"""The table of ways tried is whole: each way has its test, and each file of attacks is in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
WAYS = re.findall(
    r"(?m)^\| ([^|`]+) \| `([^`]+)`: `(test_\w+)` \|$", (HERE / "README.md").read_text()
)


def test_each_way_is_tried_by_a_test_that_there_is():
    assert len({way for way, _, _ in WAYS}) == len(WAYS) >= 30
    for way, file, test in WAYS:
        tree = ast.parse((HERE / file).read_text())
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert test in names, way


def test_each_file_of_attacks_is_in_the_table():
    named = {file for _, file, _ in WAYS}
    assert {path.name for path in HERE.glob("test_*.py")} - named == {Path(__file__).name}
