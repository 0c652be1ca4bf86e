"""The facts of a card, changed in place: the form, and after saving the fact again. Without JavaScript a page each."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.core.as_of import refuse_another_day
from crm.core.conflicts import conflict_response
from crm.core.forms import add_refusal
from crm.core.models import ChangedMeanwhile
from crm.relations.card_facts import FACTS, fact_context, iban_context
from crm.relations.card_queries import same_human
from crm.relations.forms import IbanForm, RelationForm
from crm.relations.humans import PRIVATE_FIELDS
from crm.relations.models import BankAccount, Relation
from crm.relations.queries import administrations_of
from crm.relations.services import set_iban, update_relation
from crm.relations.views.base import as_it_would_be, editable_relation, form_warnings, say_saved, visible_relation


@require_http_methods(["GET", "POST"])
def change_fact(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """The columns of one fact, in place."""
    fact = FACTS.get(name)
    relation = editable_relation(request, number)
    if fact is None or (fact.of and fact.of != relation.kind):
        raise Http404
    form = RelationForm(
        request.POST or None, instance=relation, user=request.user, kind=relation.kind, only=fact.columns
    )
    if not set(fact.columns) & set(form.fields):
        raise Http404
    if request.method == "GET" and "show" in request.GET:
        return fact_answer(request, fact_context(relation, name, fact.columns))
    if request.method == "POST" and form.is_valid():
        try:
            relation = update_relation(relation, version=form.cleaned_data["version"], **form.values())
        except ChangedMeanwhile:
            return conflict_response(request, form, Relation.objects.visible_to(request.user).get(pk=relation.pk))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            # the name is computed by the database
            relation = Relation.objects.visible_to(request.user).get(pk=relation.pk)
            context = fact_context(relation, name, fact.columns)
            say_saved(request, _("Saved: %(field)s.") % {"field": context["label"]})
            if not request.htmx:
                return redirect(relation)
            return fact_answer(request, context, relation=relation, saved=name)
    rows = fact_rows(request, form, fact.rows)
    note = _private_note(request.user, relation, fact.columns)
    return fact_form(request, relation, form, key=f"fact-{name}", note=note, rows=rows)


def fact_rows(request: HttpRequest, form, layout) -> str | None:
    """The fields of a form side by side, as `layout` says; None for a single one, which needs no layout."""
    rows = [[form[name] for name in row if name in form.fields] for row in layout]
    if sum(map(len, rows)) < 2:
        return None
    return render_to_string("relations/card_fact_rows.html", {"rows": [row for row in rows if row]}, request)


def _private_note(user, relation: Relation, columns: tuple[str, ...]) -> str:
    """Of the other cards that this user sees; that there is one elsewhere is not theirs to know."""
    if PRIVATE_FIELDS.intersection(columns) and same_human(user, relation):
        return _("Private: changes on every card of this person.")
    return ""


@require_http_methods(["GET", "POST"])
def change_iban(request: HttpRequest, number: int) -> HttpResponse:
    """The main bank account, in place. What a coupling would refuse is said before it is sent."""
    refuse_another_day(request)
    relation = visible_relation(request, number)
    accounts = BankAccount.objects.visible_to(request.user).filter(relation=relation)
    if not rights_of(request.user).has(Right.FINANCIAL_CHANGE, administrations_of(relation)):
        raise Http404
    main = accounts.filter(main=True).first()
    if request.method == "GET" and "show" in request.GET:
        return fact_answer(request, iban_context(relation, main))
    initial = {"iban": str(main), "holder": main.holder, "version": main.version, "account": main.pk} if main else {}
    form = IbanForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        if "check" in request.POST:
            return as_it_would_be(request, relation, lambda: _save_iban(relation, form))
        try:
            account = _save_iban(relation, form)
        except ChangedMeanwhile:
            return _iban_meanwhile(request, relation, form, accounts.filter(main=True).first())
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            say_saved(request, _("IBAN saved: %(iban)s. The former account is kept.") % {"iban": account})
            if not request.htmx:
                return redirect(relation)
            return fact_answer(request, iban_context(relation, account), saved="iban")
    if "check" in request.POST:
        return render(request, "relations/_warnings.html", {"warnings": []})
    return _iban_form(request, relation, form)


def _iban_form(request: HttpRequest, relation: Relation, form: IbanForm) -> HttpResponse:
    """In place the fields come with what couplings would refuse, looked at again while somebody types."""
    context = {"form": form, "warnings": form_warnings(request, relation), "checks": True}
    rows = render_to_string("relations/_iban_fields.html", context, request) if request.htmx else None
    del context["form"]
    return fact_form(request, relation, form, key="fact-iban", rows=rows, **context)


def _save_iban(relation: Relation, form: IbanForm) -> BankAccount:
    """Another main account than the one that was shown is somebody's change, whatever its version is."""
    values = dict(form.cleaned_data)
    shown = values.pop("account")
    return set_iban(relation, **values, **({"shown": shown} if "account" in form.data else {}))


def _iban_meanwhile(request: HttpRequest, relation: Relation, form: IbanForm, main: BankAccount | None):
    """Somebody made another account the main one: both show, and saving again chooses what was typed here."""
    told = {"iban": main or _("none")}
    said = (
        _("Meanwhile somebody made %(iban)s the main account. Save again to use yours, or cancel to keep it.") % told
    )
    data = request.POST.copy()
    data["account"], data["version"] = (main.pk, main.version) if main else ("", "")
    again = IbanForm(data)
    again.is_valid()
    again.add_error("iban", said)
    answer = _iban_form(request, relation, again)
    answer.status_code = 409
    return answer


def fact_answer(request: HttpRequest, context: dict, *, relation: Relation | None = None, saved: str = ""):
    """The fact as it is now; after saving with the toast, and with what else of the page says it (name, blocks)."""
    context = {"fact": context, "relation": relation, "saved": saved}
    return render(request, "relations/_fact_saved.html", context)


def fact_form(request: HttpRequest, relation: Relation, form, *, key: str, note: str = "", **more) -> HttpResponse:
    """The form in the place of the fact; a page of its own without JavaScript."""
    context = more | {
        "form": form,
        "relation": relation,
        "action": request.path,
        "cancel_url": f"{request.path}?show=1" if request.htmx else relation.get_absolute_url(),
        "key": key,
        "note": note,
    }
    if not request.htmx:
        context["rows"] = None
    template = "core/components/fact_edit.html" if request.htmx else "relations/form_page.html"
    return render(request, template, context, status=422 if form.errors else 200)
