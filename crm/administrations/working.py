"""The administration somebody works in, kept for the session. It filters lists; it gives no rights."""

SESSION_KEY = "administration"


def working_administration_id(request) -> int | None:
    """The key that was chosen; None: all of one's administrations. Lists ask `visible_to` all the same."""
    return request.session.get(SESSION_KEY) or None
