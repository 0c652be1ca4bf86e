"""Django's e-mail backend: whoever sends mail writes rows, in the transaction they are in. The worker sends."""

from django.core.exceptions import ValidationError
from django.core.mail.backends.base import BaseEmailBackend

from crm.mail.services import post


class OutboxBackend(BaseEmailBackend):
    """`kind`, `keep_content`, `administration`, `user` and `about` may be set as attributes of the message.

    Without them a message is taken for one that lets somebody in: its text is forgotten when it was sent.
    """

    def send_messages(self, email_messages):
        """The number of messages that have been accepted. A message with a wrong address is refused whole."""
        accepted = 0
        for message in email_messages or ():
            if not message.recipients():
                continue
            try:
                post(
                    message,
                    kind=getattr(message, "kind", ""),
                    keep_content=getattr(message, "keep_content", False),
                    administration=getattr(message, "administration", None),
                    user=getattr(message, "user", None),
                    about=getattr(message, "about", None),
                )
            except ValidationError:
                if not self.fail_silently:
                    raise
                continue
            accepted += 1
        return accepted
