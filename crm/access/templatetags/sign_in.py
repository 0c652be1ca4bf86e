"""`{% load sign_in %}`: what the pages of signing in show."""

import qrcode
from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm.access.models import SignInProvider

register = template.Library()

QUIET_ZONE = 4  # modules of white around a QR code (ISO/IEC 18004, 6.3.8)


@register.simple_tag
def office_providers() -> list[SignInProvider]:
    """The providers of the office that are in use: the buttons on the sign-in page."""
    return list(SignInProvider.objects.filter(active=True))


@register.inclusion_tag("core/components/tabs.html")
def own_access_tabs(current: str) -> dict:
    """The pages about one's own way in: "steps", "sessions" or "events" is the one that is shown."""
    pages = (
        ("steps", _("Password and second step"), "mfa_index"),
        ("sessions", _("Where I am signed in"), "access:sessions"),
        ("events", _("What happened"), "access:own_events"),
    )
    entries = [
        {"label": label, "url": reverse(name), "current": key == current, "count": None} for key, label, name in pages
    ]
    return {"entries": entries, "label": _("How I sign in")}


@register.simple_tag
def qr_code(text: str, label: str) -> SafeString:
    """The text as a QR code: an SVG element in the page, since our policy lets no image come from a `data:` address.

    Always dark on white, whatever the theme: phones do not read it the other way round.
    """
    code = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    path = "".join(
        f"M{column + QUIET_ZONE} {row + QUIET_ZONE}h1v1h-1z"
        for row, modules in enumerate(rows)
        for column, dark in enumerate(modules)
        if dark
    )
    size = len(rows) + 2 * QUIET_ZONE
    return format_html(
        '<svg class="qr" viewBox="0 0 {size} {size}" role="img" aria-label="{label}" shape-rendering="crispEdges">'
        '<rect width="{size}" height="{size}" fill="#fff"/><path d="{path}" fill="#000"/></svg>',
        size=size,
        label=label,
        path=path,
    )
