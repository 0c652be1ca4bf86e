import pytest

from crm.relations.folding import chunks, fold, index_words, initials_word, without_particles_in_front


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        (" ÉVA  Łoś", "eva los"),
        ("Strauß & Søn", "strauss & son"),
        ("Ægir Þór", "aegir thor"),
        ("Ĳsbrand", "ijsbrand"),
        ("’t Hoekje", "'t hoekje"),
        ("e\u0301va", "eva"),
        ("", ""),
    ],
)
def test_fold_takes_case_accents_and_odd_letters_away(text, folded):
    assert fold(text) == folded


def test_fold_is_done_after_once():
    assert [fold(fold(text)) for text in ("ÉVA", "Ĳ ß’", "´s")] == [fold(text) for text in ("ÉVA", "Ĳ ß’", "´s")]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Anne-Marie J.P. d'Hondt", [["anne", "marie"], ["jp"], ["d", "hondt"]]),
        ("J. P. Jansen", [["jp"], ["jansen"]]),
        ("J.P.Jansen", [["jp"], ["jansen"]]),
        ("v.d. Berg", [["vd"], ["berg"]]),
        ("J.P. v.d. Berg", [["jp"], ["vd"], ["berg"]]),
        ("'s-Gravenhage", [["'s"], ["gravenhage"]]),
        ("Dijkstra", [["dykstra"]]),
        ("jan.jansen", [["jan"], ["jansen"]]),
        ("!?", []),
    ],
)
def test_chunks_split_a_name_into_what_belongs_together(text, parts):
    assert chunks(text) == parts


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Stichting De Roode Bioscoop", ("roode", "bioscoop")),
        ("Jansen B.V.", ("jansen",)),
        ("De Vereniging", ("de", "vereniging")),
        ("Anne-Marie", ("anne", "marie", "annemarie")),
        ("Jansen-de Vries", ("jansen", "vries")),
        ("O'Brien", ("o", "brien", "obrien")),
        ("van 't Hart", ("hart", "t")),
        ("IJsselstein", ("ysselstein",)),
    ],
)
def test_index_words_leave_particles_and_legal_forms_out_unless_nothing_else_is_there(name, words):
    assert index_words(name) == words


@pytest.mark.parametrize(("initials", "word"), [("J.P.", "jp"), ("J P", "jp"), ("JP", "jp"), ("Th.M.", "thm")])
def test_initials_are_one_word_however_written(initials, word):
    assert initials_word(initials) == word


@pytest.mark.parametrize(
    ("word", "rest"),
    [
        ("vandenberg", "berg"),
        ("vdberg", "berg"),
        ("degroot", "groot"),
        ("terhorst", "horst"),
        ("berg", None),
        ("dean", None),
    ],
)
def test_a_name_typed_as_one_word_loses_the_particles_in_front(word, rest):
    assert without_particles_in_front(word) == rest
