"""The simulator itself: what the contract says that Exact does, and what a person sees of it."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from integrations.finance.simulators.exact_online import ExactOnlineSimulator
from integrations.finance.simulators.exact_online.entities import ENTITIES
from integrations.finance.simulators.exact_online.odata import Filter
from tests.integrations.contract_cases import call

from .conftest import BAKERY


def api(exact, method, path, data=None, **query):
    """(status, JSON or None, headers) of one call with the token of the coupling."""
    url = f"{exact.simulator.url}/api/v1/{exact.simulator.division}/{path}"
    if query:
        url += "?" + urllib.parse.urlencode({f"${name}": value for name, value in query.items()})
    headers = {"Authorization": f"Bearer {exact.credentials.read().access_token}", "Content-Type": "application/json"}
    body = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        response = urllib.request.urlopen(request, timeout=10)
    except urllib.error.HTTPError as error:
        response = error
    with response:
        content = response.read()
        return response.status, json.loads(content) if content else None, response.headers


def message(answer):
    return answer[1]["error"]["message"]["value"]


def test_create_answers_201_with_padded_code_and_country(exact):
    status, data, _ = api(exact, "POST", "crm/Accounts", {"Name": "Jansen", "Code": "10471", "Country": "NL"})
    assert (status, data["d"]["Code"], data["d"]["Country"]) == (201, "             10471", "NL ")


def test_change_answers_204_without_a_body(exact):
    _, data, _ = api(exact, "POST", "crm/Accounts", {"Name": "Jansen"})
    status, body, _ = api(exact, "PUT", f"crm/Accounts(guid'{data['d']['ID']}')", {"Name": "Janssen"})
    assert (status, body) == (204, None)


def test_code_that_exists_is_refused_with_500(exact):
    api(exact, "POST", "crm/Accounts", {"Name": "Jansen", "Code": "10471"})
    answer = api(exact, "POST", "crm/Accounts", {"Name": "De Wit", "Code": "10471"})
    assert (answer[0], message(answer)) == (500, "Reeds aanwezig: Code  10471")


def test_doubles_are_counted_when_they_are_let_in(exact):
    call(f"{exact.simulator.url}/_simulator/settings", {"unique_codes": False})
    for _ in range(2):
        api(exact, "POST", "crm/Accounts", {"Name": "Jansen", "Code": "10471", "SearchCode": "CRM-1"})
    assert exact.records()["doubles"] == {"codes": ["10471"], "search_codes": ["CRM-1"], "bank_accounts": []}


def test_writes_are_counted_per_number(exact):
    result = exact.connector().push(BAKERY, external_id=None, key="1")
    api(exact, "PUT", f"crm/Accounts(guid'{result.external_id}')", {"Phone": "1"})
    assert exact.records()["writes"] == {"10471": {"POST": 1, "PUT": 1}}


@pytest.mark.parametrize(
    ("filter", "codes"),
    [
        ("Code eq '                 1'", ["1"]),
        ("Code eq '1'", []),
        ("Status eq 'C' and IsSupplier eq true", ["2"]),
        ("Status eq 'C' or IsSupplier eq true", ["1", "2", "3"]),
        ("not (Status eq 'C')", ["3", "4"]),
        ("(Status eq 'P' or Status eq 'C') and Timestamp gt 0L", ["1", "2", "4"]),
        ("Modified ge datetime'2026-11-25T00:00:00'", ["1", "2", "3", "4"]),
        ("Modified gt datetime'2026-11-26'", []),
        ("substringof('o''b', Name)", ["4"]),
        ("startswith(Name, 'jan')", ["1"]),
        ("Status eq null", ["3"]),
        ("ID eq guid'00000000-0000-4000-8000-000000000000'", []),
    ],
)
def test_filter_finds(exact, filter, codes):
    for row in (
        {"Name": "Jansen", "Status": "C"},
        {"Name": "De Wit", "Status": "C", "IsSupplier": True},
        {"Name": "Bakker", "IsSupplier": True},
        {"Name": "O'Brien", "Status": "P"},
    ):
        api(exact, "POST", "crm/Accounts", row)
    _, data, _ = api(exact, "GET", "crm/Accounts", select="Code", filter=filter)
    assert [row["Code"].strip() for row in data["d"]["results"]] == codes


@pytest.mark.parametrize(
    "filter", ["Code", "Code eq", "Naam eq 'x'", "Code like 'x'", "Code eq 'x", "Timestamp gt 'a'"]
)
def test_filter_that_is_wrong_is_a_400(exact, filter):
    api(exact, "POST", "crm/Accounts", {"Name": "Jansen"})
    assert api(exact, "GET", "crm/Accounts", select="Code", filter=filter)[0] == 400


def test_list_without_select_is_refused(exact):
    answer = api(exact, "GET", "crm/Accounts")
    assert (answer[0], message(answer)) == (
        400,
        "Bad Request - Please add a $select or a $top=1 statement to the query string",
    )


def test_lists_come_in_pages_of_sixty(exact, clock):
    exact.simulator.limits.on = False
    for number in range(130):
        api(exact, "POST", "crm/Accounts", {"Name": f"Relatie {number}"})
    _, first, _ = api(exact, "GET", "crm/Accounts", select="Code")
    sizes, seen, further = [], set(), first
    while True:
        rows = further["d"]["results"]
        sizes.append(len(rows))
        seen |= {row["Code"] for row in rows}
        if "__next" not in further["d"]:
            break
        path = further["d"]["__next"].removeprefix(f"{exact.simulator.url}/api/v1/{exact.simulator.division}/")
        _, further, _ = api(exact, "GET", path)
    assert (sizes, len(seen)) == ([60, 60, 10], 130)


def test_headers_count_down(exact):
    _, _, headers = api(exact, "GET", "crm/Accounts", select="ID")
    assert (headers["X-RateLimit-Remaining"], headers["X-RateLimit-Minutely-Remaining"]) == ("4999", "59")
    assert headers["X-RateLimit-Minutely-Reset"] == str(int(exact.clock.seconds() + 60) * 1000)


def test_full_minute_answers_429_with_the_minutes_headers_alone(exact):
    for _ in range(60):
        api(exact, "GET", "crm/Accounts", select="ID")
    status, _, headers = api(exact, "GET", "crm/Accounts", select="ID")
    assert (status, headers["X-RateLimit-Minutely-Remaining"], headers["X-RateLimit-Remaining"]) == (429, "0", None)


def test_tenth_error_blocks_the_endpoint(exact):
    statuses = [api(exact, "GET", "crm/Accounts")[0] for _ in range(11)]
    assert statuses == [400] * 10 + [429]
    assert api(exact, "GET", "crm/BankAccounts")[0] == 200


def test_unknown_or_read_only_field_is_a_400(exact):
    statuses = [api(exact, "POST", "crm/Accounts", {"Name": "J", name: 1})[0] for name in ("Naam", "Timestamp")]
    assert statuses == [400, 400]


def test_bank_account_of_nobody_is_refused(exact):
    answer = api(exact, "POST", "crm/BankAccounts", {"Account": "0" * 36, "BankAccount": "NL91ABNA0417164300"})
    assert (answer[0], message(answer)) == (500, "Ongeldige referentie: Relatie")


def test_scenario_lasts_as_often_as_asked_and_only_where_it_fits(exact):
    exact.spoil("error500", path="crm/BankAccounts", method="GET", count=2)
    statuses = [api(exact, "GET", path, select="ID")[0] for path in ("crm/Accounts", *["crm/BankAccounts"] * 3)]
    assert statuses == [200, 500, 500, 200]


def test_scenario_that_does_not_exist_is_refused(exact):
    with pytest.raises(urllib.error.HTTPError) as error:
        exact.spoil("vergeten")
    assert error.value.code == 400


def test_sync_feed_gives_what_changed_since(exact):
    api(exact, "POST", "crm/Accounts", {"Name": "Een"})
    _, data, _ = api(exact, "POST", "crm/Accounts", {"Name": "Twee"})
    stamp = data["d"]["Timestamp"] - 1
    _, feed, _ = api(exact, "GET", "sync/CRM/Accounts", select="Name", filter=f"Timestamp gt {stamp}L")
    assert feed["d"]["results"] == [{"Name": "Twee"}]


def page(exact, path="/"):
    with urllib.request.urlopen(exact.simulator.url + path, timeout=10) as response:
        return response.read().decode(), response.headers


def test_page_shows_records_and_what_was_asked_without_tokens(exact):
    exact.connector().push(BAKERY, external_id=None, key="1")
    html, headers = page(exact)
    assert "Bakkerij Jansen BV" in html
    assert "NL91 ABNA 0417 1643 00" in html
    assert "POST /api/v1/123456/crm/Accounts" in html
    assert exact.credentials.read().access_token not in html
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_page_escapes_what_was_sent(exact):
    api(exact, "POST", "crm/Accounts", {"Name": "<script>alert(1)</script>"})
    assert "<script" not in page(exact)[0]


def test_page_needs_no_script_and_no_inline_style(exact):
    html, _ = page(exact)
    assert re.findall(r"<script|\sstyle=|<style|\son\w+=", html) == []


def test_buttons_of_the_page_switch_a_scenario(exact):
    form = urllib.parse.urlencode({"kind": "slow", "count": "3", "seconds": "0.5", "path": "", "field": ""}).encode()
    urllib.request.urlopen(f"{exact.simulator.url}/_simulator/scenario", form, timeout=10).close()
    (scenario,) = call(f"{exact.simulator.url}/_simulator/scenario")
    assert (scenario["kind"], scenario["count"], scenario["seconds"]) == ("slow", 3, 0.5)


def test_buttons_work_from_its_own_page_only(exact):
    request = urllib.request.Request(
        f"{exact.simulator.url}/_simulator/clear", b"{}", {"Origin": "https://evil.example"}
    )
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request, timeout=10)
    assert error.value.code == 403


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def started(port, data, client_id):
    command = [sys.executable, "-m", "integrations.finance.simulators.exact_online", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--data", str(data), "--client-id", client_id],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.readline()
    return process


def test_killed_simulator_keeps_what_it_was_told(tmp_path, exact):
    port, data = free_port(), tmp_path / "exact.sqlite3"
    first = started(port, data, exact.simulator.client_id)
    try:
        exact.simulator.url = f"http://127.0.0.1:{port}"
        exact.sign_in()
        result = exact.connector().push(BAKERY, external_id=None, key="1")
        before = exact.records()["accounts"]
    finally:
        first.kill()
        first.communicate()
    second = started(port, data, exact.simulator.client_id)
    try:
        after = exact.records()["accounts"]
        again = exact.connector().push(BAKERY, external_id=result.external_id, key="1")
    finally:
        second.send_signal(signal.SIGTERM)
        second.communicate(timeout=10)
    assert (after, again.state, second.returncode) == (before, "same", 0)


def test_code_can_be_had_without_a_browser(exact):
    code = call(f"{exact.simulator.url}/_simulator/code", {"redirect_uri": "https://crm.example/terug"})["code"]
    exact.connector().exchange_code(code, redirect_uri="https://crm.example/terug")
    assert len(exact.credentials.saved) == 2


def test_port_that_is_taken_is_said_plainly():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        command = [sys.executable, "-m", "integrations.finance.simulators.exact_online", "--port", str(port)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert (result.returncode, f"Port {port} cannot be used" in result.stderr) == (1, True)


def test_look_up_takes_no_longer_with_many_records():
    accounts = ENTITIES["crm/Accounts"]

    def seconds(records):
        with ExactOnlineSimulator(limits=False) as simulator:
            for number in range(records):
                simulator.store.create(accounts, {"Name": f"Relatie {number}", "SearchCode": f"CRM-{number}"})
            began = time.process_time()
            for number in range(100):
                filter = Filter(f"Code eq '{number + 1:>18}' or SearchCode eq 'CRM-{number}'", accounts.kinds)
                assert len(simulator.store.matching(accounts, filter)) == 1
            return time.process_time() - began

    assert seconds(4000) < 8 * seconds(100)  # 40 times as many; looking at each would show
