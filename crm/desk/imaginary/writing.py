"""From made-up rows to the database: set-wise, a transaction per chunk, through the one door for many rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db import connection, models, transaction
from django.utils import timezone

from crm.administrations.models import Administration
from crm.core import bulk, derived
from crm.core.change_set import change_set
from crm.desk.imaginary import words
from crm.desk.imaginary.organisations import companies
from crm.desk.imaginary.people import Draw, Made, Together, household
from crm.relations.models import (
    Address,
    BankAccount,
    ContactMoment,
    EmailAddress,
    Employment,
    FinancialRole,
    Identifier,
    Relation,
    Relationship,
    RelationshipType,
    Standing,
)
from crm.relations.services import make_financial_roles

CHUNK = 2_500
EMPLOYERS_KEPT = 5_000
ANALYSE_AT = 4 * CHUNK
TYPES = {
    "partner": ("is partner van", "is partner van", {"structure": "family", "symmetric": True}, "person"),
    "child": ("is ouder van", "is kind van", {"structure": "family", "acyclic": True}, "person"),
    "parent": ("is moeder van", "is dochter van", {"structure": "group", "acyclic": True}, "organisation"),
}


def write(
    administration: Administration,
    *,
    relations: int,
    seed: int,
    today: date,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """Make so many relations in this administration; the same for the same seed and day.

    `progress` is told how many there are after every chunk. Ends with ANALYZE.
    """
    maker = _Maker(administration, Draw(seed, today, there=Relation.objects.count()))
    done = 0
    with change_set(action="demo.data"):
        maker.types = _types()
        while done < relations:
            with transaction.atomic(), derived.gathered():
                done += maker.chunk(min(CHUNK, relations - done))
            progress(done)
            if done == ANALYSE_AT:
                analyse()  # from here on the planner knows that the tables are large
    analyse()


def analyse() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _types() -> dict[str, RelationshipType]:
    found = {}
    for key, (name, reverse_name, values, kind) in TYPES.items():
        made, _new = RelationshipType.objects.get_or_create(
            name=name, reverse_name=reverse_name, defaults={**values, "from_kind": kind, "to_kind": kind}
        )
        found[key] = made
    return found


@dataclass
class _Maker:
    administration: Administration
    draw: Draw
    types: dict[str, RelationshipType] = field(default_factory=dict)
    employers: list[int] = field(default_factory=list)

    def chunk(self, size: int) -> int:
        """Make up and write `size` relations with all that hangs under them."""
        groups, left = [], size
        while left:
            group = companies(self.draw, left) if self.draw.chance.random() < 0.3 else household(self.draw, left)
            groups.append(group)
            left -= len(group.members)
        members = [member for group in groups for member in group.members]
        rows = bulk.create([Relation(administration=self.administration, **member.values) for member in members])
        relations = list(zip([row.pk for row in rows], members, strict=True))
        self._parts(relations)
        self._ties(groups, [row.pk for row in rows])
        self._employments(relations)
        self._in_the_books(relations)
        return size

    def _parts(self, relations: list[tuple[int, Made]]) -> None:
        _create(
            [
                Address(relation_id=pk, check_state="unchecked", **address)
                for pk, member in relations
                for address in member.addresses
            ]
        )
        _create(
            [
                BankAccount(relation_id=pk, iban=iban, main=number == 0)
                for pk, member in relations
                for number, iban in enumerate(member.ibans)
            ]
        )
        _create(
            [
                Identifier(relation_id=pk, kind=kind, value=value)
                for pk, member in relations
                for kind, value in member.identifiers
            ]
        )
        draw = self.draw
        _create(
            [
                EmailAddress(relation_id=pk, email=f"facturen.{member.values['email']}", label="facturen")
                for pk, member in relations
                if member.values.get("email") and draw.one_in(12)
            ]
        )
        _create(
            [
                ContactMoment(
                    relation_id=pk,
                    kind=draw.any(("call", "visit", "talk", "mail")),
                    happened_at=self._moment(draw.chance.randint(1, 900)),
                    subject=draw.any(("Contributie", "Adres nagevraagd", "Kennismaking", "Offerte", "Klacht")),
                )
                for pk, _member in relations
                if draw.one_in(15)
            ]
        )

    def _moment(self, days_ago: int) -> datetime:
        day = self.draw.today - timedelta(days=days_ago)
        return timezone.make_aware(datetime.combine(day, time(self.draw.chance.randint(8, 17), 30)))

    def _ties(self, groups: list[Together], keys: list[int]) -> None:
        ties, start = [], 0
        for group in groups:
            for kind, one, other, percentage in group.ties:
                ties.append(
                    Relationship(
                        type=self.types[kind],
                        from_relation_id=keys[start + one],
                        to_relation_id=keys[start + other],
                        percentage=percentage,
                        valid_from=self.draw.day(1995, self.draw.today.year - 1),
                    )
                )
            start += len(group.members)
        _create(ties)

    def _employments(self, relations: list[tuple[int, Made]]) -> None:
        """Of an adult three in five work somewhere, many worked somewhere before, a few begin or stop soon."""
        draw = self.draw
        self.employers += [pk for pk, member in relations if member.values["kind"] == "organisation"]
        self.employers = self.employers[-EMPLOYERS_KEPT:]
        rows = []
        for pk, member in relations:
            adult = member.values["kind"] == "person" and ("email" in member.values or "mobile" in member.values)
            if adult and self.employers and draw.chance.random() < 0.62:
                rows += self._career(pk, member)
        _create(rows)

    def _career(self, person: int, member: Made) -> list[Employment]:
        draw, today = self.draw, self.draw.today
        begins = [draw.day(1995, today.year - 1)]
        while draw.one_in(3) and len(begins) < 5:
            begins.insert(0, begins[0] - timedelta(days=draw.chance.randint(200, 2500)))
        ends: list[date | None] = [*begins[1:], None]
        if draw.one_in(4):
            ends[-1] = min(begins[-1] + timedelta(days=draw.chance.randint(90, 3000)), today)
        elif draw.one_in(50):
            ends[-1] = today + timedelta(days=draw.chance.randint(1, 90))
        if draw.one_in(60) and ends[-1]:
            begins.append(max(ends[-1], today + timedelta(days=draw.chance.randint(1, 90))))
            ends.append(None)
        family = member.values["family_name"].lower().replace("’", "").replace(" ", "")
        return [
            Employment(
                person_id=person,
                organisation_id=draw.common(self.employers),
                function=draw.common(words.FUNCTIONS),
                department=draw.any(words.DEPARTMENTS),
                email=f"{family}@werk.example" if draw.one_in(2) else "",
                first_contact=draw.one_in(3),
                valid_from=begin,
                valid_until=end,
                end_reason=draw.any(words.REASONS) if end else "",
            )
            for begin, end in zip(begins, ends, strict=True)
        ]

    def _in_the_books(self, relations: list[tuple[int, Made]]) -> None:
        """About one in seven a debtor, one in twenty a creditor, one in five a member."""
        draw, since = self.draw, date(self.draw.today.year - 3, 1, 1)
        debtors, creditors, members = [], [], []
        for pk, member in relations:
            organisation = member.values["kind"] == "organisation"
            if draw.chance.random() < (0.28 if organisation else 0.08):
                debtors.append(pk)
            if draw.chance.random() < (0.12 if organisation else 0.01):
                creditors.append(pk)
            if draw.one_in(5):
                members.append(pk)
        for kind, keys in ((FinancialRole.Kind.DEBTOR, debtors), (FinancialRole.Kind.CREDITOR, creditors)):
            make_financial_roles(
                keys,
                administration=self.administration,
                kind=kind,
                valid_from=since,
                cause=FinancialRole.Cause.IMPORT,
                cause_detail="demo_data",
            )
        _create(
            [
                Standing(
                    relation_id=pk,
                    administration=self.administration,
                    kind="member",
                    valid_from=draw.day(1990, draw.today.year - 1),
                )
                for pk in members
            ]
        )


def _create(rows: Sequence[models.Model]) -> None:
    for start in range(0, len(rows), bulk.CHUNK):
        bulk.create(rows[start : start + bulk.CHUNK])
