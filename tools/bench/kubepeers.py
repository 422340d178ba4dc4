"""clusterdns and CoreDNS as readers of an API server. CLUSTERDNS and COREDNS are the paths of the programs."""
from __future__ import annotations

import dataclasses
import os
import pathlib

import machine
from cluster import TTL
from kubeapi import API
from servers import Server, ask, query


def names() -> list[str]:
    return ["clusterdns", *(["CoreDNS"] if "COREDNS" in os.environ else [])]


@dataclasses.dataclass
class Reader(Server):
    """Ready when its log says so (if it has to) and it answers for `host`, whichever is later."""
    host: str = ""

    def _ready(self) -> bool:
        if self.synced and b" synced " not in self.log.read_bytes():
            return False
        answer = ask(self.port, query(self.host), seconds=0.01)
        return len(answer) > 12 and answer[3] & 15 == 0 and answer[6:8] != b"\0\0"


def start(name: str, folder: pathlib.Path, api: API, host: str, core: int | str, state: pathlib.Path,
          from_snapshot: bool = False) -> Reader:
    """Not started yet. `state`: the folder of clusterdns' snapshot; a start from it is ready before it has synced."""
    port = machine.free_port()
    if name == "CoreDNS":
        file = folder / f"Corefile-{port}"
        file.write_text(f"""\
.:{port} {{
    bind 127.0.0.1
    errors
    kubernetes cluster.local {{
        kubeconfig {api.kubeconfig}
        ttl {TTL}
    }}
}}
""")
        return Reader(name, [os.environ["COREDNS"], "-conf", str(file)], port, folder, core, host=host, pause=0.001)
    state.mkdir(exist_ok=True)
    admin = folder / f"admin-{port}"
    command = [os.environ["CLUSTERDNS"], "serve", "--kubeconfig", str(api.kubeconfig), "--listen", f"127.0.0.1:{port}",
               "--workers", "1", "--ttl", str(TTL), "--state", str(state), "--admin", str(admin)]
    return Reader(name, command, port, folder, core, synced=not from_snapshot, admin=admin, host=host, pause=0.001)
