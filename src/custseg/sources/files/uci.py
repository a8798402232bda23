"""Fetch the Online Retail workbook from the UCI repository, or from a mirror of it."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, Final, Protocol

import pooch
import requests

from custseg.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

URL: Final = "https://archive.ics.uci.edu/static/public/352/online+retail.zip"
FILE_NAME: Final = "online+retail.zip"
RETRIES: Final = 3
_TIMEOUT_SECONDS: Final = 30
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
    if not re.match(r"https?://[^/]", url):
        raise DataError(f"{url}: is no http address.", _OFFLINE)
    store = pooch.create(path=folder, base_url="", retry_if_failed=RETRIES)
    store.registry = {FILE_NAME: None}
    store.urls = {FILE_NAME: url}
    pooch.get_logger().setLevel("ERROR")
    try:
        store.fetch(FILE_NAME, downloader=_Downloader(progress))
    except requests.exceptions.RequestException as error:
        raise DataError(f"{url}: {_reason(error)} ({RETRIES + 1} tries).", _OFFLINE) from error
    fetched = folder / FILE_NAME
    try:
        _check(fetched, url)
    except DataError:
        fetched.unlink()
        raise
    return fetched


class _Downloader:
    """pooch's HTTP downloader, but for answers that another try cannot better."""

    def __init__(self, progress: ByteProgress | None) -> None:
        self._http = pooch.HTTPDownloader(progressbar=progress or False, timeout=_TIMEOUT_SECONDS)
        self._progress = progress

    def __call__(self, url: str, output_file: str, store: pooch.Pooch) -> None:
        if self._progress:
            self._progress.reset()
        try:
            self._http(url, output_file, store)
        except requests.exceptions.HTTPError as error:
            error.response.close()
            status = error.response.status_code
            if status in {408, 429} or status >= 500:  # noqa: PLR2004  (RFC 9110 classes)
                raise
            raise DataError(
                f"{url}: the server answered {status} {error.response.reason}.",
                f"Name a mirror with --url. {_OFFLINE}",
            ) from None


def _reason(error: requests.exceptions.RequestException) -> str:
    if isinstance(error, requests.exceptions.HTTPError):
        return f"the server answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the transfer broke off"
    if isinstance(error, requests.exceptions.Timeout):
        return f"no answer within {_TIMEOUT_SECONDS} s"
    return "cannot be reached"


def _check(path: Path, url: str) -> None:
    with path.open("rb") as stream:
        head = stream.read(512).lstrip().lower()
    if head.startswith((b"<!doctype", b"<html")):
        raise DataError(f"{url}: the server sent a web page, not the workbook's zip.", _OFFLINE)
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except zipfile.BadZipFile:
        raise DataError(f"{url}: what the server sent is no whole zip.", _OFFLINE) from None
    if damaged:
        raise DataError(f'{url}: "{damaged}" in the zip is damaged.', _OFFLINE)
