"""Manifests and zone files edited while somebody asks all the time."""
import os
import pathlib
import socket
import threading
import time

import dns.message
import dns.rcode
import pytest
from conftest import Server

SERVICE = """apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  clusterIP: {address}
  ports:
  - port: 80
"""


def write(path, name="web", address="10.96.1.1"):
    path.write_text(SERVICE.format(name=name, address=address))


class Asker(threading.Thread):
    """Asks one name over and over; keeps each answer that differs from the one before, and counts what is lost."""

    def __init__(self, port, name, kind="A"):
        super().__init__(daemon=True)
        self.query = dns.message.make_query(name, kind)
        self.seen = []
        self.asked = 0
        self.lost = 0
        self.done = threading.Event()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(1)
        self.socket.connect(("127.0.0.1", port))

    def run(self):
        wire = bytearray(self.query.to_wire())
        while not self.done.is_set() and self.asked < 200_000:
            self.asked += 1
            wire[0:2] = (self.asked & 0xFFFF).to_bytes(2, "big")
            self.socket.send(wire)
            try:
                answer = dns.message.from_wire(self.socket.recv(4096))
            except TimeoutError:
                self.lost += 1
                continue
            text = dns.rcode.to_text(answer.rcode()) + "".join(f" {data}" for rrset in answer.answer for data in rrset)
            if not self.seen or self.seen[-1][1] != text:
                self.seen.append((time.monotonic(), text))

    def wait_for(self, text, since, limit):
        """Seconds from `since` until the answer was `text`."""
        end = time.monotonic() + 5
        while time.monotonic() < end:
            if self.seen and self.seen[-1][1] == text:
                took = self.seen[-1][0] - since
                assert took < limit, f"{text!r} after {took * 1000:.0f} ms"
                return took
            time.sleep(0.001)
        raise AssertionError(f"never {text!r}: {self.seen[-5:]}")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.join()
        self.socket.close()


# 50 ms is what is promised; a machine that runs other tests too is given some more.
LIMIT = 0.25


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "manifests"
    path.mkdir()
    return path


def test_edit_rename_delete_and_back(folder):
    write(folder / "web.yaml")
    with Server("--manifests", folder) as server, Asker(server.port, "web.default.svc.cluster.local.") as asker:
        asker.wait_for("NOERROR 10.96.1.1", time.monotonic(), 5)
        took = []
        for round in range(2, 12):
            now = time.monotonic()
            write(folder / "web.yaml", address=f"10.96.1.{round}")
            took.append(asker.wait_for(f"NOERROR 10.96.1.{round}", now, LIMIT))
        # By rename, as editors write.
        now = time.monotonic()
        write(folder / ".web.yaml.swp", address="10.96.2.1")
        os.rename(folder / ".web.yaml.swp", folder / "web.yaml")
        took.append(asker.wait_for("NOERROR 10.96.2.1", now, LIMIT))
        # The file moves: the name must not go in between.
        (folder / "below").mkdir()
        os.rename(folder / "web.yaml", folder / "other.yaml")
        time.sleep(0.2)
        os.rename(folder / "other.yaml", folder / "below" / "web.yml")
        time.sleep(0.3)
        assert asker.seen[-1][1] == "NOERROR 10.96.2.1"
        assert all(text.startswith("NOERROR 10.") for _, text in asker.seen), asker.seen
        now = time.monotonic()
        os.remove(folder / "below" / "web.yml")
        asker.wait_for("NXDOMAIN", now, LIMIT)
        now = time.monotonic()
        write(folder / "below" / "new.yaml", address="10.96.3.1")
        asker.wait_for("NOERROR 10.96.3.1", now, LIMIT)
        print(f"changes seen after {min(took) * 1000:.1f} to {max(took) * 1000:.1f} ms, {asker.asked} asked")
        assert asker.lost == 0


def test_a_broken_manifest_takes_nothing_down(folder):
    write(folder / "web.yaml")
    write(folder / "other.yaml", "other", "10.96.1.9")
    with Server("--manifests", folder) as server, Asker(server.port, "web.default.svc.cluster.local.") as asker:
        asker.wait_for("NOERROR 10.96.1.1", time.monotonic(), 5)
        mark = len(server.log)
        (folder / "web.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  clusterIP:10.1.1.1\n")
        server.wait_for("web.yaml:6", 5, mark)
        time.sleep(0.2)
        assert asker.seen[-1][1] == "NOERROR 10.96.1.1"
        now = time.monotonic()
        write(folder / "web.yaml", address="10.96.1.2")
        asker.wait_for("NOERROR 10.96.1.2", now, LIMIT)
        assert [text for _, text in asker.seen] == ["NOERROR 10.96.1.1", "NOERROR 10.96.1.2"]


def test_a_folder_that_is_gone_takes_nothing_with_it(tmp_path, folder):
    write(folder / "web.yaml")
    with Server("--manifests", folder) as server, Asker(server.port, "web.default.svc.cluster.local.") as asker:
        asker.wait_for("NOERROR 10.96.1.1", time.monotonic(), 5)
        os.rename(folder, tmp_path / "elsewhere")
        server.wait_for("is gone", 5)
        time.sleep(0.1)
        assert asker.seen[-1][1] == "NOERROR 10.96.1.1"
        write(tmp_path / "elsewhere" / "web.yaml", address="10.96.1.2")
        now = time.monotonic()
        os.rename(tmp_path / "elsewhere", folder)
        asker.wait_for("NOERROR 10.96.1.2", now, LIMIT)
        now = time.monotonic()
        write(folder / "web.yaml", address="10.96.1.3")
        asker.wait_for("NOERROR 10.96.1.3", now, LIMIT)
        assert [text for _, text in asker.seen] == [f"NOERROR 10.96.1.{n}" for n in (1, 2, 3)]


def test_a_config_map_swap(tmp_path):
    """As kubelet updates a mounted ConfigMap: a new folder, then one rename of the link to it."""
    mount = tmp_path / "mount"
    for version in (1, 2):
        folder = mount / f"..v{version}"
        folder.mkdir(parents=True)
        write(folder / "web.yaml", address=f"10.96.1.{version}")
    (mount / "..data").symlink_to("..v1")
    (mount / "web.yaml").symlink_to("..data/web.yaml")
    with Server("--manifests", mount) as server, Asker(server.port, "web.default.svc.cluster.local.") as asker:
        asker.wait_for("NOERROR 10.96.1.1", time.monotonic(), 5)
        now = time.monotonic()
        (mount / "..tmp").symlink_to("..v2")
        os.rename(mount / "..tmp", mount / "..data")
        asker.wait_for("NOERROR 10.96.1.2", now, LIMIT)
        assert [text for _, text in asker.seen] == ["NOERROR 10.96.1.1", "NOERROR 10.96.1.2"]


def test_zone_files(tmp_path, folder):
    zone = tmp_path / "example.org.zone"
    text = "$ORIGIN example.org.\n$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nwww A {}\n"
    zone.write_text(text.format("192.0.2.2"))
    with Server("--manifests", folder, "--zone-file", zone) as server, Asker(server.port, "www.example.org.") as asker:
        asker.wait_for("NOERROR 192.0.2.2", time.monotonic(), 5)
        now = time.monotonic()
        zone.write_text(text.format("192.0.2.3"))
        asker.wait_for("NOERROR 192.0.2.3", now, LIMIT)
        mark = len(server.log)
        zone.write_text(text.format("192.0.2.333"))
        server.wait_for("ZON001", 5, mark)
        time.sleep(0.1)
        assert asker.seen[-1][1] == "NOERROR 192.0.2.3"
        assert {text for _, text in asker.seen} == {"NOERROR 192.0.2.2", "NOERROR 192.0.2.3"}
