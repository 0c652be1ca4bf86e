"""The one way out: HTTP as every connector uses it.

Connect 5 s; the whole call 30 s, counted over connecting, headers and body together, so that a drip cannot hold a
worker; an answer of at most 1 MB, counted; no redirect to another host; no proxies or certificates from the
environment; the connection goes to the address that the guard checked. Figures: reliability paper, A 6 and B 23.

Pure Python. Thread-safe: one client per process serves all lanes and keeps its connections alive.
"""

import json as json_codec
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager

import httpcore
import httpx

from integrations.hub.address_guard import AddressGuard, CheckedAddress
from integrations.hub.answers import PLAIN, Answer, UnreadableAnswer, read_json
from integrations.hub.errors import ConfigurationError, TemporaryError, UnknownOutcome
from integrations.hub.protocol import SystemClock

CONNECT_TIMEOUT_SECONDS = 5.0
CALL_TIMEOUT_SECONDS = 30.0
MAX_ANSWER_BYTES = 1_000_000
MAX_REDIRECTS = 3
IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class _TooLarge(Exception):
    pass


class HttpClient:
    """`allow_address(url) -> CheckedAddress` decides what may be reached; without one the strict AddressGuard does.

    `before_call(method, url)` is called before every request, redirects included; the hub counts its call budget there
    and may raise one of the four kinds. `after_call(method, url, status)` is called after it, with None when no answer
    came; the hub counts errors there for vendors that block who makes too many. `transport`: an httpx transport
    instead of the guarded one, for single odd answers in tests. `ssl_context`: for a vendor inside with a certificate
    of its own; without one the public authorities count.
    """

    def __init__(
        self,
        *,
        allow_address: Callable[[str], CheckedAddress] | None = None,
        before_call: Callable[[str, str], None] | None = None,
        after_call: Callable[[str, str, int | None], None] | None = None,
        connect_timeout_seconds=CONNECT_TIMEOUT_SECONDS,
        call_timeout_seconds=CALL_TIMEOUT_SECONDS,
        max_answer_bytes=MAX_ANSWER_BYTES,
        clock=None,
        transport: httpx.BaseTransport | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ):
        self._call = _CallInProgress()
        self._before_call = before_call
        self._after_call = after_call
        self._call_timeout_seconds = call_timeout_seconds
        self._max_answer_bytes = max_answer_bytes
        self._clock = clock or SystemClock()
        self._transport = transport or _GuardedTransport(
            self._call, allow_address or AddressGuard(), ssl_context or httpx.create_ssl_context(trust_env=False)
        )
        self._client = httpx.Client(  # builds requests; the transport sends them, so that no cookie is kept
            transport=self._transport,
            timeout=httpx.Timeout(call_timeout_seconds, connect=connect_timeout_seconds),
            trust_env=False,
            follow_redirects=False,
            headers={"Accept-Encoding": "identity", "User-Agent": "Schakel"},
        )

    def close(self):
        self._client.close()

    def send(
        self,
        method,
        url,
        *,
        params=None,
        headers=None,
        json=None,
        form=None,
        content=None,
        success=(200,),
        reads=read_json,
        dialect=PLAIN,
        idempotent=None,
        secrets=(),
    ) -> Answer:
        """One call; returns the Answer with `data` read, or raises one of the four kinds.

        `success`: the statuses that mean it worked; a 204 has no body and no `data`. `reads(answer)` turns the body
        into `data` or raises UnreadableAnswer. `idempotent`: None takes it from the method; when not, a failure after
        sending is UnknownOutcome instead of TemporaryError. `secrets` are blanked in whatever the vendor says.
        """
        if idempotent is None:
            idempotent = method in IDEMPOTENT_METHODS
        if json is not None:
            content = json_codec.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()
            headers = {"Content-Type": "application/json", **(headers or {})}
        request = self._build(method, url, params=params, headers=headers, data=form, content=content)
        try:
            with self._call.lasting(self._call_timeout_seconds):
                answer = self._answer_to(request)
        except NOT_SENT as error:
            raise TemporaryError("certificate_refused" if _is_about_certificate(error) else "no_connection") from error
        except _TooLarge as error:
            raise _unusable("answer_too_large", idempotent) from error
        except httpx.TimeoutException as error:
            raise _unusable("too_slow", idempotent) from error
        except httpx.UnsupportedProtocol as error:
            raise ConfigurationError("address_unreadable") from error
        except (httpx.TransportError, httpx.DecodingError, httpx.StreamError) as error:
            raise _unusable("connection_lost", idempotent) from error
        if answer.status in success:
            return self._read(answer, reads, idempotent)
        if answer.status < 400:
            raise _unusable("unexpected_answer", idempotent, answer)
        raise dialect.failure(answer, now=self._clock.now(), secrets=secrets)

    def _build(self, method, url, **parts):
        try:
            return self._client.build_request(method, url, **parts)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
            raise ConfigurationError("address_unreadable") from error

    def _answer_to(self, request):
        for _ in range(MAX_REDIRECTS + 1):
            if self._before_call:
                self._before_call(request.method, str(request.url))
            answer = None
            try:
                answer = self._exchange(request)
            finally:
                if self._after_call:
                    self._after_call(request.method, str(request.url), answer.status if answer else None)
            target = answer.headers.get("location")
            if not 300 <= answer.status < 400 or not target:
                return answer
            request = self._follow(request, target, answer)
        raise ConfigurationError("redirect_loop", status=answer.status)

    def _follow(self, request, target, answer):
        """The next request of a redirect: the same origin only, and only for reading."""
        try:
            url = request.url.join(target)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise ConfigurationError("redirect_refused", status=answer.status) from error
        same_origin = (url.scheme, url.host, url.port) == (request.url.scheme, request.url.host, request.url.port)
        if not same_origin or request.method not in ("GET", "HEAD"):
            raise ConfigurationError("redirect_refused", status=answer.status)
        headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
        return self._client.build_request(request.method, url, headers=headers)

    def _exchange(self, request):
        self._call.url = str(request.url)
        response = self._transport.handle_request(request)
        try:
            if int(response.headers.get("content-length") or 0) > self._max_answer_bytes:
                raise _TooLarge
            body = bytearray()
            for chunk in [response.content] if response.is_stream_consumed else response.iter_raw():
                body += chunk
                if len(body) > self._max_answer_bytes:
                    raise _TooLarge
                if self._call.seconds_left() <= 0:
                    raise httpx.ReadTimeout("the whole call took too long", request=request)
        except ValueError as error:
            raise httpx.RemoteProtocolError("content-length is no number", request=request) from error
        finally:
            response.close()
        return Answer(response.status_code, dict(response.headers), bytes(body))

    def _read(self, answer, reads, idempotent):
        if answer.status == 204:
            return answer
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise _unusable("unreadable_answer", idempotent, answer)
        try:
            return Answer(answer.status, answer.headers, answer.body, reads(answer))
        except UnreadableAnswer as error:
            raise _unusable(str(error), idempotent, answer) from error


def _unusable(code, idempotent, answer=None):
    """No usable answer to something that was sent: with an idempotent call that is merely temporary. Without words:
    what should have been an answer holds somebody's data."""
    kind = TemporaryError if idempotent else UnknownOutcome
    return kind(code, status=answer.status if answer else None)


def _is_about_certificate(error):
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


class _CallInProgress(threading.local):
    """The URL and the deadline of the call this thread is making; read by the network streams below."""

    url = ""
    deadline = None

    @contextmanager
    def lasting(self, seconds):
        self.deadline = time.monotonic() + seconds
        try:
            yield
        finally:
            self.deadline = None

    def seconds_left(self):
        return float("inf") if self.deadline is None else self.deadline - time.monotonic()

    def cut(self, timeout, error):
        """The timeout of one network step: never past the deadline of the whole call."""
        left = self.seconds_left()
        if left <= 0:
            raise error("the whole call took too long")
        return left if timeout is None else min(timeout, left)


class _GuardedTransport(httpx.BaseTransport):
    """httpx over httpcore with our own network backend; httpx's own transport has no door for one."""

    def __init__(self, call, allow_address, ssl_context):
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context,
            max_connections=32,
            max_keepalive_connections=16,
            keepalive_expiry=20.0,
            network_backend=_CheckedNetwork(call, allow_address),
        )

    def handle_request(self, request):
        outgoing = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _as_httpx_errors():
            response = self._pool.handle_request(outgoing)
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response.stream))

    def close(self):
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream):
        self._stream = stream

    def __iter__(self):
        with _as_httpx_errors():
            yield from self._stream

    def close(self):
        self._stream.close()


@contextmanager
def _as_httpx_errors():
    """httpcore's exceptions under the names httpx gives them (they are the same names)."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.UnsupportedProtocol,
    ) as error:
        raise getattr(httpx, type(error).__name__, httpx.TransportError)(str(error)) from error


class _CheckedNetwork(httpcore.NetworkBackend):
    """Connects to the addresses the guard checked, whatever the name resolves to a moment later."""

    def __init__(self, call, allow_address):
        self._call = call
        self._allow_address = allow_address
        self._network = httpcore.SyncBackend()

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        checked = self._allow_address(self._call.url)
        last_error = None
        for address in checked.addresses:
            try:
                stream = self._network.connect_tcp(
                    address,
                    checked.port,
                    self._call.cut(timeout, httpcore.ConnectTimeout),
                    local_address,
                    socket_options,
                )
                return _TimedStream(self._call, stream)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last_error = error
        raise last_error

    def sleep(self, seconds):
        self._network.sleep(seconds)


class _TimedStream(httpcore.NetworkStream):
    """A stream of which no step outlives the deadline of the call that uses it now."""

    def __init__(self, call, stream):
        self._call = call
        self._stream = stream

    def read(self, max_bytes, timeout=None):
        return self._stream.read(max_bytes, self._call.cut(timeout, httpcore.ReadTimeout))

    def write(self, buffer, timeout=None):
        self._stream.write(buffer, self._call.cut(timeout, httpcore.WriteTimeout))

    def close(self):
        self._stream.close()

    def start_tls(self, ssl_context, server_hostname=None, timeout=None):
        cut = self._call.cut(timeout, httpcore.ConnectTimeout)
        return _TimedStream(self._call, self._stream.start_tls(ssl_context, server_hostname, cut))

    def get_extra_info(self, info):
        return self._stream.get_extra_info(info)
