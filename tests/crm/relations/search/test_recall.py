"""Does somebody who mistypes a name find it among the first ten? A generated office of 3,000, always the same."""

import hashlib
import random

import pytest

from crm.core import bulk
from crm.relations.models import Person, Relation
from crm.relations.search.query import find
from tests.benchmarks.search import KINDS, Work, question, recall_by_kind

PEOPLE = 3_000
QUESTIONS_PER_KIND = 60


def names(text):
    return text.split()


GIVEN_NAMES = names("""
    Aafje Anna Bart Bram Cornelis Daan Dirk Eefje Elisabeth Emma Femke Floris Gerrit Hanneke Hendrik Ilse Jacob Jan
    Janneke Jasper Johanna Joris Julia Kees Koen Lars Lieke Lotte Maarten Margriet Marieke Maurits Mieke Nienke Noor
    Pieter Roos Ruben Sanne Saskia Sjoerd Sofie Stijn Teun Thijs Tjitske Willem Wouter Ysbrand Zwaantje
""")
HEADS = names("""
    Achter Berg Bosch Brink Brouwer Buiten Dijk Eik Groen Haag Heuvel Hoek Hof Kerk Klein Kuijper Linde Meijer Molen
    Noorder Ooster Poort Roode Schaap Schilder Slot Steen Terp Tuin Veen Veld Visser Vogel Water Wester Wilgen Zand
    Zuider Zwart Zilver
""")
TAILS = names("beek boer dam dijk donk hof horst huis huizen kamp kerk land laar man meijer mans sma stra veen wijk")
PREFIXES = ["", "", "", "van", "de", "van den", "van der", "ter", "'t"]


@pytest.fixture
def office(administration):
    """Rows of (pk, given name, family name, prefix)."""
    chance = random.Random(7)
    people = [
        Person(
            administration=administration,
            given_name=chance.choice(GIVEN_NAMES),
            prefix=chance.choice(PREFIXES),
            family_name=chance.choice(HEADS) + chance.choice(TAILS),
        )
        for _ in range(PEOPLE)
    ]
    bulk.create(people)
    first = people[0].pk
    return first, [(person.pk, person.given_name, person.family_name, person.prefix) for person in people]


@pytest.fixture
def asked(office):
    first, rows = office
    chance = random.Random(11)
    questions = [question(kind, *row[1:], chance) for kind in KINDS for row in chance.sample(rows, QUESTIONS_PER_KIND)]
    answer = [[hit.relation_id for hit in find(q.text, visible=Relation.objects.all())] for q in questions]
    return Work(questions, [], {}, {row[0]: (row[1], row[2], "") for row in rows}), answer, first


def test_names_right_and_wrong_are_found_among_the_first_ten_and_alike_on_every_database(asked):
    work, answer, first = asked
    recall = recall_by_kind(work, answer)
    relative = [[pk - first for pk in ids] for ids in answer]

    assert {kind: share >= 0.97 for kind, share in recall.items()} == dict.fromkeys(KINDS, True), recall
    assert hashlib.sha256(repr(relative).encode()).hexdigest()[:16] == "4fc373701db4c7d5"
