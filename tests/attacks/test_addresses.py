"""Addresses: their secrets are not kept, nobody else's is asked, redirects lead nowhere private."""

from __future__ import annotations

import shutil
import socket
import threading
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
import requests

from custseg.errors import DataError
from custseg.settings.locations import without_secrets
from custseg.sources.files.redirects import CarefulSession
from custseg.workspace.workspace import Workspace
from tests.sources.test_uci import send, server
from tests.workspaces import edited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.server import BaseHTTPRequestHandler

SECRET = "hush"
KEPT = Path("w/source/online+retail.zip")


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pooch.core.time.sleep", lambda _: None)


@pytest.fixture
def archive(small_shop: Path, tmp_path: Path) -> bytes:
    """A zip as the repository has it, with few orders in it."""
    path = tmp_path / "mirror.zip"
    few = small_shop.read_text().splitlines(keepends=True)[:40]
    with ZipFile(path, "w") as packed:
        packed.writestr("Online Retail.csv", "".join(few))
    return path.read_bytes()


@pytest.fixture
def mirror(archive: bytes) -> Iterator[tuple[str, list[str]]]:
    """A server that has the data, and what it was asked for."""
    with server(lambda handler, _: send(handler, archive)) as running:
        yield running


@pytest.fixture
def download(custseg: Callable[..., Any]) -> Callable[..., Any]:
    """Call `download`; unless it is the first time, the copy in the workspace is gone."""

    def call(*more: str | Path, workspace: str = "w") -> Any:
        (Path(workspace) / "source/online+retail.zip").unlink(missing_ok=True)
        return custseg("download", *more, "--force", "-w", workspace)

    return call


def with_secrets(url: str) -> str:
    return url.replace("://", f"://anna:{SECRET}1@") + f"?file=a.zip&token={SECRET}2#{SECRET}3"


def holding(folder: Path, text: str) -> list[Path]:
    return [
        path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()
    ]


def one_line(result: Any) -> str:
    return " ".join(result.output.split())


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.org/a/b.zip", "https://example.org/a/b.zip"),
        ("http://anna:hush@h:81/x", "http://***@h:81/x"),
        ("http://hush@h/x", "http://***@h/x"),
        ("http://:hush@h/x", "http://***@h/x"),
        ("http://a@b:hush@h/x", "http://***@h/x"),
        ("http://h/x?token=hush", "http://h/x?token=***"),
        ("http://h/x?file=a.zip&sig=hush&v=2", "http://h/x?file=a.zip&sig=***&v=2"),
        ("http://h/x?hush", "http://h/x?***"),
        ("http://h/x#access_token=hush", "http://h/x#***"),
        ("http://anna:hu/sh@h/x", "http://***"),
        ("http://anna:80/hush@h/x", "http://***"),
        ("http://anna:hush?x@h/x", "http://***"),
        ("http://anna:hush#x@h/x", "http://***"),
        ("http://anna\\hush@h/x", "http://***"),
        ("http://[hush/x", "http://***"),
        ("http://h:hush/x", "http://***"),
        ("anna:hush@h/x", "***"),
        ("not an address", "not an address"),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(url, kept):
    assert without_secrets(url) == kept
    assert without_secrets(kept) == kept


def test_secrets_of_an_address_are_used_and_not_kept(mirror, download):
    url, asked = mirror
    result = download("uci", "--url", with_secrets(url))
    assert result.exit_code == 0, result.output
    assert asked == [f"/online+retail.zip?file=a.zip&token={SECRET}2"]
    assert SECRET not in result.output
    assert holding(Path("w"), SECRET) == []
    source = Workspace(Path("w")).manifest().source
    assert source is not None
    assert source.url == without_secrets(with_secrets(url))


@pytest.mark.parametrize("code", [404, 503])
def test_secrets_of_an_address_are_in_no_error(code, download):
    with server(lambda handler, _: handler.send_error(code)) as (url, _):
        result = download("uci", "--url", with_secrets(url), "--debug")
    assert result.exit_code == 5
    assert SECRET not in result.output


def test_secrets_of_an_address_that_is_not_reached_are_in_no_error(download):
    with server(lambda *_: None) as (url, _):
        pass
    result = download("uci", "--url", with_secrets(url), "--debug")
    assert result.exit_code == 5
    assert "cannot be reached" in result.stderr
    assert SECRET not in result.output


def test_a_run_that_needs_the_secret_again_says_so_and_takes_it_from_the_environment(
    mirror, download, monkeypatch
):
    url, asked = mirror
    assert download("uci", "--url", with_secrets(url)).exit_code == 0
    again = download()
    assert again.exit_code == 4
    assert "recorded without what is secret" in one_line(again)
    assert SECRET not in again.output
    assert len(asked) == 1
    monkeypatch.setenv("CUSTSEG_SOURCE__URL", with_secrets(url))
    assert download().exit_code == 0
    assert len(asked) == 2
    assert holding(Path("w"), SECRET) == []


def test_secrets_that_an_older_manifest_holds_go_with_the_next_run(mirror, download, custseg):
    url, _ = mirror
    assert download("uci", "--url", with_secrets(url)).exit_code == 0
    path = Path("w/manifest.json")
    edited(path, "manifest", lambda content: content["source"].update(url=with_secrets(url)))
    result = custseg("clean", "-w", "w")
    assert result.exit_code == 0, result.output
    assert holding(Path("w"), SECRET) == []


def test_a_confirmed_address_is_asked_again_without_a_question(mirror, download):
    url, asked = mirror
    assert download("uci", "--url", url).exit_code == 0
    again = download()
    assert again.exit_code == 0, again.output
    assert len(asked) == 2


def test_the_address_of_a_foreign_workspace_is_asked_only_once_it_is_named(mirror, download):
    url, asked = mirror
    assert download("uci", "--url", url).exit_code == 0
    shutil.copytree("w", "foreign")
    refused = download(workspace="foreign")
    assert refused.exit_code == 4
    assert "Nothing was sent" in one_line(refused)
    assert f"custseg run-all uci --url {url} -w foreign" in one_line(refused)
    assert len(asked) == 1
    assert download("uci", "--url", url, workspace="foreign").exit_code == 0
    assert download(workspace="foreign").exit_code == 0
    assert len(asked) == 3


def test_what_another_machine_has_confirmed_counts_for_nothing(
    mirror, download, monkeypatch, tmp_path
):
    url, asked = mirror
    assert download("uci", "--url", url).exit_code == 0
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "another"))
    assert download().exit_code == 4
    assert len(asked) == 1


def test_an_address_edited_in_the_manifest_is_not_the_confirmed_one(mirror, download, archive):
    url, _ = mirror
    assert download("uci", "--url", url).exit_code == 0
    path = Path("w/manifest.json")
    with server(lambda handler, _: send(handler, archive)) as (evil, asked):
        edited(path, "manifest", lambda content: content["source"].update(url=evil))
        assert download().exit_code == 4
        assert asked == []


def test_an_address_of_a_settings_file_is_not_asked_before_it_is_named(mirror, download):
    url, asked = mirror
    Path("custseg.toml").write_text(f'[source]\nlocation = "uci"\nurl = "{url}"\n')
    refused = download()
    assert refused.exit_code == 4
    assert "set in custseg.toml" in one_line(refused)
    assert asked == []
    assert download("uci", "--url", url).exit_code == 0
    assert download().exit_code == 0
    assert len(asked) == 2


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[bytes]]]:
    """The address of a server that takes any connection, and what it was sent."""
    pytest.importorskip("psycopg")
    monkeypatch.setenv("PGPASSWORD", SECRET)
    sent: list[bytes] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def listen() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    sent.append(connection.recv(1000))

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        port = listening.getsockname()[1]
        yield f"postgresql://anna@127.0.0.1:{port}/shop", sent
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_the_database_of_a_settings_file_gets_no_connection_before_it_is_named(database, custseg):
    address, sent = database
    Path("custseg.toml").write_text(f'[source]\nlocation = "{address}"\n')
    refused = custseg("run-all", "-w", "w")
    assert refused.exit_code == 4
    assert f"custseg run-all {address} -w w" in one_line(refused)
    assert sent == []
    assert custseg("run-all", address, "-w", "w").exit_code == 5
    assert len(sent) == 1


def test_the_database_of_a_foreign_manifest_gets_no_connection(database, custseg, finished):
    address, sent = database
    path = finished / "manifest.json"
    other = {"location": address, "others": [], "files": []}
    edited(path, "manifest", lambda content: content["source"].update(other))
    for command in ("run-all", "download"):
        refused = custseg(command, "-w", finished)
        assert refused.exit_code == 4
        assert "Nothing was sent" in one_line(refused)
    assert sent == []


def redirecting(target: str) -> Callable[[BaseHTTPRequestHandler, int], None]:
    def answer(handler: BaseHTTPRequestHandler, _: int) -> None:
        handler.send_response(302)
        handler.send_header("Location", target)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001"])
def test_a_redirect_to_another_server_of_this_machine_is_not_followed(mirror, download, host):
    url, asked = mirror
    with server(redirecting(url.replace("127.0.0.1", host))) as (first, _):
        result = download("uci", "--url", first)
    assert result.exit_code == 5
    assert "redirects to a private address" in one_line(result)
    assert asked == []


def test_a_redirect_on_the_server_that_was_named_is_followed(archive, download):
    def answer(handler: BaseHTTPRequestHandler, time: int) -> None:
        redirecting("/there.zip")(handler, time) if time == 1 else send(handler, archive)

    with server(answer) as (url, asked):
        result = download("uci", "--url", url)
    assert result.exit_code == 0, result.output
    assert asked == ["/online+retail.zip", "/there.zip"]


class Scripted(requests.adapters.BaseAdapter):
    """Answers as a server elsewhere would; keeps what it was asked for."""

    def __init__(self, redirects: dict[str, str]) -> None:
        super().__init__()
        self.redirects = redirects
        self.asked: list[str] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        response = requests.Response()
        response.request, response.url = request, request.url or ""
        self.asked.append(response.url)
        response.status_code = 302 if response.url in self.redirects else 200
        response.headers["Location"] = self.redirects.get(response.url, "")
        response.raw = None
        response._content = b""
        return response

    def close(self) -> None:
        pass


def asked_of(*hops: str) -> list[str]:
    """What is asked for when each address redirects to the next one."""
    adapter = Scripted(dict(pairwise(hops)))
    with CarefulSession() as session:
        for scheme in ("http://", "https://"):
            session.mount(scheme, adapter)
        try:
            session.get(hops[0])
        except DataError as error:
            return [*adapter.asked, error.message.partition("redirects to ")[2]]
    return adapter.asked


def test_a_redirect_between_public_addresses_is_followed():
    hops = ("http://93.184.216.34/a", "https://93.184.216.35/b", "https://1.1.1.1/c")
    assert asked_of(*hops) == [*hops]


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("http://169.254.169.254/latest/meta-data/", "a private address"),
        ("http://10.0.0.1/", "a private address"),
        ("http://192.168.1.1:8080/", "a private address"),
        ("http://100.64.0.1/", "a private address"),
        ("http://[fe80::1]/", "a private address"),
        ("http://[fc00::1]/", "a private address"),
        ("http://[64:ff9b::7f00:1]/", "a private address"),
        ("http://127.1/", "a private address"),
        ("http://2130706433/", "a private address"),
        ("http://[::ffff:127.0.0.1]/", "a private address"),
        ("http://0.0.0.0/", "a private address"),
        ("http://224.0.0.1/", "a private address"),
        ("file:///etc/passwd", "an address that is no http"),
        ("ftp://example.org/x", "an address that is no http"),
    ],
)
def test_a_redirect_to_where_nothing_public_is_is_not_followed(target, why):
    public = "http://93.184.216.34/a"
    assert asked_of(public, target) == [public, f"{why}; that is not followed."]


@pytest.mark.parametrize("first", ["https://93.184.216.34/a", "http://93.184.216.34/a"])
def test_once_encrypted_nothing_goes_unencrypted(first):
    secure = "https://93.184.216.34/b"
    asked = asked_of(first, secure, "http://93.184.216.34/c")
    assert asked == [first, secure, "an unencrypted address (http); that is not followed."]


def test_a_private_address_at_the_second_redirect_is_not_followed_either():
    hops = ("http://93.184.216.34/a", "http://1.1.1.1/b", "http://127.0.0.1/c")
    assert asked_of(*hops) == [*hops[:2], "a private address; that is not followed."]
