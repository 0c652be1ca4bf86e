"""Items are raised once while open, in the reader's language, for who they concern."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import translation

from crm.access.rights import Right
from crm.attention.models import AttentionItem
from crm.attention.queries import open_about, open_for
from crm.attention.services import (
    Raised,
    UnableToClose,
    close_by_key,
    dismiss,
    handle,
    postpone,
    raise_item,
    raise_items,
)
from crm.core import jobs
from crm.core.change_set import change_set
from crm.core.models import ChangedMeanwhile
from tests.factories.relations import AdministrationFactory, OrganisationFactory, UserFactory, user_in

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 25)


def raised(**values):
    return raise_item(**({"kind": "test", "title": "relation"} | values))


def test_attention_item_is_raised_once_while_it_is_open():
    first = raised(once_key="k")

    assert raised(once_key="k").pk == first.pk
    handle(first)
    assert raised(once_key="k").pk != first.pk
    assert raised().pk != raised().pk


def test_attention_items_of_a_whole_run_take_a_fixed_number_of_queries(django_assert_num_queries):
    raised(once_key="known")
    few = [Raised("test", "relation", once_key=key) for key in ("a", "b")]
    many = [Raised("test", "relation", once_key=f"{number}") for number in range(20)]

    with change_set():
        with django_assert_num_queries(6):
            raise_items(few)
        with django_assert_num_queries(5):
            items = raise_items([*many, Raised("test", "relation", once_key="known"), many[0]])

    assert AttentionItem.objects.count() == 23
    assert items[0].pk == items[-1].pk


def test_attention_title_is_in_the_language_of_the_reader():
    item = AttentionItem.objects.get(pk=raised(title=("“%(value)s” is no day.", {"value": "x"}), body="relation").pk)

    with translation.override("en"):
        assert (item.title, item.body) == ("“x” is no day.", "relation")


def test_attention_title_of_which_a_value_is_missing_still_shows():
    item = raised(title=("%(name)s has no IBAN", {"other": "x"}))

    assert item.title == "%(name)s has no IBAN"


def test_attention_concerns_who_has_the_right_there():
    here, there = AdministrationFactory(), AdministrationFactory()
    importer, exporter = user_in(here, rights=[Right.IMPORT]), user_in(there, rights=[Right.EXPORT])
    nobody, superuser = UserFactory(), UserFactory(is_superuser=True)
    for name, values in {
        "import here": {"for_right": Right.IMPORT, "administration": here},
        "import there": {"for_right": Right.IMPORT, "administration": there},
        "export anywhere": {"for_right": Right.EXPORT},
        "all here": {"administration": here},
        "nobody's": {"for_user": nobody, "administration": there},
    }.items():
        raised(title=name, **values)

    seen = {user: [item.title for item in open_for(user, ON)] for user in (importer, exporter, nobody, superuser)}

    assert seen == {
        importer: ["import here", "all here"],
        exporter: ["export anywhere"],
        nobody: ["nobody's"],
        superuser: ["import here", "import there", "export anywhere", "all here", "nobody's"],
    }


def test_attention_due_comes_first_and_postponed_later():
    user = UserFactory(is_superuser=True)
    undated, late, soon = (
        raised(title="undated"),
        raised(title="late", on=date(2026, 12, 1)),
        raised(title="soon", on=ON),
    )

    assert [item.pk for item in open_for(user, ON)] == [soon.pk, late.pk, undated.pk]
    postpone(soon, until=date(2026, 11, 30))

    assert [item.pk for item in open_for(user, date(2026, 11, 29))] == [late.pk, undated.pk]
    assert [item.pk for item in open_for(user, date(2026, 11, 30))] == [soon.pk, late.pk, undated.pk]


def test_attention_closing_says_who_and_why_and_is_history():
    user, item = UserFactory(), raised()

    with change_set(actor=user):
        dismiss(item, reason=" hoeft niet ", version=1)

    item.refresh_from_db()
    assert (item.state, item.reason, item.closed_by, item.version) == ("dismissed", "hoeft niet", user, 2)
    assert item.history.latest().change_set.actor == user


def test_attention_closing_twice_without_reason_or_on_an_old_version_is_refused():
    item = raised()

    with pytest.raises(UnableToClose):
        dismiss(item, reason="  ")
    with pytest.raises(ChangedMeanwhile):
        handle(item, version=7)
    handle(item)
    for act in (handle, lambda closed: postpone(closed, until=ON)):
        with pytest.raises(UnableToClose):
            act(item)


def test_attention_that_solved_itself_is_closed_by_its_key():
    raised(once_key="k")

    assert [close_by_key("k"), close_by_key("k")] == [1, 0]


def test_attention_about_a_record_leads_to_it():
    organisation, user = OrganisationFactory(), UserFactory(is_superuser=True)
    item, _other = raised(subject=organisation), raised()

    assert list(open_about(organisation, user, ON)) == [item]
    assert item.subject_model == "relations.Relation"


def test_attention_is_raised_for_a_job_that_failed():
    @jobs.job_kind("test.refused", label="Proefwerk")
    def refused(job):
        raise jobs.UnableToRun("Dit kan niet.")

    user = UserFactory()
    jobs.run(jobs.start("test.refused", actor=user).pk)

    (item,) = open_for(user, ON)
    assert (item.title_values, item.body, item.url.startswith("/jobs/")) == (
        {"what": "Proefwerk"},
        "Dit kan niet.",
        True,
    )


def test_attention_admin_shows_what_concerns_one(client):
    here = AdministrationFactory()
    (
        raised(title="relation", administration=here),
        raised(title="administration", administration=AdministrationFactory()),
    )
    client.force_login(user_in(here))

    page = client.get(reverse("admin:attention_attentionitem_changelist"))

    assert page.status_code == 200
    assert page.context["cl"].result_count == 1
