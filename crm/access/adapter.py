"""What the log-in library asks of us."""

from allauth.account.adapter import DefaultAccountAdapter

from crm.access.backends import OneCheckBackend


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request) -> bool:
        """Users are invited."""
        return False

    def _get_login_attempts_cache_key(self, request, **credentials) -> str:
        """Tries count per account, by name and by e-mail address together. An unknown name counts too."""
        login = (credentials.get("username") or credentials.get("email") or "").strip()
        user = OneCheckBackend().find(login)
        return f"user {user.pk}" if user else f"unknown {login.lower()}"
