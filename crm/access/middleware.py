"""Who may come in at all, how long a session lasts, what comes before everything else, and in whose language."""

import time

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation

from crm.access import second_factor, sessions
from crm.access.events import record
from crm.access.models import EventKind
from crm.access.sessions import BEGAN, SEEN
from crm.access.step_up import confirmed_recently

# a request within this many seconds of the last one noted writes nothing
NOTED_EVERY_SECONDS = 60


class SessionLimits:
    """Ends a session 12 hours after it began, after 30 minutes without a request, and when it was ended elsewhere.

    Costs nothing but the session that is read anyway; once a minute while somebody works it is noted where they are,
    and weighed anew whether they need a second step.
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
            elif now - began >= settings.SESSION_ABSOLUTE_SECONDS:
                self._end(request, "age")
            elif now - seen >= settings.SESSION_IDLE_SECONDS:
                self._end(request, "idle")
            elif now - seen >= NOTED_EVERY_SECONDS:
                session[SEEN] = now
                if sessions.note(request):
                    second_factor.weigh(request, int(session["_auth_user_id"]))
                else:
                    logout(request)
        return self.get_response(request)

    def _end(self, request, why: str) -> None:
        sessions.over(request)
        record(EventKind.SIGNED_OUT, user=int(request.session["_auth_user_id"]), request=request, detail=why)
        logout(request)


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


# what somebody reaches who has to set up a second step first
SETTING_UP = frozenset(
    {
        "access:set_up",
        "access:confirm",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
        "account_logout",
    }
)
# pages of the library that change how somebody comes in, or show what lets them in
OWN_STEPS = frozenset(
    {
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_add_webauthn",
        "mfa_edit_webauthn",
        "mfa_remove_webauthn",
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_generate_recovery_codes",
        "account_change_password",
        "account_set_password",
    }
)


class SecondFactorFirst:
    """Who needs a second step and has none sets one up before anything else; and one's own steps are changed only by
    who confirmed recently who they are."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view_func, view_args, view_kwargs):
        if "_auth_user_id" not in request.session or not request.user.is_authenticated:
            return None
        name = request.resolver_match.view_name
        if not self._enough(request) and name not in SETTING_UP and name not in settings.PUBLIC_ROUTES:
            if request.headers.get("HX-Request") == "true":
                return HttpResponse(headers={"HX-Redirect": reverse("access:set_up")})
            return redirect("access:set_up")
        if name in OWN_STEPS:
            return confirmed_recently(view_func)(request, *view_args, **view_kwargs)
        return None

    def _enough(self, request) -> bool:
        enough = request.session.get(second_factor.ENOUGH)
        return second_factor.weigh(request, request.user.pk) if enough is None else enough


class UserLanguage:
    """The language of who is signed in; before that the browser's (LocaleMiddleware)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "_auth_user_id" in request.session and request.user.is_authenticated:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)
