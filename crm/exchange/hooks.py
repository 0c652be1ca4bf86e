"""What the health page says of back-ups; who put one back signs in again, and the queue begins empty."""

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.access.models import Grant
from crm.access.queries import administration_ids, sets_everywhere
from crm.access.rights import Right
from crm.access.rules import NOBODY, STAFF, editable, visible
from crm.core.after_restore import after_restore
from crm.core.health import Health, register
from crm.exchange.models import Backup, ExportLog, ExportRules, FileLayout

TOO_OLD = timedelta(hours=50)


@register("backup")
def backups_are_made() -> Health:
    """Not asked of an installation without a key: a demonstration has no back-ups."""
    made, checked = _last(Backup.Act.CREATE), _last(Backup.Act.VERIFY)
    figures = {"last_backup": made, "last_restore_check": checked}
    if not settings.BACKUP_KEYS:
        return Health(True, figures | {"configured": False})
    return Health(made is not None and timezone.now() - made <= TOO_OLD, figures | {"configured": True})


def _last(act: str):
    return Backup.objects.filter(act=act, ok=True).order_by("-ended_at").values_list("ended_at", flat=True).first()


@after_restore
def end_sessions() -> str:
    """Somebody may have been signed out, or let go, since."""
    count, _rows = Session.objects.all().delete()
    return _("%(count)d sessions ended: everybody signs in again.") % {"count": count} if count else ""


@after_restore
def empty_queue() -> str:
    """The queue only wakes; what has to be done is in rows of our own."""
    from django_q.models import OrmQ

    count, _rows = OrmQ.objects.all().delete()
    return _("%(count)d tasks of the queue dropped.") % {"count": count} if count else ""


# ---------------------------------------------------------------------------------------------- taking rows out


@visible(ExportLog)
def sees_export(user, on) -> Q:
    """One's own, and of whom one manages."""
    managed = Grant.objects.filter(administration_id__in=administration_ids(user, Right.USERS_MANAGE))
    return Q(user_id=user.pk) | Q(user_id__in=managed.values("user_id"))


for _settings in (ExportRules, FileLayout):
    visible(_settings)(lambda user, on: Q() if user.kind == STAFF else NOBODY)
    editable(_settings)(lambda user, on: Q() if sets_everywhere(user) else NOBODY)
