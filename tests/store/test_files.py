import numpy as np
import pytest

from dami.errors import DamiError, ProjectError
from dami.store import files

pytestmark = pytest.mark.sqlite  # none of this is in a database
PROJECT = "abcdefghijklmnop_-1234"


def test_a_file_appears_whole(data_folder):
    path = files.model_dir(PROJECT, 3) / "network.bin"
    assert path == data_folder / "projects" / PROJECT / "models" / "3" / "network.bin"
    assert not path.parent.exists()
    files.write_atomic(path, b"one")
    files.write_atomic(path, b"second")
    assert path.read_bytes() == b"second"
    assert [entry.name for entry in path.parent.iterdir()] == ["network.bin"]


def test_a_failure_halfway_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    files.write_atomic(path, b"old")
    with pytest.raises(ZeroDivisionError), files.atomic_file(path) as file:
        file.write(b"new")
        raise ZeroDivisionError
    assert path.read_bytes() == b"old"
    assert list(tmp_path.glob("*.tmp")) + list(tmp_path.glob(".*.tmp")) == []


def test_a_killed_writer_leaves_the_old_file(tmp_path, start):
    path = tmp_path / "file"
    files.write_atomic(path, b"old")
    code = (
        "import sys; from pathlib import Path; from dami.store import files\n"
        "with files.atomic_file(Path(sys.argv[1])) as file:\n"
        "    file.write(b'new'); file.flush(); print('halfway', flush=True); sys.stdin.read()"
    )
    writer = start(code, path)
    assert writer.stdout.readline() == "halfway\n"
    writer.kill()
    writer.wait()
    assert path.read_bytes() == b"old"


def test_a_file_that_cannot_be_written_is_said_in_words(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DamiError, match="could not be stored"):
        files.write_atomic(tmp_path / "file" / "below", b"")


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", "/etc/passwd", "a" * 15, "a" * 65, "a" * 20 + "\n", "a" * 20 + "/", "ä" * 20]
)
def test_no_id_leads_out_of_the_folder(name):
    for make in (files.project_dir, files.table_path, lambda given: files.model_dir(given, 0)):
        with pytest.raises(ProjectError):
            make(name)


@pytest.mark.parametrize("number", [-1, True, "1", "../..", 1.0, None])
def test_no_number_leads_out_of_the_folder(number):
    with pytest.raises(ProjectError):
        files.model_dir(PROJECT, number)


@pytest.mark.parametrize("mmap", [True, False])
@pytest.mark.parametrize("shape", [(5, 3), (0, 3), ()])
def test_arrays_come_back(tmp_path, mmap, shape):
    array = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    files.write_array(tmp_path / "a.npy", array)
    back = files.read_array(tmp_path / "a.npy", mmap=mmap)
    assert back.dtype == array.dtype
    np.testing.assert_array_equal(back, array)


def test_a_mapped_array_stays_on_the_disk_and_is_not_written_to(tmp_path):
    files.write_array(tmp_path / "a.npy", np.arange(4))
    back = files.read_array(tmp_path / "a.npy")
    assert isinstance(back, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        back[0] = 1


def test_a_mapped_array_outlives_its_replacement(tmp_path):
    files.write_array(tmp_path / "a.npy", np.zeros(1000))
    back = files.read_array(tmp_path / "a.npy")
    files.write_array(tmp_path / "a.npy", np.ones(10))
    assert back.sum() == 0


def test_objects_are_never_pickled(tmp_path):
    folder = tmp_path / "arrays"
    folder.mkdir()
    with pytest.raises(ValueError, match="allow_pickle"):
        files.write_array(folder / "a.npy", np.array([{}], dtype=object))
    assert list(folder.iterdir()) == []
    np.save(tmp_path / "b.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ProjectError, match="cannot be read"):
        files.read_array(tmp_path / "b.npy")


@pytest.mark.parametrize("data", [b"", b"junk", b"\x93NUMPY\x01\x00"])
def test_a_damaged_array_is_said_in_words(tmp_path, data):
    (tmp_path / "a.npy").write_bytes(data)
    with pytest.raises(ProjectError, match="cannot be read"):
        files.read_array(tmp_path / "a.npy")


def test_a_missing_array_is_said_in_words(tmp_path):
    with pytest.raises(ProjectError, match="missing"):
        files.read_array(tmp_path / "a.npy")
