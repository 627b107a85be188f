"""How tickets and their links look in JSON."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from registry.api.references import (
    AssetReferenceSerializer,
    ComponentReferenceSerializer,
    asset_reference,
    component_reference,
)
from tickets.domain.vocabulary import LinkState, NameKind, Origin
from tickets.models import Ticket, TicketLink

LINK = {
    "id": 907,
    "origin": "sync",
    "state": "confirmed",
    "by": "asset_serial",
    "name": "7XK2M93",
    "component_type": "",
    "vendor": "",
    "project": None,
    "asset": {"id": 4, "serial": "7XK2M93", "hostname": "db-17"},
    "component": None,
    "candidates": 1,
}
TICKET = {
    "id": 311,
    "source": "jira",
    "external_id": "OPS-4711",
    "title": "Disk gone from bay 3",
    "description": "The controller lost S5FNNA0R500123 tonight.",
    "status": "open",
    "severity": "major",
    "url": "https://jira.example/browse/OPS-4711",
    "opened_at": "2026-03-01T10:00:00Z",
    "closed_at": None,
    "updated_at": "2026-03-01T10:20:00Z",
}
DETAILED = {**TICKET, "links": [LINK], "raw": {"external_id": "OPS-4711", "priority": "P2"}}
SYNC = {
    "source": "jira",
    "tickets": [
        {
            "external_id": "OPS-4711",
            "title": "Disk gone from bay 3",
            "description": "The controller lost S5FNNA0R500123 tonight.",
            "status": "open",
            "severity": "major",
            "url": "https://jira.example/browse/OPS-4711",
            "opened_at": "2026-03-01T10:00:00Z",
            "closed_at": None,
            "updated_at": "2026-03-01T10:20:00Z",
            "links": [{"asset_serial": "7XK2M93"}, {"component_serial": "S5FNNA0R500123", "component_type": "disk"}],
            "failures": [
                {
                    "component_serial": "S5FNNA0R500123",
                    "occurred_at": "2026-02-28T21:13:00Z",
                    "mode": "media_error",
                    "severity": "fatal",
                }
            ],
        }
    ],
}
SYNCED = {
    "created": 1,
    "updated": 0,
    "unchanged": 0,
    "rejected": 0,
    "results": [
        {
            "external_id": "OPS-4711",
            "outcome": "created",
            "id": 311,
            "errors": {},
            "unresolved_links": [{"component_serial": "S5FNNA0R500123", "reason": "unknown"}],
        }
    ],
}


class ProjectReferenceSerializer(serializers.Serializer):
    """A project as others refer to it."""

    id = serializers.IntegerField()
    code = serializers.CharField()


class LinkSerializer(serializers.Serializer):
    """What a ticket is about: what it calls the thing, and which thing that is, once it is known.

    Links of the origin `text` were found in what people wrote; `proposed` and `dismissed` ones count for nothing.
    `candidates`: how many known things bear the name.
    """

    id = serializers.IntegerField()
    origin = serializers.ChoiceField(choices=[word.value for word in Origin])
    state = serializers.ChoiceField(choices=[word.value for word in LinkState])
    by = serializers.ChoiceField(choices=[word.value for word in NameKind])
    name = serializers.CharField()
    component_type = serializers.CharField(allow_blank=True)
    vendor = serializers.CharField(allow_blank=True)
    project = ProjectReferenceSerializer(allow_null=True)
    asset = AssetReferenceSerializer(allow_null=True)
    component = ComponentReferenceSerializer(allow_null=True)
    candidates = serializers.IntegerField()

    def to_representation(self, instance: TicketLink) -> dict[str, Any]:
        project = instance.project
        return {
            **{name: getattr(instance, name) for name in _PLAIN_OF_LINK},
            "project": {"id": project.pk, "code": project.code} if project else None,
            "asset": asset_reference(instance.asset),
            "component": component_reference(instance.component),
        }


_PLAIN_OF_LINK = ("id", "origin", "state", "by", "name", "component_type", "vendor", "candidates")


@extend_schema_serializer(examples=[OpenApiExample("Ticket", value=TICKET, response_only=True)])
class TicketSerializer(serializers.ModelSerializer):
    """A ticket of another system; `status` and `severity` are that system's words."""

    class Meta:
        model = Ticket
        fields = tuple(TICKET)


@extend_schema_serializer(examples=[OpenApiExample("Ticket", value=DETAILED, response_only=True)])
class DetailedTicketSerializer(TicketSerializer):
    """A ticket with its links, and all that its source sent."""

    links = LinkSerializer(many=True)
    raw = serializers.DictField()

    class Meta(TicketSerializer.Meta):
        fields = tuple(DETAILED)


class SentLinkSerializer(serializers.Serializer):
    """A link by one name; type and vendor narrow it down."""

    asset_serial = serializers.CharField(required=False)
    asset_tag = serializers.CharField(required=False)
    asset_hostname = serializers.CharField(required=False)
    asset_vendor = serializers.CharField(required=False)
    component_serial = serializers.CharField(required=False)
    component_type = serializers.CharField(required=False)
    component_vendor = serializers.CharField(required=False)
    project = serializers.CharField(required=False)


class SentFailureSerializer(serializers.Serializer):
    """A failure of a component, or of what sat in a slot of an asset; at the ticket's opening when no time is told."""

    component_serial = serializers.CharField(required=False)
    component_type = serializers.CharField(required=False)
    component_vendor = serializers.CharField(required=False)
    asset_serial = serializers.CharField(required=False)
    asset_tag = serializers.CharField(required=False)
    asset_hostname = serializers.CharField(required=False)
    asset_vendor = serializers.CharField(required=False)
    slot = serializers.CharField(required=False)
    occurred_at = serializers.DateTimeField(required=False)
    mode = serializers.CharField(required=False, default="self_reported")
    severity = serializers.CharField(required=False, default="fatal")
    message = serializers.CharField(required=False)


class SentTicketSerializer(serializers.Serializer):
    """A ticket as its source has it now. `links` and `failures` are whole: what is not named any more goes."""

    external_id = serializers.CharField()
    opened_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(required=False, allow_null=True)
    title = serializers.CharField(required=False)
    description = serializers.CharField(required=False)
    status = serializers.CharField(required=False)
    severity = serializers.CharField(required=False)
    url = serializers.URLField(required=False)
    links = SentLinkSerializer(many=True, required=False)
    failures = SentFailureSerializer(many=True, required=False)


@extend_schema_serializer(examples=[OpenApiExample("Sync", value=SYNC, request_only=True)])
class SyncSerializer(serializers.Serializer):
    """Tickets of one source."""

    source = serializers.CharField()  # type: ignore[assignment]  # the framework has an attribute of that name
    tickets = SentTicketSerializer(many=True)


class OutcomeSerializer(serializers.Serializer):
    """What became of one ticket."""

    external_id = serializers.CharField()
    outcome = serializers.ChoiceField(choices=["created", "updated", "unchanged", "rejected"])
    id = serializers.IntegerField(allow_null=True)
    errors = serializers.DictField(  # type: ignore[assignment]  # as above
        child=serializers.ListField(child=serializers.CharField())
    )
    unresolved_links = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))


@extend_schema_serializer(examples=[OpenApiExample("Synced", value=SYNCED, response_only=True)])
class SyncedSerializer(serializers.Serializer):
    """What became of all of them."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = serializers.IntegerField()
    results = OutcomeSerializer(many=True)
