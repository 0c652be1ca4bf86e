from django.urls import path
from django.views.generic import RedirectView

from crm.access import sign_in_views, views

app_name = "access"
_to_confirm = RedirectView.as_view(pattern_name="access:confirm", query_string=True)
_to_own_steps = RedirectView.as_view(pattern_name="mfa_index")
# These come before the log-in library's own addresses: asking once more who one is goes one way, and nobody changes
# the address under which they are known here (managers do, and the provider of an office goes by it).
_ours = [
    path("reauthenticate/", sign_in_views.confirm, name="confirm"),
    path("2fa/reauthenticate/", _to_confirm, name="confirm_with_code"),
    path("2fa/webauthn/reauthenticate/", _to_confirm, name="confirm_with_passkey"),
    path("email/", _to_own_steps, name="no_addresses"),
    path("3rdparty/", _to_own_steps, name="no_other_accounts"),
]
urlpatterns = [
    *_ours,
    path("welcome/<uidb64>/<token>/", views.ChoosePassword.as_view(), name="choose_password"),
    path("set-up/", sign_in_views.set_up, name="set_up"),
    path("sessions/", sign_in_views.own_sessions, name="sessions"),
    path("sessions/end-others/", sign_in_views.end_other_sessions, name="end_other_sessions"),
    path("sessions/<int:pk>/end/", sign_in_views.end_session, name="end_session"),
    path("events/", sign_in_views.own_events, name="own_events"),
    path("events/all/", sign_in_views.all_events, name="all_events"),
    path("rules/", sign_in_views.rules, name="rules"),
    path("providers/add/", sign_in_views.provider, name="add_provider"),
    path("providers/<int:pk>/", sign_in_views.provider, name="provider"),
    path("providers/<int:pk>/delete/", sign_in_views.delete_provider, name="delete_provider"),
]
