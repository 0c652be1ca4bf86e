"""The kinds of rows under a relation: by which form they are typed, and which service each act calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.forms import BaseForm
from django.http import Http404, HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from crm.access.queries import administration_ids, rights_of
from crm.access.rights import Right
from crm.administrations.models import Administration
from crm.core.models import Recorded
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


def part_of(name: str) -> Part:
    if name not in PARTS:
        raise Http404
    return PARTS[name]


def rows_under(relation: Relation, model: type[Recorded]):
    """The rows of this relation alone: the address of a row names both."""
    keys = {Employment: ("person", "organisation"), Relationship: ("from_relation", "to_relation")}
    condition = Q()
    for key in keys.get(model, ("relation",)):
        condition |= Q(**{key: relation})
    return model.objects.filter(condition)
