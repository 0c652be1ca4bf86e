"""Notes who opened a card, through which door. Costs the page nothing: see `services/looking.py`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from crm.audit.opening import opening_of
from crm.audit.services import note_look
from crm.core.middleware import door_of


class Looks:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        opening = opening_of(match.view_name) if match and request.method == "GET" else None
        # what was refused, or answered with another page, opened nothing
        if opening and response.status_code == 200 and request.user.is_authenticated:
            note_look(request.user, opening, match.kwargs[opening.argument], door=door_of(request.path_info))
        return response
