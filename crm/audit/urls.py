from django.urls import path

from crm.audit.views import log, records, undoing

app_name = "audit"
urlpatterns = [
    path("", log.log, name="log"),
    path("relation/<int:number>/", records.relation, name="relation"),
    path("relation/<int:number>/looks/", records.looks, name="looks"),
    path("deleted/<str:model>/<int:pk>/", records.deleted, name="deleted"),
    path("deleted/<str:model>/<int:pk>/restore/", records.bring_back, name="restore"),
    path("change-sets/<int:pk>/", undoing.change_set, name="change_set"),
    path("change-sets/<int:pk>/undo/", undoing.undo, name="undo"),
]
