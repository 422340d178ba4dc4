"""Certificates for one server on 127.0.0.1 and one client, of an authority made for them, by the openssl command."""
from __future__ import annotations

import dataclasses
import pathlib
import ssl
import subprocess


@dataclasses.dataclass(frozen=True)
class Pair:
    certificate: pathlib.Path
    key: pathlib.Path


class Certificates:
    def __init__(self, folder: pathlib.Path, names: str = "DNS:localhost,IP:127.0.0.1") -> None:
        self._folder = folder
        self.authority = self._make("ca", "/CN=test-ca", "basicConstraints=critical,CA:true", "keyUsage=critical,keyCertSign")
        self.server = self.issue("server", "/CN=kube-apiserver", f"subjectAltName={names}", "extendedKeyUsage=serverAuth")
        self.client = self.issue("client", "/O=system:masters/CN=test-client", "extendedKeyUsage=clientAuth")

    def issue(self, name: str, subject: str, *extensions: str) -> Pair:
        return self._make(name, subject, *extensions, issuer=self.authority)

    def _make(self, name: str, subject: str, *extensions: str, issuer: Pair | None = None) -> Pair:
        pair = Pair(self._folder / f"{name}.crt", self._folder / f"{name}.key")
        words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                 "-subj", subject, "-out", pair.certificate, "-keyout", pair.key]
        for extension in extensions:
            words += ["-addext", extension]
        if issuer:
            words += ["-CA", issuer.certificate, "-CAkey", issuer.key, "-addext", "basicConstraints=critical,CA:false"]
        subprocess.run(words, check=True, capture_output=True, timeout=20)
        return pair

    def context(self) -> ssl.SSLContext:
        """The server's side; a client's certificate is checked if it shows one."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server.certificate, self.server.key)
        context.load_verify_locations(self.authority.certificate)
        context.verify_mode = ssl.CERT_OPTIONAL
        context.set_alpn_protocols(["http/1.1"])
        return context
