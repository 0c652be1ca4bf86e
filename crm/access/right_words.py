"""What every right allows, as a sentence for who gives it out; and in which order they are told."""

from django.utils.translation import gettext_lazy as _

from crm.access.rights import Right
from crm.core.field_classes import FINANCIAL, INTERNAL, PUBLIC, SPECIAL

# heading -> its rights; whoever has any role in an administration sees its relations, which asks for no right
GROUPS = (
    (_("Relations"), (Right.RELATIONS_CHANGE, Right.RELATIONS_SHARED, Right.RELATIONS_DELETE)),
    (
        _("Money and special data"),
        (Right.FINANCIAL_VIEW, Right.FINANCIAL_CHANGE, Right.SPECIAL_VIEW, Right.SPECIAL_CHANGE),
    ),
    (_("Work on many at once"), (Right.IMPORT, Right.EXPORT, Right.HISTORY_UNDO)),
    (_("Management"), (Right.CONNECTIONS_MANAGE, Right.USERS_MANAGE, Right.SETTINGS_MANAGE)),
)

SENTENCES = {
    Right.RELATIONS_CHANGE: _(
        "Adds people and organisations, changes their names, addresses, contact details, employments and ties, and "
        "ends them. What they change goes to the couplings."
    ),
    Right.RELATIONS_SHARED: _(
        "In the mode multiple: changes the name and address of relations that belong to the umbrella and are put to "
        "use here. Every administration that uses them gets the change."
    ),
    Right.RELATIONS_DELETE: _(
        "Removes a relation that was entered by mistake. It leaves every list; who may undo can bring it back."
    ),
    Right.FINANCIAL_VIEW: _("Sees bank accounts, who is a debtor or creditor, their numbers and what is open."),
    Right.FINANCIAL_CHANGE: _(
        "Changes bank accounts and makes relations debtor or creditor. That decides where money goes: give it to few."
    ),
    Right.SPECIAL_VIEW: _("Sees birth dates, deaths, and who owns how much of a company."),
    Right.SPECIAL_CHANGE: _("Changes birth dates, deaths and shares of ownership."),
    Right.HISTORY_UNDO: _(
        "Undoes what others changed, one by one or a whole act, and restores what was deleted. Never more than they "
        "may change themselves."
    ),
    Right.IMPORT: _("Reads files in: many relations made or changed at once, after a trial run."),
    Right.EXPORT: _("Takes lists out as a file. What is in the file has left the building."),
    Right.CONNECTIONS_MANAGE: _(
        "Connects the bookkeeping and other systems, pauses them, and handles what they refuse. Sees what is sent."
    ),
    Right.USERS_MANAGE: _(
        "Invites people, gives them roles and takes roles away, never more than their own. Sees who came in."
    ),
    Right.SETTINGS_MANAGE: _("Changes the settings of the office: this administration, relationship types, logs."),
}

# field class -> (what it is called, what is in it)
CLASSES = {
    PUBLIC: (_("Ordinary data"), _("names, addresses, phone, e-mail, employments, ties")),
    INTERNAL: (_("Data of the office"), _("notes, contact moments, member since, blocks")),
    FINANCIAL: (_("Money"), _("bank accounts, debtor and creditor numbers, open amounts")),
    SPECIAL: (_("Special data"), _("birth dates, deaths, shares of ownership")),
}


def told(rights) -> list[tuple[str, list[tuple[str, str]]]]:
    """[(heading, [(label, sentence)])] of these rights; headings without any are left out."""
    mine = set(rights)
    found = [
        (heading, [(Right(right).label, SENTENCES[right]) for right in group if right in mine])
        for heading, group in GROUPS
    ]
    return [(heading, rows) for heading, rows in found if rows]
