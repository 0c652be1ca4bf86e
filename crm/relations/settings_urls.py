"""What relations have in the settings of the office."""

from django.urls import path

from crm.relations import type_views

app_name = "relationship-types"

urlpatterns = [
    path("relationship-types/", type_views.type_list, name="list"),
    path("relationship-types/new/", type_views.add, name="add"),
    path("relationship-types/<int:pk>/", type_views.change, name="change"),
    path("relationship-types/<int:pk>/retire/", type_views.retire, name="retire"),
    path("relationship-types/<int:pk>/remove/", type_views.remove, name="remove"),
]
