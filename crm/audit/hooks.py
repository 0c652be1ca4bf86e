"""Who sees the log of opened cards."""

from django.apps import apps
from django.db.models import Q

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.access.rules import NOBODY, visible
from crm.audit.models import Look
from crm.audit.opening import opened_models


@visible(Look)
def sees_look(user, on) -> Q:
    """One's own; those of others for who manages users. Always of records that one may see.

    A look tells about two people: whom it is of, and who was curious. So the second is for who answers for users.
    """
    mine = Q() if rights_of(user).has(Right.USERS_MANAGE) else Q(user_id=user.pk)
    at_what = NOBODY
    for label in opened_models():
        model = apps.get_model(label)
        at_what |= Q(model=label, record__in=model._default_manager.visible_to(user, on).values("pk"))
    return mine & at_what
