"""Help for the desk's own screens."""

from django.utils.translation import gettext_lazy as _

from crm.core.help_pages import help_page

help_page("begin", _("Getting around"), "desk/help/begin", ("desk:*", "desk:help", "desk:help-page"), order=10)
help_page("today", _("Today"), "desk/help/today", ("desk:today", "desk:growth"), order=20)
help_page("arrange", _("Arranging the first page"), "desk/help/arrange", ("desk:arrange",), order=30)
help_page("search", _("Searching"), "desk/help/search", ("desk:search",), order=40)
help_page(
    "views",
    _("Saved views of a list"),
    "desk/help/views",
    ("desk:save-view", "desk:change-view", "desk:overwrite-view", "desk:delete-view"),
    order=180,
)
help_page("jobs", _("Work in the background"), "desk/help/jobs", ("core:*",), order=230)
help_page("settings", _("Settings"), "desk/help/settings", ("desk:settings",), order=400)
help_page("sight", _("What can this person see?"), "desk/help/sight", ("desk:sight-of", "desk:sight"), order=430)
help_page("preferences", _("Preferences"), "desk/help/preferences", ("desk:preferences",), order=500)
