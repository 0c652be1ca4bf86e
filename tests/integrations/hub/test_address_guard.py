"""Which addresses a coupling may reach."""

import pytest

from integrations.hub.address_guard import AddressGuard, CheckedAddress, is_outside
from integrations.hub.errors import ConfigurationError, CouplingError, TemporaryError

INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.0.1",
    "198.18.0.1",
    "203.0.113.5",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
]
OUTSIDE = ["8.8.8.8", "93.184.216.34", "2a00:1450:400e:80c::200e", "::ffff:8.8.8.8", "64:ff9b::808:808"]


def resolving(*answers):
    """A resolver that gives each of these lists in turn, the last for ever; `asked` counts."""
    remaining = list(answers)

    def resolver(host, port):
        return remaining.pop(0) if len(remaining) > 1 else remaining[0]

    return resolver


@pytest.mark.parametrize("address", INSIDE)
def test_address_inside_is_refused(address):
    guard = AddressGuard(resolver=resolving([address]))
    with pytest.raises(ConfigurationError) as error:
        guard("https://naam.example/pad")
    assert (error.value.code, is_outside(address)) == ("address_inside", False)


@pytest.mark.parametrize("address", OUTSIDE)
def test_address_outside_is_reached_at_what_was_checked(address):
    guard = AddressGuard(resolver=resolving([address]))
    assert guard("https://naam.example/pad") == CheckedAddress("https", "naam.example", 443, (address,))


def test_one_address_inside_among_good_ones_is_enough_to_refuse():
    with pytest.raises(ConfigurationError):
        AddressGuard(resolver=resolving(["8.8.8.8", "10.0.0.1"]))("https://naam.example/")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://naam.example/", "address_not_https"),
        ("ftp://naam.example/", "address_unreadable"),
        ("file:///etc/passwd", "address_unreadable"),
        ("https:///pad", "address_unreadable"),
        ("https://", "address_unreadable"),
        ("naam.example", "address_unreadable"),
        ("https://[::1", "address_unreadable"),
        ("https://naam.example:99999/", "address_unreadable"),
        ("https://naam.example/\r\nHost: x", "address_unreadable"),
        ("https://gebruiker:geheim@naam.example/", "address_with_password"),
        ("https://naam.example@127.0.0.1/", "address_with_password"),
    ],
)
def test_form_of_the_address_is_refused_without_asking_anybody(url, code):
    def nobody(host, port):
        raise AssertionError("asked")

    with pytest.raises(ConfigurationError) as error:
        AddressGuard(resolver=nobody)(url)
    assert error.value.code == code


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1", "localhost"])
def test_other_spellings_of_this_machine_are_refused(host):
    """The resolver of the machine itself reads them; what it makes of them is what is checked."""
    with pytest.raises(CouplingError):
        AddressGuard(resolver=resolving(["127.0.0.1"]))(f"https://{host}/")


def test_name_that_does_not_exist_is_temporary():
    def resolver(host, port):
        raise OSError("Name or service not known")

    with pytest.raises(TemporaryError) as error:
        AddressGuard(resolver=resolver)("https://weg.example/")
    assert error.value.code == "address_unknown"


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("127.0.0.1:8391", "http://127.0.0.1:8391/api"),
        ("http://127.0.0.1:8391", "http://127.0.0.1:8391/api"),
        ("exact.binnen", "http://exact.binnen:8080/"),
        ("exact.binnen", "https://exact.binnen/"),
        ("[::1]:8391", "http://[::1]:8391/"),
        ("EXACT.binnen", "http://Exact.Binnen/"),
    ],
)
def test_allowed_host_may_be_inside_and_plain(entry, url):
    assert AddressGuard([entry], resolver=resolving(["127.0.0.1"]))(url).addresses == ("127.0.0.1",)


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("127.0.0.1:8391", "http://127.0.0.1:5432/"),
        ("http://127.0.0.1", "http://127.0.0.1:5432/"),
        ("exact.binnen", "http://iets.exact.binnen/"),
        ("exact.binnen", "http://exact.binnen.evil.example/"),
        ("", "http://127.0.0.1/"),
    ],
)
def test_allowed_host_allows_no_other(entry, url):
    with pytest.raises(ConfigurationError):
        AddressGuard([entry], resolver=resolving(["127.0.0.1"]))(url)
