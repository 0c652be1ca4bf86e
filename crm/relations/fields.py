"""Columns that store one form of what people write in many, through every door: form, admin, import, bulk, shell."""

from django.db import models

from crm.relations import validators


class NormalisedCharField(models.CharField):
    """Brings its value to the stored form on the way in, so that equal values are equal in the database."""

    def normalise(self, value: str) -> str:
        return value.strip()

    def to_python(self, value):
        value = super().to_python(value)
        return self.normalise(value) if value else value

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return self.normalise(value) if value and isinstance(value, str) else value

    def pre_save(self, model_instance, add):
        value = self.to_python(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value


class PhoneField(NormalisedCharField):
    default_validators = [validators.validate_phone]

    def normalise(self, value):
        return validators.normalise_phone(value)


class WebsiteField(NormalisedCharField):
    default_validators = [validators.validate_website]

    def normalise(self, value):
        return validators.normalise_website(value)


class IbanField(NormalisedCharField):
    default_validators = [validators.validate_iban]

    def normalise(self, value):
        return validators.normalise_iban(value)


class PostcodeField(NormalisedCharField):
    def normalise(self, value):
        return validators.normalise_postcode(value)


class CountryField(NormalisedCharField):
    default_validators = [validators.validate_country]

    def normalise(self, value):
        return value.strip().upper()
