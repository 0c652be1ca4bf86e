"""The simulator itself: it refuses what the service refuses, shows its records, and starts alone."""

import subprocess
import sys
from urllib.parse import quote

import httpx
import pytest

from integrations.addresses.simulators.pdok import PdokSimulator


@pytest.fixture(scope="module")
def simulator():
    with PdokSimulator() as simulator:
        yield simulator


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("fq=straat:Brinkhof", "undefined field"),
        ("q=Brinkhof&api_key=x", "unknown parameter api_key"),
        ("rows=10", "q or fq is required"),
        ("q=Brinkhof&rows=101", "rows must be a number of at most 100"),
        ("q=Brinkhof&start=10001", "start must be a number of at most 10000"),
    ],
)
def test_simulator_refuses_what_the_service_refuses(simulator, query, message):
    answer = httpx.get(f"{simulator.url}/free?{query}")
    assert (answer.status_code, answer.json()) == (400, {"error": {"code": 400, "metadata": [], "msg": message}})


def test_simulator_ranks_free_text_and_returns_a_neighbour(simulator):
    answer = httpx.get(f"{simulator.url}/free", params={"q": "Brinkhof 13 Hengelo", "rows": "1"})
    assert answer.json()["response"]["docs"][0]["weergavenaam"] == "Brinkhof 2, 7551EC Hengelo"


def test_simulator_looks_one_up_by_id(simulator):
    answer = httpx.get(f"{simulator.url}/lookup", params={"id": f"adr-{1:032x}"})
    assert [document["weergavenaam"] for document in answer.json()["response"]["docs"]] == [
        "Brinkhof 2, 7551EC Hengelo"
    ]


def test_simulator_shows_its_records_questions_and_faults(simulator):
    httpx.get(f"{simulator.url}/free?q={quote('<b>')}")
    page = httpx.get(f"{simulator.page_url}?search=brinkhof 14").text
    assert page.count("<tr><td>Brinkhof 14") == 3
    assert "q=&lt;b&gt;" in page
    assert '<option value="slow">' in page


def test_simulator_switches_its_fault_from_the_page(simulator):
    answer = httpx.post(f"{simulator.page_url}faults", data={"fault": "down"})
    assert (answer.status_code, answer.headers["location"], simulator.fault) == (303, "/", "down")
    assert httpx.get(f"{simulator.url}/free?q=Brinkhof").status_code == 503
    assert httpx.post(f"{simulator.page_url}faults", data={"fault": "unheard of"}).status_code == 404
    httpx.post(f"{simulator.page_url}faults", data={"fault": ""})
    assert httpx.get(f"{simulator.url}/free?q=Brinkhof").status_code == 200


def test_simulator_starts_alone_and_says_where():
    command = [sys.executable, "-m", "integrations.addresses.simulators.pdok", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            page_url = process.stdout.readline().split()[0]
            assert "PDOK Locatieserver, simulated" in httpx.get(page_url).text
        finally:
            process.terminate()


def test_simulator_says_when_its_port_is_taken(simulator):
    port = httpx.URL(simulator.url).port
    command = [sys.executable, "-m", "integrations.addresses.simulators.pdok", "--port", str(port)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Port {port}: ")
