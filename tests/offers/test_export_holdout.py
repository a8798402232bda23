"""Who is left alone."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custseg.errors import DataError, UsageError
from custseg.offers.export.holdout import control_size, hold_out, share_of


@pytest.mark.parametrize(
    ("text", "share"),
    [("10%", 0.1), ("0.1", 0.1), (" 12.5 % ", 0.125), (".5", 0.5), ("50%", 0.5), ("0", 0.0)],
)
def test_a_share_is_read_in_per_cent_or_as_a_part_of_one(text, share):
    assert share_of(text) == share


@pytest.mark.parametrize("text", ["", "ten", "-1%", "10%%", "1e3", "nan", "0,1", "1/3"])
def test_what_is_no_share_is_refused(text):
    with pytest.raises(UsageError, match="is no share"):
        share_of(text)


@pytest.mark.parametrize("text", ["10", "51%", "0.51", "1"])
def test_more_than_half_is_refused(text):
    with pytest.raises(UsageError, match="more than half"):
        share_of(text)


@pytest.mark.parametrize(
    ("customers", "share", "size"),
    [
        (100, 0.1, 10),
        (15, 0.1, 2),  # 1.5 is rounded up
        (14, 0.1, 1),
        (5, 0.01, 1),  # at least one
        (150, 0.07, 11),  # 10.5; in floats it is 10.500000000000002
        (50, 0.29, 15),  # 14.5; in floats it is 14.499999999999998
        (3, 0.5, 2),
    ],
)
def test_the_size_is_the_share_rounded_half_up(customers, share, size):
    assert control_size(customers, share) == size


def test_a_list_of_one_cannot_be_divided():
    with pytest.raises(DataError, match="nobody would be left to send to"):
        control_size(1, 0.5)


def test_the_smallest_hashes_are_held_out():
    ids = ["anna", "berta", "carla", "dora"]
    ranked = sorted(ids, key=lambda name: sha256(f"spring\0{name}".encode()).digest())
    held = hold_out(ids, "spring", 2)
    assert {name for name, out in zip(ids, held, strict=True) if out} == set(ranked[:2])


def test_another_campaign_holds_out_others():
    ids = [f"c{n}" for n in range(1000)]
    spring, autumn = hold_out(ids, "spring", 500), hold_out(ids, "autumn", 500)
    assert 200 < (spring & autumn).sum() < 300


def test_campaign_and_id_are_not_run_together():
    both = [hold_out(["1a", "b"], "x", 1), hold_out(["a", "b"], "x1", 1)]
    assert len(both) == 2
    assert hold_out([], "x", 0).tolist() == []


UNIQUE_IDS = st.lists(
    st.text(min_size=1).filter(lambda s: s.isprintable()), unique=True, min_size=2
)


@given(UNIQUE_IDS, st.text(), st.data())
def test_the_group_depends_on_no_order_has_the_size_asked_for_and_grows_by_adding(
    ids, campaign, data
):
    size = data.draw(st.integers(1, len(ids)))
    order = data.draw(st.permutations(range(len(ids))))
    held = {name for name, out in zip(ids, hold_out(ids, campaign, size), strict=True) if out}
    shuffled = [ids[i] for i in order]
    again = hold_out(shuffled, campaign, size)
    assert {name for name, out in zip(shuffled, again, strict=True) if out} == held
    assert len(held) == size
    fewer = hold_out(ids, campaign, size - 1)
    assert {name for name, out in zip(ids, fewer, strict=True) if out} < held


@given(st.integers(2, 10**7), st.floats(0.001, 0.5))
def test_list_and_control_group_are_the_whole_and_neither_is_empty(customers, share):
    size = control_size(customers, share)
    assert 0 < size < customers
    assert abs(size - customers * share) <= 1
