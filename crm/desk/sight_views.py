"""What can this person see? For who manages users: per administration of theirs, and why for one relation."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crm.access.people import managed_users, state_of
from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.desk import sight as sights


def _users(request: HttpRequest):
    if not rights_of(request.user).has(Right.USERS_MANAGE):
        raise Http404
    return managed_users(request.user).order_by("last_name", "first_name", "pk")


@never_cache
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Whose eyes to look through: `?user=` leads on."""
    users = _users(request)
    asked = request.GET.get("user", "")
    if asked.isdecimal() and len(asked) < 19 and users.filter(pk=int(asked)).exists():
        return redirect("desk:sight", int(asked))
    return render(request, "desk/settings/sight.html", {"people": list(users[:500])})


@never_cache
@require_safe
def sight(request: HttpRequest, pk: int) -> HttpResponse:
    """`?number=` asks about one relation; one that the asker may not see answers as one that never was."""
    users = _users(request)
    person = get_object_or_404(users, pk=pk)
    number = request.GET.get("number", "").strip()[:20]
    context = {
        "people": list(users[:500]),
        "person": person,
        "state": state_of(person),
        "seen": [
            sights.seen_in(administration, person, request.user, on=request.today)
            for administration in sights.shared(person, request.user)
        ],
        "number": number,
        "why": sights.why(number, person, request.user, on=request.today) if number else None,
    }
    return render(request, "desk/settings/sight.html", context)
