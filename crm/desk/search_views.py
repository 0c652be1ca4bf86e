"""The search box on top."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from crm.desk import working
from crm.relations.models import Relation


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """A number goes to its card, anything else to the list."""
    question = request.GET.get("q", "").strip()[:200]
    if question.isdecimal() and len(question) < 15:
        relation = Relation.objects.visible_to(request.user).filter(number=int(question)).first()
        if relation is not None:
            return redirect(relation)
    asked = {"q": question} if question else {}
    if (administration := working.chosen(request)) is not None:
        asked["administration"] = administration.pk
    return HttpResponseRedirect(f"{reverse('relations:list')}{'?' + urlencode(asked) if asked else ''}")
