import io

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from crm.access.rights import Right
from crm.exchange.columns import Column
from crm.exchange.kinds import kind
from crm.exchange.layouts import Layout, LayoutColumn, layout, layouts, read_columns, write_layout
from crm.exchange.services import correct_layout, drop_layout
from tests.factories.relations import AdministrationFactory, user_in

COLUMNS = (Column("number", "number", "whole"), Column("name", "name"), Column("email", "e-mail"))


def test_lines_become_columns_of_the_kind_that_is_asked():
    text = 'DbId | CrId: number, 16\nStatus: "C" | ""\n\nName: name'

    assert read_columns(text, variant=0) == [
        LayoutColumn("DbId", "number", longest=16),
        LayoutColumn("Status", constant="C"),
        LayoutColumn("Name", "name"),
    ]
    assert read_columns(text, variant=1)[:2] == [LayoutColumn("CrId", "number", longest=16), LayoutColumn("Status")]


def test_lines_that_cannot_be_read_are_all_named():
    with pytest.raises(ValidationError) as refused:
        read_columns('Code number\nName: nobody\nLand: "NL\nMail: email', known={"email"})

    assert [message[:8] for message in refused.value.messages] == ["Regel 1,", "Regel 2,", "Regel 3,"] or [
        message[:7] for message in refused.value.messages
    ] == ["Line 1,", "Line 2,", "Line 3,"]


def test_file_has_the_columns_of_the_layout_and_nothing_that_does_not_fit():
    ready = Layout("x", "X", ";", 'Code: number, 4\nName: name, 6\nMail: email, 6\nLand: "NL"', ("debtors",))
    rows = [(10, "=Bakkerij", "a@b.nl"), (12345, "Zus", "lang@example.nl")]
    target = io.BytesIO()

    count = write_layout(target, ready, "debtors", COLUMNS, rows)

    assert (count, target.getvalue().decode("utf-8-sig").splitlines()) == (
        2,
        ["Code;Name;Mail;Land", "10;'=Bakke;a@b.nl;NL", ";Zus;;NL"],
    )


def test_column_that_is_closed_stays_empty_in_a_layout():
    target = io.BytesIO()

    write_layout(
        target, Layout("x", "X", ";", "Name: name\nMail: email", ("debtors",)), "debtors", COLUMNS[:2], [(1, "Zus")]
    )

    assert target.getvalue().decode("utf-8-sig").splitlines() == ["Name;Mail", "Zus;"]


@pytest.mark.django_db
def test_layouts_that_come_with_the_product_name_columns_that_there_are():
    packages = [one.key for one in layouts("debtors")]
    for one in layouts():
        for place, name in enumerate(one.kinds):
            read_columns(one.text, variant=place, known={column.name for column in kind(name).columns})

    assert packages == ["exact", "afas", "twinfield", "dynamics", "accountview", "multivers", "minox", "decade"]


@pytest.mark.django_db
def test_correction_of_an_office_wins_until_it_is_dropped():
    shipped = layout("exact").text
    correct_layout("exact", version=1, separator=",", text="Code: books_number")
    corrected = layout("exact")
    drop_layout("exact")

    assert (corrected.text, corrected.separator, corrected.corrected) == ("Code: books_number", ",", True)
    assert layout("exact").text == shipped


@pytest.mark.django_db
def test_layout_is_corrected_on_its_screen_by_who_sets_everywhere(client):
    here = AdministrationFactory()
    client.force_login(user_in(here))
    address = reverse("exchange:layout", args=["afas"])

    shown = client.get(address)
    saved = client.post(address, {"version": 1, "separator": ";", "text": "DbId: books_number, 16"})
    refused = client.post(address, {"version": 2, "separator": ";", "text": "DbId: nobody"})
    client.force_login(user_in(here, rights=[Right.EXPORT]))

    assert (shown.status_code, saved.status_code, refused.status_code) == (200, 302, 422)
    assert layout("afas").text == "DbId: books_number, 16"
    assert client.get(address).status_code == 404
