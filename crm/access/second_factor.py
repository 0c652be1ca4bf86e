"""The second step of signing in: who needs one, who has one, and that a code works once."""

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest

from crm.access.events import PROVIDER, record, way_in
from crm.access.invariants import refuse_stronger
from crm.access.models import EventKind, SignInProvider, SignInRules, User
from crm.core.change_set import change_set, current_actor

# keys in Django's session: whether this session may go on without setting up a second step first
ENOUGH = "second_factor"
# and whether the provider of the office asked for a second step itself
THERE = "second_factor_there"
# recovery codes are the spare of the others, no step by themselves
STEPS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_step(user_id: int) -> bool:
    return Authenticator.objects.filter(user_id=user_id, type__in=STEPS).exists()


def asked_there(request: HttpRequest, user: User) -> bool:
    """Whether this sign-in went through a provider that asks for a second step itself."""
    keys = [step.removeprefix(PROVIDER) for step in way_in(request, user).split("+") if step.startswith(PROVIDER)]
    return bool(keys) and SignInProvider.objects.filter(key__in=keys, second_factor_there=True).exists()


def weigh(request: HttpRequest, user_id: int) -> bool:
    """Decide whether this session may go on, and remember it in the session. At sign-in, each minute after it, and
    when a second step comes or goes: in between it costs no query."""
    session = request.session
    enough = (
        session.get(THERE, False)
        or not SignInRules.current().second_factor
        or has_second_step(user_id)
        or not User.objects.filter(pk=user_id, kind=User.Kind.STAFF).exists()
    )
    if session.get(ENOUGH) != enough:
        session[ENOUGH] = enough
    return enough


@transaction.atomic
def remove_second_steps(user: User, *, request: HttpRequest | None = None) -> int:
    """Take every second step and the recovery codes of somebody away: they lost their phone. Returns how many.

    With the password they come in again, and where a second step is needed they set up a new one first.
    Raises ValidationError for somebody with rights that the actor does not have.
    """
    with change_set(action="access.remove_second_steps"):
        refuse_stronger(user.pk)
        actor = current_actor()
        user = User.objects.lock(user)
        steps = list(Authenticator.objects.filter(user=user))
        for step in steps:
            step.delete()
    if steps:
        record(EventKind.FACTOR_REMOVED, user=user, request=request, actor=actor, detail="manager")
    return len(steps)
