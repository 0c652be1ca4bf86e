"""What the simulators of services with a key share: the server, the key, the faults that any service can have.

    python -m integrations.addresses.simulators.keyed bag --port 8032

Standard library only; knows nothing of ours. The addresses are those of `pdok_addresses.csv`: one fictional country.
"""

import argparse
import csv
import html
import importlib
import json
import sys
import time
from abc import ABC, abstractmethod
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from integrations.addresses.simulators.serving import ServedSimulator

ADDRESSES_FILE = Path(__file__).with_name("pdok_addresses.csv")
SLOW_SECONDS = 3
FAULTS = {
    "": "nothing, it answers as it should",
    "slow": f"answers after {SLOW_SECONDS} seconds",
    "too_many": "429 without Retry-After",
    "too_many_retry_after": "429 with Retry-After: 7",
    "down": "503",
    "broken_json": "200 with half a JSON text",
    "html": "200 with an HTML page",
    "html_404": "404 with an HTML page, as a wrong base URL gives",
    "hang_up": "closes the connection without an answer",
    "empty_object": "200 with an empty JSON object and a word of its own",
    "nothing": "there is no such address, whatever is asked",
    "neighbour": "answers with the next number of the street",
}


def read_rows(path=ADDRESSES_FILE):
    """The addresses of a CSV file, as a dict per address; `number` is an int."""
    with open(path, encoding="utf-8", newline="") as file:
        return [row | {"number": int(row["number"])} for row in csv.DictReader(file)]


class KeyedSimulator(ServedSimulator, ABC):
    """`with BagSimulator() as bag:` serves at `bag.url` from a thread; port 0 takes a free one.

    A vendor gives `name`, `base_path`, its own `faults`, `is_known(headers)` and `answer(path, parameters)`, which
    returns (status, headers, data). `fault` is a key of `all_faults()`; `questions`: the last hundred (path,
    parameters).
    """

    name = ""
    base_path = ""
    faults: dict = {}
    media_type = "application/json"
    key = "sleutel-van-de-proef"

    def __init__(self, *, host="127.0.0.1", port=0, rows=None, fault=""):
        self.rows = read_rows() if rows is None else rows
        self._serve(host, port, fault)

    def handler(self):
        return _handler_for(self)

    def all_faults(self):
        return FAULTS | self.faults

    def at(self, postcode, number):
        """The rows with this postcode and number, as the fault of the moment lets them be found."""
        if self.fault == "nothing":
            return []
        if self.fault == "neighbour":
            following = [row for row in self.rows if row["postcode"] == postcode and row["number"] > number]
            number = min((row["number"] for row in following), default=number)
        return [row for row in self.rows if (row["postcode"], row["number"]) == (postcode, number)]

    @abstractmethod
    def is_known(self, headers):
        """Whether the key that came along is ours."""

    @abstractmethod
    def refused(self, status):
        """(headers, data) of a refusal with this status, in the vendor's own words."""

    @abstractmethod
    def answer(self, path, parameters):
        """(status, headers, data) of a question."""


def _handler_for(simulator):
    class Handler(_Handler):
        service = simulator

    return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: KeyedSimulator

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/":
            self._send(200, "text/html; charset=utf-8", _page(self.service))
            return
        self.service.questions.append((url.path, parse_qs(url.query)))
        self._play(url)

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())
        fault = form.get("fault", [""])[0]
        if urlsplit(self.path).path != "/faults" or fault not in self.service.all_faults():
            self._send(404, "text/plain", "not found")
            return
        self.service.fault = fault
        self._send(303, "text/plain", "", {"Location": "/"})

    def log_message(self, format, *args):
        """Quiet: the page shows the questions."""

    def _play(self, url):
        fault = self.service.fault
        if fault == "slow":
            time.sleep(SLOW_SECONDS)
        if fault == "hang_up":
            self.close_connection = True
        elif fault in ("html", "html_404"):
            self._send(404 if fault == "html_404" else 200, "text/html", "<h1>Onderhoud</h1>")
        elif fault == "broken_json":
            self._send(200, self.service.media_type, '{"street":"Brink')
        elif fault == "empty_object":
            self._send(200, self.service.media_type, '{"status":"ok"}')
        elif fault in ("too_many", "too_many_retry_after"):
            self._refuse(429, {"Retry-After": "7"} if fault == "too_many_retry_after" else {})
        elif fault == "down":
            self._refuse(503)
        elif not self.service.is_known(self.headers):
            self._refuse(401)
        else:
            status, headers, data = self.service.answer(unquote(url.path), parse_qs(url.query))
            self._send(status, headers.pop("Content-Type", self.service.media_type), json.dumps(data), headers)

    def _refuse(self, status, headers=None):
        own, data = self.service.refused(status)
        kind = own.pop("Content-Type", self.service.media_type)
        self._send(status, kind, json.dumps(data), own | (headers or {}))

    def _send(self, status, content_type, text, headers=None):
        body = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        try:
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:  # who asked did not wait for a slow answer
            self.close_connection = True


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{name}, simulated</title></head><body>
<h1>{name}, simulated</h1><p>{count} fictional addresses. The key is <code>{key}</code>.</p>
<form method="post" action="/faults"><label>What goes wrong: <select name="fault">{faults}</select></label>
<button>Switch</button></form>
<h2>Last questions</h2><ol reversed>{questions}</ol></body></html>
"""


def _page(service):
    chosen = {service.fault: " selected"}
    options = (
        f'<option value="{name}"{chosen.get(name, "")}>{html.escape(f"{name} {words}")}</option>'
        for name, words in service.all_faults().items()
    )
    asked = (f"<li><code>{html.escape(f'{path} {pairs}')}</code></li>" for path, pairs in reversed(service.questions))
    return _PAGE.format(
        name=service.name,
        key=service.key,
        count=len(service.rows),
        faults="".join(options),
        questions="".join(asked),
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(description="An address service with a key, simulated.")
    parser.add_argument("vendor", choices=["bag", "postcode_eu", "postcodeapi"])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8032)
    options = parser.parse_args(arguments)
    vendor = importlib.import_module(f"integrations.addresses.simulators.{options.vendor}")
    try:
        simulator = vendor.Simulator(host=options.host, port=options.port)
    except OSError as error:
        return f"Port {options.port}: {error.strerror}. Choose another with --port."
    sys.stdout.write(f"{simulator.page_url} (base URL {simulator.url}, key {simulator.key})\n")
    sys.stdout.flush()
    try:
        simulator.serve_forever()
    except KeyboardInterrupt:
        return None


if __name__ == "__main__":
    sys.exit(main())
