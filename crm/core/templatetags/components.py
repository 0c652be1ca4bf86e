"""`{% load components %}`: what is more than one element. Parameters in `core/components/README.md`."""

from __future__ import annotations

import itertools
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, PasswordInput
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import slugify

register = template.Library()

_numbers = itertools.count(1)


def _component(name: str, **context: Any) -> SafeString:
    return render_to_string(f"core/components/{name}.html", context)


# ------------------------------------------------------------------------------------------- with content inside


@register.simple_block_tag
def section(
    content: str,
    title: str,
    count: str | int = "",
    key: str = "",
    action_url: str = "",
    action_label: str = "",
    action_icon: str = "plus",
    foot: str = "",
    padded: bool = False,
    folds: bool = False,
) -> SafeString:
    """A panel with a heading. `folds`: a `<details>` on a phone-sized page. `foot`: safe HTML under a line."""
    return _component(
        "section",
        content=content,
        title=title,
        count=count,
        key=key or slugify(title) or f"section-{next(_numbers)}",
        action_url=action_url,
        action_label=action_label,
        action_icon=action_icon,
        foot=foot,
        padded=padded,
        folds=folds,
    )


@register.simple_block_tag
def dialog(content: str, key: str, title: str) -> SafeString:
    """A native `<dialog id=key>`; a button with `data-action="open-dialog" data-target=key` opens it."""
    return _component("dialog", content=content, key=key, title=title)


@register.simple_block_tag
def menu(
    content: str, label: str, icon: str = "", css: str = "button quiet", key: str = "", side: str = ""
) -> SafeString:
    """A button with a list under it, also without JavaScript. An empty label with icon "more" is named "More"."""
    return _component("menu", content=content, label=label, icon=icon, css=css, key=key, side=side)


# ------------------------------------------------------------------------------------------- forms


@register.inclusion_tag("core/components/field.html")
def field(
    bound: BoundField,
    label: str = "",
    hint: str | None = None,
    note: str = "",
    warning: str = "",
    size: str = "",
    autofocus: bool = False,
    **attrs: str,
) -> dict:
    """Any field of a Django form with label, hint, control, errors and what goes with them for a screen reader.

    `hint` instead of the field's own help text, "" for none. `note`: what was found ("Brinkhof 14a, Hengelo"),
    `warning`: what a coupling would refuse; both announced politely.
    `size`: "s", "m", "l" or "" for the whole width. Other arguments become attributes of the control,
    with `_` for `-`: `hx_get="…"`.
    """
    name = bound.id_for_label or bound.auto_id
    hint = bound.help_text if hint is None else hint
    described = [f"{name}-hint"] if hint else []
    described += [f"{name}-error"] if bound.errors else []
    described += [f"{name}-note"]
    attributes = {key.replace("_", "-"): value for key, value in attrs.items()}
    attributes["aria-describedby"] = " ".join(described)
    if autofocus:
        attributes["autofocus"] = True
    widget = bound.field.widget
    if widget.attrs.get("placeholder") in (bound.label, label):
        attributes["placeholder"] = ""  # says nothing that the label does not
    return {
        "bound": bound,
        "control": bound.as_widget(attrs=attributes),
        "label": label or bound.label,
        "hint": hint,
        "note": note,
        "warning": warning,
        "name": name,
        "size": size,
        "tick": isinstance(widget, CheckboxInput),
        "secret": isinstance(widget, PasswordInput),
        "grouped": bound.use_fieldset,
        "optional": not bound.field.required and not bound.field.disabled and not isinstance(widget, CheckboxInput),
    }


@register.filter
def labelled(bound: BoundField) -> SafeString:
    """A control whose label is only the head of its column: the label goes with it as `aria-label`."""
    return bound.as_widget(attrs={} if bound.is_hidden else {"aria-label": bound.label})


@register.inclusion_tag("core/components/error_summary.html")
def error_summary(*forms: Any, title: str = "") -> dict:
    """What could not be saved and why, with links to the fields. Takes forms; shows nothing when all are right."""
    errors = []
    for form in forms:
        if not getattr(form, "is_bound", False):
            continue
        for name, found in form.errors.items():
            bound = form[name] if name in form.fields else None
            target = (bound.id_for_label or bound.auto_id) if bound else ""
            errors += [{"label": bound.label if bound else "", "target": target, "text": text} for text in found]
    return {"errors": errors, "title": title}


@register.inclusion_tag("core/components/picker.html")
def picker(
    name: str,
    url: str,
    label: str,
    value: str = "",
    text: str = "",
    hint: str = "",
    error: str = "",
    optional: bool = False,
    key: str = "",
) -> dict:
    """Choose a relation (or anything) by typing: an ARIA combobox over the options that `url?q=` answers."""
    return locals() | {"key": key or f"id_{name}"}


# ------------------------------------------------------------------------------------------- parts of pages


@register.inclusion_tag("core/components/fact.html")
def fact(
    icon: str, label: str, value: Any, kind: str = "text", note: str = "", edit_url: str = "", key: str = ""
) -> dict:
    """One fact of a card. `kind` as in `as_fact`; `edit_url` answers `fact_edit.html` to htmx, a page to others."""
    return locals() | {"key": key or f"fact-{slugify(label)}"}


@register.inclusion_tag("core/components/empty.html")
def empty(
    icon: str,
    title: str,
    text: str = "",
    action_url: str = "",
    action_label: str = "",
    action_icon: str = "",
    other_url: str = "",
    other_label: str = "",
    level: int = 2,
) -> dict:
    """Why there is nothing here, and the next step. `level`: of its heading."""
    return locals()


@register.inclusion_tag("core/components/timeline.html")
def timeline(days: list, level: int = 3) -> dict:
    """What happened, by day: `[(heading, [{"icon", "tone", "text", "meta"}])]`; `text` and `meta` may be safe HTML."""
    return locals()


@register.inclusion_tag("core/components/tree.html")
def tree(nodes: list) -> dict:
    """A tree of `{"label", "url", "icon", "note", "dates", "planned", "current", "children"}`; label must be."""
    return locals()


@register.inclusion_tag("core/components/job.html")
def job(
    title: str, done: int, total: int, poll_url: str = "", stop_url: str = "", note: str = "", key: str = "job"
) -> dict:
    """Work in the background. `poll_url` answers this same component every second, with status 286 when it ended."""
    return locals()


@register.inclusion_tag("core/components/stat.html")
def stat(label: str, value: Any, note: Any = "", url: str = "", state: str = "") -> dict:
    """A number that counts, as an item of `<ul class="stats">`."""
    return locals()


@register.inclusion_tag("core/components/chip.html")
def chip(label: str, value: str = "", remove_url: str = "", url: str = "") -> dict:
    """A filter that is on (`remove_url`), or a characteristic."""
    return locals()


@register.inclusion_tag("core/components/tabs.html")
def tabs(entries: list, label: str) -> dict:
    """Tabs that are links: `[{"label", "url", "count", "current"}]`. `label` names the row for screen readers."""
    return locals()


@register.inclusion_tag("core/components/breadcrumbs.html")
def breadcrumbs(*pairs: str) -> dict:
    """Label, address, label, address, …; the last label may stand alone: the page itself."""
    trail = list(itertools.zip_longest(pairs[::2], pairs[1::2], fillvalue=""))
    return {"trail": trail, "back": next((pair for pair in reversed(trail) if pair[1]), None)}


@register.inclusion_tag("core/components/pager.html")
def pager(
    first: int, last: int, total: int | None, previous_url: str = "", next_url: str = "", size_form: str = ""
) -> dict:
    """Keyset paging: "1–50 of 128", previous, next. `total` None: not counted. Addresses "" at the ends."""
    return locals()


@register.inclusion_tag("core/components/conflict.html", takes_context=True)
def conflict(context: dict, rows: list, who: str, when: Any, merged: str = "") -> dict:
    """Both values of what two people changed, to be chosen field by field; inside a form of the page.

    `rows`: `[{"name", "label", "was", "theirs", "yours", "error", "choice"}]`, posted as `<name>-choice` with
    "theirs", "yours" or "other" and `<name>-other`. `merged`: what did not clash, in words.
    """
    return {"rows": rows, "who": who, "when": when, "merged": merged, "csrf_token": context.get("csrf_token")}
