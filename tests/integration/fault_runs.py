# Copyright (c) 2026, The finops.cloudflare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the modules of an installed collection on rows of the fault matrix, each row in a process with its own server.

A program of its own: what it imports is found on PYTHONPATH. Rows come in as JSON, and their results go out as JSON.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ansible.module_utils.testing import patch_module_args

from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator import Config, Simulator
from ansible_collections.finops.cloudflare.playbooks.files.cloudflare_simulator.config import parse_day
from ansible_collections.finops.cloudflare.plugins.modules import cloudflare_usage_export, cloudflare_usage_info

MODULES = {"info": cloudflare_usage_info, "export": cloudflare_usage_export}
ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
TOKEN = "simulator-token"
OLD = "what was there"
MAY = {"from": "2025-05-01", "to": "2025-05-31"}


def serve(take: Callable[[socket.socket], None]) -> int:
    """Give each connection to a thread; return the port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            sock, _address = listening.accept()
            threading.Thread(target=take, args=(sock,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    port: int = listening.getsockname()[1]
    return port


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def fill(deaf: socket.socket) -> list[socket.socket]:
    """Make a socket listen whose queue is full; what is returned keeps it so."""
    deaf.bind(("127.0.0.1", 0))
    deaf.listen(0)
    waiting = [socket.socket() for _each in range(3)]
    for each in waiting:
        each.setblocking(False)
        each.connect_ex(deaf.getsockname())
    return waiting


def talker(text: str) -> Callable[[socket.socket], None]:
    """Return what sends the same bytes to whoever has asked for something."""

    def take(sock: socket.socket) -> None:
        with sock:
            sock.recv(65536)
            sock.sendall(text.encode("latin-1"))

    return take


def tls_relay(certificate: Path, port: int) -> Callable[[socket.socket], None]:
    """Return what takes TLS off a connection, and passes it on to a port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def copy(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(65536):
                target.sendall(block)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def take(sock: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            context.wrap_socket(sock, server_side=True) as plain,
            socket.create_connection(("127.0.0.1", port)) as behind,
        ):
            threading.Thread(target=copy, args=(behind, plain), daemon=True).start()
            copy(plain, behind)

    return take


def prepare(disk: str, dest: Path) -> None:
    """Make the disk what a row says, with an old file at the destination unless something else is there."""
    if disk == "folder":
        dest.mkdir()
    elif disk == "link":
        dest.symlink_to(dest.with_name("elsewhere.csv"))
    elif disk == "pipe":
        os.mkfifo(dest)
    elif disk == "link-inside":
        dest.mkdir()
        (dest / "month=2025-05").symlink_to(dest.parent)
    else:
        dest.write_text(OLD)
    if disk == "full":  # no file may grow beyond this many bytes: as with a disk, it can be met at any write
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


def left(dest: Path) -> str:
    """Return old, new or nothing: what the destination holds."""
    if not dest.is_file() or dest.is_symlink():
        return "nothing"
    return "old" if dest.read_text() == OLD else "new"


def filled(value: Any, words: dict[str, str]) -> Any:
    """Put what is only known now in the place of {word}, in every text."""
    if isinstance(value, dict):
        return {name: filled(each, words) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each, words) for each in value]
    if isinstance(value, str):
        for word, meant in words.items():
            value = value.replace(f"{{{word}}}", meant)
    return value


@contextlib.contextmanager
def server(row: dict[str, Any], words: dict[str, str]) -> Iterator[tuple[str, Simulator]]:
    """Start what a row is about; yield its address, and the simulator."""
    switches = {"accounts": 1, "metrics": 2, "today": parse_day("2025-06-02"), **row.get("server", {})}
    with Simulator(Config(**switches), faults=filled(row.get("faults", []), words)) as simulator:
        port, scheme = simulator.port, "http"
        if "wire" in row:
            port = serve(talker(row["wire"]))
        if "tls" in row:
            port, scheme = serve(tls_relay(Path(words["ca"]), port)), "https"
        words["port"] = str(port)
        yield filled(row.get("url", f"{scheme}://127.0.0.1:{{port}}/client/v4"), words), simulator


def run(row: dict[str, Any]) -> dict[str, Any]:
    """Return the result of the module, how many requests came in, and what was sent elsewhere."""
    with Simulator() as elsewhere, socket.socket() as deaf, contextlib.ExitStack() as waiting:
        for each in fill(deaf):
            waiting.enter_context(each)
        ports = {"closed": str(closed_port()), "deaf": str(deaf.getsockname()[1])}
        words = {"elsewhere": elsewhere.base_url, **ports, **row.get("words", {})}
        with server(row, words) as (url, simulator):
            given = {"account_id": ACCOUNT, "max_retries": 0, "api_url": url, **MAY, **row.get("options", {})}
            options = {name: filled(value, words) for name, value in given.items() if value is not None}
            if row.get("module") == "export":
                options = {"dest": words["dest"], **options}
                prepare(row.get("disk", ""), Path(words["dest"]))
            os.environ.update(filled(row.get("env", {}), words))
            said = io.StringIO()
            with (
                contextlib.redirect_stdout(said),
                contextlib.suppress(SystemExit),
                patch_module_args({"api_token": TOKEN, **options}),
            ):
                MODULES[row.get("module", "info")].main()
            result = json.loads(said.getvalue())
            # From ansible-core 2.22 on: what Ansible is to mask. It takes that out before anybody has the result.
            result.pop("_ansible_new_secrets", None)
            return {
                "result": result,
                "requests": len(simulator.requests),
                "elsewhere": len(elsewhere.requests),
                "file": left(Path(words["dest"])),
            }


def apart(row: dict[str, Any]) -> dict[str, Any]:
    """Run a row in a child: neither its threads nor its environment are there for the next one."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            text = json.dumps(run(row))
        except BaseException as error:
            text = json.dumps({"error": repr(error)})
            raise
        finally:
            with os.fdopen(writing, "w") as stream:
                stream.write(text)
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        result: dict[str, Any] = json.loads(stream.read())
    os.waitpid(child, 0)
    return result


if __name__ == "__main__":
    json.dump([apart(row) for row in json.load(sys.stdin)], sys.stdout)
