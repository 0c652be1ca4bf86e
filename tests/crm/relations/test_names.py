import pytest

from crm.relations.models import Organisation, Person


def person(**values):
    return Person(**{"given_name": "Sanne", "prefix": "van den", "family_name": "Brink", **values})


@pytest.mark.parametrize(
    ("order", "shown", "sorted_by"),
    [
        ("own", "Sanne van den Brink", "brink sanne"),
        ("partner", "Sanne ten Oosterhuis", "oosterhuis sanne"),
        ("partner_own", "Sanne ten Oosterhuis-van den Brink", "oosterhuis-van den brink sanne"),
        ("own_partner", "Sanne van den Brink-ten Oosterhuis", "brink-ten oosterhuis sanne"),
    ],
)
def test_names_of_both_partners_in_every_order(order, shown, sorted_by):
    sanne = person(partner_prefix="ten", partner_family_name="Oosterhuis", name_order=order)
    sanne.fill_computed()

    assert (str(sanne), sanne.sort_key) == (shown, sorted_by)


@pytest.mark.parametrize(
    ("values", "formal", "informal"),
    [
        ({"gender": "f"}, "Geachte mevrouw Van den Brink", "Beste Sanne"),
        ({"gender": "m", "given_name": ""}, "Geachte heer Van den Brink", "Beste Van den Brink"),
        ({"gender": ""}, "Geachte heer/mevrouw Van den Brink", "Beste Sanne"),
        ({"gender": "x"}, "Geachte heer/mevrouw Van den Brink", "Beste Sanne"),
        ({"gender": "f", "language": "en"}, "Dear Ms Van den Brink", "Dear Sanne"),
        ({"salutation_formal": "Hooggeleerde", "salutation_informal": "Hoi"}, "Hooggeleerde", "Hoi"),
    ],
)
def test_salutation_is_made_from_the_name_unless_one_is_stored(values, formal, informal):
    sanne = person(**values)

    assert (sanne.salutation(), sanne.salutation(formal=False)) == (formal, informal)


def test_organisation_goes_by_its_trade_name():
    theatre = Organisation(legal_name="Stichting Theater De Brink", trade_name="De Brínk")
    theatre.fill_computed()

    assert (str(theatre), theatre.sort_key) == ("De Brínk", "de brink")
