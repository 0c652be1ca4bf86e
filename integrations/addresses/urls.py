from django.urls import path

from crm.core.confirming import confirmed
from integrations.addresses import views

app_name = "addresses"

urlpatterns = [
    path("address-services/", views.service_list, name="services"),
    path("address-services/<slug:name>/choose/", confirmed(views.choose), name="choose"),
    path("address-services/<slug:name>/keys/", confirmed(views.keys), name="keys"),
    path("address-services/<slug:name>/try/", views.attempt, name="try"),
]
