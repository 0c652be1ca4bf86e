"""Changes of administrations, the mode, and how long logs are kept."""

from collections.abc import Mapping
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.administrations.models import Administration, Installation, LogRetention, Mode
from crm.administrations.modes import told_of
from crm.administrations.retention import MOST_DAYS, logs
from crm.core.change_set import change_set


class UnableToChangeMode(ValidationError):
    """What is there does not fit the mode; the messages say what."""


@transaction.atomic
def keep_administration(
    administration: Administration, *, version: int | None = None, name: str, legal_name: str, email: str
) -> Administration:
    """Make or change one. Raises ChangedMeanwhile for another version, ValidationError for its values."""
    with change_set(action="administrations.keep"):
        if administration.pk:
            administration = Administration.objects.lock(administration, version)
        administration.name, administration.legal_name, administration.email = name, legal_name, email
        administration.full_clean()
        administration.save()
    return administration


@transaction.atomic
def archive_administration(administration: Administration, *, on: date | None) -> Administration:
    """Archive from this day on, or take it out of the archive (None). Nothing of it is deleted.

    Raises ValidationError for the umbrella of the mode multiple.
    """
    with change_set(action="administrations.archive"):
        administration = Administration.objects.lock(administration)
        installation = Installation.current()
        if on and installation.mode == Mode.MULTIPLE and installation.umbrella_id == administration.pk:
            raise ValidationError(_("This is the umbrella administration: every relation is made in it."))
        administration.archived_on = on
        administration.save()
    return administration


@transaction.atomic
def change_mode(*, mode: str, umbrella: Administration | None) -> Installation:
    """Raises UnableToChangeMode with every reason why it cannot, ValidationError without an umbrella."""
    with change_set(action="administrations.mode"):
        installation = Installation.objects.select_for_update().filter(pk=1).first() or Installation(pk=1)
        refusals = [told.text for told in told_of(mode, umbrella) if told.refused]
        if refusals:
            raise UnableToChangeMode(refusals)
        installation.mode = mode
        installation.umbrella = umbrella if mode == Mode.MULTIPLE else None
        installation.full_clean()
        installation.save()
    return installation


@transaction.atomic
def keep_logs(days: Mapping[str, int]) -> None:
    """Keep each log for so many days. Raises ValidationError per log that would be kept too short or too long."""
    wrong = {}
    for log in logs():
        if log.key in days and not log.least_days <= days[log.key] <= MOST_DAYS:
            wrong[log.key] = _("Between %(least)d and %(most)d days.") % {"least": log.least_days, "most": MOST_DAYS}
    if wrong:
        raise ValidationError(wrong)
    with change_set(action="administrations.retention"):
        stored = {row.key: row for row in LogRetention.objects.select_for_update()}
        for log in logs():
            if log.key not in days:
                continue
            row = stored.get(log.key) or LogRetention(key=log.key)
            if row.pk is None and days[log.key] == log.default_days:
                continue
            row.days = days[log.key]
            row.save()
