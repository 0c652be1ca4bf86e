"""Settings: the back-ups of the installation, and making one now."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from crm.access.queries import sets_everywhere
from crm.core.as_of import refuse_another_day
from crm.exchange.models import Backup
from crm.exchange.services import begin_backup

SHOWN = 40


def _refuse_others(request: HttpRequest) -> None:
    """A back-up is of everything: only for who sets things in every administration; 404 for everybody else."""
    if not sets_everywhere(request.user):
        raise Http404


@never_cache
@require_safe
def backups(request: HttpRequest) -> HttpResponse:
    _refuse_others(request)
    context = {"rows": Backup.objects.all()[:SHOWN], "configured": bool(settings.BACKUP_KEYS)}
    return render(request, "exchange/backups.html", context)


@require_POST
def make_backup(request: HttpRequest) -> HttpResponse:
    refuse_another_day(request)
    _refuse_others(request)
    if begin_backup("create"):
        messages.success(request, _("The back-up is being made. Work on meanwhile; it shows here when it is done."))
    else:
        messages.warning(request, _("There is no key to seal a back-up with yet."))
    return redirect("exchange:backups")
