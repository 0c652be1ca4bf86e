"""Who sees the preferences of whom, and what a change of mode does to the relations that are there."""

from collections.abc import Iterator

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.access.rules import editable, visible
from crm.administrations.models import Administration, Mode
from crm.administrations.modes import Told, tells_of_mode
from crm.desk.models import Preferences
from crm.desk.saved_views import hooks as view_hooks  # noqa: F401  registers who sees views
from crm.desk.saved_views import panels as view_panels  # noqa: F401  puts them above the list
from crm.relations.models import Relation, RelationUse


@visible(Preferences)
@editable(Preferences)
def ones_own(user, on) -> Q:
    return Q(user_id=user.pk)


@tells_of_mode
def relations_in_the_mode(mode: str, umbrella: Administration | None) -> Iterator[Told]:
    """To single is refused while anything is shared; to multiple leaves what is there where it is."""
    if mode == Mode.SINGLE:
        yield Told(_("A relation belongs to one administration from then on. Nothing can be put to use elsewhere."))
        if used := RelationUse.objects.values("relation_id").distinct().count():
            refusal = ngettext(
                "%(count)d relation is put to use in another administration. Stop that use first, on its card.",
                "%(count)d relations are put to use in another administration. Stop those uses first, on their cards.",
                used,
            )
            yield Told(refusal % {"count": used}, refused=True)
        return
    yield Told(
        _("Every new relation is made in %(umbrella)s, and put to use in the administrations that work with it.")
        % {"umbrella": umbrella}
    )
    yield Told(_("The shared name and addresses are changed in the umbrella, or by who has the right to shared data."))
    elsewhere = Relation.objects.exclude(administration=umbrella).count()
    if elsewhere:
        stays = ngettext(
            "%(count)d relation lives in another administration. It stays there, and is not put to use.",
            "%(count)d relations live in another administration. They stay there, and are not put to use.",
            elsewhere,
        )
        yield Told(stays % {"count": elsewhere})
