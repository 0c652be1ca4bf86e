"""What somebody sees, told to who manages them: of administrations that both are in, and of no other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.models import Grant, User
from crm.access.queries import administration_ids, rights_of
from crm.access.right_words import CLASSES
from crm.access.rights import CHANGE_RIGHT, READ_RIGHT, Right
from crm.administrations.models import Administration
from crm.core.field_classes import FIELD_CLASSES
from crm.desk.queries import COUNTED, in_scope
from crm.relations.models import Address, BankAccount, Employment, FinancialRole, Relation, Relationship, Standing

EXAMPLES = 5

# (what, the model, by which key its rows lie in an administration, the right that seeing asks for, and changing)
KINDS = (
    (gettext_lazy("Relations"), Relation, "pk", None, Right.RELATIONS_CHANGE),
    (gettext_lazy("Addresses"), Address, "relation", None, Right.RELATIONS_CHANGE),
    (gettext_lazy("Employments of people"), Employment, "person", None, Right.RELATIONS_CHANGE),
    (gettext_lazy("Ties between relations"), Relationship, "from_relation", None, Right.RELATIONS_CHANGE),
    (gettext_lazy("Clients and members"), Standing, "", None, Right.RELATIONS_CHANGE),
    (gettext_lazy("Bank accounts"), BankAccount, "relation", Right.FINANCIAL_VIEW, Right.FINANCIAL_CHANGE),
    (gettext_lazy("Debtors and creditors"), FinancialRole, "", Right.FINANCIAL_VIEW, Right.FINANCIAL_CHANGE),
)


@dataclass(frozen=True)
class KindSeen:
    """`count`: how many of it this person sees here, at most 10,000; `more` says there are more than that."""

    label: str
    sees: bool
    changes: bool
    count: int = 0
    more: bool = False


@dataclass(frozen=True)
class ClassSeen:
    label: str
    holds: str
    reads: bool
    changes: bool


@dataclass
class Seen:
    administration: Administration
    roles: list[str]
    kinds: list[KindSeen] = field(default_factory=list)
    classes: list[ClassSeen] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)
    examples: list[Relation] = field(default_factory=list)


def shared(person: User, viewer: User) -> list[Administration]:
    """Where the viewer manages users and this person has a role; everywhere for a superuser, who needs none."""
    mine = Administration.objects.filter(pk__in=administration_ids(viewer, Right.USERS_MANAGE))
    if not person.is_superuser:
        mine = mine.filter(pk__in=Grant.objects.filter(user=person).values("administration_id"))
    return list(mine.order_by("name")[:20])


def seen_in(administration: Administration, person: User, viewer: User, *, on: date) -> Seen:
    """What this person sees in one administration; a query per kind of thing, at most 10,001 rows each."""
    here, rights = [administration.pk], rights_of(person)
    grants = Grant.objects.filter(user=person, administration=administration).select_related("role")
    seen = Seen(administration, [str(grant.role) for grant in grants])
    relations = in_scope(person, administration, on=on)
    for label, model, key, read, change in KINDS:
        sees = person.is_active and (read is None or rights.has(read, here))
        changes = person.is_active and rights.has(change, here)
        count = 0
        if sees:
            rows = model.objects.visible_to(person, on)
            rows = rows.filter(**{f"{key}__in": relations.values("pk")} if key else {"administration": administration})
            count = rows.order_by().values("pk")[: COUNTED + 1].count()
        seen.kinds.append(KindSeen(str(label), sees, changes, min(count, COUNTED), count > COUNTED))
    for name in FIELD_CLASSES:
        label, holds = CLASSES[name]
        reads = person.is_active and (READ_RIGHT[name] is None or rights.has(READ_RIGHT[name], here))
        changes = person.is_active and rights.has(CHANGE_RIGHT[name], here)
        seen.classes.append(ClassSeen(str(label), str(holds), reads, changes))
    done = (
        Right.RELATIONS_DELETE,
        Right.HISTORY_UNDO,
        Right.IMPORT,
        Right.EXPORT,
        Right.CONNECTIONS_MANAGE,
        Right.USERS_MANAGE,
        Right.SETTINGS_MANAGE,
    )
    seen.acts = [str(right.label) for right in done if person.is_active and rights.has(right, here)]
    # only what the viewer may see too
    both = relations.filter(pk__in=Relation.objects.visible_to(viewer, on).values("pk"))
    seen.examples = list(both.order_by("-pk").only("pk", "kind", "number", "display_name")[:EXAMPLES])
    return seen


@dataclass
class Why:
    """Whether somebody sees a relation, with the reasons in order; `relation` None: the viewer sees no such one."""

    relation: Relation | None
    sees: bool = False
    changes: bool = False
    reasons: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)


def why(number: str, person: User, viewer: User, *, on: date) -> Why:
    """The answer for one relation number, in words."""
    relation = None
    if number.isdecimal() and len(number) < 15:
        visible = Relation.objects.visible_to(viewer, on).select_related("administration")
        relation = visible.filter(number=int(number)).first()
    if relation is None:
        return Why(None)
    if not person.is_active:
        return Why(relation, reasons=[_("This person is deactivated: they see nothing.")])
    if person.is_superuser:
        return Why(relation, True, True, [_("This person is a superuser: they see and change everything.")])
    return _why_by_role(relation, person, viewer, on)


def _why_by_role(relation: Relation, person: User, viewer: User, on: date) -> Why:
    managed = rights_of(viewer).administrations(Right.USERS_MANAGE) & set(
        Administration.objects.visible_to(viewer).values_list("pk", flat=True)
    )
    lies = _where(relation, viewer, managed)
    roles: dict[int, list[str]] = {}
    for grant in Grant.objects.filter(user=person, administration_id__in=managed).select_related("role"):
        roles.setdefault(grant.administration_id, []).append(str(grant.role))
    found = Why(relation)
    for administration, home in lies:
        lies_there = _("It lives in %(administration)s.") if home else _("It is put to use in %(administration)s.")
        said = _("There this person has no role.")
        if names := roles.get(administration.pk):
            found.sees = True
            said = _("There this person has: %(roles)s. Any role is enough to see it.") % {"roles": ", ".join(names)}
        found.reasons.append(f"{lies_there % {'administration': administration}} {said}")
    if not lies:
        found.reasons.append(_("It lies in no administration where you manage users."))
    if not found.sees:
        return found
    where = {administration.pk for administration, _home in lies if administration.pk in roles}
    rights = rights_of(person)
    found.changes = Relation.objects.editable_by(person, on).filter(pk=relation.pk).exists()
    for name in FIELD_CLASSES:
        if READ_RIGHT[name] is not None and not rights.has(READ_RIGHT[name], where):
            found.hidden.append(str(CLASSES[name][1]))
    return found


def _where(relation: Relation, viewer: User, managed: set[int]) -> list[tuple[Administration, bool]]:
    """(administration, whether it is the home) where the relation lies, of those the viewer manages users in."""
    uses = relation.uses.visible_to(viewer).filter(administration_id__in=managed).select_related("administration")
    home = [(relation.administration, True)] if relation.administration_id in managed else []
    return home + [(use.administration, False) for use in uses]
