"""What the screens of this slice share: the relation of the address, and what is said after saving."""

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse

from crm.core import panels
from crm.core.as_of import refuse_another_day
from crm.core.change_set import current_change_set
from crm.core.models import ChangedMeanwhile
from crm.relations.models import Relation
from crm.relations.queries import lives_in_umbrella


def shown_day(request: HttpRequest) -> date:
    """The day a screen shows: today, or the one that was chosen in the header."""
    return request.on


def visible_relation(request: HttpRequest, number: int) -> Relation:
    """The relation with this number, when this user may see it; otherwise 404, as if it did not exist."""
    rows = Relation.objects.visible_to(request.user, request.today).select_related("administration")
    return get_object_or_404(lives_in_umbrella(rows), number=number)


def editable_relation(request: HttpRequest, number: int) -> Relation:
    """What is opened to change it; on another day than today there is no changing."""
    refuse_another_day(request)
    rows = Relation.objects.editable_by(request.user, request.today).select_related("administration")
    return get_object_or_404(rows, number=number)


def visible_part(request: HttpRequest, queryset, pk: int):
    """A row under a relation that this user may change; otherwise 404."""
    refuse_another_day(request)
    row = queryset.editable_by(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def say_saved(request: HttpRequest, text: str) -> None:
    """A toast with the button that undoes the change set of this request."""
    opened = current_change_set()
    undo = ""
    if opened is not None and opened.pk:
        try:
            undo = f"undo:{reverse('audit:undo', args=[opened.pk])}"
        except NoReverseMatch:
            undo = ""
    messages.success(request, text, extra_tags=undo)


def form_warnings(request: HttpRequest, relation: Relation) -> list[tuple[str, dict]]:
    """(template, context) of what other slices warn of beside a form about this relation: what a coupling refuses."""
    found = []
    for section in panels.sections("relation-form"):
        context = section.context(request, relation)
        if context is not None:
            found.append((section.template, context | {"relation": relation}))
    return found


def as_it_would_be(request: HttpRequest, relation: Relation, act: Callable[[], object]) -> HttpResponse:
    """The warnings if this were saved: it is saved, looked at, and taken back. What is refused warns of nothing."""
    found = []
    with transaction.atomic():
        try:
            with transaction.atomic():
                act()
            found = form_warnings(request, Relation.objects.visible_to(request.user).get(pk=relation.pk))
        except (ValidationError, ChangedMeanwhile):
            pass
        transaction.set_rollback(True)
    return render(request, "relations/_warnings.html", {"warnings": found})


def posted_version(request: HttpRequest) -> int:
    """The version that was shown; 0, which no record has, for anything that is no number."""
    typed = request.POST.get("version", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0
