"""What a connector can and cannot, in plain words, from what it declares of itself."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.core.templatetags.core import number
from integrations.hub.protocol import About
from integrations.hub.registry import CatalogueItem, channel_named, connector_class, signed_in_to


def abilities_of(item: CatalogueItem) -> dict:
    """For the catalogue and the page that connects; `text`: everything in it, folded, to look for words in."""
    kind, channel = connector_class(item.channel, item.name), channel_named(item.channel)
    about = getattr(kind, "about", About())
    found = {
        "key": (item.channel, item.name),
        "title": item.title,
        "channel": str(channel.title),
        "icon": channel.icon,
        "summary": _(about.summary) if about.summary else "",
        "directions": directions(kind, channel, item.title),
        "can": [_(line) for line in about.can],
        "cannot": [_(line) for line in about.cannot],
        "before": [_(line) for line in about.before],
        "after": [_(line) for line in about.after],
        "manners": manners(kind.capabilities),
        "signs_in": signed_in_to(kind),
        "add_url": reverse("hub:add", args=[item.channel, item.name]),
    }
    lines = [found["title"], found["channel"], found["summary"], *found["can"], *found["cannot"]]
    found["text"] = " ".join([*lines, *(line["words"] for line in found["directions"])]).casefold()
    return found


def directions(kind: type, channel, title: str) -> list[dict]:
    """Per kind of data its direction: {what, icon, words}."""
    ways = {
        "out": ("arrow-right", _("from here to %(system)s")),
        "in": ("arrow-left", _("from %(system)s to here")),
        "both": ("swap", _("both ways, between here and %(system)s")),
    }
    lines = []
    for name, way in kind.capabilities.topics.items():
        icon, words = ways[way]
        what = str(channel.kinds.get(name, name.replace("_", " ").capitalize()))
        lines.append({"what": what, "icon": icon, "words": f"{what}: {words % {'system': title}}"})
    return lines


def manners(capabilities) -> list[str]:
    """How it goes to work: who takes part, what keeps it from making things twice, how much it may ask."""
    lines = [
        _("Only who is switched on on the card takes part.")
        if capabilities.joining == "by switch"
        else _("Everybody it is about takes part by itself; on a card somebody can be kept out."),
        {
            "key": _("Nothing is made twice: every message has a key that the other system knows."),
            "lookup": _("Nothing is made twice: it is looked up over there before it is made."),
            "may double": _("May double: this system knows no key, and nothing can be looked up there."),
        }[capabilities.idempotency],
    ]
    limits = [
        ngettext("%(count)s call a minute", "%(count)s calls a minute", capabilities.calls_per_minute or 0)
        % {"count": number(capabilities.calls_per_minute)}
        if capabilities.calls_per_minute
        else "",
        ngettext("%(count)s call a day", "%(count)s calls a day", capabilities.calls_per_day or 0)
        % {"count": number(capabilities.calls_per_day)}
        if capabilities.calls_per_day
        else "",
    ]
    if any(limits):
        lines.append(
            _("At most %(limits)s; what is more waits by itself.") % {"limits": ", ".join(filter(None, limits))}
        )
    return lines
