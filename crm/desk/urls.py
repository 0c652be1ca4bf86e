from django.urls import include, path

from crm.desk import views

app_name = "desk"

urlpatterns = [
    path("", views.today, name="today"),
    path("", include("crm.desk.search_urls")),
    path("", include("crm.desk.saved_views_urls")),
    path("help/", views.help_page, name="help"),
    path("administration/<int:pk>/", views.choose_administration, name="administration"),
    path("attention/<int:pk>/handle/", views.handle_item, name="handle"),
    path("attention/<int:pk>/postpone/", views.postpone_item, name="postpone"),
]
