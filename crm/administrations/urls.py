from django.urls import path

from crm.administrations import views

app_name = "administrations"

urlpatterns = [
    path("administrations/", views.administration_list, name="list"),
    path("administrations/new/", views.add, name="add"),
    path("administrations/<int:pk>/", views.change, name="change"),
    path("administrations/<int:pk>/archive/", views.archive, name="archive"),
    path("mode/", views.mode, name="mode"),
    path("logs/", views.logs, name="logs"),
]
