from __future__ import annotations

from custseg.artifacts import NUMERIC_FEATURES
from custseg.report.workbook.words import feature
from custseg.words.features import FEATURES, phrase, write_feature
from custseg.words.language import english


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
            feature(name, english("£"))
            for name in ("frequency", "monetary", "return_rate", "overdue", "spend_trend")
        )
    ] == [
        ("Orders", "0.3"),
        ("Spend", "£0.26"),
        ("Share of value returned", "25.6%"),
        ("Days since the last order per usual wait", "0.26"),
        ("Trend of spend (-1 to 1)", "+0.26"),
    ]


def test_values_are_written_by_what_they_are():
    assert [write_feature("frequency", value) for value in (1.0, 5.94, 12.3, 1234.5)] == [
        "1", "5.9", "12", "1,234",
    ]  # fmt: skip
    assert [write_feature("monetary", value, "£") for value in (1.951, -3.0, 1234.5)] == [
        "£1.95", "-£3.00", "£1,234",
    ]  # fmt: skip
    assert write_feature("return_rate", 0.123) == "12.3 %"
    assert write_feature("overdue", 0.816) == "0.82"


def test_a_feature_with_its_value_is_part_of_a_sentence():
    assert phrase("frequency", 12) == "12 orders"
    assert phrase("frequency", 1) == "1 order"
    assert phrase("recency_days", 1) == "1 day since the last order"
    assert phrase("distinct_products", 1) == "1 different product"
    assert phrase("monetary", 1234, "£") == "spend of £1,234"
    assert phrase("gap_days_sd", 12) == "spread of the days between orders of 12"
