"""Every change to relations that is more than saving one row, and the saving of one row as the screens do it."""

from crm.relations.services.contact import (
    UnableToChangeAddress,
    change_address,
    end_address,
    log_contact,
    set_iban,
    set_identifier,
)
from crm.relations.services.moving import move_address, move_household
from crm.relations.services.parts import add_part, remove_part, update_part
from crm.relations.services.relations import (
    EndReport,
    UnableToDelete,
    create_relation,
    delete_relation,
    end_relation,
    mark_deceased,
    obstacles_to_deletion,
    put_to_use,
    reopen_relation,
    stop_use,
    update_relation,
)
from crm.relations.services.roles import (
    end_financial_role,
    end_standing,
    make_financial_roles,
    set_financial_role,
    set_open_amounts,
    set_standing,
)
from crm.relations.services.ties import employ, end_employment, end_relationship, relate, tie_to_main_contact

__all__ = [
    "EndReport",
    "UnableToChangeAddress",
    "UnableToDelete",
    "add_part",
    "change_address",
    "create_relation",
    "delete_relation",
    "employ",
    "end_address",
    "end_employment",
    "end_financial_role",
    "end_relation",
    "end_relationship",
    "end_standing",
    "log_contact",
    "make_financial_roles",
    "mark_deceased",
    "move_address",
    "move_household",
    "obstacles_to_deletion",
    "put_to_use",
    "relate",
    "remove_part",
    "reopen_relation",
    "set_financial_role",
    "set_iban",
    "set_identifier",
    "set_open_amounts",
    "set_standing",
    "stop_use",
    "tie_to_main_contact",
    "update_part",
    "update_relation",
]
