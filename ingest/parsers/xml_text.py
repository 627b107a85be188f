"""XML from strangers: without entities, without anything from outside, and named where it is refused."""

from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ingest.domain.report import MemberError


def load_xml(content: bytes) -> Element:
    """The top element of `content`; raises `MemberError` when it is no XML, or has entities or outside references."""
    try:
        # A DOCTYPE that names a DTD is harmless, for it is never fetched; entities are what is dangerous.
        top: Element = fromstring(content, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise MemberError(f"XML with entities or references to the outside is not read: {error}") from error
    except (ParseError, ValueError, LookupError) as error:  # the latter two for encodings that are unknown
        raise MemberError(f"not XML: {error}") from error
    return top
