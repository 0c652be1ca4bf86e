"""PDOK Locatieserver v3_1 as we know it, over real HTTP, with fictional addresses and faults to switch on.

    python -m integrations.addresses.simulators.pdok --port 8031

`/` shows the addresses, the last questions and the faults; the service itself is under BASE_PATH.
Standard library only; knows nothing of ours.
"""

import argparse
import csv
import html
import json
import sys
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

from integrations.addresses.simulators.serving import ServedSimulator

BASE_PATH = "/bzk/locatieserver/search/v3_1"
ADDRESSES_FILE = Path(__file__).with_name("pdok_addresses.csv")
SLOW_SECONDS = 3
ROWS_OF_A_SHORT_PAGE = 20

FAULTS = {
    "": "nothing, it answers as it should",
    "slow": f"answers after {SLOW_SECONDS} seconds",
    "too_many": "429 without Retry-After",
    "too_many_retry_after": "429 with Retry-After: 7",
    "down": "503",
    "refused": "403, as if a key were wrong",
    "undefined_field": "400 undefined field",
    "broken_json": "200 with half a JSON text",
    "html": "200 with an HTML page",
    "hang_up": "closes the connection without an answer",
    "no_response": "200 without the part that holds the documents",
    "nothing": "200, numFound 0 for every question",
    "empty_docs": "200, numFound says some and docs is empty",
    "short_pages": f"gives at most {ROWS_OF_A_SHORT_PAGE} documents at a time, whatever rows asks",
    "doubled": "gives every address twice, under two ids",
    "neighbour": "forgets the filter on the house number",
}

_PARAMETERS = {"q", "fq", "fl", "rows", "start", "sort", "wt", "lat", "lon", "bq", "qf", "df", "id"}


def read_documents(path=ADDRESSES_FILE):
    """The addresses of a CSV file as documents of the service."""
    with open(path, encoding="utf-8", newline="") as file:
        return [_document(position, row) for position, row in enumerate(csv.DictReader(file), start=1)]


def _document(position, row):
    number = f"{row['number']}{row['letter']}" + (f"-{row['addition']}" if row["addition"] else "")
    document = {
        "id": f"adr-{position:032x}",
        "type": "adres",
        "bron": "BAG",
        "weergavenaam": f"{row['street']} {number}, {row['postcode']} {row['city']}",
        "straatnaam": row["street"],
        "straatnaam_verkort": row["street_short"] or row["street"],
        "huisnummer": int(row["number"]),
        "huisletter": row["letter"],
        "huisnummertoevoeging": row["addition"],
        "huis_nlt": number,
        "postcode": row["postcode"],
        "woonplaatsnaam": row["city"],
        "gemeentenaam": row["municipality"],
        "provincienaam": row["province"],
        "nummeraanduiding_id": row["bag_number_id"],
        "adresseerbaarobject_id": row["bag_object_id"],
        "centroide_ll": f"POINT({row['lon']} {row['lat']})",
    }
    return {name: value for name, value in document.items() if value != ""}


class RefusedQuestion(Exception):
    """The service answers 400 with this message."""


class PdokSimulator(ServedSimulator):
    """`with PdokSimulator() as pdok:` serves at `pdok.url` from a thread; port 0 takes a free one.

    `fault` is a key of FAULTS; `questions` are the last hundred (path, pairs of parameters).
    """

    base_path = BASE_PATH

    def __init__(self, *, host="127.0.0.1", port=0, documents=None, fault=""):
        self.documents = read_documents() if documents is None else documents
        self._serve(host, port, fault)

    def handler(self):
        return _handler_for(self)

    def all_faults(self):
        return FAULTS

    def search(self, parameters):
        """(how many were found, where the page begins, its documents). Raises RefusedQuestion."""
        asked = parse_qs(parameters)
        if set(asked) - _PARAMETERS:
            raise RefusedQuestion(f"unknown parameter {min(set(asked) - _PARAMETERS)}")
        if "q" not in asked and "fq" not in asked:
            raise RefusedQuestion("q or fq is required")
        rows, start = _whole_number(asked, "rows", 10, most=100), _whole_number(asked, "start", 0, most=10000)
        if self.fault == "short_pages":
            rows = min(rows, ROWS_OF_A_SHORT_PAGE)
        found = self._ranked(asked.get("q", ["*:*"])[0], self._filtered(asked.get("fq", [])))
        if self.fault == "doubled":
            found = [twin for document in found for twin in (document, document | {"id": f"{document['id']}-2"})]
        if self.fault == "nothing":
            found = []
        return len(found), start, found[start : start + rows]

    def _filtered(self, filters):
        found = self.documents
        for text in filters:
            name, colon, value = text.partition(":")
            if not colon or not any(name in document for document in self.documents):
                raise RefusedQuestion("undefined field")
            if name == "huisnummer" and self.fault == "neighbour":
                continue
            found = [document for document in found if str(document.get(name, "")) == value.strip('"')]
        return found

    def _ranked(self, question, documents):
        """Free text ranks by score and happily returns a neighbour."""
        if question == "*:*":
            return documents
        words = question.lower().split()
        scores = [
            (sum(word in document["weergavenaam"].lower() for word in words), document) for document in documents
        ]
        return [document for score, document in sorted(scores, key=lambda pair: -pair[0]) if score]


def _whole_number(asked, name, default, *, most):
    text = asked.get(name, [str(default)])[0]
    if not text.isdecimal() or int(text) > most:
        raise RefusedQuestion(f"{name} must be a number of at most {most}")
    return int(text)


def _handler_for(simulator):
    class Handler(_Handler):
        pdok = simulator

    return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    pdok: PdokSimulator

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/":
            self._send(200, "text/html; charset=utf-8", _page(self.pdok, url.query))
        elif url.path in (f"{BASE_PATH}/free", f"{BASE_PATH}/lookup"):
            self.pdok.questions.append((url.path, parse_qsl(url.query)))
            self._answer(url)
        else:
            self._refuse(404, "not found")

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())
        fault = form.get("fault", [""])[0]
        if urlsplit(self.path).path != "/faults" or fault not in FAULTS:
            self._refuse(404, "not found")
            return
        self.pdok.fault = fault
        self._send(303, "text/plain", "", {"Location": "/"})

    def log_message(self, format, *args):
        """Quiet: the page shows the questions."""

    def _answer(self, url):
        fault = self.pdok.fault
        if fault == "slow":
            time.sleep(SLOW_SECONDS)
        if fault == "hang_up":
            self.close_connection = True
        elif fault == "html":
            self._send(200, "text/html", "<h1>Onderhoud</h1>")
        elif fault == "broken_json":
            self._send(200, "application/json", '{"response":{"numFound":1,"docs":[{"id":')
        elif fault == "no_response":
            self._send_json(200, {"responseHeader": {"status": 0}})
        elif fault in _REFUSALS:
            status, message, headers = _REFUSALS[fault]
            self._refuse(status, message, headers)
        else:
            self._answer_well(url)

    def _answer_well(self, url):
        try:
            if url.path.endswith("/lookup"):
                asked = parse_qs(url.query).get("id", [""])[0]
                page = [document for document in self.pdok.documents if document["id"] == asked]
                total, start = len(page), 0
            else:
                total, start, page = self.pdok.search(url.query)
        except RefusedQuestion as refusal:
            self._refuse(400, str(refusal))
            return
        if self.pdok.fault == "empty_docs":
            page = []
        response = {"numFound": total, "start": start, "maxScore": 6.1, "numFoundExact": True, "docs": page}
        self._send_json(200, {"response": response})

    def _refuse(self, status, message, headers=None):
        self._send_json(status, {"error": {"code": status, "metadata": [], "msg": message}}, headers)

    def _send_json(self, status, data, headers=None):
        self._send(status, "application/json", json.dumps(data, ensure_ascii=False), headers)

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


_REFUSALS = {
    "too_many": (429, "too many requests", None),
    "too_many_retry_after": (429, "too many requests", {"Retry-After": "7"}),
    "down": (503, "service unavailable", None),
    "refused": (403, "forbidden", None),
    "undefined_field": (400, "undefined field", None),
}

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>PDOK simulator</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #ccc }}
div {{ overflow-x: auto }}
select {{ max-width: 100% }}
code {{ overflow-wrap: anywhere }}
</style></head><body>
<h1>PDOK Locatieserver, simulated</h1>
<p>{count} fictional addresses behind <code>{base}/free</code>.</p>
<form method="post" action="/faults"><label>What goes wrong: <select name="fault">{faults}</select></label>
<button>Switch</button></form>
<h2>Last questions</h2><ol reversed>{questions}</ol>
<h2>Addresses</h2>
<form><label>Search: <input name="search" value="{search}"></label> <button>Search</button></form>
<div><table><thead><tr><th>Address</th><th>Municipality</th><th>Province</th><th>BAG number id</th></tr></thead>
<tbody>{addresses}</tbody></table></div></body></html>
"""


def _page(pdok, query):
    search = parse_qs(query).get("search", [""])[0]
    shown = [document for document in pdok.documents if search.lower() in document["weergavenaam"].lower()]
    options = (
        f'<option value="{name}"{" selected" if name == pdok.fault else ""}>{html.escape(f"{name} {words}")}</option>'
        for name, words in FAULTS.items()
    )
    questions = (
        f"<li><code>{html.escape(' '.join([path, *map('='.join, pairs)]))}</code></li>"
        for path, pairs in reversed(pdok.questions)
    )
    names = ("weergavenaam", "gemeentenaam", "provincienaam", "nummeraanduiding_id")
    cells = ([html.escape(document.get(name, "")) for name in names] for document in shown)
    rows = (f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in cells)
    return _PAGE.format(
        count=len(pdok.documents),
        base=BASE_PATH,
        faults="".join(options),
        questions="".join(questions),
        search=html.escape(search),
        addresses="".join(rows),
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(description="PDOK Locatieserver, simulated.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8031)
    parser.add_argument("--fault", choices=list(FAULTS), default="")
    options = parser.parse_args(arguments)
    try:
        simulator = PdokSimulator(host=options.host, port=options.port, fault=options.fault)
    except OSError as error:
        return f"Port {options.port}: {error.strerror}. Choose another with --port."
    sys.stdout.write(f"{simulator.page_url} (PDOK_URL={simulator.url})\n")
    sys.stdout.flush()
    try:
        simulator.serve_forever()
    except KeyboardInterrupt:
        return None


if __name__ == "__main__":
    sys.exit(main())
