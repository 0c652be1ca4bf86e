"""Rows as vCards, version 3.0 (RFC 2426), which telephones and mail programs all read."""

from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from crm.exchange.columns import Column, texts_of

MEDIA_TYPE = "text/vcard; charset=utf-8"


def write_vcards(target: BinaryIO, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> int:
    """Write a card per row; returns how many.

    The columns are known by name: `number`, `kind`, `display_name`, the parts of a name, `email`, `phone`, `mobile`,
    `website`, `street`, `house_number`, `house_letter`, `house_addition`, `postcode`, `city`, `country`, `birth_date`.
    One that is not there leaves its part of the card out.
    """
    names = [column.name for column in columns]
    makes = [texts_of(column.form) for column in columns]
    count = 0
    for row in rows:
        texts = {name: make(value) for name, make, value in zip(names, makes, row, strict=True)}
        target.write(_card(texts).encode("utf-8", "replace"))
        count += 1
    return count


def _card(texts: dict[str, str]) -> str:
    import vobject

    given = texts.get
    card = vobject.vCard()
    card.add("fn").value = given("display_name", "")
    if given("kind") == "organisation":
        card.add("n").value = vobject.vcard.Name(family=given("display_name", ""))
        card.add("org").value = [given("display_name", "")]
    else:
        family = " ".join(filter(None, (given("prefix"), given("family_name"))))
        card.add("n").value = vobject.vcard.Name(
            family=family,
            given=given("given_name") or given("initials") or "",
            prefix=given("title_before") or "",
            suffix=given("title_after") or "",
        )
    if given("number"):
        card.add("uid").value = f"relation-{given('number')}"
    for name, kinds in (("phone", ("VOICE",)), ("mobile", ("CELL",))):
        if given(name):
            line = card.add("tel")
            line.value, line.type_param = given(name), list(kinds)
    if given("email"):
        line = card.add("email")
        line.value, line.type_param = given("email"), "INTERNET"
    if given("website"):
        card.add("url").value = given("website")
    if given("birth_date"):
        card.add("bday").value = given("birth_date")
    _add_address(card, texts)
    return card.serialize(validate=True)


def _add_address(card, texts: dict[str, str]) -> None:
    import vobject

    number = f"{texts.get('house_number', '')}{texts.get('house_letter', '')}"
    addition = texts.get("house_addition", "")
    number += f"-{addition}" if number and addition else addition
    street = f"{texts.get('street', '')} {number}".strip()
    if not (street or texts.get("city") or texts.get("postcode")):
        return
    line = card.add("adr")
    line.type_param = "WORK" if texts.get("kind") == "organisation" else "HOME"
    line.value = vobject.vcard.Address(
        street=street,
        city=texts.get("city", ""),
        code=texts.get("postcode", ""),
        country=texts.get("country", ""),
    )
