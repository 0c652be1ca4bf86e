"""Who sees and changes a saved view: its owner; colleagues see what is shared with their administration."""

from django.db.models import Q

from crm.access.queries import administration_ids
from crm.access.rights import Right
from crm.access.rules import editable, visible
from crm.desk.saved_views.models import OpeningView, SavedView


@visible(SavedView)
def sees_view(user, on) -> Q:
    return Q(owner_id=user.pk) | Q(shared_with__in=administration_ids(user))


@editable(SavedView)
def changes_view(user, on) -> Q:
    """One's own; and of what is shared, who manages the settings there, so that nothing stays behind ownerless."""
    return Q(owner_id=user.pk) | Q(shared_with__in=administration_ids(user, Right.SETTINGS_MANAGE))


@visible(OpeningView)
@editable(OpeningView)
def ones_own(user, on) -> Q:
    return Q(user_id=user.pk)
