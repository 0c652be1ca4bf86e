"""Rows under a relation: added, changed, ended and removed, all by the same page; a table says what is what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError, Q
from django.forms import BaseForm, BoundField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from crm.access.queries import administration_ids, rights_of
from crm.access.rights import Right
from crm.administrations.models import Administration
from crm.core.conflicts import conflict_response
from crm.core.forms import add_refusal
from crm.core.models import ChangedMeanwhile, Recorded
from crm.core.once import answer, earlier_answer
from crm.relations import forms, services
from crm.relations.models import (
    Address,
    BankAccount,
    ContactMoment,
    EmailAddress,
    Employment,
    FinancialRole,
    Identifier,
    PhoneNumber,
    Relation,
    Relationship,
    RelationshipType,
    SocialProfile,
    Standing,
)
from crm.relations.queries import administrations_of
from crm.relations.views.base import (
    as_it_would_be,
    form_warnings,
    posted_version,
    say_saved,
    shown_day,
    visible_part,
    visible_relation,
)

PLAIN_PAGE = "relations/form_page.html"


@dataclass(frozen=True)
class Part:
    """A kind of row. `add(request, relation, form)` and `change(part, form)` call a service; `end` and `other` too.

    `right`: what adding one asks for, in one of the relation's administrations (None: that the relation is editable).
    `other`: the form asks for another relation, of this kind ("" for any).
    `checked`: what couplings would refuse of it is said while somebody types.
    """

    model: type[Recorded]
    title: Promise
    form: Callable[..., BaseForm]
    add: Callable[..., Any]
    change: Callable[..., Any] | None = None
    end: Callable[..., Any] | None = None
    removable: bool = True
    right: Right | None = None
    other: Callable[[Relation], str] | None = None
    template: str = PLAIN_PAGE
    checked: bool = False


def _plain(model: type[Recorded]) -> Callable[..., Any]:
    return lambda request, relation, form: services.add_part(model(relation=relation, **form.values()))


def _update(part: Recorded, form) -> Any:
    return services.update_part(part, version=form.cleaned_data["version"], **form.values())


def _books(request: HttpRequest, right: Right):
    return Administration.objects.filter(pk__in=administration_ids(request.user, right), archived_on=None)


def _form(form_class: type) -> Callable[..., BaseForm]:
    return lambda request, relation, data, **kwargs: form_class(data, **kwargs)


def _tie_form(request, relation, data, **kwargs):
    changeable = rights_of(request.user).changeable(Relationship, administrations_of(relation))
    return forms.RelationshipForm(data, relation=relation, changeable=changeable, **kwargs)


def _role_form(request, relation, data, **kwargs):
    where = _books(request, Right.FINANCIAL_CHANGE)
    return forms.FinancialRoleForm(data, relation=relation, administrations=where, **kwargs)


def _standing_form(request, relation, data, **kwargs):
    return forms.StandingForm(data, administrations=_books(request, Right.RELATIONS_CHANGE), **kwargs)


def _address_form(request, relation, data, **kwargs):
    asked = request.GET.get("kind", "")
    if asked in Address.Kind.values and "instance" not in kwargs:
        kwargs["initial"] = {"kind": asked}
    return forms.AddressForm(data, **kwargs)


def _add_address(request, relation, form):
    return services.change_address(relation, **form.values(), check_state=Address.CheckState.UNCHECKED)


def _change_address(part, form):
    """What was typed anew is checked anew."""
    values = form.values() | {"check_state": Address.CheckState.UNCHECKED}
    return services.update_part(part, version=form.cleaned_data["version"], **values)


def _add_identifier(request, relation, form):
    return services.set_identifier(relation, **form.values())


def _add_account(request, relation, form):
    account = services.add_part(BankAccount(relation=relation, **form.values()))
    return services.set_iban(relation, iban=account.iban) if not _has_main(relation) else account


def _has_main(relation: Relation) -> bool:
    return relation.bank_accounts.filter(main=True).exists()


def _add_employment(request, relation, form, other):
    person, organisation = (relation, other) if relation.is_person else (other, relation)
    return services.employ(person, organisation, **form.values())


def _add_tie(request, relation, form, other):
    key, _colon, side = form.cleaned_data["tie"].partition(":")
    kind = RelationshipType.objects.visible_to(request.user).get(pk=key)
    first, second = (relation, other) if side == "from" else (other, relation)
    values = {name: value for name, value in form.values().items() if name != "tie"}
    return services.relate(first, second, type=kind, **values)


def _add_role(request, relation, form):
    return services.set_financial_role(relation, **form.values())


def _add_standing(request, relation, form):
    return services.set_standing(relation, **form.values())


def _add_moment(request, relation, form):
    return services.log_contact(relation, by=request.user, **form.cleaned_data)


def _change_moment(part, form):
    return services.update_part(part, version=part.version, **form.cleaned_data)


def _end_plain(service: Callable[..., Any]) -> Callable[..., Any]:
    return lambda part, form: service(part, on=form.cleaned_data["on"], version=form.cleaned_data["version"])


def _end_with_reason(service: Callable[..., Any]) -> Callable[..., Any]:
    return lambda part, form: service(part, **form.cleaned_data)


PARTS: dict[str, Part] = {
    "address": Part(
        Address,
        gettext_lazy("address"),
        _address_form,
        _add_address,
        _change_address,
        _end_plain(services.end_address),
        checked=True,
        template="relations/address_page.html",
    ),
    "email": Part(EmailAddress, gettext_lazy("e-mail address"), _form(forms.EmailForm), _plain(EmailAddress), _update),
    "phone": Part(PhoneNumber, gettext_lazy("phone number"), _form(forms.PhoneForm), _plain(PhoneNumber), _update),
    "profile": Part(
        SocialProfile, gettext_lazy("social profile"), _form(forms.ProfileForm), _plain(SocialProfile), _update
    ),
    "identifier": Part(
        Identifier,
        gettext_lazy("number of a register"),
        _form(forms.IdentifierForm),
        _add_identifier,
        _update,
        checked=True,
    ),
    "account": Part(
        BankAccount,
        gettext_lazy("bank account"),
        _form(forms.BankAccountForm),
        _add_account,
        _update,
        right=Right.FINANCIAL_CHANGE,
        checked=True,
    ),
    "employment": Part(
        Employment,
        gettext_lazy("employment"),
        _form(forms.EmploymentForm),
        _add_employment,
        _update,
        _end_with_reason(services.end_employment),
        other=lambda relation: "organisation" if relation.is_person else "person",
    ),
    "tie": Part(
        Relationship,
        gettext_lazy("relationship"),
        _tie_form,
        _add_tie,
        _update,
        _end_plain(services.end_relationship),
        other=lambda relation: "",
    ),
    "role": Part(
        FinancialRole,
        gettext_lazy("financial role"),
        _role_form,
        _add_role,
        _update,
        _end_plain(services.end_financial_role),
        removable=False,
        right=Right.FINANCIAL_CHANGE,
        checked=True,
    ),
    "standing": Part(
        Standing,
        gettext_lazy("client or member"),
        _standing_form,
        _add_standing,
        _update,
        _end_with_reason(services.end_standing),
    ),
    "contact": Part(
        ContactMoment, gettext_lazy("contact moment"), _form(forms.ContactMomentForm), _add_moment, _change_moment
    ),
}


def _part(name: str) -> Part:
    if name not in PARTS:
        raise Http404
    return PARTS[name]


def _owner(request: HttpRequest, number: int, kind: Part) -> Relation:
    """The relation, when this user may add such a row to it."""
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
    kind = _part(part)
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
        }
    return _page(request, relation, form, kind, refused=bool(other_error), **context)


def _other(request: HttpRequest, kind: str) -> tuple[Relation | None, str]:
    """The relation that was chosen, or typed as its number without JavaScript; and what is wrong with it."""
    chosen = request.POST.get("other") or request.POST.get("other_text", "").strip()
    rows = Relation.objects.visible_to(request.user, shown_day(request))
    found = rows.filter(number=chosen).first() if chosen.isdecimal() else None
    if found is None:
        return None, _("Choose a relation from the list, or type its number.")
    if kind and found.kind != kind:
        return None, _("Choose a person.") if kind == "person" else _("Choose an organisation.")
    return found, ""


def _rows_under(relation: Relation, model: type[Recorded]):
    """The rows of this relation alone: the address of a row names both."""
    keys = {Employment: ("person", "organisation"), Relationship: ("from_relation", "to_relation")}
    condition = Q()
    for key in keys.get(model, ("relation",)):
        condition |= Q(**{key: relation})
    return model.objects.filter(condition)


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, number: int, part: str, pk: int) -> HttpResponse:
    kind = _part(part)
    relation = visible_relation(request, number)
    row = visible_part(request, _rows_under(relation, kind.model), pk)
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
    kind = _part(part)
    if kind.end is None:
        raise Http404
    relation = visible_relation(request, number)
    row = visible_part(request, _rows_under(relation, kind.model), pk)
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
    row = visible_part(request, _rows_under(relation, Employment).select_related("main_contact"), pk)
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
    }
    explain = _("One person, several cards: name, birth date, private address, e-mail and phone become one for all.")
    title = _("Main contact")
    return _page(
        request, relation, form, PARTS["employment"], refused=bool(error), title=title, picker=picker, explain=explain
    )


@require_http_methods(["POST"])
def remove(request: HttpRequest, number: int, part: str, pk: int) -> HttpResponse:
    kind = _part(part)
    if not kind.removable:
        raise Http404
    relation = visible_relation(request, number)
    row = visible_part(request, _rows_under(relation, kind.model), pk)
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
