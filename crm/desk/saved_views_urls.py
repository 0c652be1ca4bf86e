"""Saved views of lists: part of the desk's addresses (`crm/desk/urls.py`)."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
