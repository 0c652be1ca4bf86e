"""How one message goes over the line: our own SMTP conversation, or another Django backend (files in a demonstration).

The moment just before the final dot of DATA is the caller's: after it the server may have taken the message, whatever
happens to us or to the line.
"""

from __future__ import annotations

import email
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import get_connection

from crm.core.crash_points import reached

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


@dataclass(frozen=True)
class Outcome:
    """`kind`: "sent", "refused", "temporary" or "uncertain"; `answer`: the server's words; `line_lost`: closed."""

    kind: str
    answer: str = ""
    line_lost: bool = False


class SmtpTransport:
    """One connection for many messages; opened at the first, and again after a line that broke."""

    def __init__(self):
        self._smtp: smtplib.SMTP | None = None
        # between DATA and the answer to the dot the line takes text, no commands
        self._in_text = False

    def deliver(self, *, sender: str, recipient: str, content: bytes, before_dot: Callable[[], None]) -> Outcome:
        """One message to one recipient. `before_dot` is called directly before the final dot, and may raise."""
        try:
            smtp = self._connected()
            refused = self._until_text(smtp, sender, recipient)
            if refused:
                return refused
            self._in_text = True
            smtp.send(_dotted(content))
        except smtplib.SMTPResponseException as answered:
            self.close()
            return Outcome("temporary", _words(answered.smtp_code, answered.smtp_error), line_lost=True)
        except (OSError, smtplib.SMTPException) as failed:
            self.close(politely=False)
            return Outcome("temporary", _reason(failed), line_lost=True)
        # when this raises, what is on the line has no final dot, and the server throws it away
        before_dot()
        reached("mail before dot")
        try:
            smtp.send(b".\r\n")
            reached("mail after dot")
            code, text = smtp.getreply()
            self._in_text = False
        except (OSError, smtplib.SMTPException) as failed:
            self.close(politely=False)
            return Outcome("uncertain", _reason(failed), line_lost=True)
        if code == 250:
            return Outcome("sent", _words(code, text))
        return self._no(smtp, code, text)

    def _until_text(self, smtp: smtplib.SMTP, sender: str, recipient: str) -> Outcome | None:
        """MAIL, RCPT and DATA; an Outcome when the server says no to one of them."""
        for command, good in (
            (f"MAIL FROM:<{sender}>", (250,)),
            (f"RCPT TO:<{recipient}>", (250, 251)),
            ("DATA", (354,)),
        ):
            code, text = smtp.docmd(command)
            if code not in good:
                return self._no(smtp, code, text)
        return None

    def _no(self, smtp: smtplib.SMTP, code: int, text: bytes) -> Outcome:
        """The server said no. 4xx, or a line that it closes (421), is temporary; 5xx is for ever."""
        kind = "refused" if 500 <= code <= 599 else "temporary"
        if code in (421, -1):
            self.close()
            return Outcome("temporary", _words(code, text), line_lost=True)
        try:
            smtp.rset()
        except (OSError, smtplib.SMTPException):
            self.close(politely=False)
        return Outcome(kind, _words(code, text))

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is None:
            tls = ssl.create_default_context()
            where = {"host": settings.EMAIL_HOST, "port": settings.EMAIL_PORT, "timeout": settings.EMAIL_TIMEOUT}
            smtp = smtplib.SMTP_SSL(context=tls, **where) if settings.EMAIL_USE_SSL else smtplib.SMTP(**where)
            self._smtp = smtp
            if settings.EMAIL_USE_TLS:
                smtp.starttls(context=tls)
            if settings.EMAIL_HOST_USER:
                smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
            smtp.ehlo_or_helo_if_needed()
        return self._smtp

    def close(self, *, politely: bool = True) -> None:
        smtp, self._smtp = self._smtp, None
        in_text, self._in_text = self._in_text, False
        if smtp is None:
            return
        try:
            if politely and not in_text:
                smtp.quit()
            else:
                smtp.close()
        except (OSError, smtplib.SMTPException):
            smtp.close()


class DjangoTransport:
    """Another backend of Django, such as one that writes files. It tells nothing of a refusal."""

    def deliver(self, *, sender: str, recipient: str, content: bytes, before_dot: Callable[[], None]) -> Outcome:
        before_dot()
        reached("mail before dot")
        try:
            get_connection(settings.MAIL_TRANSPORT_BACKEND).send_messages([_Stored(sender, recipient, content)])
        except OSError as failed:
            return Outcome("uncertain", _reason(failed))
        reached("mail after dot")
        return Outcome("sent")

    def close(self) -> None:
        """Each message has its own connection."""


class _Stored:
    """A stored message, as far as backends of Django ask."""

    def __init__(self, sender: str, recipient: str, content: bytes):
        self.from_email, self._recipient, self._content = sender, recipient, content

    def recipients(self) -> list[str]:
        return [self._recipient]

    def message(self):
        return email.message_from_bytes(self._content)


def transport() -> SmtpTransport | DjangoTransport:
    return SmtpTransport() if settings.MAIL_TRANSPORT_BACKEND == SMTP_BACKEND else DjangoTransport()


def _dotted(content: bytes) -> bytes:
    """The text of DATA without its final dot: CRLF line ends, a leading dot doubled (RFC 5321, 4.5.2)."""
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n").split(b"\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b"\r\n"


def _words(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return f"{code} {said}"


def _reason(failed: Exception) -> str:
    if isinstance(failed, TimeoutError):
        return "no answer in time"
    return type(failed).__name__
