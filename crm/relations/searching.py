"""What of relations the box on top finds: people, organisations, who works where, contact moments, kinds of ties."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.core.searching import SearchHit, best, search_kind, words_begun
from crm.core.templatetags.core import day
from crm.relations.folding import index_words
from crm.relations.models import Address, ContactMoment, Employment, Relation, RelationshipType
from crm.relations.search import keys
from crm.relations.search.query import Hit, find_for

# relations of which employments are looked for
FOLLOWED = 20
LOOKED_AT = 100
# from this cost on there is a slip in what was typed (crm.relations.search.stages)
ALIKE = 2

KEY_LABELS = {
    keys.NUMBER: gettext_lazy("Number"),
    keys.EMAIL: gettext_lazy("E-mail"),
    keys.PHONE: gettext_lazy("Phone"),
    keys.WEBSITE: gettext_lazy("Website"),
    keys.ADDRESS: gettext_lazy("Postcode"),
    keys.KVK: "KvK",
    keys.RSIN: "RSIN",
    keys.VAT: gettext_lazy("VAT"),
    keys.OIN: "OIN",
    keys.IBAN: "IBAN",
    keys.FINANCIAL_NUMBER: gettext_lazy("Number in the books"),
}


def hits_of(user, question: str, on: date, limit: int) -> list[Hit]:
    """The relations that fit; remembered on the user of this request, for employments follow the same ones."""
    wanted = max(limit, FOLLOWED)
    known = getattr(user, "_searched_relations", None)
    if known is None or known[0] != (question, on) or known[1] < wanted:
        known = ((question, on), wanted, find_for(user, question, on=on, limit=wanted))
        user._searched_relations = known
    return known[2]


# ------------------------------------------------------------------------------------ people, organisations


def find_relations(user, question: str, on: date, limit: int) -> list[SearchHit]:
    hits = hits_of(user, question, on, limit)[:limit]
    if not hits:
        return []
    found = Relation.objects.visible_to(user, on).in_bulk([hit.relation_id for hit in hits])
    cities = dict(
        Address.objects.visible_to(user, on)
        .on(on)
        .filter(relation__in=list(found))
        .order_by("-kind", "-pk")
        .values_list("relation_id", "city")
    )
    return [
        _relation_hit(found[hit.relation_id], hit, cities.get(hit.relation_id, ""))
        for hit in hits
        if hit.relation_id in found
    ]


def _relation_hit(relation: Relation, hit: Hit, city: str) -> SearchHit:
    title, detail = relation.display_name, " · ".join(filter(None, (str(relation.number), city)))
    words = _words_of(hit)
    marks = _fitting(f"{title} {city}", words)
    shown = {word for mark in marks for word in index_words(mark)}
    why = [
        f"{KEY_LABELS[match.kind]}: {_as_read(match.kind, match.text)}" for match in hit.why if match.kind != "word"
    ]
    if unseen := sorted(words - shown):
        why.append(_("also known as “%(words)s”") % {"words": " ".join(unseen)})
    if hit.cost >= ALIKE and not why:
        why.append(_("looks like it"))
    icon = "person" if relation.is_person else "organisation"
    return SearchHit(title, relation.get_absolute_url(), detail, ", ".join(why), icon, tuple(marks))


def _as_read(source: str, value: str) -> str:
    """A key as people write it."""
    if source == keys.IBAN:
        value = value.upper()
        return " ".join(value[at : at + 4] for at in range(0, len(value), 4))
    if source == keys.ADDRESS:
        return f"{value[:4]} {value[4:].upper()}".strip()
    if source == keys.PHONE:
        return f"+{value}"
    return value.upper() if source == keys.VAT else value


# ---------------------------------------------------------------------------------------------- employments


def find_employments(user, question: str, on: date, limit: int) -> list[SearchHit]:
    """Of the relations that fit, person or organisation, and by function or department."""
    followed = {hit.relation_id: hit for hit in hits_of(user, question, on, limit)[:FOLLOWED]}
    named = Q()
    for word in question.split():
        named &= Q(function__icontains=word) | Q(department__icontains=word)
    now = Employment.objects.visible_to(user, on).on(on).select_related("person", "organisation")
    now = now.order_by("person__sort_key", "pk")
    of_them = Q(person__in=list(followed)) | Q(organisation__in=list(followed))
    rows = list(now.filter(of_them)[: max(limit, LOOKED_AT)])
    if len(rows) < limit:  # this one looks at every employment, so only where there is room
        rows += now.filter(named).exclude(pk__in=[row.pk for row in rows])[: limit - len(rows)]
    ranks = {pk: rank for rank, pk in enumerate(followed)}
    last = len(ranks)
    ranked = sorted(rows, key=lambda row: min(ranks.get(row.person_id, last), ranks.get(row.organisation_id, last)))
    return [_employment_hit(row, question, followed) for row in ranked[:limit]]


def _employment_hit(row: Employment, question: str, followed: dict[int, Hit]) -> SearchHit:
    detail = ", ".join(filter(None, (row.function, row.organisation.display_name)))
    marks = list(words_begun(f"{row.function} {row.department}", question))
    for relation in (row.person, row.organisation):
        if hit := followed.get(relation.pk):
            marks += _fitting(relation.display_name, _words_of(hit))
    return SearchHit(row.person.display_name, row.person.get_absolute_url(), detail, icon="person", marks=tuple(marks))


def _words_of(hit: Hit) -> set[str]:
    return {match.text for match in hit.why if match.kind == "word"}


def _fitting(text: str, words: set[str]) -> list[str]:
    """The words of a text that stand in the index as these."""
    return [token for token in text.split() if words & set(index_words(token))]


# ------------------------------------------------------------------------------------------ contact moments


def find_contact_moments(user, question: str, on: date, limit: int) -> list[SearchHit]:
    """By every word in what it was about, what was said, or the next step; the newest first."""
    tomorrow = timezone.make_aware(datetime.combine(on + timedelta(days=1), time.min))
    rows = ContactMoment.objects.visible_to(user, on).filter(happened_at__lt=tomorrow)
    for word in question.split():
        rows = rows.filter(Q(subject__icontains=word) | Q(text__icontains=word) | Q(next_step__icontains=word))
    rows = rows.select_related("relation").order_by("-happened_at", "-pk")[:limit]
    return [_moment_hit(row, question) for row in rows]


def _moment_hit(row: ContactMoment, question: str) -> SearchHit:
    detail = f"{row.relation.display_name} · {row.get_kind_display()}, {day(row.happened_at)}"
    words, why = question.split(), ""
    if not all(word.casefold() in row.subject.casefold() for word in words):
        why = next((_around(text, words) for text in (row.text, row.next_step) if _around(text, words)), "")
    return SearchHit(
        row.subject,
        row.relation.get_absolute_url(),
        detail,
        why,
        marks=words_begun(f"{row.subject} {detail}", question),
    )


def _around(text: str, words: list[str], letters: int = 40) -> str:
    """The piece of the text around the first of the words in it; "" without one."""
    spots = [at for word in words if (at := text.casefold().find(word.casefold())) >= 0]
    if not spots:
        return ""
    begin, end = max(0, min(spots) - letters), min(spots) + letters
    piece = " ".join(text[begin:end].split())
    return f"{'… ' if begin else ''}{piece}{' …' if end < len(text) else ''}"


# ------------------------------------------------------------------------------------------- kinds of ties


def find_relationship_types(user, question: str, on: date, limit: int) -> list[SearchHit]:
    """For who may change them: to others they are words on cards."""
    if not rights_of(user).has(Right.SETTINGS_MANAGE):
        return []
    rows = []
    for row in RelationshipType.objects.editable_by(user, on):
        try:
            url = reverse("relationship-types:change", args=[row.pk])
        except NoReverseMatch:
            return []
        rows.append((SearchHit(capfirst(row.name), url, row.reverse_name), (row.name, row.reverse_name)))
    return best(question, rows, limit)


def all_relations(question: str) -> str:
    return f"{reverse('relations:list')}?{urlencode({'q': question})}"


search_kind("relations", gettext_lazy("Relations"), "people", find_relations, order=10, all_url=all_relations)
search_kind("employments", gettext_lazy("Who works where"), "organisation", find_employments, order=20)
search_kind("contact", gettext_lazy("Contact moments"), "note", find_contact_moments, order=30)
search_kind(
    "relationship-types",
    gettext_lazy("Kinds of relationships"),
    "tree",
    find_relationship_types,
    order=230,
)
