"""What each segment is like."""

from __future__ import annotations

from typing import Final

from custseg.artifacts.table import ID, MONEY, SEGMENT, Artifact, Column

ARTIFACTS: Final = (
    Artifact(
        "profiles",
        "Size and value of each segment",
        (
            *SEGMENT,
            Column("customers", "int64", "Customers in it"),
            Column("customer_share", "double", "Its share of customers"),
            Column("orders", "int64", "Their orders"),
            Column("revenue", MONEY, "Their net spend, shop currency", "money"),
            Column("revenue_share", "double", "Its share of net spend"),
            Column("return_rate", "double", "Mean share of a customer's purchases that went back"),
            Column("returning_share", "double", "Share of its customers who returned something"),
            Column("misfits", "int64", "Customers whose figures don't meet the name's claim"),
        ),
        ("segment",),
    ),
    Artifact(
        "profile_features",
        "Mean, quartiles and standardised difference of every feature by segment",
        (
            *SEGMENT,
            Column("feature", "string", "Feature"),
            Column("mean", "double", "Mean over the segment's customers"),
            Column("q25", "double", "Lower quartile over the segment's customers"),
            Column("median", "double", "Median over the segment's customers"),
            Column("q75", "double", "Upper quartile over the segment's customers"),
            Column(
                "standardised_difference",
                "double",
                "Segment mean - overall mean, in overall standard deviations; of log1p values "
                "where none is negative",
            ),
            Column("overall_mean", "double", "Mean over all customers"),
            Column("overall_median", "double", "Median over all customers"),
        ),
        ("segment", "feature"),
    ),
    Artifact(
        "profile_products",
        "The products each segment spends most on (takes most units of, without amounts)",
        (
            *SEGMENT,
            Column("rank", "int64", "1 is the highest revenue, or most units", "number"),
            Column("product_id", "string", "Product code"),
            Column("description", "string", "Its most frequent description"),
            Column("buyers", "int64", "Customers of the segment who bought it"),
            Column("units", MONEY, "Units they kept", "number"),
            Column("revenue", MONEY, "What they spent on it, shop currency", "money"),
        ),
        ("segment", "rank"),
    ),
    Artifact(
        "product_groups",
        "The group of each product: its category, or one found in the descriptions",
        (
            Column("product_id", "string", "Product code"),
            Column("group", "int64", "Group, 1 has most products; 0 is Other"),
            Column("group_name", "string", "Category, or the group's heaviest terms"),
        ),
        ("product_id",),
    ),
    Artifact(
        "profile_groups",
        "What each segment buys of each product group",
        (
            *SEGMENT,
            Column("group", "int64", "Product group"),
            Column("group_name", "string", "Its name"),
            Column("lines", "int64", "Lines bought"),
            Column("buyers", "int64", "Customers of the segment who bought of it"),
            Column("revenue", MONEY, "What they spent on it, shop currency", "money"),
            Column(
                "revenue_share",
                "double",
                "Its share of what the segment spent on products; of their units without amounts",
            ),
            Column("lift", "double", "That share / its share of what all customers spent"),
        ),
        ("segment", "group"),
    ),
    Artifact(
        "profile_countries",
        "The countries each segment lives in",
        (
            *SEGMENT,
            Column("rank", "int64", "1 has most customers", "number"),
            Column("country", "string", "Country of the last order"),
            Column("customers", "int64", "Customers of the segment there"),
            Column("customer_share", "double", "Their share of the segment"),
        ),
        ("segment", "rank"),
    ),
    Artifact(
        "profile_times",
        "When each segment orders in the week",
        (
            *SEGMENT,
            Column("weekday", "int64", "0 is Monday", "number"),
            Column("hour", "int64", "Hour of the order's first line, 0 to 23", "number"),
            Column("orders", "int64", "Orders then"),
            Column("order_share", "double", "Their share of the segment's orders"),
        ),
        ("segment", "weekday", "hour"),
    ),
    Artifact(
        "profile_months",
        "When each segment orders in the year",
        (
            *SEGMENT,
            Column("month", "string", "Calendar month, 2011-09"),
            Column("orders", "int64", "Orders in it"),
            Column("revenue", MONEY, "Net spend in it, shop currency", "money"),
            Column("order_share", "double", "Their share of the segment's orders"),
        ),
        ("segment", "month"),
    ),
    Artifact(
        "segment_rules",
        "Rules on the model's features that tell the segments apart; everybody meets one",
        (
            *SEGMENT,
            Column("rule", "int64", "Rule of this segment, 1 holds for most customers", "id"),
            Column("text", "string", "Its conditions, all of which hold"),
            Column("customers", "int64", "Customers who meet it"),
            Column("precision", "double", "Share of them in the segment", "share"),
            Column("coverage", "double", "Share of the segment who meet it", "share"),
            Column("held_out", "int64", "Customers who meet it and were not used to fit it"),
            Column("held_out_precision", "double", "Share of those in the segment", "share"),
        ),
        ("segment", "rule"),
    ),
    Artifact(
        "rfm",
        "RFM scores and classical RFM segment of each customer",
        (
            ID,
            Column(
                "recency_score",
                "int64",
                "1 to 5; 5 is the latest fifth, ties kept together",
                "number",
            ),
            Column("frequency_score", "int64", "1 to 5; 5 is the most frequent fifth", "number"),
            Column(
                "monetary_score",
                "int64",
                "1 to 5; 5 is the fifth that spent most; null without amounts",
                "number",
            ),
            Column("rfm_segment", "string", "Classical RFM segment", "text"),
        ),
        ("customer_id",),
    ),
    Artifact(
        "rfm_scores",
        "The values that each RFM score stands for in this shop",
        (
            Column("feature", "string", "recency_days, frequency or monetary"),
            Column("score", "int64", "1 to 5", "number"),
            Column("above", "double", "Values are above this; null: from the lowest"),
            Column("up_to", "double", "… and up to this; null: to the highest"),
            Column("customers", "int64", "Customers with this score"),
        ),
        ("feature", "score"),
    ),
    Artifact(
        "rfm_rules",
        "The eleven classical RFM segments: rule, size and value",
        (
            Column("rank", "int64", "Place in the classical order, from 1", "number"),
            Column("rfm_segment", "string", "Classical RFM segment", "text"),
            Column("meaning", "string", "What its scores say of a customer"),
            Column(
                "rule",
                "string",
                "R: recency score (days since the last order); FM: mean of the other two scores; "
                "F: frequency score, where there are no amounts",
            ),
            Column("customers", "int64", "Customers in it"),
            Column("customer_share", "double", "Its share of customers"),
            Column(
                "revenue", MONEY, "Their net spend, shop currency; null without amounts", "money"
            ),
            Column("revenue_share", "double", "Its share of net spend"),
        ),
        ("rank",),
    ),
    Artifact(
        "rfm_crosstab",
        "How the segments divide into classical RFM segments",
        (
            *SEGMENT,
            Column("rfm_segment", "string", "Classical RFM segment", "text"),
            Column("customers", "int64", "Customers in both"),
            Column("share", "double", "Their share of the segment"),
        ),
        ("segment", "rfm_segment"),
    ),
)
