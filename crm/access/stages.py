"""The steps of the door after the password."""

from allauth.mfa.stages import AuthenticateStage

from crm.access.second_factor import asked_there


class SecondStep(AuthenticateStage):
    """Asks for the second step, unless the provider of the office asked for one already."""

    def handle(self):
        if self.login.user is not None and asked_there(self.request, self.login.user):
            return None, True
        return super().handle()
