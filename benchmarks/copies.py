"""Make order lines of any number: python benchmarks/copies.py LINES OUT.parquet [COPIES].

LINES is a Parquet of the Online Retail workbook's rows. Each copy has customers and invoices of its
own, so that a file of n copies is what a shop of n times the customers would export: 50 copies have
27 million rows and 219,000 customers. A copy's products and dates are those of the first.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

CUSTOMERS = 100_000
"""More than the largest number of a customer."""
QUERY = """
COPY (
    SELECT
        -- C536379 is a cancellation and A563185 a bad debt: the letter stays in front.
        CASE WHEN regexp_matches(InvoiceNo, '^[A-Z]')
            THEN left(InvoiceNo, 1) || (1 + copy) || substr(InvoiceNo, 2)
            ELSE (1 + copy) || InvoiceNo END AS Invoice,
        StockCode, Description, Quantity::INT AS Quantity, InvoiceDate, UnitPrice AS Price,
        CustomerID::INT + copy * {customers} AS "Customer ID", Country
    FROM read_parquet('{lines}', file_row_number = true), range({copies}) AS copies (copy)
    ORDER BY copy, file_row_number
) TO '{out}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 131072)
"""


def main(lines: Path, out: Path, copies: int) -> None:
    """Write the copies, one after the other, each in the workbook's order."""
    with duckdb.connect() as connection:
        connection.execute(QUERY.format(customers=CUSTOMERS, lines=lines, out=out, copies=copies))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)  # noqa: PLR2004
