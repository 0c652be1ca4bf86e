"""Users and roles in the settings; signing in itself is in `urls.py`."""

from django.urls import path

from crm.access import role_views, user_views
from crm.access.api_tokens import views as token_views
from crm.access.step_up import confirmed_recently

app_name = "users"

urlpatterns = [
    path("users/", user_views.user_list, name="list"),
    path("users/invite/", confirmed_recently(user_views.invite), name="invite"),
    path("users/<int:pk>/", user_views.user_page, name="user"),
    path("users/<int:pk>/change/", confirmed_recently(user_views.change), name="change"),
    path("users/<int:pk>/roles/", confirmed_recently(user_views.give), name="give"),
    path("users/<int:pk>/roles/<int:grant_pk>/take/", confirmed_recently(user_views.take), name="take"),
    path("users/<int:pk>/<slug:what>/", confirmed_recently(user_views.act), name="act"),
    path("api-tokens/", token_views.token_list, name="api-tokens"),
    path("api-tokens/make/", confirmed_recently(token_views.make), name="make-api-token"),
    path("api-tokens/<int:pk>/revoke/", token_views.revoke, name="revoke-api-token"),
    path("roles/", role_views.role_list, name="roles"),
    path("roles/new/", confirmed_recently(role_views.make), name="new-role"),
    path("roles/<int:pk>/", role_views.role_page, name="role"),
    path("roles/<int:pk>/change/", confirmed_recently(role_views.change), name="change-role"),
    path("roles/<int:pk>/remove/", confirmed_recently(role_views.remove), name="remove-role"),
]
