"""Tables of databases: PostgreSQL, SQLite and DuckDB."""
