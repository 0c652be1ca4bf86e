"""A real SMTP server on a free port of this machine, with an answer per recipient."""

import contextlib
import socket
import threading

import pytest
from aiosmtpd.controller import Controller


class Mailbox:
    """What arrived, and what to answer. Recipients say what goes wrong: `later@` gets 451, `never@` 550."""

    def __init__(self):
        self.arrived = []
        self.texts = []
        self.data_answer = "250 2.0.0 Taken as 12345"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address.startswith("later@"):
            return "451 4.2.1 Mailbox of later@kantoor.example is busy"
        if address.startswith("never@"):
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.data_answer.startswith("250"):
            self.arrived += envelope.rcpt_tos
            self.texts.append(envelope.content)
        return self.data_answer


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def mail_settings(settings):
    settings.EMAIL_BACKEND = "crm.mail.backend.OutboxBackend"
    settings.MAIL_TRANSPORT_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_HOST_USER, settings.EMAIL_TIMEOUT = "127.0.0.1", "", 1
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False


@pytest.fixture
def mailbox(settings, mail_settings):
    settings.EMAIL_PORT = free_port()
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=settings.EMAIL_PORT)
    controller.start()
    yield box
    controller.stop()


class RawServer:
    """A server that follows a script: lines to answer per command, "hang" to keep silent, "drop" to hang up."""

    def __init__(self, after_dot, greeting="220 raw"):
        self.after_dot, self.greeting = after_dot, greeting
        self.texts = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.ended = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                line, _address = self.socket.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), line:
                self._talk(line)

    def _talk(self, line):
        if self.greeting == "hang":
            self.ended.wait(5)
            return
        line.sendall(f"{self.greeting}\r\n".encode())
        reader = line.makefile("rb")
        for command in reader:
            if command.upper().startswith(b"DATA"):
                line.sendall(b"354 go on\r\n")
                text = b""
                for part in reader:
                    if part == b".\r\n":
                        break
                    text += part
                else:
                    return
                self.texts.append(text)
                if self.after_dot == "hang":
                    self.ended.wait(5)
                    return
                if self.after_dot == "drop":
                    return
                line.sendall(f"{self.after_dot}\r\n".encode())
            else:
                line.sendall(b"250 ok\r\n")

    def stop(self):
        self.ended.set()
        self.socket.close()


@pytest.fixture
def raw_server(settings, mail_settings):
    """Function: start a scripted server and point the settings at it."""
    started = []

    def start(**script):
        server = RawServer(**script)
        started.append(server)
        settings.EMAIL_PORT = server.port
        return server

    yield start
    for server in started:
        server.stop()
