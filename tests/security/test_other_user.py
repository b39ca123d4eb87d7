"""The same containment for a user without rights, when the tests run as root."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

NOBODY = 65534
TESTS = ("test_contained.py", "test_layers.py", "test_targets.py")
# In a mount namespace of its own: parents that keep the user from the Python installation
# are covered by an empty folder through which only that installation is seen.
ENTER = """
set -e
aside=$(mktemp -d)
mkdir "$aside/python"
mount --bind "$BASE" "$aside/python"
if [ -n "$COVER" ]; then
    mount -t tmpfs -o mode=755 none "$COVER"
    mkdir -p "$BASE"
    mount --bind "$aside/python" "$BASE"
fi
exec setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$@"
"""


def closed_parent(path):
    """The topmost folder above a path through which others may not go."""
    closed = [one for one in path.parents if not one.stat().st_mode & 0o001]
    return str(closed[-1]) if closed else ""


@pytest.fixture
def own_folder():
    """A folder outside pytest's own, which another run of pytest may close to others."""
    with tempfile.TemporaryDirectory(prefix="actmine-user-") as folder:
        yield Path(folder)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="these tests run as an ordinary user already")
def test_a_user_without_rights_is_contained_as_well(own_folder):
    missing = [tool for tool in ("unshare", "setpriv") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)} of util-linux")
    here = Path(__file__).resolve().parent
    if cover := closed_parent(here):
        pytest.skip(f"others may not enter {cover}, where the tests lie")
    os.chown(own_folder, NOBODY, NOBODY)
    base = Path(sys.base_prefix).resolve()
    command = ["unshare", "--mount", "sh", "-c", ENTER, "sh", sys.executable, "-m", "pytest"]
    command += [
        "-q",
        "--numprocesses",
        "0",
        "-p",
        "no:cacheprovider",
        "--basetemp",
        str(own_folder / "tests"),
    ]
    ended = subprocess.run(
        [*command, *(str(here / name) for name in TESTS)],
        cwd=here.parents[1],
        env={
            **os.environ,
            "BASE": str(base),
            "COVER": closed_parent(base),
            "HOME": str(own_folder),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if "unshare failed" in ended.stderr:
        pytest.skip(f"no mount namespace here: {ended.stderr.strip()}")
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]
    assert " passed" in ended.stdout and "skipped" not in ended.stdout
