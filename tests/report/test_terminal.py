from __future__ import annotations

import io

import pytest

from custseg.report.tables.pictures import Bar
from custseg.report.tables.table import Column, Table, decimals, mark, money, percent, text, whole
from custseg.report.terminal.printing import print_tables

TABLE = Table(
    "sizes",
    "Sizes",
    (
        Column("name", "segment"),
        Column("n", "customers", whole),
        Column("spend", "spend", money, optional=True),
        Column("why", "why", optional=True),
    ),
    [{"name": "Big baskets, slipping", "n": 12345, "spend": 1234567.5, "why": "a reason"}],
    ["a note"],
)


@pytest.mark.parametrize(
    ("form", "value", "written"),
    [
        (whole, 1234.4, "1,234"),
        (money, 1234.5, "1,234.50"),
        (decimals(3), 0.26781, "0.268"),
        (decimals(3), float("nan"), ""),
        (percent, 0.123, "12.3 %"),
        (mark, True, "✓"),
        (mark, False, ""),
        (text, None, ""),
        (whole, None, ""),
    ],
)
def test_values_are_written_for_people(form, value, written):
    assert form(value) == written


def test_a_pipe_gets_tab_separated_lines(capsys):
    print_tables([TABLE])
    assert capsys.readouterr().out == (
        "# Sizes\nsegment\tcustomers\tspend\twhy\n"
        "Big baskets, slipping\t12,345\t1,234,567.50\ta reason\n# a note\n"
    )


class Terminal(io.TextIOWrapper):
    """A terminal of some encoding that keeps what it is given."""

    def __init__(self, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding)

    def isatty(self) -> bool:
        return True


def lines(
    table: Table, width: int, monkeypatch: pytest.MonkeyPatch, encoding: str = "utf-8"
) -> list[str]:
    """The lines that a terminal of some width shows."""
    stream = Terminal(encoding)
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    print_tables([table])
    stream.seek(0)
    without_bold = stream.read().replace("\x1b[1m", "").replace("\x1b[0m", "")
    return [line.rstrip() for line in without_bold.splitlines()]


def shown(table: Table, width: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a terminal of some width shows, spaces folded."""
    return " ".join(" ".join(lines(table, width, monkeypatch)).split())


TEXTS = Table(
    "plans",
    "Plans",
    (Column("name", "segment"), *(Column(name, name) for name in ("message", "offer", "timing"))),
    [
        {
            "name": "New",
            "message": "Welcome, and what others bought next: 12 days ago",
            "offer": "A small thank-you on the next order, no discount",
            "timing": "They order most on Thursdays; within 25 days",
        }
    ],
)


@pytest.mark.parametrize("width", [20, 60, 80, 100, 160])
def test_no_text_is_cut_off_on_a_terminal_of_any_width(width, monkeypatch):
    text = shown(TEXTS, width, monkeypatch)
    for cell in TEXTS.written()[0]:
        assert cell in text


def test_columns_that_have_no_room_are_named(monkeypatch):
    assert "Hidden, as the terminal is too narrow: spend, why" in shown(TABLE, 38, monkeypatch)
    assert "want of room" not in shown(TABLE, 100, monkeypatch)


SHARES = Table(
    "shares",
    "Shares",
    (
        Column("name", "segment"),
        Column("share", "of customers", percent, picture=Bar(note="a legend")),
        Column("days", "days", whole, optional=True),
        Column("chosen", "chosen", mark),
    ),
    [
        {"name": "Loyal ± 1", "share": 0.75, "days": 5, "chosen": True},
        {"name": "New", "share": 0.25, "days": 1200, "chosen": False},
    ],
    ["a note ≥ 1"],
    bold="chosen",
)


def test_bars_stand_beside_their_figures(monkeypatch):
    assert lines(SHARES, 60, monkeypatch) == [
        "Shares",
        "",
        "  segment    of customers      days  chosen",
        " ──────────────────────────────────────────",
        "  Loyal ± 1  75.0 % ████████      5  ✓",
        "  New        25.0 % ██▋       1,200",
        "",
        "a note ≥ 1",
        "a legend",
    ]


def test_a_narrow_terminal_gives_up_bars_and_their_legend_before_figures(monkeypatch):
    assert lines(SHARES, 40, monkeypatch)[2:] == [
        "                      of",
        "  segment      customers   days  chosen",
        " ──────────────────────────────────────",
        "  Loyal ± 1       75.0 %      5  ✓",
        "  New             25.0 %  1,200",
        "",
        "a note ≥ 1",
    ]


def test_a_terminal_without_utf_8_gets_no_bars_and_no_character_that_it_lacks(monkeypatch):
    assert lines(SHARES, 60, monkeypatch, "ascii")[2:] == [
        "  segment      of customers   days  chosen",
        " -----------------------------------------",
        "  Loyal +/- 1        75.0 %      5  x",
        "  New                25.0 %  1,200",
        "",
        "a note >= 1",
    ]


def test_a_pipe_without_utf_8_gets_every_line(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), "latin-1")
    monkeypatch.setattr("sys.stdout", stream)
    print_tables([SHARES])
    stream.seek(0)
    assert stream.read() == (
        "# Shares\nsegment\tof customers\tdays\tchosen\n"
        "Loyal +/- 1\t75.0 %\t5\tx\nNew\t25.0 %\t1,200\t\n# a note >= 1\n"
    )


def test_a_pipe_gets_no_pictures(capsys):
    print_tables([SHARES])
    assert capsys.readouterr().out == (
        "# Shares\nsegment\tof customers\tdays\tchosen\n"
        "Loyal ± 1\t75.0 %\t5\t✓\nNew\t25.0 %\t1,200\t\n# a note ≥ 1\n"
    )


def test_a_dumb_terminal_gets_no_bars(monkeypatch):
    stream = Terminal("utf-8")
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setenv("TERM", "dumb")
    print_tables([SHARES])
    stream.seek(0)
    text = stream.read()
    assert "█" not in text
    assert "a legend" not in text
    assert "\x1b" not in text


def test_rows_that_matter_are_bold(monkeypatch):
    stream = Terminal("utf-8")
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    print_tables([SHARES])
    stream.seek(0)
    loyal, new = (line for line in stream.read().splitlines() if " %" in line)
    assert "\x1b[1m" in loyal
    assert "\x1b[1m" not in new


def test_wide_and_combining_characters_keep_the_columns(monkeypatch):
    rows = [
        {"name": "常连客户", "share": 1},
        {"name": "Cafe\N{COMBINING ACUTE ACCENT}", "share": 1},
    ]
    table = Table("t", "T", SHARES.columns[:2], rows)
    assert lines(table, 60, monkeypatch)[4:6] == [
        "  常连客户  100.0 % ████████",
        "  Cafe\N{COMBINING ACUTE ACCENT}      100.0 % ████████",
    ]


FACTS = Table(
    "facts",
    "Facts",
    (Column("what", "what"), Column("value", "value")),
    [
        {"what": "source", "value": "demo"},
        {"what": "as of", "value": "2024-01-01"},
        {"what": "lists", "value": "one of the ten products that they had bought most often 80 % "
         "of the time, 3.7 ± 0.9 points more than for the shop's own recent best-sellers"},
        {"what": "files", "value": "a-folder"},
    ],
    pairs=True,
)  # fmt: skip


def test_names_and_what_is_said_of_them_need_no_headers_and_paragraphs_have_space(monkeypatch):
    assert lines(FACTS, 68, monkeypatch) == [
        "Facts",
        "",
        "  source  demo",
        "  as of   2024-01-01",
        "",
        "  lists   one of the ten products that they had bought most often",
        "          80 % of the time, 3.7 ± 0.9 points more than for the",
        "          shop's own recent best-sellers",
        "",
        "  files   a-folder",
        "",
    ]


@pytest.mark.parametrize("width", [50, 60, 65, 66, 67, 70, 80])
def test_no_line_parts_a_figure_from_its_unit(width, monkeypatch):
    text = lines(FACTS, width, monkeypatch)
    assert any("80 %" in line for line in text)
    assert any("3.7 ± 0.9" in line for line in text)


def test_prose_is_never_wider_than_can_be_followed(monkeypatch):
    assert max(map(len, lines(FACTS, 200, monkeypatch))) <= 110


@pytest.mark.parametrize("width", [12, 20, 30, 49])
def test_a_very_narrow_terminal_still_gets_every_fact(width, monkeypatch):
    text = "".join(lines(FACTS, width, monkeypatch)).replace(" ", "")
    for row in FACTS.rows:
        assert row["value"].replace(" ", "") in text
