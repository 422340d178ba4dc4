"""A Prometheus that scrapes one server all the while, asked over its API."""
from __future__ import annotations

import json
import math
import pathlib
import re
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def names(expression: str) -> set[str]:
    """The names of the series in a query."""
    return set(re.findall(r"\b(?:coredns|clusterdns|process|go)_\w+", expression))


class Prometheus:
    """With its data in `folder`; scrapes `address` five times a second, evaluates `rules` each second. Ends with the test."""

    JOB = "coredns"

    def __init__(self, folder: pathlib.Path, address: str, rules: pathlib.Path) -> None:
        self.port = free_port()
        config = folder / "prometheus.yaml"
        config.write_text(yaml.safe_dump({
            "global": {"scrape_interval": "200ms", "scrape_timeout": "200ms", "evaluation_interval": "1s"},
            "rule_files": [str(rules)],
            "scrape_configs": [{"job_name": self.JOB, "static_configs": [{"targets": [address]}]}]}))
        self.output = open(folder / "log", "w+")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}", "--log.level=warn",
             f"--web.listen-address=127.0.0.1:{self.port}"], stdout=self.output, stderr=subprocess.STDOUT)

    def get(self, path: str, **parameters: str) -> dict:
        """What the API says; ValueError with its words for a query that is none, ConnectionError while it starts."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            if error.code == 503:
                raise ConnectionError(str(error)) from None
            raise ValueError(json.load(error)["error"]) from None

    def values(self, query: str) -> list[float]:
        """Those that are numbers."""
        return [value for each in self.get("query", query=query)["result"]
                if not math.isnan(value := float(each["value"][1]))]

    def wait_scraping(self, limit: float = 20) -> None:
        end = time.monotonic() + limit
        seen: object = None
        while time.monotonic() < end:
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.text()}"
            try:
                seen = self.get("targets", state="active")["activeTargets"]
                if seen and all(each["health"] == "up" for each in seen):
                    return
            except (urllib.error.URLError, ConnectionError) as error:
                seen = error
            time.sleep(0.1)
        raise AssertionError(f"not scraping after {limit} s: {seen}\n{self.text()}")

    def text(self) -> str:
        self.output.flush()
        self.output.seek(0)
        return self.output.read()

    def __enter__(self) -> Prometheus:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.output.close()
