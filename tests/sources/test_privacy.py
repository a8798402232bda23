"""Nobody's name, address or number is left anywhere by a run over a Shopify export."""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import os
import stat
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from random import Random
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from custseg.cli.app import app
from tests.shops import SMALL_RUN

FIRST_LINE = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,"
    "Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,"
    "Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,"
    "Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,"
    "Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,"
    "Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,"
    "Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,"
    "Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,"
    "Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,"
    "Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,"
    "Payment Terms Name,Next Payment Due At,Payment References"
)
HEADER = next(csv.reader([FIRST_LINE]))
ORDERS = 1_000
CUSTOMERS = 240
PLANTED = {
    "e-mail": "Kestrelwump",
    "domain": "quaggamail",
    "given name": "Zorvathel",
    "surname": "Umbrexian",
    "street": "Plinkgarth",
    "company": "Vexolutrix",
    "city": "Brindlequay",
    "zip": "QX7719",
    "phone": "+47955501",
    "note": "Wrenquistic",
    "reference": "Rz8CeKPayref",
    "tag": "Glimmerhoof",
}
"""What is in a column of each customer's or order's, and nowhere else in the world."""


def person(number: int) -> dict[str, str]:
    """All that a shop knows of a customer, but for what was bought."""
    name = f"{PLANTED['given name']} {PLANTED['surname']}{number}"
    address = {
        "Name": name,
        "Street": f"{PLANTED['street']} {number}",
        "Address1": f"{PLANTED['street']} {number}",
        "Company": f"{PLANTED['company']} {number}",
        "City": PLANTED["city"],
        "Zip": f"'{PLANTED['zip']}{number}",
        "Phone": f"{PLANTED['phone']}{number:04}",
        "Country": ("NO", "SE", "GB", "")[number % 4],
    }
    return {f"{kind} {name}": text for kind in ("Billing", "Shipping") for name, text in (
        address.items()
    )} | {
        "Email": f"{PLANTED['e-mail']}{number}@{PLANTED['domain']}.example",
        "Phone": address["Phone"],
    }  # fmt: skip


def order_lines() -> list[dict[str, str]]:
    """Orders as Shopify writes them: what belongs to an order stands on its first line."""
    draw = Random(1)
    lines = []
    for number in range(ORDERS):
        customer = min(int(draw.paretovariate(0.9)) - 1, CUSTOMERS - 1) if number % 3 else (
            number % CUSTOMERS
        )  # fmt: skip
        known = person(customer)
        day = f"202{3 + number // 500}-{1 + number % 500 // 42:02}-{1 + number % 28:02}"
        bought = [(1 + draw.randrange(3), draw.randrange(60)) for _ in range(1 + draw.randrange(3))]
        total = sum(units * (5 + product) for units, product in bought)
        for place, (units, product) in enumerate(bought):
            line = {
                "Name": f"#{1001 + number}",
                "Email": known["Email"],
                "Created at": f"{day} 09:55:16 -0400",
                "Lineitem quantity": str(units),
                "Lineitem name": f"Teapot no. {product}",
                "Lineitem price": f"{5 + product}.00",
                "Lineitem sku": f"TP{product:03}",
                "Lineitem discount": "0.00",
                "Phone": known["Phone"],
            }
            if not place:
                line |= known | {
                    "Financial Status": "paid",
                    "Currency": "EUR",
                    "Subtotal": f"{total}.00",
                    "Shipping": "4.00",
                    "Total": f"{total + 4}.00",
                    "Refunded Amount": "0.00",
                    "Notes": f"{PLANTED['note']} {number}",
                    "Note Attributes": f"gift: {PLANTED['note']}",
                    "Payment Reference": f"{PLANTED['reference']}{number}",
                    "Payment ID": f"{PLANTED['reference']}{number}",
                    "Tags": PLANTED["tag"],
                    "Employee": f"{PLANTED['given name']} Staff",
                }
            lines.append(line)
    return lines


def write(path: Path, lines: list[dict[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, HEADER, restval="")
        writer.writeheader()
        writer.writerows(lines)
    return path


@dataclass(frozen=True)
class World:
    """A machine on which custseg is run."""

    folder: Path

    @property
    def key(self) -> Path:
        return self.folder / "configuration/custseg/key"

    @property
    def temporary(self) -> Path:
        return self.folder / "temporary"

    def variables(self, key: str | None) -> dict[str, str]:
        """What the environment of a command holds."""
        self.temporary.mkdir(exist_ok=True)
        variables = {
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / "configuration"),
            "TMPDIR": str(self.temporary),
            "COLUMNS": "200",
        } | SMALL_RUN
        del variables["CUSTSEG_KEY"]
        return variables | ({"CUSTSEG_KEY": key} if key else {})

    def run(self, *arguments: str | Path) -> tuple[int, bytes]:
        """Run custseg in a process of its own; return its exit code and all it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "custseg", *map(str, arguments)],
            env=self.variables(None)
            | {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return done.returncode, done.stdout

    def call(self, *arguments: str | Path, key: str | None = None) -> tuple[int, bytes]:
        """Run custseg in this process, which takes a fraction of the time."""
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            # It is looked up once in a process.
            patch.setattr(tempfile, "tempdir", str(self.temporary))
            given = [str(argument) for argument in arguments]
            patch.delenv("CUSTSEG_KEY", raising=False)
            done = CliRunner().invoke(app, given, env=self.variables(key))
        return done.exit_code, done.output.encode()

    def customers(self, workspace: str) -> list[str]:
        table = pq.read_table(self.folder / workspace / "raw.parquet", partitioning=None)
        found: list[str] = sorted(set(table.column("customer_id").to_pylist()))
        return found

    def left_behind(self) -> list[str]:
        """Temporary files of custseg's."""
        return sorted(path.name for path in self.temporary.glob("**/custseg*"))


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    """A shop's export, and a workspace `w` made from it by a whole run."""
    world = World(tmp_path_factory.mktemp("world"))
    write(world.folder / "orders.csv", order_lines())
    code, printed = world.run("run-all", "orders.csv", "-w", "w")
    assert code == 0, printed.decode()
    (world.folder / "printed.txt").write_bytes(printed)
    return world


def forms(token: str) -> set[bytes]:
    """A text in the forms in which it could be written somewhere; in small letters."""
    found = set[bytes]()
    for text in (token, token.lower(), token.upper()):
        plain = text.encode()
        found |= {plain, text.encode("utf-16-le"), text.encode("utf-16-be"), plain.hex().encode()}
        found.add(quote(text, safe="").encode())
        for before in range(3):
            # Wherever it begins in what is encoded, these letters are the same.
            code = base64.b64encode(b"\0" * before + plain).rstrip(b"=")
            found.add(code[(0, 2, 3)[before] :][: len(plain) * 4 // 3 - 2])
    return {form.lower() for form in found}


def contents(path: Path) -> list[bytes]:
    """The bytes of a file, and of what is packed within."""
    found = [path.read_bytes()]
    if path.suffix == ".parquet":
        table = pq.read_table(path, partitioning=None)
        found.append(str(table.schema.metadata).encode())
        for column in table.columns:
            texts = column.cast(pa.string()) if not pa.types.is_nested(column.type) else column
            found.append("\n".join(str(value) for value in texts.to_pylist()).encode())
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(BytesIO(found[0])) as archive:
            found += [archive.read(name) for name in archive.namelist()]
    return found


def leaks(folder: Path, tokens: dict[str, str]) -> list[str]:
    """Which tokens are in which files of a folder, or in their names."""
    sought = {name: forms(token) for name, token in tokens.items()}
    found = []
    for path in sorted(folder.rglob("*")):
        pieces = [os.fsencode(path.name)] + (contents(path) if path.is_file() else [])
        for piece in pieces:
            small = piece.lower()
            found += [
                f"{name} in {path.relative_to(folder)}"
                for name, written in sought.items()
                if any(form in small for form in written)
            ]
    return found


def planted_in(printed: bytes) -> list[str]:
    return [
        name for name, token in PLANTED.items() if any(f in printed.lower() for f in forms(token))
    ]


def test_the_search_finds_what_is_there(tmp_path):
    token = {"e-mail": PLANTED["e-mail"]}
    for number, encoded in enumerate(
        (
            b"xkestrelWUMPx",
            "..Kestrelwump".encode("utf-16-le"),
            base64.b64encode(b"Kestrelwump7@quaggamail.example"),
            base64.b64encode(b"aKestrelwump7@quaggamail.example"),
            base64.b64encode(b"abkestrelwump7@quaggamail.example"),
        )
    ):
        (tmp_path / f"{number}.bin").write_bytes(encoded)
    pq.write_table(pa.table({"x": ["Kestrelwump"] * 9}), tmp_path / "5.parquet", compression="zstd")
    with zipfile.ZipFile(tmp_path / "6.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x", "Kestrelwump " * 9)
    assert {found.split()[-1][0] for found in leaks(tmp_path, token)} == set("0123456")


def test_no_personal_data_is_in_any_byte_of_the_workspace(world):
    raw = pq.read_table(world.folder / "w/raw.parquet", partitioning=None)
    assert raw.num_rows == len(order_lines())
    assert leaks(world.folder / "w", PLANTED) == []


def test_no_hash_without_a_key_is_in_the_workspace(world):
    mail = person(0)["Email"]
    plain = {
        f"{name} of {text}": hashlib.new(name, text.encode()).hexdigest()[:20]
        for name in ("md5", "sha1", "sha256", "sha512")
        for text in (mail, mail.lower(), mail.upper())
    }
    assert leaks(world.folder / "w", plain) == []


def test_no_personal_data_is_printed(world):
    assert planted_in((world.folder / "printed.txt").read_bytes()) == []
    for command in (["status"], ["download"], ["clean"], ["columns", "orders.csv"]):
        code, printed = world.call(
            *command, *(["-w", "w"] if command[0] != "columns" else []), "--json"
        )
        assert code == 0, printed.decode()
        assert planted_in(printed) == []


def test_nothing_is_left_in_temporary_folders(world):
    assert world.left_behind() == []


def test_the_key_is_its_owners_and_in_no_byte_of_the_workspace(world):
    assert stat.S_IMODE(world.key.stat().st_mode) == 0o600
    key = world.key.read_text().strip()
    padded = key.encode().ljust(64, b"\0")
    pads = {
        name: bytes(byte ^ pad for byte in padded).hex()
        for name, pad in (("inner pad", 0x36), ("outer pad", 0x5C))
    }
    assert leaks(world.folder / "w", {"key": key} | pads) == []


def test_each_customer_has_one_hash_and_it_stays_with_the_key(world):
    code, printed = world.call("download", "orders.csv", "-w", "same-key")
    assert code == 0, printed.decode()
    known = world.customers("w")
    assert len(known) == len({line["Email"] for line in order_lines()})
    assert world.customers("same-key") == known
    code, printed = world.call("download", "orders.csv", "-w", "other", key="another secret text")
    assert code == 0, printed.decode()
    others = world.customers("other")
    assert len(others) == len(known)
    assert not set(others) & set(known)
    assert leaks(world.folder / "other", {"key": "another secret text"}) == []


DAMAGES = {
    "no number": {"Lineitem price": f"{PLANTED['given name']}s 12"},
    "an e-mail as price": {"Lineitem price": person(1)["Email"]},
    "a phone as quantity": {"Lineitem quantity": person(1)["Phone"]},
    "a name as date": {"Created at": person(1)["Billing Name"]},
    "a name as total": {"Subtotal": person(1)["Billing Name"]},
    "an address as discount": {"Lineitem discount": person(1)["Billing Street"]},
}


def shifted(line: dict[str, str], by: int) -> dict[str, str]:
    """A line whose values stand some columns further right."""
    values = [line.get(name, "") for name in HEADER]
    return dict(zip(HEADER, values[-by:] + values[:-by], strict=True))


def damaged(how: str) -> list[dict[str, str]]:
    lines = order_lines()[:400]
    if how in DAMAGES:
        lines[7] |= DAMAGES[how]
    else:
        by = int(how.removeprefix("shifted by "))
        firsts = [i for i, line in enumerate(lines) if "Subtotal" in line]
        for place in firsts[3:6]:
            lines[place] = shifted(lines[place], by)
    return lines


SHIFTED = [
    "shifted by 17",
    *(pytest.param(f"shifted by {by}", marks=pytest.mark.nightly) for by in (1, 14, 25, 60)),
]


@pytest.mark.parametrize("how", [*DAMAGES, *SHIFTED])
def test_an_error_shows_nobody(how, world):
    write(world.folder / "damaged.csv", damaged(how))
    code, printed = world.call("download", "damaged.csv", "-w", "damaged")
    assert code == 5, printed.decode()
    assert b"row" in printed
    assert planted_in(printed) == []
    assert world.left_behind() == []
    if (world.folder / "damaged").exists():
        assert leaks(world.folder / "damaged", PLANTED) == []


def test_debug_shows_nobody_when_a_row_is_damaged(world):
    write(world.folder / "damaged.csv", damaged("an e-mail as price"))
    code, printed = world.call("download", "damaged.csv", "-w", "damaged", "--debug")
    assert code == 5, printed.decode()
    assert b"Traceback" in printed
    assert planted_in(printed) == []


def test_rows_that_are_left_out_are_listed_without_anybody(world):
    lines = order_lines()
    lines[7] |= DAMAGES["an e-mail as price"]
    lines[20] |= DAMAGES["a name as date"]
    write(world.folder / "damaged.csv", lines)
    code, printed = world.call(
        "download", "damaged.csv", "-w", "left-out", "--on-bad-row", "reject"
    )
    assert code == 0, printed.decode()
    rejected = pq.read_table(world.folder / "left-out/rejected.parquet", partitioning=None)
    assert rejected.num_rows == 2
    assert planted_in(printed) == []
    assert leaks(world.folder / "left-out", PLANTED) == []
    assert world.left_behind() == []


def test_a_text_file_that_breaks_off_within_a_quote_shows_nobody(world):
    path = write(world.folder / "cut.csv", order_lines()[:400])
    text = path.read_bytes()
    path.write_bytes(text[: text.rindex(b"Wrenquistic")] + b'"' + text[-200:])
    # What is said without --debug is said with it, too.
    for arguments in (("--debug",), ("--on-bad-row", "reject")):
        _, printed = world.call("download", "cut.csv", "-w", "cut", *arguments)
        assert planted_in(printed) == []
    if (world.folder / "cut").exists():
        assert leaks(world.folder / "cut", PLANTED) == []


def test_a_file_whose_header_is_gone_shows_nobody(world):
    text = (world.folder / "orders.csv").read_bytes()
    (world.folder / "headless.csv").write_bytes(text.split(b"\n", 1)[1][:100_000])
    for arguments in (["download", "headless.csv", "-w", "headless"], ["columns", "headless.csv"]):
        code, printed = world.call(*arguments)
        assert code == 5 or arguments[0] == "columns", printed.decode()
        assert planted_in(printed) == []


def test_contacts_named_by_e_mail_find_customers_known_by_hash(world):
    lines = order_lines()
    mails = sorted({line["Email"] for line in lines})
    contacts = world.folder / "contacts.csv"
    contacts.write_text("Email\n" + "".join(f"{mail.upper()}\n" for mail in mails))
    listed = world.folder / "list.csv"
    code, printed = world.call(
        "export", "--segment", "1", "--format", "mailchimp", "--contacts", contacts,
        "--holdout", "0", "--output", listed, "-w", "w", "--consent-not-needed", "service message",
    )  # fmt: skip
    assert code == 0, printed.decode()
    assert planted_in(printed) == []
    with listed.open(newline="") as stream:
        found = list(csv.DictReader(stream))
    assert len(found) > 5
    assert {row["Email Address"] for row in found} <= {mail.lower() for mail in mails}
    key = world.key.read_bytes().strip()
    for row in found:
        expected = hmac.new(key, row["Email Address"].encode(), hashlib.sha256).hexdigest()
        assert row["Customer ID"] == expected[:24]
    assert leaks(world.folder / "w", PLANTED) == []
