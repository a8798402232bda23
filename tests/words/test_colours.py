from __future__ import annotations

import pytest

from custseg.words.colours import GROUND, contrast, in_excel, ink_on, on_dark, paler


@pytest.mark.parametrize("colour", ["#0072b2", "#882255", "#000000", "#7a7a7a"])
def test_a_colour_is_seen_on_the_dark_ground(colour):
    assert contrast(on_dark(colour), GROUND) >= 3


def test_a_colour_that_is_seen_stays_as_it_is():
    assert on_dark("#e69f00") == "#e69f00"
    assert contrast("#ffffff", "#000000") == pytest.approx(21)


def test_letters_are_dark_on_pale_fills_and_light_on_deep_ones():
    assert ink_on("#f0e442") == "#1f2328"
    assert ink_on("#0072b2") == "#ffffff"


def test_text_on_a_fill_is_read():
    assert [ink_on(fill) for fill in ("#0072b2", "#882255")] == ["#ffffff", "#ffffff"]
    assert [ink_on(fill) for fill in ("#e69f00", "#56b4e9", "#ffffff")] == ["#1f2328"] * 3


def test_a_paler_colour_is_nearer_to_white_and_excel_writes_it_without_its_sign():
    assert paler("#0000ff", 0.6) == "#9999ff"
    assert in_excel("#0072b2") == "0072B2"
