from crm.mail.services.outbox import UnableToSendAgain, post, send_again
from crm.mail.services.sending import forget_old_content, send_due

__all__ = ["UnableToSendAgain", "forget_old_content", "post", "send_again", "send_due"]
