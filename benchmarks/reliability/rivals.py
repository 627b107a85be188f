"""``python -m benchmarks.reliability.rivals ENGINE QUESTION FOLDER``: the answer of polars or duckdb from Parquet."""

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb
import polars as pl

from analytics.domain.spells import FOREVER
from benchmarks.reliability.questions import DAY, LIFETIME, YEAR, Row, measure
from benchmarks.reliability.seeding import GROUP_KEYS

_KEYS = ", ".join(GROUP_KEYS)


def duckdb_year(folder: Path) -> Iterable[Row]:
    """Per group: keys, exposure, components, silent, unknown age, failures, failed components."""
    start, end = YEAR
    return duckdb.execute(f"""
        WITH served AS (
            SELECT {_KEYS},
                SUM(LEAST(ended, {end}) - begins) FILTER (ended > begins) AS time,
                COUNT(DISTINCT component) FILTER (ended > begins) AS components,
                COUNT(*) FILTER (heard_until < {end}) AS silent,
                COUNT(DISTINCT component) FILTER (NOT aged AND ended > begins) AS unaged
            FROM (SELECT *, GREATEST(started, {start}) AS begins FROM '{folder}/spells.parquet')
            WHERE started < {end} AND (ended > {start} OR heard_until < {end})
            GROUP BY {_KEYS}
        ), failed AS (
            SELECT {_KEYS}, COUNT(*) AS failures, COUNT(DISTINCT component) AS components
            FROM '{folder}/failures.parquet' WHERE failed_at >= {start} AND failed_at < {end} GROUP BY {_KEYS}
        )
        SELECT component_type, model, CAST(lot AS VARCHAR), firmware, CAST(COALESCE(time, 0) AS BIGINT),
            served.components, silent, unaged, COALESCE(failures, 0), COALESCE(failed.components, 0)
        FROM served LEFT JOIN failed USING ({_KEYS}) WHERE time > 0 OR silent > 0 OR failures > 0
    """).fetchall()


def duckdb_curve(folder: Path) -> Iterable[Row]:
    """Per age in days: entries, failures, censored."""
    start, end = LIFETIME
    return duckdb.execute(f"""
        WITH part AS (
            SELECT birth, GREATEST(started, {start}) AS begins,
                CASE WHEN first_failure < {end} THEN first_failure ELSE {FOREVER} END AS failure,
                LEAST(ended, {end}, failure) AS ends
            FROM '{folder}/spells.parquet' WHERE started < {end} AND ended > {start} AND birth IS NOT NULL
        ), life AS (
            SELECT GREATEST(begins - birth, 0) // {DAY} AS entry, failure = ends AS failed,
                CASE WHEN failed THEN (GREATEST(ends - birth, 1) + {DAY - 1}) // {DAY}
                     ELSE GREATEST(ends - birth, 0) // {DAY} END AS leaving
            FROM part WHERE ends > begins
        ), moves AS (
            SELECT entry AS age, COUNT(*) AS entries, 0 AS failures, 0 AS censored FROM life WHERE leaving > entry
            GROUP BY entry UNION ALL
            SELECT leaving, 0, COUNT(*) FILTER (failed), COUNT(*) FILTER (NOT failed) FROM life WHERE leaving > entry
            GROUP BY leaving
        )
        SELECT age, CAST(SUM(entries) AS BIGINT), CAST(SUM(failures) AS BIGINT), CAST(SUM(censored) AS BIGINT)
        FROM moves GROUP BY age
    """).fetchall()


def polars_year(folder: Path) -> Iterable[Row]:
    """As `duckdb_year`."""
    start, end = YEAR
    begins = pl.max_horizontal("started", start)
    serves = pl.col("ended") > begins
    served = (
        pl.scan_parquet(folder / "spells.parquet")
        .filter(pl.col("started") < end, (pl.col("ended") > start) | (pl.col("heard_until") < end))
        .group_by(GROUP_KEYS)
        .agg(
            (pl.min_horizontal("ended", end) - begins).filter(serves).sum().alias("time"),
            pl.col("component").filter(serves).n_unique().alias("components"),
            (pl.col("heard_until") < end).sum().alias("silent"),
            pl.col("component").filter(serves & ~pl.col("aged")).n_unique().alias("unaged"),
        )
    )
    failed = (
        pl.scan_parquet(folder / "failures.parquet")
        .filter(pl.col("failed_at") >= start, pl.col("failed_at") < end)
        .group_by(GROUP_KEYS)
        .agg(pl.len().alias("failures"), pl.col("component").n_unique().alias("failed"))
    )
    return (
        served.join(failed, on=GROUP_KEYS, how="left")
        .with_columns(pl.col("failures", "failed").fill_null(0), pl.col("lot").cast(pl.String))
        .filter((pl.col("time") > 0) | (pl.col("silent") > 0) | (pl.col("failures") > 0))
        .select(*GROUP_KEYS, "time", "components", "silent", "unaged", "failures", "failed")
        .collect()
        .rows()
    )


def polars_curve(folder: Path) -> Iterable[Row]:
    """As `duckdb_curve`."""
    start, end = LIFETIME
    failure = pl.when(pl.col("first_failure") < end).then(pl.col("first_failure")).otherwise(FOREVER)
    watched, age = pl.col("begins") - pl.col("birth"), pl.col("ends") - pl.col("birth")
    fails = pl.col("failure") == pl.col("ends")
    life = (
        pl.scan_parquet(folder / "spells.parquet")
        .filter(pl.col("started") < end, pl.col("ended") > start, pl.col("birth").is_not_null())
        .with_columns(pl.max_horizontal("started", start).alias("begins"), failure.alias("failure"))
        .with_columns(pl.min_horizontal("ended", end, "failure").alias("ends"))
        .filter(pl.col("ends") > pl.col("begins"))
        .select(
            (watched.clip(0) // DAY).alias("entry"),
            pl.when(fails).then((age.clip(1) + DAY - 1) // DAY).otherwise(age.clip(0) // DAY).alias("leaving"),
            fails.alias("failed"),
        )
        .filter(pl.col("leaving") > pl.col("entry"))
    )
    none = pl.lit(0, pl.UInt32)
    entries = life.group_by(pl.col("entry").alias("age")).agg(pl.len().alias("entries"))
    exits = life.group_by(pl.col("leaving").alias("age")).agg(
        pl.col("failed").sum().alias("failures"), (~pl.col("failed")).sum().alias("censored")
    )
    moves = [
        entries.with_columns(none.alias("failures"), none.alias("censored")),
        exits.with_columns(none.alias("entries")).select("age", "entries", "failures", "censored"),
    ]
    sums = pl.col("entries", "failures", "censored").sum()
    return pl.concat(moves).group_by("age").agg(sums).collect().rows()


ANSWERS: dict[tuple[str, str], Callable[[Path], Iterable[Row]]] = {
    ("duckdb", "year"): duckdb_year,
    ("duckdb", "curve"): duckdb_curve,
    ("polars", "year"): polars_year,
    ("polars", "curve"): polars_curve,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=("duckdb", "polars"))
    parser.add_argument("question", choices=("year", "curve"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    answer = ANSWERS[options.engine, options.question]
    print(measure(lambda: answer(options.folder), options.rounds).as_json())
