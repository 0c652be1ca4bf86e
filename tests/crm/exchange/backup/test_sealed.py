import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.exchange.backup.sealed import PIECE_BYTES, SealedReader, SealedWriter, UnreadableBackup, new_key

KEY = new_key()


def sealed(data: bytes, key=KEY) -> bytes:
    target = io.BytesIO()
    with SealedWriter(target, key) as writer:
        writer.write(data)
    return target.getvalue()


def opened(data: bytes, keys=(KEY,)) -> bytes:
    with SealedReader(io.BytesIO(data), list(keys)) as reader:
        return reader.readall()


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES])
def test_sealed_stream_comes_back_as_it_was(size):
    data = bytes(size)

    assert opened(sealed(data)) == data


def test_sealed_stream_tells_nothing_of_its_content():
    assert b"Jansen" not in sealed(b"Jansen" * 1000)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_every_changed_byte_is_noticed(data):
    whole = sealed(b"a" * 500)
    place = data.draw(st.integers(0, len(whole) - 1))
    flipped = data.draw(st.integers(1, 255))

    changed = bytearray(whole)
    changed[place] ^= flipped

    with pytest.raises(UnreadableBackup):
        opened(bytes(changed))


def test_a_stream_cut_off_between_two_pieces_is_noticed():
    whole = sealed(bytes(2 * PIECE_BYTES + 5))
    start = whole.index(b"\n") + 1
    (length,) = struct.unpack(">I", whole[start : start + 4])

    with pytest.raises(UnreadableBackup):
        opened(whole[: start + 4 + length])


def test_two_pieces_that_changed_places_are_noticed():
    whole = sealed(b"a" * PIECE_BYTES + b"b" * PIECE_BYTES + b"c")
    start = whole.index(b"\n") + 1
    length = 4 + struct.unpack(">I", whole[start : start + 4])[0]
    one, two = whole[start : start + length], whole[start + length : start + 2 * length]

    with pytest.raises(UnreadableBackup):
        opened(whole[:start] + two + one + whole[start + 2 * length :])


def test_an_older_key_still_opens_and_another_does_not():
    whole, newer = sealed(b"x"), new_key()

    assert opened(whole, [newer, KEY]) == b"x"
    with pytest.raises(UnreadableBackup):
        opened(whole, [newer])
