"""The log of who came in, who tried, and what changed in how somebody comes in: how a line is written and read out."""

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest
from django.utils.translation import gettext as _

from crm.access.models import AccessEvent, EventKind, User
from crm.access.visitors import visitor

PROVIDER = "provider:"


def record(
    kind: EventKind,
    *,
    user: User | int | None,
    request: HttpRequest | None = None,
    actor: User | None = None,
    detail: str = "",
) -> AccessEvent:
    """Write one line. `user`: whose account (an instance or a key), None for a name that nobody has.

    `detail` is a code of this file or a name, never what somebody typed.
    """
    seen = visitor(request)
    return AccessEvent.objects.create(
        kind=kind,
        user_id=getattr(user, "pk", user),
        actor=actor,
        address=seen.address,
        device=seen.device,
        detail=detail[:120],
    )


def way_in(request: HttpRequest, user: User) -> str:
    """By what this session was signed in, as codes with "+" between them; "" when it did not go through the door."""
    steps = []
    for step in get_authentication_records(request, user):
        if step.get("method") == "socialaccount":
            steps.append(f"{PROVIDER}{step.get('provider', '')}")
        elif step.get("passwordless"):
            steps.append("passkey")
        elif step.get("method") == "mfa":
            steps.append(step.get("type", ""))
        else:
            steps.append(step.get("method", ""))
    return "+".join(dict.fromkeys(filter(None, steps)))[:80]


def in_words(detail: str) -> str:
    """A detail, or the way in, in the language of the reader. What is no code of ours is a name, and stays."""
    if not detail:
        return ""
    words = {
        "password": _("password"),
        "totp": _("authenticator app"),
        "webauthn": _("passkey"),
        "passkey": _("passkey without a password"),
        "recovery_codes": _("recovery code"),
        "link": _("the link from a message"),
        "idle": _("half an hour without use"),
        "age": _("twelve hours old"),
        "others": _("all other sessions"),
        "manager": _("by a manager"),
        "unknown": _("no user here has this address"),
        "unverified": _("the provider did not check the address"),
        "other account": _("another account at the provider than before"),
        "inactive": _("the user was deactivated"),
        "failed": _("the answer of the provider was not right"),
    }
    parts = []
    for part in detail.split("+"):
        code = part.removeprefix(PROVIDER)
        parts.append(code if part.startswith(PROVIDER) else words.get(part, part))
    return ", ".join(parts)
