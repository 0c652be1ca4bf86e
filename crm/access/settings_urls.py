"""Users and roles in the settings; signing in itself is in `urls.py`."""

from django.urls import path

from crm.access import role_views, user_views

app_name = "users"

urlpatterns = [
    path("users/", user_views.user_list, name="list"),
    path("users/invite/", user_views.invite, name="invite"),
    path("users/<int:pk>/", user_views.user_page, name="user"),
    path("users/<int:pk>/change/", user_views.change, name="change"),
    path("users/<int:pk>/roles/", user_views.give, name="give"),
    path("users/<int:pk>/roles/<int:grant_pk>/take/", user_views.take, name="take"),
    path("users/<int:pk>/<slug:what>/", user_views.act, name="act"),
    path("roles/", role_views.role_list, name="roles"),
    path("roles/new/", role_views.make, name="new-role"),
    path("roles/<int:pk>/", role_views.role_page, name="role"),
    path("roles/<int:pk>/change/", role_views.change, name="change-role"),
    path("roles/<int:pk>/remove/", role_views.remove, name="remove-role"),
]
