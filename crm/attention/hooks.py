"""Who sees and closes which items; what core asks somebody to look at."""

from django.db.models import Q
from django.utils.translation import gettext_noop

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.access.rules import editable, visible
from crm.attention.models import AttentionItem
from crm.attention.services import raise_item
from crm.core import jobs
from crm.core.jobs import JobState


@visible(AttentionItem)
@editable(AttentionItem)
def concerns(user, on) -> Q:
    """One's own, and what is asked of a right that one has: in that administration, or anywhere for none."""
    rights = rights_of(user)
    own = Q(for_user_id=user.pk)
    anyone = Q(for_user=None) & _somewhere("", rights.administrations())
    for right in Right.values:
        if where := rights.administrations(right):
            anyone |= Q(for_user=None) & _somewhere(right, where)
    return own | anyone


def _somewhere(right: str, where: set[int]) -> Q:
    """In one of these administrations; what lies in none concerns whoever works anywhere."""
    if not where:
        return Q(pk__in=[])
    return Q(for_right=right) & (Q(administration_id__in=where) | Q(administration=None))


@jobs.when_over
def tell_of_failed_job(job) -> None:
    """Long work that failed while its user was elsewhere."""
    if job.state == JobState.FAILED and job.actor is not None:
        raise_item(
            kind="job.failed",
            title=(gettext_noop("Background work failed: %(what)s"), {"what": str(jobs.label_of(job.kind))}),
            body=job.message,
            url=job.get_absolute_url(),
            for_user=job.actor,
            once_key=f"job {job.pk}",
        )
