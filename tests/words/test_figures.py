from __future__ import annotations

import pytest

from custseg.words.figures import before, beside, capital, counted, listed, money, percent, plain


def test_money_is_whole_and_letters_keep_a_distance():
    assert [money(value, "£") for value in (1234.4, -5, -0.2)] == ["£1,234", "-£5", "£0"]
    assert money(1234, "EUR") == "EUR\N{NO-BREAK SPACE}1,234"
    assert (before("R$"), before("kr"), before("")) == ("R$", "kr\N{NO-BREAK SPACE}", "")


def test_a_share_has_as_many_places_as_asked_for():
    assert (percent(0.1234), percent(0.1234, 0)) == ("12.3 %", "12 %")


@pytest.mark.parametrize(
    ("figure", "written"),
    [(0.829, "0.82"), (0.75, "0.75"), (0.741, "0.74"), (0.7499, "0.7499"), (0.746, "0.746")],
)
def test_a_figure_beside_a_threshold_shows_on_which_side_it_lies(figure, written):
    assert beside(figure, 0.75) == written
    assert (float(written) < 0.75) == (figure < 0.75)


def test_names_are_listed_as_in_a_sentence():
    assert [listed(names) for names in ([], ["A"], ["A", "B"], ["A", "B", "C"])] == [
        "",
        "A",
        "A and B",
        "A, B and C",
    ]


def test_semicolons_part_names_with_commas_but_not_figures_with_thousands():
    assert listed(["Big baskets, slipping", "B", "C"]) == "Big baskets, slipping; B and C"
    assert listed(["A (1,234)", "B (56)", "C"]) == "A (1,234), B (56) and C"


def test_what_is_counted_has_its_number_and_a_sentence_its_capital():
    assert (counted(1, "customer", "customers"), counted(1234, "customer", "customers")) == (
        "1 customer",
        "1,234 customers",
    )
    assert (capital("spend per order"), capital("")) == ("Spend per order", "")


def test_text_loses_what_would_break_a_line_or_turn_its_direction():
    assert plain("A\nB\u202eC\t D ") == "A B C D"
