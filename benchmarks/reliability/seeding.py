"""Puts a fleet into the product's tables, and into files for the others."""

from contextlib import closing
from pathlib import Path

import MySQLdb
import polars as pl

from analytics.domain.spells import FOREVER
from benchmarks.reliability.fleet import SILENCE, Fleet

GROUP_KEYS = ["component_type", "model", "lot", "firmware"]
_BIRTHS = ["born_installed", "born_made"]
_SPELL = [
    "component", "cohort", "server", "started", "ended", "single", *_BIRTHS, "aged", "first_failure",
    "last_failure",
]  # fmt: skip
_AT = "FROM_UNIXTIME(@heard)"
_SERVER = (
    f"identity = CONCAT('SRV', id), serial = CONCAT('SRV', id), vendor = '', serial_source = 'system', model = '', "
    f"hostname = '', tag = '', status = 'active', declared = 0, has_conflicts = 0, last_evidence = '', "
    f"last_snapshot_digest = '', stale = 0, counted = 1, created_at = {_AT}, first_seen_at = {_AT}, "
    f"last_seen_at = {_AT}"
)


def write_files(fleet: Fleet, folder: Path) -> None:
    """Parquet files with what the product has in several tables, joined already: names, and how long it was heard."""
    is_open = pl.col("ended") == FOREVER
    heard_until = pl.when(is_open).then(pl.col("heard") + SILENCE).otherwise(FOREVER)
    fleet.spells.select(
        "component",
        *GROUP_KEYS,
        "started",
        heard_until.alias("heard_until"),
        pl.when(is_open)
        .then(pl.max_horizontal(pl.col("heard") + SILENCE, "last_failure"))
        .otherwise(pl.col("ended"))
        .alias("ended"),
        "aged",
        pl.coalesce(_BIRTHS).alias("birth"),
        "first_failure",
    ).write_parquet(folder / "spells.parquet")
    fleet.failures.select("component", *GROUP_KEYS, pl.col("last_failure").alias("failed_at")).write_parquet(
        folder / "failures.parquet"
    )


def fill_tables(fleet: Fleet, socket: str, database: str, folder: Path) -> None:
    """The product's counted tables, but for the rollup."""
    with closing(
        MySQLdb.connect(unix_socket=socket, user="root", database=database, local_infile=1, autocommit=True)
    ) as connection:

        def load(table: str, frame: pl.DataFrame, columns: str, more: str) -> None:
            path = folder / f"{table}.tsv"
            frame.with_columns(pl.selectors.boolean().cast(pl.Int8)).write_csv(
                path, separator="\t", include_header=False, null_value="\\N"
            )
            with closing(connection.cursor()) as cursor:
                cursor.execute("SET time_zone = '+00:00', foreign_key_checks = 0")
                setting = f" SET {more}" if more else ""
                cursor.execute(f"LOAD DATA LOCAL INFILE '{path}' INTO TABLE {table} ({columns}){setting}")
                cursor.execute(f"ANALYZE TABLE {table}")
                cursor.fetchall()
            path.unlink()

        keys = ["component_type", "vendor", "model", "firmware", "lot", "project", "location"]
        lots = fleet.cohorts.select("lot").unique().sort("lot")
        load("registry_lot", lots, "id", "code = id, vendor = '', notes = '', created_at = NOW(6)")
        load("registry_asset", fleet.servers, "id, @heard", _SERVER)
        load("analytics_cohort", fleet.cohorts.select("cohort", *keys), f"id, {', '.join(keys)}", "")
        columns = ", ".join(_SPELL).replace("component,", "component_id,").replace("cohort,", "cohort_id,")
        load("analytics_spell", fleet.spells.select(_SPELL), columns.replace("server,", "asset_id,"), "slot = ''")
        failures = fleet.failures.with_row_index("episode").select(
            "episode", "component", "cohort", "server", "last_failure", *_BIRTHS
        )
        columns = f"episode, component_id, cohort_id, asset_id, at, {', '.join(_BIRTHS)}"
        load("analytics_countedfailure", failures, columns, "slot = '', unattributed = ''")
