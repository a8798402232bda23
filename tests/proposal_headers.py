"""Headers of many shop systems with made-up rows, to propose mappings for.

The headers follow the systems' public documentation; every value is computed from a row's number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ORDERS = 60


@dataclass(frozen=True)
class Line:
    """What a made-up order line is made of."""

    row: int
    order: int
    line: int
    """Its number in the order, from 1."""
    lines: int

    @property
    def customer(self) -> int:
        return self.order * 7 % 23

    @property
    def product(self) -> int:
        return self.row * 5 % 13

    @property
    def quantity(self) -> int:
        return 1 + self.row * 3 % 5

    @property
    def price(self) -> float:
        return 2.5 + self.product * 1.25

    @property
    def gross(self) -> float:
        return self.quantity * self.price

    @property
    def share(self) -> float:
        return (0, 0, 0.2, 0.1)[self.row % 4]

    @property
    def discount(self) -> float:
        return round(self.gross * self.share, 2)

    @property
    def net(self) -> float:
        return self.gross - self.discount

    @property
    def tax(self) -> float:
        return round(self.net * 0.2, 2)

    @property
    def order_net(self) -> float:
        return sum(line.net for line in order(self.order))

    @property
    def order_tax(self) -> float:
        return round(self.order_net * 0.2, 2)

    @property
    def order_discount(self) -> float:
        return (0, 3, 1.5)[self.order % 3]

    @property
    def shipping(self) -> float:
        return (4.9, 0, 7.9)[self.order % 3]

    @property
    def moment(self) -> datetime:
        first = datetime.fromisoformat("2024-01-13 09:05")
        return first + timedelta(days=self.order * 2, minutes=self.order * 7)


def order(number: int) -> list[Line]:
    """The lines of an order."""
    before = sum(1 + n % 4 for n in range(number))
    count = 1 + number % 4
    return [Line(before + n, number, n + 1, count) for n in range(count)]


_NAMES = ("Ann Ray", "Bo Lind", "Cy Young-Hall", "Dr. Di Marsh", "Eve O'Neil", "Flo van Dyk")
_WORDS = ("Mug", "Tea towel", "Glass bell", "Jam jar", "Candle", "Doormat", "Ribbon")

Kind = "Callable[[Line], str | None]"
KINDS: Mapping[str, Callable[[Line], str | None]] = {
    "order": lambda x: str(10_000 + x.order),
    "order name": lambda x: f"#{1000 + x.order}",
    "order uuid": lambda x: f"a{x.order:03d}-77be-{x.order * 31:05d}",
    "row": lambda x: str(x.row + 1),
    "line": lambda x: str(x.line),
    "line id": lambda x: str(900_000 + x.row),
    "customer": lambda x: str(700 + x.customer),
    "customer code": lambda x: f"C-{700 + x.customer}",
    "person": lambda x: f"{_NAMES[x.customer % 6]} {'ABCDEFGH'[x.customer % 8]}",
    "email": lambda x: f"p{x.customer}@example.org",
    "phone": lambda x: f"+47 555 01 {x.customer:03d}",
    "user name": lambda x: f"user_{x.customer}",
    "nth order": lambda x: str(1 + x.order // 23),
    "sku": lambda x: f"SKU-{x.product:03d}",
    "product": lambda x: str(300 + x.product),
    "ean": lambda x: f"40012345{x.product:05d}",
    "product name": lambda x: f"{_WORDS[x.product % 7]} no. {x.product}",
    "category": lambda x: ("Kitchen", "Garden", "Gifts")[x.product % 3],
    "word": lambda x: ("red", "blue", "green", "white")[x.row % 4],
    "sentence": lambda x: f"Please ring twice, flat {x.order}",
    "country": lambda x: ("Norway", "Germany", "France")[x.customer % 3],
    "country code": lambda x: ("NO", "DE", "FR")[x.customer % 3],
    "city": lambda x: ("Oslo", "Bonn", "Nice")[x.customer % 3],
    "zip": lambda x: f"{10_000 + x.customer * 331}",
    "date": lambda x: f"{x.moment:%Y-%m-%d}",
    "us date": lambda x: f"{x.moment:%m/%d/%Y}",
    "eu date": lambda x: f"{x.moment:%d.%m.%Y}",
    "moment": lambda x: f"{x.moment:%Y-%m-%d %H:%M:%S}",
    "later": lambda x: f"{x.moment + timedelta(days=3):%Y-%m-%d}",
    "month date": lambda x: f"{x.moment:%b-%d-%y}",
    "digits date": lambda x: f"{x.moment:%Y%m%d}",
    "time": lambda x: f"{x.moment:%H:%M}",
    "weekday": lambda x: str(x.moment.weekday()),
    "hour": lambda x: str(x.moment.hour),
    "quantity": lambda x: str(x.quantity),
    "zero": lambda _: "0",
    "flag": lambda x: str(x.row % 2),
    "price": lambda x: f"{x.price:.2f}",
    "gross": lambda x: f"{x.gross:.2f}",
    "net": lambda x: f"{x.net:.2f}",
    "discount": lambda x: f"{x.discount:.2f}",
    "share": lambda x: f"{x.share:g}",
    "percent": lambda x: f"{x.share:.0%}",
    "tax": lambda x: f"{x.tax:.2f}",
    "net and tax": lambda x: f"{x.net + x.tax:.2f}",
    "gross comma": lambda x: f"{x.gross:.2f}".replace(".", ","),
    "price comma": lambda x: f"{x.price:.2f} €".replace(".", ","),
    "net comma": lambda x: f"{x.net:.2f}".replace(".", ","),
    "cost": lambda x: f"{x.price * 0.6:.2f}",
    "profit": lambda x: f"{x.net - x.quantity * x.price * 0.6:.4f}",
    "order net": lambda x: f"{x.order_net:.2f}",
    "order tax": lambda x: f"{x.order_tax:.2f}",
    "order discount": lambda x: f"{x.order_discount:.2f}",
    "shipping": lambda x: f"{x.shipping:.2f}",
    "order total": lambda x: f"{x.order_net + x.order_tax + x.shipping - x.order_discount:.2f}",
    "refunded": lambda x: f"{x.net if x.row % 20 == 19 else 0:.2f}",
    "order refunded": lambda x: f"{x.order_net if x.order % 20 == 19 else 0:.2f}",
    "status": lambda x: ("complete", "complete", "cancelled")[x.order % 3],
    "currency": lambda _: "EUR",
    "payment": lambda x: ("card", "invoice")[x.order % 2],
    "empty": lambda _: None,
}


def rows(columns: Mapping[str, str], *, per_order: bool = False) -> list[list[str | None]]:
    """Rows of a table: for each of its columns the kind of its values.

    Parameters
    ----------
    per_order
        A row for each order instead of each line.
    """
    lines = [line for number in range(ORDERS) for line in order(number)]
    chosen = [line for line in lines if not per_order or line.line == 1]
    return [[KINDS[kind](line) for kind in columns.values()] for line in chosen]
