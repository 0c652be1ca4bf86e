"""Users in the admin; and what is asked at the door: a second step, and who one is before something dangerous."""

from allauth.account.adapter import get_adapter
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import get_adapter as get_factor_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm, ReauthenticateWebAuthnForm
from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.events import record
from crm.access.models import EventKind, Role, SignInProvider, SignInRules, User
from crm.access.provider_addresses import check_address
from crm.administrations.models import Administration
from crm.core.admin import ScopedModelForm


class UserForm(ScopedModelForm):
    """A name or address of somebody whom one does not see is refused without saying that there is such a user."""

    def _post_clean(self):
        super()._post_clean()
        said = {
            "username": _("This user name cannot be used. Choose another one."),
            "email": _("This e-mail address cannot be used. Ask whoever manages all users."),
        }
        for name, refusal in said.items():
            if self._is_of_somebody_hidden(name):
                for place in (name, forms.forms.NON_FIELD_ERRORS):
                    self._errors.pop(place, None)
                self.add_error(name if name in self.fields else None, refusal)

    def _is_of_somebody_hidden(self, name: str) -> bool:
        value = getattr(self.instance, name)
        if not value:
            return False
        same = User.objects.filter(**{f"{name}__iexact": value}).exclude(pk=self.instance.pk)
        return same.exists() and not same.visible_to(self.request.user).exists()


class InviteForm(UserForm):
    """The page limits `administration` and `role` to what the inviting user may give out."""

    administration = forms.ModelChoiceField(Administration.objects.none(), label=gettext_lazy("Administration"))
    role = forms.ModelChoiceField(Role.objects.none(), label=gettext_lazy("Role"))

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email", "username", "language")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True
        self.fields["username"].required = False
        self.fields["username"].help_text = gettext_lazy("Empty: the e-mail address.")

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("username") and cleaned.get("email"):
            cleaned["username"] = cleaned["email"].lower()
        return cleaned


# ------------------------------------------------------------------------------------------------ second step

# a code of an authenticator app is right for its own half minute and the one before and after (MFA_TOTP_TOLERANCE)
CODE_LIVES_SECONDS = 120


class CodeOnce:
    """A code works once. The library remembers it for one step of 30 s, shorter than it lets the code live."""

    def clean_code(self) -> str:
        code = super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP:
            digits = "".join(character for character in code if character.isdigit())
            if not cache.add(f"access-code-used-{self.user.pk}-{digits}", 1, CODE_LIVES_SECONDS):
                raise get_factor_adapter().validation_error("incorrect_code")
        return code


class SecondStepForm(CodeOnce, AuthenticateForm):
    """At signing in."""


class ConfirmCodeForm(CodeOnce, ReauthenticateForm):
    """Before something dangerous."""


class PasskeyForm(AddWebAuthnForm):
    """A new passkey: with the lock of the device, so that it stands for password and second step together."""

    passwordless = forms.BooleanField(
        label=gettext_lazy("Also sign in with it without a password"),
        required=False,
        initial=True,
        help_text=gettext_lazy(
            "The device then asks for your finger, face or PIN. Leave it off for an old security key."
        ),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].label = gettext_lazy("Name")
        self.fields["name"].help_text = gettext_lazy("To tell them apart later, such as “laptop at the office”.")


class ConfirmForm(forms.Form):
    """Who are you? The password, a code or a passkey, as far as the user has them; one of the three is enough.

    `way` afterwards: "password", "totp", "recovery_codes" or "webauthn". Tries are limited as at the door, but counted
    apart: who guesses passwords at the door does not keep somebody from going on who is in already.
    """

    prefix = "confirm"
    use_required_attribute = False
    password = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    code = forms.CharField(
        label=gettext_lazy("Code from your authenticator app, or a recovery code"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    credential = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, request):
        super().__init__(data)
        self.request, self.user, self.way = request, request.user, ""
        kinds = set(Authenticator.objects.filter(user=self.user).values_list("type", flat=True))
        if not self.user.has_usable_password():
            del self.fields["password"]
        if not kinds - {Authenticator.Type.WEBAUTHN}:
            del self.fields["code"]
        if Authenticator.Type.WEBAUTHN not in kinds:
            del self.fields["credential"]

    @classmethod
    def names(cls) -> set[str]:
        return {f"{cls.prefix}-{name}" for name in cls.base_fields}

    @classmethod
    def is_in(cls, posted) -> bool:
        """Whether somebody answered, rather than posted the form behind the question."""
        return bool(cls.names() & set(posted))

    @property
    def has_own_way(self) -> bool:
        """Somebody who comes in through the provider of the office alone has none, and signs in there again."""
        return bool(self.fields)

    def clean(self):
        cleaned = super().clean()
        answered = next((name for name in ("credential", "code", "password") if cleaned.get(name)), None)
        try:
            if answered is None:
                raise ValidationError(_("Fill in your password, or one of the other ways."))
            self.way = getattr(self, f"_by_{answered}")(cleaned[answered])
        except ValidationError:
            if answered is not None:
                record(EventKind.CONFIRM_REFUSED, user=self.user, request=self.request, detail=answered)
            raise
        return cleaned

    def _by_password(self, password: str) -> str:
        usage = ratelimit.consume(
            self.request, app="allauth.account", action="login_failed", key=f"confirm {self.user.pk}"
        )
        if not usage:
            raise get_adapter().validation_error("too_many_login_attempts")
        if not self.user.check_password(password):
            raise ValidationError(_("This is not your password."), code="incorrect_password")
        usage.rollback()
        return "password"

    def _by_code(self, code: str) -> str:
        return self._by_step(ConfirmCodeForm(user=self.user, data={"code": code}), "code")

    def _by_credential(self, credential: str) -> str:
        return self._by_step(ReauthenticateWebAuthnForm(user=self.user, data={"credential": credential}), "credential")

    def _by_step(self, form: forms.Form, name: str) -> str:
        if not form.is_valid():
            raise ValidationError(form.errors.as_data()[name])
        step = form.authenticator if name == "code" else form.cleaned_data["credential"]
        step.record_usage()
        return step.type


# ------------------------------------------------------------------------------------------------------ rules


class SignInRulesForm(forms.ModelForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = SignInRules
        fields = ("second_factor",)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version


class SignInProviderForm(forms.ModelForm):
    """The secret is written and never shown; left empty it stays."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    issuer = forms.URLField(
        label=gettext_lazy("Address of the provider"),
        max_length=300,
        assume_scheme="https",
        help_text=gettext_lazy(
            "The issuer, such as https://login.microsoftonline.com/…/v2.0 or https://accounts.google.com."
        ),
    )
    secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        required=False,
        strip=True,
        max_length=300,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    class Meta:
        model = SignInProvider
        fields = (
            "name",
            "key",
            "issuer",
            "client_id",
            "secret",
            "vouches_for_addresses",
            "second_factor_there",
            "active",
        )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version
        if self.instance.sealed_secret:
            self.fields["secret"].help_text = gettext_lazy("Set. Leave it empty to keep it.")

    def clean_key(self) -> str:
        return self.cleaned_data["key"].lower()

    def clean_issuer(self) -> str:
        return check_address(self.cleaned_data["issuer"].rstrip("/"))
