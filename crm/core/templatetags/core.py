"""`{% load core %}`: icons, states, dates, amounts, links of facts, and the shell. Components with a template of their
own are in `components.py` (`{% load components %}`); parameters of all of them in `core/components/README.md`.
"""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from urllib.parse import quote, urlsplit

import phonenumbers
from django import template
from django.contrib.messages.storage.base import Message
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language, get_language_info, gettext, ngettext

from crm.core import panels
from crm.core.templatetags.icon_shapes import SHAPES

register = template.Library()

NOTHING = "–"


# ------------------------------------------------------------------------------------------- icons, states


@register.simple_tag
def icon(name: str, css: str = "", size: int = 16) -> SafeString:
    """An inline drawing in the colour of the text, hidden from screen readers: words always stand beside it.

    `size` in px: 16, 20 or 32. Raises KeyError for a name that is not in `icon_shapes.SHAPES`.
    """
    return format_html(
        '<svg class="icon{}" viewBox="0 0 16 16" width="{}" height="{}" aria-hidden="true" focusable="false">{}</svg>',
        f" {css}" if css else "",
        size,
        size,
        SHAPES[name],
    )


# a state -> (icon, tone): the outline of the icon tells what the colour repeats
STATES = {
    "ok": ("check-circle", "ok"),
    "waiting": ("clock", "quiet"),
    "warning": ("warning", "warn"),
    "refused": ("octagon", "bad"),
    "paused": ("pause", "quiet"),
    "busy": ("refresh", "accent"),
    "private": ("lock", "quiet"),
    "planned": ("", "planned"),
    "new": ("plus", "ok"),
    "changed": ("pencil", "accent"),
    "same": ("check", "quiet"),
    "ended": ("past", "quiet"),
    "vacant": ("vacant", "warn"),
}


@register.simple_tag
def badge(state: str, text: str, icon_name: str | None = None) -> SafeString:
    """A state as a tinted label, never clickable. `state`: a key of STATES or "plain"; `icon_name` overrides."""
    shape, tone = STATES.get(state, ("", "quiet"))
    shape = shape if icon_name is None else icon_name
    return format_html('<span class="badge" data-tone="{}">{}{}</span>', tone, icon(shape) if shape else "", text)


@register.simple_tag
def state(state: str, text: str) -> SafeString:
    """The same as `badge` without a tint, for table cells and lines of text."""
    shape, tone = STATES.get(state, ("", "quiet"))
    return format_html('<span class="state" data-tone="{}">{}{}</span>', tone, icon(shape) if shape else "", text)


@register.simple_tag
def avatar(name: str) -> SafeString:
    """Initials in a circle: the first letters of the first and the last word that start with a capital."""
    return format_html('<span class="avatar" aria-hidden="true">{}</span>', initials(name))


@register.filter
def initials(name: str) -> str:
    words = re.findall(r"\b[^\W\d_]", str(name)) or ["?"]
    capitals = [letter for letter in words if letter.isupper()] or words
    return (capitals[0] + (capitals[-1] if len(capitals) > 1 else "")).upper()


@register.simple_tag
def kbd(keys: str) -> SafeString:
    """Keys pressed one after the other, separated by spaces: `{% kbd "g v" %}`."""
    return format_html_join(" ", "<kbd>{}</kbd>", ((key,) for key in keys.split()))


# ------------------------------------------------------------------------------------------- old and new


@register.simple_tag
def old_new(old: object, new: object) -> SafeString:
    """What was → what became, everywhere the same. None or "" is shown as "empty"; `new` None as removed."""
    empty = format_html('<span class="empty-value">{}</span>', gettext("empty"))
    left = empty if old in (None, "") else format_html("<del>{}</del>", old)
    right = empty if new in (None, "") else format_html("<ins>{}</ins>", new)
    return format_html(
        '<span class="old-new">{} {}<span class="visually-hidden">{}</span> {}</span>',
        left,
        icon("arrow-right"),
        gettext("becomes"),
        right,
    )


@register.filter
def mark_match(text: object, query: str) -> SafeString:
    """`text` with what matches a word of `query` in `<mark>`. Case and accents of plain letters are not looked at."""
    text = str(text)
    words = sorted({re.escape(word) for word in str(query or "").split() if word}, key=len, reverse=True)
    if not words:
        return conditional_escape(text)
    parts = re.split(f"({'|'.join(words)})", text, flags=re.IGNORECASE)
    marked = ((format_html("<mark>{}</mark>", part) if place % 2 else part,) for place, part in enumerate(parts))
    return format_html_join("", "{}", marked)


# ------------------------------------------------------------------------------------------- dates and moments


@register.filter
def day(value: datetime.date | datetime.datetime | None) -> str:
    """25-11-2026, in both languages: the one form that a Dutch office reads without thinking. None: "–"."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, datetime.datetime):
        value = _local(value)
    return f"{value:%d-%m-%Y}"


@register.filter
def when(moment: datetime.datetime | None, now: datetime.datetime | None = None) -> SafeString | str:
    """today 09:14, yesterday 20:41, 3 days ago, 23-10-2026; the exact moment in the `title`. None: "–"."""
    if moment is None or moment == "":
        return NOTHING
    moment, now = _local(moment), _local(now or timezone.now())
    days = (now.date() - moment.date()).days
    if days == 0:
        text = gettext("today %(time)s") % {"time": f"{moment:%H:%M}"}
    elif days == 1:
        text = gettext("yesterday %(time)s") % {"time": f"{moment:%H:%M}"}
    elif days == -1:
        text = gettext("tomorrow %(time)s") % {"time": f"{moment:%H:%M}"}
    elif 1 < days < 7:
        text = ngettext("%(count)d day ago", "%(count)d days ago", days) % {"count": days}
    else:
        text = f"{moment:%d-%m-%Y}"
    return _time(moment, text)


@register.filter
def ago(moment: datetime.datetime | None, now: datetime.datetime | None = None) -> SafeString | str:
    """12 s ago, 4 min ago, 2 hours ago, then as `when`. For what a machine did just now. None: "–"."""
    if moment is None or moment == "":
        return NOTHING
    moment, now = _local(moment), _local(now or timezone.now())
    seconds = int((now - moment).total_seconds())
    if seconds < 0 or seconds >= 86_400:
        return when(moment, now)
    if seconds < 60:
        text = gettext("%(count)d s ago") % {"count": seconds}
    elif seconds < 3_600:
        text = gettext("%(count)d min ago") % {"count": seconds // 60}
    else:
        text = ngettext("%(count)d hour ago", "%(count)d hours ago", seconds // 3_600) % {"count": seconds // 3_600}
    return _time(moment, text)


@register.simple_tag
def period(valid_from: datetime.date | None, valid_until: datetime.date | None, on: datetime.date) -> SafeString:
    """The dates of a dated row, half-open [from, until), with the shape of their time seen from `on`.

    Filled: holds on that day. Open: over. Dashed: still to come. Always with the date, and in words for who cannot
    see the shape.
    """
    if valid_from and valid_from > on:
        shape, words = "future", gettext("planned")
    elif valid_until and valid_until <= on:
        shape, words = "past", gettext("over")
    else:
        shape, words = "now", gettext("now")
    dates = {"from": day(valid_from), "until": day(valid_until)}
    if valid_from and valid_until:
        text = gettext("%(from)s until %(until)s") % dates
    elif valid_until:
        text = gettext("until %(until)s") % dates
    elif valid_from and shape == "future":
        text = gettext("from %(from)s") % dates
    elif valid_from:
        text = gettext("since %(from)s") % dates
    else:
        text = gettext("always")
    return format_html(
        '<span class="period" data-time="{}">{}<span class="visually-hidden">{}:</span> {}</span>',
        shape,
        icon(shape),
        words,
        text,
    )


def _local(moment: datetime.datetime) -> datetime.datetime:
    return timezone.localtime(moment) if timezone.is_aware(moment) else moment


def _time(moment: datetime.datetime, text: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), f"{moment:%d-%m-%Y %H:%M:%S}", text
    )


# ------------------------------------------------------------------------------------------- amounts


@register.filter
def euro(amount: Decimal | int | None) -> str:
    """€ 1.240,00 in Dutch, € 1,240.00 in English; `amount` in euros. None: "–"."""
    if amount is None or amount == "":
        return NOTHING
    return f"€\u00a0{number_format(amount, 2, force_grouping=True)}"


@register.filter
def number(value: int | Decimal | None) -> str:
    """12.847 in Dutch, 12,847 in English. None: "–"."""
    return NOTHING if value is None or value == "" else number_format(value, force_grouping=True)


@register.filter
def or_nothing(value: object) -> object:
    """ "–" for what is empty: a table cell never stays blank."""
    return NOTHING if value in (None, "") else value


# ------------------------------------------------------------------------------------------- facts that click


@register.filter
def mailto(address: str | None) -> SafeString | str:
    """An e-mail address that opens the mail program."""
    return format_html('<a href="mailto:{}">{}</a>', quote(address, safe="@"), address) if address else NOTHING


@register.filter
def tel(phone: str | None) -> SafeString | str:
    """A phone number that opens the dialler; Dutch numbers in the national form, others in the international one."""
    if not phone:
        return NOTHING
    try:
        parsed = phonenumbers.parse(phone, "NL")
    except phonenumbers.NumberParseException:
        return phone
    shape = (
        phonenumbers.PhoneNumberFormat.NATIONAL
        if parsed.country_code == 31
        else (phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    )
    address = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return format_html('<a href="tel:{}">{}</a>', address, phonenumbers.format_number(parsed, shape))


@register.filter
def on_map(address: object) -> SafeString | str:
    """An address that opens the map, in a tab of its own: the card stays."""
    return (
        _outside(f"https://www.openstreetmap.org/search?query={quote(str(address))}", address) if address else NOTHING
    )


@register.filter
def site(url: str | None) -> SafeString | str:
    """A website, shown without its scheme. Anything but http and https stays text: `javascript:` runs nowhere."""
    if not url:
        return NOTHING
    address = url if "://" in url else f"https://{url}"
    if urlsplit(address).scheme not in ("http", "https"):
        return url
    return _outside(address, address.split("://", 1)[1].removeprefix("www.").rstrip("/"))


def _outside(url: str, text: object) -> SafeString:
    return format_html('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>', url, text)


LINKS = {"mail": mailto, "phone": tel, "map": on_map, "site": site, "date": day, "euro": euro}


@register.filter
def as_fact(value: object, kind: str) -> object:
    """The value of a fact as what it is: "mail", "phone", "map", "site", "date", "euro", or anything else as text."""
    return LINKS.get(kind, or_nothing)(value)


# ------------------------------------------------------------------------------------------- lists


@register.simple_tag(takes_context=True)
def sort_header(context: dict, key: str, label: str, css: str = "", parameter: str = "order") -> SafeString:
    """A `<th>` that sorts: first up, then down. The order is `?order=key` or `-key`; paging starts again."""
    request = context["request"]
    current = request.GET.get(parameter, context.get("default_order", ""))
    direction = {key: "ascending", f"-{key}": "descending"}.get(current, "")
    query = request.GET.copy()
    for place in ("after", "before", "page"):
        query.pop(place, None)
    query[parameter] = f"-{key}" if direction == "ascending" else key
    arrow = {"ascending": "arrow-up", "descending": "arrow-down"}.get(direction)
    return format_html(
        '<th scope="col"{}{}><a class="sort" href="?{}">{}{}</a></th>',
        format_html(' class="{}"', css) if css else "",
        format_html(' aria-sort="{}"', direction) if direction else "",
        query.urlencode(),
        label,
        icon(arrow) if arrow else "",
    )


# ------------------------------------------------------------------------------------------- shell

GROUP_LABELS = {
    "work": lambda: "",
    "data": lambda: gettext("Data"),
    "connection": lambda: gettext("Connection"),
    "management": lambda: gettext("Management"),
}


@register.simple_tag(takes_context=True)
def shell_menu(context: dict) -> list[panels.MenuGroup]:
    """The side menu for this user: groups with their heading; the entry of the page that is shown is current.

    A template that has `menu` in its context (the style guide) shows that one instead.
    """
    if "menu" in context:
        return context["menu"]
    return [panels.MenuGroup(GROUP_LABELS[key](), entries) for key, entries in panels.menu(context["request"]).items()]


@register.simple_tag(takes_context=True)
def shell_new(context: dict) -> list[panels.MenuEntry]:
    """The entries of the menu "New" for this user."""
    return context["new_entries"] if "new_entries" in context else panels.new_entries(context["request"])


@register.simple_tag
def main_entries(groups: list[panels.MenuGroup]) -> list[panels.MenuEntry]:
    """The entries for the tab bar of a phone: the first three of the menu."""
    return [entry for group in groups for entry in group.entries][:3]


PREFERENCES = {"theme": ("light", "dark"), "menu": ("small",), "density": ("wide",), "keys": ("off",)}


@register.simple_tag(takes_context=True)
def preferences(context: dict) -> SafeString:
    """`data-theme="dark" data-menu="small" …` for `<html>`, from cookies that `app.js` sets.

    On the server, so that no page flashes in the other theme first. Unknown values are ignored. A user who switched
    keys off in the settings has them off on every computer.
    """
    request = context.get("request")
    cookies = dict(getattr(request, "COOKIES", {}))
    if getattr(getattr(request, "user", None), "shortcuts", True) is False:
        cookies["keys"] = "off"
    chosen = [(name, cookies.get(name)) for name, values in PREFERENCES.items() if cookies.get(name) in values]
    return format_html_join("", ' data-{}="{}"', chosen)


@register.simple_tag
def other_languages(languages: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Languages that are not on, each named in itself."""
    return [
        (code, capfirst(get_language_info(code)["name_local"])) for code, _name in languages if code != get_language()
    ]


@register.filter
def undo_url(message: Message) -> str:
    """The address that undoes what a message tells: `messages.success(request, …, extra_tags=f"undo:{url}")`."""
    tags = (message.extra_tags or "").split()
    return next((tag.removeprefix("undo:") for tag in tags if tag.startswith("undo:/")), "")
