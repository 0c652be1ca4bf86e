"""The connection of the demonstration: Exact Online's simulator, signed in to as a person would."""

import httpx
from django.db import transaction

from crm.administrations.models import Administration
from crm.desk.demonstration import add_step
from integrations.hub.models import Connection
from integrations.hub.registry import topics
from integrations.hub.services import connecting, outbox

# the app that the simulator knows
CLIENT_ID = "schakel-demo"
CLIENT_SECRET = "demo-geheim"
BACK = "http://localhost/"
TIMEOUT_SECONDS = 10


def connect_simulator(base_url: str) -> None:
    """Connect the first administration to the simulator at `base_url`. Where it is connected nothing changes.

    Raises httpx.HTTPError when the simulator does not answer.
    """
    administration = Administration.objects.order_by("pk").first()
    connection = Connection.objects.filter(administration=administration, connector="exact_online").first()
    if connection is not None:
        return
    code = _pressed_the_button(base_url)
    connection = connecting.connect(
        channel="finance",
        connector="exact_online",
        administration=administration,
        title=f"Exact Online {administration}",
        values={"base_url": base_url, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
    )
    connecting.exchange_code(connection, code, redirect_uri=BACK)
    connecting.try_connection(connection)
    with transaction.atomic():
        for topic in topics("finance"):
            books = dict(topic.books().filter(administration=administration))
            outbox.enqueue(topic, sorted(books))


def _pressed_the_button(base_url: str) -> str:
    """The code that the vendor's page hands to somebody who gives access."""
    answer = httpx.post(f"{base_url}/_simulator/code", json={"redirect_uri": BACK}, timeout=TIMEOUT_SECONDS)
    return answer.raise_for_status().json()["code"]


add_step("exact-online-url", help="connect the first administration to Exact Online here", run=connect_simulator)
