"""The office's first page, how each user arranges it and the rest, and the switcher of administrations."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.core.as_of import refuse_another_day
from crm.desk import dashboard, working
from crm.desk.forms import AS_COMPUTER, PreferencesForm
from crm.desk.growth import growth as growth_of
from crm.desk.models import Preferences
from crm.desk.services import arrange, arrange_as_made, keep_preferences

COOKIE_SECONDS = 365 * 24 * 60 * 60
START_PAGES = {
    Preferences.StartPage.TODAY: "desk:today",
    Preferences.StartPage.RELATIONS: "relations:list",
    Preferences.StartPage.ATTENTION: "attention:list",
}


@never_cache
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Figures and lists of the day that is shown; what asks for somebody is there on today only."""
    context: dict = {
        "on": request.on,
        "columns": {column: [] for column in dashboard.COLUMNS},
        "may_add": rights_of(request.user).has(Right.RELATIONS_CHANGE) and not request.as_of,
    }
    for column, template, panel in dashboard.shown(request):
        context["columns"][column].append((template, panel))
        # what the desk itself shows is read by its templates under its own names
        context |= panel if template.startswith("desk/") else {}
    return render(request, "desk/today.html", context)


@never_cache
@require_safe
def growth(request: HttpRequest) -> HttpResponse:
    """The line of relations over time: a piece of the first page, or a page without script."""
    points = [
        (date_format(day, "M ’y"), count)
        for day, count in growth_of(request.user, working.chosen(request), on=request.on)
    ]
    template = "desk/_growth.html" if request.htmx else "desk/growth.html"
    return render(request, template, {"points": points})


# --------------------------------------------------------------------------------------------- arranging


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def arrangement(request: HttpRequest) -> HttpResponse:
    """Where what stands on the first page: every move is a button of its own, so the keyboard does it too."""
    refuse_another_day(request)
    found = dashboard.parts(dashboard.preferences_of(request.user).arrangement)
    if request.method == "POST":
        key, move = request.POST.get("part", ""), request.POST.get("move", "")
        if move == "as-made":
            arrange_as_made(request.user)
            return redirect("desk:arrange")
        if key not in {part.key for part in found}:
            raise Http404
        arrange(request.user, key=key, move=move)
        return redirect(f"{reverse('desk:arrange')}?moved={key}#part-{key}")
    columns = [
        (label, [part for part in found if part.column == column])
        for column, label in (
            (dashboard.TOP, _("On top")),
            (dashboard.LEFT, _("Wide column")),
            (dashboard.RIGHT, _("Narrow column")),
        )
    ]
    return render(request, "desk/arrange.html", {"columns": columns, "moved": request.GET.get("moved", "")})


# -------------------------------------------------------------------------------------------- preferences


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Language, colours, keys and first page of who is signed in; nobody else's."""
    refuse_another_day(request)
    kept = dashboard.preferences_of(request.user)
    initial = {
        "language": request.user.language,
        "shortcuts": request.user.shortcuts,
        "theme": kept.theme or AS_COMPUTER,
        "start_page": kept.start_page,
    }
    form = PreferencesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        kept = keep_preferences(request.user, **form.cleaned_data)
        with translation.override(form.cleaned_data["language"]):
            messages.success(request, _("Your preferences are saved."))
        return _with_cookies(redirect("desk:preferences"), request, form.cleaned_data["shortcuts"], kept.theme)
    return render(request, "desk/preferences.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Where somebody who just signed in begins, with their own colours and keys in this browser."""
    kept = dashboard.preferences_of(request.user)
    answer = redirect(START_PAGES.get(kept.start_page, "desk:today"))
    return _with_cookies(answer, request, request.user.shortcuts, kept.theme) if kept.pk else answer


def _with_cookies(answer: HttpResponse, request: HttpRequest, shortcuts: bool, theme: str) -> HttpResponse:
    """What pages read before anything is drawn; the switches in the account menu write the same ones."""
    for name, value in (("theme", theme), ("keys", "" if shortcuts else "off")):
        if value:
            answer.set_cookie(name, value, max_age=COOKIE_SECONDS, samesite="Lax", secure=request.is_secure())
        else:
            answer.delete_cookie(name, samesite="Lax")
    return answer


# ---------------------------------------------------------------------------------------- administrations


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
