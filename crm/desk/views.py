"""The office's first page, the switcher of administrations, and help."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.attention.models import AttentionItem
from crm.attention.queries import open_for
from crm.attention.services import UnableToClose, handle, postpone
from crm.core import panels
from crm.core.models import ChangedMeanwhile
from crm.desk import queries, working

WORK_SHOWN = 8
POSTPONED_DAYS = 7
HELP_LANGUAGES = ("nl", "en")


@never_cache
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    on = timezone.localdate()
    administration = working.chosen(request)
    sees_books = rights_of(request.user).has(Right.FINANCIAL_VIEW)
    items = list(open_for(request.user, on)[: WORK_SHOWN + 1])
    coming = queries.coming(request.user, administration, on=on)
    monday, week = queries.this_week(request.user, administration, on=on)
    context = {
        "on": on,
        "figures": _figures(request, administration, on),
        "open_amount": queries.open_amount(request.user, administration) if sees_books else None,
        "items": items[:WORK_SHOWN],
        "more_items": len(items) > WORK_SHOWN,
        "coming": [
            (day, _in_days((day - on).days), list(rows)) for day, rows in groupby(coming, key=lambda one: one.day)
        ],
        "coming_count": len(coming),
        "monday": monday,
        "week": week,
        "tiles": list(_tiles(request)),
        "may_add": rights_of(request.user).has(Right.RELATIONS_CHANGE),
        "may_import": rights_of(request.user).has(Right.IMPORT),
        "log_url": url_or_none("audit:log"),
        "attention_url": url_or_none("attention:list"),
        "import_url": url_or_none("admin:relations_relation_import"),
    }
    return render(request, "desk/today.html", context)


def _in_days(days: int) -> str:
    return ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}


def _figures(request: HttpRequest, administration, on) -> list[dict]:
    list_url = reverse("relations:list")
    narrowed = {"administration": administration.pk} if administration else {}
    shown = {
        "relations": (_("Relations"), narrowed),
        "members": (_("Members"), None),
        "debtors": (_("Debtors"), narrowed | {"role": "debtor"}),
    }
    return [
        {
            "label": shown[figure.key][0],
            "count": figure.count,
            "more": figure.more,
            "url": "" if shown[figure.key][1] is None else f"{list_url}?{urlencode(shown[figure.key][1])}",
        }
        for figure in queries.figures(request.user, administration, on=on)
    ]


def _tiles(request: HttpRequest) -> Iterable[tuple[str, dict]]:
    """(template, panel) of what other slices and the couplings show here, where they have something to say."""
    for section in panels.sections("dashboard"):
        panel = section.context(request, None)
        if panel is not None:
            yield section.template, panel


def url_or_none(name: str) -> str | None:
    """The address of a page that another slice may have."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


@require_POST
def handle_item(request: HttpRequest, pk: int) -> HttpResponse:
    """ "Done": of what asks for this user; 404 for what does not."""
    item = get_object_or_404(open_for(request.user, timezone.localdate()), pk=pk)
    try:
        handle(item, version=request.POST.get("version") or None)
    except (ChangedMeanwhile, UnableToClose):
        _somebody_was_first(request, item)
    else:
        messages.success(request, _("Done: %(title)s") % {"title": item.title})
    return redirect("desk:today")


@require_POST
def postpone_item(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask again in a week."""
    today = timezone.localdate()
    item = get_object_or_404(open_for(request.user, today), pk=pk)
    until = today + timedelta(days=POSTPONED_DAYS)
    try:
        postpone(item, until=until, version=request.POST.get("version") or None)
    except (ChangedMeanwhile, UnableToClose):
        _somebody_was_first(request, item)
    else:
        messages.success(request, _("Asks again on %(day)s") % {"day": date_format(until, "d-m-Y")})
    return redirect("desk:today")


def _somebody_was_first(request: HttpRequest, item: AttentionItem) -> None:
    messages.warning(request, _("Somebody was there first: %(title)s. Nothing was changed.") % {"title": item.title})


@never_cache
@require_safe
def choose_administration(request: HttpRequest, pk: int) -> HttpResponse:
    """Remember the choice and go back. By a link: it changes nothing but what this session shows."""
    working.choose(request, pk)
    back = request.META.get("HTTP_REFERER", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        return redirect("desk:today")
    list_url = reverse("relations:list")
    if urlsplit(back).path == list_url:
        return redirect(f"{list_url}?administration={pk}" if pk else list_url)
    return redirect(back)


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    language = (get_language() or "")[:2]
    language = language if language in HELP_LANGUAGES else "nl"
    return render(request, f"desk/help/{language}.html", {"may": rights_of(request.user)})
