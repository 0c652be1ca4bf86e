"""The one way out, against a server that means no good."""

import contextlib
import json
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from integrations.hub.address_guard import AddressGuard
from integrations.hub.answers import Dialect, Rule
from integrations.hub.errors import ConfigurationError, PermanentError, TemporaryError, UnknownOutcome
from integrations.hub.http import HttpClient

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'


class HostileServer:
    """Gives every request on a connection the next of `scripts`, the last for ever. A script gets the connection after
    the request was read and does what it likes; bytes are sent as they are."""

    def __init__(self, *scripts):
        self._scripts = list(scripts)
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests = []
        self.connections = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        self._socket.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        with connection, contextlib.suppress(OSError):
            while request := self._read(connection):
                with self._lock:
                    self.requests.append(request)
                    script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
                if isinstance(script, bytes):
                    connection.sendall(script)
                else:
                    script(connection)
                    return

    def _read(self, connection):
        content = b""
        while b"\r\n\r\n" not in content:
            more = connection.recv(65536)
            if not more:
                return b""
            content += more
        head, _, body = content.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body


def answer(status, body=b"", *, kind="application/json", more=""):
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def client(server, **options):
    return HttpClient(allow_address=AddressGuard([server.url]), **options)


def drip(content, seconds_between):
    def script(connection):
        for at in range(len(content)):
            connection.sendall(content[at : at + 1])
            time.sleep(seconds_between)

    return script


def hang(connection):
    time.sleep(15)


def hang_up(connection):
    connection.close()


def endless(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
    while True:
        connection.sendall(b"0," * 50_000)


def chunked(*chunks):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n" for chunk in chunks) + b"0\r\n\r\n"


def test_good_answer_is_read_with_exact_amounts():
    with HostileServer(answer(200, b'{"amount": 101.10}')) as server:
        result = client(server).send("GET", f"{server.url}/x")
    assert (result.status, result.data) == (200, {"amount": Decimal("101.10")})


def test_chunked_answer_is_read():
    with HostileServer(chunked(b'{"a"', b":1}")) as server:
        assert client(server).send("GET", server.url).data == {"a": 1}


def test_connection_is_kept_alive():
    with HostileServer(OK) as server:
        http = client(server)
        for _ in range(3):
            http.send("GET", server.url)
    assert (server.connections, len(server.requests)) == (1, 3)


def test_connection_that_the_vendor_closed_meanwhile_costs_no_failure():
    def answer_and_close(connection):
        connection.sendall(OK)

    with HostileServer(answer_and_close) as server:
        http = client(server)
        for _ in range(3):
            assert http.send("POST", server.url, json={}).data == {"ok": True}
            time.sleep(0.2)
    assert server.connections == 3


def test_many_threads_share_one_client():
    with HostileServer(OK) as server:
        http = client(server)
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: http.send("GET", server.url).data, range(40)))
    assert answers == [{"ok": True}] * 40


def test_slow_call_of_one_thread_does_not_shorten_that_of_another():
    with HostileServer(drip(OK, 0.005)) as server:
        http = client(server, call_timeout_seconds=2)
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(lambda _: http.send("GET", server.url).data, range(4)))
    assert answers == [{"ok": True}] * 4


@pytest.mark.parametrize("script", [hang, drip(OK, 0.2), drip(chunked(b"[" + b"1," * 500 + b"1]"), 0.05)])
@pytest.mark.parametrize(("method", "kind"), [("GET", TemporaryError), ("POST", UnknownOutcome)])
def test_whole_call_ends_in_time_whatever_drips(script, method, kind):
    """Headers that drip, a body that drips, and silence: each read is quick, the whole is not."""
    with HostileServer(script) as server:
        started = time.monotonic()
        with pytest.raises(kind) as error:
            client(server, call_timeout_seconds=0.6).send(method, server.url)
    assert error.value.code == "too_slow"
    assert time.monotonic() - started < 4  # the drips would go on for 14 seconds and more


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (endless, "answer_too_large"),
        (answer(200, b'"' + b"x" * 1_000_001 + b'"'), "answer_too_large"),
        (chunked(b'"' + b"x" * 600_000, b"x" * 600_000 + b'"'), "answer_too_large"),
        (answer(200, b"<html></html>", kind="text/html"), "not_json"),
        (answer(200, b'{"a":1}', kind="text/plain"), "not_json"),
        (answer(200, b'{"a":1}', kind=""), "not_json"),
        (answer(200), "empty_answer"),
        (answer(200, b'{"a":'), "broken_json"),
        (answer(200, b'{"a":NaN}'), "broken_json"),
        (answer(200, b'{"a":"\xff"}'), "broken_json"),
        (answer(200, b"[" * 100_000), "broken_json"),
        (answer(200, b"x", more="Content-Encoding: gzip\r\n"), "unreadable_answer"),
        (answer(202, b"{}"), "unexpected_answer"),
        (OK.replace(b"Length: 11", b"Length: 99")[:-4], "connection_lost"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: veel\r\n\r\n", "connection_lost"),
        (b"Geen HTTP\r\n\r\n", "connection_lost"),
        (hang_up, "connection_lost"),
    ],
)
@pytest.mark.parametrize(
    ("method", "kind"), [("GET", TemporaryError), ("PUT", TemporaryError), ("POST", UnknownOutcome)]
)
def test_success_is_only_what_the_format_says(script, code, method, kind):
    def once(connection):
        connection.sendall(script)

    with HostileServer(once if isinstance(script, bytes) else script) as server, pytest.raises(kind) as error:
        client(server, call_timeout_seconds=5).send(method, server.url, json={"a": 1} if method != "GET" else None)
    assert error.value.code == code


def test_answer_of_exactly_the_limit_is_read():
    body = b'"' + b"x" * 999_998 + b'"'
    with HostileServer(answer(200, body)) as server:
        assert len(client(server).send("GET", server.url).body) == 1_000_000


def test_nobody_listening_is_temporary_also_for_a_post():
    with HostileServer(OK) as server:
        pass
    with pytest.raises(TemporaryError) as error:
        client(server).send("POST", server.url, json={})
    assert error.value.code == "no_connection"


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, PermanentError, "refused"),
        (401, PermanentError, "not_logged_in"),
        (403, PermanentError, "not_permitted"),
        (404, PermanentError, "not_found"),
        (408, TemporaryError, "vendor_not_ready"),
        (422, PermanentError, "refused"),
        (425, TemporaryError, "vendor_not_ready"),
        (429, TemporaryError, "too_many_calls"),
        (500, TemporaryError, "vendor_down"),
        (502, TemporaryError, "vendor_down"),
        (503, TemporaryError, "vendor_down"),
        (599, TemporaryError, "vendor_down"),
    ],
)
def test_status_becomes_a_kind_of_failure(status, kind, code):
    with HostileServer(answer(status, b'{"detail":"Nee"}')) as server, pytest.raises(kind) as error:
        client(server).send("POST", server.url, json={})
    assert (error.value.code, error.value.status, error.value.vendor_words) == (code, status, '{"detail":"Nee"}')


def test_table_of_the_connector_is_asked_first():
    rule = Rule(frozenset({500}), PermanentError, "says_no", lambda answer: b"Ongeldig" in answer.body)
    dialect = Dialect(rules=(rule,), words=lambda answer: "nee")
    with HostileServer(answer(500, b"Ongeldig"), answer(500, b"anders")) as server:
        http = client(server)
        with pytest.raises(PermanentError) as refused:
            http.send("POST", server.url, json={}, dialect=dialect)
        with pytest.raises(TemporaryError):
            http.send("POST", server.url, json={}, dialect=dialect)
    assert (refused.value.code, refused.value.vendor_words) == ("says_no", "nee")


class FixedClock:
    def now(self):
        return datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("17", 17.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("Wed, 25 Nov 2026 12:02:00 GMT", 120.0),
        ("Wed, 25 Nov 2026 11:00:00 GMT", 0.0),
        ("-5", 0.0),
        ("99999999999", 7 * 86400.0),
        ("nan", None),
        ("inf", None),
        ("straks", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_seconds_or_as_a_date(header, seconds):
    with (
        HostileServer(answer(429, more=f"Retry-After: {header}\r\n")) as server,
        pytest.raises(TemporaryError) as error,
    ):
        client(server, clock=FixedClock()).send("GET", server.url)
    assert error.value.retry_after_seconds == seconds


def test_secrets_do_not_come_back_in_the_words():
    def echo(connection):
        connection.sendall(answer(400, b'{"you sent":"Bearer token-van-ons en wachtwoord-van-ons"}'))

    with HostileServer(echo) as server, pytest.raises(PermanentError) as error:
        client(server).send("GET", server.url, secrets=("wachtwoord-van-ons",))
    assert error.value.vendor_words == '{"you sent":"Bearer *** en ***"}'


@pytest.mark.parametrize(
    "location", ["https://evil.example/", "http://127.0.0.1:1/", "//evil.example/x", "http://[", "ftp:x"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_redirect_elsewhere_is_refused(location, method):
    with HostileServer(answer(302, more=f"Location: {location}\r\n")) as server:
        with pytest.raises(ConfigurationError) as error:
            client(server).send(method, server.url)
        assert (error.value.code, len(server.requests)) == ("redirect_refused", 1)


def test_redirect_within_the_host_is_followed_for_reading_with_the_same_headers():
    with HostileServer(answer(302, more="Location: /nieuw\r\n"), OK) as server:
        assert client(server).send("GET", f"{server.url}/oud", headers={"X-A": "1"}).data == {"ok": True}
    assert [request.split(b"\r\n")[0] for request in server.requests] == [b"GET /oud HTTP/1.1", b"GET /nieuw HTTP/1.1"]
    assert b"x-a: 1" in server.requests[1].lower()


def test_redirect_within_the_host_is_not_followed_for_writing():
    with HostileServer(answer(307, more="Location: /nieuw\r\n"), OK) as server, pytest.raises(ConfigurationError):
        client(server).send("POST", server.url, json={})


def test_redirects_do_not_go_round_for_ever():
    with HostileServer(answer(302, more="Location: /\r\n")) as server:
        with pytest.raises(ConfigurationError) as error:
            client(server).send("GET", server.url)
        assert (error.value.code, len(server.requests)) == ("redirect_loop", 4)


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with HostileServer(OK) as server:
        assert client(server).send("GET", server.url).data == {"ok": True}


def test_address_that_may_not_be_reached_is_never_connected_to():
    with HostileServer(OK) as server:
        with pytest.raises(ConfigurationError) as error:
            HttpClient().send("GET", server.url)
        assert (error.value.code, server.connections) == ("address_not_https", 0)


def test_second_dns_answer_does_not_lead_inside():
    """Rebinding: good at the check, inside a moment later. One look-up, and its answer is what is connected to."""
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    asked = []

    def resolver(host, port):
        asked.append(host)
        return answers[min(len(asked), 2) - 1]

    with HostileServer(OK) as server:
        guard = AddressGuard([f"vendor.example:{server.port}"], resolver=resolver)
        HttpClient(allow_address=guard).send("GET", f"http://vendor.example:{server.port}/")
        assert asked == ["vendor.example"]
        assert f"host: vendor.example:{server.port}".encode() in server.requests[0].lower()


def test_name_that_moved_inside_is_refused_at_the_next_connection():
    answers = iter([["8.8.8.8"], ["10.0.0.1"]])
    guard = AddressGuard(resolver=lambda host, port: next(answers))
    assert guard("https://vendor.example/").addresses == ("8.8.8.8",)
    with pytest.raises(ConfigurationError):
        HttpClient(allow_address=guard).send("GET", "https://vendor.example/")


def test_next_address_is_tried_when_one_does_not_answer():
    with HostileServer(OK) as server:
        guard = AddressGuard([f"vendor.example:{server.port}"], resolver=lambda host, port: ["127.0.0.9", "127.0.0.1"])
        assert HttpClient(allow_address=guard).send("GET", f"http://vendor.example:{server.port}/").data == {
            "ok": True
        }


@contextlib.contextmanager
def tls_server(tmp_path, name):
    """(port, client context that trusts it, list of the names asked for) of a server with a certificate for `name`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    both = tmp_path / "server.pem"
    both.write_bytes(pem + key.private_bytes(serialization.Encoding.PEM, *plain))
    asked = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    context.sni_callback = lambda connection, server_name, context: asked.append(server_name)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
                    secure.recv(65536)
                    secure.sendall(OK)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listening.getsockname()[1], ssl.create_default_context(cadata=pem.decode()), asked
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def test_checked_address_is_reached_under_its_own_name_and_certificate(tmp_path):
    with tls_server(tmp_path, "vendor.example") as (port, context, asked):
        guard = AddressGuard([f"vendor.example:{port}"], resolver=lambda host, port: ["127.0.0.1"])
        http = HttpClient(allow_address=guard, ssl_context=context)
        assert http.send("GET", f"https://vendor.example:{port}/").data == {"ok": True}
    assert asked == ["vendor.example"]


@pytest.mark.parametrize(("name", "trusted"), [("other.example", True), ("vendor.example", False)])
def test_certificate_of_another_or_of_nobody_is_refused(tmp_path, name, trusted):
    with tls_server(tmp_path, name) as (port, context, _):
        guard = AddressGuard([f"vendor.example:{port}"], resolver=lambda host, port: ["127.0.0.1"])
        http = HttpClient(allow_address=guard, ssl_context=context if trusted else None)
        with pytest.raises(TemporaryError) as error:
            http.send("POST", f"https://vendor.example:{port}/", json={})
    assert error.value.code == "certificate_refused"


def test_unreadable_answer_keeps_nobodys_data():
    with HostileServer(answer(200, b'{"Name": "Jansen", ')) as server, pytest.raises(TemporaryError) as error:
        client(server).send("GET", server.url)
    assert error.value.vendor_words == ""


def test_hooks_see_every_call_and_its_status():
    seen = []
    with HostileServer(answer(302, more="Location: /b\r\n"), answer(500)) as server:
        http = client(
            server,
            before_call=lambda method, url: seen.append((method, url.removeprefix(server.url))),
            after_call=lambda method, url, status: seen.append(status),
        )
        with pytest.raises(TemporaryError):
            http.send("GET", f"{server.url}/a")
    assert seen == [("GET", "/a"), 302, ("GET", "/b"), 500]


def test_hook_can_refuse_the_call_before_it_is_made():
    def no_more(method, url):
        raise TemporaryError("call_budget", retry_after_seconds=60)

    with HostileServer(OK) as server:
        with pytest.raises(TemporaryError) as error:
            client(server, before_call=no_more).send("GET", server.url)
        assert (error.value.code, server.connections) == ("call_budget", 0)


def test_no_content_has_no_data():
    with HostileServer(b"HTTP/1.1 204 No Content\r\n\r\n") as server:
        assert client(server).send("PUT", server.url, json={}, success=(204,)).data is None


def test_body_is_json_of_the_standard():
    with HostileServer(OK) as server:
        client(server).send("POST", server.url, json={"naam": "Café"})
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert (json.loads(body), b"content-type: application/json" in head.lower()) == ({"naam": "Café"}, True)


@pytest.mark.parametrize("url", ["geen adres", "", "http://[", "http://a b/", "mailto:a@b.nl"])
def test_address_that_is_none_is_a_matter_of_configuration(url):
    with pytest.raises(ConfigurationError):
        HttpClient().send("GET", url)


def test_odd_answers_can_come_from_a_transport():
    http = HttpClient(transport=httpx.MockTransport(lambda request: httpx.Response(200, json={"a": 1})))
    assert http.send("GET", "https://vendor.example/").data == {"a": 1}
