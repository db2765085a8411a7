"""Keys, seals and chance."""

import hmac
import os
import string
from collections import Counter

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from carteiro import secrets
from carteiro.errors import SealBroken
from carteiro.secrets import Key, Keyring

OLD = Key("2024", b"o" * 32)
NEW = Key("2025", b"n" * 32)


def derived(key: Key, purpose: bytes) -> bytes:
    """RFC 5869 §2.2 and §2.3 for one block of SHA-256."""
    extracted = hmac.digest(b"carteiro", key.material, "sha256")
    return hmac.digest(extracted, purpose + b"\x01", "sha256")


class TestSeal:
    @given(st.binary(max_size=200), st.text(alphabet=string.printable, max_size=20))
    def test_what_is_sealed_opens_in_its_place(self, plaintext, context):
        ring = Keyring([NEW])

        assert ring.open(ring.seal(plaintext, context), context) == plaintext

    def test_it_opens_nowhere_else(self):
        ring = Keyring([NEW])
        sealed = ring.seal(b"secret", "connectors/1")

        with pytest.raises(SealBroken):
            ring.open(sealed, "connectors/2")

    def test_equal_secrets_look_different(self):
        ring = Keyring([NEW])

        assert ring.seal(b"secret", "a") != ring.seal(b"secret", "a")

    @pytest.mark.parametrize("place", range(0, 40, 3))
    def test_a_changed_byte_is_noticed(self, place):
        ring = Keyring([NEW])
        sealed = bytearray(ring.seal(b"secret", "a"))
        sealed[place % len(sealed)] ^= 1

        with pytest.raises(SealBroken):
            ring.open(bytes(sealed), "a")

    @pytest.mark.parametrize("length", [0, 1, 2, 6, 17, 30])
    def test_a_cut_seal_is_noticed(self, length):
        ring = Keyring([NEW])

        with pytest.raises(SealBroken):
            ring.open(ring.seal(b"secret", "a")[:length], "a")

    def test_an_old_key_still_opens_and_the_new_one_seals(self):
        sealed = Keyring([OLD]).seal(b"secret", "a")
        rotated = Keyring([NEW, OLD])

        assert rotated.open(sealed, "a") == b"secret"
        assert Keyring([NEW]).open(rotated.seal(b"secret", "a"), "a") == b"secret"

    def test_a_lost_key_is_named_as_such(self):
        with pytest.raises(SealBroken):
            Keyring([NEW]).open(Keyring([OLD]).seal(b"secret", "a"), "a")

    def test_another_key_seals_when_it_is_told_to_and_all_of_them_open(self):
        ring = Keyring([NEW, OLD])
        ring.use(sealing="2024")
        sealed = ring.seal(b"secret", "a")

        assert secrets.sealed_by(sealed) == "2024"
        assert Keyring([OLD]).open(sealed, "a") == b"secret"
        ring.use(sealing="2025")
        assert ring.open(sealed, "a") == b"secret"
        with pytest.raises(ValueError, match="one of the keyring's"):
            ring.use(sealing="2023")

    @pytest.mark.parametrize("value", [b"", b"\x01", b"\x02\x01a", b"\x01\x02\xff\xff"])
    def test_what_is_no_sealed_value_has_no_key(self, value):
        with pytest.raises(SealBroken):
            secrets.sealed_by(value)


class TestDigests:
    def test_a_code_is_bound_to_all_of_its_parts(self):
        ring = Keyring([NEW])

        assert ring.code_digest("ab", "c") == ring.code_digest("ab", "c")
        assert ring.code_digest("ab", "c") != ring.code_digest("a", "bc")
        assert ring.code_digest("ab", "c") != Keyring([OLD]).code_digest("ab", "c")

    def test_a_code_of_an_old_key_is_still_found(self):
        digest = Keyring([OLD]).code_digest("1")

        assert Keyring([NEW, OLD]).code_digest("1", key_id="2024") == digest

    def test_a_code_of_a_lost_key_cannot_be_checked(self):
        with pytest.raises(SealBroken):
            Keyring([NEW]).code_digest("1", key_id="2024")

    def test_an_index_survives_a_rotation(self):
        rotated = Keyring([NEW])
        rotated.use(sealing="2025", lookup_key=Keyring([NEW, OLD]).first_lookup_key)

        assert rotated.index_digest("a") == Keyring([OLD]).index_digest("a")
        assert len(rotated.index_digest("a")) == 32

    def test_a_fingerprint_tells_keys_apart_by_more_than_their_names(self):
        ring = Keyring([NEW, OLD])

        assert ring.fingerprint("2025") == Keyring([NEW]).fingerprint("2025")
        assert ring.fingerprint("2025") != Keyring([Key("2025", b"o" * 32)]).fingerprint("2025")
        assert ring.fingerprint("2025") != ring.fingerprint("2024")


class TestWhatIsStored:
    """A release that reads none of the rows of the one before would be found out here."""

    def test_a_value_sealed_by_the_rule_opens(self):
        box = AESGCM(derived(NEW, b"seal"))
        sealed = b"\x01\x042025" + b"nonce1234567" + box.encrypt(b"nonce1234567", b"secret", b"a")

        assert Keyring([NEW]).open(sealed, "a") == b"secret"

    def test_digests_are_hmacs_over_parts_with_their_lengths(self):
        ring = Keyring([NEW, OLD])
        joined = b"\x00\x00\x00\x02ab\x00\x00\x00\x01c"
        code = hmac.digest(derived(NEW, b"code"), joined, "sha256")
        index = hmac.digest(derived(OLD, b"index"), joined, "sha256")

        assert ring.code_digest("ab", "c") == code
        assert ring.index_digest("ab", "c") == index.hex()[:32]

    def test_a_fingerprint_is_a_key_of_its_own(self):
        assert Keyring([NEW]).fingerprint("2025") == derived(NEW, b"fingerprint")


@pytest.mark.parametrize("id_", ["k", "k" * 32])
def test_a_key_may_have_a_short_name_and_a_long_one(id_):
    ring = Keyring([Key(id_, b"x" * 32)])

    assert secrets.sealed_by(ring.seal(b"secret", "a")) == id_


@pytest.mark.parametrize(("id_", "material"), [("", b"x" * 32), ("i" * 33, b"x" * 32), ("a", b"x")])
def test_a_weak_key_is_refused(id_, material):
    with pytest.raises(ValueError, match="a key"):
        Key(id_, material)


def test_a_keyring_needs_a_key():
    with pytest.raises(ValueError, match="needs a key"):
        Keyring([])


def test_two_keys_of_a_keyring_have_two_ids():
    with pytest.raises(ValueError, match="one id"):
        Keyring([NEW, Key("2025", b"x" * 32)])


def test_a_key_does_not_show_its_material():
    assert "nnnn" not in repr(NEW)


@pytest.mark.parametrize(
    ("make", "length", "alphabet"),
    [
        (secrets.standard_id, 21, string.digits + string.ascii_lowercase),
        (secrets.short_id, 12, string.digits + string.ascii_lowercase),
        (secrets.secret_value, 32, string.digits + string.ascii_letters),
        (secrets.request_id, 16, string.digits + string.ascii_letters + "_-"),
        (secrets.salt, 32, "0123456789abcdef"),
        (secrets.numeric_code, 6, string.digits),
        (lambda: secrets.letter_code(8), 8, secrets.CODE_LETTERS),
        (lambda: secrets.timed_id(5), 21, string.digits + string.ascii_lowercase),
    ],
)
def test_a_random_value_has_its_length_and_alphabet(make, length, alphabet):
    values = {make() for _ in range(500)}

    assert {len(value) for value in values} == {length}
    assert set("".join(values)) <= set(alphabet)
    assert len(values) > 490


@pytest.mark.parametrize("make", [secrets.request_id, lambda: secrets.timed_id(5)])
def test_a_process_that_is_forked_gives_names_of_its_own(make):
    make()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, "".join(make() for _ in range(9)).encode())
        os._exit(0)
    os.waitpid(child, 0)

    theirs = os.read(reading, 4096).decode()

    os.close(reading)
    os.close(writing)
    ours = [make() for _ in range(9)]
    assert len(theirs) == len("".join(ours))
    assert not [name for name in ours if name in theirs]


@pytest.mark.parametrize(
    "make", [secrets.secret_value, secrets.opaque_value, secrets.short_id, secrets.standard_id]
)
def test_what_may_open_something_is_drawn_when_it_is_wanted(monkeypatch, make):
    asked = []
    draw = secrets.secrets.token_bytes
    monkeypatch.setattr(
        secrets.secrets, "token_bytes", lambda size: asked.append(size) or draw(size)
    )

    values = {make() for _ in range(3)}

    assert len(asked) >= len(values) == 3
    assert max(asked) <= 64


def test_every_character_of_the_alphabet_is_about_as_likely():
    text = "".join(secrets.timed_id(0)[9:] for _ in range(9000))
    text += "".join(secrets.standard_id() for _ in range(5000))

    expected = len(text) / 36
    counts = [text.count(character) for character in string.digits + string.ascii_lowercase]
    # Six standard deviations: a fair draw leaves this band about once in a million runs.
    assert all(abs(count - expected) < 6 * expected**0.5 for count in counts)


def test_no_letter_of_a_code_comes_of_more_bytes_than_another(monkeypatch):
    drawn = Counter()
    for byte in range(256):
        # Chance is what is asked about. A byte that is drawn again becomes the one that follows.
        monkeypatch.setattr(secrets.secrets, "token_bytes", lambda _, byte=byte: bytes([byte, 1]))
        drawn[secrets.letter_code(1)] += 1

    again = secrets.CODE_LETTERS[1]
    assert drawn == {letter: 12 + 16 * (letter == again) for letter in secrets.CODE_LETTERS}


@pytest.mark.parametrize("moment", [0, 1, 35, 36, 1_795_000_000_000, 36**9 - 1])
def test_the_time_of_an_id_is_a_number_of_nine_digits_to_base_36(moment):
    prefix = secrets.time_prefix(moment)

    assert (len(prefix), int(prefix, 36)) == (9, moment)
    assert secrets.timed_id(moment).startswith(prefix)


@pytest.mark.parametrize(("moment", "prefix"), [(-1, "0" * 9), (36**9, "z" * 9)])
def test_a_time_out_of_range_is_the_nearest_one_in_it(moment, prefix):
    assert secrets.time_prefix(moment) == prefix


def test_a_look_up_key_has_32_bytes_and_is_a_fresh_one():
    assert len(secrets.lookup_key()) == 32
    assert secrets.lookup_key() != secrets.lookup_key()


# The χ² that nine degrees of freedom exceed once in 10^10 fair draws: Abramowitz and Stegun, 26.4.4.
# It is asked of six places, so a fair draw is refused less than once in 10^9 runs.
UNLIKELY_PLACE = 65.9


def test_all_codes_of_digits_are_equally_likely():
    codes = [secrets.numeric_code() for _ in range(1_000_000)]

    assert (
        max(chi_square(Counter(place), 10) for place in zip(*codes, strict=True)) < UNLIKELY_PLACE
    )
    # With so many cells χ² is normal, of mean k and variance 2k: seven standard deviations (10^-12).
    assert chi_square(Counter(codes), 10**6) < 10**6 + 7 * (2 * 10**6) ** 0.5


def chi_square(drawn, cells):
    """Pearson's statistic of draws that should be spread evenly over so many cells."""
    expected = drawn.total() / cells
    missing = (cells - len(drawn)) * expected
    return missing + sum((count - expected) ** 2 for count in drawn.values()) / expected


def test_codes_keep_their_leading_zeros():
    assert any(secrets.numeric_code().startswith("0") for _ in range(1000))
    assert len(secrets.numeric_code(8)) == 8


def test_values_are_compared_and_fingerprinted_as_bytes():
    assert secrets.same(b"a", b"a")
    assert not secrets.same(b"a", b"b")
    # SHA-256 of the empty string, as FIPS 180-4's examples give it.
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert secrets.fingerprint("").hex() == empty
