"""The registry's rows as JSON."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from registry.api.references import ComponentReferenceSerializer, Reference, component_reference
from registry.domain.vocabulary import AssetStatus, ComponentType, Health, LocationKind, Status
from registry.models import Asset, Component, Customer, Location, Lot, Project
from registry.selectors import succession

# No look before the leap: the database tells when a code is taken, and the answer is 409.
CLASH_IS_CONFLICT: dict[str, dict[str, Any]] = {"code": {"validators": []}}


class StrictSerializer(serializers.Serializer):
    """Refuses fields that it does not know or that cannot be set, instead of ignoring them.

    `Meta.derived` names fields that only evidence changes, `Meta.fixed` those that are set once, at the creation.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            self._refuse(data)
        return super().to_internal_value(data)

    def _refuse(self, data: dict[str, Any]) -> None:
        meta = getattr(self, "Meta", None)
        derived, fixed = getattr(meta, "derived", ()), getattr(meta, "fixed", ())
        problems: dict[str, list[str]] = {}
        for name in data:
            if name in derived:
                problems[name] = ["This field is derived from evidence and cannot be set."]
            elif self.instance is not None and name in fixed:
                problems[name] = ["This field is part of the identity and cannot be changed."]
            elif name not in self.fields:
                problems[name] = ["This field is not known here."]
            elif self.fields[name].read_only:
                problems[name] = ["This field cannot be set."]
        if problems:
            raise ValidationError(problems)


class StrictModelSerializer(StrictSerializer, serializers.ModelSerializer):
    """A `StrictSerializer` of a model's fields."""


def _example(name: str, value: dict[str, Any], *, request: Iterable[str] = ()) -> list[OpenApiExample]:
    """An example of the answer, and where `request` names fields, of what is sent."""
    shown = [OpenApiExample(name, value=value, response_only=True)]
    sent = {field: value[field]["id"] if isinstance(value[field], dict) else value[field] for field in request}
    return [*shown, OpenApiExample(f"{name}, sent", value=sent, request_only=True)] if sent else shown


@extend_schema_serializer(
    examples=_example(
        "Customer",
        {"id": 1, "code": "ACME", "name": "ACME Industries", "created_at": "2026-01-05T08:00:00Z"},
        request=("code", "name"),
    )
)
class CustomerSerializer(StrictModelSerializer):
    """A company whose servers are looked after."""

    class Meta:
        model = Customer
        fields = ("id", "code", "name", "created_at")
        extra_kwargs = CLASH_IS_CONFLICT


@extend_schema_serializer(
    examples=_example(
        "Project",
        {
            "id": 2,
            "code": "ACME-EU",
            "name": "European sites",
            "customer": {"id": 1, "code": "ACME"},
            "created_at": "2026-01-05T08:00:00Z",
        },
        request=("code", "name", "customer"),
    )
)
class ProjectSerializer(StrictModelSerializer):
    """A group of servers of one customer."""

    customer = Reference(fields=("id", "code"), code="code", queryset=Customer.objects.all())

    class Meta:
        model = Project
        fields = ("id", "code", "name", "customer", "created_at")
        extra_kwargs = CLASH_IS_CONFLICT


@extend_schema_serializer(
    examples=_example(
        "Location",
        {"id": 9, "name": "Rack 12", "kind": "rack", "parent": {"id": 8, "name": "Room B"}},
        request=("name", "kind", "parent"),
    )
)
class LocationSerializer(StrictModelSerializer):
    """A place in the tree of places."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in LocationKind])
    parent = Reference(  # type: ignore[assignment]  # a serializer's own attribute
        fields=("id", "name"), queryset=Location.objects.all(), allow_null=True, required=False
    )

    class Meta:
        model = Location
        fields = ("id", "name", "kind", "parent")
        validators: list[Any] = []

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        parent = attrs.get("parent", self.instance.parent if self.instance else None)
        name = attrs.get("name", self.instance.name if self.instance else "")
        own = self.instance.pk if self.instance else None
        # Roots have no parent, and the database sees no clash between NULLs.
        if Location.objects.filter(parent=parent, name=name).exclude(pk=own).exists():
            raise ValidationError({"name": ["There is a place of this name here already."]})
        if own and parent and parent.ancestors(include_self=True).filter(pk=own).exists():
            raise ValidationError({"parent": ["A place cannot lie within itself."]})
        return attrs


def _not_too_old(value: date | None) -> date | None:
    if value is not None and value.year < 1970:
        raise ValidationError("Nothing that old is known here.")
    return value


@extend_schema_serializer(
    examples=_example(
        "Lot",
        {
            "id": 3,
            "code": "SAM-2025-W14",
            "vendor": "Samsung",
            "manufactured_on": "2025-03-31",
            "notes": "Bought for the second hall",
            "created_at": "2026-01-05T08:00:00Z",
        },
        request=("code", "vendor", "manufactured_on", "notes"),
    )
)
class LotSerializer(StrictModelSerializer):
    """A batch of components made or bought together."""

    class Meta:
        model = Lot
        fields = ("id", "code", "vendor", "manufactured_on", "notes", "created_at")
        extra_kwargs = CLASH_IS_CONFLICT

    def validate_manufactured_on(self, value: date | None) -> date | None:
        return _not_too_old(value)


@extend_schema_serializer(
    examples=_example(
        "Asset",
        {
            "id": 4,
            "vendor": "Dell Inc.",
            "model": "PowerEdge R750",
            "serial": "7XK2M93",
            "serial_source": "service_tag",
            "hostname": "db-17",
            "tag": "ACME-00417",
            "status": "active",
            "project": {"id": 2, "code": "ACME-EU"},
            "location": {"id": 9, "name": "Rack 12"},
            "first_seen_at": "2026-01-07T10:00:00Z",
            "last_seen_at": "2026-03-01T10:00:00Z",
        },
        request=("vendor", "model", "serial", "hostname", "tag", "status", "project", "location"),
    )
)
class AssetSerializer(StrictModelSerializer):
    """A server or other chassis."""

    vendor = serializers.CharField(max_length=200, allow_blank=True, required=False)
    serial = serializers.CharField(max_length=128)
    status = serializers.ChoiceField(choices=[status.value for status in AssetStatus], required=False)
    project = Reference(
        fields=("id", "code"), code="code", queryset=Project.objects.all(), allow_null=True, required=False
    )
    location = Reference(fields=("id", "name"), queryset=Location.objects.all(), allow_null=True, required=False)

    class Meta:
        model = Asset
        fields = (
            "id",
            "vendor",
            "model",
            "serial",
            "serial_source",
            "hostname",
            "tag",
            "status",
            "project",
            "location",
            "first_seen_at",
            "last_seen_at",
        )
        derived = ("serial_source", "first_seen_at", "last_seen_at")
        read_only_fields = derived
        fixed = ("serial",)


@extend_schema_field(
    {"type": "object", "additionalProperties": {"type": ["string", "array"], "items": {"type": "string"}}}
)
class IdentifiersField(serializers.Field):
    """Kept as [kind, value] pairs; shown as kind → value, or kind → values where there are several."""

    def to_representation(self, value: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
        return identifiers_shown(value)

    def to_internal_value(self, data: Any) -> list[list[str]]:
        if not isinstance(data, dict):
            raise ValidationError("An object of kinds and values is expected.")
        pairs = [
            (kind, value) for kind, given in data.items() for value in (given if isinstance(given, list) else [given])
        ]
        if not all(isinstance(value, str) and 0 < len(value) <= 128 and len(kind) <= 16 for kind, value in pairs):
            raise ValidationError("Each value is a text of at most 128 characters, each kind of at most 16.")
        return [[kind, value] for kind, value in pairs]


def identifiers_shown(pairs: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
    """[kind, value] pairs as kind → value, or kind → values where there are several."""
    values: dict[str, list[str]] = {}
    for kind, value in pairs:
        values.setdefault(kind, []).append(value)
    return {kind: found[0] if len(found) == 1 else found for kind, found in values.items()}


@extend_schema_serializer(
    examples=_example(
        "Component",
        {
            "id": 77,
            "type": "disk",
            "vendor": "Samsung",
            "model": "MZWLJ7T6HALA-00AU3",
            "part_number": "",
            "serial": "S5FNNA0R500123",
            "identifiers": {"eui64": "36354630526001230025384100000001"},
            "lot": {"id": 3, "code": "SAM-2025-W14"},
            "firmware": "EPK98B5Q",
            "health": "ok",
            "status": "installed",
            "asset": {"id": 4, "serial": "7XK2M93", "hostname": "db-17"},
            "slot": "Bay 3",
            "installed_at": "2026-01-07T10:00:00Z",
            "first_seen_at": "2026-01-07T10:00:00Z",
            "last_seen_at": "2026-03-01T10:00:00Z",
            "manufactured_on": "2025-04-02",
        },
        request=("type", "vendor", "model", "part_number", "serial", "lot", "manufactured_on"),
    )
)
class ComponentSerializer(StrictModelSerializer):
    """A replaceable part."""

    type = serializers.ChoiceField(choices=[kind.value for kind in ComponentType])
    serial = serializers.CharField(max_length=128)
    identifiers = IdentifiersField(read_only=True)
    lot = Reference(fields=("id", "code"), code="code", queryset=Lot.objects.all(), allow_null=True, required=False)
    health = serializers.ChoiceField(choices=[health.value for health in Health], read_only=True)
    status = serializers.ChoiceField(choices=[status.value for status in Status], read_only=True)
    asset = Reference(fields=("id", "serial", "hostname"), read_only=True)

    class Meta:
        model = Component
        fields = (
            "id",
            "type",
            "vendor",
            "model",
            "part_number",
            "serial",
            "identifiers",
            "lot",
            "firmware",
            "health",
            "status",
            "asset",
            "slot",
            "installed_at",
            "first_seen_at",
            "last_seen_at",
            "manufactured_on",
        )
        derived = (
            "identifiers",
            "firmware",
            "health",
            "status",
            "asset",
            "slot",
            "installed_at",
            "first_seen_at",
            "last_seen_at",
        )
        read_only_fields = derived
        fixed = ("type", "serial", "vendor", "model", "part_number")

    def validate_manufactured_on(self, value: date | None) -> date | None:
        return _not_too_old(value)


class DetailedComponentSerializer(ComponentSerializer):
    """A component with its neighbours in time: whom it replaced in its slot, and who replaced it where it left."""

    replaced = ComponentReferenceSerializer(read_only=True, allow_null=True)
    replaced_by = ComponentReferenceSerializer(read_only=True, allow_null=True)

    class Meta(ComponentSerializer.Meta):
        fields = (*ComponentSerializer.Meta.fields, "replaced", "replaced_by")  # type: ignore[assignment]  # longer

    def to_representation(self, instance: Component) -> dict[str, Any]:
        found = succession(instance)
        return {
            **ComponentSerializer(context=self.context).to_representation(instance),
            "replaced": component_reference(found.replaced),
            "replaced_by": component_reference(found.replaced_by),
        }
