"""The colleagues that the box on top finds, for who manages users."""

from datetime import date

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy

from crm.access.models import User
from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.core.searching import SearchHit, best, search_kind


def find_users(user, question: str, on: date, limit: int) -> list[SearchHit]:
    if not rights_of(user).has(Right.USERS_MANAGE):
        return []
    rows = []
    for row in User.objects.visible_to(user).filter(kind=User.Kind.STAFF):
        try:
            url = reverse("users:user", args=[row.pk])
        except NoReverseMatch:
            return []
        rows.append((SearchHit(str(row), url, row.email or row.username), (str(row), row.username, row.email)))
    return best(question, rows, limit)


search_kind("users", gettext_lazy("Users"), "key", find_users, order=220)
