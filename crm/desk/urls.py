from django.urls import include, path

from crm.desk import help_views, settings_views, sight_views, views

app_name = "desk"

urlpatterns = [
    path("", views.today, name="today"),
    path("start/", views.start, name="start"),
    path("arrange/", views.arrangement, name="arrange"),
    path("relations-over-time/", views.growth, name="growth"),
    path("preferences/", views.preferences, name="preferences"),
    path("administration/<int:pk>/", views.choose_administration, name="administration"),
    path("help/", help_views.index, name="help"),
    path("help/<slug:key>/", help_views.page, name="help-page"),
    path("settings/", settings_views.index, name="settings"),
    path("settings/sight/", sight_views.choose, name="sight-of"),
    path("settings/sight/<int:pk>/", sight_views.sight, name="sight"),
    path("", include("crm.desk.search_urls")),
    path("", include("crm.desk.saved_views_urls")),
]
