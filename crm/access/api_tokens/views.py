"""Settings: the tokens of the API, one's own and those of whom one manages."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.access.api_tokens.forms import TokenForm
from crm.access.api_tokens.models import READ, ApiToken
from crm.access.api_tokens.services import make_token, revoke_token
from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.core.api.routes import resources
from crm.core.as_of import refuse_another_day
from crm.core.forms import add_refusal

REFUSED = 422


def _connects(request: HttpRequest) -> None:
    if not rights_of(request.user).has(Right.CONNECTIONS_MANAGE):
        raise Http404


@never_cache
@require_safe
def token_list(request: HttpRequest) -> HttpResponse:
    _connects(request)
    return _list(request)


def _list(request: HttpRequest, made: ApiToken | None = None, secret: str = "") -> HttpResponse:
    """`secret` is shown in this one answer, and is nowhere else."""
    tokens = (
        ApiToken.objects.visible_to(request.user)
        .select_related("user", "last_use")
        .prefetch_related("reaches__administration")
    )
    mine = set(ApiToken.objects.editable_by(request.user).values_list("pk", flat=True))
    labels = {one.key: str(one.label) for one in resources()}
    rows = [
        {
            "token": token,
            "may": _told(token.scopes, labels),
            "where": ", ".join(one.administration.name for one in token.reaches.all()),
            "over": token.is_over(request.today),
            "use": getattr(token, "last_use", None),
            "revocable": token.pk in mine and not token.is_over(request.today),
        }
        for token in tokens
    ]
    context = {"rows": rows, "made": made, "secret": secret}
    return render(request, "access/settings/api_tokens.html", context)


def _told(scopes: list[str], labels: dict[str, str]) -> list[tuple[str, list[str]]]:
    """[(what it may, names of resources)]."""
    found: dict[str, list[str]] = {}
    for scope in scopes:
        resource, _colon, act = scope.partition(":")
        word = _("read") if act == READ else _("read and change")
        found.setdefault(word, []).append(labels.get(resource, resource))
    return sorted(found.items())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def make(request: HttpRequest) -> HttpResponse:
    refuse_another_day(request)
    _connects(request)
    form = TokenForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            token, secret = make_token(request.user, **form.values(), on=request.today)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            return _list(request, token, secret)
    return render(
        request, "access/settings/make_api_token.html", {"form": form}, status=REFUSED if form.errors else 200
    )


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken.objects.editable_by(request.user), pk=pk)
    revoke_token(token)
    messages.success(request, _("%(name)s works no longer.") % {"name": token.name})
    return redirect("users:api-tokens")
