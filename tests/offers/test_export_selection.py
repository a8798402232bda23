"""Which segments are meant."""

import pytest

from custseg.errors import UsageError
from custseg.offers.export.selection import Segment, segments_of, select, slug

KNOWN = [Segment(1, "Champions"), Segment(2, "Big baskets, slipping"), Segment(3, "Lapsed")]


@pytest.mark.parametrize(
    "asked", ["2", "Big baskets, slipping", "BIG BASKETS, SLIPPING", "big-baskets-slipping", " 2 "]
)
def test_a_segment_is_found_by_number_name_or_slug(asked):
    assert select([asked], KNOWN) == [KNOWN[1]]


def test_several_segments_come_by_number_and_each_once():
    assert select(["lapsed", "1", "Lapsed"], KNOWN) == [KNOWN[0], KNOWN[2]]


def test_an_unknown_segment_is_told_with_the_nearest_and_all_there_are():
    with pytest.raises(UsageError) as caught:
        select(["big-basket-slipping"], KNOWN)
    assert 'did you mean "big-baskets-slipping"?' in caught.value.message
    assert "1 champions, 2 big-baskets-slipping, 3 lapsed" in caught.value.hint


def test_without_a_segment_all_are_told():
    with pytest.raises(UsageError, match="1 champions, 2 big-baskets-slipping, 3 lapsed"):
        select([], KNOWN)


def test_what_could_be_two_segments_is_refused():
    known = [Segment(1, "A b"), Segment(2, "A-B"), Segment(3, "1")]
    with pytest.raises(UsageError, match="segment 1 and 2"):
        select(["a-b"], known)
    with pytest.raises(UsageError, match="segment 1 and 3"):
        select(["1"], known)
    assert select(["2"], known) == [known[1]]


def test_slugs_keep_letters_of_any_script_and_nothing_that_leads_out_of_a_folder():
    assert slug("Große Körbe & Co.") == "grosse-körbe-co"
    assert slug("../../etc/passwd") == "etc-passwd"
    assert slug("冠军") == "冠军"
    assert Segment(4, "!!!").slug == "segment-4"


def test_segments_come_by_number():
    assert segments_of([(2, "b"), (1, "a")]) == [Segment(1, "a"), Segment(2, "b")]
