from django.contrib.auth.decorators import login_required
from django.urls import path

from crm.access.step_up import confirmed_recently
from integrations.hub.views import acting, catalogue, monitor, setting_up

app_name = "hub"
_routes = [
    ("", monitor.index, "index"),
    ("signed-in/", setting_up.signed_in, "signed-in"),
    ("catalogue/", catalogue.catalogue, "catalogue"),
    ("add/<slug:channel>/<slug:connector>/", confirmed_recently(catalogue.add), "add"),
    ("deliveries/<int:pk>/", monitor.delivery, "delivery"),
    ("deliveries/<int:pk>/retry/", acting.retry_one, "retry"),
    ("<int:pk>/", monitor.monitor, "monitor"),
    ("<int:pk>/reports/", monitor.reports, "reports"),
    ("<int:pk>/reports/<int:run_pk>/", monitor.report, "report"),
    ("<int:pk>/dry-run/", setting_up.dry_run, "dry-run"),
    ("<int:pk>/settings/", confirmed_recently(setting_up.settings), "settings"),
    ("<int:pk>/sign-in/", confirmed_recently(setting_up.sign_in), "sign-in"),
    ("<int:pk>/test/", acting.test, "test"),
    ("<int:pk>/pause/", acting.pause, "pause"),
    ("<int:pk>/resume/", acting.resume, "resume"),
    ("<int:pk>/retry/", acting.retry_all, "retry-all"),
    ("<int:pk>/replay/", acting.replay, "replay"),
    ("<int:pk>/read/", acting.read_now, "read"),
    ("<int:pk>/take-part/", acting.take_part, "take-part"),
]
urlpatterns = [path(route, login_required(view), name=name) for route, view, name in _routes]
