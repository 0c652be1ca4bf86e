"""The log of mail, on the page of how long logs are kept."""

from django.utils.translation import gettext_lazy as _

from crm.administrations.retention import keep_log
from crm.mail.services.sending import CONTENT_KEPT_DAYS

keep_log(
    "mail",
    _("Text of mail that was sent"),
    _("What each mail said. To whom it went, when, and what the mail server answered stays."),
    CONTENT_KEPT_DAYS,
    order=70,
)
