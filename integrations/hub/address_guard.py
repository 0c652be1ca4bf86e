"""Which addresses a coupling may reach (reliability paper, B 23).

https only; the name is resolved here and the connection goes to the very address that was checked, so that a second
DNS answer cannot lead inside. Hosts on the allow-list (kept by the application manager alone) may be inside and may be
plain http; the demo fills it with its simulators.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from integrations.hub.errors import ConfigurationError, TemporaryError

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class CheckedAddress:
    """Where a URL may connect: any of `addresses` (IP texts), with its own host for SNI, certificate and Host."""

    scheme: str
    host: str
    port: int
    addresses: tuple[str, ...]


def resolve(host, port):
    """All addresses of a host, in the resolver's order, without doubles. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(entry[4][0] for entry in found))


def is_outside(address):
    """Whether an IP address (text) is on the public internet, also after unwrapping what an IPv6 address may hide."""
    ip = ipaddress.ip_address(address)
    if ip.version == 6:
        if ip.scope_id:
            return False
        hidden = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if ip in _NAT64:
            hidden = ipaddress.ip_address(int(ip) & 0xFFFFFFFF)
        if hidden:
            return is_outside(str(hidden))
        if ip.is_site_local:
            return False
    return ip.is_global and not (
        ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback or ip.is_link_local
    )


class AddressGuard:
    """Callable `guard(url) -> CheckedAddress`; raises ConfigurationError for what may not be reached.

    `allowed`: entries "host", "host:port" or "scheme://host:port"; an IP address is a host too, IPv6 in brackets.
    `resolver(host, port)`: list of IP texts, OSError when there is none.
    """

    def __init__(self, allowed: Iterable[str] = (), *, resolver: Callable[[str, int], list[str]] = resolve):
        self._allowed = frozenset(_entry(text) for text in allowed if text.strip())
        self._resolver = resolver

    def check_form(self, url):
        """The rules that need no DNS, for forms. Returns (scheme, host, port); raises ConfigurationError."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").rstrip("."), parts.port
        except ValueError as error:
            raise ConfigurationError("address_unreadable") from error
        if parts.scheme not in _DEFAULT_PORTS or not host or any(ord(char) <= 32 for char in url):
            raise ConfigurationError("address_unreadable")
        if parts.username is not None or parts.password is not None:
            raise ConfigurationError("address_with_password")
        port = port or _DEFAULT_PORTS[parts.scheme]
        if parts.scheme != "https" and not self._is_allowed(host, port):
            raise ConfigurationError("address_not_https")
        return parts.scheme, host, port

    def __call__(self, url):
        scheme, host, port = self.check_form(url)
        try:
            addresses = self._resolver(host, port)
        except UnicodeError as error:
            raise ConfigurationError("address_unreadable") from error
        except OSError as error:
            raise TemporaryError("address_unknown") from error
        if not addresses:
            raise TemporaryError("address_unknown")
        if not self._is_allowed(host, port) and not all(is_outside(address) for address in addresses):
            raise ConfigurationError("address_inside")
        return CheckedAddress(scheme, host, port, tuple(addresses))

    def _is_allowed(self, host, port):
        return (host, port) in self._allowed or (host, None) in self._allowed


def _entry(text):
    """An allow-list entry as (host, port or None)."""
    text = text.strip()
    parts = urlsplit(text if "://" in text else f"//{text}")
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    return (parts.hostname or "").rstrip("."), port
