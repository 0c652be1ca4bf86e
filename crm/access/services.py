"""Every change of who may come in and what they may. Guards in `invariants.py` refuse what must not be."""

from collections.abc import Callable, Iterable

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from crm.access.models import Grant, Role, User
from crm.access.tokens import LINK_MINUTES, invitation_tokens
from crm.administrations.models import Administration
from crm.core.change_set import change_set

# makes an address that works from outside of a path: `request.build_absolute_uri`
Absolute = Callable[[str], str]


class UnableToInvite(ValidationError):
    """The invitation cannot go out; the message says why."""


@transaction.atomic
def invite_user(user: User, *, grants: Iterable[tuple[Administration, Role]], absolute: Absolute) -> User:
    """Save a new user, give the roles, and mail the link with which they choose a password.

    `user` is unsaved; without a user name it gets its e-mail address. Returns it, saved. The mail is a row in the
    same transaction. Raises UnableToInvite without an address or a role, ValidationError when a guard refuses.
    """
    grants = list(grants)
    if not user.email:
        raise UnableToInvite(_("An invitation needs an e-mail address."))
    if not grants and not user.is_superuser:
        raise UnableToInvite(_("Give at least one role in one administration: without it there is nothing to see."))
    with change_set(action="access.invite"):
        user.username = user.username or user.email.lower()
        user.kind = User.Kind.STAFF
        user.is_staff = True
        user.set_unusable_password()
        user.save()
        for administration, role in grants:
            grant(user, administration=administration, role=role)
        _mail_link(user, "invitation", absolute)
    return user


@transaction.atomic
def deactivate_user(user: User) -> User:
    """End every session at once and let nobody in as this user. Roles and history stay.

    Doing it again changes nothing. Raises ValidationError for the last who manages users.
    """
    with change_set(action="access.deactivate"):
        user = User.objects.lock(user)
        if user.is_active:
            user.is_active = False
            # sessions carry a hash of the password: none of them comes back to life on reactivation
            user.set_unusable_password()
            user.save()
    return user


@transaction.atomic
def reactivate_user(user: User, *, absolute: Absolute) -> User:
    """Let somebody in again with the roles they had, by a new link to choose a password."""
    with change_set(action="access.reactivate"):
        user = User.objects.lock(user)
        if not user.is_active:
            user.is_active = True
            user.set_unusable_password()
            user.save()
            _mail_link(user, "reset", absolute)
    return user


@transaction.atomic
def reset_user(user: User, *, absolute: Absolute) -> User:
    """Take the password away, which ends every session, and mail a link to choose a new one.

    Raises UnableToInvite for a user who is not active or has no address.
    """
    with change_set(action="access.reset"):
        user = User.objects.lock(user)
        if not (user.is_active and user.email):
            raise UnableToInvite(_("%(user)s is not active or has no e-mail address.") % {"user": user})
        user.set_unusable_password()
        user.save()
        _mail_link(user, "reset", absolute)
    return user


@transaction.atomic
def choose_password(user: User, password: str) -> User:
    """Store the password that somebody chose with their link. The password is checked by the form."""
    with change_set(actor=user, action="access.password"):
        user = User.objects.lock(user)
        user.set_password(password)
        user.save()
    return user


@transaction.atomic
def choose_language(user: User, language: str) -> User:
    """Show the pages to this user, and write the mails, in one of `settings.LANGUAGES` from now on."""
    with change_set(actor=user, action="access.language"):
        user = User.objects.lock(user)
        user.language = language
        user.save()
    return user


@transaction.atomic
def grant(user: User, *, administration: Administration, role: Role) -> Grant:
    """Give a role; giving it again changes nothing. Raises ValidationError for rights beyond the actor's own."""
    with change_set(action="access.grant"):
        return Grant.objects.get_or_create(user=user, administration=administration, role=role)[0]


@transaction.atomic
def revoke(user: User, *, administration: Administration, role: Role) -> None:
    """Take a role away; one that is not there changes nothing."""
    with change_set(action="access.revoke"):
        for given in Grant.objects.filter(user=user, administration=administration, role=role):
            given.delete()


def _mail_link(user: User, kind: str, absolute: Absolute) -> None:
    """`kind`: "invitation" or "reset", the templates of subject and text. In the language of the user."""
    path = reverse(
        "access:choose_password",
        kwargs={
            "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
            "token": invitation_tokens.make_token(user),
        },
    )
    context = {"user": user, "link": absolute(path), "minutes": LINK_MINUTES}
    with translation.override(user.language):
        subject = render_to_string(f"access/mail/{kind}_subject.txt", context).strip()
        text = render_to_string(f"access/mail/{kind}.txt", context)
    EmailMessage(subject=subject, body=text, to=[user.email]).send()
