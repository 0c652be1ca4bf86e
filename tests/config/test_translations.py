import polib
import pytest

from config.tooling.translations import problems


def entry(msgid, msgstr="", **more):
    return polib.POEntry(msgid=msgid, msgstr=msgstr, occurrences=[("crm/x.py", "1")], **more)


def test_translations_complete_catalogue_has_no_problems():
    messages = [entry("relation"), entry("%(count)s row", msgid_plural="%(count)s rows")]
    plural = {0: "%(count)s rij", 1: "%(count)s rijen"}
    dutch = [entry("relation", "relatie"), entry("%(count)s row", msgid_plural="%(count)s rows", msgstr_plural=plural)]

    assert problems(messages, dutch) == []


@pytest.mark.parametrize(
    ("message", "dutch", "problem"),
    [
        (entry("relation"), [], "no Dutch for 'relation'"),
        (entry("relation"), [entry("relation", " ")], "no Dutch for 'relation'"),
        (
            entry("relation"),
            [entry("relation", "relatie", flags=["fuzzy"])],
            "the Dutch for 'relation' is marked fuzzy",
        ),
        (entry("May", msgctxt="month"), [entry("May", "Mag")], "no Dutch for 'May'"),
        (
            entry("%(name)s left"),
            [entry("%(name)s left", "%(naam)s vertrok")],
            "the placeholders of '%(naam)s vertrok' differ from those of '%(name)s left'",
        ),
        (
            entry("{count} of %s"),
            [entry("{count} of %s", "{count} van")],
            "the placeholders of '{count} van' differ from those of '{count} of %s'",
        ),
        (
            entry("row", msgid_plural="rows"),
            [entry("row", msgid_plural="rows", msgstr_plural={0: "rij", 1: ""})],
            "no Dutch for 'row'",
        ),
    ],
)
def test_translations_incomplete_catalogue_is_told(message, dutch, problem):
    assert problems([message], dutch) == [f"crm/x.py:1: {problem}"]
