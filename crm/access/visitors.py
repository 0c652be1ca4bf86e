"""From where somebody comes: the address as the last proxy of ours saw it, and a device in two or three words."""

import ipaddress
import re
from dataclasses import dataclass

from allauth.core.internal.httpkit import get_client_ip
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext as _

# the first that is found counts: Edge and Opera call themselves Chrome too, and Chrome calls itself Safari
BROWSERS = (
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)
UNKNOWN_LENGTH = 60


@dataclass(frozen=True)
class Visitor:
    """`address` None: not known. `device` is "Firefox, Windows", or the first words of what the program says."""

    address: str | None
    device: str


def visitor(request: HttpRequest | None) -> Visitor:
    if request is None:
        return Visitor(None, "")
    try:
        address = get_client_ip(request)
    except PermissionDenied:  # what stands in the header is no address
        address = None
    return Visitor(address, device_of(request.META.get("HTTP_USER_AGENT", "")))


def device_of(user_agent: str) -> str:
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if browser or system:
        return ", ".join(filter(None, (browser, system)))
    return re.sub(r"[^\x20-\x7e]", "", user_agent)[:UNKNOWN_LENGTH].strip()


def place_of(address: str | None) -> str:
    """As far as an address tells, without asking anybody: this network, this computer, or the address alone."""
    if not address:
        return _("unknown")
    found = ipaddress.ip_address(address)
    if found.is_loopback:
        return _("this computer (%(address)s)") % {"address": address}
    if found.is_private:
        return _("own network (%(address)s)") % {"address": address}
    return address
