"""The link with which somebody who was invited, or whose password was reset, chooses a password."""

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator


class InvitationTokens(PasswordResetTokenGenerator):
    """Valid for `settings.PASSWORD_RESET_TIMEOUT` seconds and until the password, the e-mail address or the last
    log-in changes, so once. Nothing is stored."""

    key_salt = "crm.access.invitation"

    def _make_hash_value(self, user, timestamp):
        return f"{super()._make_hash_value(user, timestamp)}{user.is_active}"


invitation_tokens = InvitationTokens()
LINK_MINUTES = settings.PASSWORD_RESET_TIMEOUT // 60
