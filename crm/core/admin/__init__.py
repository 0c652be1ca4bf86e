"""The base of every page of the admin: what one sees, changes, sorts and finds goes by the rules of `access`.

Django's own permissions are not asked. A record that is not visible is not there: 404, as for one that never was.
"""

from crm.core.admin.forms import ScopedModelForm
from crm.core.admin.inlines import ScopedInline, ScopedStackedInline
from crm.core.admin.pages import ScopedAdmin

__all__ = ["ScopedAdmin", "ScopedInline", "ScopedModelForm", "ScopedStackedInline"]
