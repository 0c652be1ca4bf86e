from django.urls import path

from crm.core.confirming import confirmed
from crm.exchange import views

app_name = "exchange"

urlpatterns = [
    path("backups/", views.backups, name="backups"),
    path("backups/make/", confirmed(views.make_backup), name="make-backup"),
]
