"""Pages for users, roles and what is granted."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from crm.access.forms import InviteForm, UserForm
from crm.access.models import Grant, Role, RoleRight, User
from crm.access.queries import administration_ids, manages_everywhere
from crm.access.rights import Right
from crm.access.second_factor import remove_second_steps
from crm.access.services import deactivate_user, invite_user, reactivate_user, reset_user
from crm.access.step_up import ConfirmedAdmin
from crm.administrations.models import Administration
from crm.core.admin import ScopedAdmin, ScopedInline


class GrantInline(ScopedInline):
    model = Grant
    fk_name = "user"
    change_right = Right.USERS_MANAGE
    short_lists = ("administration", "role")

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "administration":
            kwargs["queryset"] = Administration.objects.filter(
                pk__in=administration_ids(request.user, Right.USERS_MANAGE)
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(User)
class UserAdmin(ConfirmedAdmin, ScopedAdmin):
    form = UserForm
    change_right = Right.USERS_MANAGE
    list_display = ("username", "name", "email", "is_active", "last_login")
    list_filter = ("is_active", "grants__administration", "grants__role")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)
    readonly_fields = ("is_active", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email", "language", "shortcuts")}),
        (_("Access"), {"fields": ("is_active", "last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("first_name", "last_name", "email", "username", "language", "administration", "role")}),
    )
    inlines = (GrantInline,)
    actions = ("deactivate", "reactivate", "reset", "remove_steps")

    @admin.display(description=_("name"), ordering="last_name")
    def name(self, user):
        return user.get_full_name()

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is not None:
            return super().get_form(request, obj, change=change, **kwargs)
        form = super().get_form(request, obj, change=change, form=InviteForm, **kwargs)
        managed = Administration.objects.filter(pk__in=administration_ids(request.user, Right.USERS_MANAGE))
        form.base_fields["administration"].queryset = managed
        form.base_fields["role"].queryset = Role.objects.visible_to(request.user)
        return form

    def get_fieldsets(self, request, obj=None):
        return super().get_fieldsets(request, obj) if obj is not None else self.add_fieldsets

    def get_readonly_fields(self, request, obj=None):
        return super().get_readonly_fields(request, obj) if obj is not None else ()

    def get_inlines(self, request, obj):
        return self.inlines if obj is not None else ()

    def has_delete_permission(self, request, obj=None) -> bool:
        """What somebody did stays theirs: a user is deactivated, never deleted."""
        return False

    def save_model(self, request, obj, form, change):
        if change:
            obj.save()
            return
        grants = [(form.cleaned_data["administration"], form.cleaned_data["role"])]
        invite_user(obj, grants=grants, absolute=request.build_absolute_uri)
        messages.success(request, gettext("An invitation is on its way to %(email)s.") % {"email": obj.email})

    def _for_each(self, request, users, act) -> None:
        """Only on users that one may change; what a guard refuses is told per user."""
        allowed = set(User.objects.editable_by(request.user).filter(pk__in=users).values_list("pk", flat=True))
        done = 0
        for user in users:
            if user.pk not in allowed:
                messages.error(request, gettext("You may not change %(user)s.") % {"user": user})
                continue
            try:
                act(user)
                done += 1
            except ValidationError as refused:
                messages.error(request, f"{user}: {' '.join(refused.messages)}")
        if done:
            messages.success(
                request, ngettext("%(count)d user changed.", "%(count)d users changed.", done) % {"count": done}
            )

    @admin.action(description=_("Deactivate: end all sessions, let nobody in"), permissions=["change"])
    def deactivate(self, request, queryset):
        self._for_each(request, queryset, deactivate_user)

    @admin.action(description=_("Let in again and mail a link for a new password"), permissions=["change"])
    def reactivate(self, request, queryset):
        self._for_each(request, queryset, lambda user: reactivate_user(user, absolute=request.build_absolute_uri))

    @admin.action(description=_("Take the password away and mail a link for a new one"), permissions=["change"])
    def reset(self, request, queryset):
        self._for_each(request, queryset, lambda user: reset_user(user, absolute=request.build_absolute_uri))

    @admin.action(description=_("Take the second step away: they lost their phone or key"), permissions=["change"])
    def remove_steps(self, request, queryset):
        self._for_each(request, queryset, lambda user: remove_second_steps(user, request=request))


class RoleRightInline(ScopedInline):
    model = RoleRight
    change_right = Right.USERS_MANAGE

    def _may_write(self, request, obj) -> bool:
        return manages_everywhere(request.user)


@admin.register(Role)
class RoleAdmin(ConfirmedAdmin, ScopedAdmin):
    change_right = Right.USERS_MANAGE
    delete_right = Right.USERS_MANAGE
    list_display = ("name", "description")
    search_fields = ("name",)
    inlines = (RoleRightInline,)

    def has_add_permission(self, request, obj=None) -> bool:
        return manages_everywhere(request.user)


@admin.register(Grant)
class GrantAdmin(ConfirmedAdmin, ScopedAdmin):
    change_right = Right.USERS_MANAGE
    list_display = ("user", "administration", "role")
    list_filter = ("administration", "role")
    search_fields = ("user__username", "user__first_name", "user__last_name", "user__email")
    list_select_related = ("user", "administration", "role")

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "administration":
            kwargs["queryset"] = Administration.objects.filter(
                pk__in=administration_ids(request.user, Right.USERS_MANAGE)
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
