"""Import of relations for django-import-export, through the one door for bulk writes.

The library brings the steps (read, show what would happen, confirm) and one result per row. What it does per row
or without history is replaced: rows are found in five queries whatever their number, checked here with the
column and the value in the message, and written set-wise with their history by `crm.core.bulk`.

A row is a relation by its number, else by its external key in the administration. An empty cell leaves what is
there. The same file again changes nothing.
"""

from collections import Counter
from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from import_export import fields, resources
from import_export.instance_loaders import CachedInstanceLoader
from import_export.results import RowResult

from crm.access.queries import rights_of
from crm.access.rights import CHANGE_RIGHT, Right
from crm.administrations.models import Administration, Installation, Mode
from crm.core import bulk, derived
from crm.core.change_set import Door, change_set
from crm.relations import import_parts, spreadsheet
from crm.relations.models import Address, FinancialRole, Kind, Relation, RelationUse, Standing
from crm.relations.services import make_financial_roles
from crm.relations.spreadsheet import ADDRESS, BY_NAME, COLUMNS
from crm.relations.validators import normalise_iban, validate_country, validate_iban, validate_postcode

ON_RELATION = [column.name for column in COLUMNS if not column.part and column.name not in ("number", "external_key")]


def _is_number(value: object) -> bool:
    """Whether a cell is a number that a relation could have."""
    text = str(value or "")
    return text.isascii() and text.isdecimal() and len(text) <= 15


class ByNumberOrKey(CachedInstanceLoader):
    """Finds the relations of the whole file at once: by number, else by external key."""

    def __init__(self, resource, dataset=None):
        super(CachedInstanceLoader, self).__init__(resource, dataset)
        rows = dataset.dict if dataset is not None and dataset.headers else []
        numbers = {int(row["number"]) for row in rows if _is_number(row.get("number"))}
        keys = {row["external_key"] for row in rows if row.get("external_key")}
        queryset = resource.get_queryset()
        self.by_number = {r.number: r for r in queryset.filter(number__in=numbers)} if numbers else {}
        self.by_key = {r.external_key: r for r in queryset.filter(external_key__in=keys)} if keys else {}

    def get_instance(self, row):
        number = str(row.get("number") or "")
        if number:
            return self.by_number.get(int(number)) if _is_number(number) else None
        return self.by_key.get(row.get("external_key"))


class RelationResource(resources.ModelResource):
    """`user` imports into `administration`; `on` is the day a changed address or a debtor's role begins."""

    class Meta:
        model = Relation
        fields = ("number",)
        import_id_fields = ("number",)
        instance_loader_class = ByNumberOrKey
        use_bulk = True
        batch_size = bulk.CHUNK
        skip_diff = True
        skip_unchanged = True
        report_skipped = True
        store_row_values = False

    number = fields.Field(attribute="number", column_name="number")

    def __init__(self, *, user, administration: Administration, on: date, **kwargs):
        super().__init__()
        self.user, self.administration, self.on = user, administration, on
        installation = Installation.current()
        shared = installation.mode == Mode.MULTIPLE and installation.umbrella is not None
        self.home = installation.umbrella if shared else administration
        self.headings: dict[str, str] = {}
        self.unknown: list[str] = []
        self.seen: Counter = Counter()
        self.wanted: dict[int, dict] = {}

    # ---------------------------------------------------------------------------------- the whole file

    def import_data_inner(self, dataset, dry_run, *args, **kwargs):
        name = kwargs.get("file_name") or ""
        with (
            change_set(actor=self.user, door=Door.IMPORT, action="relations.import", reason=name, separate=True),
            derived.gathered(),
        ):
            return super().import_data_inner(dataset, dry_run, *args, **kwargs)

    def before_import(self, dataset, **kwargs):
        """Headings become our names. Refuses a file without a key, twice the same column, or a closed column."""
        names = []
        for heading in dataset.headers or []:
            name = spreadsheet.column_of(heading)
            if name is None:
                self.unknown.append(heading)
                name = f"? {heading}"
            elif name in names:
                raise ValidationError(_("Two columns mean the same: %(column)s.") % {"column": heading})
            self.headings.setdefault(name, heading)
            names.append(name)
        dataset.headers = names
        if not {"number", "external_key"} & set(names):
            raise ValidationError(
                _("There is no column by which to know a relation again. Expected: number, or external key.")
            )
        self._refuse_closed_columns(set(names))

    def after_import(self, dataset, result, **kwargs):
        """Which columns were not read goes to the page: somebody may have meant one of ours."""
        super().after_import(dataset, result, **kwargs)
        result.unknown_columns = self.unknown

    def _refuse_closed_columns(self, names: set[str]) -> None:
        rights = rights_of(self.user)
        if not rights.has(Right.RELATIONS_CHANGE, [self.home.pk]):
            raise ValidationError(_("You may not change relations of %(name)s.") % {"name": self.home})
        for name in sorted(names & set(BY_NAME)):
            needed = CHANGE_RIGHT[BY_NAME[name].field_class]
            where = self.administration if BY_NAME[name].part else self.home
            if needed and not rights.has(needed, [where.pk]):
                raise ValidationError(
                    _("You may not change the column “%(column)s”.") % {"column": self.headings[name]}
                )

    def _check_import_id_fields(self, headers):
        """`before_import` did, with a sentence."""

    def get_queryset(self):
        visiting = Address.objects.filter(kind=Address.Kind.VISITING).on(self.on)
        debtor = FinancialRole.objects.filter(
            administration=self.administration, kind=FinancialRole.Kind.DEBTOR
        ).exclude(valid_until__lte=self.on)
        standings = Standing.objects.filter(administration=self.administration).exclude(valid_until__lte=self.on)
        return (
            Relation.objects.editable_by(self.user)
            .filter(administration=self.home)
            .prefetch_related(
                Prefetch("addresses", visiting, to_attr="visiting"),
                Prefetch("bank_accounts", to_attr="accounts"),
                Prefetch("financial_roles", debtor, to_attr="as_debtor"),
                Prefetch("standings", standings, to_attr="held"),
            )
        )

    # ----------------------------------------------------------------------------------------- one row

    def get_instance(self, instance_loader, row):
        return instance_loader.get_instance(row)

    def init_instance(self, row=None):
        return Relation(administration=self.home, external_key=(row or {}).get("external_key", ""))

    def import_instance(self, instance, row, **kwargs):
        """Put the cells of a row on the relation, and keep what belongs to its parts for when it is written."""
        errors: dict[str, list[str]] = {}
        values = {name: value for name, value in row.items() if name in BY_NAME and value not in ("", None)}
        self._check_key(instance, row, errors)
        for name in ON_RELATION:
            if name in values:
                self._take(errors, name, values[name], lambda v, n=name: setattr(instance, n, _PARSED.get(n, str)(v)))
        if not instance.kind:
            named = any(values.get(name) for name in ("legal_name", "trade_name"))
            instance.kind = Kind.ORGANISATION if named else Kind.PERSON
        self._check_relation(instance, values, errors)
        self.wanted[id(instance)] = self._parts_of(values, errors)
        if errors:
            raise ValidationError(errors)

    def _take(self, errors, name: str, value: str, use) -> None:
        """Use a value; what is wrong with it is said with the heading and the value as they stand in the file."""
        try:
            use(value)
        except ValidationError as wrong:
            errors.setdefault(self._place(name, value), []).extend(wrong.messages)

    def _place(self, name: str, value: str = "") -> str:
        heading = self.headings.get(name) or capfirst(str(BY_NAME[name].title))
        return f"{heading}: “{value}”" if value else heading

    def _check_key(self, instance, row, errors) -> None:
        number, key = str(row.get("number") or ""), row.get("external_key") or ""
        name, value = ("number", number) if number else ("external_key", key)
        if not value:
            where = "external_key" if "external_key" in self.headings else "number"
            errors[self._place(where)] = [_("Empty: without it we do not know the relation again.")]
            return
        self.seen[name, value] += 1
        if self.seen[name, value] > 1:
            errors[self._place(name, value)] = [_("This line means the same relation as an earlier one.")]
        elif number and instance.pk is None:
            errors[self._place(name, value)] = [
                _("There is no relation with this number here. Leave the number empty for a new one.")
            ]
        elif number and key and instance.pk:
            instance.external_key = key

    def _check_relation(self, instance, values, errors) -> None:
        try:
            instance.clean_fields(exclude=["administration", "number"])
        except ValidationError as wrong:
            for name, messages in wrong.message_dict.items():
                if name in BY_NAME:
                    errors.setdefault(self._place(name, str(values.get(name, ""))), []).extend(messages)
        other = ("legal_name", "trade_name") if instance.is_person else ("given_name", "family_name", "birth_date")
        for name in other:
            if getattr(instance, name):
                kind = instance.get_kind_display()
                errors.setdefault(self._place(name, str(values.get(name, ""))), []).append(
                    _("A relation of the kind “%(kind)s” has no such name.") % {"kind": kind}
                )
        own = (
            ("family_name", "given_name", "partner_family_name")
            if instance.is_person
            else ("legal_name", "trade_name")
        )
        if not any(getattr(instance, name) for name in own):
            errors.setdefault(self._place(own[0]), []).append(
                _("Give a family name or a given name; of an organisation its legal or trade name.")
            )

    def _parts_of(self, values, errors) -> dict:
        parts: dict = {"address": {}, "iban": "", "debtor": False, "since": {}}
        for kind in Standing.Kind.values:
            name = f"{kind}_since"
            if name in values:
                self._take(
                    errors,
                    name,
                    values[name],
                    lambda v, k=kind: parts["since"].update({k: spreadsheet.day_of(v)}),
                )
        for name in ("street", "house_addition", "postcode", "city", "country"):
            if name in values:
                field = Address._meta.get_field(name)
                self._take(
                    errors,
                    name,
                    values[name],
                    lambda v, f=field, n=name: parts["address"].update({n: f.clean(v, None)}),
                )
        if "house_number" in values:
            self._take(
                errors,
                "house_number",
                values["house_number"],
                lambda v: parts["address"].update(spreadsheet.house_number_of(v) | parts["address"]),
            )
        country = parts["address"].get("country", "NL")
        if "country" in values:
            self._take(errors, "country", values["country"], lambda v: validate_country(country))
        if "postcode" in values:
            self._take(errors, "postcode", values["postcode"], lambda v: validate_postcode(v, country))
        if "iban" in values:
            self._take(errors, "iban", values["iban"], validate_iban)
            parts["iban"] = normalise_iban(values["iban"])
        if "debtor" in values:
            self._take(errors, "debtor", values["debtor"], lambda v: parts.update(debtor=spreadsheet.yes_or_no(v)))
        return parts

    def validate_instance(self, instance, import_validation_errors=None, validate_unique=True):
        """Checked in `import_instance`, without a query per row and with the column and value in the message."""
        if import_validation_errors:
            raise ValidationError(import_validation_errors)

    def skip_row(self, instance, original, row, import_validation_errors=None):
        if import_validation_errors or instance.pk is None:
            return False
        instance.fill_computed()
        return not (
            instance.pending_changes()
            or self._new_address(instance)
            or self._new_iban(instance)
            or self._new_debtor(instance)
            or self._new_standings(instance)
        )

    def _new_address(self, relation) -> dict:
        """The columns of the address that begins, or {} when the row has none or the current one is equal."""
        given = self.wanted[id(relation)]["address"]
        if not any(given.get(name) for name in ("street", "postcode", "city")):
            return {}
        blank = {
            "street": "",
            "house_number": None,
            "house_letter": "",
            "house_addition": "",
            "postcode": "",
            "city": "",
            "country": "NL",
        }
        wanted = {**blank, **given}
        current = getattr(relation, "visiting", [])
        if current and all(getattr(current[0], name) == wanted[name] for name in ADDRESS):
            return {}
        return wanted

    def _new_iban(self, relation) -> str:
        iban = self.wanted[id(relation)]["iban"]
        accounts = getattr(relation, "accounts", [])
        return "" if any(a.iban == iban and a.main for a in accounts) else iban

    def _new_debtor(self, relation) -> bool:
        return self.wanted[id(relation)]["debtor"] and not getattr(relation, "as_debtor", [])

    def _new_standings(self, relation) -> dict[str, date]:
        """Kind -> since when, as far as that differs from what is there."""
        known = {standing.kind: standing.valid_from for standing in getattr(relation, "held", [])}
        wanted = self.wanted[id(relation)]["since"]
        return {kind: since for kind, since in wanted.items() if known.get(kind) != since}

    # --------------------------------------------------------------------------------------- set-wise

    def bulk_create(self, using_transactions, dry_run, raise_errors, batch_size=None, result=None):
        self._write(self.create_instances, self._create, raise_errors, result)

    def bulk_update(self, using_transactions, dry_run, raise_errors, batch_size=None, result=None):
        self._write(self.update_instances, self._update, raise_errors, result)

    def _write(self, instances, write, raise_errors, result) -> None:
        """A dry run writes too: it is rolled back as a whole, so what would be refused is refused now."""
        if instances and not (result and (result.has_errors() or result.has_validation_errors())):
            try:
                write(list(instances))
                self._write_parts(list(instances))
            except ValidationError as refused:
                self.handle_import_error(result, ValueError(" ".join(refused.messages)), raise_errors)
        instances.clear()

    def _create(self, relations) -> None:
        bulk.create(relations)
        if self.home != self.administration:
            bulk.create([RelationUse(administration=self.administration, relation=r) for r in relations])

    def _update(self, relations) -> None:
        names = sorted({name for relation in relations for name in relation.pending_changes()})
        if not names:
            return
        rows = {relation.pk: {name: getattr(relation, name) for name in names} for relation in relations}
        versions = {relation.pk: relation.version for relation in relations}
        written = bulk.update(Relation, rows, expected_versions=versions)
        if written.conflicts:
            raise ValidationError(_("Somebody changed one of these relations meanwhile. Import the file again."))

    def _write_parts(self, relations) -> None:
        addresses = {relation: wanted for relation in relations if (wanted := self._new_address(relation))}
        import_parts.write_addresses(addresses, self.on)
        import_parts.write_accounts({relation: iban for relation in relations if (iban := self._new_iban(relation))})
        import_parts.write_standings(
            {r: since for r in relations if (since := self._new_standings(r))}, self.administration
        )
        debtors = [relation.pk for relation in relations if self._new_debtor(relation)]
        if debtors:
            make_financial_roles(
                debtors,
                administration=self.administration,
                kind=FinancialRole.Kind.DEBTOR,
                valid_from=self.on,
                cause=FinancialRole.Cause.IMPORT,
            )


_PARSED = {
    "kind": spreadsheet.kind_of,
    "gender": spreadsheet.gender_of,
    "birth_date": spreadsheet.day_of,
}
COUNTED = (RowResult.IMPORT_TYPE_NEW, RowResult.IMPORT_TYPE_UPDATE, RowResult.IMPORT_TYPE_SKIP)
