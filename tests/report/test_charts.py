from __future__ import annotations

import json

import pytest

from custseg.artifacts import ARTIFACTS
from custseg.errors import SettingsError
from custseg.report.charts.backtest import draw_lists
from custseg.report.charts.drawing import Drawing, save, specification
from custseg.report.page import charts
from custseg.report.summary.studies import ListTest
from custseg.workspace.storage import read

TESTS = tuple(
    ListTest(date, task, method, 20, hit, 0.02, 0.1)
    for date in ("2024-01-01", "2024-04-01")
    for task, method, hit in (
        ("new products", "new for you", 0.5),
        ("new products", "recent best-sellers", 0.01),
        ("any product", "buy again", 0.8),
    )
)


@pytest.fixture
def drawing() -> Drawing:
    drawn = draw_lists(TESTS)
    assert drawn is not None
    return drawn


def test_the_backtest_is_drawn_over_its_dates_with_a_title_that_says_what_it_shows(drawing):
    assert drawing.title == (
        "Of customers who then bought something new to them, 50.0 % bought some of their own New "
        "for you list, 1.0 % some of the shop's recent best-sellers."
    )
    assert "Lists as of 2024-01-01 and 2024-04-01" in drawing.caption
    spec = specification(drawing)
    rows = spec["datasets"][spec["data"]["name"]]
    assert [(row["line"], row["date"]) for row in rows] == [
        ("new products: new for you", "2024-01-01"),
        ("new products: new for you", "2024-04-01"),
        ("new products: recent best-sellers", "2024-01-01"),
        ("new products: recent best-sellers", "2024-04-01"),
        ("any product: buy again", "2024-01-01"),
        ("any product: buy again", "2024-04-01"),
    ]
    assert (rows[2]["low"], rows[2]["own"]) == (0.0, False)


@pytest.mark.parametrize(
    ("name", "start"), [("c.svg", b"<svg"), ("c.png", b"\x89PNG"), ("c.html", b"<!DOCTYPE html>")]
)
def test_a_chart_is_saved_as_the_name_says(drawing, name, start, tmp_path):
    save(drawing, tmp_path / name)
    content = (tmp_path / name).read_bytes()
    assert content.lstrip().startswith(start)
    assert b'src="http' not in content


def test_a_chart_that_cannot_be_saved_says_why(drawing, tmp_path):
    with pytest.raises(SettingsError, match=r"charts are saved as \.svg, \.png, \.html") as error:
        save(drawing, tmp_path / "c.jpg")
    assert "c.svg" in str(error.value.hint)
    with pytest.raises(SettingsError, match="cannot be written"):
        save(drawing, tmp_path / "no" / "c.svg")


def test_nothing_is_drawn_of_an_empty_backtest():
    assert draw_lists(()) is None


def test_every_chart_is_valid_vega_lite(studied):
    summary = read(studied / "summary.json", ARTIFACTS["summary"])
    drawings = charts(summary)
    # Of so few customers some charts, such as of those who slip, are left out.
    assert len(drawings) > 12
    for drawing in drawings:
        # The report leaves out this check, which takes longer than the drawing.
        drawing.chart.to_dict(validate=True)


def test_the_command_draws_it(custseg, finished, tmp_path):
    result = custseg("backtest", "-w", finished, "--json", "--chart", tmp_path / "c.svg")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["backtest_verdict"].startswith("Of ")
    assert "New for you" in (tmp_path / "c.svg").read_text()
