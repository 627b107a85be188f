"""Reliability figures of a large fleet: the product on MariaDB beside polars and duckdb on a file of the same rows."""
