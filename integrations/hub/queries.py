"""Reads of the hub that combine several models."""

from collections.abc import Iterable

from integrations.hub.models import ExternalLink


def subjects_by_external_id(connection, topic: str, external_ids: Iterable[str]) -> dict[str, int]:
    """Key there → our record, of those that are linked in this connection."""
    links = ExternalLink.objects.filter(connection=connection, topic=topic, external_id__in=set(external_ids))
    return dict(links.values_list("external_id", "subject"))
