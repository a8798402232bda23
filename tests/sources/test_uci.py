"""Downloads, from a real HTTP server on this machine that can misbehave."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from custseg.workspace.workspace import Workspace

Answer = Callable[[BaseHTTPRequestHandler, int], None]


@contextmanager
def server(answer: Answer) -> Iterator[tuple[str, list[str]]]:
    """A server on a free port, which answers as told; gives its address and what was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            answer(self, len(asked))

        def log_message(self, *_: object) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}/online+retail.zip", asked
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


def send(handler: BaseHTTPRequestHandler, body: bytes, *, length: int | None = None) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(length or len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pooch.core.time.sleep", lambda _: None)


@pytest.fixture
def archive(small_shop: Path, tmp_path: Path) -> bytes:
    path = tmp_path / "mirror.zip"
    with ZipFile(path, "w") as packed:
        packed.write(small_shop, "Online Retail.csv")
    return path.read_bytes()


@pytest.fixture
def fetch(custseg: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    return lambda url, *more: custseg("download", "uci", "--url", url, "-w", tmp_path / "w", *more)


def nothing_half_written(tmp_path: Path) -> bool:
    workspace = Workspace(tmp_path / "w")
    return not any(workspace.downloads.iterdir()) and not workspace.scratch.exists()


def test_a_mirror_is_downloaded_once_and_remembered(archive, custseg, fetch, tmp_path):
    with server(lambda handler, _: send(handler, archive)) as (url, asked):
        assert fetch(url).exit_code == 0
        again = custseg("download", "-w", tmp_path / "w")
        assert again.exit_code == 0
        assert "fresh" in again.stderr
    assert asked == ["/online+retail.zip"]
    source = Workspace(tmp_path / "w").manifest().source
    assert source is not None
    assert (source.location, source.url) == ("uci", url)
    assert (tmp_path / "w/source/online+retail.zip").read_bytes() == archive


def test_a_transfer_that_breaks_off_once_is_tried_again(archive, fetch):
    def breaks_once(handler: BaseHTTPRequestHandler, time: int) -> None:
        send(handler, archive if time > 1 else archive[: len(archive) // 2], length=len(archive))

    with server(breaks_once) as (url, asked):
        result = fetch(url)
    assert result.exit_code == 0, result.output
    assert len(asked) == 2


def test_a_transfer_that_always_breaks_off_is_given_up(archive, fetch, tmp_path):
    with server(lambda h, _: send(h, archive[:1000], length=len(archive))) as (url, asked):
        result = fetch(url)
    assert result.exit_code == 5
    assert "the transfer broke off (4 tries)" in result.stderr
    assert "custseg run-all demo" in result.stderr
    assert len(asked) == 4
    assert nothing_half_written(tmp_path)


def test_not_found_is_not_tried_again(fetch, tmp_path):
    with server(lambda handler, _: handler.send_error(404)) as (url, asked):
        result = fetch(url)
    assert result.exit_code == 5
    assert "the server answered 404 Not Found" in result.stderr
    assert len(asked) == 1
    assert nothing_half_written(tmp_path)


def test_a_server_in_trouble_is_tried_again(fetch):
    with server(lambda handler, _: handler.send_error(503)) as (url, asked):
        result = fetch(url)
    assert result.exit_code == 5
    assert "the server answered 503" in result.stderr
    assert len(asked) == 4


def test_a_web_page_in_place_of_the_file_is_recognised(fetch, tmp_path):
    with server(lambda h, _: send(h, b"<!DOCTYPE html><html>Please log in</html>")) as (url, _):
        result = fetch(url)
    assert result.exit_code == 5
    assert "a web page, not the workbook's zip" in result.stderr
    assert nothing_half_written(tmp_path)


def test_a_cut_zip_is_recognised(archive, fetch, tmp_path):
    with server(lambda handler, _: send(handler, archive[: len(archive) // 2])) as (url, _):
        result = fetch(url)
    assert result.exit_code == 5
    assert "no whole zip" in result.stderr
    assert nothing_half_written(tmp_path)


def test_a_failed_download_leaves_the_earlier_file_and_artifacts_alone(archive, fetch, tmp_path):
    with server(lambda handler, _: send(handler, archive)) as (url, _):
        assert fetch(url).exit_code == 0
    raw = (tmp_path / "w/raw.parquet").read_bytes()
    with server(lambda handler, _: handler.send_error(404)) as (url, _):
        assert fetch(url).exit_code == 5
    assert (tmp_path / "w/source/online+retail.zip").read_bytes() == archive
    assert (tmp_path / "w/raw.parquet").read_bytes() == raw


def test_a_server_that_cannot_be_reached_is_a_clear_error(fetch):
    with server(lambda *_: None) as (url, _):
        pass
    result = fetch(url)
    assert result.exit_code == 5
    assert "cannot be reached" in result.stderr


def test_an_address_that_is_none_is_a_clear_error(fetch):
    result = fetch("not an address")
    assert result.exit_code == 5
    assert "is no http address" in result.stderr


def test_a_mirror_goes_with_uci_only(custseg, small_shop, tmp_path):
    result = custseg("download", small_shop, "--url", "http://127.0.0.1/x", "-w", tmp_path / "w")
    assert result.exit_code == 2
    assert "goes with uci" in result.stderr


@pytest.mark.nightly
def test_the_real_workbook_is_downloaded_and_cleaned(custseg, real_data, tmp_path):
    content = real_data("online_retail/online+retail.zip").read_bytes()
    with server(lambda handler, _: send(handler, content)) as (url, _):
        result = custseg("download", "uci", "--url", url, "-w", tmp_path / "w")
    assert result.exit_code == 0, result.output
    cleaned = custseg("clean", "-w", tmp_path / "w")
    assert cleaned.exit_code == 0, cleaned.output
    done = Workspace(tmp_path / "w").manifest().stages
    rows = {name: made.rows for stage in done.values() for name, made in stage.outputs.items()}
    assert (rows["raw"], rows["transactions"]) == (541_909, 388_381)
