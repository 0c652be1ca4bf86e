"""The page that describes the API, in Chromium: from this installation alone, under its content security policy."""

import pytest

from tests.factories.relations import AdministrationFactory, user_in


@pytest.mark.django_db(transaction=True)
def test_documentation_lists_every_resource_without_another_host(live_server, page, client):
    user = user_in(AdministrationFactory(), language="en")
    client.force_login(user)
    cookie = client.cookies["sessionid"]
    page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
    hosts = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))

    page.goto(f"{live_server.url}/api/v1/")
    page.locator(".opblock").first.wait_for()

    listed = {path.strip().split("/")[3] for path in page.locator(".opblock-summary-path").all_inner_texts()}
    assert listed >= {"relations", "addresses", "bank-accounts", "administrations"}
    assert {host for host in hosts if host} == {live_server.url.split("/")[2]}
