"""Clean and measure Online Retail lines in plain SQL: python benchmarks/handwritten.py OUT.parquet.

The query that somebody who knows DuckDB writes for one file and one set of rules: exact copies and
rows that cannot count leave, returns undo the customer's latest earlier purchases of the product
(first at the same price, then at any), and what is left is measured per customer. It keeps no
account of what was removed and checks nothing. Its rows and revenue are those of custseg.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

MATCH = """
CREATE OR REPLACE TEMP TABLE concerned AS
WITH walked AS (
    SELECT *, sum(CASE WHEN back THEN -units ELSE units END) OVER past AS level
    FROM concerned WINDOW past AS (PARTITION BY {group} ORDER BY place)
), risen AS (
    SELECT *, level - least(min(level) OVER past, 0) AS height
    FROM walked WINDOW past AS (PARTITION BY {group} ORDER BY place)
), seen AS (
    SELECT *, lag(height, 1, 0) OVER along AS before,
        min(height) OVER (along ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS lowest
    FROM risen WINDOW along AS (PARTITION BY {group} ORDER BY place)
)
SELECT * EXCLUDE (units, level, height, before, lowest),
    CASE WHEN back THEN units - (before - height)
        ELSE least(greatest(lowest - before, 0), units) END AS units
FROM seen
"""
STEPS = (
    """
CREATE TEMP TABLE counting AS
SELECT Invoice, StockCode, Quantity, InvoiceDate, "Customer ID" AS customer, Country,
    Price::DECIMAL(18, 4) AS price, starts_with(Invoice, 'C') AS back, file_row_number AS line
FROM (
    SELECT min(file_row_number) AS file_row_number, * EXCLUDE (file_row_number)
    FROM read_parquet('{lines}', file_row_number = true) GROUP BY ALL
)
WHERE "Customer ID" IS NOT NULL AND NOT starts_with(Invoice, 'A')
    AND regexp_full_match(upper(trim(StockCode)), '\\d{{5}}[A-Z]{{0,2}}') AND Price > 0
    AND CASE WHEN starts_with(Invoice, 'C') THEN Quantity < 0 ELSE Quantity > 0 END
""",
    """
CREATE TEMP TABLE concerned AS
SELECT line, customer, StockCode, price, back, abs(Quantity) AS units,
    row_number() OVER (
        PARTITION BY customer ORDER BY InvoiceDate, back, Invoice, StockCode, price, Quantity, line
    ) AS place
FROM counting SEMI JOIN (SELECT DISTINCT customer, StockCode FROM counting WHERE back)
    USING (customer, StockCode)
""",
    MATCH.format(group="customer, StockCode, price"),
    MATCH.format(group="customer, StockCode"),
    """
CREATE TEMP TABLE kept AS
SELECT customer, Invoice, StockCode, InvoiceDate, Country, coalesce(units, Quantity) AS units,
    (coalesce(units, Quantity) * price)::DECIMAL(18, 4) AS amount,
    ((Quantity - coalesce(units, Quantity)) * price)::DECIMAL(18, 4) AS undone
FROM counting LEFT JOIN (SELECT line, units FROM concerned WHERE NOT back) USING (line)
WHERE NOT back AND coalesce(units, Quantity) > 0
""",
    "COPY kept TO '{folder}/transactions.parquet' (COMPRESSION zstd)",
    """
COPY (
WITH ends AS (SELECT max(InvoiceDate)::DATE + 1 AS as_of FROM read_parquet('{lines}')),
orders AS (
    SELECT customer, Invoice, min(InvoiceDate) AS moment, sum(units) AS units,
        count(DISTINCT StockCode) AS products, min(Country) AS country
    FROM kept GROUP BY ALL
), of_orders AS (
    SELECT customer, date_diff('day', max(moment), as_of) AS recency, count(*) AS frequency,
        date_diff('day', min(moment), as_of) AS tenure, sum(units) AS units,
        avg(products) AS products_per_order, avg((isodow(moment) >= 6)::INT) AS weekend_share,
        avg((hour(moment) < 12)::INT) AS morning_share, mode(hour(moment)) AS top_hour,
        mode(isodow(moment)) AS top_weekday, max_by(country, moment) AS country
    FROM orders, ends GROUP BY customer, as_of
), spend AS (
    SELECT customer, sum(amount) AS monetary, sum(undone) AS refunded,
        sum(amount) FILTER (InvoiceDate >= as_of - INTERVAL 90 DAY) AS recent,
        sum(amount) FILTER (InvoiceDate >= as_of - INTERVAL 180 DAY
            AND InvoiceDate < as_of - INTERVAL 90 DAY) AS previous
    FROM kept, ends GROUP BY customer
), days AS (SELECT DISTINCT customer, moment::DATE AS day FROM orders
), gaps AS (
    SELECT customer, day, day - lag(day) OVER (PARTITION BY customer ORDER BY day) AS gap FROM days
), of_days AS (
    SELECT customer, count(*) AS active_days, avg(gap) AS gap_mean, stddev_samp(gap) AS gap_sd
    FROM gaps GROUP BY customer
), products AS (SELECT customer, StockCode, sum(amount) AS spend FROM kept GROUP BY ALL
), shares AS (
    SELECT customer, spend / sum(spend) OVER (PARTITION BY customer) AS share FROM products
), of_products AS (
    SELECT customer, count(*) AS distinct_products, -sum(share * ln(share)) AS entropy,
        max(share) AS top_share
    FROM shares GROUP BY customer
)
SELECT *, monetary / frequency AS average_order_value, units / frequency AS units_per_order,
    refunded / (monetary + refunded) AS return_rate, monetary / units AS average_unit_price,
    recent / monetary AS recent_share, tenure / active_days AS tenure_per_active_day
FROM of_orders JOIN spend USING (customer) JOIN of_days USING (customer)
    JOIN of_products USING (customer)
) TO '{folder}/features.parquet'
""",
)


def main(lines: Path) -> None:
    """Run the steps, and print the totals, seconds and peak memory."""
    started = time.perf_counter()
    with TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute(f"SET temp_directory = '{folder}'")
        connection.execute("SET preserve_insertion_order = false")
        for step in STEPS:
            connection.execute(step.format(lines=lines, folder=folder))
        rows, revenue = connection.sql("SELECT count(*), sum(amount) FROM kept").fetchall()[0]
        customers = connection.sql(f"SELECT count(*) FROM '{folder}/features.parquet'").fetchall()
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{rows:,} lines, revenue {revenue:,.2f}, {customers[0][0]:,} customers")
    print(
        f"{time.perf_counter() - started:.1f} s, {used.ru_utime + used.ru_stime:.1f} CPU s, "
        f"{used.ru_maxrss / 1e6:.2f} GB at most"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
