"""What the list can show of a relation: a small class per column, with its cell.

A column names the columns of the relation it needs, or the `source` that reads its values for the whole page in one
query. One whose field class the user may not read is not there for them, whatever the address asks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.queries import Rights, rights_of
from crm.access.rights import Right
from crm.core import panels
from crm.core.field_classes import INTERNAL, PUBLIC, SPECIAL
from crm.core.templatetags.core import NOTHING, badge, day, icon, mailto, mark_match, site, tel, when
from crm.relations.listing.sources import Source, addresses, changes, roles, standings, work
from crm.relations.models import (
    Address,
    Kind,
    LegalForm,
    Relation,
    Standing,
)
from crm.relations.search.query import Hit

# what every row has, whatever is shown of it
BASE = ("pk", "kind", "number", "display_name", "ended_on", "deceased_on")


@dataclass(slots=True)
class Row:
    """One relation of the page: `values` by column of the relation, `found` by the name of a source."""

    values: dict[str, Any]
    url: str = ""
    found: dict[str, Any] = field(default_factory=dict)
    hit: Hit | None = None
    cells: list[SafeString] = field(default_factory=list)

    @property
    def pk(self) -> int:
        return self.values["pk"]

    @property
    def number(self) -> int:
        return self.values["number"]

    @property
    def name(self) -> str:
        return self.values["display_name"]


# ------------------------------------------------------------------------------------------------- columns


class ListColumn:
    """One column. `sort` is the key of an order; `phone` says whether it stands in the item of a phone."""

    key: ClassVar[str] = ""
    label: ClassVar[Any] = ""
    needs: ClassVar[tuple[str, ...]] = ()
    source: ClassVar[Source | None] = None
    field_class: ClassVar[str] = PUBLIC
    sort: ClassVar[str] = ""
    css: ClassVar[str] = ""
    phone: ClassVar[bool] = False

    def allowed(self, rights: Rights, classes: Collection[str]) -> bool:
        """`classes`: the field classes this user may read in every administration they work in."""
        return self.field_class in classes

    def text(self, row: Row) -> Any:
        """What stands in the cell; empty becomes a dash."""
        return row.values[self.needs[0]]

    def shown(self, row: Row, text: Any, q: str) -> Any:
        """The same as HTML or plain text."""
        return text

    def cell(self, row: Row, q: str = "") -> SafeString:
        text = self.text(row)
        if text in (None, ""):
            return self._empty
        html = conditional_escape(self.shown(row, text, q))
        if self.css == "cut":
            return SafeString(
                f'<td class="cut" title="{conditional_escape(text)}"{self._hidden}>{html}</td>'  # all escaped
            )
        return SafeString(f"<td{self._class}{self._hidden}>{html}</td>")

    @property
    def _hidden(self) -> str:
        return "" if self.phone else ' data-phone="hide"'

    @property
    def _class(self) -> str:
        return f' class="{self.css}"' if self.css else ""

    @property
    def _empty(self) -> SafeString:
        return SafeString(f'<td{self._class} data-phone="hide">{NOTHING}</td>')


class NameColumn(ListColumn):
    """Always there, always first."""

    key, label, sort = "name", gettext_lazy("Name"), "name"

    def cell(self, row, q=""):
        values = row.values
        mark = ""
        if values["deceased_on"]:
            mark = badge("ended", _("deceased"))
        elif values["ended_on"]:
            mark = badge("ended", _("ended"))
        return format_html(
            '<td data-first title="{}"><span class="name">{}<a href="{}">{}</a>{}</span></td>',
            values["display_name"],
            PERSON if values["kind"] == Kind.PERSON else ORGANISATION,
            row.url,
            mark_match(values["display_name"], q) if q else values["display_name"],
            mark,
        )


PERSON, ORGANISATION = icon("person"), icon("organisation")


class NumberColumn(ListColumn):
    key, label, sort = "number", gettext_lazy("Number"), "number"

    def cell(self, row, q=""):
        return SafeString(f"<td data-end data-first>{int(row.values['number'])}</td>")


class PlainColumn(ListColumn):
    """A column of the relation as it is, or as `show` makes it."""

    def __init__(self, key: str, label, column: str, *, field_class: str = PUBLIC, css: str = "", show=None):
        self.key, self.label, self.needs = key, label, (column,)
        self.field_class, self.css, self.show = field_class, css, show

    def shown(self, row, text, q):
        return self.show(text) if self.show else text


class KindColumn(ListColumn):
    key, label, needs = "kind", gettext_lazy("Kind"), ("kind",)

    def text(self, row):
        return Kind(row.values["kind"]).label


class WorkColumn(ListColumn):
    key, label, css, phone = "work", gettext_lazy("Function and employer"), "cut", True
    source = staticmethod(work)

    def text(self, row):
        return row.found["work"]


class CityColumn(ListColumn):
    key, label, phone = "city", gettext_lazy("City"), True
    source = staticmethod(addresses)

    def text(self, row):
        return row.found["addresses"][0] if row.found["addresses"] else ""

    def shown(self, row, text, q):
        return mark_match(text, q) if q else text


class PostcodeColumn(ListColumn):
    key, label = "postcode", gettext_lazy("Postcode")
    source = staticmethod(addresses)

    def text(self, row):
        if not row.found["addresses"]:
            return ""
        _city, postcode, country, *_rest = row.found["addresses"]
        return Address(postcode=postcode, country=country).shown_postcode


class StreetColumn(ListColumn):
    key, label, css = "street", gettext_lazy("Street and number"), "cut"
    source = staticmethod(addresses)

    def text(self, row):
        if not row.found["addresses"]:
            return ""
        street, number, letter, addition = row.found["addresses"][3:]
        return Address(street=street, house_number=number, house_letter=letter, house_addition=addition).line()


class EmailColumn(ListColumn):
    key, label, needs, css = "email", gettext_lazy("E-mail"), ("email",), "cut"

    def shown(self, row, text, q):
        if q and (marked := mark_match(text, q)) != text:
            return format_html('<a href="mailto:{}">{}</a>', text, marked)
        return mailto(text)


class PhoneColumn(ListColumn):
    """The phone, else the mobile."""

    key, label, needs = "phone", gettext_lazy("Phone"), ("phone", "mobile")

    def text(self, row):
        return row.values["phone"] or row.values["mobile"]

    def shown(self, row, text, q):
        return tel(text)


class RoleColumn(ListColumn):
    key, label, phone = "role", gettext_lazy("Deb./cred."), True
    source = staticmethod(roles)

    def allowed(self, rights, classes):
        return rights.has(Right.FINANCIAL_VIEW)

    def text(self, row):
        return row.found["roles"]


class StandingColumn(ListColumn):
    """Since when a client, or a member."""

    field_class = INTERNAL
    source = staticmethod(standings)

    def __init__(self, key: str, label, kind: str):
        self.key, self.label, self.kind = key, label, kind

    def text(self, row):
        return (row.found["standings"] or {}).get(self.kind, "")

    def shown(self, row, text, q):
        return day(text)


class BlockedColumn(ListColumn):
    key, label, field_class = "blocked", gettext_lazy("Blocked"), INTERNAL
    needs = ("no_post", "no_mail", "no_phone")

    def text(self, row):
        said = {"no_post": _("no post"), "no_mail": _("no e-mail"), "no_phone": _("no phone calls")}
        return ", ".join(words for name, words in said.items() if row.values[name])


class ChangedColumn(ListColumn):
    key, label, sort, css = "changed", gettext_lazy("Changed"), "changed", "number"
    source = staticmethod(changes)

    def text(self, row):
        return row.found["changes"]

    def shown(self, row, text, q):
        return when(text)


class PanelColumn(ListColumn):
    """One that another slice put in the list (`crm.core.panels.add_column`); it says itself who may see it."""

    phone = True

    def __init__(self, column: panels.Column):
        self.key, self.label, self.column = column.key, column.label, column

    def text(self, row):
        return row.found[f"panel {self.key}"]


def _choice_label(choices):
    labels = dict(choices)
    return lambda value: labels.get(value, value)


_columns: dict[str, ListColumn] = {}


def register(one: ListColumn) -> ListColumn:
    """Offer a column in the list of relations. One whose values are read in a query of their own, and that belongs
    to a slice above, goes by `crm.core.panels.add_column` instead."""
    _columns[one.key] = one
    return one


for _one in (
    NameColumn(),
    NumberColumn(),
    KindColumn(),
    WorkColumn(),
    CityColumn(),
    PostcodeColumn(),
    StreetColumn(),
    EmailColumn(),
    PhoneColumn(),
    PlainColumn("mobile", gettext_lazy("Mobile"), "mobile", show=tel),
    PlainColumn("website", gettext_lazy("Website"), "website", css="cut", show=site),
    RoleColumn(),
    StandingColumn("client_since", gettext_lazy("Client since"), Standing.Kind.CLIENT),
    StandingColumn("member_since", gettext_lazy("Member since"), Standing.Kind.MEMBER),
    PlainColumn("sector", gettext_lazy("Sector"), "sector", css="cut"),
    PlainColumn("legal_form", gettext_lazy("Legal form"), "legal_form", show=_choice_label(LegalForm.choices)),
    PlainColumn(
        "language",
        gettext_lazy("Language"),
        "language",
        field_class=INTERNAL,
        show=_choice_label(Relation._meta.get_field("language").choices),
    ),
    BlockedColumn(),
    PlainColumn("home", gettext_lazy("Administration"), "administration__name", css="cut"),
    PlainColumn("birth_date", gettext_lazy("Date of birth"), "birth_date", field_class=SPECIAL, show=day),
    PlainColumn("ended_on", gettext_lazy("Ended on"), "ended_on", field_class=INTERNAL, show=day),
    PlainColumn("external_key", gettext_lazy("External key"), "external_key", field_class=INTERNAL, css="cut"),
    ChangedColumn(),
):
    register(_one)

MOST = 40
STANDARD = ("name", "number", "work", "city", "email", "phone", "role")


def offered_to(user) -> dict[str, ListColumn]:
    """key -> column, for what this user may read; in the order in which they are offered."""
    rights = rights_of(user)
    classes = rights.readable_classes()
    offered = {one.key: one for one in _columns.values() if one.allowed(rights, classes)}
    return offered | {one.key: PanelColumn(one) for one in panels.columns("relation") if one.key not in offered}


def standard_for(offered: dict[str, ListColumn]) -> list[str]:
    """Without a choice: the usual ones, and what other slices put there."""
    added = [key for key, one in offered.items() if isinstance(one, PanelColumn)]
    return [key for key in (*STANDARD, *added) if key in offered]


def chosen(offered: dict[str, ListColumn], keys: Iterable[str]) -> list[ListColumn]:
    """The columns with these keys in this order, the name first; what is not offered is left out."""
    wanted = [key for key in dict.fromkeys(("name", *keys)) if key in offered]
    return [offered[key] for key in (wanted if len(wanted) > 1 else standard_for(offered))]


def fill(rows: list[Row], columns: list[ListColumn], *, user, on: date) -> list[ListColumn]:
    """Read what the columns need beside the relation itself, a query per source; returns the columns that remain:
    one of another slice may be closed to this user."""
    ids = [row.pk for row in rows]
    for source in dict.fromkeys(column.source for column in columns if column.source):
        found = source(user, ids, on)
        for row in rows:
            row.found[source.__name__] = found.get(row.pk, "")
    kept = []
    for column in columns:
        if isinstance(column, PanelColumn):
            values = column.column.values(user, ids)
            if values is None:
                continue
            for row in rows:
                row.found[f"panel {column.key}"] = values.get(row.pk, "")
        kept.append(column)
    return kept


def draw(rows: list[Row], columns: list[ListColumn], q: str = "") -> None:
    for row in rows:
        row.cells = [column.cell(row, q) for column in columns]
