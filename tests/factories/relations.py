"""One factory per model of administrations, access and relations. Nothing random: counters and fixed values."""

from datetime import date

import factory

from crm.access import models as access
from crm.access.rights import Right
from crm.administrations.models import Administration
from crm.relations import models as relations

DAY = date(2026, 11, 25)
LONG_AGO = date(2020, 1, 1)


class AdministrationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Administration

    name = factory.Sequence(lambda n: f"Administratie {n}")


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = access.User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"gebruiker{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@kantoor.example")
    first_name = "Noor"
    last_name = "Hofstra"
    is_staff = True
    password = factory.django.Password("lang wachtwoord 123")


class RoleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = access.Role

    name = factory.Sequence(lambda n: f"Rol {n}")


def user_in(*administrations, rights=tuple(Right.values), **values):
    """A staff user with these rights in these administrations."""
    user, role = UserFactory(**values), RoleFactory()
    for right in rights:
        access.RoleRight.objects.create(role=role, right=right)
    for administration in administrations:
        access.Grant.objects.create(user=user, role=role, administration=administration)
    return user


class PersonFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = relations.Person

    administration = factory.SubFactory(AdministrationFactory)
    given_name = "Aafje"
    prefix = "van den"
    family_name = factory.Sequence(lambda n: f"Brink{n}")


class OrganisationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = relations.Organisation

    administration = factory.SubFactory(AdministrationFactory)
    legal_name = factory.Sequence(lambda n: f"Theater {n} B.V.")


class AddressFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = relations.Address

    relation = factory.SubFactory(OrganisationFactory)
    kind = relations.Address.Kind.VISITING
    street = "Brinkhof"
    house_number = 14
    postcode = "7551EC"
    city = "Hengelo"
    valid_from = LONG_AGO


class BankAccountFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = relations.BankAccount

    relation = factory.SubFactory(OrganisationFactory)
    iban = "NL91ABNA0417164300"
    main = True


class EmploymentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = relations.Employment

    person = factory.SubFactory(PersonFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    function = "directeur"
    valid_from = LONG_AGO


class RelationshipTypeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = relations.RelationshipType

    name = factory.Sequence(lambda n: f"is moeder van {n}")
    reverse_name = "is dochter van"
    structure = relations.RelationshipType.Structure.GROUP
    acyclic = True


class RelationshipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = relations.Relationship

    type = factory.SubFactory(RelationshipTypeFactory)
    from_relation = factory.SubFactory(OrganisationFactory)
    to_relation = factory.SubFactory(OrganisationFactory)
    valid_from = LONG_AGO
