"""The texts of this channel's connectors, marked for translation here: a connector knows no Django.

A test shows that none of them is missing.
"""

from django.utils.translation import gettext_noop as _

CONNECTOR_TEXTS = (
    _("Address of Exact Online"),
    _("Each country has its own; the Dutch one is https://start.exactonline.nl."),
    _("Client ID"),
    _("From the app you registered in the Exact Online App Center."),
    _("Client secret"),
    _("Division"),
    _("The number of the administration in Exact Online; filled in by the first test after signing in."),
    _("Signed in as"),
    _("Administration in Exact Online"),
    _("A Chamber of Commerce number has 8 digits."),
    _("A country is two capital letters, such as NL."),
    _("A language is two letters, such as nl."),
    _("A number in Exact Online is at most %(limit)s digits, and digits only."),
    _("An OIN has 20 digits."),
    _("Exact Online has room for three address lines."),
    _("Exact Online may cut this name off after %(limit)s characters."),
    _("Exact Online wants a name."),
    _("The name holds characters that cannot be shown."),
    _("This BIC is not right."),
    _("This IBAN is not right: check the digits."),
    _("This RSIN is not right: 9 digits that pass the eleven test."),
    _("This VAT number does not belong to the country %(country)s of the address."),
    _("This VAT number is not right: check the digits."),
    _("This is no e-mail address that Exact Online takes."),
    _("This relation is neither debtor nor creditor in this administration."),
)
