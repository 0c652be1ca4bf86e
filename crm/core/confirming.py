"""The port through which slices below `access` ask somebody to confirm who they are before something dangerous."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]
_provider: list[Callable[[View], View]] = []


def provide(confirmed_recently: Callable[[View], View]) -> None:
    """Say who asks; called once, when the slices are loaded."""
    _provider[:] = [confirmed_recently]


def confirmed(view: View) -> View:
    """As `crm.access.step_up.confirmed_recently`. Raises IndexError when no slice asks, which lets nobody in."""

    @wraps(view)
    def asked(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        return _provider[0](view)(request, *args, **kwargs)

    return asked
