"""Customers as the model sees them, and their segments."""

from __future__ import annotations

from typing import Final

from custseg.artifacts.table import ID, MONEY, SEGMENT, Artifact, Column

FEATURES: Final = (
    Column("recency_days", "int64", "Whole days from the last order to the as-of date", "number"),
    Column("frequency", "int64", "Number of orders"),
    Column("monetary", MONEY, "Net spend, shop currency", "money"),
    Column("tenure_days", "int64", "Whole days from the first order to the as-of date", "number"),
    Column("active_days", "int64", "Distinct dates with a purchase"),
    Column("average_order_value", "double", "monetary / frequency", "money"),
    Column("distinct_products", "int64", "Distinct product codes bought and kept"),
    Column("units_per_order", "double", "Mean units per order"),
    Column("products_per_order", "double", "Mean distinct products per order"),
    Column("gap_days_mean", "double", "Mean days between active days; null below 2 of them"),
    Column("gap_days_sd", "double", "Standard deviation of those days; null below 3 active days"),
    Column("tenure_per_active_day", "double", "tenure_days / active_days: the usual wait"),
    Column("overdue", "double", "recency_days / tenure_per_active_day; null at tenure 0"),
    Column("purchase_rate", "double", "90 (active_days + 0.5) / (tenure_days + 30)"),
    Column("lateness", "double", "recency_days (active_days + 0.5) / (tenure_days + 30)"),
    Column(
        "return_rate",
        "double",
        "Value undone by returns / gross value bought, 0 to 1; units where there are no amounts",
    ),
    Column("weekend_share", "double", "Share of orders placed on Saturday or Sunday"),
    Column("morning_share", "double", "Share of orders placed before noon"),
    Column("product_entropy", "double", "Shannon entropy of spend over products, nats"),
    Column("top_product_share", "double", "Share of spend on the product most spent on"),
    Column("average_unit_price", "double", "Net spend / units kept", "money"),
    Column("recent_spend", MONEY, "Net spend in the last [features] recent_days days", "money"),
    Column("recent_share", "double", "recent_spend / monetary"),
    Column("spend_trend", "double", "(recent - previous) / (recent + previous) window, -1 to 1"),
    Column("country", "string", "Country of the last order"),
    Column(
        "top_hour", "int64", "Hour of the day most ordered at, 0-23; the earlier on a tie", "number"
    ),
    Column(
        "top_weekday",
        "int64",
        "Weekday most ordered on, 0 = Monday; the earlier on a tie",
        "number",
    ),
)
NUMERIC_FEATURES: Final = tuple(
    column.name
    for column in FEATURES
    if column.type != "string" and column.name not in {"top_hour", "top_weekday"}
)
MODEL_FEATURES: Final = NUMERIC_FEATURES[:7]
OUTLOOK_FEATURES: Final = ("purchase_rate", "lateness")

_CRITERIA: Final = (
    Column("k", "int64", "Number of segments", "number"),
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
    Column("smallest_customers", "int64", "Customers in the smallest segment"),
    Column("largest_share", "double", "Share of customers in the largest segment"),
    Column("favoured_by", "string", "Criteria that would choose this k by themselves"),
    Column("chosen", "bool", "Whether this k is used; none is where all are in one"),
)
ARTIFACTS: Final = (
    Artifact("features", "One row of features per customer", (ID, *FEATURES), ("customer_id",)),
    Artifact(
        "outlook_axis",
        "How the model's features foretold the spend of the last days; no row without such an axis",
        (
            Column("feature", "string", "Model feature"),
            Column("coefficient", "double", "Log spend for a standard deviation more of it"),
        ),
        ("feature",),
    ),
    Artifact(
        "components",
        "Principal components per customer, and the outlook axis",
        (
            ID,
            Column("pc*", "double", "Score on this principal component"),
            Column("outlook", "double", "Coordinate on the outlook axis; null where there is none"),
        ),
        ("customer_id",),
    ),
    Artifact(
        "loadings",
        "How the model's features make up the components",
        (
            Column("component", "int64", "Principal component, from 1; 0: the outlook axis"),
            Column("feature", "string", "Model feature"),
            Column("weight", "double", "Coefficient of the standardised feature"),
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
        "Criteria for each number of segments tried: those that decide, else null",
        _CRITERIA,
        ("k",),
    ),
    Artifact(
        "k_criteria",
        "The same with every criterion",
        _CRITERIA,
        ("k",),
    ),
    Artifact(
        "k_flows",
        "How the clusters of each number of segments divide into those of the next",
        (
            Column("k", "int64", "Number of segments", "number"),
            Column("cluster", "int64", "Cluster among so many; 1 has the highest mean spend"),
            Column("next_cluster", "int64", "Cluster among the next number tried; 0 at the last"),
            Column("customers", "int64", "Customers in both"),
            Column("position", "double", "Mean score of the cluster on the first component"),
        ),
        ("k", "cluster", "next_cluster"),
    ),
    Artifact(
        "pipeline",
        "The fitted scikit-learn Pipeline: log1p, scale, clip, PCA with outlook axis, K-means",
        storage="pickle",
        file_name="pipeline.joblib",
    ),
    Artifact(
        "model",
        "The same in numbers, the customers it was fitted on in figures, and the identities of the "
        "segments: what the next month keeps or replaces",
        storage="json",
        file_name="model.json",
        holds="custseg.segments.model.published:PublishedModel",
    ),
    Artifact(
        "segments",
        "The segment of each customer",
        (
            ID,
            *SEGMENT,
            Column("distance", "double", "Distance to the segment's centroid"),
            Column(
                "next_segment",
                "int64",
                "Segment whose centroid is next nearest; it may hold nobody. Its own if alone",
            ),
            Column("margin", "double", "1 - distance / distance to that: 0 is on the border"),
            Column("ambiguous", "bool", "Margin below [segments] ambiguous_margin"),
            Column("silhouette", "double", "Silhouette width; null outside the sample"),
            Column("fits_name", "bool", "Whether the customer's figures meet the name's claim"),
        ),
        ("customer_id",),
    ),
    Artifact(
        "segment_names",
        "The name of each segment, and the figures behind it",
        (
            *SEGMENT,
            Column("rule", "string", "Its name, before yours takes its place"),
            Column("reason", "string", "Medians the name speaks of, beside those of all"),
            Column("claim", "string", "What the name says of a customer"),
        ),
        ("segment",),
    ),
    Artifact(
        "segment_identity",
        "Every segment that the chain of snapshots ever had",
        (
            SEGMENT[0],
            Column("rule", "string", "Its name, before yours takes its place"),
            Column(
                "rule_now", "string", "What this month's rules would call it; null: nobody is in it"
            ),
            Column("status", "string", "new, kept or retired"),
            Column("since", "string", "As-of date of the first snapshot with it"),
            Column("retired", "string", "As-of date of the first snapshot without it"),
            Column(
                "moved",
                "double",
                "How far a new fit moved its centroid, as a share of the way "
                "to the nearest other; null where the model was kept",
            ),
            Column(
                "shared", "double", "Customers of it by both models, of those by either", "share"
            ),
            Column(
                "untrue_since",
                "string",
                "As-of date since which the name is true of too few of its customers; null: of "
                "enough",
                "time",
            ),
        ),
        ("segment",),
    ),
    Artifact(
        "drift",
        "The model before, held against this month's customers",
        (
            Column(
                "measure",
                "string",
                "error (mean squared distance to the centroids), relabelled "
                "(share of customers, by fitting anew), refit_gain (share of the error that "
                "fitting anew takes away), age (months), psi (of a feature), share (of a "
                "segment)",
            ),
            Column("subject", "string", "The feature or segment; empty of the whole"),
            Column("at_fit", "double", "At the fit; of a feature its median"),
            Column("now", "double", "This month"),
            Column("value", "double", "The measure: error as a multiple, share as a difference"),
            Column("threshold", "double", "Past which a new model is fitted; null where none is"),
            Column("exceeded", "bool", "Whether it is past that"),
        ),
        ("measure", "subject"),
    ),
)
