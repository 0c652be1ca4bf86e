"""Django's e-mail backend writes rows in the transaction of the change."""

import pytest
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, EmailMultiAlternatives, send_mail
from django.db import transaction
from django.urls import reverse
from django_q.models import OrmQ

from crm.mail.models import Message
from crm.mail.validators import envelope_address
from tests.factories.relations import AdministrationFactory, UserFactory, user_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail_settings")]


def test_backend_writes_a_row_and_wakes_one_worker(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        send_mail("Een", "Tekst", None, ["an@kantoor.example"])
        send_mail("Twee", "Tekst", None, ["an@kantoor.example", "bea@kantoor.example"])

    assert list(Message.objects.order_by("pk").values_list("subject", "recipient", "state", "keep_content")) == [
        ("Een", "an@kantoor.example", "waiting", False),
        ("Twee", "an@kantoor.example", "waiting", False),
        ("Twee", "bea@kantoor.example", "waiting", False),
    ]
    assert len([one for one in callbacks if getattr(one, "wakes_mail", False)]) == 1
    assert OrmQ.objects.count() == 1


def test_backend_mail_of_a_change_that_is_rolled_back_never_leaves():
    def change():
        with transaction.atomic():
            send_mail("Een", "Tekst", None, ["an@kantoor.example"])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change()

    assert Message.objects.count() == 0


def test_backend_keeps_what_the_message_says_of_itself():
    user, administration = UserFactory(), AdministrationFactory()
    message = EmailMultiAlternatives("Zaal", "Tekst", to=["an@kantoor.example"], bcc=["bea@kantoor.example"])
    message.kind, message.keep_content, message.about = "meetings.invitation", True, user
    message.administration = administration

    assert message.send() == 1

    rows = Message.objects.order_by("pk")
    assert [(row.recipient, row.kind, row.keep_content, row.about_model, row.about_id) for row in rows] == [
        ("an@kantoor.example", "meetings.invitation", True, "access.User", user.pk),
        ("bea@kantoor.example", "meetings.invitation", True, "access.User", user.pk),
    ]
    assert b"bea@kantoor.example" not in bytes(rows[0].content)
    assert len({row.message_id for row in rows}) == 2


@pytest.mark.parametrize(
    "values",
    [
        {"to": ["an@kantoor.example\r\nBcc: boef@elders.example"]},
        {"to": ["geen adres"]},
        {"subject": "Een\nBcc: boef@elders.example"},
        {"from_email": "a@b.example\r\nX: y"},
    ],
)
def test_backend_refuses_what_would_add_a_header(values):
    message = EmailMessage(**({"subject": "Een", "body": "Tekst", "to": ["an@kantoor.example"]} | values))

    with pytest.raises((ValidationError, ValueError)):
        message.send()

    assert Message.objects.count() == 0


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Noor Hofstra <noor@kantoor.example>", "noor@kantoor.example"),
        ("noor@bücher.example", "noor@xn--bcher-kva.example"),
        ("'t Hoen, Jan <jan@kantoor.example>", None),
        ("nöör@kantoor.example", None),
        ("noor@", None),
    ],
)
def test_envelope_address_is_bare_and_ascii(written, address):
    if address is None:
        with pytest.raises(ValidationError):
            envelope_address(written)
    else:
        assert envelope_address(written) == address


def test_admin_list_shows_messages_to_who_manages_and_offers_them_again(client):
    administration, elsewhere = AdministrationFactory(), AdministrationFactory()
    for name, where in (("an", administration), ("bea", elsewhere)):
        message = EmailMessage(f"Voor {name}", "Tekst", to=[f"{name}@kantoor.example"])
        message.administration, message.keep_content = where, True
        message.send()
    Message.objects.update(state="uncertain")
    client.force_login(user_in(administration))

    page = client.get(reverse("admin:mail_message_changelist"))
    assert page.status_code == 200
    assert b"an@kantoor.example" in page.content
    assert b"bea@kantoor.example" not in page.content
    client.post(
        reverse("admin:mail_message_changelist"),
        {"action": "send_once_more", "_selected_action": list(Message.objects.values_list("pk", flat=True))},
    )

    assert dict(Message.objects.values_list("recipient", "state")) == {
        "an@kantoor.example": "waiting",
        "bea@kantoor.example": "uncertain",
    }
