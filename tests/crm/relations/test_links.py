import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.relations.links import (
    Place,
    mail_link,
    mail_link_to_many,
    map_link,
    phone_link,
    route_link,
    website_link,
)

BRINKHOF = Place("Brinkhof", "14A", "7551 EC", "Hengelo", "Nederland")
PO_BOX = Place("Postbus", "88", "7550 AB", "Hengelo", "Nederland")


def test_map_link_carries_the_address_percent_encoded():
    assert map_link(BRINKHOF) == (
        "https://www.google.com/maps/search/?api=1&query=Brinkhof%2014A%2C%207551%20EC%20Hengelo%2C%20Nederland"
    )


def test_map_link_encodes_accents_apostrophes_and_ampersands():
    place = Place("Hé & Zo", "1", "1234 AB", "'s-Voorbeeld")
    assert map_link(place) == (
        "https://www.google.com/maps/search/?api=1&query=H%C3%A9%20%26%20Zo%201%2C%201234%20AB%20%27s-Voorbeeld"
    )


def test_map_link_to_osm_searches_without_coordinates():
    assert map_link(Place("Brinkhof", "14", "", "Hengelo"), provider="osm") == (
        "https://www.openstreetmap.org/search?query=Brinkhof%2014%2C%20Hengelo"
    )


def test_map_link_to_osm_points_at_coordinates():
    assert map_link(Place("Brinkhof", "14", lat=52.1, lon=6.000004), provider="osm") == (
        "https://www.openstreetmap.org/?mlat=52.10000&mlon=6.00000#map=18/52.10000/6.00000"
    )


def test_map_link_of_a_po_box_is_that_of_the_visiting_address():
    assert map_link(PO_BOX, visiting=BRINKHOF) == map_link(BRINKHOF)
    assert map_link(PO_BOX) is None
    assert map_link(PO_BOX, visiting=PO_BOX) is None


@pytest.mark.parametrize("place", [Place(), Place(street="x" * 2048)])
def test_map_link_is_absent_for_nothing_and_for_too_much(place):
    assert map_link(place) is None


def test_route_link_starts_at_the_office_when_there_is_one():
    office = Place("Marktplein", "3", "7551 DA", "Hengelo")
    assert route_link(BRINKHOF) == (
        "https://www.google.com/maps/dir/?api=1&destination=Brinkhof%2014A%2C%207551%20EC%20Hengelo%2C%20Nederland"
    )
    assert route_link(BRINKHOF, origin=office) == (
        route_link(BRINKHOF) + "&origin=Marktplein%203%2C%207551%20DA%20Hengelo"
    )
    assert route_link(PO_BOX) is None


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("kassa@theaterdebrink.example", "mailto:kassa@theaterdebrink.example"),
        (" a+b@c.example ", "mailto:a%2Bb@c.example"),
        ("100%?&#@c.example", "mailto:100%25%3F%26%23@c.example"),
        ("andré@c.example", "mailto:andr%C3%A9@c.example"),
        ("geen adres", None),
        ("a@b@c", None),
        ("a@b.example, c@d.example", None),
        ("a@b.example\r\nBcc: c@d.example", None),
        ("", None),
    ],
)
def test_mail_link_is_encoded_or_absent(address, link):
    assert mail_link(address) == link


def test_mail_link_carries_subject_and_body():
    assert mail_link("a@b.example", subject="Vraag? & antwoord", body="Dag,\n50% #1") == (
        "mailto:a@b.example?subject=Vraag%3F%20%26%20antwoord&body=Dag%2C%0D%0A50%25%20%231"
    )


def test_mail_link_to_many_hides_them_from_each_other():
    link = mail_link_to_many(["a@b.example", "c@d.example", "a@b.example"], subject="Hoi & dag")
    assert link == "mailto:?bcc=a@b.example,c@d.example&subject=Hoi%20%26%20dag"


def test_mail_link_to_many_ends_where_a_mailing_begins():
    assert mail_link_to_many([f"lid{number:03}@vereniging.example" for number in range(60)]) is not None
    assert mail_link_to_many([f"lid{number:03}@vereniging.example" for number in range(80)]) is None
    assert mail_link_to_many([]) is None
    assert mail_link_to_many(["a@b.example", "geen adres"]) is None


@pytest.mark.parametrize(
    ("number", "country", "link"),
    [
        ("020 123 45 67", "NL", "tel:+31201234567"),
        ("+31 (0)20 1234567", "NL", "tel:+31201234567"),
        ("06-12345678", "nl", "tel:+31612345678"),
        ("020-1234567 ext. 12", "NL", "tel:+31201234567;ext=12"),
        ("02 551 20 20", "BE", "tel:+3225512020"),
        ("0612345", "NL", None),
        ("geen", "NL", None),
        ("", "NL", None),
    ],
)
def test_phone_link_is_e164_or_absent(number, country, link):
    assert phone_link(number, country=country) == link


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("theaterdebrink.example", "https://theaterdebrink.example"),
        (" www.x.example/a?b=c#d ", "https://www.x.example/a?b=c#d"),
        ("http://x.example", "http://x.example"),
        ("HTTPS://x.example", "HTTPS://x.example"),
        ("//x.example/pad", "https://x.example/pad"),
        ("x.example:8080/pad", "https://x.example:8080/pad"),
        ("bücher.example", "https://bücher.example"),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt:alert(1)//x.example", None),
        ("data:text/html,<b>", None),
        ("ftp://x.example", None),
        ("mailto:a@b.example", None),
        ("https://bank.example@evil.example", None),
        ("https://x.example/a b", None),
        ('https://x.example/"onclick', None),
        ("java\nscript:alert(1)", None),
        ("https://x.example:haven", None),
        ("https://[::1", None),
        ("geen website", None),
        ("nvt", None),
        ("", None),
    ],
)
def test_website_link_is_http_or_absent(text, link):
    assert website_link(text) == link


@given(st.text(max_size=40))
def test_links_of_any_text_are_of_their_own_scheme_or_absent(text):
    website, mail, phone = website_link(text), mail_link(text), phone_link(text)
    assert website is None or website.lower().startswith(("http://", "https://"))
    assert mail is None or (mail.startswith("mailto:") and mail.isascii() and not set(mail) & set(" \r\n?&"))
    assert phone is None or phone.startswith("tel:+")
