"""An employee of an organisation: somebody who exists already, or a new person, made with the employment."""

from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.administrations.models import Administration
from crm.core.forms import add_refusal
from crm.core.once import answer, earlier_answer
from crm.relations.forms import EmploymentForm, NewRelationForm
from crm.relations.models import Kind, Relation
from crm.relations.new_forms import PickedForm
from crm.relations.services import employ
from crm.relations.services.newcomers import create_person_at
from crm.relations.views import parts
from crm.relations.views.base import editable_relation, say_saved, shown_day
from crm.relations.views.newcomers import homes_of, picked, typed_under

NAMES_OF_EMPLOYEE = ("initials", "given_name", "prefix", "family_name", "title_before", "title_after", "gender")


@require_http_methods(["GET", "POST"])
def new_employment(request: HttpRequest, number: int) -> HttpResponse:
    """An employee of an organisation: somebody who exists already, or a new person. Of a person: where they work."""
    relation = editable_relation(request, number)
    if relation.is_person:
        return parts.add(request, number, "employment")
    if request.method == "POST" and (again := earlier_answer(request)):
        return again
    forms = _EmployeeForms(request, relation)
    if request.method == "POST" and not {"pick", "unpick"} & set(request.POST) and forms.are_valid(request):

        def make() -> HttpResponse:
            employee = forms.save()
            told = {"person": employee, "organisation": relation}
            say_saved(request, _("%(person)s works at %(organisation)s now.") % told)
            return redirect(relation)

        try:
            return answer(request, make)
        except ValidationError as refusal:
            _refuse(forms, refusal)
    return render(request, "relations/employee.html", forms.context(), status=422 if forms.refused() else 200)


class _EmployeeForms:
    """Who it is (chosen, or a new person's names) and the employment."""

    def __init__(self, request: HttpRequest, organisation: Relation):
        self.organisation, self.homes = organisation, homes_of(request.user)
        fresh = request.method != "POST" or {"pick", "unpick"} & set(request.POST)
        data, initial = (None, typed_under(request.POST, "")) if fresh else (request.POST, {})
        self.employment = EmploymentForm(data, initial=initial)
        self.names = None
        if self.homes:
            self.names = NewRelationForm(
                data,
                user=request.user,
                kind=Kind.PERSON,
                homes=self.homes,
                only=NAMES_OF_EMPLOYEE,
                initial=initial | {"administration": self._home().pk},
            )
        self.picker = PickedForm(data, label=_("Person"))
        pick = request.POST.get("pick") or request.GET.get("other", "")
        self.picked = self._visible(request, pick) if fresh and "unpick" not in request.POST else None
        self.text = request.POST.get("other_text", "") if not fresh else ""

    def _home(self) -> Administration:
        """A colleague lives where the organisation does, if this user may make relations there."""
        here = [home for home in self.homes if home.pk == self.organisation.administration_id]
        return here[0] if here else self.homes[0]

    def _visible(self, request: HttpRequest, number: str) -> Relation | None:
        is_number = number.isascii() and number.isdecimal() and len(number) < 16
        rows = Relation.objects.visible_to(request.user, shown_day(request)).filter(kind=Kind.PERSON)
        return rows.filter(number=number).first() if is_number else None

    def are_valid(self, request: HttpRequest) -> bool:
        self.picked, self.text = picked(request, "other", Kind.PERSON)
        valid = self.employment.is_valid() and self.picker.is_valid()
        if self.picked:
            return valid
        if self.text:
            self.picker.add_error("other", _("Choose a person from the list, or type a number."))
            return False
        if self.names is None or not any(self.names.data.get(n, "").strip() for n in ("given_name", "family_name")):
            self.picker.add_error("other", _("Choose a person, or give the name of a new one."))
            return False
        return self.names.is_valid() and valid

    def save(self) -> Relation:
        values = self.employment.values()
        if self.picked:
            employ(self.picked, self.organisation, **values)
            return self.picked
        return create_person_at(self.organisation, employment=values, **self.names.values())

    def all(self) -> list[django_forms.BaseForm]:
        return [form for form in (self.names, self.employment, self.picker) if form]

    def refused(self) -> bool:
        return any(form.is_bound and form.errors for form in self.shown())

    def shown(self) -> list[django_forms.BaseForm]:
        """Without the names of a new person when somebody was chosen."""
        return [form for form in self.all() if not (self.picked and form is self.names)]

    def context(self) -> dict:
        return {
            "relation": self.organisation,
            "form": self.employment,
            "names": self.names,
            "picker": self.picker,
            "picked": self.picked,
            "text": self.text,
            "picker_error": " ".join(self.picker.errors.get("other", [])) if self.picker.is_bound else "",
            "refused": self.refused(),
        }


def _refuse(forms: _EmployeeForms, refusal: ValidationError) -> None:
    if not hasattr(refusal, "error_dict"):
        add_refusal(forms.employment, refusal)
        return
    for name, errors in refusal.error_dict.items():
        owner = next((form for form in forms.shown() if name in form.fields), forms.employment)
        owner.add_error(name if name in owner.fields else None, errors)
