from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FinanceConfig(AppConfig):
    name = "integrations.finance"
    label = "finance"
    verbose_name = _("bookkeeping")
