"""Saved views of lists: part of the desk's addresses (`crm/desk/urls.py`)."""

from django.urls import URLPattern, path

from crm.desk.saved_views import views

urlpatterns: list[URLPattern] = [
    path("views/save/", views.save, name="save-view"),
    path("views/<int:pk>/", views.change, name="change-view"),
    path("views/<int:pk>/overwrite/", views.overwrite, name="overwrite-view"),
    path("views/<int:pk>/delete/", views.delete, name="delete-view"),
]
