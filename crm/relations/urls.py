from django.urls import path

from crm.relations.views import addresses, as_it_was, bulk, card, edit, facts, household, lists, parts, photo, use

app_name = "relations"

urlpatterns = [
    path("", lists.relation_list, name="list"),
    path("bulk/", bulk.choose, name="bulk"),
    path("bulk/<int:pk>/", bulk.show, name="bulk-edit"),
    path("bulk/<int:pk>/start/", bulk.start, name="bulk-start"),
    path("bulk/<int:pk>/again/", bulk.again, name="bulk-again"),
    path("pick/", lists.pick, name="pick"),
    path("likely/", lists.likely, name="likely"),
    path("address/", edit.look_up_address, name="address"),
    path("new/<slug:kind>/", edit.new_relation, name="new"),
    path("<int:number>/", card.card, name="card"),
    path("<int:number>/tab/<slug:tab>/", card.card_tab, name="tab"),
    path("<int:number>/timeline/", card.timeline_rows, name="timeline"),
    path("<int:number>/as-it-was/", as_it_was.as_it_was, name="as-it-was"),
    path("<int:number>/edit/", edit.edit_relation, name="edit"),
    path("<int:number>/end/", edit.end, name="end"),
    path("<int:number>/reopen/", edit.reopen, name="reopen"),
    path("<int:number>/deceased/", edit.deceased, name="deceased"),
    path("<int:number>/delete/", edit.delete, name="delete"),
    path("<int:number>/iban/", facts.change_iban, name="iban"),
    path("<int:number>/fact/<slug:name>/", facts.change_fact, name="fact"),
    path("<int:number>/photo/", photo.photo, name="photo"),
    path("<int:number>/photo/change/", photo.change_photo, name="change-photo"),
    path("<int:number>/use/", use.put_to_use, name="put-to-use"),
    path("<int:number>/use/<int:pk>/stop/", use.stop_use, name="stop-use"),
    path("<int:number>/address/<int:pk>/check/", addresses.check_address, name="check-address"),
    path("<int:number>/address/<int:pk>/move/", household.move, name="move-household"),
    path("<int:number>/employment/<int:pk>/main-contact/", parts.main_contact, name="main-contact"),
    path("<int:number>/<slug:part>/new/", parts.add, name="add-part"),
    path("<int:number>/<slug:part>/<int:pk>/", parts.change, name="change-part"),
    path("<int:number>/<slug:part>/<int:pk>/end/", parts.end, name="end-part"),
    path("<int:number>/<slug:part>/<int:pk>/remove/", parts.remove, name="remove-part"),
]
