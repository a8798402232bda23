"""Texts that start no formula."""

import pandas as pd
import pytest

from custseg.words.cells import neutralised

ATTACKS = [
    '=HYPERLINK("http://evil.example","free")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_text_that_could_start_a_formula_gets_an_apostrophe(attack):
    assert neutralised(pd.Series([attack, "A MUG"])).tolist() == ["'" + attack, "A MUG"]


def test_other_texts_stay_as_they_are():
    texts = ["", "1=1", " - ", "<script>alert(1)</script>", "a\n=b", "é"]
    assert neutralised(pd.Series(texts)).tolist() == texts


def test_only_a_phone_in_international_form_may_start_with_a_plus():
    phones = pd.Series(["+442071838750", "+44 20", "+0123456789", "+1+1", "-442071838750"])
    kept = ["+442071838750", "'+44 20", "'+0123456789", "'+1+1", "'-442071838750"]
    assert neutralised(phones, phones=True).tolist() == kept
    assert neutralised(phones).tolist()[0] == "'+442071838750"
