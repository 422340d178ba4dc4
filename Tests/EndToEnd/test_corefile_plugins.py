"""The plugins that refuse, rewrite, cut and order: acl, rewrite, bufsize, bind, loadbalance; and which block a name is for."""
import dns.exception
import dns.flags
import pytest
from apiserver import APIServer
from asking import first
from cluster import text
from corefiles import CLUSTER, OUTSIDE, TRUE, WEB, Resolver, free_port, serving
from upstream import Upstream



@pytest.fixture(scope="module")
def api():
    with APIServer(CLUSTER) as api:
        yield api


@pytest.fixture(scope="module")
def upstream():
    with Upstream(OUTSIDE | {"four.only.test.": "192.0.2.4",
                             ("big.example.test.", "A"): [f"192.0.2.{number}" for number in range(1, 61)]}) as upstream:
        yield upstream


@pytest.fixture
def serve(api, upstream, tmp_path):
    with serving(api, upstream, tmp_path) as start:
        yield start


# Who may ask.

def test_acl(serve):
    server = serve("acl {\n        block type TXT net 127.0.0.2\n        filter net 127.0.0.3/32\n        drop net 127.0.0.4\n"
                   "        allow net 127.0.0.0/24\n        block\n    }\n    cache 30")
    for name, answer in {WEB[0]: TRUE[WEB], "www.example.test.": "NOERROR 192.0.2.1"}.items():
        for _ in range(2):
            assert server.says(name) == answer
            assert server.says(name, source="127.0.0.2") == answer
            assert server.says(name, source="127.0.0.3") == "NOERROR"
            assert server.says(name, source="127.0.1.1") == "REFUSED"
            with pytest.raises(dns.exception.Timeout):
                server.ask(name, "A", source="127.0.0.4", timeout=0.2)
        assert server.says(name, "TXT", source="127.0.0.2") == "REFUSED"
        assert server.says(name, "TXT") == "NOERROR"
    assert server.says(WEB[0], tcp=True, source="127.0.1.1") == "REFUSED"
    for verb, count in {"blocked": 7, "filtered": 4, "dropped": 4}.items():
        assert server.metric(f"coredns_acl_{verb}_requests_total", zone=".") == count
    assert server.metric("coredns_acl_allowed_requests_total") > 8


# What is asked.

WWW, SHOP = ("A", "192.0.2.1"), ("A", "10.96.1.1")


@pytest.mark.parametrize("line, asked, wanted", [
    ("rewrite name exact old.test www.example.test", "old.test.", ("old.test.", *WWW)),
    ("rewrite name www.old.test www.example.test", "www.old.test.", ("www.old.test.", *WWW)),
    ("rewrite name suffix .corp.internal. .example.test. answer auto", "www.corp.internal.", ("www.corp.internal.", *WWW)),
    ("rewrite name prefix legacy. www.", "legacy.example.test.", ("www.example.test.", *WWW)),
    ("rewrite name substring .old. .example.", "www.old.test.", ("www.example.test.", *WWW)),
    (r"rewrite name regex (.*)\.shop\.test {1}.default.svc.cluster.local answer auto", "web.shop.test.", ("web.shop.test.", *SHOP)),
    (r"rewrite stop name regex (.*)\.shop\.test {1}.default.svc.cluster.local "
     r"answer name (.*)\.default\.svc\.cluster\.local {1}.shop.test", "web.shop.test.", ("web.shop.test.", *SHOP)),
    ("rewrite continue name a.test b.test\n    rewrite stop name b.test www.example.test", "b.test.", ("b.test.", *WWW)),
    ("rewrite stop {\n        name suffix .shop.test .default.svc.cluster.local\n"
     "        answer name (.*).default.svc.cluster.local {1}.shop.test\n    }", "web.shop.test.", ("web.shop.test.", *SHOP)),
    ("rewrite type AAAA A", "four.only.test.", None), ("rewrite ttl exact www.example.test 7", "www.example.test.", 7)])
def test_rewrite(line, asked, wanted, serve):
    server = serve(line)
    if wanted is None:
        assert server.says(asked, "AAAA").startswith("NOERROR")
        assert server.ask(asked, "AAAA").question[0].rdtype.name == "AAAA"
        return
    for tcp in (False, True):
        answer = server.ask(asked, "A", tcp=tcp)
        assert answer.question[0].name.to_text() == asked
        assert (answer.answer[0].ttl if isinstance(wanted, int) else first(answer)) == wanted
    assert server.says(*WEB) == TRUE[WEB]


def test_rewritten_rcodes_and_negative_answers(serve):
    server = serve("rewrite name exact gone.test none.example.test\n    rewrite rcode exact broken.servfail.test SERVFAIL NXDOMAIN")
    answer = server.ask("gone.test.", "A")
    assert text(answer) == "NXDOMAIN" and answer.question[0].name.to_text() == "gone.test."
    assert server.says("broken.servfail.test.") == "NXDOMAIN"


def test_bufsize(serve):
    """A client is believed no more than this."""
    server = serve("bufsize 512")
    answer = server.ask("big.example.test.", "A", payload=4096)
    assert answer.flags & dns.flags.TC and len(answer.to_wire()) <= 512
    assert len(server.ask("big.example.test.", "A", tcp=True).answer[0]) == 60


# Where, and in what order.

def test_blocks_and_bind(api, upstream, tmp_path):
    """The longest zone wins, addresses of `bind` are kept apart, a block without plugins refuses."""
    port = free_port()
    corefile = f"""a.test:{{dns}} {{
    bind 127.0.0.1
    hosts {{
        192.0.2.61 x.a.test x.b.a.test
    }}
}}
b.a.test:{{dns}} {{
    bind 127.0.0.1
    hosts {{
        192.0.2.62 x.b.a.test
    }}
}}
a.test:{port} {{
    bind lo
    hosts {{
        192.0.2.64 x.a.test
    }}
}}
.:{{dns}} {{
    bind 127.0.0.2
    hosts {{
        192.0.2.63 x.a.test
    }}
}}
empty.test:{{dns}} {{
    bind 127.0.0.1
}}
"""
    with Resolver(tmp_path, corefile) as server:
        assert server.says("x.a.test.") == "NOERROR 192.0.2.61" and server.says("x.b.a.test.") == "NOERROR 192.0.2.62"
        assert server.says("X.B.A.test.") == "NOERROR 192.0.2.62"
        assert server.says("x.a.test.", where="127.0.0.2") == "NOERROR 192.0.2.63"
        assert server.says("empty.test.") == server.says("else.test.") == "REFUSED"
        with pytest.raises(OSError):
            server.ask("x.a.test.", "A", where="127.0.0.3", tcp=True, timeout=1)
        server.ports = [port]
        assert server.says("x.a.test.") == "NOERROR 192.0.2.64"


def test_loadbalance(serve):
    """The order of addresses changes, of the cluster's and of others'."""
    server = serve("loadbalance round_robin\n    cache 30")
    for name in ("db.default.svc.cluster.local.", "big.example.test."):
        orders = {tuple(each.to_text() for each in server.ask(name, "A", tcp=True).answer[0]) for _ in range(30)}
        assert len(orders) > 1 and len({frozenset(order) for order in orders}) == 1
