"""The API server that the servers read: a real one with etcd where the environment names both, else the one for tests.

KUBE_APISERVER and ETCD are the paths of the programs.
"""
from __future__ import annotations

import base64
import concurrent.futures
import contextlib
import dataclasses
import http.client
import json
import os
import pathlib
import ssl
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator

import machine
from kubeobjects import SLICES, KubeCluster

TOKEN = "bench"
READY_SECONDS = 60
LOADERS = 8  # connections that post objects
PROTOBUF = "application/vnd.kubernetes.protobuf"
LISTS = ("/api/v1/services?resourceVersion=0", f"{SLICES}/endpointslices?resourceVersion=0")
APISERVER = pathlib.Path(__file__).parent.parent.parent / "Tests/EndToEnd/apiserver.py"


@dataclasses.dataclass(frozen=True)
class API:
    url: str
    authority: pathlib.Path
    kubeconfig: pathlib.Path
    real: bool

    def connect(self) -> http.client.HTTPSConnection:
        place = urllib.parse.urlsplit(self.url)
        return http.client.HTTPSConnection(place.hostname, place.port, timeout=60,
                                           context=ssl.create_default_context(cafile=self.authority))

    def ask(self, connection: http.client.HTTPSConnection, method: str, path: str, body: object = None,
            kind: str = "application/json") -> tuple[int, bytes]:
        connection.request(method, path, None if body is None else json.dumps(body),
                           {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind, "Accept": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()

    def control(self, action: str, **options: object) -> object:
        """Of the API server for tests: kube/faults.py, expire, requests."""
        with contextlib.closing(self.connect()) as connection:
            return json.loads(self.ask(connection, "POST", f"/-/{action}", options)[1])

    def curl(self) -> tuple[float, int]:
        """Seconds that curl needs for both lists as protobuf, and their octets."""
        command = ["curl", "-sS", "--fail", "--cacert", str(self.authority), "-H", f"Accept: {PROTOBUF}",
                   "-H", f"Authorization: Bearer {TOKEN}", "-w", "%{time_total} %{size_download}\n"]
        for path in LISTS:
            command += ["-o", "/dev/null", self.url + path]
        text = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
        times, sizes = zip(*(line.split() for line in text.splitlines()))
        return sum(map(float, times)), sum(map(int, sizes))

    def curls(self, rounds: int) -> tuple[float, float, int]:
        """The best, the median, and the octets."""
        found = [self.curl() for _ in range(rounds)]
        times = [seconds for seconds, _ in found]
        return min(times), statistics.median(times), found[-1][1]


@contextlib.contextmanager
def for_tests(folder: pathlib.Path, cluster: KubeCluster, pace: float | None) -> Iterator[API]:
    """The API server for tests with that cluster; lists come at `pace` octets a second."""
    own = folder / "api"
    own.mkdir(exist_ok=True)
    kubeconfig = own / "kubeconfig"
    objects = cluster.write_lines(own / "objects.jsonl")
    command = [sys.executable, str(APISERVER), "--manifests", str(objects), "--tls", str(own), "--token",
               TOKEN, "--kubeconfig", str(kubeconfig), *(["--pace", str(pace)] if pace else [])]
    with _running(command, own / "apiserver.log", stdout=subprocess.PIPE) as process:
        url = process.stdout.readline().decode().strip()  # when everything is loaded
        if not url:
            raise RuntimeError(f"the API server for tests does not start: {(own / 'apiserver.log').read_text()[-2000:]}")
        yield API(url, own / "ca.crt", kubeconfig, real=False)


@contextlib.contextmanager
def real(folder: pathlib.Path, cluster: KubeCluster) -> Iterator[API]:
    """kube-apiserver with etcd, filled with the cluster."""
    own = folder / "kube-apiserver"
    own.mkdir()
    client, peer, port = (machine.free_port() for _ in range(3))
    etcd = [os.environ["ETCD"], "--data-dir", str(own / "etcd"), "--unsafe-no-fsync", "--quota-backend-bytes", str(8 << 30),
            "--listen-client-urls", f"http://127.0.0.1:{client}", "--advertise-client-urls", f"http://127.0.0.1:{client}",
            "--listen-peer-urls", f"http://127.0.0.1:{peer}", "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
            "--initial-cluster", f"default=http://127.0.0.1:{peer}"]
    key = own / "service-account.key"
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    (own / "tokens").write_text(f'{TOKEN},bench,1,"system:masters"\n')
    apiserver = [os.environ["KUBE_APISERVER"], f"--etcd-servers=http://127.0.0.1:{client}", f"--secure-port={port}",
                 "--bind-address=127.0.0.1", f"--cert-dir={own}", "--service-cluster-ip-range=10.96.0.0/12",
                 "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={key}",
                 f"--service-account-signing-key-file={key}", f"--token-auth-file={own / 'tokens'}",
                 "--authorization-mode=AlwaysAllow", "--disable-admission-plugins=ServiceAccount",
                 "--endpoint-reconciler-type=none"]
    with _running(etcd, own / "etcd.log"), _running(apiserver, own / "apiserver.log") as process:
        url = f"https://127.0.0.1:{port}"
        api = API(url, own / "apiserver.crt", own / "kubeconfig", real=True)
        _await_ready(api, process, own / "apiserver.log")
        authority = base64.b64encode(api.authority.read_bytes()).decode()
        api.kubeconfig.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "bench",
            "users": [{"name": "bench", "user": {"token": TOKEN}}],
            "clusters": [{"name": "bench", "cluster": {"server": url, "certificate-authority-data": authority}}],
            "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}]}))
        _fill(api, cluster)
        yield api


def _await_ready(api: API, process: subprocess.Popen, log: pathlib.Path) -> None:
    end = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError, ssl.SSLError, http.client.HTTPException):
            with contextlib.closing(api.connect()) as connection:
                if api.ask(connection, "GET", "/readyz")[0] == 200:
                    return
        time.sleep(0.2)
    raise RuntimeError(f"kube-apiserver is not ready: {log.read_text(errors='replace')[-2000:]}")


def _fill(api: API, cluster: KubeCluster) -> None:
    """Posts everything on a few connections; Namespaces before what is in them."""
    own = threading.local()

    def post(job: tuple[str, dict]) -> None:
        if not hasattr(own, "connection"):
            own.connection = api.connect()
        code, text = api.ask(own.connection, "POST", *job)
        if code not in (201, 409):
            raise RuntimeError(f"{job[0]}: {code} {text[:300].decode(errors='replace')}")

    jobs = cluster.objects()
    with concurrent.futures.ThreadPoolExecutor(LOADERS) as pool:
        # A part at a time: the objects of a large cluster are more than memory should hold.
        while part := [job for _, job in zip(range(1000), jobs)]:
            by_path: dict[bool, list[tuple[str, dict]]] = {True: [], False: []}
            for job in part:
                by_path[job[0].endswith("/namespaces")].append(job)
            for some in (by_path[True], by_path[False]):
                for _ in pool.map(post, some):
                    pass


@contextlib.contextmanager
def _running(command: list[str], log: pathlib.Path, **options) -> Iterator[subprocess.Popen]:
    with log.open("wb") as file:
        process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], stdin=subprocess.DEVNULL, stderr=file,
                                   **{"stdout": file, **options})
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
