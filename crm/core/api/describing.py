"""The description itself, and the page that shows it."""

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView

from crm.core.api.problems import answer
from crm.core.api.resources import ApiEndpoint


class Description(ApiEndpoint, SpectacularAPIView):
    """OpenAPI 3.1, in the language of the caller."""

    renderer_classes = (OpenApiJsonRenderer,)
    http_method_names = ("get", "head")
    schema = None


# the style sheet of Swagger UI has its arrows as data: of this page alone
@csp_update({"img-src": ["data:"]})
@require_safe
def documentation(request: HttpRequest) -> HttpResponse:
    return render(request, "core/api/documentation.html")


@csrf_exempt
@login_not_required
def nothing_here(request: HttpRequest) -> HttpResponse:
    """An address below the API that is not there answers as everything else there does; to anybody, the same."""
    return answer(request, "not_found")
