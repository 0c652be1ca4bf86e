"""Two administrations with one of everything, for the tests that walk every road to data."""

import re
from dataclasses import dataclass
from datetime import timedelta
from itertools import product

from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from crm.access.api_tokens.models import ApiToken, ApiTokenAdministration
from crm.access.rights import Right
from crm.attention.services import raise_item
from crm.core.change_set import change_set
from crm.core.jobs import Job
from crm.desk.models import SavedView
from crm.exchange.models import ExportLog
from crm.mail.models import Message
from crm.relations.models import (
    BulkEdit,
    ContactMoment,
    EmailAddress,
    Employment,
    FinancialNumber,
    FinancialRole,
    Identifier,
    PhoneNumber,
    SocialProfile,
    Standing,
)
from crm.relations.views.card import FACTS
from crm.relations.views.parts import PARTS
from integrations.hub.models import Connection, ConnectionStatus, Delivery, ExternalLink, Run, RunEntry
from tests.factories.relations import (
    LONG_AGO,
    AddressFactory,
    BankAccountFactory,
    EmploymentFactory,
    OrganisationFactory,
    PersonFactory,
    RelationshipFactory,
    user_in,
)

# shared by every administration by nature, or without rows that belong to one
SHARED = {"Role", "RelationshipType", "Installation"}

# ----------------------------------------------------------------------------------------------- the world


@dataclass(frozen=True)
class Sought:
    """By what somebody may look for the person and organisation of an administration."""

    email: str
    phone: str
    iban: str
    kvk: str
    books: int


def furnish(administration, mark: str) -> dict[str, int]:
    """One row of everything in an administration, every text of it holding `mark`; model name -> key."""
    sought = SOUGHT[mark]
    person = PersonFactory(administration=administration, given_name=mark, email=sought.email)
    organisation = OrganisationFactory(administration=administration, legal_name=f"{mark} B.V.")
    address = AddressFactory(relation=person, street=f"{mark}straat", city=f"{mark}dorp")
    account = BankAccountFactory(relation=person, holder=mark, iban=sought.iban)
    employment = EmploymentFactory(person=person, organisation=organisation, function=mark)
    subsidiary = OrganisationFactory(administration=administration, legal_name=f"{mark} Dochter")
    tie = RelationshipFactory(from_relation=organisation, to_relation=subsidiary, remarks=mark)
    number = FinancialNumber.objects.create(relation=person, administration=administration, number=sought.books)
    role = FinancialRole.objects.create(
        relation=person, administration=administration, kind="debtor", number=number, valid_from=LONG_AGO
    )
    standing = Standing.objects.create(
        relation=person, administration=administration, kind="member", valid_from=LONG_AGO
    )
    user = user_in(administration, username=f"{mark}user", first_name=mark, last_name=mark)
    rows = {
        "Administration": administration,
        "Relation": person,
        "Person": person,
        "Organisation": organisation,
        "Address": address,
        "BankAccount": account,
        "Employment": employment,
        "Relationship": tie,
        "FinancialNumber": number,
        "FinancialRole": role,
        "Standing": standing,
        "EmailAddress": EmailAddress.objects.create(relation=person, email=f"x{mark}@example.nl"),
        "PhoneNumber": PhoneNumber.objects.create(relation=person, number=sought.phone, label=mark),
        "Identifier": Identifier.objects.create(relation=organisation, kind="kvk", value=sought.kvk),
        "SocialProfile": SocialProfile.objects.create(
            relation=person, network="linkedin", url=f"https://linkedin.com/in/{mark}"
        ),
        "ContactMoment": ContactMoment.objects.create(
            relation=person, happened_at="2026-01-05T09:00:00Z", subject=mark, by=user
        ),
        "User": user,
        "Grant": user.grants.get(),
    }
    return {name: row.pk for name, row in rows.items()}


MINE, THEIRS = "Eigenzaam", "Geheimzinnig"
SOUGHT = {
    MINE: Sought("aafje@oost.example", "+31302345678", "NL91ABNA0417164300", "12345678", 10_001),
    THEIRS: Sought("wietske@west.example", "+31743219876", "NL20INGB0001234567", "87654321", 77_777),
}
NOWHERE = 987_654


def routes(patterns=None, prefix="", namespace=""):
    """(path, name with namespace, view) of every route there is."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            inner = ":".join(filter(None, (namespace, pattern.namespace)))
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern), inner)
        elif isinstance(pattern, URLPattern):
            name = ":".join(filter(None, (namespace, pattern.name)))
            yield prefix + str(pattern.pattern), name, pattern.callback


# ------------------------------------------------------------------------------------ what lies above relations


def couple(administration, mark: str, keys: dict[str, int]) -> dict[str, int]:
    """What the hub, the first page, the mail and the queue have of an administration, all of it holding `mark`."""
    now = timezone.now()
    connection = Connection.objects.create(
        administration=administration,
        channel="finance",
        connector="exact_online",
        title=f"{mark} boekhouding",
        settings={"base_url": f"https://{mark}.example", "division": "1"},
    )
    ConnectionStatus.objects.get_or_create(connection=connection)
    told = {"connection": connection, "topic": "party", "subject": keys["Person"]}
    Delivery.objects.filter(connection=connection).delete()
    delivery = Delivery.objects.create(
        **told,
        state="stuck",
        waiting=False,
        code="refused",
        answer=mark,
        not_before=now,
        created_at=now,
        finished_at=now,
    )
    ExternalLink.objects.create(**told, external_id=mark, vendor_number=mark, delivered_at=now)
    run = Run.objects.create(connection=connection, topic="party", began_at=now, ended_at=now)
    RunEntry.objects.create(
        run=run,
        topic="party",
        subject=keys["Person"],
        outcome="refused",
        number=mark,
        changes=[["iban", "", SOUGHT[mark].iban], ["name", "", mark]],
        answer=mark,
        at=now,
    )
    item = raise_item(
        kind="hub.stuck", title=mark, body=mark, administration=administration, for_right=Right.RELATIONS_CHANGE
    )
    message = Message.objects.create(
        message_id=f"<{mark}@example.nl>",
        subject=mark,
        sender="kantoor@example.nl",
        recipient=f"{mark}@example.nl",
        until=now + timedelta(days=1),
        administration=administration,
    )
    view = SavedView.objects.create(
        owner_id=keys["User"], page="relations", name=mark, query=f"city={mark}dorp", shared_with=administration
    )
    bulk_edit = BulkEdit.objects.create(
        actor_id=keys["User"], wanted={"sector": mark}, frozen=[[keys["Organisation"], 1]], asked=f"?city={mark}dorp"
    )
    export = ExportLog.objects.create(
        user_id=keys["User"], kind="relations", form="csv", count=1, words=mark, reason=mark, name=f"{mark}.csv"
    )
    job = Job.objects.create(kind="audit.undo", actor_id=keys["User"], message=mark, state="failed", ended_at=now)
    with change_set(reason=mark, separate=True) as opened:
        moment = ContactMoment.objects.get(pk=keys["ContactMoment"])
        moment.text = f"{mark} heeft gebeld"
        moment.save()
    token = ApiToken.objects.create(
        user_id=keys["User"], name=mark, prefix="schakel_", digest=mark, scopes=[], expires_on=now.date()
    )
    ApiTokenAdministration.objects.create(token=token, administration=administration)
    gone = OrganisationFactory(administration=administration, legal_name=f"{mark} Opgeheven")
    gone_key = gone.pk
    gone.delete()
    return {
        "ApiToken": token.pk,
        "Gone": gone_key,
        "Connection": connection.pk,
        "Delivery": delivery.pk,
        "Run": run.pk,
        "AttentionItem": item.pk,
        "Message": message.pk,
        "SavedView": view.pk,
        "BulkEdit": bulk_edit.pk,
        "Job": job.pk,
        "ExportLog": export.pk,
        "ChangeSet": opened.pk,
    }


def entangle(mine: dict[str, int], theirs: dict[str, int]) -> None:
    """Ties across, as somebody at work in both makes them: to the users of one of the two they are not there."""
    EmploymentFactory(person_id=mine["Person"], organisation_id=theirs["Organisation"], function=THEIRS)
    RelationshipFactory(from_relation_id=mine["Organisation"], to_relation_id=theirs["Organisation"], remarks=THEIRS)
    # one human in both would make the names equal on both cards; only the key matters here
    models.QuerySet(Employment).filter(pk=mine["Employment"]).update(main_contact_id=theirs["Person"])


# ----------------------------------------------------------------------------------------------- the screens

# whose key `pk` is, per route
PK = {
    "desk:administration": "Administration",
    "desk:change-view": "SavedView",
    "desk:overwrite-view": "SavedView",
    "desk:delete-view": "SavedView",
    "desk:sight": "User",
    "attention:handle": "AttentionItem",
    "attention:postpone": "AttentionItem",
    "attention:dismiss": "AttentionItem",
    "attention:reopen": "AttentionItem",
    "users:user": "User",
    "users:change": "User",
    "users:give": "User",
    "users:take": "User",
    "users:act": "User",
    "administrations:change": "Administration",
    "administrations:archive": "Administration",
    "core:job": "Job",
    "export:file": "ExportLog",
    "export:download": "ExportLog",
    "core:job-stop": "Job",
    "core:job-resume": "Job",
    "audit:change_set": "ChangeSet",
    "audit:undo": "ChangeSet",
    "audit:deleted": "Gone",
    "audit:restore": "Gone",
    "relations:bulk-edit": "BulkEdit",
    "relations:bulk-start": "BulkEdit",
    "relations:bulk-again": "BulkEdit",
    "relations:stop-use": "RelationUse",
    "relations:check-address": "Address",
    "relations:move-household": "Address",
    "relations:main-contact": "Employment",
    "hub:delivery": "Delivery",
    "hub:retry": "Delivery",
    "users:revoke-api-token": "ApiToken",
    "api:administrations-detail": "Administration",
    "api:relations-detail": "Relation",
    "api:addresses-detail": "Address",
    "api:bank-accounts-detail": "BankAccount",
    "api:employments-detail": "Employment",
    "api:relationships-detail": "Relationship",
    "api:financial-roles-detail": "FinancialRole",
    "api:identifiers-detail": "Identifier",
}
# of these a key says nothing of a record
WITHOUT_RECORD = {
    "relations:new",
    "hub:add",
    # a list, whose rows the view narrows
    "export:choose",
    "export:schema",
    "exchange:layout",
    "access:choose_password",
    "desk:help-page",
    "api:relationship-types-detail",
    # the same in every administration
    "users:role",
    "users:change-role",
    "users:remove-role",
    "relationship-types:change",
    "relationship-types:retire",
    "relationship-types:remove",
}
# goes to where one came from, whatever the key
ALWAYS_BACK = {"desk:administration"}


def screens() -> list[tuple[str, list[str]]]:
    """(name, arguments) of every route of our own screens that names a record."""
    found = {}
    for path, name, _view in routes():
        arguments = re.findall(r"<(?:\w+:)?(\w+)>", path)
        if arguments and ":" in name and not name.startswith("admin:") and name not in WITHOUT_RECORD:
            found[name] = arguments
    return sorted(found.items())


def roads_with(keys: dict[str, int] | None, number: int) -> list[tuple[str, str]]:
    """(what, address) of every screen with the keys of these records; None: with keys that nobody has."""
    found = []
    for name, arguments in screens():
        for part, fact in product(
            PARTS if "part" in arguments else (None,), FACTS if "name" in arguments else (None,)
        ):
            values = {"number": number, "part": part, "name": fact, "tab": "timeline"}
            owner = PARTS[part].model.__name__ if part else PK.get(name)
            if owner is None and name.startswith("hub:"):
                owner = "Connection"
            values["pk"] = keys.get(owner, NOWHERE) if keys else NOWHERE
            values["run_pk"] = keys["Run"] if keys else NOWHERE
            values["grant_pk"] = keys["Grant"] if keys else NOWHERE
            values["what"], values["tab"] = "reset", "timeline"
            values["model"] = "relations.Relation"
            known = {argument: values[argument] for argument in arguments}
            found.append((f"{name} {part or fact or ''}", reverse(name, kwargs=known)))
    return found
