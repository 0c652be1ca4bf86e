from django.urls import path

from crm.attention import views

app_name = "attention"

urlpatterns = [
    path("", views.item_list, name="list"),
    path("<int:pk>/handle/", views.handle_item, name="handle"),
    path("<int:pk>/postpone/", views.postpone_item, name="postpone"),
    path("<int:pk>/dismiss/", views.dismiss_item, name="dismiss"),
    path("<int:pk>/reopen/", views.reopen_item, name="reopen"),
]
