from __future__ import annotations

import ibis
import pyarrow as pa
import pytest

from custseg.engine.base import fetch
from custseg.orders.cleaning import clean
from custseg.sources.raw import read_orders
from custseg.sources.values.statuses import does_not_count, is_known, plain, plain_text


def judged(*statuses: str, **words: tuple[str, ...]) -> list[bool]:
    table = ibis.memtable(pa.table({"place": list(range(len(statuses))), "status": list(statuses)}))
    told = table.select("place", out=does_not_count(table.status, **words)).order_by("place")
    return [row["out"] for row in fetch(told)]


def out(statuses: str) -> list[str]:
    named = statuses.split("|")
    return [name for name, gone in zip(named, judged(*named), strict=True) if gone]


NOT_COUNTED = {
    "English": "Fully refunded|Awaiting Payment|VOIDED|Payment declined|wc-on_hold|Not paid|"
    "Awaiting bank wire payment|On backorder (not paid)|Suspected Fraud",
    "German": "Storniert|Zahlung ausstehend|Ausstehende Zahlung|Abgebrochen|Rückerstattet|"
    "Zahlung fehlgeschlagen|Nicht bezahlt|Entwurf|Abgelaufen",
    "French": "Annulé|ANNULEE|Remboursé|En attente de virement|En attente du paiement par chèque|"
    "Échouée|Refusé|Brouillon|Non payé",
    "Spanish": "Cancelado|Pendiente de pago|Reembolsado|Devuelto|Fallido|Rechazado|Borrador",
    "Italian": "Annullato|In attesa di pagamento|Rimborsato|Reso|Fallito|Bozza|Scaduto",
    "Portuguese": "Cancelado|Aguardando pagamento|Estornado|Devolvido|Malsucedido|Rascunho",
    "Dutch": "Geannuleerd|Wacht op betaling|Terugbetaald|Mislukt|Geweigerd|Verlopen",
    "Polish": "Anulowane|Oczekuje na płatność|Zwrócone|Nieudane|Nieopłacone|Wstrzymane",
    "Swedish": "Avbruten|Väntar på betalning|Återbetald|Misslyckades|Obetald|Utkast",
    "Russian": "Отменён|Ожидает оплаты|Возвращён|Не оплачен|Черновик",
    "Chinese": "已取消|已退款|待付款|等待买家付款|支付失败|交易关闭",
    "Japanese": "キャンセル|キャンセル済み|返金済み|支払い待ち|未入金|下書き",
    "Turkish": "İptal edildi|IPTAL|İade edildi|Ödeme bekleniyor|Başarısız",
    "Arabic": "ملغي|تم الإلغاء|مسترد|بانتظار الدفع|فشل",
}
COUNTED = {
    "English": "Paid|Completed|Awaiting Shipment|Partially Shipped|Not cancelled|"
    "Shipment pending|Awaiting shipment, payment received",
    "German": "Bezahlt|Versendet|In Bearbeitung|Wartet auf Versand|Nicht storniert",
    "French": "Livré|Paiement accepté|En cours de préparation|"
    "En attente de réapprovisionnement (payé)",
    "Spanish": "Pagado|Enviado|Pendiente de envío",
    "Italian": "Pagato|Spedito|In attesa di spedizione",
    "Portuguese": "Pago|Entregue|Concluído",
    "Dutch": "Betaald|Voltooid|In behandeling",
    "Polish": "Opłacone|Zrealizowane|Wysłane",
    "Swedish": "Betald|Levererad|Skickad",
    "Russian": "Оплачен|Доставлен",
    "Chinese": "已付款|待发货|已完成|未取消",
    "Japanese": "支払い済み|発送済み",
    "Turkish": "Ödendi|Tamamlandı",
    "Arabic": "مدفوع|مكتمل",
}
IN_PART = (
    "partially_refunded|Remboursé partiellement|Partiellement remboursé|Teilweise erstattet|"
    "Teilerstattet|Reembolso parcial|Rimborsato parzialmente|Gedeeltelijk terugbetaald|"
    "Częściowo zwrócone|Delvis återbetald|Частично возвращён|部分退款|一部返金|Kısmen iade edildi|"
    "مسترد جزئيا"
)


@pytest.mark.parametrize("language", NOT_COUNTED)
def test_what_is_cancelled_not_paid_or_refunded_does_not_count_in_any_language(language):
    assert out(NOT_COUNTED[language]) == NOT_COUNTED[language].split("|")


@pytest.mark.parametrize("language", COUNTED)
def test_what_is_paid_or_sent_counts_and_is_known_in_any_language(language):
    assert out(COUNTED[language]) == []
    table = ibis.memtable(pa.table({"status": COUNTED[language].split("|")}))
    known = fetch(table.select("status", known=is_known(table.status)))
    assert [row["status"] for row in known if not row["known"]] == []


def test_what_is_refunded_in_part_counts_in_any_language():
    assert out(IN_PART) == []


def test_what_is_cancelled_after_a_refund_in_part_does_not_count():
    assert judged("Cancelled (partially refunded)", "Cancelled, partially shipped") == [True, True]


FIRST_SENT_THEN_UNDONE = (
    "Delivered, returned|Delivered - Refunded|Delivery failed|Delivery cancelled|Normal cancelled|"
    "Notified, refunded|Passed, refunded|Cancelled delivery|Cancelled model|Sent: no, cancelled|"
    "Bezahlt, storniert|Bezahlt - erstattet|Bezahlung fehlgeschlagen|Bezahlung storniert|"
    "Bezahlung ausstehend|Zahlung noch ausstehend|Noch nicht bezahlt|Teilelieferung storniert|"
    "Bezorgd, geretourneerd|Nogmaals geannuleerd|Nota cancelada|Inteiramente cancelado|"
    "Pago del reembolso|Elaborazione del rimborso|Nieuw - geannuleerd|Sinistro, cancelado|"
    "تم الاستلام ثم ملغي|مستلم ملغي"
)
NOT_UNDONE = (
    "Not cancelled|never refunded|no refunded items|Nicht storniert|Noch nicht storniert|"
    "Keine stornierten Artikel|Non annulé|No cancelado|Non annullato|Não cancelado|"
    "Niet geannuleerd|Nie anulowane|Ej avbruten|Не отменён|未取消|غير ملغي|غير الملغي|"
    "Refunded, partially|Refunded (partial)|Storniert - teilweise"
)


def test_a_word_that_begins_like_a_denial_denies_nothing():
    assert out(FIRST_SENT_THEN_UNDONE) == FIRST_SENT_THEN_UNDONE.split("|")


def test_what_is_denied_or_undone_in_part_counts():
    assert out(NOT_UNDONE) == []


GONE_BACK = (
    "REFUND_COMPLETED|Refund issued|Refund processed|Refund has been paid|Return completed|"
    "Return received|PaymentFailed|orderCancelled|Rückgabe abgeschlossen|Retoure abgeschlossen|"
    "Retoure ist eingegangen|Rückerstattung erfolgt|Zahlung steht aus|Zahlung steht noch aus|"
    "Retour traité|Retour reçu|Reso completato|Reso ricevuto|Retour verwerkt|Zwrot przyjęty|"
    "Retur mottagen"
)


def test_what_went_back_does_not_count_though_it_is_done():
    assert out(GONE_BACK) == GONE_BACK.split("|")


def known(statuses: str) -> list[str]:
    table = ibis.memtable(pa.table({"status": statuses.split("|")}))
    return [row["status"] for row in fetch(table.filter(is_known(table.status)))]


def test_what_is_going_back_is_named_as_unknown_though_a_word_of_it_counts():
    going = "Return in progress|Refund processing|Retoure in Bearbeitung|Retour en cours"
    assert out(going) == []
    assert known(going) == []
    kept = "InProgress|Return|Refund|Credit card paid|Partial refund|Not returned"
    assert sorted(known(kept)) == sorted(kept.split("|"))


def test_settings_add_statuses_and_except_some():
    words = {"not_counted": ("shop is sad*",), "counted": ("Storniert",)}
    assert judged("shop is sadly shut", "storniert", "annulé", **words) == [True, False, True]


def test_a_text_and_a_column_are_written_alike():
    texts = ["Annulé", "İptal EDİLDİ", "wysyłka", "返金済み", "في إنتظار", "a_b--c!", "Straße"]
    table = ibis.memtable(pa.table({"place": list(range(len(texts))), "text": texts}))
    shown = table.select("place", plain=plain_text(table.text)).order_by("place")
    assert [row["plain"] for row in fetch(shown)] == list(map(plain, texts))


def test_of_a_log_of_what_visitors_did_only_purchases_count(tmp_path):
    lines = [
        "event_time,event_type,product_id,price,user_id,user_session",
        "2024-10-01 08:00:00,view,1001,10.00,7,a",
        "2024-10-01 08:01:00,cart,1001,10.00,7,a",
        "2024-10-01 08:02:00,purchase,1001,10.00,7,a",
        "2024-10-02 09:00:00,view,1002,25.50,8,b",
        "2024-10-02 09:04:00,remove_from_cart,1002,25.50,8,b",
        "2024-10-03 10:00:00,purchase,1003,4.25,9,c",
    ]
    (tmp_path / "events.csv").write_text("\n".join(lines))
    raw = read_orders(tmp_path / "events.csv", tmp_path)
    kept = clean(raw.raw.cache(), raw.preset).transactions
    assert sorted(str(row["amount"]) for row in fetch(kept)) == ["10.0000", "4.2500"]
