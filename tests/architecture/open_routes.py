"""One route that forgot to ask for log-in: what the guard of routes has to see."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import path


@login_not_required
def oops(request):
    return HttpResponse("everything")


urlpatterns = [path("oops/", oops, name="oops")]
