from django.urls import path

from crm.core.confirming import confirmed
from crm.exchange import export_views, views

app_name = "exchange"

urlpatterns = [
    path("backups/", views.backups, name="backups"),
    path("backups/make/", confirmed(views.make_backup), name="make-backup"),
    path("exports/", export_views.exports, name="exports"),
    path("exports/layouts/<slug:key>/", export_views.layout, name="layout"),
]
