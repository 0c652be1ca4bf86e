"""Exact Online: debtors and creditors out, open amounts back. REST, to `contracts/finance/exact-online.md`.

**Once, not twice.** Exact knows no idempotency key, so before every create the account is looked up: by the stored ID,
then by the padded number, then by our reference in SearchCode (not by Chamber of Commerce number: one company may be
several debtors). An account that has our number and nothing else in common is somebody else's: refused, not taken over
(`accounts.belongs_to_another`). The same look-up after a lost answer, and when Exact answers "Reeds aanwezig". Bank
accounts are looked up by account and IBAN. Never a GET by guid: a 404 counts towards the limit of ten errors per hour
that blocks an endpoint.

**Theirs stays theirs.** Only fields that differ are sent. Status and IsSupplier are only ever set, never taken away: a
role that ends changes nothing there and deletes nothing, and the result says so. A new IBAN becomes the new main bank
account; the old one stays. Numbers are not changed afterwards. What is empty here is emptied there only in an account
that we delivered before, and only for e-mail, phone and address.
"""

import threading
from datetime import timedelta

from integrations.hub.errors import CouplingError, PermanentError, TemporaryError
from integrations.hub.protocol import (
    About,
    Capabilities,
    Pull,
    PushResult,
    SettingsField,
    TestResult,
    WithdrawResult,
)
from integrations.hub.protocol import gettext_noop as _

from . import accounts, receivables
from .api import Api, guid, quoted
from .limits import CALLS_PER_DAY, CALLS_PER_MINUTE, ERRORS_PER_HOUR
from .oauth import Tokens
from .preflight import problems_of

ACCOUNTS = "crm/Accounts"
BANK_ACCOUNTS = "crm/BankAccounts"
CONDITIONS = "cashflow/PaymentConditions"
BANK_FIELDS = ("BankAccount", "BICCode", "BankAccountHolderName")
CONDITIONS_KEPT = timedelta(hours=1)


class ExactOnline:
    capabilities = Capabilities(
        topics={"debtor": "out", "creditor": "out", "open_amounts": "in"},
        upsert_debtor=True,
        upsert_creditor=True,
        pull_open_items=True,
        iban_writable=True,
        own_number=True,
        idempotency="lookup",
        calls_per_minute=CALLS_PER_MINUTE,
        calls_per_day=CALLS_PER_DAY,
        errors_per_hour=ERRORS_PER_HOUR,
        concurrency=1,
    )
    about = About(
        summary=_("Keeps your debtors and creditors in Exact Online up to date, and shows here what is open there."),
        can=(
            _("Makes and changes debtors and creditors: name, address, phone, e-mail, website, language."),
            _("Tells KvK, VAT, RSIN and OIN numbers, and the payment term when Exact has it."),
            _("Makes a new IBAN the main bank account; the old one stays there."),
            _("Reads the open amount and oldest due date of each debtor every hour."),
        ),
        cannot=(
            _("Deletes nothing there, and takes away no role: a role that ends here stays there."),
            _("Changes no number of an account that is there already."),
            _("Reads no names or addresses back: what is changed in Exact stays there until it changes here."),
        ),
        before=(
            _("Register an app in the Exact Online App Center, for your own use."),
            _("Give that app the return address shown here."),
            _("Give it the rights to read and change relations and to read receivables."),
            _("Have somebody at hand who may sign in to this administration in Exact Online."),
        ),
        after=(
            _("You sign in at Exact Online's own page. We never see that password."),
            _("The connection is tested; the administration over there is filled in."),
            _("All debtors and creditors of this administration are looked up there, and made or changed."),
            _("From then on every change follows within seconds."),
        ),
    )
    settings_fields = (
        SettingsField(
            "base_url",
            _("Address of Exact Online"),
            "url",
            help=_("Each country has its own; the Dutch one is https://start.exactonline.nl."),
            default="https://start.exactonline.nl",
        ),
        SettingsField(
            "client_id",
            _("Client ID"),
            help=_("Stands with your app in the Exact Online App Center: a row of letters and digits with dashes."),
        ),
        SettingsField(
            "client_secret",
            _("Client secret"),
            "secret",
            help=_("Stands below the client ID. It is kept encrypted and never shown again."),
        ),
        SettingsField(
            "division",
            _("Division"),
            required=False,
            help=_("The number of the administration over there. Empty: the first test after signing in fills it in."),
        ),
    )

    def __init__(self, settings, credentials, http, clock):
        self._division = str(settings.get("division") or "").strip()
        self._place = (settings["base_url"], settings["client_id"], self._division)
        address = {"base_url": settings["base_url"].rstrip("/"), "client_id": settings["client_id"]}
        self._tokens = Tokens(
            **address, client_secret=settings["client_secret"], credentials=credentials, http=http, clock=clock
        )
        self._api = Api(**address, division=self._division, tokens=self._tokens, http=http, clock=clock)
        self._clock = clock

    def authorize_url(self, *, redirect_uri, state):
        return self._tokens.authorize_url(redirect_uri=redirect_uri, state=state)

    def exchange_code(self, code, *, redirect_uri):
        self._tokens.exchange_code(code, redirect_uri=redirect_uri)

    def test(self):
        try:
            return self._test()
        except CouplingError as error:
            return TestResult(False, error.code, error.vendor_words)

    def check(self, payload):
        return problems_of(payload)

    def find(self, payload):
        account = self._account(payload, None)
        return account["ID"] if account else None

    def push(self, payload, *, external_id, key):
        """`key` is not sent: Exact has no place for one."""
        there = self._account(payload, external_id)
        if there is None:
            result = self._create(payload, gone=bool(external_id))
        else:
            result = self._update(payload, there, ours=bool(external_id))
        return self._with_bank_account(payload, result)

    def withdraw(self, external_id, *, key):
        """Nothing is changed or removed there: there may be invoices on it. No call is made."""
        return WithdrawResult("nothing", ("role_ended_nothing_changed",))

    def pull(self, since):
        """All that is open, whatever the cursor: see `receivables`. An account that is not among them owes nothing."""
        read_at = self._clock.now()
        rows = self._api.rows(receivables.PATH, select=receivables.SELECT)
        return Pull(receivables.open_amounts(rows, read_at), read_at.isoformat(), complete=True)

    def _test(self):
        me = self._api.me()
        division = self._division or str(me.get("CurrentDivision") or "")
        divisions = self._api.rows("system/Divisions", select="Code,Description", division=division)
        names = {str(row.get("Code")): accounts.trimmed(row.get("Description")) for row in divisions}
        if division not in names:
            return TestResult(False, "division_unknown")
        for path, select in ((ACCOUNTS, "ID"), (BANK_ACCOUNTS, "ID"), (CONDITIONS, "ID"), (receivables.PATH, "HID")):
            self._api.rows(path, select=select, top=1, division=division)
        facts = (
            (_("Signed in as"), accounts.trimmed(me.get("UserName"))),
            (_("Administration in Exact Online"), f"{division} {names[division]}".strip()),
        )
        return TestResult(True, facts=facts, settings={} if self._division else {"division": division})

    def _account(self, party, external_id):
        """The account of this party, or None. One call when the stored ID still leads to it, else one more."""
        if external_id:
            found = self._api.rows(ACCOUNTS, select=accounts.SELECT, filter=f"ID eq {guid(external_id)}")
            if found:
                return found[0]
        wanted = []
        if party.number:
            wanted.append(f"Code eq {quoted(accounts.padded(party.number))}")
        if party.reference:
            wanted.append(f"SearchCode eq {quoted(party.reference)}")
        if not wanted:
            raise PermanentError("number_missing")  # nothing to recognise it by: it could be made twice
        found = self._api.rows(ACCOUNTS, select=accounts.SELECT, filter=" or ".join(wanted))
        by_number = [row for row in found if party.number and accounts.trimmed(row.get("Code")) == party.number]
        candidates = by_number or [row for row in found if accounts.trimmed(row.get("SearchCode")) == party.reference]
        if len(candidates) > 1:
            raise PermanentError("found_more_than_one", vendor_words=", ".join(_number(row) for row in candidates))
        if candidates and accounts.belongs_to_another(party, candidates[0]):
            words = f"{_number(candidates[0])} {accounts.trimmed(candidates[0].get('Name'))}"
            raise PermanentError("number_taken", vendor_words=words)
        return candidates[0] if candidates else None

    def _create(self, party, *, gone):
        if not (party.is_debtor or party.is_creditor):
            raise PermanentError("no_role")
        terms, notes = self._terms(party, {})
        if gone:
            notes.append("was_gone_there_made_again")
        try:
            made = self._api.create(ACCOUNTS, accounts.new_account(party) | terms)
        except TemporaryError as error:
            there = self._account(party, None) if error.code == "already_there" else None
            if there is None:
                raise
            return self._update(party, there, ours=False)  # somebody was just before us
        return PushResult(made["ID"], "created", _number(made) or party.number, tuple(notes))

    def _update(self, party, there, *, ours):
        body, notes = accounts.changes(party, there, ours=ours)
        terms, more = self._terms(party, there)
        body |= terms
        if body:
            self._api.change(ACCOUNTS, there["ID"], body)
        return PushResult(there["ID"], "updated" if body else "same", _number(there), tuple(notes + more))

    def _terms(self, party, there):
        """(fields, notes): per role the payment condition with that many days, where it is another than there."""
        fields, notes = {}, []
        for wanted, days, name in (
            (party.is_debtor, party.debtor_payment_term_days, "PaymentConditionSales"),
            (party.is_creditor, party.creditor_payment_term_days, "PaymentConditionPurchase"),
        ):
            if not wanted or days is None:
                continue
            codes = self._conditions().get(days, ())
            if not codes:
                notes.append("payment_term_unknown_there")
            elif accounts.trimmed(there.get(name)) not in codes:
                fields[name] = str(days) if str(days) in codes else codes[0]
        return fields, list(dict.fromkeys(notes))

    def _conditions(self):
        """{days: codes} of this division's payment conditions, read once an hour per process."""
        kept = _CONDITIONS.get(self._place)
        if kept is None or self._clock.now() - kept[0] > CONDITIONS_KEPT:
            days = {}
            for row in self._api.rows(CONDITIONS, select="ID,Code,PaymentDays"):
                if isinstance(row.get("PaymentDays"), int):
                    days.setdefault(row["PaymentDays"], []).append(accounts.trimmed(row.get("Code")))
            kept = (self._clock.now(), {number: tuple(sorted(codes)) for number, codes in days.items()})
            with _CONDITIONS_LOCK:
                _CONDITIONS[self._place] = kept
        return kept[1]

    def _with_bank_account(self, party, result):
        """The IBAN as the main bank account of the account; other bank accounts stay as they are."""
        if not party.iban:
            return result
        wanted = dict(zip(BANK_FIELDS, (party.iban, party.bic, party.iban_holder), strict=True))
        wanted = {name: value for name, value in wanted.items() if value}
        same = []
        if result.state != "created":  # one that was made a moment ago has none; it saves a call of the 60 a minute
            here = f"Account eq {guid(result.external_id)}"
            rows = self._api.rows(BANK_ACCOUNTS, select=f"ID,Main,{','.join(BANK_FIELDS)}", filter=here)
            same = [row for row in rows if _iban(row) == party.iban]
        if not same:
            body = {"Account": result.external_id, **wanted, "Main": True}
            made = self._api.create(BANK_ACCOUNTS, body)
            return _also(result, made["ID"])
        there = max(same, key=lambda row: bool(row.get("Main")))
        body = {name: value for name, value in wanted.items() if accounts.trimmed(there.get(name)) != value}
        body.pop("BankAccount", None)  # the same number, written with blanks
        if not there.get("Main"):
            body["Main"] = True
        if body:
            self._api.change(BANK_ACCOUNTS, there["ID"], body)
        return _also(result, there["ID"], changed=bool(body))


_CONDITIONS = {}
_CONDITIONS_LOCK = threading.Lock()


def _also(result, bank_account_id, *, changed=True):
    state = "updated" if changed and result.state == "same" else result.state
    return PushResult(result.external_id, state, result.vendor_number, result.notes, {"bank_account": bank_account_id})


def _number(account):
    return accounts.trimmed(account.get("Code"))


def _iban(row):
    return accounts.trimmed(row.get("BankAccount")).replace(" ", "").upper()
