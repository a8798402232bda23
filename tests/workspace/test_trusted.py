"""What the user has confirmed on this machine."""

from __future__ import annotations

import os
import stat

import pytest

from custseg.errors import SettingsError
from custseg.workspace.trusted import FILE_NAME, confirm, confirmed, own_folder

SUBJECT = "/shops/w https://example.org/orders.zip"


def test_nothing_is_confirmed_at_first_and_asking_writes_nothing():
    assert not confirmed("address", SUBJECT)
    assert not own_folder().exists()


def test_what_is_confirmed_holds_for_that_subject_and_kind_alone():
    confirm("address", SUBJECT)
    assert confirmed("address", SUBJECT)
    assert not confirmed("address", SUBJECT + "x")
    assert not confirmed("hook", SUBJECT)
    assert not confirmed("addres", "s" + SUBJECT)


def test_a_second_confirmation_adds_no_line_and_another_subject_one():
    for subject in (SUBJECT, SUBJECT, "other"):
        confirm("address", subject)
    assert len((own_folder() / FILE_NAME).read_text().splitlines()) == 2
    assert confirmed("address", SUBJECT)


def test_the_file_is_its_owners_alone_and_holds_digests_only():
    previous = os.umask(0)
    try:
        confirm("address", SUBJECT)
    finally:
        os.umask(previous)
    path = own_folder() / FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "example" not in path.read_text()


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_file_that_others_can_write_to_confirms_nothing(mode):
    confirm("address", SUBJECT)
    (own_folder() / FILE_NAME).chmod(mode)
    with pytest.raises(SettingsError, match="others can write to it"):
        confirmed("address", SUBJECT)


def test_a_link_in_its_place_is_neither_read_nor_written(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("")
    own_folder().mkdir(parents=True)
    (own_folder() / FILE_NAME).symlink_to(elsewhere)
    for act in (confirmed, confirm):
        with pytest.raises(SettingsError, match="cannot be read"):
            act("address", SUBJECT)
    assert elsewhere.read_text() == ""


def test_a_pipe_in_its_place_is_an_error_and_no_wait():
    own_folder().mkdir(parents=True)
    os.mkfifo(own_folder() / FILE_NAME)
    with pytest.raises(SettingsError, match="is no file"):
        confirmed("address", SUBJECT)
