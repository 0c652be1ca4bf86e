"""`{% load once %}{% once %}` inside a form that makes something: sent twice, it makes one thing."""

import uuid

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crm.core.once import FIELD, key_of

register = template.Library()


@register.simple_tag(takes_context=True)
def once(context: dict) -> SafeString:
    """The hidden field with a key; a form that comes back with errors keeps its key."""
    request = context.get("request")
    key = (key_of(request) if request is not None and request.method == "POST" else "") or uuid.uuid4().hex
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, key)
