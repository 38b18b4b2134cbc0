"""Every sentence exists in both languages, with the same placeholders, and is used."""

import re
import string
from pathlib import Path

import pytest

from sozialraum import messages

PACKAGE = Path(messages.__file__).parents[1]
ROOMS = sorted(path.stem for path in (PACKAGE / "messages").glob("*.toml"))
CODE = "\n".join(
    path.read_text(encoding="utf-8")
    for suffix in ("*.py", "*.html", "*.js")
    for path in sorted(PACKAGE.rglob(suffix))
)


FILE_ENDINGS = {"css", "gpkg", "html", "js", "log", "py", "toml"}


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("room", ROOMS)
def test_both_languages_say_the_same_with_the_same_values(room):
    for name, sentence in messages.catalogue(room).items():
        assert set(sentence) == set(messages.LANGUAGES), f"{room}.{name}"
        assert all(sentence.values()), f"{room}.{name}"
        german, english = (placeholders(sentence[language]) for language in messages.LANGUAGES)
        assert german == english, f"{room}.{name}: {german ^ english}"


def test_every_id_in_the_code_has_a_sentence():
    pattern = re.compile(rf'"({"|".join(ROOMS)})\.([a-z0-9_]+)"')
    used = {pair for pair in pattern.findall(CODE) if pair[1] not in FILE_ENDINGS}
    missing = [
        f"{room}.{name}" for room, name in sorted(used) if name not in messages.catalogue(room)
    ]
    assert len(used) > 50
    assert missing == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_sentence_is_left_over(room):
    """A name stands in the code, or begins with a prefix that code completes."""
    completed = re.findall(r'"(?:[a-z]+\.)?([a-z0-9_]*_)\{|[(]f"(?:[a-z]+\.)?([a-z0-9_]*)\{', CODE)
    prefixes = {prefix for pair in completed for prefix in pair if prefix}
    unused = [
        name
        for name in messages.catalogue(room)
        if not re.search(rf"[\"'.]{re.escape(name)}[\"']", CODE)
        and not any(name.startswith(prefix) for prefix in prefixes)
        and not re.search(rf"areas_\w+_{name.rsplit('_', 1)[-1]}", name)
        and not re.search(rf'of_areas\(\s*"{room}\.{name.removesuffix("_one")}"', CODE)
    ]
    assert unused == []


def test_default_language_is_german_without_a_locale(monkeypatch):
    for name in ("SOZIALRAUM_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert messages.default_language() == "de"
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert messages.default_language() == "en"
    monkeypatch.setenv("SOZIALRAUM_LANG", "de")
    assert messages.default_language() == "de"


def test_a_listing_names_the_first_and_counts_the_rest():
    assert messages.listing(("a", "b"), 5, "de") == "a, b"
    assert messages.listing(tuple("abcdefg"), 5, "en") == "a, b, c, d, e and 2 more"
