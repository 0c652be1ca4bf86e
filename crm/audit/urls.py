from django.urls import path

from crm.audit import views

app_name = "audit"
urlpatterns = [
    path("relation/<int:number>/", views.relation, name="relation"),
    path("relation/<int:number>/timeline/", views.timeline, name="timeline"),
    path("change-sets/<int:pk>/", views.change_set, name="change_set"),
    path("change-sets/<int:pk>/undo/", views.undo, name="undo"),
]
