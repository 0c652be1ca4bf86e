from django.urls import path

from crm.exchange import export_views

app_name = "export"

urlpatterns = [
    path("files/<int:pk>/", export_views.file, name="file"),
    path("files/<int:pk>/download/", export_views.download, name="download"),
    path("<slug:source>/", export_views.choose, name="choose"),
    path("<slug:source>/schema/", export_views.xml_schema, name="schema"),
]
