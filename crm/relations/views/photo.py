"""The photo of a person: shown, put on and taken off."""

from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from crm.core.conflicts import conflict_response
from crm.core.forms import add_refusal
from crm.core.models import ChangedMeanwhile
from crm.relations.forms import PhotoForm
from crm.relations.known_on import relation_known
from crm.relations.models import Relation
from crm.relations.photos import MEDIA_TYPES, re_encoded
from crm.relations.services import update_relation
from crm.relations.views.base import editable_relation, say_saved, visible_relation


@require_safe
def photo(request: HttpRequest, number: int) -> FileResponse:
    """The stored picture, for who may see the person; a browser makes nothing else of it than a picture.

    On another day the one of that day, as long as its file is kept.
    """
    relation = visible_relation(request, number)
    if request.as_of:
        relation = relation_known(relation, request.as_of, today=request.today).relation
    media_type = MEDIA_TYPES.get(PurePath(relation.photo.name or "").suffix.lstrip("."))
    if media_type is None:
        raise Http404
    try:
        stored = relation.photo.open("rb")
    except FileNotFoundError as gone:
        raise Http404 from gone
    answer = FileResponse(stored, content_type=media_type, filename=PurePath(relation.photo.name).name)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, max-age=86400"
    return answer


@require_http_methods(["GET", "POST"])
def change_photo(request: HttpRequest, number: int) -> HttpResponse:
    """A new photo, or none. The former one stays in the history, so that undo brings it back."""
    relation = editable_relation(request, number)
    if not relation.is_person:
        raise Http404
    form = PhotoForm(request.POST or None, request.FILES or None, initial={"version": relation.version})
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["photo"]
        try:
            stored = "" if form.cleaned_data["take_off"] else re_encoded(upload)
            update_relation(relation, version=form.cleaned_data["version"], photo=stored)
        except ChangedMeanwhile:
            return conflict_response(request, form, Relation.objects.visible_to(request.user).get(pk=relation.pk))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            say_saved(request, _("Saved: %(field)s.") % {"field": _("photo")})
            return redirect(relation)
    context = {"form": form, "relation": relation}
    return render(request, "relations/photo.html", context, status=422 if form.errors else 200)
