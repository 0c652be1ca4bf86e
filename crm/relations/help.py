"""Help for the screens of relations."""

from django.utils.translation import gettext_lazy as _

from crm.core.help_pages import help_page

help_page("relations", _("The list of relations"), "relations/help/list", ("relations:list", "relations:*"), order=100)
help_page(
    "card",
    _("The card of a relation"),
    "relations/help/card",
    ("relations:card", "relations:tab", "relations:timeline", "relations:put-to-use", "relations:stop-use"),
    order=110,
)
help_page("new", _("Adding somebody"), "relations/help/new", ("relations:new",), order=120)
help_page(
    "change",
    _("Changing a fact"),
    "relations/help/change",
    ("relations:edit", "relations:fact", "relations:iban"),
    order=130,
)
help_page(
    "dated",
    _("What begins and ends on a day"),
    "relations/help/dated",
    (
        "relations:add-part",
        "relations:change-part",
        "relations:end-part",
        "relations:remove-part",
        "relations:check-address",
        "relations:move-household",
        "relations:main-contact",
    ),
    order=140,
)
help_page(
    "ending",
    _("Ending, deceased, deleting"),
    "relations/help/ending",
    ("relations:end", "relations:reopen", "relations:deceased", "relations:delete"),
    order=150,
)
help_page("photo", _("A photo"), "relations/help/photo", ("relations:photo", "relations:change-photo"), order=160)
help_page("past", _("The card as it was"), "relations/help/past", ("relations:as-it-was",), order=170)
help_page("types", _("Relationship types"), "relations/help/types", ("relationship-types:*",), order=460)
