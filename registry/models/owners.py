"""Who owns the servers, and where they stand."""

from django.db import models
from tree_queries.models import TreeNode

from registry.domain.vocabulary import LocationKind
from registry.models.text import ExactCharField


class Customer(models.Model):
    """A company whose servers are looked after."""

    code = ExactCharField(max_length=64, unique=True)
    name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("code", "id")

    def __str__(self) -> str:
        return self.name or self.code


class Project(models.Model):
    """A group of servers of one customer."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="projects")
    code = ExactCharField(max_length=64, unique=True)
    name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("code", "id")

    def __str__(self) -> str:
        return self.name or self.code


class Location(TreeNode):
    """A place in the tree of places: region, site, room, rack."""

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in LocationKind])

    class Meta:
        ordering = ("name", "id")
        constraints = (models.UniqueConstraint(fields=("parent", "name"), name="location_name_once_below_its_parent"),)

    def __str__(self) -> str:
        return self.name
