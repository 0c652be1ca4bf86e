"""What is done with saved views from the list they belong to; each goes back to that list."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.core.change_set import current_change_set
from crm.core.forms import add_refusal
from crm.core.models import ChangedMeanwhile
from crm.desk.saved_views import services
from crm.desk.saved_views.forms import ViewForm
from crm.desk.saved_views.models import SavedView
from crm.desk.saved_views.panels import link_to
from crm.relations.listing import asked


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep what the list asks under a new name."""
    form, query = ViewForm(request.POST, user=request.user), _query(request)
    if form.is_valid():
        try:
            view = services.save_view(request.user, page=SavedView.Page.RELATIONS, query=query, **form.cleaned_data)
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            _tell(request, _("“%(name)s” is saved.") % {"name": view.name})
            return _to(view)
    return _again(request, form, reverse("desk:save-view"), query)


@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name, other colleagues, begin with it or not; of a colleague's view only the last."""
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    if not _editable(request, view):
        services.choose_opening(request.user, view, opening=bool(request.POST.get("opening")))
        return _to(view)
    form = ViewForm(request.POST, user=request.user)
    if form.is_valid():
        try:
            view = services.change_view(view, version=_version(request), user=request.user, **form.cleaned_data)
        except ValidationError as refused:
            add_refusal(form, refused)
        except ChangedMeanwhile:
            _somebody_was_first(request, view)
            return _to(view)
        else:
            _tell(request, _("“%(name)s” is saved.") % {"name": view.name})
            return _to(view)
    return _again(request, form, reverse("desk:change-view", args=[pk]), view.query, version=_version(request))


@require_POST
def overwrite(request: HttpRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView.objects.editable_by(request.user), pk=pk)
    try:
        view = services.overwrite_view(view, version=_version(request), query=_query(request))
    except ChangedMeanwhile:
        _somebody_was_first(request, view)
    else:
        _tell(request, _("“%(name)s” now shows this.") % {"name": view.name})
    return _to(view)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView.objects.editable_by(request.user), pk=pk)
    try:
        services.delete_view(view, version=_version(request))
    except ChangedMeanwhile:
        _somebody_was_first(request, view)
        return _to(view)
    _tell(request, _("“%(name)s” is deleted.") % {"name": view.name})
    everything = f"{asked.VIEW}={asked.EVERYTHING}"
    return HttpResponseRedirect(f"{reverse('relations:list')}?{_query(request) or everything}")


def _query(request: HttpRequest) -> str:
    """What the list asks, as the list itself would write it: nothing but parameters that it knows."""
    return asked.read(request.user, QueryDict(request.POST.get("query", "")[:4000])).stored()


def _version(request: HttpRequest) -> int:
    """The version that was shown; 0, which no record has, for anything that is no number."""
    typed = request.POST.get("version", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


def _editable(request: HttpRequest, view: SavedView) -> bool:
    return SavedView.objects.editable_by(request.user).filter(pk=view.pk).exists()


def _to(view: SavedView) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('relations:list')}?{link_to(view)}")


def _again(request: HttpRequest, form: ViewForm, action: str, query: str, version: int = 0) -> HttpResponse:
    context = {"form": form, "action": action, "query": query, "version": version}
    return render(request, "desk/saved_views/form.html", context, status=422)


def _tell(request: HttpRequest, text: str) -> None:
    """A toast, with the button that undoes it for who may."""
    opened = current_change_set()
    undo = ""
    if opened is not None and opened.pk and rights_of(request.user).has(Right.HISTORY_UNDO):
        undo = f"undo:{reverse('audit:undo', args=[opened.pk])}"
    messages.success(request, text, extra_tags=undo)


def _somebody_was_first(request: HttpRequest, view: SavedView) -> None:
    said = _("Somebody changed “%(name)s” just before you. This is how it is now.")
    messages.warning(request, said % {"name": view.name})
