import threading

import pytest
from django.db import connection, transaction

from crm.relations.models import Word
from crm.relations.search.words import Segment, Vocabulary, one_slip, vocabulary


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
