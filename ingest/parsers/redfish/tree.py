"""All resources of one tree, by their own addresses: file names differ from one collector to the next."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ingest.parsers.redfish.resource import Resource, key_of


class Tree:
    """The resources that were read, each once, however many files and collections repeat it.

    A resource that says nothing but its own address was not read: some controllers answer so while busy.
    """

    def __init__(self, members: Iterable[tuple[str, Any]]) -> None:
        self._problems: dict[str, list[str]] = {}
        self._found: dict[str, Mapping[str, Any]] = {}
        for _, value in sorted(members, key=lambda member: member[0]):
            for data in _resources_in(value):
                self._add(data)
        self._resources = {
            key: Resource(str(data["@odata.id"]), data, self._problems.setdefault(key, []))
            for key, data in sorted(self._found.items())
        }
        self._by_kind: dict[str, list[Resource]] = {}
        for resource in self._resources.values():
            self._by_kind.setdefault(resource.kind, []).append(resource)

    def get(self, key: str) -> Resource | None:
        return self._resources.get(key)

    def of(self, kind: str) -> list[Resource]:
        """The resources of that kind, by address; without the copies that hold only wishes for the next boot."""
        found = self._by_kind.get(kind, [])
        return [resource for resource in found if not resource.key.endswith(("/settings", "/sd"))]

    def enumerates(self) -> bool:
        """Whether any of the service's own collections is there."""
        return any(f"/redfish/v1/{name}" in self._resources for name in ("systems", "chassis"))

    def problems(self) -> Iterator[tuple[str, str]]:
        """(key of the resource, what is wrong with it); complete once all questions are asked."""
        return ((key, problem) for key, problems in self._problems.items() for problem in problems)

    def _add(self, data: Mapping[str, Any]) -> None:
        key = key_of(data["@odata.id"])
        known = self._found.get(key)
        if known is None:
            self._found[key] = data
            return
        if known.get("SerialNumber") and data.get("SerialNumber") and known["SerialNumber"] != data["SerialNumber"]:
            self._problems.setdefault(key, []).append(
                f"{data['@odata.id']}: two files give it different serial numbers"
            )
        self._found[key] = _union(known, data)


def _resources_in(value: Any) -> Iterator[Mapping[str, Any]]:
    """`value` and the resources written out within it, as expanded collections have them."""
    if isinstance(value, list):
        for entry in value:
            yield from _resources_in(entry)
    elif isinstance(value, dict):
        uri = value.get("@odata.id")
        if isinstance(uri, str) and "#" not in uri and any(not name.startswith("@") for name in value):
            yield value
        for entry in value.values():
            yield from _resources_in(entry)


def _union(one: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    """The richer of two readings of one resource; pages of a collection are laid together."""
    fuller, poorer = (other, one) if len(other) > len(one) else (one, other)
    members = [reading.get("Members") for reading in (one, other)]
    if not all(isinstance(entries, list) for entries in members):
        return fuller
    return {**poorer, **fuller, "Members": [entry for entries in members for entry in entries or []]}
