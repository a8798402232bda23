"""From the columns of a table to canonical order lines, and to the rows left out."""
