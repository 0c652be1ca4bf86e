"""The index of the settings: what slices registered and this user may open."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crm.core.panels import SettingsPage, settings_pages


@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """404 for who may open none of them, as for every page of settings that one may not open."""
    pages = [(page, url) for page in settings_pages(request.user) if (url := _address(page))]
    if not pages:
        raise Http404
    groups: dict[str, list] = {}
    for page, url in pages:
        groups.setdefault(_group_of(page), []).append((page, url))
    return render(request, "desk/settings/index.html", {"headings": list(groups.items())})


def _address(page: SettingsPage) -> str:
    try:
        return reverse(page.url_name)
    except NoReverseMatch:
        return ""


def _group_of(page: SettingsPage) -> str:
    """The heading it stands under; the pages come in their order, so the headings do too."""
    if page.order < 200:
        return _("People and what they may")
    if page.order < 300:
        return _("The office")
    return _("Data") if page.order < 400 else _("Safety and logs")
