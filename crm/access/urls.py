from django.urls import path

from crm.access import views

app_name = "access"
urlpatterns = [
    path("welcome/<uidb64>/<token>/", views.ChoosePassword.as_view(), name="choose_password"),
]
