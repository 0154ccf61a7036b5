#!/usr/bin/env bats
# The set-up pages under ci/editors: what they show can be read by those it is for.

load common

block() { # PAGE LANGUAGE: the fenced blocks of a page
    awk -v fence="^\`\`\`$2\$" '$0 ~ fence { on = 1; next } /^```$/ { on = 0 } on { print }' "$SOURCE_DIR/ci/editors/$1.md"
}

@test "JSON and TOML of the pages are well-formed" {
    for page in vscode kate; do block $page json | python3 -m json.tool >/dev/null; done
    block helix toml >helix.toml
    python3 - <<'PY'
try:
    import tomllib
except ImportError:
    raise SystemExit
page = tomllib.load(open("helix.toml", "rb"))
assert page["language-server"]["lifelint"] == {"command": "lifelint", "args": ["lsp"]}
assert [l["name"] for l in page["language"]] == ["c", "cpp"]
PY
}

@test "VS Code's problem matcher reads every finding and nothing else" {
    leaky
    sed -i 's/^{$/{ char *q = malloc(1); (void)q;/' leaky.c
    expect_exit 1 check --no-store --color never leaky.c --
    block vscode json >tasks.json
    python3 - <<'PY'
import json, re
pattern = json.load(open("tasks.json"))["tasks"][0]["problemMatcher"]["pattern"]["regexp"]
found = [m.groups() for m in map(re.compile(pattern).match, open("out").read().split("\n")) if m]
assert [(f[0], f[3], f[5]) for f in found] == [("leaky.c", "warning", "libc-heap-leak")] * 2, found
assert not re.match(pattern, "  1. leaky.c:4: heap block allocated here")
PY
}

@test "Lisp and Lua of the pages can be read" {
    block emacs elisp >page.el
    emacs -Q --batch --eval '(with-temp-buffer (insert-file-contents "page.el") (while (ignore-errors (read (current-buffer)))) (skip-chars-forward " \n") (kill-emacs (if (eobp) 0 1)))'
    block neovim lua | sed 's/^return {/local _ = {/' >page.lua
    nvim --headless -u NONE -c 'lua assert(loadfile("page.lua"))' -c qa
}
