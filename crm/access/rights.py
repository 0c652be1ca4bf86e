"""What a role may allow, in plain words. Rights are the product's; roles and who has them are data."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.core.field_classes import FINANCIAL, INTERNAL, PUBLIC, SPECIAL


class Right(models.TextChoices):
    RELATIONS_CHANGE = "relations.change", _("Make and change relations")
    RELATIONS_SHARED = "relations.shared", _("Change the shared data of relations that belong to the umbrella")
    RELATIONS_DELETE = "relations.delete", _("Delete relations")
    FINANCIAL_VIEW = "financial.view", _("See bank accounts, debtors and creditors")
    FINANCIAL_CHANGE = "financial.change", _("Change bank accounts, debtors and creditors")
    SPECIAL_VIEW = "special.view", _("See special data, such as birth dates and beneficial ownership")
    SPECIAL_CHANGE = "special.change", _("Change special data")
    HISTORY_UNDO = "history.undo", _("Undo changes and restore deleted records")
    IMPORT = "import", _("Import files")
    EXPORT = "export", _("Export lists")
    CONNECTIONS_MANAGE = "connections.manage", _("Connect other systems and handle what they refuse")
    USERS_MANAGE = "users.manage", _("Invite users and give them roles")
    SETTINGS_MANAGE = "settings.manage", _("Change the settings of the product")


# The right that reading and changing a class of fields asks for. None: whoever may see, or may change, the record.
READ_RIGHT = {PUBLIC: None, INTERNAL: None, FINANCIAL: Right.FINANCIAL_VIEW, SPECIAL: Right.SPECIAL_VIEW}
CHANGE_RIGHT = {
    PUBLIC: Right.RELATIONS_CHANGE,
    INTERNAL: Right.RELATIONS_CHANGE,
    FINANCIAL: Right.FINANCIAL_CHANGE,
    SPECIAL: Right.SPECIAL_CHANGE,
}
