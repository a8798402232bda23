"""E-mails, phones and consents from a file of the shop's: read, checked, never stored."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from custseg.errors import DataError
from custseg.sources.columns.names import plain_name
from custseg.sources.values.identities import forms_of, known_ids
from custseg.sources.values.people import plain_ids
from custseg.words.excel import E164

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

HEADERS: Final = {
    "email": ("email", "emailaddress", "customeremail"),
    "phone": ("phone", "phonenumber", "mobilephone"),
    "consent": (
        *("consent", "acceptsmarketing", "acceptsemailmarketing", "emailmarketingconsent"),
        *("emailconsent", "emailsubscriptionstatus"),
    ),
}
"""What each column may be called, without capitals, blanks, hyphens and underscores."""
IDS: Final = (
    *("customerid", "clientid", "squarecustomerid", "id", "externalid", "referenceid", "userid"),
    *("username", "klaviyoid", "profileid", "personid", "customer", "name", "fullname"),
)
"""What columns may be called that name the customer as the orders do, the likeliest first."""
YES: Final = ("yes", "y", "true", "1", "ja", "subscribed")
"""What counts as consent; anything else doesn't."""
_LETTER: Final = r"[^\x00-/:-@\[-`{-\x7f]"
_LABEL: Final = rf"{_LETTER}(?:(?:{_LETTER}|-)*{_LETTER})?"
"""Part of a domain: letters of any script, digits, hyphens between them."""
_ATEXT: Final = r"a-z0-9_!#$%&'*/?^`{|}~"
_EMAIL: Final = rf"^[{_ATEXT}][{_ATEXT}+=.\-]*@(?:{_LABEL}\.)+{_LABEL}$"
"""An address that every platform takes, in small letters. One that begins like a formula is legal,
but would have to be mangled in a csv."""
_LONGEST_EMAIL: Final = 254


@dataclass(frozen=True)
class Contacts:
    """One row per customer: customer_id, email, phone ("" where none can be used) and flags.

    The flags are consent, contradictory (rows of the file differ), shared (another customer of the
    file has the same e-mail or phone), bad_email and bad_phone (there is one, but of no use).
    """

    table: pd.DataFrame
    identifiers: frozenset[str]
    """Which of email and phone the file has."""
    asks_consent: bool
    """Whether it has a column of consents."""
    nameless: int = 0
    """Rows without a customer_id."""


def read_contacts(
    path: Path, key: bytes | None = None, known: Collection[str] | None = None
) -> Contacts:
    """Read a csv of contacts.

    Parameters
    ----------
    path
        A csv in UTF-8 (comma, semicolon or tab) with email or phone, or both, and perhaps consent.
        Other columns are not read, but for those that may name the customer.
    key
        Where customers are keyed hashes, or some are: the key. An e-mail address, a telephone
        number, an id or a name then names the customer, whatever the orders are keyed by.
    known
        The customers of the orders: the column that names most of them is the customer's, and of
        a row that it doesn't name one, the next. None: the likeliest column is.

    Raises
    ------
    DataError
        It cannot be read, or lacks columns, or has one twice.
    """
    import pyarrow as pa
    import pyarrow.csv as pacsv

    where = path.name
    try:
        if path.exists() and not path.is_file():
            raise DataError(f"{path}: cannot be read: it is not a file.", "Check --contacts.")
        with path.open(encoding="utf-8-sig", newline="") as stream:
            first = stream.readline()
        if not first.strip():
            raise DataError(f"{where}: the file is empty.", "Export the contacts again.")
        headers = {mark: next(csv.reader([first], delimiter=mark)) for mark in ",;\t"}
        delimiter = max(headers, key=lambda mark: _likeness(headers[mark]))
        columns = _columns(headers[delimiter], where)
        naming = _naming_columns(headers[delimiter], columns, hashed=key is not None)
        likely = {"customerid", *HEADERS["email"]}
        if not naming or (known is None and plain_name(naming[0]) not in likely):
            raise _lacking(where, "customer_id")
        wanted = list(dict.fromkeys([*columns.values(), *naming]))
        read = pacsv.read_csv(
            path,
            # On one thread an error tells the row.
            read_options=pacsv.ReadOptions(use_threads=False),
            parse_options=pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except FileNotFoundError:
        raise DataError(f"{path}: no such file.", "Check --contacts.") from None
    except UnicodeDecodeError:
        raise _not_utf8(where) from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}.") from None
    except (csv.Error, pa.ArrowInvalid) as error:
        # Its message quotes the row.
        if "UTF8" in str(error):
            raise _not_utf8(where) from None
        row = re.search(r"Row #(\d+)", str(error))
        at = f" (row {row[1]} has another number of cells than the header)" if row else ""
        raise DataError(
            f"{where}: cannot be read as csv{at}.", "Export the contacts as csv (UTF-8) again."
        ) from None
    cells = read.to_pandas()
    people = [plain_ids(cells[name]) for name in naming]
    ids = people if key is None else [_as_known(named, key, known) for named in people]
    frame = pd.DataFrame({ours: cells[name] for ours, name in columns.items()})
    return normalised(frame.assign(customer_id=_customers(ids, known)))


def _as_known(named: pd.Series[str], key: bytes, known: Collection[str] | None) -> pd.Series[str]:
    """As the orders' customers are called: some may be keyed hashes, and others not."""
    return forms_of(named, key)[1] if known is None else known_ids(named, key, known)


def _naming_columns(header: list[str], columns: Mapping[str, str], *, hashed: bool) -> list[str]:
    """The columns that may name the customer, the likeliest first."""
    by_id = [name for known in IDS for name in header if plain_name(name) == known]
    if not hashed:
        return by_id
    # Ids beside addresses are the platform's own, unless the file is made for this.
    given = [name for name in by_id if name.strip().casefold() == "customer_id"]
    reached = [columns[name] for name in ("email", "phone") if name in columns]
    return list(dict.fromkeys([*given, *reached, *by_id]))


def _customers(ids: list[pd.Series[str]], known: Collection[str] | None) -> pd.Series[str]:
    """The customer of each row, by the columns that may name it."""
    if known is None:
        return ids[0]
    found = [named.where(named.isin(known), "") for named in ids]
    # Of equals the first: the sort keeps their order.
    ranked = sorted(found, key=lambda named: -named[named != ""].nunique())
    customers = ids[0].where(~ids[0].isin(known), "")
    for named in reversed(ranked):
        customers = named.where(named != "", customers)
    return customers


def normalised(frame: pd.DataFrame) -> Contacts:
    """Bring contacts as they were typed into one form, and flag what can't be used.

    Parameters
    ----------
    frame
        customer_id, and at least one of email and phone, and perhaps consent; all text.
    """
    table = pd.DataFrame({"customer_id": plain_ids(frame["customer_id"])})
    for name, clean, pattern in (("email", _email, _EMAIL), ("phone", _phone, E164)):
        typed = clean(frame[name]) if name in frame else pd.Series("", frame.index, dtype="str")
        usable = typed.str.contains(pattern, regex=True) & (typed.str.len() <= _LONGEST_EMAIL)
        usable &= ~typed.str.contains("..", regex=False) & ~typed.str.contains(".@", regex=False)
        if name == "email" and name in frame:
            usable &= _same_in_small_letters(frame[name].str.strip())
        table[name] = typed.where(usable, "")
        table[f"bad_{name}"] = ~usable & (typed != "")
    consent = frame["consent"].str.strip().str.lower().isin(YES) if "consent" in frame else True
    table["consent"] = consent
    nameless = int((table["customer_id"] == "").sum())
    table = table[table["customer_id"] != ""].drop_duplicates(ignore_index=True)
    table["shared"] = False
    for name in ("email", "phone"):
        pairs = table.loc[table[name] != "", ["customer_id", name]].drop_duplicates()
        shared = pairs.loc[pairs[name].duplicated(keep=False), "customer_id"]
        table["shared"] |= table["customer_id"].isin(shared)
    table["contradictory"] = table["customer_id"].duplicated(keep=False)
    return Contacts(
        table.drop_duplicates("customer_id", ignore_index=True),
        frozenset({"email", "phone"} & set(frame.columns)),
        "consent" in frame,
        nameless,
    )


def _likeness(header: list[str]) -> tuple[int, int]:
    """How much cells look like a header of contacts: the columns known, and all."""
    known = {*IDS, *(name for names in HEADERS.values() for name in names)}
    return sum(plain_name(name) in known for name in header), len(header)


def _columns(header: list[str], where: str) -> dict[str, str]:
    """The file's name of each column of ours that it has: e-mail, phone, consent."""
    found: dict[str, str] = {}
    for ours, names in HEADERS.items():
        fitting = [name for name in header if plain_name(name) in names]
        if len(fitting) > 1:
            named = " and ".join(f'"{name}"' for name in fitting)
            raise DataError(f"{where}: {named} can both be the {ours}.", "Remove one of them.")
        if fitting:
            found[ours] = fitting[0]
    if not {"email", "phone"} & set(found):
        raise _lacking(where, "email or phone")
    return found


def _lacking(where: str, column: str) -> DataError:
    return DataError(
        f"{where}: lacks a column {column}.",
        "Name the columns customer_id, email, phone and consent; email or phone is enough.",
    )


def _email(typed: pd.Series[str]) -> pd.Series[str]:
    return typed.str.strip().str.lower()


def _same_in_small_letters(typed: pd.Series[str]) -> pd.Series[bool]:
    """Whether no address becomes another one in small letters, and none hides a letter.

    The small letter of "\u0130" can be "i", and a blank of no width looks like none.
    """
    foreign = typed[typed.str.contains(r"[^\x00-\x7f]", regex=True)]
    clean = pd.Series([_is_clean(text) for text in foreign], foreign.index, dtype="bool")
    return clean.reindex(typed.index, fill_value=True)


def _is_clean(address: str) -> bool:
    local, _, domain = address.rpartition("@")
    letters = [c for c in domain if not c.isascii()]
    return (
        local.isascii()
        and all(c.isalnum() or unicodedata.category(c)[0] == "M" for c in letters)
        and not any(part.isascii() for c in letters for part in c.lower())
        and unicodedata.is_normalized("NFKC", domain.lower())
    )


def _phone(typed: pd.Series[str]) -> pd.Series[str]:
    """Without what people write between digits; "(0)" is dialled or not, by where one is."""
    tight = typed.str.strip().str.removeprefix("'").str.replace(r"[\s./-]", "", regex=True)
    return tight.where(
        tight.str.contains("(0)", regex=False), tight.str.replace(r"[()]", "", regex=True)
    )


def _not_utf8(where: str) -> DataError:
    return DataError(f"{where}: is not in UTF-8.", 'Save it as "CSV UTF-8".')
