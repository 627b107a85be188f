"""Questions about bundles that the parsers of today have a say in."""

from django.db.models import Q, QuerySet

from ingest.models import Bundle, BundleFile
from ingest.parsers.registry import all_parsers


def outdated(bundles: QuerySet[Bundle]) -> QuerySet[Bundle]:
    """Those of the bundles of which an older version of a parser read a member."""
    older = Q(pk__in=[])
    for parser in all_parsers():
        older |= Q(parser=parser.name, parser_version__lt=parser.version)
    return bundles.filter(pk__in=BundleFile.objects.filter(older).order_by().values("bundle_id"))


def read_by(bundles: QuerySet[Bundle], parser: str) -> QuerySet[Bundle]:
    """Those of the bundles of which the parser read, or tried to read, a member."""
    return bundles.filter(pk__in=BundleFile.objects.filter(parser=parser).order_by().values("bundle_id"))
