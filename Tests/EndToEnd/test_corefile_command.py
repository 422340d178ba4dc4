"""The command line and the grammar: what loads, and what is said of what does not."""
import pytest
from conftest import run
from corefiles import Resolver, free_port, ours


def test_flags_of_the_command_line(clusterdns, tmp_path):
    """-dns.port and -p say which port is meant where a block names none; -pidfile; -version; -plugins; -quiet."""
    for flag in ("-dns.port", "-p"):
        port = free_port()
        with Resolver(tmp_path, ". {\n    whoami\n}\n", flag, port, "-pidfile", tmp_path / "pid", "-quiet", port=port) as server:
            assert server.ask("any.test.", "A").additional[0][0].address == "127.0.0.1"
            assert int((tmp_path / "pid").read_text()) == server.process.pid
            assert not [line for line in server.log if str(port) in line]
    assert run(clusterdns, "-version").returncode == 0
    there = run(clusterdns, "-plugins").stdout
    assert {"kubernetes", "forward", "cache", "hosts", "rewrite", "reload"} <= {word.removeprefix("dns.") for word in there.split()}


def test_what_does_not_load_is_said(clusterdns, tmp_path):
    """A Corefile that cannot be meant is one clear line, with its place, and an exit status that is not 0."""
    cases = {"nosuchplugin": ".:{dns} {\n    errors\n    nosuchplugin\n}\n",
             "kubernete": ".:{dns} {\n    kubernete cluster.local\n}\n",
             "maybe": ".:{dns} {\n    kubernetes cluster.local {\n        pods maybe\n    }\n}\n",
             "missing.conf": "import missing.conf\n.:{dns} {\n    whoami\n}\n", "70000": ".:70000 {\n    whoami\n}\n"}
    for word, text in cases.items():
        (tmp_path / "Corefile").write_text(text.replace("{dns}", str(free_port())))
        result = run(clusterdns, "-conf", tmp_path / "Corefile")
        assert result.returncode not in (0, None) and word in result.stdout + result.stderr, (word, result)


@ours
@pytest.mark.parametrize("text, place", [
    (".:{dns} {\n    errors\n    nosuchplugin\n}\n", "Corefile:3:5"),
    (".:{dns} {\n    kubernete cluster.local\n}\n", "Corefile:2:5"),
    (".:{dns} {\n    cache 30 {\n        success many\n    }\n}\n", "Corefile:3"), (".:{dns} {\n    whoami\n", "Corefile:")])
def test_where_it_does_not_load(text, place, clusterdns, tmp_path):
    (tmp_path / "Corefile").write_text(text.replace("{dns}", str(free_port())))
    result = run(clusterdns, "-conf", tmp_path / "Corefile")
    assert result.returncode == 2 and place in result.stderr, result
    assert result.stderr.count("error") == 1 and ('did you mean "kubernetes"' in result.stderr or "kubernete " not in text)


def test_all_that_the_grammar_has(tmp_path):
    """Snippets, imports by globs and relative paths, variables, comments, lists of zones, CIDR zones, quotes."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/one.server").write_text("imported.test:{$PORT} {\n    hosts {\n        192.0.2.31 imported.test\n    }\n}\n")
    (tmp_path / "parts/hosts.part").write_text("hosts {\n    192.0.2.32 part.test\n    fallthrough\n}\n")
    (tmp_path / "a zone").write_text("$ORIGIN example.test.\n@ 60 IN SOA ns hostmaster 1 7200 1800 86400 60\n@ 60 IN NS ns\n")
    text = """# a comment
(common) {
    errors # another
    bufsize 1232
}
import parts/*.server
import nothing/*.server
a.test:{dns}, b.test:{$PORT},
c.test:{%PORT%} {
    import common
    hosts {
        192.0.2.33 a.test b.test c.test
    }
}
192.0.2.0/24:{dns} {
    whoami
}
. {
    import common
    import parts/hosts.part
    whoami
}
example.test {
    file "{folder}/a zone"
}
"""
    port = free_port()
    with Resolver(tmp_path, text, "-dns.port", port, port=port, environment={"PORT": str(port)}) as server:
        for name, answer in {"imported.test.": "192.0.2.31", "part.test.": "192.0.2.32", "a.test.": "192.0.2.33",
                             "b.test.": "192.0.2.33", "c.test.": "192.0.2.33"}.items():
            assert server.says(name) == f"NOERROR {answer}"
        assert server.says("www.example.test.") == "NXDOMAIN"
        for name in ("34.2.0.192.in-addr.arpa.", "elsewhere.test."):
            assert server.ask(name, "A").additional[0][0].address == "127.0.0.1"
