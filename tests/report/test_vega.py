"""Vega is made once for all runs of a user, and read again only from what is theirs alone."""

from __future__ import annotations

import pytest
import vl_convert

from custseg.report.html.vega import library


@pytest.fixture
def made(monkeypatch, tmp_path):
    """How often it was made since; a bundle that would end the page's script."""
    calls = []

    def bundle(snippet, vl_version):
        calls.append(vl_version)
        return f"{snippet} '</SCRIPT><!--'"

    monkeypatch.setattr(vl_convert, "javascript_bundle", bundle)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return calls


def in_another_process() -> str:
    library.cache_clear()
    return library()


@pytest.fixture(autouse=True)
def _as_before():
    yield
    library.cache_clear()


EXPECTED = r"window.vegaEmbed=vegaEmbed; '<\/SCRIPT><\x21--'"


def kept(tmp_path):
    (file,) = (tmp_path / "cache/custseg").iterdir()
    return file


def test_it_is_made_once_and_kept_for_the_user_alone(made, tmp_path):
    assert [in_another_process() for _ in range(3)] == [EXPECTED] * 3
    assert len(made) == 1
    assert kept(tmp_path).stat().st_mode & 0o777 == 0o600
    assert kept(tmp_path).parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_others_may_write_is_not_used(made, tmp_path):
    in_another_process()
    kept(tmp_path).write_text("evil()")
    kept(tmp_path).chmod(0o666)
    assert in_another_process() == EXPECTED
    assert len(made) == 2
    assert kept(tmp_path).read_text() == EXPECTED
    assert kept(tmp_path).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00"])
@pytest.mark.usefixtures("made")
def test_a_file_that_is_empty_or_no_text_is_made_anew(tmp_path, content):
    in_another_process()
    kept(tmp_path).write_bytes(content)
    assert in_another_process() == EXPECTED
    assert kept(tmp_path).read_text() == EXPECTED


def test_where_it_cannot_be_kept_it_is_made_each_time(made, monkeypatch, tmp_path):
    (tmp_path / "cache").write_text("a file in the way")
    assert [in_another_process(), in_another_process()] == [EXPECTED] * 2
    monkeypatch.setenv("XDG_CACHE_HOME", "no/absolute/path")
    assert in_another_process() == EXPECTED
    assert len(made) == 3
    assert not (tmp_path / "no").exists()
