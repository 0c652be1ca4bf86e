"""What left, what waits, and what a person has to decide about."""

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.core.admin import ScopedAdmin
from crm.mail.models import TO_LOOK_AT, Message
from crm.mail.services import UnableToSendAgain, send_again


@admin.register(Message)
class MessageAdmin(ScopedAdmin):
    """Read only; the text itself is not shown: it may hold a link that lets somebody in."""

    list_display = ("subject", "recipient", "state", "tries", "created_at", "sent_at")
    list_filter = ("state", "kind")
    search_fields = ("recipient", "subject", "message_id")
    date_hierarchy = None
    actions = ("send_once_more",)

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def has_send_permission(self, request) -> bool:
        return Message.objects.editable_by(request.user).filter(state__in=TO_LOOK_AT).exists()

    @admin.action(description=_("Send again: only if it did not arrive"), permissions=["send"])
    def send_once_more(self, request, queryset):
        allowed = Message.objects.editable_by(request.user).filter(pk__in=queryset.values("pk"))
        try:
            count = send_again(list(allowed), now=timezone.now())
        except UnableToSendAgain as refused:
            messages.error(request, str(refused))
            return
        text = ngettext("%(count)d message is offered again.", "%(count)d messages are offered again.", count)
        messages.success(request, text % {"count": count})
