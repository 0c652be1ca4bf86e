"""What may stand in an envelope or a header."""

from django.core.exceptions import ValidationError
from django.core.mail.message import sanitize_address
from django.utils.translation import gettext_lazy as _


def one_line(value: str) -> str:
    """Refuses line breaks and other control characters: with them a value could add headers or recipients."""
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise ValidationError(_("A line break or control character is not allowed here."), code="control_character")
    return value


def envelope_address(value: str) -> str:
    """The bare address, its domain in ASCII, from an address as people write it ("Noor <noor@kantoor.example>").

    Raises ValidationError for what is no address, or one whose part before the @ is not ASCII: few servers take it.
    """
    one_line(value)
    try:
        address = sanitize_address(value, "utf-8")
    except (ValueError, UnicodeError) as wrong:
        raise ValidationError(_("This is no e-mail address."), code="no_address") from wrong
    if "<" in address:
        address = address.rpartition("<")[2].rstrip(">").strip()
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or " " in address or local.startswith("=?") or not address.isascii():
        raise ValidationError(_("This is no e-mail address."), code="no_address")
    return address
