"""The screens of the office, found by the names of their routes, with arguments from the demonstration.

A new route is in `SCREENS` with its arguments, or in `NO_SCREENS` with a reason.
"""

from datetime import timedelta

from django.utils import timezone

from crm.access.api_tokens.models import ApiToken
from crm.access.models import Role, SignInProvider, User
from crm.attention.models import AttentionItem
from crm.core.api.routes import resources
from crm.core.change_set import ChangeSet
from crm.core.jobs import Job
from crm.exchange.models import ExportLog
from crm.relations.models import Employment, Relation, RelationshipType
from crm.relations.services.bulk_edit import prepare_bulk_edit
from crm.relations.views.parts import PARTS
from integrations.hub.models import Delivery, Run

POST_ONLY = "answers a POST alone; what it answers is another screen"
PIECE = "a piece of a screen, or no HTML at all"
ALLAUTH = "of allauth, and not offered: its account pages are switched off or lead elsewhere"
NO_SCREENS = {
    "desk:administration": POST_ONLY,
    "desk:search-suggest": PIECE,
    "desk:search-keys": POST_ONLY,
    "users:revoke-api-token": POST_ONLY,
    "api:documentation": "Swagger UI's own page; tests/crm/core/test_api_browser.py opens it",
    "api:schema": PIECE,
    "api:nothing-here": PIECE,
    **{f"api:{one.key}-{what}": PIECE for one in resources() for what in ("list", "detail")},
    "desk:save-view": POST_ONLY,
    "desk:change-view": POST_ONLY,
    "desk:overwrite-view": POST_ONLY,
    "desk:delete-view": POST_ONLY,
    "desk:start": "leads on to the page that somebody begins with",
    "attention:handle": POST_ONLY,
    "attention:reopen": POST_ONLY,
    "users:give": POST_ONLY,
    "users:take": POST_ONLY,
    "users:remove-role": POST_ONLY,
    "administrations:archive": POST_ONLY,
    "administrations:add": "a superuser's; tests/crm/administrations opens it",
    "relationship-types:retire": POST_ONLY,
    "relationship-types:remove": POST_ONLY,
    "exchange:make-backup": POST_ONLY,
    "addresses:choose": POST_ONLY,
    "addresses:keys": POST_ONLY,
    "addresses:try": POST_ONLY,
    "export:download": PIECE,
    "export:schema": PIECE,
    "core:as_of": "leads to the same page on the day that was chosen",
    "core:health": PIECE,
    "core:chosen": POST_ONLY,
    "core:job-stop": POST_ONLY,
    "core:job-resume": POST_ONLY,
    "audit:undo": POST_ONLY,
    "audit:restore": POST_ONLY,
    "relations:bulk-start": POST_ONLY,
    "relations:bulk-again": POST_ONLY,
    "relations:pick": PIECE,
    "relations:likely": PIECE,
    "relations:address": PIECE,
    "relations:timeline": PIECE,
    "relations:photo": PIECE,
    "relations:reopen": POST_ONLY,
    "relations:put-to-use": POST_ONLY,
    "relations:stop-use": POST_ONLY,
    "relations:remove-part": POST_ONLY,
    "hub:signed-in": "leads on from the vendor's own page; tried with the simulator in tests/integrations/hub",
    "hub:sign-in": "leads to the vendor's own page",
    "hub:retry": POST_ONLY,
    "hub:test": POST_ONLY,
    "hub:pause": POST_ONLY,
    "hub:resume": POST_ONLY,
    "hub:retry-all": POST_ONLY,
    "hub:replay": POST_ONLY,
    "hub:read": POST_ONLY,
    "hub:take-part": POST_ONLY,
    "set_language": POST_ONLY,
    "styleguide": "for developers; tests/crm/core/test_styleguide_browser.py walks through it",
    "styleguide-options": PIECE,
    "access:choose_password": "asks for a token from a mail; tests/crm/access follows it",
    "access:set_up": "for who has to set up a second step; tests/crm/access/test_sign_in_browser.py walks through it",
    "access:end_session": POST_ONLY,
    "access:end_other_sessions": POST_ONLY,
    "access:delete_provider": POST_ONLY,
    "access:confirm_with_code": "leads to the page that asks who one is",
    "access:confirm_with_passkey": "leads to the page that asks who one is",
    "access:no_addresses": "leads to one's own second steps",
    "access:no_other_accounts": "leads to one's own second steps",
    "openid_connect_login": "leads to the provider of the office; tests/crm/access follows it",
    "openid_connect_callback": "leads on from the provider of the office; tests/crm/access follows it",
    "socialaccount_connections": ALLAUTH,
    "socialaccount_login_error": "answers 401; tests/crm/access sees it when a provider's answer does not hold",
    "None": "addresses that allauth's pages had in earlier versions; they lead on",
    "socialaccount_signup": ALLAUTH,
    "mfa_login_webauthn": "a step of signing in with a passkey",
    "mfa_reauthenticate_webauthn": "leads to the page that asks who one is",
    "mfa_edit_webauthn": "for who has a passkey; tests/crm/access/test_sign_in_browser.py makes one",
    "mfa_remove_webauthn": "for who has a passkey; tests/crm/access/test_sign_in_browser.py makes one",
    "account_login": "signed in it leads on; the keyboard goes through it below",
    "account_inactive": ALLAUTH,
    "account_signup": ALLAUTH,
    "account_reauthenticate": ALLAUTH,
    "account_email": ALLAUTH,
    "account_email_verification_sent": ALLAUTH,
    "account_set_password": ALLAUTH,
    "account_confirm_login_code": ALLAUTH,
    "account_confirm_email": ALLAUTH,
    "account_reset_password_from_key": "asks for a key from a mail; tests/crm/access follows it",
    "mfa_authenticate": "a step of signing in",
    "mfa_reauthenticate": "asks again for the password of who came in a while ago; then leads on",
    "mfa_deactivate_totp": "for who has a second factor; without it leads on",
    "mfa_view_recovery_codes": "for who has a second factor; without it leads on",
    "mfa_generate_recovery_codes": "for who has a second factor; without it leads on",
    "mfa_download_recovery_codes": PIECE,
}


def stopped_job():
    noor = User.objects.get(username="noor")
    return Job.objects.create(kind="audit.undo", actor=noor, total=3, done=1, state="stopped")


def deleted_relation():
    """The key of a relation that is gone."""
    relation = Relation.objects.order_by("-pk").first()
    key = relation.pk
    relation.delete()
    return key


def api_tokens():
    """Noor has two: one in use, one revoked. The page of all of them needs no arguments."""
    noor = User.objects.get(username="noor")
    for number, revoked_at in enumerate((None, timezone.now())):
        ApiToken.objects.get_or_create(
            digest=f"{number}" * 64,
            defaults={
                "user": noor,
                "name": f"Website {number}",
                "prefix": "schakel_AbC12x",
                "scopes": ["relations:read", "addresses:write"],
                "networks": "203.0.113.0/24",
                "expires_on": timezone.localdate() + timedelta(days=90),
                "revoked_at": revoked_at,
            },
        )
    return ()


def sign_in_provider():
    values = {"name": "Kantooraccount", "issuer": "https://login.example.nl", "client_id": "schakel"}
    return SignInProvider.objects.get_or_create(key="kantoor", defaults=values)[0]


def prepared_bulk_edit():
    """Noor's, looked at and not begun: some will change, some are so already."""
    noor, theatres = User.objects.get(username="noor"), Relation.objects.filter(kind="organisation")
    return prepare_bulk_edit(noor, theatres, {"no_mail": True, "sector": "Theater"}, on=timezone.localdate())


def ended_bulk_edit():
    """Done, but for one that somebody had changed."""
    edit = prepared_bulk_edit()
    left = [[edit.frozen[0][0], "changed"]]
    edit.job = Job.objects.create(
        kind="relations.bulk_edit",
        actor=edit.actor,
        total=len(edit.frozen),
        done=len(edit.frozen),
        state="done",
        result={"changed": len(edit.frozen) - 1, "left": left},
        change_set=ChangeSet.objects.order_by("pk").last(),
    )
    edit.save()
    return edit


def theater():
    return Relation.objects.get(number=10019)


def row_of(part):
    """(number of its relation, key) of a row of that kind that can be changed."""
    row = PARTS[part].model.objects.order_by("pk").first()
    owner = getattr(row, "relation", None) or getattr(row, "organisation", None) or row.from_relation
    return owner.number, row.pk


def changed_parts():
    return [(number, part, pk) for part in PARTS for number, pk in [row_of(part)]]


def ended_parts():
    return [row for row in changed_parts() if PARTS[row[1]].end]


def waiting_export():
    """Noor's, of which the file is ready."""
    values = {"kind": "relations", "form": "csv", "count": 2_400, "words": "plaats: Hengelo", "name": "relations.csv"}
    until = timezone.now() + timedelta(hours=20)
    noor = User.objects.get(username="noor")
    return ExportLog.objects.create(user=noor, file="waits.export", expires_at=until, **values)


# name of a route → arguments of the screens there
SCREENS = {
    "exchange:backups": lambda connection: [()],
    "addresses:services": lambda connection: [()],
    "exchange:exports": lambda connection: [()],
    "exchange:layout": lambda connection: [("exact",)],
    "export:choose": lambda connection: [("relations",)],
    "export:file": lambda connection: [(waiting_export().pk,)],
    "desk:today": lambda connection: [()],
    "desk:search": lambda connection: [()],
    "desk:help": lambda connection: [()],
    "desk:help-page": lambda connection: [("today",), ("card",)],
    "desk:arrange": lambda connection: [()],
    "desk:growth": lambda connection: [()],
    "desk:preferences": lambda connection: [()],
    "desk:settings": lambda connection: [()],
    "desk:sight-of": lambda connection: [()],
    "desk:sight": lambda connection: [(User.objects.get(username="lezer").pk,)],
    "attention:list": lambda connection: [()],
    "attention:postpone": lambda connection: [(AttentionItem.objects.order_by("pk").first().pk,)],
    "attention:dismiss": lambda connection: [(AttentionItem.objects.order_by("pk").first().pk,)],
    "users:list": lambda connection: [()],
    "users:invite": lambda connection: [()],
    "users:user": lambda connection: [(User.objects.get(username=name).pk,) for name in ("bram", "noor")],
    "users:change": lambda connection: [(User.objects.get(username="lezer").pk,)],
    "users:act": lambda connection: [
        (User.objects.get(username="lezer").pk, what) for what in ("reset", "deactivate", "reactivate")
    ],
    "users:api-tokens": lambda connection: [api_tokens()],
    "users:make-api-token": lambda connection: [()],
    "users:roles": lambda connection: [()],
    "users:new-role": lambda connection: [()],
    "users:role": lambda connection: [(Role.objects.order_by("pk").first().pk,)],
    "users:change-role": lambda connection: [(Role.objects.order_by("pk").first().pk,)],
    "administrations:list": lambda connection: [()],
    "administrations:change": lambda connection: [(connection.administration_id,)],
    "administrations:mode": lambda connection: [()],
    "administrations:logs": lambda connection: [()],
    "relationship-types:list": lambda connection: [()],
    "relationship-types:add": lambda connection: [()],
    "relationship-types:change": lambda connection: [(RelationshipType.objects.order_by("pk").first().pk,)],
    "core:job": lambda connection: [(stopped_job().pk,)],
    "audit:log": lambda connection: [()],
    "audit:relation": lambda connection: [(10019,)],
    "audit:looks": lambda connection: [(10019,)],
    "audit:deleted": lambda connection: [("relations.Relation", deleted_relation())],
    "audit:change_set": lambda connection: [(ChangeSet.objects.order_by("pk").last().pk,)],
    "account_logout": lambda connection: [()],
    "account_change_password": lambda connection: [()],
    "account_reset_password": lambda connection: [()],
    "account_reset_password_done": lambda connection: [()],
    "account_reset_password_from_key_done": lambda connection: [()],
    "access:confirm": lambda connection: [()],
    "access:sessions": lambda connection: [()],
    "access:own_events": lambda connection: [()],
    "access:all_events": lambda connection: [()],
    "access:rules": lambda connection: [()],
    "access:add_provider": lambda connection: [()],
    "access:provider": lambda connection: [(sign_in_provider().pk,)],
    "socialaccount_login_cancelled": lambda connection: [()],
    "mfa_index": lambda connection: [()],
    "mfa_add_webauthn": lambda connection: [()],
    "mfa_list_webauthn": lambda connection: [()],
    "mfa_activate_totp": lambda connection: [()],
    "relations:list": lambda connection: [()],
    "relations:bulk": lambda connection: [()],
    "relations:bulk-edit": lambda connection: [(prepared_bulk_edit().pk,), (ended_bulk_edit().pk,)],
    "relations:new": lambda connection: [("person",), ("organisation",)],
    "relations:card": lambda connection: [(10019,), (10482,), (Relation.objects.order_by("-pk").first().number,)],
    "relations:tab": lambda connection: [(10019, "timeline"), (10019, "connections")],
    "relations:as-it-was": lambda connection: [(10019,)],
    "relations:move-household": lambda connection: [
        (10482, Relation.objects.get(number=10482).addresses.order_by("-valid_from").first().pk)
    ],
    "relations:edit": lambda connection: [(10019,), (10482,)],
    "relations:end": lambda connection: [(10019,)],
    "relations:deceased": lambda connection: [(10482,)],
    "relations:delete": lambda connection: [(10019,), (10482,)],
    "relations:iban": lambda connection: [(10019,)],
    "relations:fact": lambda connection: [(10019, "email")],
    "relations:change-photo": lambda connection: [(10482,)],
    "relations:check-address": lambda connection: [(10019, theater().addresses.first().pk)],
    "relations:main-contact": lambda connection: [
        (10019, Employment.objects.filter(organisation=theater()).first().pk)
    ],
    "relations:address-report": lambda connection: [()],
    "relations:paste": lambda connection: [()],
    "relations:add-employment": lambda connection: [(10019,), (10482,)],
    "relations:add-part": lambda connection: [(10019, part) for part in PARTS],
    "relations:change-part": lambda connection: changed_parts(),
    "relations:end-part": lambda connection: ended_parts(),
    "hub:index": lambda connection: [()],
    "hub:catalogue": lambda connection: [()],
    "hub:add": lambda connection: [("finance", "exact_online")],
    "hub:delivery": lambda connection: [(Delivery.objects.order_by("pk").first().pk,)],
    "hub:monitor": lambda connection: [(connection.pk,)],
    "hub:reports": lambda connection: [(connection.pk,)],
    "hub:report": lambda connection: [(connection.pk, Run.objects.order_by("pk").first().pk)],
    "hub:dry-run": lambda connection: [(connection.pk,)],
    "hub:settings": lambda connection: [(connection.pk,)],
}
# the same routes, asked something
MORE = [
    "/relations/?q=brinck",
    "/relations/?q=zzzzzzzz",
    "/relations/?role=debtor&status=all",
    "/relations/?order=-changed&columns=changed,member_since,blocked,postcode,street&size=25&kind=person&city=Hengelo",
    "/relations/?since=never",
    "/relations/bulk/?all=yes&kind=organisation",
    "/export/relations/?of=city%3DHengelo&what=debtors",
    "/export/relations/?of=city%3DNergens",
    "/search/?q=brink",
]
