"""What the hub and a connector agree on. A connector is constructed as

    Connector(settings: dict, credentials: CredentialStore, http: HttpClient, clock: Clock)

and imports neither `django` nor `crm`: payload in, id out. Texts are English message ids with their parameters apart;
the screens translate them. Failures are the four kinds of `integrations.hub.errors`.
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Protocol


def gettext_noop(message):
    """Marks a message id for the translators and leaves it as it is: as Django's function of that name does."""
    return message


@dataclass(frozen=True)
class Capabilities:
    """What a connector can do; the hub's pages, budgets and lanes read it.

    `topics`: topic name → "out" (we push), "in" (we pull) or "both".
    `idempotency`: "key" (the vendor knows our key), "lookup" (looked up before creating), "may double" (neither: the
    connection's page says so).
    `calls_per_minute`, `calls_per_day`: None when the vendor names no limit. `concurrency`: calls at once.
    `errors_per_hour`: after so many answers 400, 401, 403 or 404 of one endpoint within an hour we stop calling it;
    one less than what makes the vendor block it. None when the vendor does not.
    `joining`: who takes part. "by itself": everybody the channel is about, such as the debtors of the administration,
    but for who is kept out by hand. "by switch": only who is switched on on their card.
    """

    topics: Mapping[str, Literal["out", "in", "both"]]
    upsert_debtor: bool = False
    upsert_creditor: bool = False
    pull_open_items: bool = False
    iban_writable: bool = False
    own_number: bool = False
    idempotency: Literal["key", "lookup", "may double"] = "may double"
    calls_per_minute: int | None = None
    calls_per_day: int | None = None
    errors_per_hour: int | None = None
    concurrency: int = 1
    joining: Literal["by itself", "by switch"] = "by itself"


@dataclass(frozen=True)
class About:
    """What people read before they connect; English message ids.

    `summary`: one sentence. `can`, `cannot`: what it does and does not do, a line each. `before`: the steps at the
    vendor that come first. `after`: what happens once it is connected.
    """

    summary: str = ""
    can: tuple[str, ...] = ()
    cannot: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class SettingsField:
    """One field of the connect form. `label` and `help` are English message ids; secrets are write-only everywhere."""

    name: str
    label: str
    kind: Literal["text", "secret", "url", "choice"] = "text"
    required: bool = True
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    default: str = ""


@dataclass(frozen=True)
class Problem:
    """What the target would refuse ("error") or what will look odd there ("warning"), found before anything is sent.

    `field` names a field of the payload ("iban", "billing.postcode"; "" for the whole); `code` is a stable slug;
    `message` an English message id in which `params` are filled with %(name)s.
    """

    field: str
    code: str
    message: str
    params: Mapping[str, Any] = field(default_factory=dict)
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True)
class TestResult:
    """What the test button shows. `code` is a slug when not `ok`; `facts` are (message id, value) pairs when it is.

    `settings` holds values learned during the test that belong in the connection's settings (a division); the hub
    offers to store them.
    """

    __test__ = False  # not a test class, whatever pytest thinks of its name

    ok: bool
    code: str = ""
    vendor_words: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PushResult:
    """What a push did.

    `external_id`: the vendor's technical key. `vendor_number`: the number people see there ("10023").
    `notes`: slugs for the report ("role_ended_nothing_changed"). `parts`: external ids of what came along, by name
    ({"bank_account": "…"}); the hub keeps them with the link.
    """

    external_id: str
    state: Literal["created", "updated", "same"]
    vendor_number: str = ""
    notes: tuple[str, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WithdrawResult:
    """What a withdrawal meant at this vendor: "nothing", "blocked", "removed", "absent" or "refused", with notes."""

    state: Literal["nothing", "blocked", "removed", "absent", "refused"]
    notes: tuple[str, ...] = ()
    vendor_words: str = ""


@dataclass(frozen=True)
class Pull:
    """What came back: payloads of this channel and the cursor for next time (opaque text, "" = from the beginning).

    `complete`: this is everything there is, so an object that is not among them has nothing there any more. A complete
    pull that fails half-way raises; it never gives a part.
    """

    payloads: Iterable[Any]
    cursor: str
    complete: bool = False


@dataclass(frozen=True)
class TokenPair:
    """An OAuth pair. `obtained_at` is aware UTC; `expires_in_seconds` counts from there. Never in a log or a repr."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    obtained_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    expires_in_seconds: int = 600


class CredentialStore(Protocol):
    """Where the hub keeps the tokens of one connection, encrypted, shared by all processes."""

    def read(self) -> TokenPair | None:
        """The pair as last saved by any process; never from a cache. None before the first log-in."""

    def lease(self, name: str, seconds: float) -> AbstractContextManager[None]:
        """Hold the lock `name` of this connection, alone across all threads and processes, for at most `seconds`.

        Waits until it is free; raises TemporaryError("busy_elsewhere") when that takes longer than `seconds`.
        """

    def save(self, pair: TokenPair) -> None:
        """Durable when it returns (committed): a refresh token is single-use, and losing it means logging in again."""


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware UTC."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Connector(Protocol):
    """One vendor. Instances are cheap, used by one worker at a time per lane, and keep no state that matters."""

    capabilities: Capabilities
    about: About
    settings_fields: tuple[SettingsField, ...]

    def test(self) -> TestResult:
        """Ask the vendor who we are. Never raises a CouplingError: says what is wrong."""

    def check(self, payload) -> list[Problem]:
        """Pre-flight: what the target would refuse. No network, no database; fast enough for a form."""

    def find(self, payload) -> str | None:
        """The external id of this payload's object there, or None."""

    def push(self, payload, *, external_id: str | None, key: str) -> PushResult:
        """Make it so there. Pushing the same twice changes nothing the second time. Raises the four kinds.

        `external_id`: as stored with the link, None if never delivered. `key`: the same at every try of one revision.
        """

    def withdraw(self, external_id: str, *, key: str) -> WithdrawResult:
        """It must not be there any more: what that means is up to the vendor. A refusal is a result, not an error;
        only Temporary, Unknown and Configuration errors are raised."""

    def pull(self, since: str) -> Pull:
        """What changed there since the cursor."""


class OAuthConnector(Connector, Protocol):
    """A connector that a person signs in to at the vendor's own page."""

    def authorize_url(self, *, redirect_uri: str, state: str) -> str:
        """Where to send the browser. `state` is the hub's one-time value, checked when the browser returns."""

    def exchange_code(self, code: str, *, redirect_uri: str) -> None:
        """Trade the single-use code for a pair and save it. ConfigurationError when the vendor refuses."""
