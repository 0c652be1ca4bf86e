"""Who is this? One user, one password check, whatever was typed."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.hashers import make_password
from django.db.models.functions import Lower

from crm.access.models import User


class OneCheckBackend(AuthenticationBackend):
    """By user name or e-mail address, with exactly one hash for every try.

    The library's own tries every way in turn: two hashes for a known e-mail address against one for an unknown one,
    which tells by the clock who has an account.
    """

    def _authenticate(self, request, **credentials):
        login = credentials.get("username") or credentials.get("email") or ""
        return self._check_password(self.find(login), credentials["password"])

    def find(self, login: str) -> User | None:
        """The user with this name, exactly as written, else with this address in any case."""
        if not login:
            return None
        return (
            User.objects.filter(username=login).first()
            or User.objects.annotate(address=Lower("email")).filter(address=login.lower()).exclude(email="").first()
        )

    def _mitigate_timing_attack(self, password) -> None:
        make_password(password)
