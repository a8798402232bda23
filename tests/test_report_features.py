from __future__ import annotations

from custseg.artifacts import NUMERIC_FEATURES
from custseg.report.features import FEATURES
from custseg.report.workbook.words import feature


def test_every_numeric_feature_has_words_of_its_own():
    assert set(FEATURES) == set(NUMERIC_FEATURES)
    for words in (
        [own.name for own in FEATURES.values()],
        [own.label for own in FEATURES.values()],
    ):
        assert len(set(words)) == len(words)
        assert not any("_" in word for word in words)
    assert all(own.meaning for own in FEATURES.values())


def test_names_can_be_listed_within_a_sentence():
    assert not any("," in own.name or ";" in own.name for own in FEATURES.values())


def test_the_workbook_writes_a_feature_by_its_kind():
    assert [
        (label, shown.written(0.256))
        for label, shown in (
            feature(name, "£")
            for name in ("frequency", "monetary", "return_rate", "overdue", "spend_trend")
        )
    ] == [
        ("Orders", "0.3"),
        ("Spend", "£0.26"),
        ("Share of value returned", "25.6%"),
        ("Days since the last order per usual wait", "0.26"),
        ("Trend of spend (-1 to 1)", "+0.26"),
    ]
