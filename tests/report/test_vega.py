"""Vega comes with the package; only pictures need the library that draws them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from custseg.errors import MissingLibraryError, SettingsError
from custseg.report.charts.drawing import save
from custseg.report.charts.shares import shares
from custseg.report.html import vega
from custseg.settings.loading import load_settings
from tests.model_summaries import small_summary


@pytest.fixture
def without_vl_convert(monkeypatch):
    """As after `pip install custseg`, without the extra."""
    monkeypatch.setitem(sys.modules, "vl_convert", None)


def test_the_script_of_the_package_is_what_vl_convert_makes():
    vega.library.cache_clear()
    script = vega.library()
    assert script == vega.bundle()
    assert "window.vegaEmbed=" in script
    assert "<!--" not in script
    assert "</script" not in script.lower()


def report(workspace, before=""):
    """What a process of its own writes of a workspace, and says."""
    environment = {key: value for key, value in os.environ.items() if "CHARTS" not in key}
    code = f"import sys; {before}\nfrom custseg.cli import main; main()"
    command = [sys.executable, "-c", code, "report", "-w", str(workspace)]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return {one.name: one.read_bytes() for one in (workspace / "charts").glob("[!.]*")}, told.stderr


def test_without_the_extra_the_page_is_drawn_and_a_line_says_what_the_files_need(finished):
    pictures, told = report(finished)
    assert {"shares.png", "shares.svg"} <= pictures.keys()
    assert "custseg[charts]" not in told
    assert "charts/shares.png" in (finished / "evidence.html").read_text()

    pictures, told = report(finished, "sys.modules['vl_convert'] = None")
    assert pictures == {}
    assert told.count("custseg[charts]") == 1
    page = (finished / "evidence.html").read_text()
    assert vega.library() in page
    assert "charts/" not in page


@pytest.mark.usefixtures("without_vl_convert")
def test_pictures_that_are_asked_for_are_refused_before_a_run(monkeypatch):
    monkeypatch.setenv("CUSTSEG_REPORT__CHARTS", '["png"]')
    with pytest.raises(SettingsError, match=r"pip install 'custseg\[charts\]'"):
        load_settings()


@pytest.mark.usefixtures("without_vl_convert")
@pytest.mark.parametrize("name", ["c.svg", "c.png", "c.html"])
def test_a_chart_in_a_file_names_the_extra(tmp_path, name):
    drawing = shares(small_summary())
    assert drawing is not None
    with pytest.raises(MissingLibraryError) as failure:
        save(drawing, tmp_path / name)
    assert "custseg[charts]" in failure.value.hint
