"""Pages for rows under a relation: added, changed, ended and removed, all by the same page."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.forms import BaseForm, BoundField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.access.queries import administration_ids
from crm.core.as_of import refuse_another_day
from crm.core.conflicts import conflict_response
from crm.core.forms import add_refusal
from crm.core.models import ChangedMeanwhile
from crm.core.once import answer, earlier_answer
from crm.relations import card_facts, forms, services
from crm.relations.models import Employment, Relation
from crm.relations.new_forms import PickedForm
from crm.relations.views.base import (
    as_it_would_be,
    form_warnings,
    posted_version,
    say_saved,
    visible_part,
    visible_relation,
)
from crm.relations.views.parts.in_place import change_in_place
from crm.relations.views.parts.kinds import PARTS, PLAIN_PAGE, Part, part_of, rows_under


def _owner(request: HttpRequest, number: int, kind: Part) -> Relation:
    """The relation, when this user may add such a row to it."""
    refuse_another_day(request)
    relation = visible_relation(request, number)
    allowed = Relation.objects.editable_by(request.user)
    if kind.right:
        in_right = administration_ids(request.user, kind.right)
        allowed = Relation.objects.visible_to(request.user).filter(
            pk__in=Relation.objects.filter(administration__in=in_right).values("pk")
        ) | Relation.objects.visible_to(request.user).filter(uses__administration__in=in_right)
    if not allowed.filter(pk=relation.pk).exists():
        raise Http404
    return relation


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, number: int, part: str) -> HttpResponse:
    kind = part_of(part)
    relation = _owner(request, number, kind)
    if request.method == "POST" and (again := earlier_answer(request)):
        return again
    form = kind.form(request, relation, request.POST or None)
    other, other_error = None, ""
    if kind.other and request.method == "POST":
        other, other_error = _other(request, kind.other(relation))
    if "check" in request.POST:
        return as_it_would_be(request, relation, lambda: form.is_valid() and kind.add(request, relation, form))
    if request.method == "POST" and form.is_valid() and not other_error:

        def make() -> HttpResponse:
            row = kind.add(request, relation, form, *([other] if kind.other else []))
            say_saved(request, _("Added: %(what)s.") % {"what": row or kind.title})
            return redirect(relation)

        try:
            return answer(request, make)
        except ValidationError as refusal:
            add_refusal(form, refusal)
    context = {"title": _("New: %(what)s") % {"what": kind.title}, "picker": None}
    if kind.other:
        context["picker"] = {
            "kind": kind.other(relation),
            "value": request.POST.get("other", ""),
            "text": request.POST.get("other_text", ""),
            "error": other_error,
            "form": _picker_form(request, other_error),
        }
    return _page(request, relation, form, kind, refused=bool(other_error), **context)


def _picker_form(request: HttpRequest, error: str) -> PickedForm:
    """What the picker posted, as a form: so that its error stands in the summary, with a link to it."""
    form = PickedForm(request.POST or None, label=_("Other relation"))
    if error:
        form.add_error("other", error)
    return form


def _other(request: HttpRequest, kind: str) -> tuple[Relation | None, str]:
    """The relation that was chosen, or typed as its number without JavaScript; and what is wrong with it."""
    chosen = request.POST.get("other") or request.POST.get("other_text", "").strip()
    rows = Relation.objects.visible_to(request.user, request.today)
    found = rows.filter(number=chosen).first() if chosen.isdecimal() else None
    if found is None:
        return None, _("Choose a relation from the list, or type its number.")
    if kind and found.kind != kind:
        return None, _("Choose a person.") if kind == "person" else _("Choose an organisation.")
    return found, ""


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, number: int, part: str, pk: int) -> HttpResponse:
    kind = part_of(part)
    relation = visible_relation(request, number)
    row = visible_part(request, rows_under(relation, kind.model), pk)
    if request.htmx and card_facts.in_place(part):
        return change_in_place(request, relation, part, row)
    form = kind.form(request, relation, request.POST or None, instance=row)
    if "check" in request.POST:
        return as_it_would_be(request, relation, lambda: form.is_valid() and kind.change(row, form))
    if request.method == "POST" and form.is_valid():
        try:
            kind.change(row, form)
        except ChangedMeanwhile:
            return conflict_response(request, form, kind.model.objects.visible_to(request.user).get(pk=pk))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            say_saved(request, _("Saved: %(what)s.") % {"what": kind.title})
            return redirect(relation)
    return _page(request, relation, form, kind, title=_("Change: %(what)s") % {"what": kind.title}, row=row, part=part)


@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, number: int, part: str, pk: int) -> HttpResponse:
    kind = part_of(part)
    if kind.end is None:
        raise Http404
    relation = visible_relation(request, number)
    row = visible_part(request, rows_under(relation, kind.model), pk)
    form = forms.EndForm(request.POST or None, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        try:
            kind.end(row, form)
        except ChangedMeanwhile:
            return conflict_response(request, form, kind.model.objects.visible_to(request.user).get(pk=pk))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        except services.UnableToChangeAddress as refusal:
            form.add_error(None, str(refusal))
        else:
            say_saved(request, _("Ended: %(what)s.") % {"what": kind.title})
            return redirect(relation)
    title = _("End: %(what)s") % {"what": row}
    return _page(request, relation, form, kind, template=PLAIN_PAGE, title=title, submit=_("End"))


@require_http_methods(["GET", "POST"])
def main_contact(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """This card is of the same human as another person record, or (left empty) is taken loose from it."""
    relation = visible_relation(request, number)
    row = visible_part(request, rows_under(relation, Employment).select_related("main_contact"), pk)
    form = forms.MainContactForm(request.POST or None, initial={"version": row.version})
    error = ""
    if request.method == "POST" and form.is_valid():
        head = None
        if request.POST.get("other") or request.POST.get("other_text", "").strip():
            head, error = _other(request, "person")
        if not error:
            try:
                version = form.cleaned_data["version"]
                services.tie_to_main_contact(row, main_contact=head, version=version)
            except ChangedMeanwhile:
                return conflict_response(request, form, Employment.objects.visible_to(request.user).get(pk=pk))
            except ValidationError as refusal:
                add_refusal(form, refusal)
            else:
                say_saved(request, _("Saved: %(what)s.") % {"what": _("main contact")})
                return redirect(relation)
    known = Relation.objects.visible_to(request.user).filter(pk=row.main_contact_id).first()
    picker = {
        "kind": "person",
        "value": known.number if known else "",
        "text": str(known) if known else "",
        "error": error,
        "form": _picker_form(request, error),
    }
    explain = _("One person, several cards: name, birth date, private address, e-mail and phone become one for all.")
    title = _("Main contact")
    return _page(
        request, relation, form, PARTS["employment"], refused=bool(error), title=title, picker=picker, explain=explain
    )


@require_http_methods(["POST"])
def remove(request: HttpRequest, number: int, part: str, pk: int) -> HttpResponse:
    kind = part_of(part)
    if not kind.removable:
        raise Http404
    relation = visible_relation(request, number)
    row = visible_part(request, rows_under(relation, kind.model), pk)
    try:
        services.remove_part(row, version=posted_version(request))
    except ChangedMeanwhile:
        say = _("It was changed meanwhile; nothing is removed. Look again.")
        return _refused(request, relation, say)
    except ProtectedError:
        return _refused(
            request, relation, _("Something else uses it, a role in the books for instance. Change that first.")
        )
    say_saved(request, _("Removed: %(what)s.") % {"what": kind.title})
    return redirect(relation)


def _refused(request: HttpRequest, relation: Relation, text: str) -> HttpResponse:
    messages.error(request, text)
    return redirect(relation)


def _page(
    request, relation: Relation, form, kind: Part, *, refused: bool = False, template: str = "", **context
) -> HttpResponse:
    checked = kind.checked and not template
    context |= {"rows": _rows(form), "checks": checked, "warnings": []}
    if checked:
        context["warnings"] = form_warnings(request, relation)
    context |= {"form": form, "relation": relation, "kind": kind, "removable": kind.removable and kind.end is None}
    return render(request, template or kind.template, context, status=422 if form.errors or refused else 200)


def _rows(form: BaseForm) -> list[list[BoundField]]:
    """The visible fields in the rows that the form's `layout` puts them in; what it does not name comes after."""
    shown = {bound.name: bound for bound in form.visible_fields()}
    rows = [[shown.pop(name) for name in row if name in shown] for row in getattr(form, "layout", ())]
    return [row for row in rows if row] + [[bound] for bound in shown.values()]
