"""What channels register with the hub: topics (out), arrivals (in); and the connectors, found by name.

A topic says which models' changes, and which dates, make a subject worth telling, and builds the payloads. Channels
register in their `topics.py` and `arriving.py`, which `HubConfig.ready()` imports.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db.models import QuerySet


@dataclass(frozen=True, eq=False)
class Topic:
    """One kind of thing we tell.

    `build(subject_ids, *, connection, on)` gives {subject id: payload}, for a whole group at once; a subject that is
    left out, or None, must not be there (any more). `watches`: model → the attributes that hold the subject's id.
    `dates`: model → its date columns; on such a day the subject is told again, without a save. `books()`: a
    queryset of (subject id, administration id) that says in whose books a subject is or was: only there it is told.
    `parts`: topics of a connector's capabilities that this one serves; `read_right`: what seeing its state asks for.
    `why(subject, *, administrations, on)`: administration id → why this subject is told there, in words; an
    administration in which it is not is left out. `joins`, `leaves`: in words, what makes a subject told or not told.
    """

    name: str
    channel: str
    payload: type
    build: Callable[..., Mapping[int, Any]]
    watches: Mapping[type, tuple[str, ...]]
    books: Callable[[], QuerySet]
    parts: frozenset[str]
    model: type
    dates: Mapping[type, tuple[str, ...]] = field(default_factory=dict)
    read_right: str = ""
    why: Callable[..., Mapping[int, str]] | None = None
    joins: Any = ""
    leaves: Any = ""

    def served_by(self, connector: type) -> bool:
        """Whether this connector takes it."""
        return any(connector.capabilities.topics.get(part) in ("out", "both") for part in self.parts)


@dataclass(frozen=True)
class Arrival:
    """What is read back: `handle(connection, pull, *, read_at)` stores it and gives the lines of the report, as dicts
    of RunEntry."""

    channel: str
    topic: str
    handle: Callable[..., list[dict]]
    every_seconds: int


@dataclass(frozen=True)
class Channel:
    """A kind of outside system, and what is told to and read from it: `kinds` names the topics of capabilities."""

    name: str
    title: Any
    icon: str
    kinds: Mapping[str, Any]


_channels: dict[str, Channel] = {}
_topics: dict[str, Topic] = {}
_arrivals: dict[tuple[str, str], Arrival] = {}


def topic(
    *,
    name: str,
    channel: str,
    payload: type,
    watches: Mapping[type, str | tuple[str, ...]],
    books: Callable,
    parts: Iterable[str],
    model: type,
    dates: Mapping[type, tuple[str, ...]] | None = None,
    read_right: str = "",
    why: Callable[..., Mapping[int, str]] | None = None,
    joins: Any = "",
    leaves: Any = "",
) -> Callable[[Callable], Callable]:
    """Register the decorated function as the builder of a topic."""

    def register(build: Callable) -> Callable:
        _topics[name] = Topic(
            name=name,
            channel=channel,
            payload=payload,
            build=build,
            watches={m: (keys,) if isinstance(keys, str) else tuple(keys) for m, keys in watches.items()},
            books=books,
            parts=frozenset(parts),
            model=model,
            dates=dict(dates or {}),
            read_right=read_right,
            why=why,
            joins=joins,
            leaves=leaves,
        )
        return build

    return register


def arrival(*, channel: str, topic: str, every_seconds: int = 3600) -> Callable[[Callable], Callable]:
    def register(handle: Callable) -> Callable:
        _arrivals[channel, topic] = Arrival(channel, topic, handle, every_seconds)
        return handle

    return register


def channel(name: str, *, title, icon: str, kinds: Mapping[str, Any]) -> None:
    """Register the words of a channel; lazy texts."""
    _channels[name] = Channel(name, title, icon, dict(kinds))


def channel_named(name: str) -> Channel:
    """Of one that registered no words its name."""
    return _channels.get(name) or Channel(name, name.capitalize(), "plug", {})


def topics(channel: str | None = None) -> list[Topic]:
    """In the order of their names: the order in which rows are locked."""
    return [t for _name, t in sorted(_topics.items()) if channel is None or t.channel == channel]


def topic_named(name: str) -> Topic:
    return _topics[name]


def arrivals(channel: str) -> list[Arrival]:
    return [a for (of, _topic), a in sorted(_arrivals.items()) if of == channel]


def watched_models() -> set[type]:
    return {model for t in _topics.values() for model in t.watches}


def topics_watching(model: type) -> list[tuple[Topic, tuple[str, ...]]]:
    """The topics that care about this (concrete) model, with the attributes that hold their subject's id."""
    return [(t, t.watches[model]) for t in topics() if model in t.watches]


# ------------------------------------------------------------------------------------------------ connectors


class UnknownConnector(LookupError):
    """No connector of this name in this channel."""


@cache
def connector_class(channel: str, name: str) -> type:
    """The class `ExactOnline` of `integrations.finance.connectors.exact_online`, by name; nobody imports it."""
    if not (channel.isidentifier() and name.isidentifier()):
        raise UnknownConnector(f"{channel}.{name}")
    try:
        module = importlib.import_module(f"integrations.{channel}.connectors.{name}")
        return getattr(module, "".join(part.capitalize() for part in name.split("_")))
    except (ImportError, AttributeError) as error:
        raise UnknownConnector(f"{channel}.{name}") from error


@dataclass(frozen=True)
class CatalogueItem:
    channel: str
    name: str
    title: str


@cache
def catalogue() -> tuple[CatalogueItem, ...]:
    """Every connector that can be connected, by channel and name: of the channels that tell or read something, the
    ones that have their class."""
    channels = sorted({t.channel for t in _topics.values()} | {channel for channel, _topic in _arrivals})
    found = []
    for channel in channels:
        package = importlib.import_module(f"integrations.{channel}.connectors")
        names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
        found += [CatalogueItem(channel, name, title_of(name)) for name in names if _exists(channel, name)]
    return tuple(found)


def _exists(channel, name):
    try:
        connector_class(channel, name)
    except UnknownConnector:
        return False
    return True


def signed_in_to(connector: type) -> bool:
    """Whether a person signs in at the vendor's own page (`protocol.OAuthConnector`)."""
    return hasattr(connector, "authorize_url")


def joins_by_switch(connection) -> bool:
    """Whether only who is switched on takes part in this connection."""
    return connector_class(connection.channel, connection.connector).capabilities.joining == "by switch"


def title_of(connector: str) -> str:
    return " ".join(part.capitalize() for part in connector.split("_"))
