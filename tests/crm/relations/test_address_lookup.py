import time
from datetime import UTC, datetime

import pytest
from django.core.cache import cache

from crm.relations.address_lookup import (
    FOUND_KEPT_SECONDS,
    NONE_KEPT_SECONDS,
    FoundAddress,
    Hint,
    NotCovered,
    Registered,
    Result,
    State,
    Unavailable,
    can_be_looked_up,
    check_state,
    look_up,
    lookup,
    match,
    suggestion,
)
from crm.relations.house_numbers import NotAHouseNumber, NotAPostcode
from crm.relations.models import Address

MOMENT = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _cache_in_memory(settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "addresses"}
    }
    cache.clear()


def found_address(letter="", addition="", **values):
    of_14 = {"street": "Brinkhof", "number": 14, "postcode": "7551EC", "city": "Hengelo", "source": "book"}
    return FoundAddress(**of_14 | {"letter": letter, "addition": addition, "as_of": MOMENT} | values)


class Book:
    """A service that answers from a list, or raises; remembers what it was asked."""

    def __init__(self, *answers, raises=None):
        self.answers, self.raises, self.questions = list(answers), raises, []

    def __call__(self, postcode, number, *, timeout_seconds):
        self.questions.append((postcode, number))
        if self.raises:
            raise self.raises
        return self.answers


def asked(*books, far=True, letter="", addition="", timeout_seconds=2):
    services = {f"book-{position}": Registered(book, far) for position, book in enumerate(books)}
    return lookup("7551 ec", 14, letter, addition, timeout_seconds=timeout_seconds, services=services, now=MOMENT)


# ------------------------------------------------------------------------------------------------ matching

PLAIN, LETTER_A, LETTER_B = found_address(), found_address("A"), found_address("B")
FIRST, SECOND, TENTH = found_address(addition="1"), found_address(addition="2"), found_address(addition="10")
ADDITION_A, A_THREE = found_address(addition="A"), found_address("A", "III")


@pytest.mark.parametrize(
    ("addresses", "letter", "addition", "result"),
    [
        ([], "", "", Result(State.NONE)),
        ([PLAIN], "", "", Result(State.FOUND, (PLAIN,))),
        ([PLAIN, LETTER_A, LETTER_B], "", "", Result(State.FOUND, (PLAIN,))),
        ([PLAIN, LETTER_A], "a", "", Result(State.FOUND, (LETTER_A,))),
        ([PLAIN, LETTER_A], "", "a", Result(State.FOUND, (LETTER_A,))),
        ([LETTER_A, ADDITION_A], "a", "", Result(State.FOUND, (LETTER_A,))),
        ([LETTER_A, ADDITION_A], "", "a", Result(State.FOUND, (ADDITION_A,))),
        ([PLAIN, A_THREE], "", " a III", Result(State.FOUND, (A_THREE,))),
        ([FIRST, SECOND], "", "1", Result(State.FOUND, (FIRST,))),
        ([TENTH, SECOND, FIRST], "", "", Result(State.AMBIGUOUS, (FIRST, SECOND, TENTH), Hint.ADDITION_NEEDED)),
        ([LETTER_A], "", "", Result(State.AMBIGUOUS, (LETTER_A,), Hint.ADDITION_NEEDED)),
        ([PLAIN], "", "3", Result(State.AMBIGUOUS, (PLAIN,), Hint.ADDITION_UNKNOWN)),
        ([SECOND, FIRST], "c", "", Result(State.AMBIGUOUS, (FIRST, SECOND), Hint.ADDITION_UNKNOWN)),
    ],
)
def test_match_finds_one_or_offers_those_that_remain(addresses, letter, addition, result):
    assert match(addresses, letter, addition) == result


def test_match_takes_the_same_address_twice_as_one():
    twin = found_address(bag_number_id="0000200000000002")
    assert match([PLAIN, twin]) == Result(State.FOUND, (PLAIN,))


def test_match_offers_two_streets_with_the_same_number():
    other = found_address(street="Brinkplein")
    assert match([other, PLAIN]) == Result(State.AMBIGUOUS, (PLAIN, other))


def test_match_keeps_what_was_typed_where_the_source_knows_numbers_alone():
    by_number = found_address(knows_additions=False)
    with_letter = found_address("a", knows_additions=False)
    assert match([by_number]) == Result(State.FOUND, (by_number,))
    assert match([by_number], "a") == Result(State.FOUND, (with_letter,), Hint.ADDITION_NOT_CHECKED)


def test_street_and_city_are_certain_when_all_that_remain_share_them():
    assert match([FIRST, SECOND]).street_and_city == ("Brinkhof", "Hengelo")
    assert match([PLAIN, found_address(street="Brinkplein")]).street_and_city is None
    assert match([]).street_and_city is None


# -------------------------------------------------------------------------------------- asking in order


def test_lookup_takes_the_first_definite_answer():
    silent, unfit, good, later = Book(raises=Unavailable("down")), Book(raises=NotCovered()), Book(PLAIN), Book()
    assert asked(silent, unfit, good, later) == Result(State.FOUND, (PLAIN,))
    assert [book.questions for book in (silent, unfit, good, later)] == [[("7551EC", 14)]] * 3 + [[]]


def test_lookup_takes_none_for_definite():
    later = Book(PLAIN)
    assert asked(Book(), later) == Result(State.NONE)
    assert later.questions == []


def test_lookup_without_any_answer_is_unavailable_and_not_none():
    assert asked(Book(raises=Unavailable("down")), Book(raises=NotCovered())) == Result(State.UNAVAILABLE)
    assert asked() == Result(State.UNAVAILABLE)


def test_lookup_asks_nobody_when_the_time_is_up():
    book = Book(PLAIN)
    assert asked(book, timeout_seconds=0) == Result(State.UNAVAILABLE)
    assert book.questions == []


@pytest.mark.parametrize(
    ("postcode", "number", "refusal"), [("7551", 14, NotAPostcode), ("7551EC", 0, NotAHouseNumber)]
)
def test_lookup_of_no_question_is_refused(postcode, number, refusal):
    with pytest.raises(refusal):
        lookup(postcode, number, timeout_seconds=2, services={})


def test_lookup_says_when_the_source_said_so():
    undated = found_address(as_of=None)
    assert asked(Book(undated), far=False).addresses == (undated,)
    assert asked(Book(undated)).addresses == (PLAIN,)


# --------------------------------------------------------------------------------------------- remembering


def test_lookup_remembers_what_a_far_service_said_whatever_the_addition():
    book = Book(PLAIN, LETTER_A)
    results = [asked(book), asked(book), asked(book, letter="a")]
    assert [result.address for result in results] == [PLAIN, PLAIN, LETTER_A]
    assert book.questions == [("7551EC", 14)]


def test_lookup_remembers_that_there_is_none():
    book = Book()
    assert [asked(book), asked(book)] == [Result(State.NONE)] * 2
    assert len(book.questions) == 1


def test_lookup_remembers_nothing_of_a_service_that_was_unavailable():
    book = Book(raises=Unavailable("down"))
    asked(book)
    book.raises, book.answers = None, [PLAIN]
    assert asked(book) == Result(State.FOUND, (PLAIN,))


def test_lookup_remembers_nothing_of_a_near_service():
    book = Book(PLAIN)
    asked(book, far=False)
    asked(book, far=False)
    assert len(book.questions) == 2


def test_lookup_leaves_a_service_alone_for_as_long_as_it_asked():
    book = Book(raises=Unavailable("too_many_calls", retry_after_seconds=60))
    asked(book)
    assert asked(book) == Result(State.UNAVAILABLE)
    assert len(book.questions) == 1


def test_answers_are_kept_thirty_days_and_none_for_one():
    assert (FOUND_KEPT_SECONDS, NONE_KEPT_SECONDS) == (30 * 86400, 86400)


@pytest.mark.parametrize(("answers", "kept_seconds"), [([PLAIN], 30 * 86400), ([], 86400)])
def test_lookup_keeps_answers_for_their_time(answers, kept_seconds):
    asked(Book(*answers))
    (expires,) = cache._expire_info.values()
    assert 0 <= kept_seconds - (expires - time.time()) < 60


# ------------------------------------------------------------------------------------- what it says of a row


def typed(**values):
    of_14 = {"postcode": "7551EC", "house_number": 14, "street": "Brinkhof", "city": "Hengelo", "country": "NL"}
    return Address(**of_14 | values)


FOUND = Result(State.FOUND, (found_address(street_short="Brinkh"),))


@pytest.mark.parametrize(
    ("address", "result", "state"),
    [
        (typed(), FOUND, "valid"),
        (typed(street="", city=""), FOUND, "valid"),
        (typed(street=" BRINK-HÖF", city="hengelo"), FOUND, "valid"),
        (typed(street="Brinkh."), FOUND, "valid"),
        (typed(street="Brinkplein"), FOUND, "corrected"),
        (typed(city="Enschede"), FOUND, "corrected"),
        (typed(), Result(State.NONE), "unknown"),
        (typed(), Result(State.AMBIGUOUS, (LETTER_A,), Hint.ADDITION_NEEDED), "unknown"),
        (typed(), Result(State.UNAVAILABLE), "unchecked"),
        (typed(), None, "unchecked"),
        (typed(country="BE", postcode="2000"), None, "not_applicable"),
        (typed(street="Postbus"), FOUND, "not_applicable"),
        (typed(house_number=None), None, "not_applicable"),
        (typed(house_number=100000), None, "not_applicable"),
        (typed(postcode=""), None, "not_applicable"),
    ],
)
def test_check_state_says_what_is_known_of_the_address(address, result, state):
    assert check_state(address, result) == state


def test_suggestion_is_the_address_that_differs():
    assert suggestion(typed(street="Brinkplein"), FOUND) == FOUND.address
    assert suggestion(typed(), FOUND) is None
    assert suggestion(typed(), Result(State.NONE)) is None


def test_look_up_skips_what_no_register_knows():
    box = typed(street="Postbus", house_number=88)
    assert not can_be_looked_up(box)
    assert look_up(box, timeout_seconds=2) is None
