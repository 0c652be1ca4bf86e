from django.urls import path

from crm.core import as_of, views

app_name = "core"
urlpatterns = [
    path("as-of/", as_of.choose_day, name="as_of"),
    path("health/", views.health_page, name="health"),
    path("chosen/", views.chosen, name="chosen"),
    path("jobs/<int:pk>/", views.job, name="job"),
    path("jobs/<int:pk>/stop/", views.stop_job, name="job-stop"),
    path("jobs/<int:pk>/resume/", views.resume_job, name="job-resume"),
]
