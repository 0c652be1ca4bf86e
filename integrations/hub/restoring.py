"""After a back-up was put back: no connection works by itself before somebody looked.

What waited then has been told since, or is told by another installation; the links are of an earlier moment.
"""

from django.utils.translation import gettext as _

from crm.core.after_restore import after_restore
from integrations.hub.models import Connection
from integrations.hub.services import pause


@after_restore
def pause_connections() -> str:
    running = list(Connection.objects.exclude(state=Connection.State.PAUSED))
    for connection in running:
        pause(connection)
    text = _("%(count)d connections paused: resume each when you know that nobody else works over it.")
    return text % {"count": len(running)} if running else ""
