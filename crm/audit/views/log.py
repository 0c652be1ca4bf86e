"""The mutation log of everybody: by period, user, kind of data, relation, kind of change and door."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.audit.forms import PERIODS, AskedForm, period
from crm.audit.queries import acts, up_to
from crm.audit.services import may_undo

FILTERS = ("user", "model", "relation", "kind", "door")
DAYS = ("since", "until")


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Newest first. On another day: as it was known at the end of that day, and nothing to undo."""
    given = {name: request.GET.get(name, "").strip() for name in (*DAYS, *FILTERS)}
    if not given["relation"] and request.GET.get("relation_text", "").strip():
        given["relation"] = request.GET["relation_text"].strip()
    given = {name: value for name, value in given.items() if value}
    form = AskedForm(given, user=request.user)
    form.is_valid()
    asked = up_to(form.asked(), request.as_of)
    nothing = "relation" in form.errors
    place = {name: request.GET.get(name, "") for name in ("before", "after")}
    page = None if nothing else acts(request.user, asked, **place)
    kept = {name: value for name, value in given.items() if name not in form.errors}
    context = {
        "form": form,
        "page": page,
        "periods": _periods(request, kept),
        "chips": _chips(form, kept),
        "hidden": {name: value for name, value in kept.items() if name not in DAYS},
        "days": {name: value for name, value in kept.items() if name in DAYS},
        "narrowed": bool(kept),
        "only_deleted": kept.get("kind") == "-",
        "deleted_url": _url({**kept, "kind": "-"} if kept.get("kind") != "-" else _without(kept, "kind")),
        "older_url": _url(kept | {"before": page.older}) if page and page.older else "",
        "newer_url": _url(kept | {"after": page.newer}) if page and page.newer else "",
        "newest_url": _url(kept),
        "on_first": not any(place.values()),
        "may_undo": may_undo(request.user) and request.as_of is None,
        "picker_url": reverse("relations:pick"),
    }
    return render(request, "audit/log.html", context)


def _url(query: dict) -> str:
    address = reverse("audit:log")
    return f"{address}?{urlencode(query)}" if query else address


def _without(query: dict, *names: str) -> dict:
    return {name: value for name, value in query.items() if name not in names}


def _periods(request: HttpRequest, kept: dict) -> list[dict]:
    """Today, this week, this month, and always."""
    rest = _without(kept, *DAYS)
    chosen = (kept.get("since", ""), kept.get("until", ""))
    found = []
    for key, label in PERIODS:
        first, last = (date_format(day, "d-m-Y") for day in period(key, request.today))
        found.append(
            {
                "label": label,
                "url": _url(rest | {"since": first, "until": last}),
                "current": chosen == (first, last),
            }
        )
    found.append({"label": _("Always"), "url": _url(rest), "current": chosen == ("", "")})
    return found


def _chips(form: AskedForm, kept: dict) -> list[dict]:
    """One per filter that is on, with what it says and the address without it."""
    chips = []
    for name in FILTERS:
        if name in kept:
            value = kept[name]
            if name == "relation":
                value = form.relation_name or value
            else:
                value = {str(key): label for key, label in form.fields[name].choices}.get(value, value)
            chips.append({"label": str(form.fields[name].label), "value": value, "remove": _url(_without(kept, name))})
    return chips
