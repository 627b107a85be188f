"""A fleet of any size, made of numbers: lots that are bought, spread over servers, updated, taken out, and fail."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics.domain.spells import DAY, FOREVER, to_seconds

Numbers = npt.NDArray[np.int64]

BOUGHT_FROM = to_seconds(datetime(2019, 1, 1, tzinfo=UTC))
NOW = to_seconds(datetime(2026, 2, 1, tzinfo=UTC))
SILENCE = 90 * DAY
LOT_SIZE, PER_SERVER = 500, 20
TYPES = ("disk", "memory", "disk", "psu", "disk", "nic", "memory", "gpu")
MODELS = 40
NEVER = -1


@dataclass(frozen=True, slots=True)
class Fleet:
    """`spells`: with the columns of `Spell` and the keys of their cohorts. `failures`, `servers`, `cohorts`: theirs."""

    spells: pl.DataFrame
    failures: pl.DataFrame
    servers: pl.DataFrame
    cohorts: pl.DataFrame


def build(installations: int) -> Fleet:
    """The fleet with so many spells; the same each time."""
    dice = np.random.default_rng(2026)
    number = np.arange(installations)  # of components; there are fewer than spells
    lot = number // LOT_SIZE
    bought = BOUGHT_FROM + dice.integers(0, 6 * 365, lot[-1] + 1)[lot] * DAY
    started = bought + dice.integers(0, 60 * DAY, installations)
    left = started + (dice.exponential(14 * 365, installations) * DAY).astype(np.int64)
    gone = left < NOW
    ended = np.where(gone, left, FOREVER)
    failed = np.where(gone & (dice.random(installations) < 0.35), left, NEVER)
    updated = bought + dice.integers(100, 900, lot[-1] + 1)[lot] * DAY
    is_updated = (number // PER_SERVER % 4 == 0) & (updated > started) & (updated < np.minimum(ended, NOW))
    known = dice.random(installations)
    parts = pl.DataFrame(
        {
            "component": number + 1,
            "lot": lot + 1,
            "server": number // PER_SERVER + 1,
            "started": started,
            "ended": ended,
            "updated": np.where(is_updated, updated, NEVER),
            "failed": failed,
            "born_installed": np.where(known < 0.9, started, NEVER),
            "born_made": np.where(known < 0.95, started - 200 * DAY, NEVER),
        }
    )
    spells = _spells(parts).head(installations)
    keys = ["component_type", "vendor", "model", "firmware", "lot", "project", "location"]
    cohorts = spells.select(keys).unique().sort(keys).with_row_index("cohort", offset=1)
    spells = spells.join(cohorts, on=keys, how="left", maintain_order="left")
    heard = np.full(int(lot[-1] + 1) * LOT_SIZE // PER_SERVER + 1, NOW)
    silent = dice.random(len(heard)) < 0.03
    heard[silent] -= dice.integers(120, 700, int(silent.sum())) * DAY
    servers = pl.DataFrame({"server": np.arange(len(heard)) + 1, "heard": heard})
    failures = spells.filter(pl.col("last_failure") > 0)
    return Fleet(spells.join(servers, on="server", how="left", maintain_order="left"), failures, servers, cohorts)


def _spells(parts: pl.DataFrame) -> pl.DataFrame:
    """Each component's life, cut in two where its firmware was updated."""
    model, cut = pl.col("lot") % MODELS, pl.col("updated") != NEVER
    parts = parts.with_columns(
        model.replace_strict({number: TYPES[number % len(TYPES)] for number in range(MODELS)}).alias("component_type"),
        pl.format("Maker {}", model % 5).alias("vendor"),
        pl.format("Model {}", model).alias("model"),
        (pl.col("server") // 400 % 8 + 1).alias("project"),
        (pl.col("server") // 200 % 10 + 1).alias("location"),
        (~cut).alias("single"),
        ((pl.col("born_installed") != NEVER) | (pl.col("born_made") != NEVER)).alias("aged"),
        *(
            pl.when(pl.col(name) == NEVER).then(None).otherwise(pl.col(name)).alias(name)
            for name in ("born_installed", "born_made")
        ),
        pl.when(pl.col("failed") == NEVER).then(None).otherwise(pl.col("failed")).alias("first_failure"),
    )
    first = parts.with_columns(
        pl.when(cut).then(pl.col("updated")).otherwise(pl.col("ended")).alias("ended"),
        pl.format("1.{}", pl.col("lot") % 3).alias("firmware"),
        pl.when(cut | (pl.col("failed") == NEVER)).then(0).otherwise(pl.col("failed")).alias("last_failure"),
    )
    second = parts.filter(cut).with_columns(
        pl.col("updated").alias("started"),
        pl.format("2.{}", pl.col("lot") % 3).alias("firmware"),
        pl.when(pl.col("failed") == NEVER).then(0).otherwise(pl.col("failed")).alias("last_failure"),
    )
    # The parts of one life stand together, so that a fleet that is cut to size loses one at most.
    return pl.concat([first, second]).sort("component", "started")
