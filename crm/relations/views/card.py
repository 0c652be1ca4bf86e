"""The card of a relation, and its facts that are changed in place."""

from collections.abc import Container
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.core import panels
from crm.core.conflicts import conflict_response
from crm.core.forms import add_refusal
from crm.core.models import ChangedMeanwhile
from crm.core.templatetags.core import as_fact
from crm.relations.forms import IbanForm, RelationForm
from crm.relations.humans import PRIVATE_FIELDS, humans_of
from crm.relations.models import Address, BankAccount, Relation
from crm.relations.queries import administrations_of, beside, card_lists, uses_of
from crm.relations.services import set_iban, update_relation
from crm.relations.templatetags.relations import breakable
from crm.relations.tree import tie_tree
from crm.relations.views.base import (
    as_it_would_be,
    editable_relation,
    form_warnings,
    say_saved,
    shown_day,
    visible_relation,
)


@require_safe
def card(request: HttpRequest, number: int) -> HttpResponse:
    relation, on = visible_relation(request, number), shown_day(request)
    lists = card_lists(request.user, relation, on=on)
    where = administrations_of(relation)
    rights = rights_of(request.user)
    may_change = rights.has(Right.RELATIONS_CHANGE, where[:1]) or rights.has(Right.RELATIONS_SHARED, where)
    changeable = rights.changeable(Relation, where) if may_change else set()
    may_change_financial = rights.has(Right.FINANCIAL_CHANGE, where)
    previous, following = beside(request.user, relation, on=on)
    context = {
        "relation": relation,
        "on": on,
        "lists": lists,
        "tree": tie_tree(relation, lists["ties"], on=on),
        "addresses": _address_facts(lists["addresses"], on),
        "fact_names": [fact_context(relation, name, changeable) for name in FACTS if _shown(relation, name)],
        "iban": iban_context(relation, _main(lists["accounts"]), may_change_financial),
        "salutation": relation.salutation(),
        "counts": {name: _counts(lists[name]) for name in ("employments", "ties", "roles", "standings")},
        "readable": rights.readable(Relation, where),
        "may_change": bool(changeable),
        "sees_financial": rights.has(Right.FINANCIAL_VIEW, where),
        "sees_special": rights.has(Right.SPECIAL_VIEW, where),
        "may_change_financial": may_change_financial,
        "may_delete": rights.has(Right.RELATIONS_DELETE, where[:1]),
        "city": _city(lists["addresses"], on),
        "route_url": _route(lists["addresses"], on),
        "uses": uses_of(request.user, relation),
        "previous": previous,
        "following": following,
        "log_url": reverse("audit:relation", args=[relation.number]),
        "sections": _sections(request, relation),
        "same_human": _same_human(request.user, relation),
    }
    return render(request, "relations/card.html", context)


def _shown(relation: Relation, name: str) -> bool:
    """An organisation's mobile and anybody's notes show once there are any; the rest always, to be filled in."""
    return bool(getattr(relation, name)) or name in ("email", "phone") or (name == "mobile" and relation.is_person)


def _city(addresses: list[Address], on) -> str:
    visiting = _visiting(addresses, on)
    return visiting.city if visiting else ""


def _route(addresses: list[Address], on) -> str:
    """The directions to the visiting address of the day; "" without one."""
    visiting = _visiting(addresses, on)
    asked = urlencode({"to": str(visiting)}) if visiting else ""
    return f"https://www.openstreetmap.org/directions?{asked}" if asked else ""


def _visiting(addresses: list[Address], on) -> Address | None:
    return next((a for a in addresses if a.kind == Address.Kind.VISITING and a.is_on(on)), None)


def _main(accounts: list[BankAccount]) -> BankAccount | None:
    return next((account for account in accounts if account.main), None)


def _counts(rows: list) -> str:
    """ "3 now, 1 coming, 6 earlier", as far as there are any."""
    shapes = [row.shape for row in rows]
    texts = {
        "now": ngettext("%(n)d now", "%(n)d now", shapes.count("now")),
        "future": ngettext("%(n)d coming", "%(n)d coming", shapes.count("future")),
        "past": ngettext("%(n)d earlier", "%(n)d earlier", shapes.count("past")),
    }
    return ", ".join(text % {"n": shapes.count(shape)} for shape, text in texts.items() if shape in shapes)


def _sections(request: HttpRequest, relation: Relation) -> dict[str, list[tuple[str, dict]]]:
    """place -> (template, context) of what other slices show on this card."""
    shown: dict[str, list[tuple[str, dict]]] = {"left": [], "middle": [], "right": [], "head": []}
    for section in panels.sections("relation"):
        context = section.context(request, relation)
        if context is not None:
            shown.setdefault(section.place, []).append((section.template, context | {"relation": relation}))
    return shown


def _address_facts(addresses: list[Address], on) -> list[dict]:
    """Per kind the address of the day, with what comes after it; then what is only planned."""
    facts = []
    for kind in Address.Kind:
        rows = [a for a in addresses if a.kind == kind]
        now = next((a for a in rows if a.is_on(on)), None)
        coming = min((a for a in rows if a.when(on) == "future"), key=lambda a: a.valid_from, default=None)
        if rows:
            past = [a for a in rows if a.when(on) == "past"]
            facts.append({"kind": kind, "now": now, "coming": coming, "past": past})
    return facts


def _same_human(user, relation: Relation) -> list[Relation]:
    """The other records of the same human, as far as this user may see them."""
    if not relation.is_person:
        return []
    others = humans_of([relation.pk])[relation.pk] - {relation.pk}
    return list(Relation.objects.visible_to(user).filter(pk__in=others)) if others else []


# ------------------------------------------------------------------------------------------------- in place


@dataclass(frozen=True)
class Fact:
    """A fact of the card that is changed in place. `kind` as the template tag `fact` has it."""

    icon: str
    kind: str = "text"


FACTS = {
    "email": Fact("mail", "mail"),
    "phone": Fact("phone", "phone"),
    "mobile": Fact("phone", "phone"),
    "website": Fact("globe", "site"),
    "notes": Fact("note"),
}


def fact_context(relation: Relation, name: str, changeable: Container[str]) -> dict:
    value = getattr(relation, name)
    return {
        "icon": FACTS[name].icon,
        "label": str(Relation._meta.get_field(name).verbose_name).capitalize(),
        "value": breakable(as_fact(value, FACTS[name].kind)) if FACTS[name].kind in ("mail", "site") else value,
        # a link that may break is a link already
        "kind": "text" if FACTS[name].kind in ("mail", "site") else FACTS[name].kind,
        "note": "",
        "key": f"fact-{name}",
        "edit_url": reverse("relations:fact", args=[relation.number, name]) if name in changeable else "",
    }


@require_http_methods(["GET", "POST"])
def change_fact(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """One column of a relation, in place: the form, and after saving the fact again."""
    if name not in FACTS:
        raise Http404
    relation = editable_relation(request, number)
    if request.method == "GET" and "show" in request.GET:
        return render(request, "core/components/fact.html", fact_context(relation, name, (name,)))
    form = RelationForm(request.POST or None, instance=relation, user=request.user, kind=relation.kind, only=(name,))
    if name not in form.fields:
        raise Http404
    if request.method == "POST" and form.is_valid():
        try:
            relation = update_relation(relation, version=form.cleaned_data["version"], **form.values())
        except ChangedMeanwhile:
            return conflict_response(request, form, Relation.objects.visible_to(request.user).get(pk=relation.pk))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            say_saved(request, _("Saved: %(field)s.") % {"field": Relation._meta.get_field(name).verbose_name})
            if not request.htmx:
                return redirect(relation)
            return _fact_again(request, fact_context(relation, name, (name,)))
    return _fact_form(request, relation, form, key=f"fact-{name}", note=_private_note(request.user, relation, name))


def _private_note(user, relation: Relation, name: str) -> str:
    """Of the other cards that this user sees; that there is one elsewhere is not theirs to know."""
    if name in PRIVATE_FIELDS and _same_human(user, relation):
        return _("Private: changes on every card of this person.")
    return ""


@require_http_methods(["GET", "POST"])
def change_iban(request: HttpRequest, number: int) -> HttpResponse:
    """The main bank account, in place. What a coupling would refuse is said before it is sent."""
    relation = visible_relation(request, number)
    accounts = BankAccount.objects.visible_to(request.user).filter(relation=relation)
    if not rights_of(request.user).has(Right.FINANCIAL_CHANGE, administrations_of(relation)):
        raise Http404
    main = accounts.filter(main=True).first()
    if request.method == "GET" and "show" in request.GET:
        return render(request, "core/components/fact.html", iban_context(relation, main))
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
            return _fact_again(request, iban_context(relation, account))
    if "check" in request.POST:
        return render(request, "relations/_warnings.html", {"warnings": []})
    return _iban_form(request, relation, form)


def _iban_form(request: HttpRequest, relation: Relation, form: IbanForm) -> HttpResponse:
    """In place the fields come with what couplings would refuse, looked at again while somebody types."""
    context = {"form": form, "warnings": form_warnings(request, relation), "checks": True}
    rows = render_to_string("relations/_iban_fields.html", context, request) if request.htmx else None
    del context["form"]
    return _fact_form(request, relation, form, key="fact-iban", rows=rows, **context)


@transaction.atomic
def _save_iban(relation: Relation, form: IbanForm) -> BankAccount:
    """Another main account than the one that was shown is somebody's change, whatever its version is."""
    Relation.objects.lock(relation)
    values = dict(form.cleaned_data)
    shown = values.pop("account")
    main = relation.bank_accounts.filter(main=True).first()
    if "account" in form.data and shown != (main.pk if main else None):
        raise ChangedMeanwhile(BankAccount, shown, values["version"])
    return set_iban(relation, **values)


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


def iban_context(relation: Relation, account: BankAccount | None, changeable: bool = True) -> dict:
    return {
        "icon": "bank",
        "label": "IBAN",
        "value": str(account) if account else "",
        "kind": "text",
        "note": _("in the name of %(holder)s") % {"holder": account.holder} if account and account.holder else "",
        "key": "fact-iban",
        "edit_url": reverse("relations:iban", args=[relation.number]) if changeable else "",
    }


def _fact_again(request: HttpRequest, context: dict) -> HttpResponse:
    """The fact as it is now, and the toast beside it."""
    return render(request, "relations/_fact_saved.html", {"fact": context})


def _fact_form(request: HttpRequest, relation: Relation, form, *, key: str, note: str = "", **more) -> HttpResponse:
    context = more | {
        "form": form,
        "relation": relation,
        "action": request.path,
        "cancel_url": f"{request.path}?show=1" if request.htmx else relation.get_absolute_url(),
        "key": key,
        "note": note,
    }
    template = "core/components/fact_edit.html" if request.htmx else "relations/form_page.html"
    return render(request, template, context, status=422 if form.errors else 200)
