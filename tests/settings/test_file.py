"""The settings file: what cannot be used is named, what is written keeps the user's own words."""

from __future__ import annotations

import os
import stat
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

import pytest

from neurotui import i18n
from neurotui.errors import BadSettings, SettingsNotSaved
from neurotui.settings.config import Budget, Persona, Price, Profile, Settings, about, default_of, find
from neurotui.settings.file import SettingsFile

WRITTEN = """\
# mine
theme = "nord"  # at night
notify_after = 3

keys.new = "ctrl+t"
keys.stop = ["ctrl+x", "f9"]

[profiles.home]  # under the desk
base_url = "http://localhost:11434/v1"

[profiles.home.prices."llama3.1"]
output = 0.5
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "neurotui" / "config.toml"


def opened(path: Path, text: str) -> SettingsFile:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return SettingsFile(path)


def test_no_file_means_the_defaults(path: Path) -> None:
    file = SettingsFile(path)
    assert file.settings == Settings()
    assert file.problems == ()


def test_every_kind_of_value_is_read(path: Path) -> None:
    file = opened(path, WRITTEN + '[personas.terse]\nparameters = {temperature = 0, stop = ["."]}\n')
    assert file.problems == ()
    assert file.settings == Settings(
        theme="nord",
        notify_after=3.0,
        keys={"new": ("ctrl+t",), "stop": ("ctrl+x", "f9")},
        profiles={"home": Profile("http://localhost:11434/v1", prices={"llama3.1": Price(output=0.5)})},
        personas={"terse": Persona(parameters={"temperature": 0, "stop": ["."]})},
    )
    assert isinstance(file.settings.notify_after, float)


@pytest.mark.parametrize(
    ("setting", "cause"),
    [
        ('currency = "shells"', "It must be a currency, such as USD or RUB"),
        ('balance = "?"', "It must be a currency, such as USD or RUB"),
        ("rate = 1e300", "It must be at most 1,000,000,000"),
        ("prices.m.input = 1e300", "It must be at most 1,000,000,000"),
    ],
)
def test_what_money_is_counted_in_is_a_currency_within_reason(path: Path, setting: str, cause: str) -> None:
    file = opened(path, f"profiles.a.{setting}\n")
    [problem] = file.problems
    assert f"line 1: profiles.a.{setting.partition(' ')[0]}" in str(problem) and cause in str(problem)
    good = opened(path, 'profiles.a.currency = "рубли"\nprofiles.a.balance = ""\n')
    assert not good.problems


@pytest.mark.parametrize(
    ("text", "place", "cause"),
    [
        ('theme = "nord"\nnotify_after = "ten"\n', "line 2: notify_after", "It must be a number"),
        ("notify_after = nan\n", "line 1: notify_after", "It must be a number"),
        ("notify_after = -1\n", "line 1: notify_after", "It must be at least 0"),
        ("text_width = 1001\n", "line 1: text_width", "It must be at most 1000"),
        ('budget.currency = "shells"\n', "line 1: budget.currency", "It must be a currency, such as USD"),
        ("text_width = 80.5\n", "line 1: text_width", "It must be a whole number"),
        ("text_width = true\n", "line 1: text_width", "It must be a whole number"),
        ("stream = 1\n", "line 1: stream", "It must be true or false"),
        ("theme = 1\n", "line 1: theme", "It must be a text"),
        ('language = "de"\n', "line 1: language", 'It must be one of these: "", en, ru'),
        ('lanugage = "ru"\n', "line 1: lanugage", "There is no such setting"),
        ("keys.new = 3\n", "line 1: keys.new", "It must be a text or a list of texts"),
        ("profiles = 3\n", "line 1: profiles", "It must be a table"),
        ("\n[budget]\nday_cost = [\n  1,\n]\n", "line 5: budget.day_cost", "It must be a number"),
        ('profile = "nowhere"\n', "line 1: profile", "There is no such profile"),
        ("keys.new = [\n  'a]',\n  3,\n]\n", "line 4: keys.new", "It must be a text or a list of texts"),
        ("[keys]\n# [b]\n\nstop = 3\n", "line 4: keys.stop", "It must be a text or a list of texts"),
        ('[profiles."a.b"]\nkey = "here"\n', "line 2: profiles.a.b.key", "It must be one of these"),
    ],
)
def test_a_bad_value_is_named_by_line_and_key_and_the_rest_holds(
    path: Path, text: str, place: str, cause: str
) -> None:
    file = opened(path, text + '[personas.kept]\nmodel = "m"\n')
    (problem,) = file.problems
    assert problem.title.endswith(f"config.toml, {place}")
    assert problem.cause.startswith(cause)
    assert file.settings == Settings(
        theme="nord" if "nord" in text else "auto",
        profiles={"a.b": Profile()} if "a.b" in text else {},
        personas={"kept": Persona(model="m")},
    )


def test_thousands_of_mistakes_are_placed_at_once_and_counted(path: Path) -> None:
    prompt = "\n".join(f'"{n}"' for n in range(3000))
    text = f'system_prompt = """{prompt}"""\n' + "".join(f"key{n} = 1\n" for n in range(3000))
    began = time.process_time()
    *problems, last = opened(path, text).problems
    assert time.process_time() - began < 2, "line by line, each from the beginning, it takes a minute"
    assert [problem.title.partition(", line ")[2] for problem in problems] == [
        f"{n + 3001}: key{n}" for n in range(3)
    ]
    assert last.cause == "2,997 more values cannot be used"


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b'theme = "nord"\nlanguage = ru\n', "line 2"),
        (b"theme = '\xff'\n", "It is not in UTF-8"),
        (b"x = ", "something is missing at its end"),
        (b"x = " + b"[" * 5000 + b"]" * 5000, ""),
        (b"x = " + b"9" * 5000, ""),
    ],
)
def test_a_broken_file_does_not_stop_the_start_and_is_never_overwritten(
    path: Path, data: bytes, cause: str
) -> None:
    path.parent.mkdir()
    path.write_bytes(data)
    file = SettingsFile(path)
    assert file.settings == Settings()
    assert cause in file.problems[0].cause
    file.change(("language",), "ru")
    assert file.settings.language == "ru"
    with pytest.raises(SettingsNotSaved):
        file.save()
    assert path.read_bytes() == data


def test_the_mark_of_an_editor_is_read_over(path: Path) -> None:
    file = opened(path, "\ufefftheme = 'nord'\r\ntext_width = 90\r\n")
    assert file.problems == ()
    file.change(("theme",), "gruvbox")
    file.save()
    assert SettingsFile(path).settings == Settings(theme="gruvbox", text_width=90)


def test_a_profile_that_is_not_there_is_not_taken_for_another_in_silence(path: Path) -> None:
    file = opened(path, '[profiles.mine]\nbase_url = "http://localhost/v1"\n[budget]\nday_cost = 1\n')
    with pytest.raises(BadSettings):
        file.change(("profile",), "mien")
    file.change(("profile",), "mine")
    file = opened(path, 'profile = "mien"\n[profiles.mine]\nbase_url = "http://localhost/v1"\n')
    (problem,) = file.problems
    assert problem.title.endswith("line 1: profile")
    assert problem.cause == "There is no such profile"


def test_a_folder_in_its_place_is_told(path: Path) -> None:
    path.mkdir(parents=True)
    assert "directory" in SettingsFile(path).problems[0].cause


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
def test_a_pipe_or_a_device_in_its_place_is_told_and_neither_awaited_nor_replaced(path: Path) -> None:
    path.parent.mkdir()
    for make in (os.mkfifo, lambda path: path.symlink_to("/dev/zero")):
        make(path)
        mode = path.stat().st_mode
        file = SettingsFile(path)
        assert file.problems[0].cause == "It is not a regular file"
        file.change(("theme",), "nord")
        with pytest.raises(SettingsNotSaved, match="It is not a regular file"):
            file.save()
        assert path.stat().st_mode == mode
        path.unlink()


def test_changes_keep_what_the_user_wrote(path: Path) -> None:
    file = opened(path, WRITTEN)
    file.change(("theme",), "gruvbox")
    file.change(("language",), "ru")
    file.change(("profiles", "home", "model"), "llama3.1")
    file.change(("profiles", "мой сервер", "base_url"), "https://example.org/v1")
    file.change(("system_prompt",), 'Be "brief".\nBe kind.\x1b')
    file.change(("keys", "stop"), None)
    file.save()
    text = path.read_text(encoding="utf-8")
    assert text.startswith('# mine\ntheme = "gruvbox"  # at night\n')
    assert "[profiles.home]  # under the desk" in text
    assert 'language = "ru" # Language of the interface' in text
    assert "ctrl+x" not in text
    again = SettingsFile(path)
    assert again.problems == ()
    assert again.settings == file.settings
    assert again.settings.system_prompt == 'Be "brief".\nBe kind.\x1b'


def test_what_is_not_there_leaves_nothing_when_it_is_taken_back(path: Path) -> None:
    file = opened(path, WRITTEN)
    file.change(("profiles", "nowhere", "model"), None)
    file.change(("budget", "day_cost"), None)
    file.save()
    assert path.read_text(encoding="utf-8") == WRITTEN
    assert "nowhere" not in file.settings.profiles


def test_a_new_file_is_private_and_explained(path: Path) -> None:
    file = SettingsFile(path)
    file.change(("budget", "day_cost"), 2)
    file.save()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "[budget]\nday_cost = 2 # Stop when" in path.read_text(encoding="utf-8")
    assert SettingsFile(path).settings.budget == Budget(day_cost=2.0)


def test_a_change_that_does_not_fit_changes_nothing(path: Path) -> None:
    file = opened(path, WRITTEN)
    before = file.settings
    with pytest.raises(BadSettings) as raised:
        file.change(("profiles", "home", "key"), "under the mat")
    assert "file, keyring" in raised.value.cause
    assert file.settings is before
    file.save()
    assert path.read_text(encoding="utf-8") == WRITTEN


def test_an_old_mistake_does_not_forbid_another_change(path: Path) -> None:
    file = opened(path, "text_width = 1\n")
    file.change(("theme",), "nord")
    file.change(("text_width",), 90)
    assert file.settings == Settings(theme="nord", text_width=90)


def test_two_instances_do_not_undo_each_other(path: Path) -> None:
    one, other = SettingsFile(path), SettingsFile(path)
    one.change(("language",), "ru")
    one.save()
    other.change(("theme",), "nord")
    other.save()
    assert SettingsFile(path).settings == Settings(language="ru", theme="nord")


@contextmanager
def full_disk() -> Iterator[None]:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_leaves_the_old_file_and_saving_can_be_tried_again(path: Path) -> None:
    file = opened(path, WRITTEN)
    file.change(("language",), "ru")
    with full_disk(), pytest.raises(SettingsNotSaved):
        file.save()
    assert path.read_text(encoding="utf-8") == WRITTEN
    assert [file.name for file in path.parent.iterdir()] == ["config.toml"]
    file.save()
    assert SettingsFile(path).settings.language == "ru"


def test_a_link_to_the_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text(WRITTEN, encoding="utf-8")
    path.parent.mkdir()
    path.symlink_to(real)
    file = SettingsFile(path)
    file.change(("language",), "ru")
    file.save()
    assert path.is_symlink()
    assert tomllib.loads(real.read_text(encoding="utf-8"))["language"] == "ru"


def test_where_a_file_is_broken_is_said_in_the_users_language(path: Path) -> None:
    file = opened(path, 'theme = "nord\ntext_width = 80\n')
    file.change(("language",), "ru")
    i18n.use("ru")
    try:
        with pytest.raises(SettingsNotSaved) as refused:
            file.save()
        assert str(refused.value.cause).endswith("Строка 1, столбец 13: это не TOML")
    finally:
        i18n.use("en")
    assert path.read_text(encoding="utf-8").startswith('theme = "nord\n')


def test_without_a_folder_settings_hold_in_memory() -> None:
    file = SettingsFile(None)
    file.change(("language",), "ru")
    assert file.settings.language == "ru"
    with pytest.raises(SettingsNotSaved):
        file.save()


@pytest.mark.parametrize("kind", [Settings, Profile, Persona, Price, Budget])
def test_every_setting_is_explained_and_its_default_is_fit(kind: type) -> None:
    for field in fields(kind):
        assert about(field).title
        assert about(field).explanation
        choices = about(field).choices
        assert not choices or default_of(field) in choices


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (("theme",), "theme"),
        (("budget", "day_cost"), "day_cost"),
        (("profiles", "x", "model"), "model"),
        (("profiles", "x", "prices", "gpt-5", "input"), "input"),
        (("personas", "x", "parameters"), "parameters"),
        (("personas", "x", "parameters", "seed"), None),
        (("keys", "stop"), None),
        (("nothing",), None),
    ],
)
def test_a_setting_is_found_by_its_key(key: tuple[str, ...], name: str | None) -> None:
    field = find(key)
    assert (field.name if field else None) == name


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_mark_that_editors_begin_a_file_with_is_read_over(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes('language = "ru"\r\n# тема\r\ntheme = "nord"\r\n'.encode(encoding))
    file = SettingsFile(path)
    assert (file.problems, file.settings.language, file.settings.theme) == ((), "ru", "nord")
    file.change(("theme",), "dracula")
    file.save()
    assert path.read_text(encoding="utf-8") == 'language = "ru"\n# тема\ntheme = "dracula"\n'
