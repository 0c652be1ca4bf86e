"""Secrets of signing in (keys of authenticator apps, the client secret of a provider), encrypted in the database.

Fernet under FIELD_ENCRYPTION_KEYS: the first key seals, all of them open (design/reliability.md 22).
"""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class UnableToOpen(Exception):
    """None of our keys opens it: a key was taken away before everything was sealed anew."""


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])


def seal(text: str) -> str:
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise UnableToOpen from error


def sealed_anew(sealed: str) -> str:
    """The same secret under the first key: rotation."""
    return _keys().rotate(sealed.encode()).decode()
