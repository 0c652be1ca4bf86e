"""Help for what asks for somebody."""

from django.utils.translation import gettext_lazy as _

from crm.core.help_pages import help_page

help_page("attention", _("What asks for you"), "attention/help/attention", ("attention:*",), order=200)
