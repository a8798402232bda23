"""What order lines tell by themselves: whether they are returns, and which rules they break."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from custseg.artifacts import MONEY
from custseg.engine.patterns import found
from custseg.orders.rules import ROW_RULES
from custseg.orders.statuses import NOT_COUNTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

    from custseg.orders.rules import Codes
    from custseg.settings import CleanSettings


def is_return(raw: ir.Table, codes: Codes) -> ir.BooleanValue:
    """Whether each line is a return: by its order id if these tell, else its quantity."""
    negative = raw.quantity < 0
    return found(raw.order_id, codes.returns).fill_null(negative) if codes.returns else negative


def row_rules(lines: ir.Table, codes: Codes, settings: CleanSettings) -> dict[str, ir.BooleanValue]:
    """Whether each line breaks each rule that looks at nothing but the line."""
    code = lines.product_id.strip().upper()
    not_a_product: ir.BooleanValue = lines.product_id.isnull() & ibis.literal(bool(codes.product))
    if codes.product:
        not_a_product |= ~found(code, codes.product)
    if codes.not_product:
        named = found(lines.description.strip().upper(), codes.not_product)
        not_a_product |= found(code, codes.not_product) | named.fill_null(False)
    if settings.not_products:
        not_a_product |= code.isin([name.strip().upper() for name in settings.not_products])
    # Where the source has no unit price, the line's value shows its sign; without amounts, none.
    price = lines.unit_price.fill_null(
        lines.is_return.ifelse(-lines.amount, lines.amount).cast(MONEY)
    )
    wrong_sign = lines.is_return.ifelse(lines.quantity >= 0, lines.quantity <= 0)
    rules = {
        "status": lines.verdict == NOT_COUNTED,
        "missing_customer": lines.customer_id.isnull(),
        "objected": lines.objected,
        "not_a_product": not_a_product,
        "non_positive_price": price <= 0,
        "sign_mismatch": wrong_sign,
    }
    if codes.bad_debt:
        rules["bad_debt"] = found(lines.order_id, codes.bad_debt)
    return rules


def first_of(rules: Mapping[str, ir.BooleanValue], otherwise: ir.Value | None = None) -> ir.Value:
    """The first rule, in their order, that is broken."""
    cases = [(rules[rule].fill_null(False), rule) for rule in ROW_RULES if rule in rules]
    return ibis.cases(*cases, else_=otherwise)
