import threading

import pytest
from django.db import connection, transaction

from crm.relations.models import Word
from crm.relations.search.reading import vocabulary
from crm.relations.search.words import HOLES_AT_MOST, Hole, Moment, Segment, Vocabulary, one_slip


def texts_of(words, found):
    return sorted(words.text_of(pk) for pk in set(found[0].tolist()))


def build(*texts):
    return Vocabulary((Segment([(pk, text, 1) for pk, text in enumerate(texts, start=1)]),))


def test_vocabulary_finds_exact_beginning_and_near():
    words = build("jan", "jansen", "janssen", "hansen", "dykstra", "é")

    assert texts_of(words, words.exact("jan")) == ["jan"]
    assert texts_of(words, words.exact("ja")) == []
    assert texts_of(words, words.beginning("jans")) == ["jansen", "janssen"]
    assert texts_of(words, words.near("jansen", 1)) == ["hansen", "jansen", "janssen"]
    assert texts_of(words, words.near("dykstar", 1)) == ["dykstra"]


def test_vocabulary_finds_a_beginning_with_a_slip_in_it():
    words = build("jansen", "dykstra", "dyksma", "molenaar")

    assert texts_of(words, words.slipped_beginning("jnas")) == ["jansen"]
    assert texts_of(words, words.slipped_beginning("dyktr")) == ["dykstra"]
    assert texts_of(words, words.slipped_beginning("molemaa")) == ["molenaar"]


def test_one_slip_is_every_edit_of_one_letter():
    assert {"ba", "a", "b", "aab", "axb", "xb", "ax"} <= one_slip("ab")
    assert "ab" not in one_slip("ab")


def test_near_is_the_same_in_one_segment_and_in_two():
    rows = [(1, "jansen", 1), (2, "hansen", 1), (3, "janssens", 1), (4, "claasen", 1)]
    whole = Vocabulary((Segment(rows),))
    split = Vocabulary((Segment(rows[:2]), Segment(rows[2:])))

    for edits in (1, 2, 3):
        assert texts_of(whole, whole.near("jansen", edits)) == texts_of(split, split.near("jansen", edits))


@pytest.mark.django_db(transaction=True)
def test_word_that_was_added_is_seen_at_the_next_search():
    Word.objects.create(text="aap")
    vocabulary()

    Word.objects.create(text="noot")

    words = vocabulary()
    assert texts_of(words, words.beginning("")) == ["aap", "noot"]


@pytest.mark.django_db(transaction=True)
def test_word_that_was_rolled_back_is_not_kept_even_when_its_id_is_given_again():
    Word.objects.create(pk=100, text="aap")
    vocabulary()
    with transaction.atomic():
        Word.objects.create(pk=101, text="noot")
        inside = vocabulary()
        transaction.set_rollback(True)

    Word.objects.create(pk=101, text="mies")

    words = vocabulary()
    assert texts_of(inside, inside.beginning("")) == ["aap", "noot"]
    assert texts_of(words, words.beginning("")) == ["aap", "mies"]


@pytest.mark.django_db(transaction=True)
def test_what_a_transaction_read_is_kept_when_it_commits(django_assert_num_queries):
    with transaction.atomic():
        Word.objects.create(pk=100, text="aap")
        vocabulary()

    with django_assert_num_queries(1):
        words = vocabulary()
    assert texts_of(words, words.beginning("")) == ["aap"]


@pytest.mark.django_db(transaction=True)
def test_lower_id_that_is_committed_later_is_still_seen():
    Word.objects.create(pk=100, text="aap")
    vocabulary()
    Word.objects.create(pk=105, text="mies")
    vocabulary()

    Word.objects.create(pk=103, text="noot")
    vocabulary()
    Word.objects.create(pk=102, text="wim")

    words = vocabulary()
    assert texts_of(words, words.beginning("")) == ["aap", "mies", "noot", "wim"]


@pytest.mark.django_db(transaction=True)
def test_database_that_was_emptied_or_restored_is_read_anew():
    for pk, text in ((100, "aap"), (101, "noot")):
        Word.objects.create(pk=pk, text=text)
    vocabulary()
    Word.objects.all().delete()

    Word.objects.create(pk=50, text="mies")

    words = vocabulary()
    assert texts_of(words, words.beginning("")) == ["mies"]


@pytest.mark.django_db(transaction=True)
def test_threads_share_one_vocabulary():
    for number in range(50):
        Word.objects.create(text=f"woord{number}")
    seen = []

    def search():
        try:
            seen.append(len(vocabulary()))
        finally:
            connection.close()

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == [50, 50, 50, 50]
    assert len(vocabulary()) == 50


@pytest.mark.django_db(transaction=True)
def test_transaction_that_had_to_read_all_anew_does_so_once(django_assert_num_queries):
    with transaction.atomic():
        Word.objects.create(pk=200, text="zus")
        vocabulary()
    Word.objects.all().delete()
    Word.objects.create(pk=100, text="aap")

    with transaction.atomic():
        with django_assert_num_queries(2):
            vocabulary()
        with django_assert_num_queries(1):
            words = vocabulary()
        transaction.set_rollback(True)

    assert texts_of(words, words.beginning("")) == ["aap"]


@pytest.mark.django_db(transaction=True)
def test_word_of_a_savepoint_that_was_rolled_back_is_not_kept_in_its_transaction():
    with transaction.atomic():
        Word.objects.create(pk=100, text="aap")
        vocabulary()
        with transaction.atomic():
            for pk, text in ((101, "noot"), (102, "zus")):
                Word.objects.create(pk=pk, text=text)
            inside = vocabulary()
            transaction.set_rollback(True)
        for pk, text in ((101, "mies"), (102, "zus")):
            Word.objects.create(pk=pk, text=text)
        words = vocabulary()

    kept = vocabulary()
    assert texts_of(inside, inside.beginning("")) == ["aap", "noot", "zus"]
    assert texts_of(words, words.beginning("")) == ["aap", "mies", "zus"]
    assert texts_of(kept, kept.beginning("")) == ["aap", "mies", "zus"]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_word_of_a_transaction_that_commits_after_many_later_ones_is_found(django_assert_num_queries):
    written, may_commit = threading.Event(), threading.Event()

    def write_slowly():
        try:
            with transaction.atomic():
                Word.objects.create(text="aap")
                written.set()
                may_commit.wait(10)
        finally:
            connection.close()

    slow = threading.Thread(target=write_slowly)
    Word.objects.create(text="eerste")
    vocabulary()
    slow.start()
    written.wait(10)
    for number in range(30):
        Word.objects.create(text=f"later{number}")
        with transaction.atomic():
            Word.objects.create(text="nooit")  # leaves a gap that nobody fills
            transaction.set_rollback(True)
        vocabulary()
    assert not vocabulary().exact("aap")[0].size

    may_commit.set()
    slow.join()

    with django_assert_num_queries(1):
        words = vocabulary()
    assert texts_of(words, words.exact("aap")) == ["aap"]
    assert len(words) == 32


def rows_of(*ids):
    return [(pk, f"woord{pk}", 1) for pk in ids]


def moment(seconds, oldest, following):
    return Moment(seconds=float(seconds), oldest=oldest, next=following)


def test_hole_is_asked_for_until_every_transaction_of_its_time_is_over():
    words = Vocabulary().with_rows(rows_of(1, 2), now=moment(0, 10, 10))
    words = words.with_rows(rows_of(5), now=moment(1, 10, 13))
    assert [(hole.low, hole.high) for hole in words.holes] == [(3, 4)]

    still_running = words.with_rows(rows_of(3), now=moment(900, 12, 40))
    just_over = words.with_rows([], now=moment(2, 13, 40))
    long_over = words.with_rows([], now=moment(120, 13, 40))

    assert [(hole.low, hole.high) for hole in still_running.holes] == [(4, 4)]
    assert [(hole.low, hole.high) for hole in just_over.holes] == [(3, 4)]
    assert long_over.holes == ()
    assert len(long_over) == 3


def test_many_holes_become_few_ranges_and_none_is_dropped():
    now = moment(0, 10, 13)
    words = Vocabulary().with_rows(rows_of(1), now=now).with_rows(rows_of(*range(3, 101, 2)), now=now)

    assert len(words.holes) == HOLES_AT_MOST
    assert [pk for pk in range(2, 100, 2) if not any(hole.low <= pk <= hole.high for hole in words.holes)] == []
    # a range holds words that are known; reading those again adds nothing
    assert len(words.with_rows(rows_of(2, 3, 5), now=now)) == len(words) + 1


def test_first_reading_is_done_over_once_when_what_was_being_written_is_over():
    busy = Vocabulary().with_rows(rows_of(1, 50_000), now=moment(0, 10, 13))
    quiet = Vocabulary().with_rows(rows_of(1, 50_000), now=moment(0, 13, 13))

    assert busy.unsettled == Hole(0, 50_000, moment(0, 10, 13))
    assert quiet.unsettled is None
