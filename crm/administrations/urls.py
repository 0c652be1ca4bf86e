from django.urls import path

from crm.administrations import views
from crm.core.confirming import confirmed

app_name = "administrations"

urlpatterns = [
    path("administrations/", views.administration_list, name="list"),
    path("administrations/new/", confirmed(views.add), name="add"),
    path("administrations/<int:pk>/", views.change, name="change"),
    path("administrations/<int:pk>/archive/", confirmed(views.archive), name="archive"),
    path("mode/", confirmed(views.mode), name="mode"),
    path("logs/", confirmed(views.logs), name="logs"),
]
