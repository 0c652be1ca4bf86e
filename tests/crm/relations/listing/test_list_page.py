"""The list of relations: what its address asks, what it shows, in which order, and to whom."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.access.rights import Right
from crm.relations import services
from crm.relations.listing import columns, sources
from crm.relations.listing.asked import read
from crm.relations.listing.page import relation_page
from crm.relations.models import (
    Address,
    EmailAddress,
    Employment,
    FinancialRole,
    Kind,
    Relation,
    Standing,
)
from tests.factories.relations import (
    DAY,
    LONG_AGO,
    AddressFactory,
    EmploymentFactory,
    OrganisationFactory,
    PersonFactory,
    user_in,
)

pytestmark = pytest.mark.django_db
LIST = "relations:list"


def fill(administration, rows):
    for _ in range(rows):
        organisation = OrganisationFactory(administration=administration)
        AddressFactory(relation=organisation)
        EmploymentFactory(organisation=organisation, person__administration=administration)
        services.set_financial_role(organisation, administration=administration, kind="debtor", valid_from=LONG_AGO)


def queries_of(client, url):
    client.get(url)  # what a process reads once (words, the site) is read
    with CaptureQueriesContext(connection) as counted:
        assert client.get(url).status_code == 200
    return len(counted)


def shown(user, query, on=DAY):
    """The ids that an address shows, in order."""
    return [row.pk for row in relation_page(user, read(user, QueryDict(query)), on=on).rows]


# --------------------------------------------------------------------------------------------------- queries


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        # page, count, cities, work, roles, bookkeeping
        ("", 6),
        ("order=-number", 6),
        # the log is walked, then its relations are read
        ("order=-changed", 7),
        # a source more each: clients and members, the log
        ("columns=city,postcode,street,client_since,member_since,changed,blocked,home", 5),
    ],
)
def test_list_costs_the_same_at_one_and_three_rows(noor, administration, query, cost):
    counts = []
    columns.offered_to(noor)  # reads the rights
    for more in (1, 2):
        fill(administration, more)
        asked = read(noor, QueryDict(query))
        with CaptureQueriesContext(connection) as counted:
            relation_page(noor, asked, on=DAY)
        counts.append(len(counted))

    assert counts == [cost, cost]


@pytest.mark.parametrize("query", ["", "?q=theater", "?q=theater&order=number"])
def test_page_of_the_list_costs_the_same_at_one_and_three_rows(client, noor, administration, query):
    counts = []
    for more in (1, 2):
        fill(administration, more)
        counts.append(queries_of(client, reverse(LIST) + query))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("everywhere", [True, False])
def test_sources_ask_what_the_rules_ask_of_rows_under_a_relation_that_is_seen(administration, everywhere):
    user = user_in(administration) if everywhere else user_in(administration, rights=())
    seen = {"relation__in": Relation.objects.visible_to(user, DAY).values("pk")}
    stranger, mine = OrganisationFactory(), OrganisationFactory(administration=administration)
    for organisation in (stranger, mine):
        AddressFactory(relation=organisation)
        EmploymentFactory(organisation=organisation, person__administration=administration)
        services.set_financial_role(
            organisation, administration=organisation.administration, kind="debtor", valid_from=LONG_AGO
        )
        services.set_financial_role(mine, administration=stranger.administration, kind="debtor", valid_from=LONG_AGO)
        services.set_standing(mine, administration=organisation.administration, kind="member", valid_from=LONG_AGO)
    persons = {"person__in": seen["relation__in"]}

    for rows, model, parents in (
        (sources.address_rows, Address, seen),
        (sources.employment_rows, Employment, persons),
        (sources.role_rows, FinancialRole, seen),
        (sources.standing_rows, Standing, seen),
    ):
        by_rule = model.objects.visible_to(user, DAY).on(DAY).order_by("pk").values_list("pk", flat=True)
        assert list(rows(user, DAY).filter(**parents).order_by("pk").values_list("pk", flat=True)) == list(by_rule)


# ------------------------------------------------------------------------------------- who, and in which order


def test_list_shows_only_what_lies_in_ones_administrations(client, noor, administration):
    mine = OrganisationFactory(administration=administration, legal_name="Van mij")
    OrganisationFactory(legal_name="Van een ander")

    page = client.get(reverse(LIST)).context["page"]

    assert ([row.pk for row in page.rows], page.count) == ([mine.pk], 1)


@pytest.mark.parametrize("order", ["", "-name", "number", "-number", "changed", "-changed"])
def test_list_is_paged_by_key_forwards_and_back_in_every_order(client, noor, administration, order):
    made = [PersonFactory(administration=administration, family_name=f"Naam{n:03}") for n in range(60)]
    wanted = [person.pk for person in made]
    if order.startswith("-"):
        wanted.reverse()
    first = client.get(reverse(LIST), {"order": order, "view": "all"})
    second = client.get(reverse(LIST) + first.context["next_url"])
    back = client.get(reverse(LIST) + second.context["previous_url"])

    pages = [[row.pk for row in page.context["page"].rows] for page in (first, second, back)]
    assert pages == [wanted[:50], wanted[50:], wanted[:50]]
    assert (first.context["previous_url"], second.context["next_url"]) == ("", "")
    assert [page.context["page"].first for page in (first, second, back)] == [1, 51, 1]


def test_list_of_equal_names_loses_and_doubles_nobody_between_pages(noor, administration):
    made = [PersonFactory(administration=administration, family_name="Jansen") for _ in range(60)]
    first = relation_page(noor, read(noor, QueryDict("size=25")), on=DAY)
    second = relation_page(noor, read(noor, QueryDict(f"size=25&after={first.next}")), on=DAY)
    third = relation_page(noor, read(noor, QueryDict(f"size=25&after={second.next}")), on=DAY)

    assert [row.pk for page in (first, second, third) for row in page.rows] == [person.pk for person in made]


@pytest.mark.parametrize("cursor", ["x", "bm9uc2Vucw", "WzEsIDJd", "WyJ4IiwgMV0", "999999999999999999"])
@pytest.mark.parametrize("order", ["", "number", "changed"])
def test_list_takes_a_made_up_cursor_for_the_first_page(client, noor, administration, cursor, order):
    PersonFactory(administration=administration)

    assert client.get(reverse(LIST), {"after": cursor, "order": order}).status_code == 200


def test_list_by_last_change_begins_with_what_was_changed_last(noor, administration):
    first, second = (PersonFactory(administration=administration) for _ in range(2))
    services.update_relation(Relation.objects.get(pk=first.pk), version=first.version, email="nieuw@example.nl")

    assert shown(noor, "order=-changed") == [first.pk, second.pk]


def test_list_finds_with_a_typing_error_and_says_what_it_took_for_it(noor, administration):
    found = PersonFactory(administration=administration, given_name="Wubbo", prefix="", family_name="Oosterhuis")
    PersonFactory(administration=administration, given_name="Jan", family_name="Pietersen")

    page = relation_page(noor, read(noor, QueryDict("q=wubo oosterhius")), on=DAY)

    assert ([row.pk for row in page.rows], page.exact, page.alike) == ([found.pk], 0, 1)
    assert page.alike_words == ["wubbo", "oosterhuis"]
    assert shown(noor, "q=wubo oosterhius&exactly=yes") == []


def test_search_is_sorted_when_an_order_is_asked(noor, administration):
    made = [PersonFactory(administration=administration, family_name=name) for name in ("Brink", "Brinkman")]

    assert shown(noor, "q=brink&order=-number") == [made[1].pk, made[0].pk]


# --------------------------------------------------------------------------------------------------- filters


@pytest.fixture
def varied(administration):
    """Ann: everything set; Bob: nothing. A theatre where Ann works."""
    theatre = OrganisationFactory(
        administration=administration, legal_form="foundation", sector="Theater", email="", language="en"
    )
    ann = PersonFactory(
        administration=administration, family_name="Aa", email="ann@example.nl", phone="+31201234567", no_mail=True
    )
    bob = PersonFactory(administration=administration, family_name="Bb", email="")
    AddressFactory(relation=ann, city="Hengelo")
    EmploymentFactory(person=ann, organisation=theatre)
    services.set_financial_role(ann, administration=administration, kind="debtor", valid_from=LONG_AGO)
    services.set_standing(ann, administration=administration, kind="member", valid_from=date(2024, 3, 1))
    gone = PersonFactory(administration=administration, family_name="Cc", ended_on=date(2025, 1, 1), email="x@y.nl")
    return {"ann": ann.pk, "bob": bob.pk, "theatre": theatre.pk, "gone": gone.pk, "number": theatre.number}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=person", ["ann", "bob"]),
        ("status=ended", ["gone"]),
        ("status=all&kind=person", ["ann", "bob", "gone"]),
        ("role=debtor", ["ann"]),
        ("role=creditor", []),
        ("standing=member", ["ann"]),
        ("standing=client", []),
        ("since=1-1-2024", ["ann"]),
        ("since=1-1-2025", []),
        ("city=hengelo", ["ann"]),
        ("sector=theater", ["theatre"]),
        ("legal_form=foundation", ["theatre"]),
        ("language=en", ["theatre"]),
        ("blocked=mail", ["ann"]),
        ("blocked=post", []),
        ("blocked=any", ["ann"]),
        ("blocked=none&kind=person", ["bob"]),
        ("has_email=yes", ["ann"]),
        ("has_email=no", ["bob", "theatre"]),
        ("has_phone=yes", ["ann"]),
        ("kind=person&city=Hengelo&blocked=mail", ["ann"]),
    ],
)
def test_filter_leaves_what_fits(noor, varied, query, expected):
    assert sorted(shown(noor, query)) == sorted(varied[name] for name in expected)


def test_filter_on_employer_leaves_who_works_there_on_the_day(noor, varied):
    query = f"employer={varied['number']}"

    assert (shown(noor, query), shown(noor, query, on=LONG_AGO - timedelta(days=1))) == ([varied["ann"]], [])


def test_filter_on_e_mail_knows_extra_addresses(noor, varied):
    EmailAddress.objects.create(relation_id=varied["bob"], email="bob@example.nl")

    assert sorted(shown(noor, "has_email=yes")) == sorted([varied["ann"], varied["bob"]])


def test_filter_on_changes_leaves_what_changed_since(noor, varied):
    today = timezone.localdate()

    assert len(shown(noor, f"changed={today:%d-%m-%Y}")) == 3
    assert shown(noor, f"changed={today + timedelta(days=1):%d-%m-%Y}") == []


def test_filter_on_administration_of_another_leaves_nothing(noor, varied):
    other = OrganisationFactory()

    assert shown(noor, f"administration={other.administration_id}") == []


def test_filters_stand_as_chips_that_take_themselves_away(client, noor, varied):
    answer = client.get(reverse(LIST), {"kind": "person", "city": "Hengelo", "q": "aa", "order": "-name"})

    chips = [(str(chip["label"]), chip["value"], chip["remove"]) for chip in answer.context["chips"]]
    assert chips == [
        ("Kind", "person", "?q=aa&city=Hengelo&order=-name"),
        ("City", "Hengelo", "?q=aa&kind=person&order=-name"),
    ]
    assert answer.context["clear_url"] == "?order=-name"


@pytest.mark.parametrize(("query", "words"), [("since=soon", "“soon” is no value"), ("kind=ghost", "“ghost” is no")])
def test_filter_with_a_value_that_is_none_shows_nothing_and_says_so(client, noor, varied, query, words):
    answer = client.get(f"{reverse(LIST)}?{query}")

    assert answer.context["page"].rows == []
    assert words in answer.content.decode()


def test_filter_on_what_one_may_not_see_is_refused_and_tells_nothing(client, administration, varied):
    client.force_login(user_in(administration, rights=(), language="en"))

    answer = client.get(reverse(LIST), {"role": "debtor", "kind": "person"})

    assert answer.context["page"].rows == []
    assert "which you may not see" in answer.content.decode()
    assert [one["url"] for one in answer.context["refused"]] == ["?kind=person"]
    assert "role" not in [choice["key"] for choice in answer.context["choices"]]


# --------------------------------------------------------------------------------------------------- columns


def heads(answer):
    return [str(head["label"]) for head in answer.context["heads"]]


def test_columns_stand_as_the_address_asks_with_the_name_first(client, noor, varied):
    answer = client.get(reverse(LIST), {"columns": "city,legal_form,nonsense,number"})

    assert heads(answer) == ["Name", "City", "Legal form", "Number"]
    assert answer.context["columns"]["standard_url"] == "?view=all"


def test_columns_move_by_a_button_and_stay_in_the_address(client, noor, varied):
    asked = {"columns": ["number", "city", "email"], "move": "email:up", "kind": "person"}

    answer = client.get(reverse(LIST), asked)

    assert answer["location"] == f"{reverse(LIST)}?kind=person&columns=number,email,city"


def test_columns_of_a_hidden_class_are_left_out(client, administration, varied):
    asked = {"columns": "role,birth_date,city"}
    client.force_login(user_in(administration, rights=(), language="en"))
    without = heads(client.get(reverse(LIST), asked))
    client.force_login(user_in(administration, rights=(Right.FINANCIAL_VIEW, Right.SPECIAL_VIEW), language="en"))

    assert (without, heads(client.get(reverse(LIST), asked))) == (
        ["Name", "City"],
        ["Name", "Deb./cred.", "Date of birth", "City"],
    )


@pytest.mark.usefixtures("in_english")
def test_columns_with_values_of_everything_can_be_shown_at_once(noor, varied):
    keys = ",".join(columns.offered_to(noor))

    page = relation_page(noor, read(noor, QueryDict(f"columns={keys}&kind=person")), on=DAY)

    ann = next(row for row in page.rows if row.pk == varied["ann"])
    cells = dict(zip([column.key for column in page.columns], ann.cells, strict=True))
    assert len(cells) == len(columns.offered_to(noor))
    assert "01-03-2024" in cells["member_since"]
    assert "no e-mail" in cells["blocked"]
    assert "7551 EC" in cells["postcode"]
    assert "Brinkhof 14" in cells["street"]
    assert str(Kind.PERSON.label) in cells["kind"]


def test_cells_escape_what_people_typed(noor, administration):
    PersonFactory(administration=administration, family_name="<script>x</script>", email='"><b>@x.nl')

    page = relation_page(noor, read(noor, QueryDict("q=script")), on=DAY)

    html = "".join(page.rows[0].cells)
    assert "<script>" not in html
    assert "<b>" not in html


def test_list_answers_htmx_with_the_list_its_chips_and_its_columns_alone(client, noor, varied):
    answer = client.get(reverse(LIST), {"q": "aa"}, headers={"HX-Request": "true", "HX-Target": "list"})

    body = answer.content.decode()
    assert "<html" not in body
    assert [f'id="{key}"' in body for key in ("list", "list-tools", "list-views", "list-q")] == [
        True,
        True,
        True,
        False,
    ]


# ---------------------------------------------------------------------------------------------- nothing to show


@pytest.mark.parametrize(
    ("rights", "query", "title"),
    [
        (tuple(Right.values), "?view=all", "No relations yet"),
        (tuple(Right.values), "?q=zzz", "Nothing found"),
        (tuple(Right.values), "?after=WyJ6IiwgOV0", "This page is empty"),
        (None, "?view=all", "You have no role in an administration yet"),
        (None, "?columns=books,city&kind=person", "may not see"),
    ],
)
def test_list_without_rows_says_why_and_what_next(client, administration, rights, query, title):
    client.force_login(user_in(*([administration] if rights else []), rights=rights or (), language="en"))

    assert title in client.get(reverse(LIST) + query).content.decode()


def test_list_of_another_day_shows_that_day_and_offers_nothing_to_tick(client, noor, administration):
    person = PersonFactory(administration=administration)
    EmploymentFactory(person=person, organisation__administration=administration, valid_until=date(2024, 1, 1))

    then, now = (client.get(f"{day}/relations/?kind=person") for day in ("/on/2023-05-01", ""))

    work = [answer.context["page"].rows[0].found["work"].split(",")[0] for answer in (then, now)]
    assert (work, then.context["page"].rows[0].url) == (
        ["directeur", ""],
        f"/on/2023-05-01/relations/{person.number}/?list=kind%3Dperson",
    )
    assert ["list-bulk" in answer.content.decode() for answer in (then, now)] == [False, True]
