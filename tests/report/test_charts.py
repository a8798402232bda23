from __future__ import annotations

import json
from typing import Any

import pytest

from custseg.errors import DataError, SettingsError
from custseg.report.charts.backtest import backtest_chart, save

ROWS: list[dict[str, Any]] = [
    {
        "date": date,
        "task": task,
        "segment": segment,
        "method": method,
        "hit_rate": hit,
        "hit_rate_se": 0.02,
    }
    for date in ("2024-01-01", "2024-04-01")
    for segment in (0, 1)
    for task, method, hit in (
        ("new products", "new for you", 0.5),
        ("new products", "recent best-sellers", 0.01),
        ("any product", "buy again", 0.8),
    )
]


def test_the_backtest_is_drawn_for_everyone_with_a_title_that_says_what_it_shows():
    chart = backtest_chart(ROWS).to_dict()
    assert chart["title"]["text"] == [
        "Of customers who then bought something new to them, 50.0 % bought some of their",
        "own New for you list, 1.0 % some of the shop's recent best-sellers",
    ]
    assert chart["title"]["subtitle"] == "Back-test: lists as of 2024-01-01, 2024-04-01"
    new, bought = chart["vconcat"]
    drawn = chart["datasets"][new["data"]["name"]]
    assert len(drawn) == 4
    assert len(chart["datasets"][bought["data"]["name"]]) == 2
    worst = next(row for row in drawn if row["list"] == "recent best-sellers")
    assert (worst["low"], worst["own"]) == (0.0, False)


@pytest.mark.parametrize(
    ("name", "start"), [("c.svg", b"<svg"), ("c.png", b"\x89PNG"), ("c.html", b"<!DOCTYPE html>")]
)
def test_a_chart_is_saved_as_the_name_says(name, start, tmp_path):
    save(backtest_chart(ROWS), tmp_path / name)
    content = (tmp_path / name).read_bytes()
    assert content.lstrip().startswith(start)
    assert b'src="http' not in content


def test_a_chart_that_cannot_be_drawn_or_saved_says_why(tmp_path):
    with pytest.raises(DataError, match="the back-test is empty"):
        backtest_chart([])
    with pytest.raises(SettingsError, match=r"charts are saved as \.svg, \.png, \.html") as error:
        save(backtest_chart(ROWS), tmp_path / "c.jpg")
    assert "c.svg" in str(error.value.hint)
    with pytest.raises(SettingsError, match="cannot be written"):
        save(backtest_chart(ROWS), tmp_path / "no" / "c.svg")


def test_the_command_draws_it(custseg, finished, tmp_path):
    result = custseg("backtest", "-w", finished, "--json", "--chart", tmp_path / "c.svg")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["backtest_verdict"].startswith("Of ")
    assert "New for you" in (tmp_path / "c.svg").read_text()
