"""How rows refer to others: small objects when written out, an id or a code when read in."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

from registry.models import Asset, Component

BIGGEST_KEY = 2**63 - 1


def asset_reference(asset: Asset | None) -> dict[str, Any] | None:
    """An asset as others refer to it."""
    return None if asset is None else {"id": asset.pk, "serial": asset.serial, "hostname": asset.hostname}


def component_reference(component: Component | None) -> dict[str, Any] | None:
    """A component as others refer to it."""
    if component is None:
        return None
    return {"id": component.pk, "type": component.type, "serial": component.serial, "model": component.model}


class Reference(serializers.RelatedField):
    """A related row. Written out: an object of `fields`. Read in: its id, its `code`, or an object with its id."""

    default_error_messages = {
        "does_not_exist": "There is none with this {name}.",
        "incorrect_type": "An id{or_code} is expected.",
    }

    def __init__(self, *, fields: Sequence[str], code: str = "", **options: Any) -> None:
        self.fields_shown = tuple(fields)
        self.code = code
        super().__init__(**options)

    def to_representation(self, value: Any) -> dict[str, Any]:
        return {name: getattr(value, name) for name in self.fields_shown}

    def to_internal_value(self, data: Any) -> Model:
        if isinstance(data, dict):
            data = data.get("id")
        if isinstance(data, int) and not isinstance(data, bool) and abs(data) <= BIGGEST_KEY:
            return self._find("id", pk=data)
        if not isinstance(data, str) or not self.code:
            self.fail("incorrect_type", or_code=f" or a {self.code}" if self.code else "")
        return self._find(self.code, **{self.code: data})

    def _find(self, name: str, **lookup: Any) -> Model:
        rows: Any = self.get_queryset()
        found: Model | None = rows.filter(**lookup).first()
        if found is None:
            self.fail("does_not_exist", name=name)
        return found

    def use_pk_only_optimization(self) -> bool:
        return False


class ReferenceSchema(OpenApiSerializerFieldExtension):
    """Tells the OpenAPI document of both forms of a `Reference`."""

    target_class = "registry.api.references.Reference"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        if direction == "response":
            kinds = {name: {"type": "integer" if name == "id" else "string"} for name in self.target.fields_shown}
            return {"type": "object", "properties": kinds, "required": list(kinds)}
        forms = [{"type": "integer"}, {"type": "string"}] if self.target.code else [{"type": "integer"}]
        return {"oneOf": forms} if len(forms) > 1 else forms[0]


class AssetReferenceSerializer(serializers.Serializer):
    """An asset as others refer to it."""

    id = serializers.IntegerField()
    serial = serializers.CharField()
    hostname = serializers.CharField(allow_blank=True)


class ComponentReferenceSerializer(serializers.Serializer):
    """A component as others refer to it."""

    id = serializers.IntegerField()
    type = serializers.CharField()
    serial = serializers.CharField(allow_blank=True)
    model = serializers.CharField(allow_blank=True)
