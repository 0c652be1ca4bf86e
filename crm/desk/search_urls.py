"""Searching everything: part of the desk's addresses (`crm/desk/urls.py`)."""

from django.urls import path

from crm.desk import search_views

urlpatterns = [
    path("search/", search_views.search, name="search"),
    path("search/suggest/", search_views.suggest, name="search-suggest"),
    path("search/keys/", search_views.keys, name="search-keys"),
]
