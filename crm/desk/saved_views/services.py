"""Keeping, changing and dropping a view, and choosing the one that a list begins with."""

from django.db import transaction

from crm.access.models import User
from crm.administrations.models import Administration
from crm.core.change_set import change_set
from crm.desk.saved_views.models import OpeningView, SavedView


@transaction.atomic
def save_view(
    user: User, *, page: str, name: str, query: str, shared_with: Administration | None = None, opening: bool = False
) -> SavedView:
    """Keep what a list asks under a name. Raises ValidationError, as for a name this user has already."""
    with change_set(action="view.save"):
        view = SavedView(owner=user, page=page, name=name, query=query, shared_with=shared_with)
        view.full_clean()
        view.save()
        if opening:
            begin_with(user, page=page, view=view)
    return view


@transaction.atomic
def change_view(
    view: SavedView, *, version: int, name: str, shared_with: Administration | None, user: User, opening: bool
) -> SavedView:
    """Another name, other colleagues, or the one `user` begins with. Raises ChangedMeanwhile, ValidationError."""
    with change_set(action="view.change"):
        view = SavedView.objects.lock(view, version)
        view.name, view.shared_with = name, shared_with
        view.full_clean()
        view.save()
        _open_or_not(user, view, opening)
    return view


@transaction.atomic
def overwrite_view(view: SavedView, *, version: int, query: str) -> SavedView:
    """Let a view ask what its list asks now. Raises ChangedMeanwhile."""
    with change_set(action="view.overwrite"):
        view = SavedView.objects.lock(view, version)
        view.query = query
        view.save()
    return view


@transaction.atomic
def delete_view(view: SavedView, *, version: int) -> None:
    """For everybody it was shared with, too; who began with it begins with everything. Raises ChangedMeanwhile."""
    with change_set(action="view.delete"):
        SavedView.objects.lock(view, version).delete()


@transaction.atomic
def choose_opening(user: User, view: SavedView, *, opening: bool) -> None:
    """Begin with a view, also a colleague's that is shared; or no longer."""
    with change_set(action="view.open"):
        _open_or_not(user, view, opening)


def _open_or_not(user: User, view: SavedView, opening: bool) -> None:
    if opening:
        begin_with(user, page=view.page, view=view)
    else:
        for row in OpeningView.objects.filter(user=user, view=view):
            row.delete()


def begin_with(user: User, *, page: str, view: SavedView) -> None:
    row = OpeningView.objects.filter(user=user, page=page).first() or OpeningView(user=user, page=page)
    row.view = view
    row.save()
