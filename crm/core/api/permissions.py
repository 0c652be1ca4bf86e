"""What a token was made for. What a user may is asked per row and per column, by the view sets themselves."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated

from crm.core.api.problems import Problem


class WithinScope(IsAuthenticated):
    """Signed in; and by a token only what the token was made for. A browser's session has no scopes.

    `request.auth` of a token answers `allows(resource, act)`, with act "read" or "write".
    """

    def has_permission(self, request, view) -> bool:
        if not super().has_permission(request, view):
            return False
        act = "read" if request.method in SAFE_METHODS else "write"
        resource = getattr(view, "resource", "")
        if request.auth is not None and resource and not request.auth.allows(resource, act):
            wanted = {"scope": f"{resource}:{act}"}
            raise Problem("scope_missing", _("The token lacks the scope %(scope)s.") % wanted)
        return True
