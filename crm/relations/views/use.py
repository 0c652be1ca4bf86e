"""In the mode multiple: where the umbrella's relation is used too."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.relations import services
from crm.relations.card_queries import uses_of
from crm.relations.models import RelationUse
from crm.relations.views.base import say_saved, visible_part, visible_relation


@require_POST
def put_to_use(request: HttpRequest, number: int) -> HttpResponse:
    relation = visible_relation(request, number)
    uses = uses_of(request.user, relation)
    chosen = request.POST.get("administration", "")
    administration = next((home for home in uses.offered if str(home.pk) == chosen), None) if uses else None
    if administration is None:
        raise Http404
    services.put_to_use(relation, administration=administration)
    say_saved(request, _("In use at %(administration)s.") % {"administration": administration})
    return redirect(relation)


@require_POST
def stop_use(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    relation = visible_relation(request, number)
    use = visible_part(request, RelationUse.objects.filter(relation=relation).select_related("administration"), pk)
    try:
        services.stop_use(use)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        say_saved(request, _("No longer in use at %(administration)s.") % {"administration": use.administration})
    # whoever saw it only through that use sees it no longer
    still_there = type(relation).objects.visible_to(request.user).filter(pk=relation.pk)
    return redirect(relation if still_there.exists() else "relations:list")
