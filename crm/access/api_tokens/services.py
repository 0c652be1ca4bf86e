"""Making a token, taking it back, and knowing it again."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.access.api_tokens.models import ApiToken, ApiTokenAdministration, ApiTokenUse
from crm.access.models import User
from crm.access.queries import administration_ids
from crm.access.rights import Right
from crm.administrations.models import Administration
from crm.core.change_set import change_set

# what a leaked one is found by (secret scanning), and what it is recognised by
MARK = "schakel_"
SHOWN = len(MARK) + 6
NOTED_EVERY = timedelta(minutes=1)
LONGEST_DAYS = 366


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def make_token(
    user: User,
    *,
    name: str,
    scopes: Iterable[str],
    administrations: Iterable[Administration],
    expires_on: date,
    on: date,
    networks: str = "",
) -> tuple[ApiToken, str]:
    """A token that acts for this user, and the secret, which is nowhere else. `on` is today.

    Raises ValidationError by field: no scope, an administration where this user may not connect systems, a day that
    is over or more than a year away.
    """
    scopes, administrations = sorted(set(scopes)), list(administrations)
    if not scopes:
        raise ValidationError({"scopes": _("Choose at least one thing that it may.")})
    if not on < expires_on <= on + timedelta(days=LONGEST_DAYS):
        raise ValidationError({"expires_on": _("Choose a day after today, at most a year away.")})
    connectable = Administration.objects.filter(pk__in=administration_ids(user, Right.CONNECTIONS_MANAGE))
    allowed = set(connectable.values_list("pk", flat=True))
    if not administrations or {one.pk for one in administrations} - allowed:
        raise ValidationError({"administrations": _("Choose administrations in which you may connect systems.")})
    secret = MARK + secrets.token_urlsafe(32)
    with change_set(action="api_token.make"):
        token = ApiToken(
            user=user,
            name=name,
            prefix=secret[:SHOWN],
            digest=digest_of(secret),
            scopes=scopes,
            expires_on=expires_on,
            networks=networks,
        )
        token.full_clean()
        token.save()
        for administration in administrations:
            ApiTokenAdministration.objects.create(token=token, administration=administration)
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken) -> ApiToken:
    """It works no longer, from the next request on. Doing it again changes nothing."""
    with change_set(action="api_token.revoke"):
        token = ApiToken.objects.lock(token)
        if token.revoked_at is None:
            token.revoked_at = timezone.now()
            token.save()
    return token


def token_of(secret: str) -> ApiToken | None:
    """The token with this secret, with its user, and in the same query when it was last used; whether it still works
    is asked of it."""
    return ApiToken.objects.filter(digest=digest_of(secret)).select_related("user", "last_use").first()


def note_use(token: ApiToken, *, address: str | None, now: datetime) -> None:
    last = getattr(token, "last_use", None)
    if last is None or now - last.at >= NOTED_EVERY:
        ApiTokenUse.objects.update_or_create(token=token, defaults={"at": now, "address": address})
