from django.urls import path

from crm.desk import views

app_name = "desk"

urlpatterns = [
    path("", views.today, name="today"),
    path("search/", views.search, name="search"),
    path("help/", views.help_page, name="help"),
    path("administration/<int:pk>/", views.choose_administration, name="administration"),
    path("attention/<int:pk>/handle/", views.handle_item, name="handle"),
    path("attention/<int:pk>/postpone/", views.postpone_item, name="postpone"),
]
