from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import tarfile
import zipfile
from collections import namedtuple
from typing import TYPE_CHECKING

import openpyxl
import pyarrow as pa
import pytest

from custseg.errors import DataError
from custseg.sources.files import archives
from custseg.sources.files.archives import unpack

if TYPE_CHECKING:
    from pathlib import Path

TABLE = b"Order,Qty\n536365,6\n"


def zstd(content: bytes) -> bytes:
    packed = pa.BufferOutputStream()
    with pa.CompressedOutputStream(packed, "zstd") as stream:
        stream.write(content)
    return bytes(packed.getvalue())


PACKING = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd}


@pytest.fixture
def scratch(tmp_path):
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def written(folder: Path, content: bytes, name: str = "orders.dat") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def zipped(folder: Path, *members: tuple[str, bytes]) -> Path:
    path = folder / "orders.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return path


def contents(path: Path, scratch: Path) -> list[tuple[str, bytes]]:
    found = unpack(path, path.name, scratch)
    assert all(file.parent == scratch for file, _ in found)
    return [(name, file.read_bytes()) for file, name in found]


def workbook() -> bytes:
    packed = io.BytesIO()
    openpyxl.Workbook().save(packed)
    return packed.getvalue()


@pytest.mark.parametrize("content", [TABLE, b"", workbook(), b"PAR1"])
def test_what_is_not_packed_stays_where_it_is(content, tmp_path, scratch):
    path = written(tmp_path, content)
    assert unpack(path, "orders", scratch) == [(path, "orders")]
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("packing", PACKING)
def test_a_packed_file_is_unpacked_whatever_its_name(packing, tmp_path, scratch):
    path = written(tmp_path, PACKING[packing](TABLE))
    assert contents(path, scratch) == [("orders.dat", TABLE)]


@pytest.mark.parametrize("packing", PACKING)
def test_files_packed_one_after_the_other_are_unpacked_whole(packing, tmp_path, scratch):
    pack = PACKING[packing]
    path = written(tmp_path, pack(TABLE) + pack(b"536366,1\n"))
    assert contents(path, scratch) == [("orders.dat", TABLE + b"536366,1\n")]


@pytest.mark.parametrize("packing", PACKING)
def test_a_packed_file_that_is_cut_is_a_clear_error(packing, tmp_path, scratch):
    path = written(tmp_path, PACKING[packing](bytes(range(256)) * 1000)[:-10])
    with pytest.raises(DataError, match=f"orders.dat: the {packing} is damaged"):
        unpack(path, path.name, scratch)


def test_all_tables_of_a_zip_come_in_the_order_of_their_names(tmp_path, scratch):
    path = zipped(
        tmp_path,
        ("export/may.csv", b"may"),
        ("export/april.TSV", b"april"),
        ("export/june.csv.gz", gzip.compress(b"june")),
        ("export/book.xlsx", workbook()),
        ("export/", b""),
        ("export/.hidden.csv", b"x"),
        ("__MACOSX/export/._may.csv", b"x"),
        ("logo.png", b"x"),
        ("README.txt", b"x"),
    )
    assert contents(path, scratch) == [
        ("orders.zip, april.TSV", b"april"),
        ("orders.zip, book.xlsx", workbook()),
        ("orders.zip, june.csv.gz", b"june"),
        ("orders.zip, may.csv", b"may"),
    ]


def test_members_of_one_name_stay_apart(tmp_path, scratch):
    path = zipped(tmp_path, ("2022/orders.csv", b"old"), ("2023/orders.csv", b"new"))
    assert contents(path, scratch) == [
        ("orders.zip, 2022/orders.csv", b"old"),
        ("orders.zip, 2023/orders.csv", b"new"),
    ]


@pytest.mark.parametrize(
    "name", ["../../evil.csv", "/etc/evil.csv", "..\\evil.csv", "e\x1b[2J.csv"]
)
def test_no_name_of_a_zip_becomes_a_path_or_reaches_the_terminal(name, tmp_path, scratch):
    ((called, content),) = contents(zipped(tmp_path, (name, TABLE)), scratch)
    assert content == TABLE
    assert called.isprintable()
    assert {path.name for path in tmp_path.iterdir()} == {"orders.zip", "scratch"}


def test_a_note_alone_may_be_the_table(tmp_path, scratch):
    assert contents(zipped(tmp_path, ("notes.txt", TABLE)), scratch)[0][1] == TABLE


def test_a_zip_without_a_table_says_so(tmp_path, scratch):
    for path in (zipped(tmp_path, ("a.pdf", b"x")), zipped(tmp_path)):
        with pytest.raises(DataError, match=r"orders.zip: the zip holds no table \(of . files\)"):
            unpack(path, path.name, scratch)


def test_a_zip_within_a_zip_is_refused(tmp_path, scratch):
    inner = zipped(tmp_path, ("may.csv", TABLE)).read_bytes()
    path = zipped(tmp_path, ("inner.zip", inner))
    with pytest.raises(DataError, match="orders.zip, inner.zip: is a zip within an archive"):
        unpack(path, path.name, scratch)


def test_what_is_packed_twice_is_refused(tmp_path, scratch):
    path = written(tmp_path, gzip.compress(gzip.compress(TABLE)))
    with pytest.raises(DataError, match="is packed twice"):
        unpack(path, path.name, scratch)


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_tar_is_refused(mode, tmp_path, scratch):
    table = written(tmp_path, TABLE)
    path = tmp_path / "orders.tar"
    with tarfile.open(path, mode) as archive:
        archive.add(table, "orders.csv")
    with pytest.raises(DataError, match="is a tar archive") as failure:
        unpack(path, path.name, scratch)
    assert failure.value.hint.startswith("Unpack it and name its tables.")


@pytest.mark.parametrize(
    ("kind", "mark"), [("7z", b"7z\xbc\xaf\x27\x1c"), ("rar", b"Rar!\x1a\x07")]
)
def test_other_archives_are_refused_by_name(kind, mark, tmp_path, scratch):
    path = written(tmp_path, mark + bytes(100))
    with pytest.raises(DataError, match=f"is a {kind} archive"):
        unpack(path, path.name, scratch)


def test_an_encrypted_member_is_refused(tmp_path, scratch):
    path = zipped(tmp_path, ("may.csv", TABLE))
    raw = bytearray(path.read_bytes())
    # The flag of encryption, in the member's own header and in the zip's list.
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    with pytest.raises(DataError, match="orders.zip, may.csv: is encrypted"):
        unpack(path, path.name, scratch)


@pytest.mark.parametrize("damage", ["cut", "bit"])
def test_a_damaged_zip_is_a_clear_error(damage, tmp_path, scratch):
    path = zipped(tmp_path, ("may.csv", TABLE * 100))
    raw = bytearray(path.read_bytes())
    raw[50] ^= 255
    path.write_bytes(raw[:-30] if damage == "cut" else raw)
    with pytest.raises(DataError, match="orders.zip: the zip is damaged") as failure:
        unpack(path, path.name, scratch)
    assert failure.value.hint == "Fetch or export it again."


@pytest.mark.parametrize("packing", ["zip", *PACKING])
def test_what_unpacks_to_far_more_than_tables_do_is_refused(
    packing, tmp_path, scratch, monkeypatch
):
    monkeypatch.setattr(archives, "_BOMB", (4 << 20, 200))
    bomb = bytes(8 << 20)
    path = (
        zipped(tmp_path, ("a.csv", bomb[: 3 << 20]), ("b.csv", bomb[: 3 << 20]))
        if packing == "zip"
        else written(tmp_path, PACKING[packing](bomb))
    )
    with pytest.raises(DataError, match="bytes unpack to .* or more: no table is like that"):
        unpack(path, path.name, scratch)
    # A zip declares it beforehand; of a stream no more is written than shows it.
    assert sum(file.stat().st_size for file in scratch.iterdir()) <= 4 << 20


def test_a_disk_without_room_is_noticed_before_it_is_full(tmp_path, scratch, monkeypatch):
    usage = namedtuple("usage", "total used free")  # noqa: PYI024  (shaped as the library's own)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(0, 0, 1000))
    for path in (zipped(tmp_path, ("a.csv", TABLE)), written(tmp_path, gzip.compress(TABLE))):
        with pytest.raises(DataError, match="the disk has no room") as failure:
            unpack(path, path.name, scratch)
        assert "TMPDIR" in failure.value.hint
