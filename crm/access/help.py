"""Help for users, roles and signing in."""

from django.utils.translation import gettext_lazy as _

from crm.core.help_pages import help_page

help_page("users", _("Users"), "access/help/users", ("users:*",), order=410)
help_page(
    "roles",
    _("Roles and their rights"),
    "access/help/roles",
    ("users:roles", "users:role", "users:new-role", "users:change-role", "users:remove-role"),
    order=420,
)
help_page("signing-in", _("Signing in"), "access/help/signing-in", ("access:*", "account:*", "mfa:*"), order=510)
help_page(
    "api-tokens",
    _("API and its tokens"),
    "access/help/api-tokens",
    ("users:api-tokens", "users:make-api-token", "api:documentation"),
    order=465,
)
help_page(
    "sign-in-rules",
    _("How everybody signs in, and the log of it"),
    "access/help/sign-in-rules",
    ("access:rules", "access:add_provider", "access:provider", "access:delete_provider", "access:all_events"),
    order=470,
)
