"""`/api/v1/`: two addresses for each resource that a slice registered, and the description of all of them."""

from django.urls import path, re_path

from crm.core.api.describing import Description, documentation, nothing_here
from crm.core.api.routes import resources

app_name = "api"

OF_ALL = {"get": ("list", None), "post": ("create", "add")}
OF_ONE = {
    "get": ("retrieve", None),
    "put": ("update", "change"),
    "patch": ("partial_update", "change"),
    "delete": ("destroy", "remove"),
}


def _acts(viewset: type, offered: dict) -> dict[str, str]:
    """Method → act, of those for which the slice has a service."""
    return {
        method: act for method, (act, service) in offered.items() if not service or getattr(viewset, service, None)
    }


urlpatterns = [
    path("schema/", Description.as_view(), name="schema"),
    path("", documentation, name="documentation"),
]
for one in resources():
    urlpatterns += [
        path(f"{one.key}/", one.viewset.as_view(_acts(one.viewset, OF_ALL)), name=f"{one.key}-list"),
        path(f"{one.key}/<str:pk>/", one.viewset.as_view(_acts(one.viewset, OF_ONE)), name=f"{one.key}-detail"),
    ]
urlpatterns.append(re_path(r"^.+$", nothing_here, name="nothing-here"))
