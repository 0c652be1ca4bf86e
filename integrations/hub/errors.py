"""What can go wrong with a coupling: four kinds of failure, each with one thing the hub does about it.

Pure Python: no translation, no settings. `code` is a stable slug that the screens translate; the vendor's own words
travel beside it, cleaned and cut, and are shown as they are.
"""

import re

MAX_VENDOR_WORDS_BYTES = 2048

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LABELLED_SECRET = re.compile(
    r"""((?:access_token|refresh_token|client_secret|id_token|api[_-]?key|password|wachtwoord|code_verifier|assertion)
        ["']?\s*[=:]\s*["']?)([^"'&\s,;}]+)""",
    re.IGNORECASE | re.VERBOSE,
)
_AUTHORIZATION = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE)
_USERINFO = re.compile(r"(https?://)[^/\s@]+@", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,3})?\b")


def clean_vendor_words(text, *, secrets=()):
    """A vendor's text made safe to keep and show: no secrets, e-mail addresses or IBANs, at most 2,048 bytes of UTF-8.

    `secrets` are the values of this connection (tokens, passwords); they are blanked wherever they occur.
    Source of the rule: reliability paper, A 2 (the last answer is kept without secrets and personal data).
    """
    text = str(text or "")[: MAX_VENDOR_WORDS_BYTES * 4]
    for secret in sorted((str(secret) for secret in secrets if secret), key=len, reverse=True):
        if len(secret) >= 4:  # shorter ones would blank ordinary words and protect nothing
            text = text.replace(secret, "***")
    text = _LABELLED_SECRET.sub(r"\1***", text)
    text = _AUTHORIZATION.sub(r"\1 ***", text)
    text = _USERINFO.sub(r"\1***@", text)
    text = _EMAIL.sub("***@***", text)
    text = _IBAN.sub("IBAN ***", text)
    text = _CONTROL.sub(" ", text).strip()
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= MAX_VENDOR_WORDS_BYTES:
        return encoded.decode("utf-8")
    return encoded[: MAX_VENDOR_WORDS_BYTES - 3].decode("utf-8", "ignore") + "…"


class CouplingError(Exception):
    """Base of the four kinds. Raise one of the kinds, never this class.

    `code`: stable slug, lower case with underscores, that the screens translate ("too_many_calls").
    `vendor_words`: what the vendor said, cleaned by `clean_vendor_words`; may be empty.
    `retry_after_seconds`: float, when the vendor told how long to wait; otherwise None and the hub's ladder counts.
    `status`: HTTP status when there was an answer.
    """

    kind = ""

    def __init__(self, code, *, vendor_words="", retry_after_seconds=None, status=None, secrets=()):
        self.code = code
        self.vendor_words = clean_vendor_words(vendor_words, secrets=secrets)
        self.retry_after_seconds = None if retry_after_seconds is None else max(0.0, float(retry_after_seconds))
        self.status = status
        super().__init__(code)

    def __str__(self):
        status = f" (HTTP {self.status})" if self.status else ""
        words = f": {self.vendor_words}" if self.vendor_words else ""
        return f"{self.code}{status}{words}"


class TemporaryError(CouplingError):
    """It was not done, and trying again later may well work: the hub waits and retries."""

    kind = "temporary"


class UnknownOutcome(CouplingError):
    """It was sent and no usable answer came: it may have been done. Look it up (`find`) before sending again."""

    kind = "unknown"


class PermanentError(CouplingError):
    """The vendor refuses these data: a person corrects them; trying again as it is has no use."""

    kind = "permanent"


class ConfigurationError(CouplingError):
    """The connection itself is wrong (log-in, rights, address): a person corrects the connection; its lane stops."""

    kind = "configuration"
