"""A relation as a whole: changed, ended, deceased, deleted; and the look-up of an address for any form."""

from datetime import date

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.core.conflicts import conflict_response
from crm.core.forms import DayField, add_refusal
from crm.core.models import ChangedMeanwhile
from crm.relations import address_lookup
from crm.relations.forms import DeceasedForm, DeleteForm, EndForm, RelationForm
from crm.relations.humans import PRIVATE_FIELDS
from crm.relations.models import FinancialRole, Relation
from crm.relations.queries import ending_of
from crm.relations.services import (
    EndReport,
    UnableToDelete,
    delete_relation,
    end_relation,
    mark_deceased,
    obstacles_to_deletion,
    reopen_relation,
    update_relation,
)
from crm.relations.views.base import (
    as_it_would_be,
    editable_relation,
    form_warnings,
    posted_version,
    say_saved,
    shown_day,
)


@require_http_methods(["GET", "POST"])
def edit_relation(request: HttpRequest, number: int) -> HttpResponse:
    relation = editable_relation(request, number)
    form = RelationForm(request.POST or None, instance=relation, user=request.user, kind=relation.kind)
    if "check" in request.POST:
        return _checked(request, relation, form)
    if request.method == "POST" and form.is_valid():
        try:
            relation = update_relation(relation, version=form.cleaned_data["version"], **form.values())
        except ChangedMeanwhile:
            return conflict_response(request, form, Relation.objects.visible_to(request.user).get(pk=relation.pk))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            say_saved(request, _("%(name)s is saved.") % {"name": relation})
            return redirect(relation)
    private = [form.fields[name].label for name in form.fields if name in PRIVATE_FIELDS] if relation.is_person else []
    context = {"form": form, "relation": relation, "is_person": relation.is_person, "private": private}
    context["warnings"] = form_warnings(request, relation)
    return render(request, "relations/edit.html", context, status=422 if form.errors else 200)


def _checked(request: HttpRequest, relation: Relation, form: RelationForm) -> HttpResponse:
    """What couplings would refuse of what is typed so far."""

    def act():
        if form.is_valid():
            update_relation(relation, version=form.cleaned_data["version"], **form.values())

    return as_it_would_be(request, relation, act)


@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, number: int) -> HttpResponse:
    relation = editable_relation(request, number)
    form = EndForm(request.POST or None, initial={"version": relation.version, "on": shown_day(request)})
    if request.method == "POST" and form.is_valid():
        try:
            seen = ending_of(request.user, relation, on=form.cleaned_data["on"])
            report = end_relation(relation, **form.cleaned_data)
        except ChangedMeanwhile:
            return conflict_response(request, form, Relation.objects.visible_to(request.user).get(pk=relation.pk))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            say_saved(
                request,
                " ".join([_("%(name)s is ended.") % {"name": relation}, *told(request.user, report, seen.count)]),
            )
            return redirect(relation)
    return _action_page(
        request,
        relation,
        form,
        title=_("End"),
        explain=_(
            "From that day nothing is sent to this relation any more. Employments, ties and memberships end on the"
            " same day, and so do its roles in the books, except where an amount is still open. Nothing is deleted,"
            " here or in a coupled system."
        ),
        submit=_("End the relation"),
        ending=ending_of(request.user, relation, on=_asked_day(request)),
    )


def _asked_day(request: HttpRequest) -> date:
    """The day that is filled in, as far as it is one; else the day that is shown."""
    asked = request.POST.get("on") or request.GET.get("on") or ""
    try:
        return DayField(required=False).clean(asked) or shown_day(request)
    except ValidationError:
        return shown_day(request)


def told(user, report: EndReport, count: int) -> list[str]:
    """What ending did, as sentences, of what this user sees: `count` things ended, and the roles that stay."""
    left = FinancialRole.objects.visible_to(user).filter(pk__in=[role.pk for role in report.left])
    stays = [
        _("%(role)s in %(administration)s stays: %(amount)s is still open.")
        % {"role": role, "administration": role.administration, "amount": role.open_amount.amount}
        for role in left.select_related("administration", "number", "open_amount")
    ]
    done = ngettext("%(count)d thing under it ended too.", "%(count)d things under it ended too.", count)
    return ([done % {"count": count}] if count else []) + stays


@require_http_methods(["POST"])
def reopen(request: HttpRequest, number: int) -> HttpResponse:
    relation = editable_relation(request, number)
    try:
        reopen_relation(relation, version=posted_version(request))
    except ChangedMeanwhile:
        return redirect(relation)
    say_saved(request, _("%(name)s is active again.") % {"name": relation})
    return redirect(relation)


@require_http_methods(["GET", "POST"])
def deceased(request: HttpRequest, number: int) -> HttpResponse:
    relation = editable_relation(request, number)
    if not relation.is_person:
        raise Http404
    form = DeceasedForm(request.POST or None, initial={"version": relation.version})
    if request.method == "POST" and form.is_valid():
        try:
            seen = ending_of(request.user, relation, on=form.cleaned_data["on"], roles=False)
            report = mark_deceased(relation, **form.cleaned_data)
        except ChangedMeanwhile:
            return conflict_response(request, form, Relation.objects.visible_to(request.user).get(pk=relation.pk))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            say_saved(request, " ".join([_("The death is noted."), *told(request.user, report, seen.count)]))
            return redirect(relation)
    return _action_page(
        request,
        relation,
        form,
        title=_("Deceased"),
        explain=_(
            "On every card of this person. Employments, ties and memberships end on that day; post, e-mail and phone"
            " stop. Roles in the books stay, for the estate."
        ),
        submit=_("Note the death"),
        ending=ending_of(request.user, relation, on=_asked_day(request), roles=False),
    )


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, number: int) -> HttpResponse:
    relation = editable_relation(request, number)
    if not rights_of(request.user).has(Right.RELATIONS_DELETE, [relation.administration_id]):
        raise Http404
    form = DeleteForm(request.POST or None, initial={"version": relation.version})
    obstacles = obstacles_to_deletion(relation, reader=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            delete_relation(relation, reader=request.user, **form.cleaned_data)
        except ChangedMeanwhile:
            # nothing of this form clashes, so it would be merged: but who deletes must know what is deleted
            return _delete_page(request, relation, form.cleaned_data["reason"], obstacles)
        except UnableToDelete as refusal:
            obstacles = refusal.obstacles
        else:
            say_saved(request, _("%(name)s is deleted.") % {"name": relation})
            return redirect(reverse("relations:list"))
    return _delete_page(request, relation, form, obstacles)


def _delete_page(request: HttpRequest, relation: Relation, form: DeleteForm | str, obstacles) -> HttpResponse:
    """`form`, or the reason that was given while somebody changed the relation: then it is asked again, with 409."""
    stale = isinstance(form, str)
    if stale:
        relation = Relation.objects.visible_to(request.user).get(pk=relation.pk)
        form = DeleteForm(initial={"version": relation.version, "reason": form})
    response = _action_page(
        request,
        relation,
        form,
        title=_("Delete"),
        explain=_(
            "The relation disappears from every list, with its addresses, employments and ties. History keeps it, and"
            " it can be restored from there. Couplings take it out where the other system knows how."
        ),
        submit=_("Delete for good"),
        danger=True,
        obstacles=[_("Somebody changed this relation meanwhile. Look at it again; nothing is deleted.")]
        if stale
        else obstacles,
    )
    response.status_code = 409 if stale else response.status_code
    return response


def _action_page(request: HttpRequest, relation: Relation, form, **context) -> HttpResponse:
    context |= {"form": form, "relation": relation}
    return render(request, "relations/action.html", context, status=422 if form.errors else 200)


@require_safe
def look_up_address(request: HttpRequest) -> HttpResponse:
    """Street and city of a postcode and number, for the form; at most two seconds. The form works without.

    JSON: {"state", "street", "city", "message", "options": [{"letter", "addition", "street",
    "city", "label"}, …]}: those to choose from, at most twelve, when there are several.
    """
    asked = request.GET
    try:
        result = address_lookup.lookup(
            asked.get("postcode", ""),
            int(asked.get("house_number") or 0),
            asked.get("house_letter", ""),
            asked.get("house_addition", ""),
            timeout_seconds=address_lookup.ON_SCREEN_SECONDS,
        )
    except ValueError:
        return JsonResponse({"state": "incomplete", "street": "", "city": "", "message": "", "options": []})
    street, city = result.street_and_city or ("", "")
    messages = {
        "found": _("Found by the address service; you can type over it."),
        "ambiguous": _("There are more addresses at this number: choose, or give the letter or addition."),
        "none": _("The address service does not know this address. You can type it."),
        "unavailable": _("The address service does not answer. You can type the address."),
    }
    options = [
        {"letter": a.letter, "addition": a.addition, "street": a.street, "city": a.city, "label": _in_short(a)}
        for a in result.addresses[:OFFERED]
    ]
    several = result.state == address_lookup.State.AMBIGUOUS
    return JsonResponse(
        {
            "state": str(result.state),
            "street": street,
            "city": city,
            "message": messages[str(result.state)],
            "options": options if several else [],
        }
    )


OFFERED = 12


def _in_short(address) -> str:
    """ "Brinkhof 14a-2": what tells one address from another at the same number."""
    number = f"{address.number}{address.letter.lower()}" + (f"-{address.addition}" if address.addition else "")
    return f"{address.street} {number}"
