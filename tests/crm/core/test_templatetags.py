import datetime
from decimal import Decimal

import pytest
from django import forms
from django.contrib.messages import SUCCESS
from django.contrib.messages.storage.base import Message
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.translation import override

from crm.core.templatetags import core
from crm.core.templatetags.charts import bar_chart, line_chart

NOW = datetime.datetime(2026, 11, 25, 9, 16, tzinfo=datetime.UTC)
ON = datetime.date(2026, 11, 25)


def text_of(html):
    """What is left without tags, on one line."""
    without = Template("{{ html|striptags }}").render(Context({"html": html}))
    return " ".join(without.split())


def rendered(template, **context):
    return Template("{% load core components %}" + template).render(Context(context))


# ------------------------------------------------------------------------------------------- icons and states


def test_icon_is_hidden_from_screen_readers_and_has_no_style():
    drawing = core.icon("plus")

    assert drawing == (
        '<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">'
        '<path d="M8 2.75v10.5M2.75 8h10.5"/></svg>'
    )


def test_icon_without_a_drawing_is_refused():
    with pytest.raises(KeyError):
        core.icon("unicorn")


def test_badge_escapes_its_text():
    assert "<script>" not in core.badge("plain", "<script>")


def test_states_have_an_outline_each():
    seen = ("ok", "waiting", "warning", "refused", "paused", "busy", "private")

    assert len({core.STATES[name][0] for name in seen}) == len(seen)


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Noor Hofstra", "NH"), ("Aafje van den Brink", "AB"), ("noor@lindehof.example", "NE"), ("", "?"), ("Éva", "É")],
)
def test_initials_take_first_and_last_capital(name, letters):
    assert core.initials(name) == letters


# ------------------------------------------------------------------------------------------- old and new


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("14 days", "30 days", "14 days becomes 30 days"),
        ("", "06", "empty becomes 06"),
        ("06", None, "06 becomes empty"),
    ],
)
def test_old_new_tells_both_values(old, new, shown):
    with override("en"):
        assert text_of(core.old_new(old, new)) == shown


def test_mark_match_marks_words_and_escapes_the_rest():
    assert core.mark_match("Brink <Licht> & Geluid", "brink licht") == (
        "<mark>Brink</mark> &lt;<mark>Licht</mark>&gt; &amp; Geluid"
    )


def test_mark_match_without_query_is_the_text():
    assert core.mark_match("Theater (De) Brink", "") == "Theater (De) Brink"


# ------------------------------------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (NOW, "today 10:16"),
        (datetime.datetime(2026, 11, 24, 23, 30, tzinfo=datetime.UTC), "today 00:30"),
        (datetime.datetime(2026, 11, 24, 19, 41, tzinfo=datetime.UTC), "yesterday 20:41"),
        (datetime.datetime(2026, 11, 23, 9, 0, tzinfo=datetime.UTC), "2 days ago"),
        (datetime.datetime(2026, 11, 18, 9, 0, tzinfo=datetime.UTC), "18-11-2026"),
        (datetime.datetime(2026, 11, 26, 9, 0, tzinfo=datetime.UTC), "tomorrow 10:00"),
        (None, "–"),
    ],
)
def test_when_reads_like_speech_within_a_week(moment, shown):
    with override("en"):
        assert text_of(core.when(moment, NOW)) == shown


def test_when_keeps_the_exact_moment():
    with override("en"):
        assert core.when(NOW, NOW) == (
            '<time datetime="2026-11-25T10:16:00+01:00" title="25-11-2026 10:16:00">today 10:16</time>'
        )


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(12, "12 s ago"), (240, "4 min ago"), (7_200, "2 hours ago"), (3_600, "1 hour ago"), (172_800, "2 days ago")],
)
def test_ago_counts_back(seconds, shown):
    with override("en"):
        assert text_of(core.ago(NOW - datetime.timedelta(seconds=seconds), NOW)) == shown


@pytest.mark.parametrize(
    ("start", "until", "shape", "shown"),
    [
        ("2021-03-01", None, "now", "now: since 01-03-2021"),
        ("2021-03-01", "2027-01-01", "now", "now: 01-03-2021 until 01-01-2027"),
        (None, "2027-01-01", "now", "now: until 01-01-2027"),
        (None, None, "now", "now: always"),
        ("2021-03-01", "2026-11-25", "past", "over: 01-03-2021 until 25-11-2026"),
        ("2026-11-25", None, "now", "now: since 25-11-2026"),
        ("2026-11-26", None, "future", "planned: from 26-11-2026"),
    ],
)
def test_period_has_the_shape_of_its_time_on_that_day(start, until, shape, shown):
    first, end = (datetime.date.fromisoformat(text) if text else None for text in (start, until))

    with override("en"):
        html = core.period(first, end, ON)

    assert (f'data-time="{shape}"' in html, text_of(html)) == (True, shown)


# ------------------------------------------------------------------------------------------- amounts and links


@pytest.mark.parametrize(("language", "shown"), [("nl", "€\u00a01.240,00"), ("en", "€\u00a01,240.00")])
def test_euro_follows_the_language(language, shown):
    with override(language):
        assert core.euro(Decimal("1240")) == shown


def test_number_groups_thousands():
    with override("nl"):
        assert [core.number(12847), core.number(None), core.number(0)] == ["12.847", "–", "0"]


@pytest.mark.parametrize(
    ("value", "kind", "html"),
    [
        ("a&b@x.example", "mail", '<a href="mailto:a%26b@x.example">a&amp;b@x.example</a>'),
        ("+31745550330", "phone", '<a href="tel:+31745550330">074 555 0330</a>'),
        ("+32 2 555 12 12", "phone", '<a href="tel:+3225551212">+32 2 555 12 12</a>'),
        ("toestel 4", "phone", "toestel 4"),
        (
            "www.debrink.example/",
            "site",
            '<a href="https://www.debrink.example/" target="_blank" rel="noopener noreferrer">debrink.example</a>',
        ),
        ("javascript://x%0aalert(1)", "site", "javascript://x%0aalert(1)"),
        (datetime.date(2026, 12, 1), "date", "01-12-2026"),
        ("", "mail", "–"),
        ("", "text", "–"),
    ],
)
def test_as_fact_makes_a_value_click(value, kind, html):
    assert core.as_fact(value, kind) == html


# ------------------------------------------------------------------------------------------- lists and forms


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", '<th scope="col"><a class="sort" href="?order=name">Name</a></th>'),
        ("q=brink&after=9", '<th scope="col"><a class="sort" href="?q=brink&amp;order=name">Name</a></th>'),
    ],
)
def test_sort_header_keeps_the_search_and_starts_paging_again(query, expected):
    request = RequestFactory().get(f"/?{query}")

    assert core.sort_header({"request": request}, "name", "Name") == expected


@pytest.mark.parametrize(
    ("order", "sorted_as", "next_order"), [("name", "ascending", "-name"), ("-name", "descending", "name")]
)
def test_sort_header_turns_around(order, sorted_as, next_order):
    request = RequestFactory().get("/", {"order": order})

    header = core.sort_header({"request": request}, "name", "Name")

    assert (f'aria-sort="{sorted_as}"' in header, f'href="?order={next_order}"' in header) == (True, True)


class Numbers(forms.Form):
    iban = forms.CharField(label="IBAN", help_text="18 characters", required=False)

    def clean_iban(self):
        raise forms.ValidationError("Check digits do not match.")


def test_field_ties_hint_error_and_note_to_its_control():
    html = rendered("{% field form.iban note='found' hx_get='/x' %}", form=Numbers({"iban": "NL"}))

    control = html[html.index("<input") : html.index(">", html.index("<input"))]
    expected = (
        'aria-describedby="id_iban-hint id_iban-error id_iban-note"',
        'aria-invalid="true"',
        'hx-get="/x"',
        'value="NL"',
    )
    assert [part for part in expected if part not in control] == []
    assert [key for key in ("hint", "error", "note") if html.count(f'id="id_iban-{key}"') != 1] == []


def test_field_says_that_it_may_be_empty():
    with override("en"):
        assert "(may be empty)" in rendered("{% field form.iban %}", form=Numbers())


def test_error_summary_links_to_the_field():
    with override("en"):
        html = rendered("{% error_summary form %}", form=Numbers({"iban": "NL"}))

    assert '<a href="#id_iban">IBAN: Check digits do not match.</a>' in html
    assert "Not saved yet: 1 thing is not right" in html


def test_error_summary_of_a_form_that_was_not_sent_is_nothing():
    assert rendered("{% error_summary form %}", form=Numbers()).strip() == ""


def test_section_escapes_its_title_and_keeps_its_content():
    html = rendered("{% section title count=3 %}<b>{{ title }}</b>{% endsection %}", title="A & B")

    assert [part in html for part in (">A &amp; B</h2>", "<b>A &amp; B</b>", '<span class="count">3</span>')] == [
        True
    ] * 3


def test_undo_url_takes_addresses_of_our_own_only():
    tags = ["undo:/log/7/undo/", "undo:https://elsewhere.example/", "", "extra undo:/log/8/undo/"]

    assert [core.undo_url(Message(SUCCESS, "x", tag)) for tag in tags] == [
        "/log/7/undo/",
        "",
        "",
        "/log/8/undo/",
    ]


def test_preferences_take_known_values_only():
    request = RequestFactory().get("/")
    request.COOKIES |= {"theme": "dark", "menu": '"><script>', "density": "wide"}

    assert core.preferences({"request": request}) == ' data-theme="dark" data-density="wide"'


# ------------------------------------------------------------------------------------------- charts


def test_charts_have_a_title_a_description_their_figures_and_no_style():
    with override("en"):
        charts = [
            bar_chart([("10:00", 44), ("11:00", 62, True)], "Deliveries", "deliveries", "refused"),
            line_chart([("2025", 11980), ("2026", 12847)], "Relations", "relations"),
        ]

    assert [
        ("<title" in chart, "<desc" in chart, "<table" in chart, " style=" in chart, "<style" in chart)
        for chart in charts
    ] == [(True, True, True, False, False)] * 2
    assert text_of(charts[0]).endswith("deliveries10:00 44 11:00 62, refused")


def test_charts_without_figures_are_drawn():
    assert "<svg" in bar_chart([], "Nothing", "deliveries")
    assert "<svg" in line_chart([], "Nothing", "relations")
