"""Given a file of an association's own members, when the office imports it, then its debtors are in Exact Online."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from crm.relations.models import FinancialNumber, Relation
from integrations.finance.simulators.exact_online import ExactOnlineSimulator
from integrations.hub.services import deliver_due
from tests.factories.relations import AdministrationFactory, user_in
from tests.integrations.hub.conftest import connect_to

pytestmark = pytest.mark.django_db(transaction=True)

FILE = Path(settings.BASE_DIR) / "fixtures" / "voorbeeld-leden.csv"


@pytest.fixture
def exact(settings):
    """Exact Online as we know it, over HTTP."""
    with ExactOnlineSimulator(limits=False, token_rules=False) as simulator:
        settings.CONNECTION_INSIDE_HOSTS = [simulator.url.removeprefix("http://")]
        yield simulator


def import_file(client, administration):
    """Choose the file, look at what would happen, confirm."""
    chosen = SimpleUploadedFile(FILE.name, FILE.read_bytes(), content_type="text/csv")
    form = {"administration": administration.pk, "import_file": chosen, "format": "0", "resource": "0"}
    shown = client.post(reverse("admin:relations_relation_import"), form)
    return client.post(
        reverse("admin:relations_relation_process_import"), dict(shown.context["confirm_form"].initial), follow=True
    )


def told(simulator) -> dict[str, tuple[str, list[str]]]:
    """Number there -> (name, IBANs), out of the simulator's own records."""
    records = simulator.records()
    ibans: dict[str, list[str]] = {}
    for row in records["bank_accounts"]:
        ibans.setdefault(row["Account"], []).append(row["BankAccount"])
    return {row["Code"].strip(): (row["Name"], ibans.get(row["ID"], [])) for row in records["accounts"]}


def test_members_of_a_file_that_are_debtors_are_found_in_exact_online(exact, client):
    # given: an office with a connection to its bookkeeping
    administration = AdministrationFactory(name="Verbond Kleine Podia")
    connection = connect_to(exact, administration)
    client.force_login(user_in(administration, language="nl"))

    # when: it imports its members, and the worker passes by
    answer = import_file(client, administration)
    deliver_due(connection, on=timezone.localdate())

    # then: all five are on screen, and the four debtors over there with number, name and IBAN
    assert answer.status_code == 200
    assert list(Relation.objects.order_by("external_key").values_list("external_key", flat=True)) == [
        f"LID-000{number}" for number in range(1, 6)
    ]
    numbers = dict(FinancialNumber.objects.values_list("relation__external_key", "number"))
    assert told(exact) == {
        str(numbers["LID-0001"]): ("Aafje van den Brink", ["NL91ABNA0417164300"]),
        str(numbers["LID-0002"]): ("José Hofstra", ["NL20INGB0001234567"]),
        str(numbers["LID-0004"]): ("Rachid el Amrani", ["NL02ABNA0123456789"]),
        str(numbers["LID-0005"]): ("Theater De Kantlijn B.V.", ["NL13TEST0123456789"]),
    }

    # and: the same file again tells nothing new
    writes = exact.records()["writes"]
    import_file(client, administration)
    deliver_due(connection, on=timezone.localdate())
    assert exact.records()["writes"] == writes
