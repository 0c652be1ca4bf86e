"""Who sees the preferences of whom."""

from django.db.models import Q

from crm.access.rules import editable, visible
from crm.desk.models import Preferences


@visible(Preferences)
@editable(Preferences)
def ones_own(user, on) -> Q:
    return Q(user_id=user.pk)
