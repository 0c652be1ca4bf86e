"""What the templates of relations need beyond the components."""

import re

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# a long address breaks before "@" and after a dot, a slash or a hyphen, and only then anywhere
_AFTER = re.compile(r"([./\-])(?=[^\s./\-])")
_TEXT = re.compile(r">([^<>]+)<")


@register.filter
def breakable(value: object) -> SafeString:
    """The same link or text, with places where a line may break in an e-mail address or website."""

    def broken(text: str) -> str:
        return _AFTER.sub(r"\1<wbr>", text.replace("@", "<wbr>@"))

    text = str(conditional_escape(value))
    # escaped above, or HTML of our own: only <wbr> is added
    return mark_safe(_TEXT.sub(lambda found: f">{broken(found[1])}<", text) if "<" in text else broken(text))  # noqa: S308
