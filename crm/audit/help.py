"""Help for the mutation log and undoing."""

from django.utils.translation import gettext_lazy as _

from crm.core.help_pages import help_page

help_page("log", _("Who changed what, and undoing it"), "audit/help/log", ("audit:*",), order=210)
