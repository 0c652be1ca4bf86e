"""Which addresses of a provider we talk to: https and outside, or a host that the installation names as its own.

design/reliability.md 23. Whoever sets up a provider could otherwise have this server ask the machines around it.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def check_address(url: str) -> str:
    """The address as it came. Raises ValidationError for one that we do not go to."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    host = parts.hostname or ""
    if host in settings.CONNECTION_INSIDE_HOSTS or f"{host}:{port}" in settings.CONNECTION_INSIDE_HOSTS:
        return url
    if parts.scheme != "https" or not host or parts.username or parts.password:
        raise ValidationError(_("The address has to begin with https:// and hold no name or password."))
    try:
        found = _addresses(host, port or 443)
    except OSError as error:
        raise ValidationError(_("There is no such host: %(host)s.") % {"host": host}) from error
    if not all(_outside(address) for address in found):
        raise ValidationError(
            _("This host is inside the network. Whoever runs the installation can allow it (CONNECTION_INSIDE_HOSTS).")
        )
    return url


def _addresses(host: str, port: int) -> set[str]:
    """Every address of a host; of one that is an address, that one. Raises OSError for a host that is not there."""
    try:
        return {str(ipaddress.ip_address(host.partition("%")[0]))}
    except ValueError:
        return {info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}


def _outside(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    found = getattr(found, "ipv4_mapped", None) or found
    return found.is_global and not found.is_multicast
