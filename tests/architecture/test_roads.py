"""No page of the admin passes `visible_to`: walked as users of another administration.

Pages are found in the admin's registry, not listed: a new one is walked from the day it exists.
"""

import re
from itertools import product

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from crm.access.models import Grant, Role
from crm.access.rights import Right
from crm.administrations.models import Installation
from crm.core.admin import ScopedAdmin, ScopedInline, ScopedStackedInline
from crm.core.models import Recorded
from crm.relations.models import (
    Relation,
    RelationUse,
)
from tests.architecture.roads_world import MINE, NOWHERE, SHARED, THEIRS, routes
from tests.factories.relations import (
    AdministrationFactory,
    user_in,
)


def pages() -> list[str]:
    """The admin's pages of models whose rows belong to an administration, by their names in addresses."""
    return sorted(
        f"{model._meta.app_label}_{model._meta.model_name}"
        for model in admin.site._registry
        if model.__name__ not in SHARED and issubclass(model, Recorded) and model._meta.app_label in OWN_WORLD
    )


OWN_WORLD = ("access", "administrations", "relations")
RIGHTS = {
    "everything": tuple(Right.values),
    "relations": (Right.RELATIONS_CHANGE, Right.RELATIONS_DELETE),
    "users": (Right.USERS_MANAGE,),
    "nothing": (),
}


def key_of(page: str, keys: dict[str, int]) -> int:
    by_page = {model.__name__.lower(): model.__name__ for model in admin.site._registry}
    return keys[by_page[page.split("_", 1)[1]]]


def as_compared(response, pk) -> str:
    """The body as far as it may differ from another's: the address asked for and the tokens of forms left out."""
    body = response.content.decode().replace(f"/{pk}/", "/")
    return re.sub(r"[A-Za-z0-9]{64}", "", body)


# ------------------------------------------------------------------------------------------ the admin's roads


@pytest.mark.parametrize("role", RIGHTS)
def test_a_record_of_another_administration_answers_as_one_that_never_was(world, client, role):
    mine, _theirs, _mine_keys, their_keys = world
    client.force_login(user_in(mine, rights=RIGHTS[role]))
    differing = []
    for page, view in product(pages(), ("change", "history", "delete")):
        pk = key_of(page, their_keys)
        answers = [client.get(reverse(f"admin:{page}_{view}", args=[key])) for key in (pk, NOWHERE)]
        if [a.status_code for a in answers] not in ([404, 404], [403, 403]):
            differing.append((page, view, [a.status_code for a in answers]))
        elif as_compared(answers[0], pk) != as_compared(answers[1], NOWHERE):
            differing.append((page, view, "body"))
    assert differing == []


@pytest.mark.parametrize("role", RIGHTS)
def test_no_list_search_or_export_of_the_admin_names_another_administration(world, client, role):
    mine, _theirs, _mine_keys, _their_keys = world
    client.force_login(user_in(mine, rights=RIGHTS[role]))
    leaking = []
    part = THEIRS[:-2]  # a page repeats what was asked, which must not look like an answer
    for page, question in product(pages(), ("", "?q=" + part, "?q=" + MINE)):
        answer = client.get(reverse(f"admin:{page}_changelist") + question)
        if THEIRS.lower() in answer.content.decode().lower():
            leaking.append((page, question))
        elif answer.status_code == 200 and question.endswith(part) and answer.context["cl"].result_count:
            leaking.append((page, question, answer.context["cl"].result_count))
    for page in [name for name in pages() if f"{name}_export" in names_of_routes()]:
        answer = client.get(reverse(f"admin:{page}_export"))
        if answer.status_code == 200 and THEIRS in b"".join(answer.streaming_content).decode():
            leaking.append((page, "export"))
    assert leaking == []


def test_lists_show_what_is_ones_own(world, client):
    """The walk above proves nothing on pages that show nothing at all."""
    mine, _theirs, mine_keys, _their_keys = world
    client.force_login(user_in(mine))
    empty = [
        page
        for page in pages()
        if key_of(page, mine_keys)
        not in [row.pk for row in client.get(reverse(f"admin:{page}_changelist")).context["cl"].result_list]
    ]
    closed = [
        (page, view)
        for page, view in product(pages(), ("change", "history"))
        if client.get(reverse(f"admin:{page}_{view}", args=[key_of(page, mine_keys)])).status_code != 200
    ]
    assert (empty, closed) == ([], [])


def test_autocomplete_offers_no_record_of_another_administration(world, client):
    mine, _theirs, _mine_keys, _their_keys = world
    client.force_login(user_in(mine))
    asked, offered = 0, []
    for model, page in admin.site._registry.items():
        for name in {*page.autocomplete_fields, *(n for i in page.inlines for n in i.autocomplete_fields)}:
            owners = [model, *(i.model for i in page.inlines)]
            owner = next(o for o in owners if name in {f.name for f in o._meta.get_fields()})
            where = {"app_label": owner._meta.app_label, "model_name": owner._meta.model_name, "field_name": name}
            for term in ("", THEIRS):
                answer = client.get(reverse("admin:autocomplete"), {**where, "term": term})
                asked += 1
                if answer.status_code == 200 and THEIRS in answer.content.decode():
                    offered.append((owner.__name__, name))
    assert (asked > 0, offered) == (True, [])


def test_a_foreign_key_of_another_administration_cannot_be_posted(world, client):
    mine, theirs, mine_keys, their_keys = world
    client.force_login(user_in(mine))
    new = {"kind": "visiting", "street": "Langestraat", "country": "NL", "valid_from": "2026-01-01"}
    answers = [
        client.post(reverse("admin:relations_address_add"), {**new, "relation": their_keys["Relation"]}),
        client.post(
            reverse("admin:relations_relation_add"),
            {
                "administration": theirs.pk,
                "kind": "person",
                "family_name": "Elders",
                "name_order": "own",
                "language": "nl",
            },
        ),
        client.post(
            reverse("admin:access_grant_add"),
            {"user": mine_keys["User"], "administration": theirs.pk, "role": Role.objects.first().pk},
        ),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert all(answer.context["errors"] for answer in answers)
    assert Relation.objects.filter(family_name="Elders").count() == 0
    assert Grant.objects.filter(user=mine_keys["User"], administration=theirs).count() == 0


def test_actions_leave_records_of_another_administration_alone(world, client):
    mine, _theirs, _mine_keys, their_keys = world
    client.force_login(user_in(mine))
    for page, action in product(pages(), ("delete_selected", "deactivate", "reset", "make_debtor")):
        pk = key_of(page, their_keys)
        before = model_of(page)._default_manager.filter(pk=pk).values().get()
        data = {"action": action, "_selected_action": [pk], "post": "yes"}
        client.post(reverse(f"admin:{page}_changelist"), data)
        assert model_of(page)._default_manager.filter(pk=pk).values().get() == before, (page, action)


def test_a_relation_put_to_use_shows_nothing_of_the_other_administration(world, client):
    """In the mode multiple a relation is in several administrations; what lies in another stays there."""
    mine, theirs, _mine_keys, their_keys = world
    person = Relation.objects.get(pk=their_keys["Relation"])
    umbrella = AdministrationFactory()
    Installation.objects.create(pk=1, mode="multiple", umbrella=umbrella)
    RelationUse.objects.create(administration=mine, relation=person)
    client.force_login(user_in(mine))
    page = client.get(reverse("admin:relations_relation_change", args=[person.pk]))
    assert page.status_code == 200
    shown = {
        row.pk
        for formset in page.context["inline_admin_formsets"]
        for row in formset.formset.queryset
        if getattr(row, "administration_id", None) == theirs.pk
    }
    assert shown == set()


def model_of(page: str) -> type:
    app, name = page.split("_", 1)
    return apps.get_model(app, name)


def test_every_page_of_the_admin_is_scoped():
    unscoped = [page for page in admin.site._registry.values() if not isinstance(page, ScopedAdmin)]
    unscoped += [
        inline
        for page in admin.site._registry.values()
        for inline in page.inlines
        if not issubclass(inline, ScopedInline | ScopedStackedInline)
    ]
    assert unscoped == []


def test_the_admin_takes_no_pages_of_libraries():
    foreign = [m for m in admin.site._registry if not m.__module__.startswith(("crm.", "integrations.", "portal."))]
    assert foreign == []


def names_of_routes() -> set[str]:
    return {name.removeprefix("admin:") for _path, name, _view in routes()}
