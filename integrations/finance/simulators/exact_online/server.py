"""The simulated vendor over real HTTP: the API, the sign-in page, the switches, and a page to look at."""

import json
import socket
import struct
import threading
import time
from collections import Counter, deque
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from . import pages
from .api import Reply, Vendor, error_reply, json_reply, write_as_somebody_else
from .entities import Refused
from .limits import Limits
from .oauth import Authority, TokenRefused
from .odata import BadRequest
from .scenarios import Scenarios
from .store import Store

MAX_BODY_BYTES = 2_000_000
LOG_LENGTH = 300
LOGGED_CHARACTERS = 2000
HTML_ERROR = b"<!DOCTYPE html><html><body><h1>Service Unavailable</h1></body></html>"
TOO_BIG = b'{"d":{"results":[' + b'{"ID":"' + b"0" * 1000 + b'"},' * 3000 + b"{}]}}"
LOST = object()


class ExactOnlineSimulator:
    """Start with `start()` or as a context manager; `url` is its address. `port` 0 takes a free one; `data` is a file
    to keep records in. `limits`: refuse too many calls and errors. `token_rules`: keep to the 570 seconds and 200
    calls. `now`: seconds since the epoch, for tests that move time."""

    def __init__(
        self,
        *,
        host="127.0.0.1",
        port=0,
        data=None,
        division=123456,
        client_id="schakel-demo",
        client_secret="demo-geheim",
        redirect_uris=(),
        limits=True,
        token_rules=True,
        now=time.time,
    ):
        self.client_id = client_id
        self.client_secret = client_secret
        self.division = division
        self.store = Store(data, division=division, now=now)
        self.authority = Authority(
            self.store,
            client_id=client_id,
            client_secret=client_secret,
            redirect_uris=redirect_uris,
            rules=token_rules,
            now=now,
        )
        self.limits = Limits(on=limits, now=now)
        self.scenarios = Scenarios()
        self.vendor = Vendor(self.store, self.authority, self.limits, division=division)
        self.log = deque(maxlen=LOG_LENGTH)
        self.calls = Counter()
        self._server = _Server((host, port), _Handler, self)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._server.server_port}"

    def start(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def serve_forever(self):
        self._server.serve_forever()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self.store.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *error):
        self.stop()

    def records(self):
        """What a test wants to know: the records, how often each number was written, and what exists twice."""
        accounts, banks = self.store.rows("crm/Accounts"), self.store.rows("crm/BankAccounts")
        return {
            "accounts": [_plain(row) for row in accounts],
            "bank_accounts": [_plain(row) for row in banks],
            "receivables": [_plain(row) for row in self.store.rows("cashflow/Receivables")],
            "writes": {row["Code"].strip(): row["_writes"] for row in accounts},
            "doubles": self.doubles(),
            "token_refreshes": self.authority.refreshes,
            "calls": dict(self.calls),
            "errors_this_hour": self.limits.errors(),
        }

    def doubles(self):
        """Numbers, references of ours, and bank accounts of one relation that exist more than once."""
        accounts, banks = self.store.rows("crm/Accounts"), self.store.rows("crm/BankAccounts")
        return {
            "codes": _doubles(row["Code"].strip() for row in accounts),
            "search_codes": _doubles(row.get("SearchCode") for row in accounts),
            "bank_accounts": _doubles(f"{row['Account']} {row['BankAccount']}" for row in banks),
        }


def _plain(row):
    return {name: value.strip() if name in ("Code", "AccountCode") else value for name, value in row.items()}


def _doubles(values):
    return sorted(value for value, count in Counter(value for value in values if value).items() if count > 1)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address, handler, simulator):
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, handler)
        self.simulator = simulator

    def handle_error(self, request, client_address):
        """A caller that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "ExactOnlineSimulator"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = 120

    def log_message(self, format, *args):
        """The page shows what was asked; the terminal stays quiet."""

    def do_GET(self):
        self._respond()

    do_POST = do_PUT = do_DELETE = do_GET

    def _respond(self):
        self.simulator = self.server.simulator
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            self._send(error_reply(400, "Body too large"))
            return
        body = self.rfile.read(int(length))
        path = urlsplit(self.path).path
        if path.startswith("/api/v1/") or path == "/api/oauth2/token":
            self._vendor(path, body)
        elif path == "/api/oauth2/auth" and self.command == "GET":
            self._send(self._consent())
        else:
            self._send(self._own(path, body))

    # The vendor

    def _vendor(self, path, body):
        started = time.monotonic()
        self.simulator.calls[f"{self.command} {path.split('(')[0]}"] += 1
        scenario = self.simulator.scenarios.take(self.command, path)
        entry = {
            "at": time.time(),
            "method": self.command,
            "target": self.path,
            "scenario": scenario.kind if scenario else "",
            "request": _logged(path, body),
        }
        reply = self._reply(scenario, path, body)
        if reply is LOST:
            entry |= {"status": "geen antwoord", "answer": ""}
        else:
            entry |= {"status": reply.status, "answer": _logged(path, reply.body)}
        entry["seconds"] = round(time.monotonic() - started, 3)
        self.simulator.log.append(entry)
        self._spoiled(scenario, reply)

    def _reply(self, scenario, path, body):
        """What will be answered, or LOST; the work is done here, unless the scenario comes before it."""
        kind = scenario.kind if scenario else ""
        if kind == "reset_before_write":
            return LOST
        if kind == "slow":
            time.sleep(scenario.seconds)
        if kind == "expired_token":
            self.simulator.authority.expire_all()
        if kind == "duplicate" and self.command == "POST":
            write_as_somebody_else(self.simulator.store, self.path, body)
        if kind == "refuse_field" and (not scenario.field or f'"{scenario.field}"' in body.decode("utf-8", "replace")):
            return error_reply(500, scenario.words or f"Ongeldig: {scenario.field or 'gegevens'}")
        odd = _odd_reply(scenario)
        if odd is None or scenario.after_write:
            done = self._done(path, body)
            return LOST if kind == "lost_after_write" else odd or done
        return odd

    def _done(self, path, body):
        if path == "/api/oauth2/token":
            form = {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
            try:
                return json_reply(200, self.simulator.authority.answer(form))
            except TokenRefused as refusal:
                return json_reply(refusal.status, refusal.answer)
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        return self.simulator.vendor.answer(
            self.command, self.path, body, base_url=self._base_url(), token=token if kind == "Bearer" else None
        )

    def _spoiled(self, scenario, reply):
        """Send it, the way the scenario wants."""
        kind = scenario.kind if scenario else ""
        if reply is LOST:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
            self.close_connection = True
            self.connection.close()
        elif kind == "truncated":
            self._send(reply, cut=max(len(reply.body) // 2, 0))
        elif kind == "drip":
            self._send(reply, drip_seconds=scenario.seconds)
        else:
            self._send(reply)

    def _consent(self):
        query = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}
        redirect_uri = query.get("redirect_uri", "")
        if query.get("response_type") != "code" or not redirect_uri.startswith(("http://", "https://")):
            return pages.html_reply(400, "Aanmelden kan niet", "<p>De aanvraag is niet goed.</p>")
        if not self.simulator.authority.knows(query.get("client_id"), redirect_uri):
            return pages.html_reply(400, "Aanmelden kan niet", "<p>Deze app of dit retouradres is niet bekend.</p>")
        code = self.simulator.authority.new_code(redirect_uri)
        back = f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}"
        back += urlencode({"code": code, "state": query.get("state", "")})
        return pages.html_reply(200, "Toegang geven", pages.consent(escape(back), self.simulator.division))

    # What is not the vendor's: the page and the switches

    def _own(self, path, body):
        if self.command == "GET":
            query = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}
            if path == "/":
                return pages.overview(self.simulator, search=query.get("q", ""))
            if path == "/_simulator/style.css":
                return Reply(200, pages.STYLE, "text/css; charset=utf-8")
            if path == "/_simulator/records":
                return json_reply(200, self.simulator.records())
            if path == "/_simulator/log":
                return json_reply(200, list(self.simulator.log))
            if path == "/_simulator/scenario":
                return json_reply(200, self.simulator.scenarios.listed())
        if self.command == "POST" and path.startswith("/_simulator/"):
            if self.headers.get("Origin", self._base_url()) != self._base_url():
                return json_reply(403, {"error": "from another page"})
            return self._switched(path, body)
        return json_reply(404, {"error": "not found"})

    def _switched(self, path, body):
        is_form = self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
        try:
            text = body.decode("utf-8")
            values = pages.form_values(text) if is_form else json.loads(text or "{}")
            answer = self._switch(path, values)
        except (ValueError, TypeError, AttributeError, KeyError, BadRequest, Refused) as error:
            return json_reply(400, {"error": str(error)})
        if answer is None:
            return json_reply(404, {"error": "not found"})
        return Reply(303, headers={"Location": "/"}) if is_form else json_reply(200, answer)

    def _switch(self, path, values):
        simulator = self.simulator
        if path == "/_simulator/scenario":
            if values.get("kind") == "clear":
                simulator.scenarios.clear()
            else:
                simulator.scenarios.add(values)
            return simulator.scenarios.listed()
        if path == "/_simulator/settings":
            simulator.limits.on = bool(values.get("limits", simulator.limits.on))
            simulator.store.unique = bool(values.get("unique_codes", simulator.store.unique))
            simulator.authority.rules = bool(values.get("token_rules", simulator.authority.rules))
            return {"limits": simulator.limits.on, "unique_codes": simulator.store.unique}
        if path == "/_simulator/receivables":
            items = pages.example_receivables(simulator.store) if values == {} else values
            return [_plain(simulator.store.put_receivable(pages.receivable(item))) for item in items]
        if path == "/_simulator/code":  # what the button of the consent page gives, without a browser
            return {"code": simulator.authority.new_code(values["redirect_uri"])}
        if path == "/_simulator/clear":
            simulator.store.clear()
            return {}
        return None

    def _base_url(self):
        return f"http://{self.headers.get('Host', '')}"

    def _send(self, reply, *, cut=None, drip_seconds=0.0):
        self.send_response(reply.status)
        headers = {**reply.headers}
        if reply.status != 204:
            headers |= {"Content-Type": reply.content_type, "Content-Length": str(len(reply.body))}
        if reply.content_type.startswith("text/html"):
            headers["Content-Security-Policy"] = pages.CSP
        headers |= {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
        for name, value in headers.items():
            self.send_header(name, value)
        body = reply.body if cut is None else reply.body[:cut]
        if cut is not None:
            self.close_connection = True
        if drip_seconds and body:
            self.end_headers()
            for at in range(len(body)):
                self.wfile.write(body[at : at + 1])
                time.sleep(drip_seconds / len(body))
        else:
            self._headers_buffer.append(b"\r\n" + body)  # one packet for headers and body
            self.flush_headers()


def _odd_reply(scenario):
    """The answer a scenario gives instead of the vendor's; None when the vendor answers."""
    if scenario is None:
        return None
    waits = {"Retry-After": scenario.retry_after} if scenario.retry_after else {}
    odd = {
        "error500": Reply(500, b"", "text/plain"),
        "html503": Reply(503, HTML_ERROR, "text/html; charset=utf-8", waits),
        "garbage": Reply(200, b'{"d": {"results": [{"ID": "1f1a'),
        "html200": Reply(200, HTML_ERROR, "text/html; charset=utf-8"),
        "empty200": Reply(200),
        "redirect": Reply(302, b"", headers={"Location": scenario.location}),
        "huge": Reply(200, TOO_BIG),
        "forbidden": error_reply(403, scenario.words or "Forbidden"),
        "bad_request": error_reply(400, scenario.words or "Bad Request - Error in query syntax"),
    }
    if scenario.kind == "too_many":
        reply = error_reply(429, "Too many requests")
        reply.headers |= waits
        if scenario.window:
            prefix, seconds = {"minute": ("X-RateLimit-Minutely", 60), "day": ("X-RateLimit", 86400)}[scenario.window]
            reset = (int(time.time()) // seconds + 1) * seconds * 1000
            reply.headers |= {f"{prefix}-Remaining": "0", f"{prefix}-Reset": str(reset)}
        return reply
    return odd.get(scenario.kind)


def _logged(path, body):
    """A body for the log; of the token call nothing, for it is all secrets."""
    if path == "/api/oauth2/token":
        return "(niet getoond)" if body else ""
    return body[:LOGGED_CHARACTERS].decode("utf-8", "replace")
