"""Who may come in at all, how long a session lasts, and in whose language the page is."""

import time

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpResponse
from django.utils import translation

BEGAN, SEEN = "began", "seen"
# a request within this many seconds of the last one noted writes nothing
NOTED_EVERY_SECONDS = 60


class SessionLimits:
    """Ends a session 12 hours after it began and after 30 minutes without a request.

    Costs nothing but the session that is read anyway, and one write a minute while somebody works.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        session = request.session
        if "_auth_user_id" in session:
            now = int(time.time())
            began, seen = session.get(BEGAN), session.get(SEEN)
            if began is None or seen is None:
                session[BEGAN] = session[SEEN] = now
            elif now - began >= settings.SESSION_ABSOLUTE_SECONDS or now - seen >= settings.SESSION_IDLE_SECONDS:
                logout(request)
            elif now - seen >= NOTED_EVERY_SECONDS:
                session[SEEN] = now
        return self.get_response(request)


class SignedIn(LoginRequiredMiddleware):
    """Every page is behind log-in, except what says otherwise itself and the routes in `PUBLIC_ROUTES`."""

    def process_view(self, request, view_func, view_args, view_kwargs):
        match = request.resolver_match
        if match and match.view_name in settings.PUBLIC_ROUTES:
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(self, request, view_func):
        """A part of a page that htmx asks for is not replaced by the log-in page: the page stays, with what was typed,
        and its script offers to sign in beside it."""
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=401)
        return super().handle_no_permission(request, view_func)


class UserLanguage:
    """The language of who is signed in; before that the browser's (LocaleMiddleware)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "_auth_user_id" in request.session and request.user.is_authenticated:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)
