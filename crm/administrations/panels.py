"""What this slice puts on the index of the settings."""

from django.utils.translation import gettext_lazy as _

from crm.administrations.models import Administration, sets_everywhere
from crm.core.panels import settings_page


def manages_one(user) -> bool:
    """The settings of at least one administration; a superuser adds the first."""
    return user.is_superuser or Administration.objects.editable_by(user).exists()


settings_page(
    "administrations",
    _("Administrations"),
    _("The organisations whose relations and books are kept: name, legal name, archive."),
    "administrations:list",
    "bank",
    manages_one,
    200,
)
settings_page(
    "mode",
    _("One administration or several"),
    _("Whether a relation belongs to one administration, or is shared under an umbrella."),
    "administrations:mode",
    "organisation",
    sets_everywhere,
    210,
)
settings_page(
    "logs",
    _("How long logs are kept"),
    _("Days per log: who looked, what was sent, mail, signing in."),
    "administrations:logs",
    "history",
    sets_everywhere,
    420,
)
