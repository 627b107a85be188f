"""SQL that both engines take."""

from django.db import connection

from analytics.domain.spells import FOREVER


def greatest(*terms: str) -> str:
    """The largest of several values."""
    return f"{'GREATEST' if connection.vendor == 'mysql' else 'MAX'}({', '.join(terms)})"


def least(*terms: str) -> str:
    """The smallest of several values."""
    return f"{'LEAST' if connection.vendor == 'mysql' else 'MIN'}({', '.join(terms)})"


def whole(expression: str) -> str:
    """Division's result rounded down, for what is not negative."""
    return f"FLOOR({expression})" if connection.vendor == "mysql" else f"CAST({expression} AS INTEGER)"


def epoch(column: str) -> str:
    """A column of times in whole seconds since 1970."""
    if connection.vendor == "mysql":
        return f"TIMESTAMPDIFF(SECOND, '1970-01-01', {column})"
    return f"CAST(strftime('%%s', substr({column}, 1, 19)) AS INTEGER)"


def evidence_ends(asset: str, silence: int) -> str:
    """Until when an asset's parts are taken to be there: its retirement, or `silence` after its last evidence."""
    seen, confirmed, retired = (f"{asset}.{name}_at" for name in ("last_seen", "confirmed", "retired"))
    last = greatest(f"COALESCE({epoch(seen)}, 0)", f"COALESCE({epoch(confirmed)}, 0)")
    never = f"{seen} IS NULL AND {confirmed} IS NULL"
    limit = f"CASE WHEN {never} THEN {FOREVER} ELSE {last} + {silence:d} END"
    return least(f"COALESCE({epoch(retired)}, {FOREVER})", limit)
