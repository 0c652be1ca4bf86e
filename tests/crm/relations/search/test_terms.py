import pytest

from crm.relations.search.terms import allowed_edits, read_terms


def words(text):
    return [(term.text, term.variants) for term in read_terms(text)]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Jan van den Berg", ["jan", "berg"]),
        ("berg, J.P. v.d.", ["berg", "jp"]),
        ("j p jansen", ["jp", "jansen"]),
        ("Jansen B.V.", ["jansen"]),
        ("'t Hart", ["hart"]),
        ("van der", ["van", "der"]),
        ("Stichting", ["stichting"]),
        ("aa bb cc dd ee ff gg hh ii kk", ["aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh"]),
        ("", []),
        ("?!", []),
    ],
)
def test_particles_and_legal_forms_do_not_count_beside_other_words(text, terms):
    assert [term.text for term in read_terms(text)] == terms


def test_neighbours_may_stand_together_in_the_index():
    assert words("anne marie") == [("anne", ("annemarie",)), ("marie", ("annemarie",))]
    assert words("van den berg") == [("berg", ("denberg", "vandenberg"))]
    assert words("vandenberg") == [("vandenberg", ("berg",))]


def test_key_of_several_words_is_one_term():
    assert [(term.text, [lookup.value for lookup in term.lookups]) for term in read_terms("jansen 1234 AB 12")] == [
        ("jansen", []),
        ("", ["1234ab12"]),
    ]


def test_single_word_may_be_word_and_key():
    (term,) = read_terms("2024")

    assert (term.text, [lookup.value for lookup in term.lookups]) == ("2024", ["2024"])


@pytest.mark.parametrize(
    ("word", "edits"),
    [("jo", 0), ("jan", 1), ("jans", 1), ("janse", 2), ("janssens", 2), ("vermeulen", 3), ("2024", 0)],
)
def test_longer_words_may_have_more_edits_and_numbers_none(word, edits):
    assert allowed_edits(word) == edits
