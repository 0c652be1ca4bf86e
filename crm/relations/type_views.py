"""Settings: the relationship types, what they are called from both sides and whether they are offered."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.core.as_of import refuse_another_day
from crm.core.forms import VersionedModelForm, add_refusal
from crm.core.models import ChangedMeanwhile
from crm.relations.models import RelationshipType
from crm.relations.type_services import UnableToChangeType, keep_type, remove_type, retire_type

REFUSED = 422


class TypeForm(VersionedModelForm):
    class Meta:
        model = RelationshipType
        fields = ("name", "reverse_name", "symmetric", "from_kind", "to_kind", "structure", "acyclic", "acts_for")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reverse_name"].required = False

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("symmetric") and not cleaned.get("reverse_name"):
            self.add_error("reverse_name", forms.ValidationError(_("Say how it is called the other way.")))
        return cleaned


def _types(request: HttpRequest):
    """With `used`, how many ties have each; 404 for who may not set them."""
    if not rights_of(request.user).has(Right.SETTINGS_MANAGE):
        raise Http404
    # the ties of every administration count: a type that one of them uses stays
    return RelationshipType.objects.editable_by(request.user).annotate(used=Count("relationships")).order_by("name")


@never_cache
@require_safe
def type_list(request: HttpRequest) -> HttpResponse:
    rows = list(_types(request))
    context = {
        "offered": [row for row in rows if not row.retired],
        "retired": [row for row in rows if row.retired],
    }
    return render(request, "relations/types/list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    refuse_another_day(request)
    _types(request)
    return _form(request, RelationshipType())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    refuse_another_day(request)
    return _form(request, get_object_or_404(_types(request), pk=pk))


def _form(request: HttpRequest, kind: RelationshipType) -> HttpResponse:
    used, name = getattr(kind, "used", 0), str(kind)
    form = TypeForm(request.POST or None, instance=kind)
    if request.method == "POST" and form.is_valid():
        target = RelationshipType(pk=kind.pk) if kind.pk else RelationshipType()
        try:
            kept = keep_type(target, version=form.cleaned_data["version"], **form.values())
        except ChangedMeanwhile:
            form.add_error(None, _("Somebody changed this meanwhile. Open the page again to see how it is now."))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("“%(type)s” is saved.") % {"type": kept.name})
            return redirect("relationship-types:list")
    context = {"form": form, "kind": kind, "used": used, "name": name}
    return render(request, "relations/types/form.html", context, status=REFUSED if form.errors else 200)


@require_POST
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """No longer offered; with `back` offered again."""
    refuse_another_day(request)
    kind = get_object_or_404(_types(request), pk=pk)
    back = bool(request.POST.get("back"))
    retire_type(kind, retired=not back)
    said = _("“%(type)s” is no longer offered; ties that have it keep it.")
    if back:
        said = _("“%(type)s” is offered again.")
    messages.success(request, said % {"type": kind.name})
    return redirect("relationship-types:list")


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    refuse_another_day(request)
    kind = get_object_or_404(_types(request), pk=pk)
    name = kind.name
    try:
        remove_type(kind)
    except UnableToChangeType as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("“%(type)s” is removed.") % {"type": name})
    return redirect("relationship-types:list")
