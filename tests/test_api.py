"""What `import custseg` gives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import pytest

import custseg
from custseg.pipeline.stages import STAGES

BESIDE = {
    "Segmentation",
    "explain_customer",
    "fit",
    "load",
    "load_pipeline",
    "score_customers",
}
"""What of the API is no stage's own."""


def test_the_api_is_the_stages_functions_and_what_is_beside_them():
    functions = {stage.function.rpartition(":")[2] for stage in STAGES.values()}
    assert set(custseg.__all__) == functions | BESIDE | {"__version__"}


@pytest.mark.parametrize("stage", STAGES.values(), ids=lambda stage: stage.name)
def test_a_stages_function_is_imported_by_name(stage):
    assert getattr(custseg, stage.function.rpartition(":")[2]) is stage.load()


@pytest.mark.parametrize("name", sorted(BESIDE))
def test_what_is_beside_the_stages_is_imported_by_name(name):
    assert getattr(custseg, name).__name__ == name


def test_names_can_be_imported_one_by_one():
    from custseg import clean, features
    from custseg.orders import cleaning, customer_features

    assert clean is cleaning.clean
    assert features is customer_features.features


def test_dir_names_the_api_and_nothing_else():
    assert [name for name in dir(custseg) if not name.startswith("__")] == sorted(
        set(custseg.__all__) - {"__version__"}
    )


def test_another_name_is_refused() -> None:
    # The comments are checked: mypy refuses the name as well, and needless comments too.
    with pytest.raises(AttributeError, match="module 'custseg' has no attribute 'cluster'"):
        custseg.cluster  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(ImportError, match="cluster"):
        from custseg import cluster  # type: ignore[attr-defined]  # noqa: F401


def test_type_checkers_see_what_a_function_takes_and_returns() -> None:
    with pytest.raises(TypeError):
        custseg.score_rfm("features", "segments")  # type: ignore[arg-type]
    assert (Path(custseg.__file__).parent / "py.typed").is_file()


def test_a_function_has_its_types():
    local = {"pd": __import__("pandas"), "Progress": object, "Tell": object}
    assert get_type_hints(custseg.select_k, localns=local)


def test_importing_it_imports_no_library():
    script = "import custseg, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert loaded.isdisjoint({"ibis", "numpy", "pandas", "pyarrow", "pydantic", "sklearn", "typer"})
