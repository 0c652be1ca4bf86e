"""What a vendor said, made safe to keep and show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.hub.errors import (
    ConfigurationError,
    CouplingError,
    PermanentError,
    TemporaryError,
    UnknownOutcome,
    clean_vendor_words,
)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Reeds aanwezig: Code  10471", "Reeds aanwezig: Code  10471"),
        ('{"access_token":"abc123","x":1}', '{"access_token":"***","x":1}'),
        ("refresh_token=abc123&client_secret=zeer-geheim&x=1", "refresh_token=***&client_secret=***&x=1"),
        ("Authorization: Bearer abcdef.123456", "Authorization: Bearer ***"),
        ("https://jan:wachtwoord@exact.example/", "https://***@exact.example/"),
        ("Ongeldig adres: jan.jansen@bakkerij.example", "Ongeldig adres: ***@***"),
        ("Bankrekening NL91 ABNA 0417 1643 00 klopt niet", "Bankrekening IBAN *** klopt niet"),
        ("Bankrekening NL91ABNA0417164300 klopt niet", "Bankrekening IBAN *** klopt niet"),
        ("regel 1\x00\x1b[31m\u202e", "regel 1  [31m"),
        (None, ""),
    ],
)
def test_vendor_words_lose_secrets_and_personal_data(said, kept):
    assert clean_vendor_words(said) == kept


def test_vendor_words_lose_the_secrets_of_this_connection():
    assert clean_vendor_words("sleutel S3-cr3t! en s3", secrets=["S3-cr3t!", "", "s3"]) == "sleutel *** en s3"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_vendor_words_stay_within_two_kilobytes(said):
    assert len(clean_vendor_words(said * 50).encode()) <= 2048


@given(st.text("abcdefgh0123456789", min_size=8, max_size=40), st.text(max_size=30), st.text(max_size=30))
def test_secret_is_never_among_the_words(secret, before, after):
    assert secret not in str(PermanentError("refused", vendor_words=before + secret + after, secrets=[secret]))


def test_secret_at_the_cut_does_not_show_a_part():
    words = clean_vendor_words("x" * 2040 + "geheim-geheim-geheim", secrets=["geheim-geheim-geheim"])
    assert "geh" not in words


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (TemporaryError, "temporary"),
        (UnknownOutcome, "unknown"),
        (PermanentError, "permanent"),
        (ConfigurationError, "configuration"),
    ],
)
def test_error_carries_what_the_hub_needs(kind, name):
    error = kind("too_many_calls", vendor_words="Te veel", retry_after_seconds=17, status=429)
    assert (isinstance(error, CouplingError), error.kind, error.retry_after_seconds) == (True, name, 17.0)
    assert str(error) == "too_many_calls (HTTP 429): Te veel"


def test_error_never_waits_less_than_nothing():
    assert TemporaryError("x", retry_after_seconds=-5).retry_after_seconds == 0.0
