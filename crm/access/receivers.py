"""What the log-in library tells: signals about people coming in, none about rows."""

from allauth.account import signals as account
from allauth.mfa import signals as steps
from allauth.mfa.models import Authenticator
from django.contrib.auth import signals as auth

from crm.access import second_factor, sessions
from crm.access.events import record, way_in
from crm.access.models import EventKind

CODES = Authenticator.Type.RECOVERY_CODES


def connect() -> None:
    for signal, tell in (
        (auth.user_logged_in, signed_in),
        (auth.user_logged_out, signed_out),
        (steps.authenticator_added, step_added),
        (steps.authenticator_removed, step_removed),
        (steps.authenticator_reset, codes_made),
        (steps.authenticator_used, step_used),
        (steps.authentication_failed, step_refused),
        (account.password_changed, password_changed),
        (account.password_set, password_changed),
        (account.password_reset, password_reset),
    ):
        signal.connect(tell, dispatch_uid=f"access {tell.__name__} {id(signal)}")


def signed_in(sender, request, user, **told):
    if request is None:
        return
    sessions.begin(request, user)
    request.session[second_factor.THERE] = second_factor.asked_there(request, user)
    second_factor.weigh(request, user.pk)
    record(EventKind.SIGNED_IN, user=user, request=request, detail=way_in(request, user))


def signed_out(sender, request, user, **told):
    if request is None:
        return
    sessions.over(request)
    if user is not None and user.pk:
        record(EventKind.SIGNED_OUT, user=user, request=request)


def step_added(sender, request, user, authenticator, **told):
    if authenticator.type == CODES:
        record(EventKind.CODES_MADE, user=user, request=request)
        return
    second_factor.weigh(request, user.pk)
    record(EventKind.FACTOR_ADDED, user=user, request=request, detail=authenticator.type)


def step_removed(sender, request, user, authenticator, **told):
    second_factor.weigh(request, user.pk)
    record(EventKind.FACTOR_REMOVED, user=user, request=request, detail=authenticator.type)


def codes_made(sender, request, user, **told):
    record(EventKind.CODES_MADE, user=user, request=request)


def step_used(sender, request, user, authenticator, **told):
    if authenticator.type == CODES:
        record(EventKind.CODE_USED, user=user, request=request)


def step_refused(sender, request, user, authenticator, reauthentication=False, **told):
    if not reauthentication:  # the form that asks once more writes its own line
        record(EventKind.CODE_REFUSED, user=user, request=request)


def password_changed(sender, request, user, **told):
    """The session went on under a new id, and all others ended: each holds a hash of the password."""
    sessions.note(request)
    record(EventKind.PASSWORD_CHANGED, user=user, request=request)


def password_reset(sender, request, user, **told):
    record(EventKind.PASSWORD_CHANGED, user=user, request=request, detail="link")
