"""The demonstration's bookkeeping: a connection of the umbrella to the simulated Exact Online, signed in to."""

import re
import urllib.request

from crm.administrations.models import Administration
from crm.desk.demonstration import add_step
from integrations.hub import services
from integrations.hub.models import Connection

CLIENT_ID, CLIENT_SECRET, DIVISION = "schakel-demo", "demo-geheim", "123456"
RETURN_ADDRESS = "http://localhost/connections/signed-in/"


def connect_exact_online(address):
    """Make the connection once; a second time it keeps what is there, at the simulator's address of today."""
    values = {"base_url": address, "client_id": CLIENT_ID, "division": DIVISION}
    connection = Connection.objects.filter(channel="finance", connector="exact_online").order_by("pk").first()
    if connection is not None:
        if connection.settings.get("base_url") != address:
            services.change_connection(connection, version=connection.version, title=connection.title, values=values)
        return
    connection = services.connect(
        channel="finance",
        connector="exact_online",
        administration=Administration.objects.order_by("pk").first(),
        title="Exact Online",
        values=values | {"client_secret": CLIENT_SECRET},
    )
    services.exchange_code(connection, _code(connection), redirect_uri=RETURN_ADDRESS)


def _code(connection):
    """What a person does at the vendor's own page: read it and press the button that leads back."""
    address = services.vendor_page(connection, redirect_uri=RETURN_ADDRESS)
    with urllib.request.urlopen(address, timeout=10) as page:  # noqa: S310 — the simulator of the demonstration
        return re.search(r"[?&]code=([^&\"]+)", page.read().decode())[1]


add_step(
    "exact-online-url",
    help="address of the simulated Exact Online to connect to",
    run=connect_exact_online,
)
