"""Opens a change set around every request. Nothing is written unless the request writes."""

from crm.core.change_set import Door, change_set


class ChangeSetMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with change_set(actor=lambda: getattr(request, "user", None), door=door_of(request.path_info)):
            return self.get_response(request)


def door_of(path: str) -> str:
    for prefix, door in (("/admin/", Door.ADMIN), ("/api/", Door.API), ("/portal/", Door.PORTAL)):
        if path.startswith(prefix):
            return door
    return Door.SCREEN
