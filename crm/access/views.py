"""Choosing a password with the link of an invitation or a reset, and the language of the pages."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpResponseBadRequest, HttpResponseRedirect
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as set_language_cookie

from crm.access.events import record
from crm.access.models import EventKind
from crm.access.services import choose_language, choose_password
from crm.access.tokens import invitation_tokens


@method_decorator(login_not_required, name="dispatch")
class ChoosePassword(PasswordResetConfirmView):
    """GET shows a form and changes nothing (mail scanners open links); the token leaves the address at once."""

    template_name = "access/choose_password.html"
    token_generator = invitation_tokens
    reset_url_token = "choose"
    success_url = reverse_lazy("account_login")

    def form_valid(self, form):
        choose_password(self.user, form.cleaned_data["new_password1"])
        record(EventKind.PASSWORD_CHANGED, user=self.user, request=self.request, detail="link")
        del self.request.session["_password_reset_token"]
        messages.success(self.request, _("Your password has been set. You can sign in with it now."))
        return HttpResponseRedirect(self.success_url)


@require_POST
def set_language(request):
    """Keeps the language with who is signed in, and in a cookie for the pages before that; goes back to `next`.

    A language that we do not have is a bad request.
    """
    language = request.POST.get("language")
    if language in dict(settings.LANGUAGES):
        if request.user.is_authenticated:
            choose_language(request.user, language)
        return set_language_cookie(request)
    return HttpResponseBadRequest()
