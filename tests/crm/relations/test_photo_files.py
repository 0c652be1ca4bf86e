from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from crm.relations.models import Relation
from crm.relations.photo_files import remove_unneeded
from tests.factories.relations import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return Relation._meta.get_field("photo").storage


def test_photo_that_nothing_names_is_removed_and_what_history_names_stays(storage):
    person = PersonFactory()
    for name in ("first.png", "second.png"):
        person.photo = ContentFile(b"picture", name=name)
        person.save()
    left = storage.save("photos/left.png", ContentFile(b"of an upload that was rolled back"))
    tomorrow = timezone.now() + timedelta(days=2)

    too_young, removed, again = remove_unneeded(), remove_unneeded(now=tomorrow), remove_unneeded(now=tomorrow)

    assert (too_young, removed, again) == (0, 1, 0)
    assert not storage.exists(left)
    assert sorted(storage.listdir("photos")[1]) == ["first.png", "second.png"]


def test_photo_goes_when_history_forgets_it(storage):
    person = PersonFactory()
    for photo in (ContentFile(b"picture", name="first.png"), ""):
        person.photo = photo
        person.save()
    Relation.history.filter(photo__endswith="first.png").delete()

    assert remove_unneeded(now=timezone.now() + timedelta(days=2)) == 1


def test_photos_that_were_never_there_are_no_error(storage):
    assert remove_unneeded() == 0
