"""Columns for text that is compared byte by byte.

MariaDB's usual collations ignore case, SQLite's does not: columns that hold serials and digests take a binary
collation on MariaDB, so that both engines compare alike.
"""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.lookups import Exact, IContains

from registry.domain.serials import normalise

if TYPE_CHECKING:
    TextColumn = models.CharField[str, str]
else:
    TextColumn = models.CharField


class ExactCharField(TextColumn):
    """A `CharField` that compares byte by byte on every engine."""

    def db_type(self, connection: Any) -> str:
        kind = super().db_type(connection) or ""
        if connection.vendor == "mysql":
            return f"{kind} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
        return kind

    def db_parameters(self, connection: Any) -> Any:
        return {**super().db_parameters(connection), "type": self.db_type(connection)}


class LabelField(ExactCharField):
    """Text as on a label: kept and looked for trimmed, upper case, inner white space folded."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.get_prep_value(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)  # so that what was typed is shown as it is kept
        return value

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return normalise(prepared) if isinstance(prepared, str) else prepared


@ExactCharField.register_lookup
class AnyCaseContains(IContains):
    """``icontains``, for what people type, where MariaDB would otherwise compare case as the column does."""

    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> tuple[str, Any]:
        sql, params = super().process_lhs(compiler, connection, lhs)
        return (f"{sql} COLLATE utf8mb4_unicode_ci" if connection.vendor == "mysql" else sql), params


@models.CharField.register_lookup
class Spelled(Exact):
    """``spelled``: just this text, where a column's usual collation on MariaDB would take ``x1`` for ``X1``."""

    lookup_name = "spelled"

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        return f"= {rhs}"

    def as_mysql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        sql, params = self.as_sql(compiler, connection)
        # Both: an index knows the column's own collation alone.
        return f"({sql} AND {sql} COLLATE utf8mb4_bin)", (*params, *params)
