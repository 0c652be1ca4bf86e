"""Slugs of the hub and its connectors in words: what happened, and what to do. Outside systems speak beside it."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from django.conf.locale import LANG_INFO
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from crm.core.templatetags.core import day, euro
from integrations.hub.countries import country_name

# code: (what happened, what to do)
CODES = {
    # connection
    "log_in_again": (_("The sign-in is over."), _("Sign in again; what waits goes on by itself.")),
    "no_rights_there": (
        _("The signed-in user may not do this there."),
        _("Give that user the rights there, or sign in as another one."),
    ),
    "wrong_client": (_("Client ID or secret is not right."), _("Correct them under Settings.")),
    "wrong_redirect_address": (
        _("The return address is not registered there."),
        _("Register the address shown under Settings."),
    ),
    "division_missing": (_("No administration over there is chosen."), _("Test the connection; it fills it in.")),
    "division_unknown": (_("That administration does not exist there."), _("Correct the number under Settings.")),
    "settings_missing": (_("A setting is missing."), _("Fill it in under Settings.")),
    "key_missing": (
        _("The secrets of this connection cannot be read."),
        _("Put back the encryption key, or fill in the secrets again."),
    ),
    "connector_unknown": (_("This coupling does not exist any more."), _("Ask the application manager.")),
    "address_inside": (_("That address lies inside the network."), _("Only the application manager can allow it.")),
    "address_not_https": (_("That address is not secure."), _("Use an address that begins with https.")),
    "address_unreadable": (_("That is no address."), _("Correct it under Settings.")),
    "address_with_password": (_("An address may hold no password."), _("Correct it under Settings.")),
    "redirect_refused": (_("The address leads elsewhere."), _("Correct it under Settings.")),
    "redirect_loop": (_("The address leads in a circle."), _("Correct it under Settings.")),
    "certificate_refused": (
        _("Their certificate cannot be trusted."),
        _("Look whether the address under Settings is right; else ask them."),
    ),
    "token_missing": (_("Nobody has signed in yet."), _("Sign in; what waits goes by itself.")),
    "not_logged_in": (
        _("They do not accept our sign-in."),
        _("Sign in again, or correct the secrets under Settings."),
    ),
    "not_permitted": (
        _("What we sign in with may not do this there."),
        _("Give it the rights there; then test the connection."),
    ),
    # temporary
    "call_budget": (_("The calls for now are used up."), _("Nothing to do; it goes on by itself.")),
    "too_many_calls": (_("They ask us to wait."), _("Nothing to do; it goes on by itself.")),
    "error_budget": (_("Too many refusals in an hour; we wait so that they do not block us."), _("Nothing to do.")),
    "vendor_down": (_("They have a fault."), _("Nothing to do; we try again.")),
    "vendor_not_ready": (_("They are not ready."), _("Nothing to do; we try again.")),
    "no_connection": (_("They cannot be reached."), _("Nothing to do; we try again.")),
    "address_unknown": (_("Their address cannot be found."), _("Nothing to do; we try again.")),
    "too_slow": (_("They answered too late."), _("Nothing to do; we look whether it was done, and try again.")),
    "connection_lost": (
        _("The connection was lost."),
        _("Nothing to do; we look whether it was done, and try again."),
    ),
    "answer_too_large": (_("The answer was too large."), _("Nothing to do; we try again.")),
    "unexpected_answer": (_("The answer is not what was agreed."), _("Nothing to do; we try again.")),
    "unreadable_answer": (_("The answer cannot be read."), _("Nothing to do; we try again.")),
    "not_json": (_("The answer cannot be read."), _("Nothing to do; we try again.")),
    "broken_json": (_("The answer cannot be read."), _("Nothing to do; we try again.")),
    "empty_answer": (_("The answer was empty."), _("Nothing to do; we try again.")),
    "id_missing": (_("The answer lacks the key."), _("Nothing to do; we look whether it was done, and try again.")),
    "busy_elsewhere": (_("Another worker is signing in."), _("Nothing to do; we try again.")),
    "token_asked_too_early": (_("They renew the sign-in later."), _("Nothing to do; we try again.")),
    "token_answer_lost": (_("The answer to the sign-in was lost."), _("Nothing to do; we try again.")),
    "worker_stopped": (_("The worker stopped."), _("Nothing to do; we try again.")),
    "pages_without_end": (_("The list over there has no end."), _("Nothing to do; we try again.")),
    "already_there": (_("It came to be there meanwhile."), _("Nothing to do; we try again.")),
    # permanent
    "refused": (_("They refuse these data."), _("Correct them on the card. After saving it goes by itself.")),
    "not_found": (
        _("What we asked for does not exist there."),
        _("Correct the address under Settings, or offer it again."),
    ),
    "not_found_there": (_("It is not there any more."), _("Offer it again.")),
    "number_taken": (
        _("This number belongs to somebody else there."),
        _("Give this relation another number, or correct it over there."),
    ),
    "found_more_than_one": (_("It is there more than once."), _("Merge them over there, then offer it again.")),
    "number_missing": (_("There is no number to recognise it by."), _("Give this relation a number.")),
    "no_role": (_("It is neither debtor nor creditor."), _("Nothing to do.")),
    "connector_broke": (_("A fault in this coupling."), _("Tell the application manager; then offer it again.")),
    # notes of a report
    "role_ended_nothing_changed": (
        _("A role ended, or it takes part no longer; over there nothing was changed or removed."),
        "",
    ),
    "other_number_there": (_("It has another number over there."), _("Renumber it over there when it has to be so.")),
    "payment_term_unknown_there": (
        _("Over there is no payment condition of that many days."),
        _("Add it over there."),
    ),
    "was_gone_there_made_again": (_("It was gone over there, and was made again."), ""),
    "not_there_and_need_not_be": (_("It is not there, and need not be."), ""),
}
BEFORE_SENDING = (_("Found before sending."), _("Correct it on the card. After saving it goes by itself."))
UNKNOWN = (_("It was refused."), _("Look at what the other system says."))

FIELDS = {
    "name": _("name"),
    "number": _("number"),
    "reference": _("reference"),
    "is_debtor": _("debtor"),
    "is_creditor": _("creditor"),
    "debtor_since": _("debtor since"),
    "creditor_since": _("creditor since"),
    "debtor_ended": _("debtor no longer"),
    "creditor_ended": _("creditor no longer"),
    "debtor_payment_term_days": _("payment term in days"),
    "creditor_payment_term_days": _("payment term in days, creditor"),
    "is_person": _("person"),
    "email": _("e-mail"),
    "phone": _("phone"),
    "website": _("website"),
    "language": _("language"),
    "vat_number": _("VAT number"),
    "kvk": _("KvK number"),
    "rsin": _("RSIN"),
    "oin": _("OIN"),
    "iban": _("IBAN"),
    "bic": _("BIC"),
    "iban_holder": _("account holder"),
    "visiting": _("visiting address"),
    "billing": _("billing address"),
    "lines": pgettext_lazy("of an address", "street and number"),
    "postcode": _("postcode"),
    "city": _("city"),
    "country": _("country"),
    "amount": _("open amount"),
}


def what_happened(code: str, *, problems=None) -> tuple[str, str]:
    """(what happened, what to do) of a slug. `problems`: what was found before sending, as stored with a row."""
    if problems:
        found = " ".join(problem_in_words(message, params) for message, params in problems)
        return found, str(BEFORE_SENDING[1])
    said, advice = CODES.get(code, UNKNOWN)
    return str(said), str(advice)


def note_in_words(note) -> str:
    if isinstance(note, str):
        return str(CODES.get(note, (note, ""))[0])
    return problem_in_words(*note)


def problem_in_words(message: str, params) -> str:
    return gettext(message) % params if params else gettext(message)


def field_in_words(name: str) -> str:
    """ "billing.postcode" → "billing address: postcode"."""
    return ": ".join(str(FIELDS.get(part, part)) for part in name.split("."))


def value_in_words(value, name: str = "") -> str:
    """A value of a payload as people write it; `name` is its field ("visiting.country")."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    text, last = str(value), name.rpartition(".")[2]
    if not text:
        return ""
    if last in WRITTEN:
        return WRITTEN[last](text)
    return _day(text) if ISO_DAY.fullmatch(text) else text


def _day(text: str) -> str:
    try:
        return day(date.fromisoformat(text))
    except ValueError:
        return text


def _language_name(code: str) -> str:
    """Django's own name of the language, which it has in every language."""
    info = LANG_INFO.get(code.lower())
    return gettext(info["name"]) if info and "name" in info else code


def _amount(text: str) -> str:
    try:
        return euro(Decimal(text))
    except InvalidOperation:
        return text


def _in_fours(iban: str) -> str:
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


WRITTEN = {"language": _language_name, "country": country_name, "amount": _amount, "iban": _in_fours}
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def changes_in_words(changes) -> list[tuple[str, str, str]]:
    """(field, old, new) of the changes of a report line, without what only says yes or no to nothing."""
    return [
        (field_in_words(name), value_in_words(old, name), value_in_words(new, name))
        for name, old, new in changes
        if not (old == "" and new is False)
    ]
