"""New relations: a person, an organisation, an employee of an organisation, or what a pasted signature tells."""

from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.access.queries import administration_ids
from crm.access.rights import Right
from crm.administrations.models import Administration, Installation, Mode
from crm.core.as_of import refuse_another_day
from crm.core.forms import add_refusal
from crm.core.once import answer, earlier_answer
from crm.relations.forms import FirstAddressForm, NewRelationForm
from crm.relations.models import Kind, Relation
from crm.relations.new_forms import (
    OF_ORGANISATION,
    NumbersForm,
    PasteForm,
    PickedForm,
    WorkForm,
)
from crm.relations.services import create_relation
from crm.relations.services.newcomers import NewOrganisation, create_organisation, create_person_at
from crm.relations.views.base import say_saved, shown_day


def homes_of(user) -> list[Administration]:
    """Where this user may make relations: in the mode multiple the umbrella only."""
    homes = Administration.objects.filter(pk__in=administration_ids(user, Right.RELATIONS_CHANGE), archived_on=None)
    installation = Installation.current()
    if installation.mode == Mode.MULTIPLE:
        homes = homes.filter(pk=installation.umbrella_id)
    return list(homes)


def homes_or_404(request: HttpRequest) -> list[Administration]:
    refuse_another_day(request)
    homes = homes_of(request.user)
    if not homes:
        raise Http404
    return homes


def picked(request: HttpRequest, name: str, kind: str) -> tuple[Relation | None, str]:
    """The relation that a picker chose, or whose number was typed without JavaScript; and what was typed, if not."""
    typed = request.POST.get(f"{name}_text", "").strip()
    chosen = (request.POST.get(name, "") or typed).strip()
    rows = Relation.objects.visible_to(request.user, shown_day(request)).filter(kind=kind)
    is_number = chosen.isascii() and chosen.isdecimal() and len(chosen) < 16
    return (rows.filter(number=chosen).first() if is_number else None), typed or chosen


# ------------------------------------------------------------------------------------ a person, an organisation


class NewForms:
    """The forms of a new relation together: the relation, its address, its numbers, and where a person works."""

    def __init__(self, request: HttpRequest, kind: str, homes, *, data=None, initial: dict | None = None):
        initial, where = initial or {}, [home.pk for home in homes]
        self.kind, self.is_person = kind, kind == Kind.PERSON
        self.relation = NewRelationForm(data, user=request.user, kind=kind, homes=homes, initial=initial.get("", {}))
        self.address = FirstAddressForm(data, prefix="address", initial=initial.get("address", {}))
        self.numbers = NumbersForm(
            data,
            user=request.user,
            where=where,
            with_website=self.is_person,
            prefix="numbers",
            initial=initial.get("numbers", {}),
        )
        self.work = WorkForm(data, prefix="work", initial=initial.get("work", {})) if self.is_person else None
        self.employer = PickedForm(data, name="employer", label=_("Organisation"))
        self.picked: Relation | None = initial.get("employer")
        self.employer_text = initial.get("employer_text", "")

    def all(self) -> list[django_forms.BaseForm]:
        return [form for form in (self.relation, self.address, self.work, self.employer, self.numbers) if form]

    def are_valid(self, request: HttpRequest) -> bool:
        valid = not [form for form in self.all() if not form.is_valid()]  # all of them say what is wrong
        if self.is_person:
            self.picked, self.employer_text = picked(request, "employer", Kind.ORGANISATION)
            if refused := self._employer_refusal():
                self.employer.add_error("employer", refused)
                return False
        return valid

    def _employer_refusal(self) -> str:
        given = getattr(self.work, "cleaned_data", {})
        if self.picked and given.get("new_organisation"):
            return _("Choose the organisation that exists, or make a new one; not both.")
        if self.picked:
            return ""
        if given.get("new_organisation"):
            return "" if self.employer_text else _("Give the new organisation a name.")
        if self.employer_text:
            return _("Choose an organisation from the list, type its number, or say that it is a new one.")
        return _("Where does this person work?") if given and self.work.is_given() else ""

    def save(self) -> Relation:
        """One change set, whatever there is to make. Raises ValidationError by field."""
        values, address = self.relation.values(), self.address.address()
        if not self.is_person:
            numbers = self.numbers.cleaned_data
            return create_organisation(
                address=address, iban=numbers.get("iban", ""), identifiers=self.numbers.identifiers(), **values
            )
        employer = self._employer(address)
        if employer is None:
            return create_relation(kind=self.kind, address=address, **values)
        if isinstance(employer, NewOrganisation) and employer.address:
            address = None
        return create_person_at(employer, employment=self.work.employment(), address=address, **values)

    def _employer(self, address: dict | None) -> Relation | NewOrganisation | None:
        if not self.work.cleaned_data["new_organisation"]:
            return self.picked
        theirs = self.work.cleaned_data["address_of"] == OF_ORGANISATION
        numbers = self.numbers.cleaned_data
        return NewOrganisation(
            self.employer_text,
            website=numbers.get("website", ""),
            iban=numbers.get("iban", ""),
            identifiers=self.numbers.identifiers(),
            address=address if theirs else None,
        )

    def context(self) -> dict:
        named = self.picked.display_name if self.picked else self.employer_text
        filled = [name for form in (self.work, self.numbers) if form for name in form.fields if form[name].value()]
        return {
            "form": self.relation,
            "address": self.address,
            "numbers": self.numbers,
            "work": self.work,
            "employer": self.employer,
            "employer_value": self.picked.number if self.picked else "",
            "employer_text": named,
            "employer_error": " ".join(self.employer.errors.get("employer", [])) if self.employer.is_bound else "",
            "work_open": bool(named or set(filled) - {"valid_from", "address_of"}),
            "kind": self.kind,
            "is_person": self.is_person,
        }


@require_http_methods(["GET", "POST"])
def new_relation(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in Kind.values:
        raise Http404
    homes = homes_or_404(request)
    if request.method == "POST" and (again := earlier_answer(request)):
        return again
    if request.method != "POST":
        return new_page(request, NewForms(request, kind, homes))
    if "pick" in request.POST:
        return new_page(request, NewForms(request, kind, homes, initial=_typed_so_far(request)))
    forms = NewForms(request, kind, homes, data=request.POST)
    if forms.are_valid(request):

        def make() -> HttpResponse:
            relation = forms.save()
            told = {"name": relation, "number": relation.number}
            say_saved(request, _("%(name)s is made, with number %(number)s.") % told)
            return redirect(relation)

        try:
            return answer(request, make)
        except ValidationError as refusal:
            _say_where(forms, refusal)
    return new_page(request, forms, status=422)


def _say_where(forms: NewForms, refusal: ValidationError) -> None:
    """Put what a service refused at the form that has the field; what none has stands on top."""
    if not hasattr(refusal, "error_dict"):
        add_refusal(forms.relation, refusal)
        return
    for name, errors in refusal.error_dict.items():
        owner = next((form for form in forms.all() if name in form.fields), forms.relation)
        owner.add_error(name if name in owner.fields else None, errors)


def _typed_so_far(request: HttpRequest) -> dict:
    """What was typed, as the beginning of a fresh form, with the organisation of the button `pick`."""
    initial: dict = {"": typed_under(request.POST, "")}
    initial |= {prefix: typed_under(request.POST, f"{prefix}-") for prefix in ("address", "numbers", "work")}
    initial["work"].pop("new_organisation", None)
    known = Relation.objects.visible_to(request.user, shown_day(request)).filter(kind=Kind.ORGANISATION)
    pick = request.POST.get("pick", "")
    is_number = pick.isascii() and pick.isdecimal() and len(pick) < 16
    initial["employer"] = known.filter(number=pick).first() if is_number else None
    initial["employer_text"] = request.POST.get("employer_text", "")
    return initial


def typed_under(posted: QueryDict, prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in posted.items() if name.startswith(prefix) and value}


def new_page(request: HttpRequest, forms: NewForms, *, status: int = 200, **context) -> HttpResponse:
    context = {"paste": PasteForm(), "similar": [], **forms.context(), **context}
    return render(request, "relations/new.html", context, status=status)
