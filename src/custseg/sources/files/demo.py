"""The demo store: a simulated shop whose customers' types are known, with a real export's dirt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv

from custseg.settings import DemoSettings

if TYPE_CHECKING:
    from typing import BinaryIO

    from numpy.random import Generator
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

START: Final = np.datetime64("2023-01-01T00:00", "m")
DAYS: Final = 365
PRODUCTS: Final = 2000
GROUPS: Final = 8
"""Product groups; each customer type has favourites among them."""


@dataclass(frozen=True)
class CustomerType:
    """A latent type: how often its customers order, how much, when, and what they like."""

    name: str
    share: float
    joined: tuple[float, float]
    """First day they may order, as shares of the year."""
    gone: tuple[float, float]
    """Day of their last possible order, likewise."""
    days_between: float
    lines: float
    """Mean lines per order."""
    units: float
    """Mean units per line."""
    favourites: tuple[int, ...]


TYPES: Final = (
    CustomerType("wholesaler", 0.07, (0.0, 0.05), (1.0, 1.0), 8.0, 20.0, 16.0, (0, 1)),
    CustomerType("regular", 0.21, (0.0, 0.10), (1.0, 1.0), 33.0, 14.0, 5.0, (2, 3)),
    CustomerType("occasional", 0.22, (0.0, 0.30), (0.72, 0.90), 70.0, 12.0, 4.0, (4,)),
    CustomerType("newcomer", 0.22, (0.90, 0.98), (1.0, 1.0), 30.0, 13.0, 3.5, (5, 6)),
    CustomerType("lapsed", 0.28, (0.0, 0.25), (0.26, 0.45), 200.0, 7.0, 2.0, (7,)),
)

_TASTE: Final = 6.0
"""How much likelier a favourite product is than another of the same popularity."""
_COUNTRIES: Final = ("United Kingdom", "Germany", "France", "EIRE", "Spain")
_COUNTRY_SHARES: Final = (0.90, 0.035, 0.03, 0.02, 0.015)
_SERVICE_CODES: Final = (("POST", "POSTAGE"), ("M", "Manual"), ("BANK CHARGES", "Bank Charges"))
_GUEST_SHARE: Final = 0.20
_RETURN_SHARE: Final = 0.015
_STRAY_RETURN_SHARE: Final = 0.003
_DUPLICATE_SHARE: Final = 0.01
_FREE_SHARE: Final = 0.004
_SERVICE_SHARE: Final = 0.03
_ADJECTIVES: Final = ("RED", "VINTAGE", "SET OF 4", "WOODEN", "RETROSPOT", "CREAM", "MINI", "GLASS")
_NOUNS: Final = ("MUG", "LANTERN", "LUNCH BAG", "CAKE TIN", "BUNTING", "T-LIGHT", "FRAME", "CLOCK")


@dataclass(frozen=True)
class DemoStore:
    """The shop's export in the columns of Online Retail, and the type of each customer."""

    lines: pa.Table
    truth: pa.Table


@dataclass(frozen=True)
class _Lines:
    """Order lines as columns of equal length."""

    order: NDArray[np.str_]
    product: Ints
    quantity: Ints
    minute: Ints
    pence: Ints
    customer: Ints
    """0 for a guest."""

    def take(self, rows: Ints | NDArray[np.bool_]) -> _Lines:
        return _Lines(**{name: values[rows] for name, values in vars(self).items()})


def simulate(settings: DemoSettings | None = None) -> DemoStore:
    """Simulate a year of a shop, with the dirt of a real export.

    Customers order as Poisson processes between joining and leaving; their type fixes the rates,
    the basket and the taste. On top come guests without an account, exact duplicates, returns (most
    undo an earlier purchase, some match nothing), service codes, free samples and bad-debt rows.

    Parameters
    ----------
    settings
        The `[demo]` settings: number of customers and seed.

    Returns
    -------
    DemoStore
        About 145 lines per customer, in order of time. Equal settings give equal stores.
    """
    settings = settings or DemoSettings()
    draw = np.random.default_rng(settings.seed)
    kinds = draw.choice(len(TYPES), settings.customers, p=[kind.share for kind in TYPES])
    ids = 12_000 + draw.permutation(settings.customers)
    prices = np.maximum(np.round(np.exp(draw.normal(0.9, 0.7, PRODUCTS)) * 100), 19).astype(int)
    sold = _sales(draw, kinds, ids, prices)
    guests = draw.random(len(np.unique(sold.order))) < _GUEST_SHARE / 4
    sold = _with_guests(draw, sold, guests)
    returns = _returns(draw, sold)
    dirt = _dirt(draw, sold)
    lines = _join(sold, returns, *dirt)
    lines = lines.take(np.lexsort((lines.product, lines.order, lines.minute)))
    truth = pa.table(
        {
            "CustomerID": [str(i) for i in np.sort(ids)],
            "type": [TYPES[kind].name for kind in kinds[np.argsort(ids)]],
        }
    )
    return DemoStore(_export(draw, lines), truth)


def write_csv(table: pa.Table, sink: BinaryIO) -> None:
    """Write a table as UTF-8 csv with a header."""
    pa.csv.write_csv(table, sink)


def _sales(draw: Generator, kinds: Ints, ids: Ints, prices: Ints) -> _Lines:
    """Every purchase of the customers with an account."""

    def of_kind(values: list[float]) -> Floats:
        return np.asarray(values)[kinds]

    def between(low: Floats, high: Floats) -> Floats:
        return DAYS * (low + (high - low) * draw.random(len(kinds)))

    joined = between(of_kind([t.joined[0] for t in TYPES]), of_kind([t.joined[1] for t in TYPES]))
    gone = between(of_kind([t.gone[0] for t in TYPES]), of_kind([t.gone[1] for t in TYPES]))
    # Customers of one type differ, as people do.
    pace = draw.gamma(8.0, 1 / 8.0, len(kinds))
    rate = pace / of_kind([t.days_between for t in TYPES])
    orders = 1 + draw.poisson(rate * np.maximum(gone - joined, 0))
    owner = np.repeat(np.arange(len(kinds)), orders)
    first = np.r_[True, owner[1:] != owner[:-1]]
    since = np.where(first, 0.0, draw.random(len(owner)))
    day = np.floor(joined[owner] + since * (gone - joined)[owner]).clip(0, DAYS - 1)
    minute = (day * 1440 + draw.integers(8 * 60, 19 * 60, len(owner))).astype(int)

    size = draw.gamma(8.0, 1 / 8.0, len(kinds))
    lines = 1 + draw.poisson((size * (of_kind([t.lines for t in TYPES]) - 1))[owner])
    order = np.repeat(np.arange(len(owner)), lines)
    customer = owner[order]
    product = _tastes(draw, kinds[customer])
    quantity = 1 + draw.poisson((of_kind([t.units for t in TYPES]) - 1)[customer])
    rank = np.argsort(np.argsort(minute, kind="stable"), kind="stable")
    number = np.char.mod("%d", 500_000 + rank)
    return _Lines(number[order], product, quantity, minute[order], prices[product], ids[customer])


def _tastes(draw: Generator, kinds: Ints) -> Ints:
    """A product for each line: the popular ones, and its type's favourites more than others."""
    popularity = 1.0 / (np.arange(PRODUCTS) + 20.0)
    product = np.empty(len(kinds), dtype=np.int64)
    for index, kind in enumerate(TYPES):
        favourite = np.isin(np.arange(PRODUCTS) % GROUPS, kind.favourites)
        weights = np.cumsum(popularity * np.where(favourite, _TASTE, 1.0))
        rows = np.flatnonzero(kinds == index)
        product[rows] = np.searchsorted(weights, draw.random(len(rows)) * weights[-1])
    return product


def _with_guests(draw: Generator, sold: _Lines, chosen: NDArray[np.bool_]) -> _Lines:
    """Add orders of people without an account, copied in shape from the customers' orders."""
    orders, position = np.unique(sold.order, return_inverse=True)
    copies = sold.take(np.flatnonzero(chosen[position]))
    repeats = [copies]
    for round_ in range(1, 4):
        shift = draw.integers(0, 600, len(orders))[position[chosen[position]]]
        number = np.char.add(copies.order, f"{round_}")
        repeats.append(replace(copies, order=number, minute=copies.minute + shift))
    guests = _join(*repeats)
    nobody = np.zeros(len(guests.customer), dtype=np.int64)
    guests = replace(guests, order=np.char.add("9", guests.order), customer=nobody)
    return _join(sold, guests)


def _returns(draw: Generator, sold: _Lines) -> _Lines:
    """Cancellations some days after a purchase, in whole or in part; some match nothing."""
    back = sold.take(draw.random(len(sold.order)) < _RETURN_SHARE)
    part = np.ceil(back.quantity * draw.choice([1.0, 0.5], len(back.order))).astype(int)
    later = np.minimum(back.minute + draw.integers(60, 30 * 1440, len(back.order)), DAYS * 1440 - 1)
    back = replace(back, quantity=-part, minute=later)
    stray = sold.take(draw.random(len(sold.order)) < _STRAY_RETURN_SHARE)
    other = draw.integers(0, PRODUCTS, len(stray.order))
    stray = replace(stray, quantity=-stray.quantity, product=other)
    both = _join(back, stray)
    number = np.char.add("C", np.char.mod("%d", 700_000 + np.arange(len(both.order))))
    return replace(both, order=number)


def _dirt(draw: Generator, sold: _Lines) -> tuple[_Lines, ...]:
    """Duplicates, free samples, service charges and bad debt."""
    copies = sold.take(draw.random(len(sold.order)) < _DUPLICATE_SHARE)
    free = sold.take(draw.random(len(sold.order)) < _FREE_SHARE)
    free = replace(free, pence=np.zeros(len(free.order), dtype=np.int64))
    first = np.unique(sold.order, return_index=True)[1]
    service = sold.take(first[draw.random(len(first)) < _SERVICE_SHARE])
    code = PRODUCTS + draw.integers(0, len(_SERVICE_CODES), len(service.order))
    ones = np.ones(len(service.order), dtype=np.int64)
    service = replace(service, product=code, quantity=ones)
    debt = sold.take(np.arange(3))
    debt = replace(
        debt,
        order=np.array(["A500001", "A500002", "A500003"]),
        product=np.full(3, PRODUCTS),
        pence=np.full(3, -1_000_000),
        quantity=np.ones(3, dtype=np.int64),
        customer=np.zeros(3, dtype=np.int64),
    )
    return copies, free, service, debt


def _join(*parts: _Lines) -> _Lines:
    names = vars(parts[0])
    return _Lines(**{name: np.concatenate([vars(part)[name] for part in parts]) for name in names})


def _export(draw: Generator, lines: _Lines) -> pa.Table:
    """The lines in the columns and spellings of an Online Retail export."""
    numbers = np.arange(PRODUCTS)
    codes = [f"{20_000 + 7 * n}{'' if n % 5 else 'ABCD'[n % 4]}" for n in numbers]
    names = [
        f"{_ADJECTIVES[n // 8 % 8]} {_NOUNS[n % GROUPS]} {n // 64 + 1}" for n in numbers.tolist()
    ]
    codes += [code for code, _ in _SERVICE_CODES]
    names += [name for _, name in _SERVICE_CODES]
    home = draw.choice(len(_COUNTRIES), lines.customer.max() + 1, p=_COUNTRY_SHARES)
    times = (START + lines.minute.astype("timedelta64[m]")).astype("datetime64[s]")
    known = lines.customer > 0
    return pa.table(
        {
            "InvoiceNo": pa.array(lines.order),
            "StockCode": pa.array(codes).take(pa.array(lines.product)),
            "Description": pa.array(names).take(pa.array(lines.product)),
            "Quantity": pa.array(lines.quantity),
            "InvoiceDate": pa.array(times).cast(pa.string()),
            "UnitPrice": pa.array(lines.pence / 100.0),
            "CustomerID": pa.array(lines.customer, mask=~known).cast(pa.string()),
            "Country": pa.array(_COUNTRIES).take(pa.array(home[lines.customer])),
        }
    )
