"""Random shops, and their exports in random dialects and shapes, for a test to read back."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Final

from openpyxl import Workbook

if TYPE_CHECKING:
    from pathlib import Path

NAMES: Final = {
    # customer, order, date, product code, product, quantity, price, line's and order's total,
    # status
    "en": "Customer ID|Order ID|Order Date|SKU|Product Name|Quantity|Unit Price|Line Total|"
    "Order Total|Order Status",
    "de": "Kundennummer|Bestellnummer|Bestelldatum|Artikelnummer|Artikelname|Menge|Einzelpreis|"
    "Gesamtpreis|Bestellsumme|Bestellstatus",
    "fr": "N° client|N° commande|Date de commande|Référence article|Désignation|Quantité|"
    "Prix unitaire|Total ligne|Total commande|Statut",
    "es": "Código cliente|Nº pedido|Fecha pedido|Referencia artículo|Descripción|Cantidad|"
    "Precio unitario|Importe|Total pedido|Estado",
    "it": "Codice cliente|Numero ordine|Data ordine|Codice articolo|Descrizione|Quantità|"
    "Prezzo unitario|Importo|Totale ordine|Stato ordine",
    "nl": "Klantnummer|Ordernummer|Besteldatum|Artikelnummer|Omschrijving|Aantal|"
    "Prijs per stuk|Regeltotaal|Ordertotaal|Orderstatus",
    "pt": "Código do cliente|Número do pedido|Data do pedido|Código do produto|Produto|"
    "Quantidade|Preço unitário|Total do item|Valor do pedido|Status do pedido",
    "pl": "Numer klienta|Numer zamówienia|Data zamówienia|Kod produktu|Nazwa produktu|Ilość|"
    "Cena jednostkowa|Wartość|Wartość zamówienia|Status zamówienia",
    "sv": "Kundnummer|Ordernummer|Orderdatum|Artikelnummer|Benämning|Antal|Styckpris|Radsumma|"
    "Ordersumma|Orderstatus",
    "zh": "客户编号|订单号|下单时间|商品编号|商品名称|数量|单价|金额|订单金额|订单状态",
    "ja": "顧客番号|注文番号|注文日|商品番号|商品名|数量|単価|明細金額|注文合計|注文状況",
}
"""Columns as shops call them."""
FIELDS: Final = (
    *("customer", "order", "date", "code", "product", "quantity", "price", "line", "total"),
    "status",
)
STATUSES: Final = {
    # Those that count, and those that don't.
    "en": ("Completed|Shipped|Partially Refunded", "Cancelled|Fully refunded|Awaiting Payment"),
    "de": ("Abgeschlossen|Versendet", "Storniert|Erstattet|Zahlung ausstehend"),
    "fr": ("Terminée|Expédié", "Annulée|Remboursé|En attente de paiement"),
    "es": ("Completado|Enviado", "Cancelado|Reembolsado|Pendiente de pago"),
    "it": ("Completato|Spedito", "Annullato|Rimborsato|In attesa di pagamento"),
    "nl": ("Afgerond|Verzonden", "Geannuleerd|Terugbetaald|In afwachting van betaling"),
    "pt": ("Concluído|Enviado", "Cancelado|Reembolsado|Aguardando pagamento"),
    "pl": ("Zrealizowane|Wysłane", "Anulowane|Zwrócone|Oczekuje na płatność"),
    "sv": ("Slutförd|Skickad", "Avbruten|Återbetald|Väntar på betalning"),
    "zh": ("已完成|已发货", "已取消|已退款|待付款"),
    "ja": ("完了|発送済み", "キャンセル|返金済み|入金待ち"),
}
SHIPPING: Final = {
    "en": "Shipping",
    "de": "Versandkosten",
    "fr": "Frais de port",
    "es": "Gastos de envío",
    "it": "Spese di spedizione",
    "nl": "Verzendkosten",
    "pt": "Frete",
    "pl": "Koszt dostawy",
    "sv": "Frakt",
    "zh": "运费",
    "ja": "送料",
}
NOBODY: Final = ("0", "-1", "Guest", "Walk-in Customer", "(not set)", "N/A", "Cash Sale")
DATES: Final = (
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%Y/%m/%d %H:%M",
    "%d-%b-%Y",
    "%Y-%m-%dT%H:%M:%S",
)
MONEY: Final = {
    "price": ("quantity", "price"),
    "line": ("quantity", "line"),
    "both": ("quantity", "price", "line"),
    "order": ("quantity", "total"),
    "rate": ("quantity", "price", "rate", "line"),
    "rate only": ("quantity", "price", "rate"),
    # What was paid, with shipping, beside prices.
    "paid": ("quantity", "price", "shipping", "total"),
}
"""Columns that tell what lines are worth."""


@dataclass(frozen=True)
class Line:
    """A product in an order."""

    code: str
    quantity: int
    price: Decimal
    rate: Decimal
    rounded: bool
    """The export has a total of the line, which is to the cent."""

    @property
    def worth(self) -> Decimal:
        """What it cost."""
        cost = self.quantity * self.price * (1 - self.rate)
        return cost.quantize(Decimal("0.01")) if self.rounded else cost


@dataclass(frozen=True)
class Order:
    """An order, and whether it counts."""

    number: int
    customer: str
    moment: datetime
    status: str
    counts: bool
    lines: tuple[Line, ...]

    @property
    def worth(self) -> Decimal:
        """What its lines cost."""
        return sum((line.worth for line in self.lines), Decimal(0))


@dataclass
class Shop:
    """A shop, and how it exports its orders."""

    language: str
    money: str
    kind: str
    """csv, months (a csv each, in a folder), wrapped (rows quoted whole), xlsx, json or charges."""
    fill_down: bool
    """What belongs to an order stands on its first line only."""
    summary: str
    """"no", an "order" row per order, or a "sheet" total at the end."""
    statuses: bool
    date: str
    decimal: str
    delimiter: str
    orders: list[Order] = field(default_factory=list)

    @classmethod
    def drawn(cls, seed: int) -> Shop:
        """Draw a shop and its orders."""
        draw = Random(seed)
        language = draw.choice(list(NAMES))
        kinds = ("csv", "months", "wrapped", "xlsx", "json", "charges")
        kind = draw.choices(kinds, (5, 2, 1, 2, 2, 1))[0]
        money = draw.choices(list(MONEY), (5, 4, 4, 3, 2, 1, 2))[0]
        fill_down = kind in {"csv", "xlsx"} and draw.random() < 0.2
        summary = draw.choices(("no", "order", "sheet"), (8, 1, 1))[0]
        if kind in {"json", "charges", "months"} or fill_down or money not in {"line", "both"}:
            summary = "no"
        shop = cls(
            language,
            money,
            kind,
            fill_down,
            summary,
            statuses=draw.random() < 0.5,
            date=draw.choice(DATES),
            decimal=draw.choice(".,"),
            delimiter=draw.choice(",;\t|"),
        )
        shop.orders = shop._draw_orders(draw)
        return shop

    def _draw_orders(self, draw: Random) -> list[Order]:
        good, bad = (names.split("|") for names in STATUSES[self.language])
        customers = [str(draw.randrange(10_000, 99_999)) for _ in range(12)]
        prices = {f"P{n:03}": Decimal(draw.randrange(150, 9_900)) / 100 for n in range(25)}
        nobody = draw.choice(NOBODY) if draw.random() < 0.4 else None
        orders, moment = [], datetime(2024, 1, 3, 9, 5)  # noqa: DTZ001
        for number in range(40):
            moment += timedelta(days=draw.randrange(6), minutes=draw.randrange(500))
            fails = self.statuses and draw.random() < 0.2
            anonymous = nobody is not None and draw.random() < 0.15
            lines = tuple(
                Line(
                    code,
                    draw.choice((1, 1, 1, 2, 3, 6)),
                    prices[code],
                    Decimal(draw.choice((0, 0, 5, 10, 25))) / 100
                    if "rate" in self.money
                    else Decimal(0),
                    self.money != "rate only",
                )
                for code in draw.sample(list(prices), draw.choice((1, 2, 2, 3, 4)))
            )
            if self.kind == "charges":
                lines = (lines[0],)
            orders.append(
                Order(
                    7_000 + number,
                    nobody if anonymous and nobody else draw.choice(customers),
                    moment,
                    draw.choice(bad if fails else good),
                    not fails and not anonymous,
                    lines,
                )
            )
        return orders

    @property
    def truth(self) -> tuple[Decimal, int, int]:
        """Revenue, orders and customers that count."""
        counting = [order for order in self.orders if order.counts]
        revenue = sum((order.worth for order in counting), Decimal(0))
        return revenue, len(counting), len({order.customer for order in counting})

    def write(self, folder: Path) -> Path:
        """Write the export."""
        ending = {"charges": "json", "wrapped": "csv", "months": "folder"}.get(self.kind, self.kind)
        path = folder / f"orders.{ending}"
        if self.kind == "months":
            path.mkdir()
            for month in sorted({order.moment.strftime("%Y-%m") for order in self.orders}):
                own = [order for order in self.orders if order.moment.strftime("%Y-%m") == month]
                whole = replace(self, kind="csv", orders=own).write(path)
                whole.rename(path / f"{month}.csv")
            return path
        if self.kind == "charges":
            path.write_text(json.dumps([self._charge(order) for order in self.orders]))
            return path
        columns = self._columns()
        lines = list(self._lines())
        if self.kind == "json":
            path.write_text(json.dumps([dict(zip(columns, row, strict=True)) for row in lines]))
        elif self.kind == "xlsx":
            book = Workbook()
            for row in (tuple(columns), *lines):
                book.active.append(row)
            book.save(path)
        else:
            stream = io.StringIO(newline="")
            writer = csv.writer(stream, delimiter=self.delimiter)
            writer.writerows([tuple(columns), *lines])
            text = stream.getvalue()
            if self.kind == "wrapped":
                quoted = (line.replace('"', '""') for line in text.splitlines())
                text = "".join(f'"{line}"\n' for line in quoted)
            path.write_text(text, encoding="utf-8-sig")
        return path

    def _charge(self, order: Order) -> dict[str, object]:
        """As a payment provider's API has it: whole cents and Unix seconds."""
        return {
            "id": f"ch_{order.number}",
            "object": "charge",
            "amount": int(order.worth * 100),
            "amount_refunded": 0,
            "created": int(order.moment.timestamp()),
            "currency": "eur",
            "customer": order.customer if order.customer not in NOBODY else None,
            "description": "Order",
            "paid": order.counts,
            "status": "succeeded"
            if order.status in STATUSES[self.language][0].split("|")
            else "failed",
        }

    def _columns(self) -> list[str]:
        own = dict(zip(FIELDS, NAMES[self.language].split("|"), strict=True))
        own["shipping"] = SHIPPING[self.language]
        own["rate"] = "Discount" if self.money == "rate" else "Discount %"
        wanted = ["order", "date", "customer", "code", "product", *MONEY[self.money]]
        self._wanted = [*wanted, *(["status"] if self.statuses else [])]
        return [own[name] for name in self._wanted]

    def _lines(self) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = []
        for order in self.orders:
            paid = Decimal(0) if self.money != "paid" else Decimal(order.number % 3) * 490 / 100
            for place, line in enumerate(order.lines):
                first = place == 0 or not self.fill_down
                known: dict[str, object] = {
                    "order": order.number,
                    "date": order.moment.strftime(self.date) if first else None,
                    "customer": order.customer if first else None,
                    "code": line.code,
                    "product": f"Thing {line.code}",
                    "quantity": line.quantity,
                    "price": self._money(line.price),
                    "line": self._money(line.worth),
                    "total": self._money(order.worth + paid) if first else None,
                    "shipping": self._money(paid) if first else None,
                    "rate": self._money(line.rate),
                    "status": order.status if first else None,
                }
                found.append(tuple(known[name] for name in self._wanted))
            if self.summary == "order" and len(order.lines) > 1:
                found.append(self._sum(order.worth, order))
        if self.summary == "sheet":
            every = sum((order.worth for order in self.orders), Decimal(0))
            found.append(self._sum(every, None))
        return found

    def _sum(self, worth: Decimal, order: Order | None) -> tuple[object, ...]:
        """A row without a product that says what those above add up to."""
        known: dict[str, object] = {"order": "Total", "line": self._money(worth)}
        if order:
            known |= {
                "order": order.number,
                "date": order.moment.strftime(self.date),
                "customer": order.customer,
                "status": order.status,
            }
        return tuple(known.get(name) for name in self._wanted)

    def _money(self, value: Decimal) -> object:
        if self.kind in {"xlsx", "json"}:
            return float(value)
        return f"{value:.2f}".replace(".", self.decimal)
