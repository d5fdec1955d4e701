"""What is kept of a password, and what becomes of sessions."""

from functools import partial

import argon2
import pytest
from click.testing import CliRunner

from dami.__main__ import cli
from dami.errors import DamiError
from dami.ui.access import locks, visitors
from dami.workspace import passwords


@pytest.fixture
def cheap(monkeypatch):
    """Hash at little cost, for tests that ask what fits, not how hard it is to guess. A line holds its own cost."""
    hasher = partial(argon2.PasswordHasher, time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(argon2, "PasswordHasher", hasher)


def test_what_is_kept_fits_its_password_alone(cheap):
    kept = passwords.hashed("pass wörd \U0001f40e")
    assert passwords.matches("pass wörd \U0001f40e", kept + "\n")
    for other in ("", "PASS WÖRD \U0001f40e"):
        assert not passwords.matches(other, kept)
    assert kept != passwords.hashed("pass wörd \U0001f40e")  # a salt of its own
    assert not set(kept) & set("$'\"\\ #")  # fit for a shell, a unit file and a .env file


def test_it_is_argon2id_as_other_programs_write_it():
    kept = passwords.hashed("correct horse")
    written = "$" + kept.replace(":", "$")
    assert argon2.extract_parameters(written) == argon2.profiles.RFC_9106_LOW_MEMORY
    assert argon2.PasswordHasher().verify(written, "correct horse") and passwords.matches("correct horse", written)


def test_a_password_may_hold_any_character(cheap):
    password = "a\0b \ud800 alone, not a character " + "x" * 1000
    kept = passwords.hashed(password)
    assert passwords.matches(password, kept) and not passwords.matches(password[:-1], kept)


def test_lines_that_earlier_versions_made_with_scrypt_are_good():
    kept = "scrypt:16384:8:1:RpJ3Fo4Lk1bge1aXbq6n1w:vKnfrJ0LiMrS8PrPpmCjWdVROkE_ARZ3eGPkhFihpfA"
    assert passwords.matches("pass wörd \U0001f40e", kept + "\n")
    for other in ("pass word", "", "pass wörd", "PASS WÖRD \U0001f40e"):
        assert not passwords.matches(other, kept)


def test_they_are_scrypt_as_in_rfc_7914():
    """The second vector of its section 12: P="password", S="NaCl", N=1024, r=8, p=16."""
    kept = (
        "scrypt:1024:8:16:TmFDbA:_bq-HJ00cgB4VucZDQHp_nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG_xCSedmDDaxyevuUqD7m2DYMvfoswGQA"
    )
    assert passwords.matches("password", kept) and not passwords.matches("Password", kept)


@pytest.mark.parametrize("kept", ["", "x", "scrypt:1:8:1:AA:AA", "bcrypt:16384:8:1:AA:AA", "scrypt:16384:8:1:!:AA",
                                  "scrypt:1073741824:8:1:AAAA:AAAA", "scrypt:x:8:1:AA:AA", "scrypt:16384:8:1:AAAA:",
                                  "argon2id:v=19:m=65536,t=3,p=4:AAAAAAAAAAAA:", "argon2id:v=19:m=65536,t=3,p=4",
                                  "argon2id:v=19:m=1,t=3,p=4:AAAAAAAAAAAA:AAAAAAAA", "argon2id:v=19:m=é"])  # fmt: skip
def test_a_damaged_line_is_told(kept):
    with pytest.raises(DamiError, match="DAMI_PASSWORD_HASH is damaged"):
        passwords.matches("password", kept)


def test_a_short_password_is_refused():
    with pytest.raises(DamiError, match="at least 8 characters"):
        passwords.hashed("1234567")


@pytest.fixture
def unlocked(home, monkeypatch):
    for name in ("DAMI_PASSWORD", "DAMI_PASSWORD_HASH"):
        monkeypatch.delenv(name, raising=False)
    for forget in (locks.forget, visitors._key.cache_clear, visitors._serializer.cache_clear):
        forget()
    yield
    for forget in (locks.forget, visitors._key.cache_clear, visitors._serializer.cache_clear):
        forget()


def test_another_password_ends_all_sessions(unlocked, monkeypatch):
    def is_owner() -> bool:
        locks.forget()
        return visitors.of_cookies({visitors.OWNER: cookie}).is_owner

    monkeypatch.setenv("DAMI_PASSWORD", "the first one")
    cookie = visitors.owner_cookie()
    assert is_owner()
    monkeypatch.setenv("DAMI_PASSWORD", "the second one")
    assert not is_owner()
    monkeypatch.delenv("DAMI_PASSWORD")
    assert not is_owner()
    monkeypatch.setenv("DAMI_PASSWORD", "the first one")
    assert is_owner()
    visitors.sign_out({visitors.OWNER: cookie})
    assert not is_owner()


def test_users_are_addresses_or_whole_domains(monkeypatch):
    monkeypatch.setenv("DAMI_USERS", " Ada@example.org,, @Example.com ,")
    assert all(map(locks.may_enter, ["ada@example.org", "ADA@EXAMPLE.ORG", "bob@example.com"]))
    assert not any(map(locks.may_enter, ["bob@example.org", "ada@example.org.uk", "@example.com", "", "ada", "a@"]))
    monkeypatch.delenv("DAMI_USERS")
    assert not locks.may_enter("ada@example.org")


def test_the_command_makes_a_line_that_fits(cheap):
    done = CliRunner().invoke(cli, ["password"], input="correct horse\n")
    assert done.exit_code == 0 and passwords.matches("correct horse", done.stdout)
    done = CliRunner().invoke(cli, ["password"], input="short\n")
    assert done.exit_code == 2 and done.stderr == "Error: A password needs at least 8 characters.\n"
