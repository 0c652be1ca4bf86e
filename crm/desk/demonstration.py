"""The small fictional administration of `fixtures/`, from files that people can read to rows with their history.

A file holds the rows of one model and its head names the model's fields; `fixtures/README.md` says how values are
written. What belongs to a coupling is added by the coupling, with `add_step` in its own `demo.py`.
"""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from crm.access.models import Role, RoleRight, User
from crm.access.services import grant
from crm.administrations.models import Administration, Installation, Mode
from crm.attention.services import Raised, raise_items
from crm.core import bulk, derived
from crm.core.change_set import Door, change_set
from crm.desk.saved_views.services import save_view
from crm.relations.models import (
    Address,
    BankAccount,
    ContactMoment,
    EmailAddress,
    Employment,
    FinancialNumber,
    FinancialRole,
    Identifier,
    PhoneNumber,
    Relation,
    Relationship,
    RelationshipType,
    RelationUse,
    SocialProfile,
    Standing,
)
from crm.relations.services import set_iban, update_relation

# in the order in which they need each other
PARTS = {
    "uses": RelationUse,
    "addresses": Address,
    "employments": Employment,
    "relationships": Relationship,
    "standings": Standing,
    "bank_accounts": BankAccount,
    "identifiers": Identifier,
    "email_addresses": EmailAddress,
    "phone_numbers": PhoneNumber,
    "social_profiles": SocialProfile,
    "contact_moments": ContactMoment,
}


@dataclass(frozen=True)
class Step:
    """What a coupling adds: `run(address)` of its vendor. It may be called again, and then adds nothing."""

    option: str
    help: str
    run: Callable[[str], None]


_steps: list[Step] = []


def add_step(option: str, *, help: str, run: Callable[[str], None]) -> None:
    """Add an option to `load_demo`; `run` is called with its value after the administration was loaded."""
    _steps.append(Step(option, help, run))


def steps() -> list[Step]:
    return list(_steps)


@dataclass(frozen=True)
class Login:
    username: str
    password: str
    role: str


def logins(folder: Path) -> list[Login]:
    """Who can sign in, as the files say."""
    return [Login(row["username"], row["password"], row["role"]) for row in _rows(folder, "users")]


def is_loaded(folder: Path) -> bool:
    return Administration.objects.filter(name=_rows(folder, "administrations")[0]["name"]).exists()


@transaction.atomic
def load(folder: Path, *, today: date) -> None:
    """Fill an empty database from the files in `folder`; days in them are counted from `today`.

    One transaction. Raises ValidationError or DoesNotExist with the file's own value when a file is wrong.
    """
    world = _World(folder, today)
    with change_set(action="demo.load"), derived.gathered():
        world.administrations()
        world.users()
        world.relationship_types()
        world.relations()
        for name, model in PARTS.items():
            bulk.create(world.made(name, model))
        world.financial_roles()
        world.attention()
        world.saved_views()
    world.changes()


@dataclass
class _World:
    """What was loaded so far, by the names that the files use."""

    folder: Path
    today: date
    known: dict[type, dict[str, Any]] = field(default_factory=dict)

    def rows(self, name: str) -> list[dict[str, str]]:
        return _rows(self.folder, name)

    def administrations(self) -> None:
        for row in self.rows("administrations"):
            umbrella = row.pop("umbrella")
            made = Administration(**row)
            made.save()
            self.known.setdefault(Administration, {})[made.name] = made
            if umbrella:
                Installation(pk=1, mode=Mode.MULTIPLE, umbrella=made).save()

    def users(self) -> None:
        for row in json.loads((self.folder / "roles.json").read_text(encoding="utf-8")):
            role = Role(name=row["name"], description=row["description"])
            role.save()
            bulk.create([RoleRight(role=role, right=right) for right in row["rights"]])
            self.known.setdefault(Role, {})[role.name] = role
        for row in self.rows("users"):
            password, role, names = row.pop("password"), row.pop("role"), row.pop("administrations").split("; ")
            user = User(kind=User.Kind.STAFF, is_staff=True, **row)
            user.set_password(password)
            user.save()
            self.known.setdefault(User, {})[user.username] = user
            for name in names:
                grant(user, administration=self.known[Administration][name], role=self.known[Role][role])

    def relationship_types(self) -> None:
        rows = self.rows("relationship_types")
        keys = [row.pop("key") for row in rows]
        made = bulk.create([self._instance(RelationshipType, row) for row in rows])
        self.known[RelationshipType] = dict(zip(keys, made, strict=True))

    def relations(self) -> None:
        home = next(iter(self.known[Administration].values()))
        rows = [{**row, "kind": "organisation"} for row in self.rows("organisations")]
        rows += [{**row, "kind": "person"} for row in self.rows("persons")]
        made = bulk.create([self._instance(Relation, row, administration=home) for row in rows])
        self.known[Relation] = {str(relation.number): relation for relation in made}

    def financial_roles(self) -> None:
        rows = self.rows("financial_roles")
        numbers = {(row["administration"], row["number"]): row["relation"] for row in rows}
        made = bulk.create(
            [
                FinancialNumber(
                    relation=self.known[Relation][relation],
                    administration=self.known[Administration][administration],
                    number=int(number),
                )
                for (administration, number), relation in numbers.items()
            ]
        )
        self.known[FinancialNumber] = {f"{row.administration.name} {row.number}": row for row in made}
        for row in rows:
            row["number"] = f"{row['administration']} {row['number']}"
        bulk.create([self._instance(FinancialRole, row, set_at=timezone.now()) for row in rows])

    def attention(self) -> None:
        """What the slices would raise by themselves after a while, so that the first page has something to ask."""
        raise_items(
            Raised(
                kind="demo",
                title=row["title"],
                body=row["body"],
                subject=self.known[Relation][row["relation"]],
                administration=self.known[Administration][row["administration"]],
                for_right=row["for_right"],
                due_on=day_of(row["due_on"], today=self.today) if row["due_on"] else None,
                once_key=f"demo {row['relation']}",
            )
            for row in self.rows("attention_items")
        )

    def saved_views(self) -> None:
        shared = self.known[Administration]
        for row in self.rows("saved_views"):
            row["shared_with"] = shared[row["shared_with"]] if row["shared_with"] else None
            save_view(self.known[User][row.pop("owner")], **row)

    def changes(self) -> None:
        """What somebody changed since, so that the mutation log has something to tell."""
        for row in self.rows("changes"):
            by, relation = self.known[User][row["by"]], self.known[Relation][row["relation"]]
            with change_set(actor=by, door=Door.SCREEN, separate=True):
                if row["field"] == "iban":
                    main = relation.bank_accounts.filter(main=True).first()
                    set_iban(relation, iban=row["value"], holder=main.holder if main else "")
                else:
                    now = Relation.objects.get(pk=relation.pk)
                    update_relation(now, version=now.version, **{row["field"]: row["value"]})

    def made(self, name: str, model: type[models.Model]) -> list[models.Model]:
        """Unsaved rows of a file."""
        return [self._instance(model, row) for row in self.rows(name)]

    def _instance(self, model: type[models.Model], row: dict[str, str], **values: Any) -> models.Model:
        for name, text in row.items():
            if text:
                values[name] = self._value(model._meta.get_field(name), text)
            elif isinstance(model._meta.get_field(name), models.BooleanField):
                values[name] = False
        instance = model(**values)
        instance.clean_fields(exclude=["number"] if model is Relation and not instance.number else None)
        instance.clean()
        return instance

    def _value(self, column: models.Field, text: str) -> Any:
        if column.is_relation:
            known = self.known[column.related_model]
            if text not in known:
                raise column.related_model.DoesNotExist(text)
            return known[text]
        if isinstance(column, models.DateTimeField):
            day, _space, hour = text.partition(" ")
            return timezone.make_aware(datetime.combine(day_of(day, today=self.today), time.fromisoformat(hour)))
        if isinstance(column, models.DateField):
            return day_of(text, today=self.today)
        if isinstance(column, models.BooleanField):
            return text == "yes"
        return column.to_python(text)


def day_of(text: str, *, today: date) -> date:
    """ "2021-03-01", "today-3", "today+6" (days) or "new-year", the first of January after today."""
    if text == "new-year":
        return date(today.year + 1, 1, 1)
    if text.startswith("today"):
        return today + timedelta(days=int(text.removeprefix("today") or 0))
    return date.fromisoformat(text)


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
