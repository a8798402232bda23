"""Who may be listed."""

import pandas as pd
import pytest

from custseg.errors import DataError
from custseg.offers.export.audience import find_audience
from custseg.offers.export.contacts import normalised

MEMBERS = pd.DataFrame(
    {
        "customer_id": list("fedcba"),
        "segment": [2, 1, 1, 1, 1, 1],
        "segment_name": "Loyal",
        "fits_name": True,
    }
)
CONTACTS = normalised(
    pd.DataFrame(
        [
            ("a", "a@shop.example", "+442071838750", "yes"),
            ("b", "b@shop.example", "", "no"),
            ("c", "c@shop.example", "", "yes"),
            ("c", "other@shop.example", "", "yes"),
            ("d", "shared@shop.example", "", "yes"),
            ("x", "shared@shop.example", "", "yes"),
            ("e", "nonsense", "+442071838751", "yes"),
        ],
        columns=["customer_id", "email", "phone", "consent"],
    )
)
EMAIL = frozenset({"email"})


def counts(audience) -> dict[str, int]:
    return {out.rule.name: out.customers for out in audience.left_out}


def test_each_rule_leaves_out_whom_the_earlier_ones_left():
    found = find_audience(MEMBERS, CONTACTS, EMAIL)
    assert counts(found) == {
        "misfit": 0,
        "no_contact": 1,  # f
        "contradictory": 1,  # c
        "consent": 1,  # b
        "shared": 1,  # d, though x is no customer
        "unreachable": 1,  # e
    }
    assert found.listed.to_dict("records") == [
        {"customer_id": "a", "segment": 1, "segment_name": "Loyal",
         "email": "a@shop.example", "phone": "+442071838750"},
    ]  # fmt: skip
    assert found.chosen == len(found.listed) + sum(counts(found).values())


def test_a_phone_reaches_where_the_program_takes_it():
    found = find_audience(MEMBERS, CONTACTS, frozenset({"email", "phone"}))
    assert found.listed["customer_id"].tolist() == ["a", "e"]
    assert found.bad_emails == 1


def test_without_contacts_everyone_is_listed_in_order():
    found = find_audience(MEMBERS, None)
    assert found.listed["customer_id"].tolist() == list("abcdef")
    assert counts(found) == {"misfit": 0}


def test_of_whom_the_name_is_not_true_is_left_out_and_counted():
    members = MEMBERS.assign(fits_name=MEMBERS["customer_id"].isin(["a", "d", "f"]))
    found = find_audience(members, None)
    assert found.listed["customer_id"].tolist() == ["a", "d", "f"]
    assert counts(found) == {"misfit": 3}
    assert found.chosen == 6
    everyone = find_audience(members, None, all_members=True)
    assert everyone.listed["customer_id"].tolist() == list("abcdef")
    assert everyone.left_out == ()
    assert "fits_name" not in everyone.listed
    # f has no contact; the others are left out before contacts are looked at.
    asked = find_audience(members, CONTACTS, EMAIL)
    assert asked.listed["customer_id"].tolist() == ["a"]
    assert [counts(asked)[rule] for rule in ("misfit", "no_contact", "shared")] == [3, 1, 1]


def test_a_list_of_nobody_who_fits_tells_why():
    with pytest.raises(DataError, match="name is not true of them .*: 6"):
        find_audience(MEMBERS.assign(fits_name=False), CONTACTS, EMAIL)


def test_a_list_for_a_spreadsheet_keeps_customers_without_contact_unless_consent_is_asked():
    some = normalised(pd.DataFrame({"customer_id": ["a"], "email": ["a@shop.example"]}))
    found = find_audience(MEMBERS, some)
    assert found.listed["customer_id"].tolist() == list("abcdef")
    assert found.listed["email"].tolist() == ["a@shop.example", "", "", "", "", ""]
    assert "phone" not in found.listed
    assert found.without_contact == 5
    asked = find_audience(MEMBERS, CONTACTS)
    assert asked.listed["customer_id"].tolist() == ["a", "e"]
    assert counts(asked)["consent"] == 2  # b, and f who never said so


def test_contacts_of_nobody_chosen_are_a_mistake():
    others = normalised(pd.DataFrame({"customer_id": ["0a"], "email": ["a@shop.example"]}))
    with pytest.raises(DataError, match="No contact is of one of the 6 customers") as caught:
        find_audience(MEMBERS, others, EMAIL)
    assert "zeros" in caught.value.hint


def test_too_few_are_told_with_what_left_the_others_out():
    with pytest.raises(DataError, match="1 may be listed, fewer than 2; not in the contacts: 1;"):
        find_audience(MEMBERS, CONTACTS, EMAIL, least=2)
    with pytest.raises(DataError, match="Of 0 customers chosen, 0 may be listed"):
        find_audience(MEMBERS.head(0), None)
