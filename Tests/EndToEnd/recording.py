"""A name server that writes down what it is asked, and answers as the asked name says: what resolver libraries ask, in which order.

A name's first label is a word and the script, a pair of letters for each candidate: what A and what AAAA come to. The
candidates are the name below each domain of `DOMAINS`, then any other name, which is the one as written:

    x7-nn-aa.d1.test   NXDOMAIN       x7-nn-aa.d2.test   addresses      x7-nn-aa.   the last pair again

n NXDOMAIN, e no data, s SERVFAIL, r REFUSED, a an address, t silence.
"""
import contextlib
import socket
import threading

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

DOMAINS = ("d1.test", "d2.test", "d3.test")
CODES = {"n": dns.rcode.NXDOMAIN, "s": dns.rcode.SERVFAIL, "r": dns.rcode.REFUSED, "e": dns.rcode.NOERROR, "a": dns.rcode.NOERROR}
ADDRESS = {dns.rdatatype.A: "192.0.2.1", dns.rdatatype.AAAA: "2001:db8::1"}


class Recorder:
    """Answers on a UDP socket until closed; `asked()` gives and forgets what was asked."""

    def __init__(self, bound: socket.socket) -> None:
        self._socket, self._asked, self._lock = bound, [], threading.Lock()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                octets, client = self._socket.recvfrom(4096)
            except OSError:
                return
            with contextlib.suppress(Exception):
                query = dns.message.from_wire(octets)
                question = query.question[0]
                with self._lock:
                    self._asked.append((str(question.name), dns.rdatatype.to_text(question.rdtype)))
                if (reply := self._reply(query)) is not None:
                    self._socket.sendto(reply.to_wire(), client)

    @staticmethod
    def _reply(query: dns.message.Message) -> dns.message.Message | None:
        question = query.question[0]
        text = str(question.name).lower()
        pairs = text.split(".")[0].split("-")[1:]
        step = next((index for index, domain in enumerate(DOMAINS) if text.endswith(f".{domain}.")), len(pairs) - 1)
        pair = pairs[min(step, len(pairs) - 1)]
        code = pair[1 if question.rdtype == dns.rdatatype.AAAA else 0]
        if code == "t":
            return None
        reply = dns.message.make_response(query, recursion_available=True)
        reply.set_rcode(CODES[code])
        if code == "a":
            reply.answer.append(dns.rrset.from_text(question.name, 5, "IN", question.rdtype, ADDRESS[question.rdtype]))
        return reply

    def asked(self) -> list[tuple[str, str]]:
        with self._lock:
            asked, self._asked = self._asked, []
        return asked

    def names(self) -> dict[str, list[str]]:
        """The names in the order in which they were asked first, by their first labels."""
        names: dict[str, list[str]] = {}
        for name in dict.fromkeys(name for name, type in self.asked() if type in ("A", "AAAA")):
            names.setdefault(name.split(".")[0], []).append(name)
        return names

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(timeout=5)


def listen(address: str) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind((address, 53))
    return bound
