"""The table of artifacts: what lies in a workspace, column by column.

Light on purpose: nothing here imports pyarrow until a schema is asked for, so the command line and
`custseg status` can read the table at no cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

MONEY: Final = "decimal(18,4)"
MONEY_SCALE: Final = 4


@dataclass(frozen=True)
class Column:
    """One column of an artifact. A name ending in `*` stands for a numbered family (`pc1`, …)."""

    name: str
    type: str
    description: str


@dataclass(frozen=True)
class Artifact:
    """A file of the workspace: a Parquet table, or the fitted pipeline (which has no columns)."""

    name: str
    description: str
    columns: tuple[Column, ...] = ()
    key: tuple[str, ...] = ()
    """The columns its rows are sorted by, so that equal content is equal bytes."""

    @property
    def file(self) -> str:
        """Its file's name in the workspace."""
        return f"{self.name}.parquet" if self.columns else f"{self.name}.joblib"

    @property
    def personal(self) -> bool:
        """Whether it holds a row per customer, and so personal data."""
        return any(column.name == "customer_id" for column in self.columns)

    def column_names(self, present: Iterable[str] = ()) -> list[str]:
        """Its columns in order; families are expanded to their members among `present`."""
        return [name for name, _ in self._expand(present)]

    def schema(self, present: Iterable[str] = ()) -> pa.Schema:
        """Its Arrow schema, each column with its description in the metadata."""
        import pyarrow as pa

        types = {
            "string": pa.string(),
            "int64": pa.int64(),
            "double": pa.float64(),
            "bool": pa.bool_(),
            "timestamp": pa.timestamp("us"),
            MONEY: pa.decimal128(18, MONEY_SCALE),
        }
        return pa.schema(
            pa.field(name, types[column.type], metadata={"description": column.description})
            for name, column in self._expand(present)
        )

    def _expand(self, present: Iterable[str]) -> list[tuple[str, Column]]:
        members = list(present)
        expanded: list[tuple[str, Column]] = []
        for column in self.columns:
            if not column.name.endswith("*"):
                expanded.append((column.name, column))
                continue
            stem = column.name[:-1]
            family = (m for m in members if m.startswith(stem) and m[len(stem) :].isdigit())
            expanded += [(m, column) for m in sorted(family, key=lambda m: int(m[len(stem) :]))]
        return expanded


ORDER_LINE: Final = (
    Column("customer_id", "string", "Customer as the shop names them; null where it is unknown"),
    Column("order_id", "string", "Order (invoice) the line belongs to"),
    Column("product_id", "string", "Product code as in the source"),
    Column("description", "string", "Product description as in the source"),
    Column("quantity", MONEY, "Units; negative on a return. In transactions net of returns"),
    Column("unit_price", MONEY, "Price of one unit, shop currency; null where there is none"),
    Column("amount", MONEY, "Value of the line, shop currency. In transactions net of returns"),
    Column("ordered_at", "timestamp", "When it was ordered, the shop's local time"),
    Column("country", "string", "Country of the customer"),
    Column("category", "string", "Product category; null where the source has none"),
)
ORDER_LINE_NAMES: Final = tuple(column.name for column in ORDER_LINE)

_ORIGIN: Final = (
    Column("source_file", "string", "File the row came from"),
    Column("source_row", "int64", "Row in that file, counted from 1; a header row counts"),
)

_ID: Final = Column("customer_id", "string", "Customer")
_SEGMENT: Final = (
    Column("segment", "int64", "Segment number; 1 has the highest mean spend"),
    Column("segment_name", "string", "Segment name"),
)

FEATURES: Final = (
    Column("recency_days", "int64", "Whole days from the last order to the as-of date"),
    Column("frequency", "int64", "Number of orders"),
    Column("monetary", MONEY, "Net spend, shop currency"),
    Column("tenure_days", "int64", "Whole days from the first order to the as-of date"),
    Column("active_days", "int64", "Distinct dates with a purchase"),
    Column("average_order_value", "double", "monetary / frequency"),
    Column("distinct_products", "int64", "Distinct product codes bought and kept"),
    Column("units_per_order", "double", "Mean units per order"),
    Column("products_per_order", "double", "Mean distinct products per order"),
    Column("gap_days_mean", "double", "Mean days between active days; null below 2 of them"),
    Column("gap_days_sd", "double", "Standard deviation of those days; null below 3 active days"),
    Column("tenure_per_active_day", "double", "tenure_days / active_days: the usual wait"),
    Column("overdue", "double", "recency_days / tenure_per_active_day; null at tenure 0"),
    Column("return_rate", "double", "Value undone by returns / gross value bought, 0 to 1"),
    Column("weekend_share", "double", "Share of orders placed on Saturday or Sunday"),
    Column("morning_share", "double", "Share of orders placed before noon"),
    Column("product_entropy", "double", "Shannon entropy of spend over products, nats"),
    Column("top_product_share", "double", "Share of spend on the product most spent on"),
    Column("average_unit_price", "double", "Net spend / units kept"),
    Column("recent_spend", MONEY, "Net spend in the last [features] recent_days days"),
    Column("recent_share", "double", "recent_spend / monetary"),
    Column("spend_trend", "double", "(recent - previous) / (recent + previous) window, -1 to 1"),
    Column("country", "string", "Country of the last order"),
    Column("top_hour", "int64", "Hour of the day most ordered at, 0-23; the earlier on a tie"),
    Column("top_weekday", "int64", "Weekday most ordered on, 0 = Monday; the earlier on a tie"),
)
NUMERIC_FEATURES: Final = tuple(
    column.name
    for column in FEATURES
    if column.type != "string" and column.name not in {"top_hour", "top_weekday"}
)
MODEL_FEATURES: Final = NUMERIC_FEATURES[:7]

_ALL: Final = (
    Artifact(
        "raw",
        "Every row of the source in canonical columns and types",
        (*ORDER_LINE, *_ORIGIN),
        ("source_file", "source_row"),
    ),
    Artifact(
        "transactions",
        "What was bought and kept: the lines that count",
        (
            *ORDER_LINE,
            Column("quantity_undone", MONEY, "Units of this line that later went back"),
            Column("amount_undone", MONEY, "Value of those units"),
        ),
        (*ORDER_LINE_NAMES, "quantity_undone"),
    ),
    Artifact(
        "removed",
        "Every row that does not count, with the one rule that removed it",
        (
            *ORDER_LINE,
            *_ORIGIN,
            Column("rule", "string", "Cleaning rule that removed the row"),
            Column("quantity_unmatched", MONEY, "Returned units that match no earlier purchase"),
            Column("amount_unmatched", MONEY, "Their value (negative)"),
        ),
        (*ORDER_LINE_NAMES, "rule", "quantity_unmatched", "source_file", "source_row"),
    ),
    Artifact(
        "ledger",
        "Rows and money that each cleaning rule removed, in order",
        (
            Column("step", "int64", "Order of the rule; 0 is the source"),
            Column("rule", "string", "Cleaning rule"),
            Column("rows_removed", "int64", "Rows removed by it"),
            Column("value_removed", MONEY, "Their signed value, shop currency"),
            Column("rows_left", "int64", "Rows left after it"),
            Column("value_left", MONEY, "Value left after it"),
            Column("orders_left", "int64", "Orders left after it"),
            Column("customers_left", "int64", "Known customers left after it"),
        ),
        ("step",),
    ),
    Artifact("features", "One row of features per customer", (_ID, *FEATURES), ("customer_id",)),
    Artifact(
        "components",
        "Principal components per customer",
        (_ID, Column("pc*", "double", "Score on this principal component")),
        ("customer_id",),
    ),
    Artifact(
        "loadings",
        "How the model's features make up the components",
        (
            Column("component", "int64", "Principal component, from 1"),
            Column("feature", "string", "Model feature"),
            Column("weight", "double", "Coefficient of the standardised feature (eigenvector)"),
            Column("loading", "double", "Its correlation with the component"),
        ),
        ("component", "feature"),
    ),
    Artifact(
        "explained_variance",
        "Variance each principal component explains",
        (
            Column("component", "int64", "Principal component, from 1"),
            Column("variance", "double", "Its variance (eigenvalue)"),
            Column("share", "double", "Its share of all variance"),
            Column("cumulative_share", "double", "Share of it and those before"),
            Column("kept", "bool", "Whether the model keeps it"),
        ),
        ("component",),
    ),
    Artifact(
        "k_scores",
        "Criteria for each number of segments tried",
        (
            Column("k", "int64", "Number of segments"),
            Column("inertia", "double", "Within-cluster sum of squares (WCSS)"),
            Column("silhouette", "double", "Mean silhouette width (Rousseeuw 1987)"),
            Column("silhouette_se", "double", "Its standard error; null where it is exact"),
            Column("weakest_silhouette", "double", "Mean silhouette of the weakest segment"),
            Column("calinski_harabasz", "double", "Calinski-Harabasz index, higher is better"),
            Column("davies_bouldin", "double", "Davies-Bouldin index, lower is better"),
            Column("gap", "double", "Gap statistic (Tibshirani et al. 2001)"),
            Column("gap_se", "double", "Its standard error"),
            Column("stability", "double", "Mean adjusted Rand index when customers are resampled"),
            Column("stability_sd", "double", "Its standard deviation over the resamples"),
            Column("resamples", "int64", "Resamples behind it; 0 where none was needed"),
            Column("seed_ari", "double", "Mean adjusted Rand index under other seeds"),
            Column("smallest_share", "double", "Share of customers in the smallest segment"),
            Column("largest_share", "double", "Share of customers in the largest segment"),
            Column("favoured_by", "string", "Criteria that would choose this k by themselves"),
            Column("chosen", "bool", "Whether this k is used"),
        ),
        ("k",),
    ),
    Artifact("pipeline", "The fitted scikit-learn Pipeline: log1p, scale, PCA, K-means"),
    Artifact(
        "segments",
        "The segment of each customer",
        (
            _ID,
            *_SEGMENT,
            Column("distance", "double", "Distance to the segment's centroid"),
            Column("next_segment", "int64", "Segment whose centroid is the next nearest"),
            Column("margin", "double", "1 - distance / distance to that: 0 is on the border"),
            Column("ambiguous", "bool", "Margin below [segments] ambiguous_margin"),
            Column("silhouette", "double", "Silhouette width; null outside the sample"),
        ),
        ("customer_id",),
    ),
    Artifact(
        "segment_names",
        "The name of each segment, and the figures behind it",
        (
            *_SEGMENT,
            Column("rule", "string", "The naming rule it fits; yours may be called otherwise"),
            Column("reason", "string", "Medians the name speaks of, beside those of all"),
        ),
        ("segment",),
    ),
    Artifact(
        "profiles",
        "Size and value of each segment",
        (
            *_SEGMENT,
            Column("customers", "int64", "Customers in it"),
            Column("customer_share", "double", "Its share of customers"),
            Column("orders", "int64", "Their orders"),
            Column("revenue", MONEY, "Their net spend, shop currency"),
            Column("revenue_share", "double", "Its share of net spend"),
            Column("return_rate", "double", "Mean share of a customer's purchases that went back"),
            Column("returning_share", "double", "Share of its customers who returned something"),
        ),
        ("segment",),
    ),
    Artifact(
        "profile_features",
        "Mean, quartiles and standardised difference of every feature by segment",
        (
            *_SEGMENT,
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
        "The products each segment spends most on",
        (
            *_SEGMENT,
            Column("rank", "int64", "1 is the highest revenue"),
            Column("product_id", "string", "Product code"),
            Column("description", "string", "Its most frequent description"),
            Column("buyers", "int64", "Customers of the segment who bought it"),
            Column("units", MONEY, "Units they kept"),
            Column("revenue", MONEY, "What they spent on it, shop currency"),
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
            *_SEGMENT,
            Column("group", "int64", "Product group"),
            Column("group_name", "string", "Its name"),
            Column("lines", "int64", "Lines bought"),
            Column("buyers", "int64", "Customers of the segment who bought of it"),
            Column("revenue", MONEY, "What they spent on it, shop currency"),
            Column("revenue_share", "double", "Its share of what the segment spent on products"),
            Column("lift", "double", "That share / its share of what all customers spent"),
        ),
        ("segment", "group"),
    ),
    Artifact(
        "profile_countries",
        "The countries each segment lives in",
        (
            *_SEGMENT,
            Column("rank", "int64", "1 has most customers"),
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
            *_SEGMENT,
            Column("weekday", "int64", "0 is Monday"),
            Column("hour", "int64", "Hour of the order's first line, 0 to 23"),
            Column("orders", "int64", "Orders then"),
            Column("order_share", "double", "Their share of the segment's orders"),
        ),
        ("segment", "weekday", "hour"),
    ),
    Artifact(
        "profile_months",
        "When each segment orders in the year",
        (
            *_SEGMENT,
            Column("month", "string", "Calendar month, 2011-09"),
            Column("orders", "int64", "Orders in it"),
            Column("revenue", MONEY, "Net spend in it, shop currency"),
            Column("order_share", "double", "Their share of the segment's orders"),
        ),
        ("segment", "month"),
    ),
    Artifact(
        "segment_rules",
        "Rules on the model's features that tell the segments apart; everybody meets one",
        (
            *_SEGMENT,
            Column("rule", "int64", "Rule of this segment, 1 holds for most customers"),
            Column("text", "string", "Its conditions, all of which hold"),
            Column("customers", "int64", "Customers who meet it"),
            Column("precision", "double", "Share of them in the segment"),
            Column("coverage", "double", "Share of the segment who meet it"),
            Column("held_out", "int64", "Customers who meet it and were not used to fit it"),
            Column("held_out_precision", "double", "Share of those in the segment"),
        ),
        ("segment", "rule"),
    ),
    Artifact(
        "rfm",
        "RFM scores and classical RFM segment of each customer",
        (
            _ID,
            Column("recency_score", "int64", "1 to 5; 5 is the latest fifth, ties kept together"),
            Column("frequency_score", "int64", "1 to 5; 5 is the most frequent fifth"),
            Column("monetary_score", "int64", "1 to 5; 5 is the fifth that spent most"),
            Column("rfm_segment", "string", "Classical RFM segment"),
        ),
        ("customer_id",),
    ),
    Artifact(
        "rfm_scores",
        "The values that each RFM score stands for in this shop",
        (
            Column("feature", "string", "recency_days, frequency or monetary"),
            Column("score", "int64", "1 to 5"),
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
            Column("rank", "int64", "Place in the classical order, from 1"),
            Column("rfm_segment", "string", "Classical RFM segment"),
            Column("meaning", "string", "What its scores say of a customer"),
            Column(
                "rule",
                "string",
                "R: recency score (days since the last order); FM: mean of the other two scores",
            ),
            Column("customers", "int64", "Customers in it"),
            Column("customer_share", "double", "Its share of customers"),
            Column("revenue", MONEY, "Their net spend, shop currency"),
            Column("revenue_share", "double", "Its share of net spend"),
        ),
        ("rank",),
    ),
    Artifact(
        "rfm_crosstab",
        "How the segments divide into classical RFM segments",
        (
            *_SEGMENT,
            Column("rfm_segment", "string", "Classical RFM segment"),
            Column("customers", "int64", "Customers in both"),
            Column("share", "double", "Their share of the segment"),
        ),
        ("segment", "rfm_segment"),
    ),
    Artifact(
        "value",
        "What each customer is expected to order and spend in the days ahead",
        (
            _ID,
            Column("buying_probability", "double", "Probability of an order within the horizon"),
            Column("expected_orders", "double", "Orders to expect within the horizon"),
            Column("expected_spend", "double", "Net spend to expect, shop currency"),
        ),
        ("customer_id",),
    ),
    Artifact(
        "segment_value",
        "What each segment is expected to order and spend in the days ahead",
        (
            *_SEGMENT,
            Column("customers", "int64", "Customers in it"),
            Column("buying_probability", "double", "Share of them to expect an order from"),
            Column("expected_orders", "double", "Orders to expect within the horizon"),
            Column("orders_low", "double", "Low end of an 80 % band; null without a back-test"),
            Column("orders_high", "double", "Its high end"),
            Column("expected_spend", "double", "Net spend to expect, shop currency"),
            Column("spend_low", "double", "Low end of an 80 % band; null without a back-test"),
            Column("spend_high", "double", "Its high end"),
            Column("spend_share", "double", "Its share of the spend expected of all"),
        ),
        ("segment",),
    ),
    Artifact(
        "value_backtest",
        "The forecast of one horizon ago, before calibration, beside what came",
        (
            Column("model", "string", "Model of purchasing: mbg-nbd, bg-nbd or steady"),
            Column("decile", "int64", "Tenth by expected spend, 1 the highest; 0 is everyone"),
            Column("chosen", "bool", "Whether this model is used"),
            Column("cut_off", "string", "ISO date; nothing on or after it was known"),
            Column("customers", "int64", "Customers known then"),
            Column("expected_orders", "double", "Orders that were to be expected"),
            Column("actual_orders", "double", "Orders that came"),
            Column("expected_spend", "double", "Net spend that was to be expected"),
            Column("actual_spend", "double", "Net spend that came, shop currency"),
            Column("orders_error", "double", "Mean absolute error of a customer's orders"),
            Column("spend_error", "double", "Mean absolute error of a customer's spend"),
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
            Column("r2", "double", "Cross-validated R² of log1p spend in the days after"),
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
            *_SEGMENT,
            Column("customers", "int64", "Customers in it at the cut-off"),
            Column("buyers", "int64", "Those who bought in the days after"),
            Column("buying_rate", "double", "buyers / customers"),
            Column("buying_rate_low", "double", "Lower end of its 95 % interval (Wilson 1927)"),
            Column("buying_rate_high", "double", "Upper end"),
            Column("mean_spend", "double", "Net spend per customer in the days after"),
            Column("mean_spend_low", "double", "Lower end of its 95 % bootstrap interval"),
            Column("mean_spend_high", "double", "Upper end"),
        ),
        ("date", "segment"),
    ),
    Artifact(
        "shelves",
        "Products for each segment: its best-sellers and what it over-buys",
        (
            *_SEGMENT,
            Column("list", "string", "best_sellers or over_buys"),
            Column("rank", "int64", "1 is the first to show"),
            Column("product_id", "string", "Product code"),
            Column("description", "string", "Its most frequent description"),
            Column("buyers", "int64", "Customers of the segment who bought it"),
            Column("buyer_share", "double", "Their share of the segment"),
            Column("lift", "double", "Its share of the segment's purchases / its share of all"),
            Column("z", "double", "z score of the log-odds ratio (Monroe et al. 2008)"),
            Column("q_value", "double", "Its Benjamini-Hochberg adjusted p value"),
        ),
        ("segment", "list", "rank"),
    ),
    Artifact(
        "plans",
        "A first action plan per segment, from its own figures",
        (
            *_SEGMENT,
            Column("objective", "string", "What to aim for"),
            Column("because", "string", "The figures it follows from"),
            Column("message", "string", "What to say"),
            Column("channel", "string", "Where to say it, and why there"),
            Column("offer", "string", "What to offer"),
            Column("products", "string", "What to show"),
            Column("timing", "string", "When"),
            Column("measure", "string", "How to tell whether it worked"),
        ),
        ("segment",),
    ),
)
ARTIFACTS: Final = {artifact.name: artifact for artifact in _ALL}
