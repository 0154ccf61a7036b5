#!/usr/bin/env bats
# The editor service as clients see it.

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    export PYTHONPATH="$SOURCE_DIR/analyzer/lsp/test" PYTHONDONTWRITEBYTECODE=1
    printf '%s\n' '#include <stdlib.h>' '#include "b.h"' 'int f(int n) {' '    char *p = malloc(8);' '    if (n) return 1;' \
        '    free(p);' '    return 0;' '}' >a.c
    printf '%s\n' '#include <stdlib.h>' 'static inline void drop(void *p) { free(p); }' >b.h
    echo '[{"directory":"'"$PWD"'","file":"a.c","command":"cc -c a.c"}]' >compile_commands.json
}

@test "findings come and go with the text, saved or not" {
    timeout 120 python3 - <<'PY'
from client import Client, edit
c = Client(".", {"textDocument": {"publishDiagnostics": {"relatedInformation": True, "codeDescriptionSupport": True}}})
assert "diagnosticProvider" not in c.hello["result"]["capabilities"]
assert not {"hoverProvider", "completionProvider", "definitionProvider"} & set(c.hello["result"]["capabilities"])
c.open("a.c")
[d] = c.published("a.c")
assert (d["code"], d["source"], d["range"]["start"]) == ("libc-heap-leak", "lifelint", {"line": 3, "character": 14}), d
assert [r["location"]["range"]["start"]["line"] for r in d["relatedInformation"]] == [3, 4, 4], d
assert d["codeDescription"]["href"].startswith("http")
c.change("a.c", edit(4, 11, 20, "{ drop(p); return 1; }"))
assert c.published("a.c") == []
c.open("b.h", "static inline void drop(void *p) { (void)p; }\n")
c.change("a.c", edit(2, 0, 0, "/* \U0001F600 */ "))
[d] = c.published("a.c")
assert d["range"]["start"]["line"] == 3
c.tell("textDocument/didClose", textDocument={"uri": c.uri("a.c")})
c.bye()
PY
}

@test "columns are counted as the client counts them" {
    sed -i 's|    char \*p|    /* ä😀 */ char *p|' a.c
    timeout 60 python3 - <<'PY'
from client import Client
for encodings, column in ([], 14 + 10), (["utf-16"], 14 + 10), (["utf-8", "utf-16"], 14 + 13):
    c = Client(".", {"general": {"positionEncodings": encodings}})
    c.open("a.c")
    [d] = c.published("a.c")
    assert d["range"]["start"]["character"] == column, (encodings, d)
    assert "\n1. a.c:4: " in d["message"], d  # no relatedInformation: the steps are in the message
    c.bye()
PY
}

@test "a client that asks is answered, and not sent anything" {
    timeout 60 python3 - <<'PY'
from client import Client, edit
c = Client(".", {"textDocument": {"diagnostic": {}}})
assert c.hello["result"]["capabilities"]["diagnosticProvider"]["interFileDependencies"]
c.open("a.c")
cancelled = c.begin("textDocument/diagnostic", textDocument={"uri": c.uri("a.c")})
c.tell("$/cancelRequest", id=cancelled)
assert c.answer(cancelled)["error"]["code"] == -32800
report = c.ask("textDocument/diagnostic", textDocument={"uri": c.uri("a.c")})["result"]
assert report["kind"] == "full" and [d["code"] for d in report["items"]] == ["libc-heap-leak"], report
c.change("a.c", edit(4, 0, 20, ""))
assert c.ask("textDocument/diagnostic", textDocument={"uri": c.uri("a.c")})["result"]["items"] == []
assert not [m for m in c.seen if m.get("method") == "textDocument/publishDiagnostics"]
c.bye()
PY
}

@test "the action accepts a finding, and the finding is gone" {
    timeout 60 python3 - <<'PY'
from client import Client
c = Client(".", {"textDocument": {"codeAction": {"codeActionLiteralSupport": {}}}})
c.open("a.c")
found = c.published("a.c")
where = {"textDocument": {"uri": c.uri("a.c")}, "range": found[0]["range"]}
[action] = c.ask("textDocument/codeAction", context={"diagnostics": found}, **where)["result"]
assert not action["isPreferred"]
[change] = action["edit"]["changes"][c.uri("a.c")]
assert change["newText"] == "    // lifelint:ignore libc-heap-leak: reason\n", change
c.change("a.c", {"range": change["range"], "text": change["newText"]})
assert c.published("a.c") == []
c.bye()
PY
}

@test "what can be mended has an action that does it" {
    sed -i '5i\    // lifelint:ignore posix-fd: gone' a.c
    sed -i 's/    free(p);/    free(p); \/* ä *\/ \/\/ lifelint:ignore posix-fd: gone too/' a.c
    timeout 120 python3 - <<'PY'
from client import Client
c = Client(".", {"textDocument": {"codeAction": {"codeActionLiteralSupport": {}}, "publishDiagnostics": {"relatedInformation": True}}})
c.open("a.c")
while len(found := c.published("a.c")) != 3:
    pass  # unused suppressions are known once the whole program is
for n in 2, 1:
    wrong = [d for d in found if d["code"] == "lifelint-suppression-unused"]
    sent = {k: v for k, v in wrong[-1].items() if k != "data"}  # as a client without dataSupport does
    [action] = c.ask("textDocument/codeAction", textDocument={"uri": c.uri("a.c")}, range=sent["range"],
                     context={"diagnostics": [sent]})["result"]
    assert action["isPreferred"] and action["title"] == "Mend: remove the comment", action
    [change] = action["edit"]["changes"][c.uri("a.c")]
    c.change("a.c", {"range": change["range"], "text": change["newText"]})
    # the text has changed: positions of the old one are no use
    assert c.ask("textDocument/codeAction", textDocument={"uri": c.uri("a.c")}, range=sent["range"],
                 context={"diagnostics": [sent]})["result"] == []
    found = c.published("a.c")
    assert len(found) == n, found
assert found[0]["code"] == "libc-heap-leak"
c.bye()
PY
}

@test "the configuration is read anew, and its mistakes are told" {
    timeout 60 python3 - <<'PY'
import pathlib
from client import Client
c = Client(".")
c.open("a.c")
assert len(c.published("a.c")) == 1
pathlib.Path(".lifelint.yml").write_text("disable: [libc-heap]\n")
c.tell("workspace/didChangeWatchedFiles", changes=[])
assert c.published("a.c") == []
pathlib.Path(".lifelint.yml").write_text("disable: [nope]\n")
c.tell("workspace/didChangeWatchedFiles", changes=[])
c.published("a.c")
assert any("nope" in m["params"].get("message", "") for m in c.seen if m.get("method") == "window/logMessage"), c.seen
c.bye()
PY
}

@test "each file belongs to the folder it lies in, however the folder is written" {
    mkdir -p one/deeper second-of-two elsewhere
    mv a.c b.h one/deeper && rm compile_commands.json
    cp one/deeper/b.h second-of-two
    cp one/deeper/a.c second-of-two/c.c
    cp one/deeper/*.? elsewhere
    sed -i 's/if (n)/if (n > LIMIT)/' one/deeper/a.c second-of-two/c.c elsewhere/a.c
    for place in "one deeper/a.c 1" "second-of-two c.c 2" "elsewhere a.c 3"; do
        set -- $place
        echo '[{"directory":"'"$PWD/$1"'","file":"'"$2"'","command":"cc -DLIMIT='"$3"' -c '"$2"'"}]' >$1/compile_commands.json
    done
    timeout 60 python3 - <<'PY'
import pathlib
from client import Client
here = pathlib.Path(".").resolve()
folders = [{"uri": (here / name).as_uri() + end, "name": name} for name, end in (("one", "/"), ("second-of-two", ""))]
c = Client(".", {"textDocument": {"publishDiagnostics": {"relatedInformation": True}}}, workspaceFolders=folders)
for name, limit in ("one/deeper/a.c", 1), ("second-of-two/c.c", 2), ("elsewhere/a.c", 3):
    c.open(name)  # without its own folder's command LIMIT is unknown
    found = c.published(name)
    assert [d["code"] for d in found] == ["libc-heap-leak"], (name, found)
    assert any(f"> {limit}" in r["message"] or "LIMIT" in r["message"] for r in found[0]["relatedInformation"]), found
c.bye()
PY
}

@test "nonsense is answered or ends the service, never hangs it" {
    timeout 60 python3 - <<'PY'
import os
import subprocess
from client import Client
c = Client(".")
assert c.ask("textDocument/hover")["error"]["code"] == -32601
c.tell("textDocument/didChange", textDocument={"uri": "file:///none.c"}, contentChanges=[{"text": "x"}])
c.tell("textDocument/didOpen", textDocument={"uri": "untitled:1", "text": "x"})
c.tell("textDocument/didOpen")
c.send(id=99)
assert c.answer(99)["error"]["code"] == -32600
c.bye()
lost = subprocess.run([os.environ["LIFELINT"], "lsp"], input=b"", capture_output=True)
assert lost.returncode == 1 and lost.stdout == b"", lost
broken = subprocess.run([os.environ["LIFELINT"], "lsp"], input=b"GET / HTTP/1.1\r\n\r\n", capture_output=True)
assert broken.returncode == 1 and b"Content-Length" in broken.stdout, broken
PY
}

@test "nothing is left behind, however often an analysis was ended early" {
    mkdir tmp
    TMPDIR=$PWD/tmp timeout 60 python3 - <<'PY'
import time
from client import Client, edit
c = Client(".")
c.open("a.c")
for i in range(8):
    time.sleep(0.1)  # past the quiet moment: one is under way
    c.change("a.c", edit(2, 0, 0, " "))
assert len(c.published("a.c")) == 1
c.bye()
PY
    [ -z "$(ls -A tmp)" ]
}

@test "a file without commands, and one that is gone, are no end" {
    timeout 60 python3 - <<'PY'
from client import Client
c = Client(".")
c.open("stray.c", "int x;\n")
c.published("stray.c")
c.open("a.c")
assert len(c.published("a.c")) == 1
c.bye()
PY
}

whole_program() { # a.c is right or wrong as b.c has it
    printf '%s\n' '#include <stdlib.h>' 'void drop(void *p);' 'int f(int n) {' '    char *p = malloc(8);' '    drop(p);' '    return n;' '}' >a.c
    printf '%s\n' '#include <stdlib.h>' 'void drop(void *p) { (void)p; }' >b.c
    printf '[{"directory":"%s","file":"a.c","command":"cc -c a.c"},\n{"directory":"%s","file":"b.c","command":"cc -c b.c"}]' "$PWD" "$PWD" >compile_commands.json
}

@test "what another file does counts once the program is known, and when it is edited" {
    whole_program
    timeout 120 python3 - <<'PY'
import pathlib
from client import Client, edit
c = Client(".", {"window": {"workDoneProgress": True}})
c.open("a.c")
assert c.published("a.c") == []  # drop() is unknown: it may keep p
[d] = c.published("a.c")  # the index has been made
assert d["code"] == "libc-heap-leak", d
progress = [m["params"]["value"]["kind"] for m in c.seen if m.get("method") == "$/progress"]
assert progress[0] == "begin" and progress[-1] == "end", progress
assert any(m.get("method") == "window/workDoneProgress/create" for m in c.seen)
c.open("b.c")
assert c.published("b.c") == []
c.change("b.c", edit(1, 22, 29, "free(p)"))
b_version, c.version = c.version, 1
assert c.published("a.c") == []  # from b.c's unsaved text
c.version = b_version
c.change("b.c", edit(1, 22, 29, "(void)p"))
c.version = 1
assert len(c.published("a.c")) == 1
pathlib.Path("b.c").write_text("#include <stdlib.h>\nvoid drop(void *p) { free(p); }\n")
c.tell("textDocument/didClose", textDocument={"uri": c.uri("b.c")})
c.tell("workspace/didChangeWatchedFiles", changes=[{"uri": c.uri("b.c"), "type": 2}])
while c.published("a.c"):
    pass
c.bye()
# What was indexed is known from the start.
c = Client(".")
c.open("a.c")
assert c.published("a.c") == []
assert not [m for m in c.seen if m.get("method") == "$/progress"]
c.bye()
PY
}

@test "the index can be declined" {
    whole_program
    timeout 120 python3 - <<'PY'
import queue, threading
from client import Client
c = Client(".", {"window": {"workDoneProgress": True}})
c.open("a.c")
while (m := c.receive()).get("method") != "$/progress":
    pass
c.tell("window/workDoneProgress/cancel", token=m["params"]["token"])
while (m := c.receive()).get("method") != "$/progress" or m["params"]["value"]["kind"] != "end":
    pass
c.bye()
PY
}

@test "a process that is lost is replaced" {
    whole_program
    timeout 120 python3 - <<'PY'
import os, signal, subprocess
from client import Client, edit
c = Client(".")
c.open("a.c")
c.published("a.c")
while not c.published("a.c"):
    pass
def children(pid):
    return [int(p) for p in subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout.split()]
for pid in children(c.process.pid):
    os.kill(pid, signal.SIGKILL)
c.change("a.c", edit(0, 0, 0, "\n"))
while not (found := c.published("a.c")):
    pass  # what was lost may have been the index
[d] = found
assert d["range"]["start"]["line"] == 4, d
c.bye()
PY
}

@test "a file inside a condition is read on its own prefix, and says the same" {
    printf '%s\n' '#define DEFINED_HERE 1' '#include <stdio.h>' '#ifndef NO_FEATURE' '#ifdef DEFINED_HERE' '#include <stdlib.h>' '#endif' '#include <string.h>' \
        'int f(int n) {' '    char *p = malloc(8);' '    if (n) return 1;' '    free(p);' '    return 0;' '}' '#else' '#error no' '#endif' >a.c
    timeout 60 python3 - <<'PY'
import time
from client import Client, edit
c = Client(".")
c.open("a.c")
first = c.published("a.c")
assert len(first) == 1
for i in range(4):
    time.sleep(0.5)  # the prefix is made after the report
    c.change("a.c", edit(9, 11, 11, " "))
    again = c.published("a.c")
    assert [(d["code"], d["range"], d["message"]) for d in again] == [(d["code"], d["range"], d["message"]) for d in first], again
c.bye()
PY
}

@test "half a statement does not make the rest of the file come and go" {
    whole_program
    printf '%s\n' 'int g(int n) {' '    if (n)' '        n = 2;' '    return n;' '}' | cat - a.c >c.c && mv c.c a.c
    timeout 120 python3 - <<'PY'
from client import Client, edit
c = Client(".")
c.open("a.c")
c.published("a.c")
while len(c.published("a.c")) != 1:
    pass
for at, text in enumerate("if (n == {\n"):
    c.change("a.c", edit(1, 4 + at, 4 + at, text))
    [d] = c.published("a.c")  # in f, behind what is typed
    assert d["range"]["start"]["line"] == (8 if text != "\n" else 9), (text, d)
c.change("a.c", {"range": {"start": {"line": 1, "character": 4}, "end": {"line": 2, "character": 0}}, "text": ""})
[d] = c.published("a.c")
assert d["range"]["start"]["line"] == 8, d
c.bye()
PY
}
