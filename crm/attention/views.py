"""The list of what asks for somebody, and what a person does with one item."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.administrations.working import working_administration_id
from crm.attention import kinds, queries
from crm.attention.choices import postpone_choices
from crm.attention.forms import DismissForm, PostponeForm
from crm.attention.models import AttentionItem
from crm.attention.queries import Asked
from crm.attention.services import UnableToClose, UnableToReopen, dismiss, handle, postpone, reopen
from crm.core.as_of import refuse_another_day
from crm.core.forms import add_refusal
from crm.core.models import ChangedMeanwhile

REFUSED = 422


@never_cache
@require_safe
def item_list(request: HttpRequest) -> HttpResponse:
    """By state, sort and for whom; of the administration that somebody works in. Today's, on any day."""
    asked = _asked(request)
    page = queries.item_page(
        request.user,
        asked,
        on=request.today,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    counts = queries.counts(request.user, asked, on=request.today)
    context = {
        "asked": asked,
        "work": queries.grouped(page.items),
        "shown": len(page.items),
        "open_state": asked.state in (queries.OPEN, queries.POSTPONED),
        "tabs": [
            {"label": label, "url": _with(request, state=state), "count": counts.get(state), "current": one}
            for state, label in _states().items()
            for one in [state == asked.state]
        ],
        "kinds": [(one.key, one.label) for one in kinds.known()],
        "whom": [("", _("Everybody")), (queries.MINE, _("For me alone")), (queries.OFFICE, _("For the office"))],
        "choices": postpone_choices(request.today),
        "next_url": _with(request, after=page.next) if page.next else "",
        "previous_url": _with(request, before=page.previous) if page.previous else "",
        "here": request.get_full_path(),
        "filtered": bool(asked.kind or asked.who),
        "cleared_url": _with(request, kind="", who=""),
    }
    return render(request, "attention/list.html", context)


def _states() -> dict[str, str]:
    return {
        queries.OPEN: _("Open"),
        queries.POSTPONED: _("Postponed"),
        queries.HANDLED: _("Done"),
        queries.DISMISSED: _("Need not be done"),
    }


def _asked(request: HttpRequest) -> Asked:
    state, kind, who = (request.GET.get(name, "") for name in ("state", "kind", "who"))
    return Asked(
        state if state in queries.STATES else queries.OPEN,
        kind if kind in {one.key for one in kinds.known()} else "",
        who if who in (queries.MINE, queries.OFFICE) else "",
        working_administration_id(request),
    )


def _with(request: HttpRequest, **changes: str) -> str:
    """This list with other parameters; paging starts again unless it is what changes."""
    kept = {key: value for key, value in request.GET.items() if key in ("state", "kind", "who")}
    wanted = {key: value for key, value in (kept | changes).items() if value}
    return f"{reverse('attention:list')}{'?' + urlencode(wanted) if wanted else ''}"


# ------------------------------------------------------------------------------------------------ one item


def _open_item(request: HttpRequest, pk: int) -> AttentionItem:
    """An item that concerns this user; 404 for any other, as if it were not there."""
    refuse_another_day(request)
    return get_object_or_404(AttentionItem.objects.editable_by(request.user, request.today), pk=pk)


@require_POST
def handle_item(request: HttpRequest, pk: int) -> HttpResponse:
    item = _open_item(request, pk)
    try:
        handle(item, version=_version(request))
    except (ChangedMeanwhile, UnableToClose):
        return _somebody_was_first(request, item)
    return _closed(request, item, _("Done: %(title)s") % {"title": item.title})


@require_http_methods(["GET", "HEAD", "POST"])
def postpone_item(request: HttpRequest, pk: int) -> HttpResponse:
    """A day to ask again: one of the quick ones by a button, any other on the page itself."""
    item = _open_item(request, pk)
    form = PostponeForm(request.POST or None, today=request.today, initial={"version": item.version})
    if request.method == "POST" and form.is_valid():
        until = form.cleaned_data["until"]
        try:
            postpone(item, until=until, version=form.cleaned_data["version"])
        except (ChangedMeanwhile, UnableToClose):
            return _somebody_was_first(request, item)
        messages.success(request, _("Asks again on %(day)s") % {"day": date_format(until, "d-m-Y")})
        return redirect(_back(request))
    return _one_item(request, item, form, "attention/postpone.html")


@require_http_methods(["GET", "HEAD", "POST"])
def dismiss_item(request: HttpRequest, pk: int) -> HttpResponse:
    item = _open_item(request, pk)
    form = DismissForm(request.POST or None, initial={"version": item.version})
    if request.method == "POST" and form.is_valid():
        try:
            dismiss(item, reason=form.cleaned_data["reason"], version=form.cleaned_data["version"])
        except ChangedMeanwhile:
            return _somebody_was_first(request, item)
        except UnableToClose as refusal:
            add_refusal(form, refusal)
        else:
            return _closed(request, item, _("Need not be done: %(title)s") % {"title": item.title})
    return _one_item(request, item, form, "attention/dismiss.html")


@require_POST
def reopen_item(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask again after all."""
    item = _open_item(request, pk)
    try:
        reopen(item, version=_version(request))
    except ChangedMeanwhile:
        return _somebody_was_first(request, item)
    except UnableToReopen as refusal:
        messages.warning(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("Asks for you again: %(title)s") % {"title": item.title})
    return redirect(_back(request))


def _one_item(request: HttpRequest, item: AttentionItem, form, template: str) -> HttpResponse:
    context = {
        "item": item,
        "kind": kinds.kind_of(item.kind),
        "form": form,
        "choices": postpone_choices(request.today),
        "next": _back(request),
    }
    return render(request, template, context, status=REFUSED if form.errors else 200)


def _version(request: HttpRequest) -> int | None:
    """The version that was shown; 0, which no item has, for what is no number; None when none was sent."""
    typed = request.POST.get("version", "")
    if not typed:
        return None
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


def _closed(request: HttpRequest, item: AttentionItem, text: str) -> HttpResponse:
    """Back to where one was, with the button that takes it back."""
    messages.success(request, text, extra_tags=f"undo:{reverse('attention:reopen', args=[item.pk])}")
    return redirect(_back(request))


def _somebody_was_first(request: HttpRequest, item: AttentionItem) -> HttpResponse:
    messages.warning(request, _("Somebody was there first: %(title)s. Nothing was changed.") % {"title": item.title})
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    """Where the button was: a page of ours, else the list."""
    back = request.POST.get("next", "") or request.GET.get("next", "")
    inside = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back if inside else reverse("attention:list")
