"""Fetch the Online Retail workbook from the UCI repository, or from a mirror of it."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Final, Protocol

import pooch
import requests

from custseg.errors import DataError
from custseg.settings.locations import without_secrets
from custseg.sources.files.redirects import CarefulSession

URL: Final = "https://archive.ics.uci.edu/static/public/352/online+retail.zip"
FILE_NAME: Final = "online+retail.zip"
RETRIES: Final = 3
_TIMEOUT_SECONDS: Final = 30
_CHUNK: Final = 1 << 16
_OFFLINE: Final = (
    "Download it with a browser and run: custseg run-all PATH. "
    "Or try custseg on the built-in demo store: custseg run-all demo"
)


class ByteProgress(Protocol):
    """What is told of a transfer under way (the interface pooch expects)."""

    total: float

    def update(self, amount: int) -> None:
        """So many bytes more have come."""

    def reset(self) -> None:
        """Start again from zero."""

    def close(self) -> None:
        """The transfer is over."""


def fetch(url: str, folder: Path, progress: ByteProgress | None = None) -> Path:
    """Download the zip into a folder, checked.

    A broken transfer is tried again from its start, with growing pauses.

    Parameters
    ----------
    url
        Where it is.
    folder
        Where the file goes; nothing is left there on failure.
    progress
        Told of the bytes as they come.

    Returns
    -------
    Path
        The downloaded file, a zip that holds a whole workbook.

    Raises
    ------
    DataError
        It cannot be reached, is not there, or is not the workbook.
    """
    shown = without_secrets(url)
    if not re.match(r"https?://[^/]", url):
        raise DataError(f"{shown}: is no http address.", _OFFLINE)
    store = pooch.create(path=folder, base_url="", retry_if_failed=RETRIES)
    store.registry = {FILE_NAME: None}
    store.urls = {FILE_NAME: url}
    pooch.get_logger().setLevel("ERROR")
    try:
        store.fetch(FILE_NAME, downloader=_Downloader(progress))
    except requests.exceptions.RequestException as error:
        # Its own text holds the address as it was given, with secrets.
        raise DataError(f"{shown}: {_reason(error)} ({RETRIES + 1} tries).", _OFFLINE) from None
    fetched = folder / FILE_NAME
    try:
        _check(fetched, shown)
    except DataError:
        fetched.unlink()
        raise
    return fetched


class _Downloader:
    """Transfers a file, but for answers that another try cannot better."""

    def __init__(self, progress: ByteProgress | None) -> None:
        self._progress = progress

    def __call__(self, url: str, output_file: str, _: pooch.Pooch) -> None:
        if self._progress:
            self._progress.reset()
        with (
            CarefulSession() as session,
            session.get(url, stream=True, timeout=_TIMEOUT_SECONDS) as response,
        ):
            status = response.status_code
            if status in {408, 429} or status >= 500:  # noqa: PLR2004  (RFC 9110 classes)
                response.raise_for_status()
            if not response.ok:
                raise DataError(
                    f"{without_secrets(url)}: the server answered {status} {response.reason}.",
                    f"Name a mirror with --url. {_OFFLINE}",
                )
            self._write(response, Path(output_file))

    def _write(self, response: requests.Response, target: Path) -> None:
        if self._progress:
            self._progress.total = int(response.headers.get("content-length", 0))
        with target.open("wb") as stream:
            for chunk in response.iter_content(_CHUNK):
                stream.write(chunk)
                if self._progress:
                    self._progress.update(len(chunk))
        if self._progress:
            self._progress.close()


def _reason(error: requests.exceptions.RequestException) -> str:
    if isinstance(error, requests.exceptions.HTTPError):
        return f"the server answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the transfer broke off"
    if isinstance(error, requests.exceptions.Timeout):
        return f"no answer within {_TIMEOUT_SECONDS} s"
    return "cannot be reached"


def _check(path: Path, shown: str) -> None:
    with path.open("rb") as stream:
        head = stream.read(512).lstrip().lower()
    if head.startswith((b"<!doctype", b"<html")):
        raise DataError(f"{shown}: the server sent a web page, not the workbook's zip.", _OFFLINE)
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except zipfile.BadZipFile:
        raise DataError(f"{shown}: what the server sent is no whole zip.", _OFFLINE) from None
    if damaged:
        raise DataError(f'{shown}: "{damaged}" in the zip is damaged.', _OFFLINE)
