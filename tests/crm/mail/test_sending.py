"""Nothing lost, nothing twice: every answer of a server, every way a line can break, every place to crash."""

from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from crm.core.crash_points import Crash, armed
from crm.mail.models import Message
from crm.mail.services import forget_old_content, post, send_again, send_due
from crm.mail.services.sending import BACKOFF_MINUTES, MAX_TRIES

pytestmark = pytest.mark.django_db

BEFORE_THE_DOT = ["mail claimed", "mail marked sending", "mail before dot"]
AFTER_THE_DOT = ["mail after dot", "mail answered"]


def posted(*recipients, **options):
    message = EmailMessage("Onderwerp", "Tekst\n.een punt", "Schakel <schakel@kantoor.example>", list(recipients))
    return post(message, **options)


def states():
    return dict(Message.objects.values_list("recipient", "state"))


def leases_expire():
    Message.objects.exclude(lease_until=None).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_sending_each_recipient_gets_a_message_of_its_own(mailbox):
    first, second = posted("an@kantoor.example", "Bea <bea@kantoor.example>")

    assert send_due() == 2

    assert states() == {"an@kantoor.example": "sent", "bea@kantoor.example": "sent"}
    assert mailbox.arrived == ["an@kantoor.example", "bea@kantoor.example"]
    assert first.message_id.encode() in mailbox.texts[0]
    assert second.message_id.encode() in mailbox.texts[1]
    assert b"\r\n.een punt" in mailbox.texts[0]
    assert send_due() == 0


def test_sending_a_refusal_is_for_ever_and_stops_nobody_else(mailbox):
    posted("never@kantoor.example", "an@kantoor.example")

    assert send_due() == 2
    assert send_due(now=timezone.now() + timedelta(days=2)) == 0

    assert states() == {"never@kantoor.example": "refused", "an@kantoor.example": "sent"}
    assert Message.objects.get(state="refused").answer == "550 5.1.1 No such mailbox"


def test_sending_a_temporary_refusal_is_tried_again_for_a_day(mailbox):
    (message,) = posted("later@kantoor.example")
    now = timezone.now()
    waits, moment = [], now
    while Message.objects.filter(state__in=("waiting", "deferred")).exists():
        assert send_due(now=moment) == 1
        message.refresh_from_db()
        waits.append(round((message.not_before - moment).total_seconds() / 60))
        moment = max(message.not_before, moment)
        assert len(waits) < MAX_TRIES

    assert waits[: len(BACKOFF_MINUTES)] == list(BACKOFF_MINUTES)
    assert timedelta(hours=24) <= moment - now <= timedelta(hours=27)
    assert (message.state, message.answer) == ("refused", "451 4.2.1 Mailbox of … is busy")


@pytest.mark.parametrize(
    ("answer", "state"),
    [("250 taken", "sent"), ("452 full", "deferred"), ("554 spam", "refused"), ("421 bye", "deferred")],
)
def test_sending_the_answer_to_the_dot_decides(mailbox, answer, state):
    mailbox.data_answer = answer
    posted("an@kantoor.example")

    send_due()

    assert states() == {"an@kantoor.example": state}


@pytest.mark.parametrize("after_dot", ["hang", "drop"])
def test_sending_without_an_answer_to_the_dot_is_uncertain_and_never_sent_by_itself(raw_server, after_dot):
    server = raw_server(after_dot=after_dot)
    posted("an@kantoor.example")

    send_due()
    send_due(now=timezone.now() + timedelta(days=3))

    assert states() == {"an@kantoor.example": "uncertain"}
    assert len(server.texts) == 1


@pytest.mark.parametrize("greeting", ["hang", "554 not you", "421 too busy"])
def test_sending_to_a_server_that_is_away_waits_and_costs_one_try(raw_server, greeting):
    raw_server(after_dot="250 ok", greeting=greeting)
    posted("an@kantoor.example", "bea@kantoor.example")

    assert send_due() == 1

    assert sorted(states().values()) == ["deferred", "waiting"]
    assert sorted(Message.objects.values_list("tries", flat=True)) == [0, 1]


def test_sending_without_any_server_waits(settings, mail_settings):
    settings.EMAIL_PORT = 1
    posted("an@kantoor.example")

    assert send_due() == 1

    assert states() == {"an@kantoor.example": "deferred"}


@pytest.mark.parametrize("point", BEFORE_THE_DOT + AFTER_THE_DOT + ["mail stored"])
def test_sending_that_crashes_anywhere_never_sends_twice(mailbox, point):
    posted("an@kantoor.example")
    with armed(point), pytest.raises(Crash):
        send_due()
    assert send_due() == 0  # the lease still runs
    leases_expire()

    for _run in range(3):
        send_due(now=timezone.now() + timedelta(hours=1))

    expected = {"mail claimed": "sent", "mail stored": "sent"}.get(point, "uncertain")
    assert states() == {"an@kantoor.example": expected}
    # who hangs up between the dot and the answer cannot know whether the server took it; this one does not always
    arrived = {"mail claimed": [1], "mail after dot": [0, 1], "mail answered": [1], "mail stored": [1]}
    assert len(mailbox.arrived) in arrived.get(point, [0])


def test_sending_what_kills_its_worker_every_time_is_given_up(mailbox):
    posted("an@kantoor.example")
    Message.objects.update(tries=MAX_TRIES)

    assert send_due() == 0

    assert states() == {"an@kantoor.example": "refused"}


def test_sending_again_is_what_a_person_decides(mailbox, raw_server, settings):
    smtp_port = settings.EMAIL_PORT
    raw_server(after_dot="drop")
    (message,) = posted("an@kantoor.example")
    send_due()
    settings.EMAIL_PORT = smtp_port

    assert send_again([message], now=timezone.now()) == 1
    send_due()

    assert states() == {"an@kantoor.example": "sent"}
    assert message.message_id.encode() in mailbox.texts[0]


def test_sending_to_files_in_a_demonstration(settings, mail_settings, tmp_path):
    settings.MAIL_TRANSPORT_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    (message,) = posted("an@kantoor.example")

    send_due()

    (file,) = tmp_path.iterdir()
    assert message.message_id in file.read_text()
    assert states() == {"an@kantoor.example": "sent"}


def test_sending_forgets_what_lets_somebody_in(mailbox):
    posted("an@kantoor.example", keep_content=False)
    posted("bea@kantoor.example")

    send_due()

    kept = {recipient: bool(content) for recipient, content in Message.objects.values_list("recipient", "content")}
    assert kept == {"an@kantoor.example": False, "bea@kantoor.example": True}


def test_sending_forgets_old_text_but_not_what_still_has_to_leave(mailbox):
    now = timezone.now()
    posted("an@kantoor.example")
    send_due()
    posted("never@kantoor.example", keep_content=False)
    send_due()
    posted("bea@kantoor.example", keep_content=False)

    forgotten = forget_old_content(now=now + timedelta(days=400))

    kept = {recipient: bool(content) for recipient, content in Message.objects.values_list("recipient", "content")}
    assert forgotten == 2
    assert kept == {"an@kantoor.example": False, "never@kantoor.example": False, "bea@kantoor.example": True}
