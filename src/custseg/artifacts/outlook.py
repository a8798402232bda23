"""What is to be expected and to be done, and how far to trust it."""

from __future__ import annotations

from typing import Final

from custseg.artifacts.table import ID, SEGMENT, Artifact, Column, Kind

_BACKTEST_KINDS: Final[dict[str, Kind]] = {
    "precision": "share",
    "recall": "share",
    "coverage": "share",
}

ARTIFACTS: Final = (
    Artifact(
        "value",
        "What each customer is expected to order and spend in the days ahead; null where the shop "
        "is younger than twice as many days",
        (
            ID,
            Column("buying_probability", "double", "Probability of an order within the horizon"),
            Column("expected_orders", "double", "Orders to expect within the horizon"),
            Column(
                "expected_spend", "double", "Net spend to expect; null without amounts", "money"
            ),
        ),
        ("customer_id",),
    ),
    Artifact(
        "segment_value",
        "What each segment is expected to order and spend in the days ahead; null where the shop "
        "is younger than twice as many days",
        (
            *SEGMENT,
            Column("customers", "int64", "Customers in it"),
            Column("buying_probability", "double", "Share of them to expect an order from"),
            Column("expected_orders", "double", "Orders to expect within the horizon"),
            Column("orders_low", "double", "Low end of an 80 % band; null without a back-test"),
            Column("orders_high", "double", "Its high end"),
            Column(
                "expected_spend", "double", "Net spend to expect; null without amounts", "money"
            ),
            Column(
                "spend_low", "double", "Low end of an 80 % band; null without a back-test", "money"
            ),
            Column("spend_high", "double", "Its high end", "money"),
            Column("spend_share", "double", "Its share of the spend expected of all"),
        ),
        ("segment",),
    ),
    Artifact(
        "value_backtest",
        "The forecast of one horizon ago, before calibration, beside what came",
        (
            Column("model", "string", "Model of purchasing: mbg-nbd, bg-nbd or steady"),
            Column(
                "decile",
                "int64",
                "Tenth by expected spend (orders, without amounts); 0: everyone",
                "number",
            ),
            Column("chosen", "bool", "Whether this model is used"),
            Column("cut_off", "string", "ISO date; nothing on or after it was known"),
            Column("customers", "int64", "Customers known then"),
            Column("expected_orders", "double", "Orders that were to be expected"),
            Column("actual_orders", "double", "Orders that came"),
            Column("expected_spend", "double", "Net spend that was to be expected", "money"),
            Column("actual_spend", "double", "Net spend that came, shop currency", "money"),
            Column("orders_error", "double", "Mean absolute error of a customer's orders"),
            Column("spend_error", "double", "Mean absolute error of a customer's spend", "money"),
            Column("orders_rank_correlation", "double", "Spearman's; null in deciles"),
            Column("spend_rank_correlation", "double", "Spearman's; null in deciles"),
        ),
        ("model", "decile"),
    ),
    Artifact(
        "validation",
        "How well segments made at past dates foretold the days after, next to other methods",
        (
            Column("date", "string", "Cut-off (ISO): nothing on or after it was known"),
            Column("method", "string", "What the customers were told apart by"),
            Column("segments", "int64", "Groups it makes; null for boosted trees"),
            Column("customers", "int64", "Customers known at the cut-off"),
            Column(
                "r2",
                "double",
                "Cross-validated R² of log1p spend (orders, without amounts) in the days after",
            ),
            Column("r2_se", "double", "Its standard error"),
            Column("auc", "double", "Cross-validated AUC of buying in the days after"),
            Column("auc_se", "double", "Its standard error (DeLong et al. 1988)"),
            Column(
                "share_of_ceiling", "double", "r2 / that of boosted trees; null if that is <= 0"
            ),
            Column("lead", "double", "r2 of the segments minus this r2"),
            Column("lead_se", "double", "Its standard error, on the same customers and folds"),
        ),
        ("date", "method"),
    ),
    Artifact(
        "validation_segments",
        "What the customers of each segment did in the days after past dates",
        (
            Column("date", "string", "Cut-off (ISO): nothing on or after it was known"),
            Column(
                "segment",
                "int64",
                "Segment made at that date, none of today's; 1 has the highest mean spend",
            ),
            Column("segment_name", "string", "Segment name"),
            Column("customers", "int64", "Customers in it at the cut-off"),
            Column("recency_days", "double", "Median days since their last order, at the cut-off"),
            Column(
                "expected_rate",
                "double",
                "Share that a forecast made at the cut-off expected to order; null without one",
                "share",
            ),
            Column("buyers", "int64", "Those who bought in the days after"),
            Column("buying_rate", "double", "buyers / customers"),
            Column(
                "buying_rate_low", "double", "Lower end of its 95 % interval (Wilson 1927)", "share"
            ),
            Column("buying_rate_high", "double", "Upper end", "share"),
            Column(
                "mean_spend",
                "double",
                "Net spend per customer in the days after; null without amounts",
                "money",
            ),
            Column("mean_spend_low", "double", "Lower end of its 95 % bootstrap interval", "money"),
            Column("mean_spend_high", "double", "Upper end", "money"),
        ),
        ("date", "segment"),
    ),
    Artifact(
        "recommendations",
        "Products for each customer: what to buy again, and what is new for them",
        (
            ID,
            Column("list", "string", "buy_again or new_for_you"),
            Column("rank", "int64", "1 is the first to show", "number"),
            Column("product_id", "string", "Product code"),
            Column(
                "score",
                "double",
                "Orders it was in, or the sum of its neighbours' weights; null: popular lately",
            ),
            Column(
                "because",
                "string",
                "The product they bought that speaks most for it; null: popular",
            ),
        ),
        ("customer_id", "list", "rank"),
    ),
    Artifact(
        "backtest",
        "What lists of past dates named of what customers bought next, by method",
        (
            Column("date", "string", "Cut-off (ISO): nothing on or after it was known"),
            Column("task", "string", "any product, or new products: those they never had bought"),
            Column(
                "segment", "int64", "Segment made at that date; 0: everyone, -1: with one order"
            ),
            Column("customer_group", "string", "Its name"),
            Column("method", "string", "What made the lists"),
            Column("customers", "int64", "Customers who bought such a product in the days after"),
            *(
                column
                for name, meaning in {
                    "hit_rate": "Share of them who bought at least one product of their list",
                    "precision": "Mean share of the list that they bought",
                    "recall": "Mean share of what they bought that was on the list",
                    "ndcg": "Mean normalised discounted cumulative gain of the list",
                    "coverage": "Share of all products that are on anybody's list",
                    "hit_rate_lead": "hit_rate - that of the shop's best-sellers of 90 days",
                    "ndcg_lead": "ndcg - that of the shop's best-sellers of 90 days",
                }.items()
                for column in (
                    Column(name, "double", meaning, _BACKTEST_KINDS.get(name)),
                    Column(f"{name}_se", "double", "Its bootstrap standard error"),
                )
            ),
        ),
        ("date", "task", "segment", "method"),
    ),
    Artifact(
        "shelves",
        "Products for each segment: its best-sellers, and what it over-buys",
        (
            *SEGMENT,
            Column("list", "string", "best_sellers, over_buys or groups (over-bought)"),
            Column("rank", "int64", "1 is the first to show", "number"),
            Column("product_id", "string", "Product code; null for a group"),
            Column("description", "string", "Its most frequent description, or the group's name"),
            Column("buyers", "int64", "Customers of the segment who bought it"),
            Column("buyer_share", "double", "Their share of the segment"),
            Column("lift", "double", "Its share of the segment's lines / its share of all lines"),
            Column("z", "double", "z score of the log-odds ratio, customers drawn as a whole"),
            Column("q_value", "double", "Its Benjamini-Hochberg adjusted p value"),
        ),
        ("segment", "list", "rank"),
    ),
    Artifact(
        "bundles",
        "Products that are ordered together: who orders the antecedent often adds the consequent",
        (
            Column(
                "rank",
                "int64",
                "1 is the first to show; each product's strongest come first",
                "number",
            ),
            Column("antecedent_id", "string", 'Product code; of two, joined by " + "'),
            Column("antecedent", "string", "Its most frequent description"),
            Column("consequent_id", "string", "Product code"),
            Column("consequent", "string", "Its most frequent description"),
            Column("orders", "int64", "Orders that hold all of them"),
            Column("customers", "int64", "Distinct customers who made these"),
            Column("antecedent_orders", "int64", "Orders that hold the antecedent"),
            Column("consequent_orders", "int64", "Orders that hold the consequent"),
            Column(
                "support",
                "double",
                "orders / all orders of up to `largest_order` products",
                "share",
            ),
            Column("confidence", "double", "orders / antecedent_orders", "share"),
            Column("expected_orders", "double", "By chance, given the size of each order"),
            Column("lift", "double", "orders / expected_orders"),
            Column(
                "raw_lift",
                "double",
                "confidence / the consequent's share of all orders, which large orders inflate",
            ),
            Column("p_value", "double", "Of so many orders by chance, given their sizes; a bound"),
            Column("q_value", "double", "Its Benjamini-Hochberg adjusted value over all pairs"),
            Column(
                "later_orders",
                "int64",
                "Orders in the held-out last days; null, as the next two, if not found before them",
            ),
            Column(
                "later_confidence", "double", "Confidence in them; null without antecedent", "share"
            ),
            Column("later_lift", "double", "Lift in them; null where none is expected"),
        ),
        ("rank",),
    ),
    Artifact(
        "inventory",
        "Units each segment is likely to need of its shelf's products in the days ahead",
        (
            *SEGMENT,
            Column("product_id", "string", "Product code"),
            Column("description", "string", "Its most frequent description"),
            Column("days", "int64", "Length of the time ahead, in days"),
            Column("units_recent", "double", "Units its members bought in as many days before"),
            Column("season_factor", "double", "On the recent rate; null where there is none"),
            Column("units_expected", "double", "Units to expect"),
            Column("units_low", "double", "Low end of an 80 % band; null without a back-test"),
            Column("units_high", "double", "Its high end"),
            Column("basis", "string", "recent rate, or recent rate and last year's season"),
        ),
        ("segment", "product_id"),
    ),
    Artifact(
        "inventory_backtest",
        "The same forecast at past dates, with other methods, beside what came",
        (
            Column("cut_off", "string", "ISO date; nothing on or after it was known"),
            Column("method", "string", "How it was forecast"),
            Column("chosen", "bool", "Whether this method is used"),
            Column("rows", "int64", "Products of segments' shelves then"),
            Column("units_expected", "double", "Units that were to be expected"),
            Column("units_came", "double", "Units that came"),
            Column("wape", "double", "Sum of absolute errors over rows / units_came"),
            Column("bias", "double", "units_expected / units_came - 1"),
            Column(
                "held",
                "double",
                "Share of rows whose 80 % band, set by the other dates, held the units that came",
                "share",
            ),
        ),
        ("cut_off", "method"),
    ),
    Artifact(
        "plans",
        "A plan per segment, from its own figures",
        (
            *SEGMENT,
            Column("aim", "string", "The objective, whatever the language: win_back, let_go, …"),
            Column("customers", "int64", "Customers in it"),
            Column(
                "value_at_stake", "double", "Net spend expected of them within the horizon", "money"
            ),
            Column("buying_probability", "double", "Share expected to order without a contact"),
            Column("contact_worth", "double", "Margin of the extra orders per contact", "money"),
            Column("contact_cost", "double", "Cost of the chosen channel per contact", "money"),
            Column(
                "offer_ceiling",
                "double",
                "Largest discount that breaks even, of the order",
                "share",
            ),
            Column("test", "string", "What the test compares: share (who orders), spend, nothing"),
            Column("control_customers", "int64", "Customers to leave alone; 0 without a test"),
            Column(
                "detectable_uplift",
                "double",
                "Smallest rise it finds, of the share or of spend per customer; null if none",
            ),
            Column("listed", "int64", "Customers of it whom lists hold: those who fit its name"),
            Column("voucher", "double", "Amount off that is offered; null if none", "money"),
            Column("threshold", "double", "Orders from here on get it", "money"),
            Column(
                "gain_low",
                "double",
                "Low end of the margin (without amounts, orders) that all contacts may bring",
            ),
            Column("gain_high", "double", "Its high end; both null without a forecast"),
            Column("send_on", "string", "The day to send, as an ISO date"),
            Column("objective", "string", "What to aim for"),
            Column("because", "string", "Why, in figures"),
            Column("who", "string", "How many are contacted, and who is left out"),
            Column("message", "string", "A sentence that could be sent"),
            Column("channel", "string", "How to reach them"),
            Column("offer", "string", "What to offer, or why nothing"),
            Column("products", "string", "What to show"),
            Column("timing", "string", "When"),
            Column("brings", "string", "What it may bring, and if what holds"),
            Column("measure", "string", "How to tell whether it worked"),
        ),
        ("segment",),
    ),
)
