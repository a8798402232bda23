"""What `import custseg` gives."""

from __future__ import annotations

import doctest
import shutil
import subprocess
import sys
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any, assert_type, get_type_hints

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import custseg
from custseg.notebook.showing import Shown
from custseg.pipeline.computing import Computing
from custseg.pipeline.execution import Execution
from custseg.pipeline.stages import STAGES
from custseg.segments.customers.published import published, read_month
from custseg.settings import ModelSettings, ReportSettings, SegmentSettings, Settings
from custseg.workspace.workspace import Workspace
from tests.recalling import recalling

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


@pytest.fixture(scope="module")
def shop(studied: Path, small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a shop's orders and its workspace, as examples have them."""
    folder = tmp_path_factory.mktemp("shop")
    shutil.copy(small_shop, folder / "orders.csv")
    shutil.copytree(studied, folder / "custseg-workspace")
    return folder


def names_of(name: str, home: Workspace) -> dict[str, Any]:
    """What an example may use: for a stage's function, what a run gives it."""
    stages = {stage.function.rpartition(":")[2]: stage for stage in STAGES.values()}
    if name in stages and not stages[name].reads_source:
        settings = Settings()
        computing = Computing(home, settings.engine)
        execution = Execution(home, settings, {}, None, computing)
        return dict(execution._load(stages[name], home.manifest()).arguments)
    snapshot = published(home, None)
    return {
        "features": pd.read_parquet(home.path("features")),
        "model": snapshot.read("model"),
        "month": read_month(snapshot, SegmentSettings()),
        "scratch": home.root.parent,
    }


@pytest.mark.parametrize("name", sorted({*custseg.__all__} - {"__version__"}))
def test_every_public_name_has_an_example_that_says_what_comes_out(name, shop, monkeypatch):
    monkeypatch.chdir(shop)
    known = {
        "custseg": custseg,
        "Path": Path,
        "ModelSettings": ModelSettings,
        "ReportSettings": ReportSettings,
    }
    given = names_of(name, Workspace(Path("custseg-workspace")))
    finder = doctest.DocTestFinder(recurse=False)
    (example,) = finder.find(getattr(custseg, name), name, globs=known | given)
    assert any(step.want for step in example.examples)
    said = StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    with recalling():
        assert runner.run(example, out=said.write).failed == 0, said.getvalue()


def test_type_checkers_see_what_an_estimator_gives(shop: Path) -> None:
    found = custseg.load(shop / "custseg-workspace")
    assert_type(found, custseg.Segmentation)
    assert_type(found.set_params(k=3), custseg.Segmentation)
    assert_type(found.get_params(), dict[str, Any])
    assert_type(found.labels_, NDArray[np.int64])
    assert_type(found.as_of_, date)
    assert_type(found.explain(found.customers_["customer_id"][0]), Shown)
    assert_type(found.report(shop / "report.html"), Path)
    assert_type(found.to_sql("duckdb"), str)
    assert_type(found.save(shop / "kept"), Path)
    # Tables are of the library that the orders came in, which no type can say.
    assert_type(found.table("profiles"), Any)
    with pytest.raises(AttributeError):
        found.custommers_  # type: ignore[attr-defined]  # noqa: B018
