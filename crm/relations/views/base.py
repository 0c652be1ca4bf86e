"""What the screens of this slice share: the relation of the address, and what is said after saving."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from crm.core.change_set import current_change_set
from crm.relations.models import Relation
from crm.relations.queries import lives_in_umbrella


def shown_day(request: HttpRequest) -> date:
    """The day a screen shows."""
    return timezone.localdate()


def visible_relation(request: HttpRequest, number: int) -> Relation:
    """The relation with this number, when this user may see it; otherwise 404, as if it did not exist."""
    rows = Relation.objects.visible_to(request.user, shown_day(request)).select_related("administration")
    return get_object_or_404(lives_in_umbrella(rows), number=number)


def editable_relation(request: HttpRequest, number: int) -> Relation:
    rows = Relation.objects.editable_by(request.user, shown_day(request)).select_related("administration")
    return get_object_or_404(rows, number=number)


def visible_part(request: HttpRequest, queryset, pk: int):
    """A row under a relation that this user may change; otherwise 404."""
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
