"""Who sees which messages, and what the health page says of them."""

from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.access.queries import administration_ids, manages_everywhere
from crm.access.rights import Right
from crm.access.rules import editable, visible
from crm.core import health
from crm.core.after_restore import after_restore
from crm.mail.models import TO_SEND, Message, MessageState

# waiting longer than this, though due, means that no worker sends
LATE_SECONDS = 15 * 60


def manages(user, on) -> Q:
    """Messages of an administration: who manages its settings. Of none (sign-in): who manages users everywhere."""
    own = Q(administration_id__in=administration_ids(user, Right.SETTINGS_MANAGE))
    return own | Q(administration=None) if manages_everywhere(user) else own


visible(Message)(manages)
editable(Message)(manages)


@health.register("mail")
def mail_leaves() -> health.Health:
    now = timezone.now()
    due = Message.objects.due(now).aggregate(first=Min("not_before"))["first"]
    waits = int((now - due).total_seconds()) if due else 0
    states = (*TO_SEND, MessageState.REFUSED, MessageState.UNCERTAIN)
    counts = dict(Message.objects.filter(state__in=states).values_list("state").annotate(Count("pk")))
    figures = {state.value: counts.get(state.value, 0) for state in states}
    return health.Health(waits <= LATE_SECONDS, {"oldest_due_seconds": waits, **figures})


@after_restore
def doubt_what_waited() -> str:
    """What waited at the moment of the back-up was probably sent since: a person decides whether it goes again."""
    waited = Message.objects.filter(state__in=(*TO_SEND, MessageState.SENDING))
    count = waited.update(
        state=MessageState.UNCERTAIN, lease="", lease_until=None, answer="waited when the back-up was made"
    )
    return _("%(count)d messages wait for somebody to say whether they go again.") % {"count": count} if count else ""
