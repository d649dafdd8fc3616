import os
import stat
from pathlib import Path

import pytest
import torch

from core.errors import (
    DeviceUnavailableError,
    OutputExistsError,
    OutputRefusedError,
)
from core.pipelines.device import choose_device
from core.pipelines.outputs import require_writable, write_whole


def test_a_free_place_in_folders_yet_to_be_made_is_fine(tmp_path: Path) -> None:
    path = require_writable(tmp_path / "a" / "b" / "c.double", overwrite=False)
    assert path == tmp_path / "a" / "b" / "c.double"
    assert list(tmp_path.iterdir()) == [], "nothing is made before its time"


def test_what_exists_is_refused_before_anything_is_computed(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"older")
    with pytest.raises(OutputExistsError, match="--overwrite"):
        require_writable(tmp_path / "a.npz", overwrite=False)
    require_writable(tmp_path / "a.npz", overwrite=True)


def test_a_file_in_the_way_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(OutputRefusedError, match="cannot be written"):
        require_writable(tmp_path / "a" / "b.npz", overwrite=False)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputRefusedError, match="cannot be written"):
        require_writable(tmp_path / "b.npz", overwrite=False)


def test_a_file_is_written_whole_with_ordinary_rights(tmp_path: Path) -> None:
    (tmp_path / "ordinary").write_bytes(b"")
    write_whole(tmp_path / "new" / "a.csv", b"1,2")
    assert (tmp_path / "new" / "a.csv").read_bytes() == b"1,2"
    assert [item.name for item in (tmp_path / "new").iterdir()] == ["a.csv"]
    rights = {
        stat.S_IMODE((tmp_path / name).stat().st_mode)
        for name in ("ordinary", "new/a.csv")
    }
    assert len(rights) == 1


def test_auto_is_a_device_that_is_there() -> None:
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert choose_device("auto").type == expected
    assert choose_device("cpu").type == "cpu"


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(DeviceUnavailableError, match="Use one of: auto, cpu"):
        choose_device("cuda")


def test_what_a_result_is_made_from_is_never_replaced(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"mine")
    (tmp_path / "link.mp4").symlink_to(clip)
    for name in ("clip.mp4", "link.mp4"):
        with pytest.raises(OutputExistsError, match="made from"):
            require_writable(tmp_path / name, overwrite=True, sources=[str(clip)])
    require_writable(tmp_path / "new.mp4", overwrite=True, sources=[str(clip)])
