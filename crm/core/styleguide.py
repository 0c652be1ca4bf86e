"""Every component in every state on one page, at /styleguide/ while DEBUG is on; the browser tests walk through it.

`?theme=dark` or `light` fixes the theme, `?asof=1` shows the page as on another day.
"""

import datetime
from decimal import Decimal

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.html import format_html

from crm.core.panels import MenuEntry, MenuGroup
from crm.core.templatetags.core import PREFERENCES, old_new, period
from crm.core.templatetags.icon_shapes import SHAPES

ON = datetime.date(2026, 11, 25)
NOW = datetime.datetime(2026, 11, 25, 9, 16, tzinfo=datetime.UTC)


class SampleForm(forms.Form):
    """One field of each kind, bound to values of which two are wrong."""

    name = forms.CharField(label="Naam", initial="Theater De Brink")
    iban = forms.CharField(label="IBAN", help_text="18 tekens, spaties mogen")
    email = forms.EmailField(label="E-mail", required=False)
    kind = forms.ChoiceField(label="Soort", choices=[("person", "persoon"), ("organisation", "organisatie")])
    blocks = forms.MultipleChoiceField(
        label="Blokkades",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("post", "geen post"), ("mail", "geen e-mail")],
    )
    language = forms.ChoiceField(
        label="Taal", widget=forms.RadioSelect, choices=[("nl", "Nederlands"), ("en", "Engels")]
    )
    debtor = forms.BooleanField(label="Debiteur in deze administratie", required=False)
    note = forms.CharField(label="Notitie", widget=forms.Textarea, required=False)
    number = forms.CharField(label="Relatienummer", initial="10019", disabled=True, required=False)

    def clean_iban(self):
        raise forms.ValidationError("Controlegetal klopt niet. Bedoelde u NL21 TEST 0123 4567 89?")


def _menu() -> list[MenuGroup]:
    def entry(label: str, icon: str, key: str = "", count: int | None = None, current: bool = False) -> MenuEntry:
        return MenuEntry(label, f"#{icon}", icon, key, count, current)

    return [
        MenuGroup(
            "",
            [
                entry("Vandaag", "calendar-check", "v", 7),
                entry("Relaties", "people", "r", current=True),
                entry("Groepen", "groups", "g"),
                entry("Selecties", "funnel", "s"),
                entry("Verzendlijsten", "mail", "l"),
                entry("Facturen", "euro"),
            ],
        ),
        MenuGroup(
            "Gegevens",
            [
                entry("Kenmerken", "tag", "k"),
                entry("Importeren", "import"),
                entry("Dubbelen", "copy", "d", 23),
                entry("Mutatielog", "history", "m"),
            ],
        ),
        MenuGroup("Verbinding", [entry("Koppelingen", "plug", count=2)]),
        MenuGroup("Beheer", [entry("Gebruikers", "key"), entry("Instellingen", "gear")]),
    ]


def _timeline() -> list:
    return [
        (
            "Vandaag",
            [
                {
                    "icon": "euro",
                    "text": format_html("<b>IBAN</b> {}", old_new("NL44 TEST 0417 1643 00", "NL21 TEST 0123 4567 89")),
                    "meta": "Ilse Dekker, 09:14",
                },
                {"icon": "plug", "tone": "ok", "text": "Debiteur bijgewerkt in Exact", "meta": "koppeling, 09:14"},
            ],
        ),
        (
            "Dinsdag 17 november",
            [
                {
                    "icon": "octagon",
                    "tone": "bad",
                    "text": "Kaartverkoop Oost weigerde de zaalnaam: ‘max. 40 tekens’",
                    "meta": "koppeling, 16:20; opgelost 16:31",
                },
                {"icon": "mail", "text": "Uitnodiging verstuurd aan 2 medewerkers", "meta": "verzending"},
            ],
        ),
    ]


def _tree() -> list:
    def dates(start: str, until: str | None = None):
        end = datetime.date.fromisoformat(until) if until else None
        return period(datetime.date.fromisoformat(start), end, ON)

    children = [
        {
            "label": "De Brink Horeca B.V.",
            "url": "#horeca",
            "icon": "organisation",
            "note": "dochter, 100%",
            "dates": dates("2018-03-12"),
        },
        {
            "label": "De Brink Techniek B.V.",
            "url": "#techniek",
            "icon": "organisation",
            "note": "dochter, 60%",
            "dates": dates("2016-06-01", "2024-12-31"),
        },
        {
            "label": "Stichting Brinkfestival",
            "url": "#festival",
            "icon": "organisation",
            "note": "dochter",
            "dates": dates("2027-03-01"),
            "planned": True,
        },
    ]
    return [
        {
            "label": "Stichting Podiumfonds Twente",
            "url": "#fonds",
            "icon": "organisation",
            "note": "moeder",
            "dates": dates("2014-07-01"),
            "children": [
                {"label": "Theater De Brink", "current": True, "note": "deze kaart", "children": children},
                {
                    "label": "Filmhuis Driesprong",
                    "url": "#filmhuis",
                    "icon": "organisation",
                    "note": "zuster",
                    "dates": dates("2021-01-01"),
                },
            ],
        }
    ]


CONFLICT = [
    {
        "name": "iban",
        "label": "IBAN",
        "was": "NL44 TEST 0417 1643 00",
        "theirs": "NL21 TEST 0123 4567 89",
        "yours": "NL21 TEST 0123 4567 98",
        "error": "controlegetal klopt niet",
        "choice": "theirs",
    },
    {
        "name": "email",
        "label": "E-mail",
        "was": "info@theaterdebrink.example",
        "theirs": "post@theaterdebrink.example",
        "yours": "kassa@theaterdebrink.example",
        "choice": "yours",
    },
]

OPTIONS = [
    {"value": "10019", "label": "Theater De Brink", "place": "Hengelo", "number": "10019", "icon": "organisation"},
    {"value": "11204", "label": "Cultuurhuis ’t Brinkje", "place": "Olst", "number": "11204", "icon": "organisation"},
    {"value": "10482", "label": "Brink, Aafje van den", "place": "Hengelo", "number": "10482", "icon": "person"},
]


@login_not_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """The page; 404 outside development."""
    if not settings.DEBUG:
        raise Http404
    theme = request.GET.get("theme")
    if theme in PREFERENCES["theme"]:
        request.COOKIES["theme"] = theme
    messages.success(request, "Kenmerk gezet bij 128 relaties", extra_tags="undo:/styleguide/")
    form = SampleForm(
        {
            "name": "Theater De Brink",
            "iban": "NL21 TEST 0123 4567 98",
            "email": "geen adres",
            "kind": "person",
            "language": "nl",
        }
    )
    return render(
        request,
        "core/styleguide.html",
        {
            "menu": _menu(),
            "new_entries": [
                MenuEntry("Nieuwe persoon", "#new-person", "person", "p"),
                MenuEntry("Nieuwe organisatie", "#new-organisation", "organisation", "o"),
                MenuEntry("Contactmoment", "#new-contact", "note", "c"),
            ],
            "administration": "Verbond Kleine Podia",
            "administrations": [
                {"label": "Verbond Kleine Podia", "url": "#vkp", "current": True},
                {"label": "Podiumfonds Twente", "url": "#pft", "current": False},
            ],
            "search_url": "/styleguide/options/",
            "asof_url": "/styleguide/",
            "asof": datetime.date(2024, 5, 1) if request.GET.get("asof") else None,
            "tab_entries": [
                {"label": "Overzicht", "url": "#", "current": True},
                {"label": "Dossier", "url": "#dossier", "count": 14},
                {"label": "Geschiedenis", "url": "#history", "count": 1208},
            ],
            "form": form,
            "timeline_days": _timeline(),
            "nodes": _tree(),
            "conflict_rows": CONFLICT,
            "options": OPTIONS,
            "icons": [name for name in SHAPES if name != "link-logo"],
            "now": NOW,
            "on": ON,
            "past": (datetime.date(2009, 1, 1), datetime.date(2021, 3, 1)),
            "since": datetime.date(2021, 3, 1),
            "later": datetime.date(2027, 1, 1),
            "amount": Decimal("1240"),
            "bars": [(f"{hour}:00", value, hour == 16) for hour, value in enumerate((44, 62, 51, 38, 34, 58, 48), 10)],
            "line": [("dec 2025", 11980), ("mrt 2026", 12180), ("jul 2026", 12460), ("nov 2026", 12847)],
            "default_order": "-changed",
        },
    )


@login_not_required
def options(request: HttpRequest) -> HttpResponse:
    """What a picker asks while one types."""
    if not settings.DEBUG:
        raise Http404
    query = request.GET.get("q", "")
    found = [option for option in OPTIONS if query.casefold() in option["label"].casefold()]
    return render(
        request,
        "core/components/picker_options.html",
        {"options": found, "q": query, "new_url": "/styleguide/#new", "new_label": "Nieuwe organisatie"},
    )


urlpatterns = [path("", styleguide, name="styleguide"), path("options/", options, name="styleguide-options")]
