"""Where somebody is signed in: a row per session, so that they can see all of them and end any of them.

Django's own session is the authority: ending one takes both rows away. A row whose session went by itself (its time
was over, the password changed) is not shown and is cleared away at the next sign-in.
"""

import time
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from crm.access.events import record, way_in
from crm.access.models import EventKind, OpenSession, User
from crm.access.visitors import visitor

# keys in Django's session: unix seconds when it began, was last seen, and the user last confirmed who they are
BEGAN, SEEN, CONFIRMED = "began", "seen", "confirmed"
# and which row of ours it is
OPEN = "open_session"


def begin(request: HttpRequest, user: User) -> OpenSession:
    """Somebody signed in: the session counts from now, also when the same browser was signed in before."""
    session = request.session
    if not session.session_key:
        session.create()
    OpenSession.objects.filter(pk=session.get(OPEN, 0)).delete()
    _clear(user, timezone.now())
    now, seen = int(time.time()), visitor(request)
    row, _made = OpenSession.objects.update_or_create(
        session_key=session.session_key,
        defaults={
            "user": user,
            "began_at": timezone.now(),
            "seen_at": timezone.now(),
            "address": seen.address,
            "device": seen.device,
            "way": way_in(request, user),
        },
    )
    session[OPEN] = row.pk
    session[BEGAN] = session[SEEN] = session[CONFIRMED] = now
    return row


def note(request: HttpRequest) -> bool:
    """The session is in use. False when its row is gone: somebody ended it from elsewhere."""
    session, seen = request.session, visitor(request)
    if OPEN not in session:  # began before there were rows
        user_id = int(session["_auth_user_id"])
        row = OpenSession.objects.create(
            user_id=user_id, session_key=session.session_key, address=seen.address, device=seen.device
        )
        session[OPEN] = row.pk
        return True
    return bool(
        OpenSession.objects.filter(pk=session[OPEN]).update(
            session_key=session.session_key, seen_at=timezone.now(), address=seen.address
        )
    )


def over(request: HttpRequest) -> None:
    """This session ends now: its row goes."""
    OpenSession.objects.filter(pk=request.session.get(OPEN, 0)).delete()


def open_sessions(user: User) -> QuerySet[OpenSession]:
    """The sessions of this user that a request would still be let in with, the one used last first."""
    now = timezone.now()
    return (
        OpenSession.objects.visible_to(user)
        .filter(user=user, seen_at__gt=_idle_since(now), began_at__gt=_too_old(now))
        .filter(session_key__in=Session.objects.filter(expire_date__gt=now).values("session_key"))
        .order_by("-seen_at", "-pk")
    )


@transaction.atomic
def end_session(row: OpenSession, *, request: HttpRequest, actor: User) -> None:
    """Nobody comes in with it any more, from the next request on."""
    _end([row])
    record(EventKind.SESSION_ENDED, user=row.user_id, request=request, actor=actor, detail=row.device)


@transaction.atomic
def end_other_sessions(request: HttpRequest) -> int:
    """End every session of who asks but the one they ask with. Returns how many."""
    rows = list(open_sessions(request.user).exclude(pk=request.session.get(OPEN, 0)))
    if rows:
        _end(rows)
        record(EventKind.SESSION_ENDED, user=request.user, request=request, actor=request.user, detail="others")
    return len(rows)


def _end(rows: list[OpenSession]) -> None:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for row in rows:
        store(row.session_key).delete()
    OpenSession.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _clear(user: User, now: datetime) -> None:
    mine = OpenSession.objects.filter(user=user)
    mine.filter(seen_at__lte=_idle_since(now)).delete()
    mine.filter(began_at__lte=_too_old(now)).delete()


def _idle_since(now: datetime) -> datetime:
    return now - timedelta(seconds=settings.SESSION_IDLE_SECONDS)


def _too_old(now: datetime) -> datetime:
    return now - timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS)
