"""The day a screen shows ("peildatum"): today, or another day that stands in front of the address.

    /on/2024-05-01/relations/10023/        the card of 10023 as of 1 May 2024

The middleware takes the day off the address and puts it in the script prefix, so that every link that `reverse` makes
keeps it without knowing it. It gives each request

    request.today   the day of the calendar; rights and couplings always ask for this one
    request.on      the day the screen shows
    request.as_of   the other day that was chosen; None on today

Another day is for reading: whatever would change something is refused here, once, for every page.
"""

from __future__ import annotations

import re
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import get_script_prefix, reverse, set_script_prefix
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.core.dates import parse_day

PREFIXED = re.compile(r"^/on/(\d{4}-\d{2}-\d{2})/")
# Signing in, the language, and the admin know today only; so do files. The API has a parameter of its own for it.
ON_TODAY_ONLY = ("/accounts/", "/admin/", "/api/", "/i18n/", "/static/", "/media/", "/styleguide/", "/health/")
SAFE = ("GET", "HEAD", "OPTIONS")


class NotOnAnotherDay(Exception):
    """A page that changes something was asked for while another day is shown."""


class AsOf:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.today = request.on = timezone.localdate()
        request.as_of = None
        found = PREFIXED.match(request.path_info)
        if found is None:
            return self.get_response(request)
        day, rest = _day(found[1]), request.path_info[found.end() - 1 :]
        if day == request.today or rest.startswith(ON_TODAY_ONLY):
            return self._on_today(request, rest)
        request.on = request.as_of = day
        before = get_script_prefix()
        request.path_info = rest
        set_script_prefix(f"{before}on/{day:%Y-%m-%d}/")
        try:
            return self.get_response(request)
        finally:
            set_script_prefix(before)

    def _on_today(self, request: HttpRequest, rest: str) -> HttpResponse:
        """A page that is only there today: go to it, or do there what was posted."""
        request.path_info, request.path = rest, get_script_prefix().rstrip("/") + rest
        if request.method in SAFE:
            return HttpResponseRedirect(request.get_full_path())
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        if request.as_of and request.method not in SAFE and request.user.is_authenticated:
            return refused(request)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refused(request) if isinstance(exception, NotOnAnotherDay) else None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404 from None


def refuse_another_day(request: HttpRequest) -> None:
    """For what opens a form: raises NotOnAnotherDay, which becomes a page with the way back to today."""
    if request.as_of:
        raise NotOnAnotherDay


def refused(request: HttpRequest) -> HttpResponse:
    return render(request, "core/another_day.html", {"today_url": today_url(request)}, status=409)


def today_url(request: HttpRequest) -> str:
    """This same address on today."""
    query = request.META.get("QUERY_STRING", "")
    return _bare_prefix() + request.path_info.lstrip("/") + (f"?{query}" if query else "")


def _bare_prefix() -> str:
    return re.sub(r"on/\d{4}-\d{2}-\d{2}/$", "", get_script_prefix())


@require_safe
def choose_day(request: HttpRequest) -> HttpResponse:
    """`?on=1-5-2024&next=/relations/`: that page on that day. What is no day is said, on the page itself."""
    back = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}) or not back.startswith("/"):
        back = get_script_prefix()
    prefix = _bare_prefix()
    bare = PREFIXED.sub("/", "/" + back.removeprefix(prefix))
    typed = request.GET.get("on", "").strip()
    if not typed:
        return HttpResponseRedirect(prefix + bare.lstrip("/"))
    day = parse_day(typed, today=request.today)
    if day is None or not 1900 <= day.year <= 2200:
        said = _("“%(typed)s” is not a day. Type it like 1-5-2024, between 1900 and 2200.") % {"typed": typed[:40]}
        messages.error(request, said)
        return HttpResponseRedirect(back)
    return HttpResponseRedirect(f"{prefix}on/{day:%Y-%m-%d}{bare}")


def shell(request: HttpRequest) -> dict:
    """Context processor: what the header, the band and the title say about the day."""
    if not hasattr(request, "as_of"):  # a page that is made before the middleware had its turn
        return {}
    return {"asof": request.as_of, "asof_url": reverse("core:as_of"), "today_url": today_url(request)}
