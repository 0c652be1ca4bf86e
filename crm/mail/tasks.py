"""What runs by the clock."""

from datetime import time

from crm.core.schedules import daily, every

every(minutes=1)("crm.mail.services.send_due")
daily(at=time(3, 20))("crm.mail.services.forget_old_content")
