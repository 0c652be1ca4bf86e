"""Translations: compile, look for what is missing, add what is missing.

    python -m config.tooling.translations compile | check | add

Our code speaks English; Dutch is in locale/nl. That catalogue also translates strings of the libraries, which no
extraction from our code finds: so it is added to and compared, never rewritten by `makemessages`.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

REPOSITORY = Path(__file__).resolve().parents[2]
CATALOGUES = REPOSITORY / "locale"
DUTCH = CATALOGUES / "nl" / "LC_MESSAGES" / "django.po"
PACKAGES = ["crm", "integrations", "portal", "config"]
PLACEHOLDER = re.compile(r"%\([a-z_0-9]+\)[a-z]|%[sd]|\{[a-z_0-9.]*\}", re.IGNORECASE)


def compile_catalogues():
    """Write the .mo beside every .po that is newer than it."""
    for path in CATALOGUES.glob("*/LC_MESSAGES/*.po"):
        compiled = path.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < path.stat().st_mtime:
            polib.pofile(str(path)).save_as_mofile(str(compiled))


def key(entry):
    return entry.msgctxt, entry.msgid


def extracted():
    """Entries for every message of our code and templates, made by Django's own extraction in a copy of the tree."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for package in PACKAGES:
            shutil.copytree(REPOSITORY / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
        (copy / "locale").mkdir()
        # Settings are needed for the folder of the catalogue only, not for the applications: no django.setup().
        made = subprocess.run(
            [sys.executable, "-c", EXTRACTION, str(copy / "locale")], cwd=copy, capture_output=True, text=True
        )
        if made.returncode:
            raise RuntimeError(f"Extraction of the messages failed:\n{made.stdout}{made.stderr}")
        found = copy / "locale" / "nl" / "LC_MESSAGES" / "django.po"
        return list(polib.pofile(str(found))) if found.exists() else []


EXTRACTION = """
import sys
from django.conf import settings
settings.configure(LOCALE_PATHS=[sys.argv[1]], USE_I18N=True)
from django.core.management.commands.makemessages import Command
from django.core.management import call_command
call_command(Command(), locale=["nl"], extensions=["html", "txt", "py"], no_wrap=True, verbosity=0)
"""


def problems(entries, catalogue):
    """Return lines that say what keeps `catalogue` (of polib) from being a whole translation of `entries`."""
    known = {key(entry): entry for entry in catalogue if not entry.obsolete}
    lines = []
    for entry in entries:
        where = ", ".join(f"{path}:{line}" for path, line in entry.occurrences[:2])
        dutch = known.get(key(entry))
        if dutch is None:
            lines.append(f"{where}: no Dutch for {entry.msgid!r}")
        elif dutch.fuzzy:
            lines.append(f"{where}: the Dutch for {entry.msgid!r} is marked fuzzy")
        else:
            lines.extend(f"{where}: {line}" for line in problems_of(entry, dutch))
    return lines


def problems_of(entry, dutch):
    texts = [dutch.msgstr]
    if entry.msgid_plural:
        texts = list(dutch.msgstr_plural.values()) or [""]
    if not all(text.strip() for text in texts):
        return [f"no Dutch for {entry.msgid!r}"]
    expected = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    singular = set(PLACEHOLDER.findall(entry.msgid))
    return [
        f"the placeholders of {text!r} differ from those of {entry.msgid!r}"
        for text in texts
        if set(PLACEHOLDER.findall(text)) not in (expected, singular)
    ]


def check():
    if shutil.which("xgettext") is None:
        sys.exit("xgettext is missing: install the package gettext.")
    entries = extracted()
    catalogue = polib.pofile(str(DUTCH)) if DUTCH.exists() else []
    lines = problems(entries, catalogue)
    print("\n".join(lines) if lines else f"{len(entries)} messages, all translated.")
    return 1 if lines else 0


def add():
    """Put the messages that the Dutch catalogue lacks at its end, still untranslated."""
    if not DUTCH.exists():
        DUTCH.parent.mkdir(parents=True, exist_ok=True)
        DUTCH.touch()
    catalogue = polib.pofile(str(DUTCH), wrapwidth=0)
    catalogue.metadata = catalogue.metadata or {
        "Language": "nl",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    known = {key(entry) for entry in catalogue}
    missing = [entry for entry in extracted() if key(entry) not in known]
    catalogue.extend(missing)
    catalogue.save()
    print(f"{len(missing)} messages added to {DUTCH.relative_to(REPOSITORY)}.")
    return 0


def main(action):
    if action == "compile":
        return compile_catalogues()
    if action == "check":
        return check()
    if action == "add":
        return add()
    return f"Say compile, check or add, not {action!r}."


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or [""]))
