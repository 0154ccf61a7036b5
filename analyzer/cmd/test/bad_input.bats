#!/usr/bin/env bats
# Input that is wrong, damaged or hostile: one clear line, the right exit class, no crash.

load common

database() { # FILE...
    local comma=
    {
        printf '['
        for f; do
            printf '%s{"directory":"%s","file":"%s","command":"cc -c %s"}' "$comma" "$PWD" "$f" "$f"
            comma=,
        done
        printf ']\n'
    } >compile_commands.json
}

@test "unknown verbs and options name the nearest" {
    expect_exit 2 chekc
    one_error "did you mean 'check'?"
    expect_exit 2 check --fromat json
    one_error "did you mean '--format'?"
    expect_exit 2 check --format xml
    one_error "text|json|sarif"
    expect_exit 2 check -j many
    one_error "needs a number"
}

@test "no database and no file: how to make one" {
    expect_exit 2 check
    one_error "compile_commands.json"
    says err "bear"
}

@test "a file that is not there" {
    expect_exit 3 check nowhere.c -- -std=c17
    one_error "nowhere.c"
}

@test "a database that is empty, cut short or not JSON" {
    : >compile_commands.json
    expect_exit 3 check
    one_error "compile_commands.json"
    echo '[{"directory": "/tmp", "file": "a.c", "comm' >compile_commands.json
    expect_exit 3 check
    one_error "compile_commands.json"
    head -c 4096 /dev/urandom >compile_commands.json
    expect_exit 3 check
    one_error "compile_commands.json"
    echo '{"an": "object"}' >compile_commands.json
    expect_exit 3 check
    one_error "compile_commands.json"
}

@test "a database without entries" {
    echo '[]' >compile_commands.json
    expect_exit 3 check
    one_error "compile_commands.json"
}

@test "entries whose file is gone are said and do not stop the rest" {
    leaky
    database leaky.c gone.c
    expect_exit 1 check --no-store
    says out "libc-heap-leak"
    says err "gone.c"
}

@test "a header that is missing: analysed in part" {
    leaky
    sed -i '1i #include "generated.h"' leaky.c
    expect_exit 1 check leaky.c --no-store -- -std=c17
    says err "analysed in part"
    says err "generated.h"
    says out "libc-heap-leak"
}

@test "an unreadable file" {
    leaky
    chmod 000 leaky.c
    local run=() got=0
    # Root reads everything, so root becomes nobody for this one.
    [ "$(id -u)" != 0 ] || run=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    "${run[@]}" true 2>/dev/null && "${run[@]}" test -x "$LIFELINT" || skip "the binary is out of nobody's reach"
    "${run[@]}" "$LIFELINT" check "$PWD/leaky.c" --no-store -- -std=c17 >out 2>err || got=$?
    [ "$got" = 3 ]
    says err "leaky.c"
}

@test "a unit that never ends costs itself alone" {
    leaky
    mkfifo never.h
    echo '#include "never.h"' >hang.c
    expect_exit 1 check leaky.c hang.c --no-store --time-limit 1 -- -std=c17
    says out "libc-heap-leak"
    says err "hang.c: gave up after 1 s"
}

@test "a unit that wants more memory than it may have costs itself alone" {
    if nm -D "$LIFELINT" | grep -q __asan_init; then
        skip "the address sanitizer and memory limits exclude each other"
    fi
    leaky
    hog >hog.c
    expect_exit 1 check leaky.c hog.c --no-store --memory-limit 300 -- -std=c17
    says out "libc-heap-leak"
    says err "hog.c: stopped, most likely for want of memory (--memory-limit is 300 MB)"
}

@test "a directory and a pipe named like sources" {
    mkdir folder.c
    expect_exit 3 check folder.c --no-store -- -std=c17
    says err "folder.c"
    mkfifo pipe.c
    expect_exit 3 check pipe.c --no-store --time-limit 5 -- -std=c17
    says err "pipe.c"
}

@test "an empty file is clean" {
    : >empty.c
    expect_exit 0 check empty.c --no-store -- -std=c17
    says err "0 findings"
}

@test "a binary file: no crash" {
    head -c 65536 /dev/urandom >binary.c
    local got=0
    "$LIFELINT" check binary.c --no-store -- -std=c17 >out 2>err || got=$?
    [ "$got" = 0 ] || [ "$got" = 3 ]
    says err "binary.c"
    [ "$(wc -l <err)" -le 3 ]
}

@test "a function of a megabyte" {
    {
        echo 'extern int g(int); int big(int x) {'
        for i in $(seq 30000); do echo "    if (g(x + $i) > $i) x += g($i);"; done
        echo '    return x; }'
    } >big.c
    [ "$(stat -c %s big.c)" -gt 1000000 ]
    local got=0
    timeout 240 "$LIFELINT" check big.c --no-store -- -std=c17 >out 2>err || got=$?
    [ "$got" = 0 ] || [ "$got" = 3 ]
}

@test "deeply nested code" {
    {
        echo 'int deep(int x) {'
        for i in $(seq 20000); do printf 'if (x > %d) ' "$i"; done
        echo 'x = 1; return x; }'
    } >nested.c
    {
        echo 'int sum(int x) { return 0'
        for i in $(seq 20000); do printf ' + x'; done
        echo '; }'
    } >sum.c
    {
        printf 'int parens(int x) { return '
        for i in $(seq 5000); do printf '('; done
        printf x
        for i in $(seq 5000); do printf ')'; done
        echo '; }'
    } >parens.c
    leaky
    local got=0
    timeout 240 "$LIFELINT" check nested.c sum.c parens.c leaky.c --no-store -- -std=c17 >out 2>err || got=$?
    [ "$got" = 1 ]
    says out "libc-heap-leak"
    [ "$(wc -l <err)" -le 5 ]
}

@test "a rule pack that is broken: file, line and column" {
    printf 'rules:\n  - id: x\n    aquire: open\n' >pack.yml
    expect_exit 2 check --rules pack.yml
    says err "pack.yml:3:"
    says err "acquire"
    printf 'rules: [\n' >pack.yml
    expect_exit 2 rules check pack.yml
    says err "pack.yml:"
    expect_exit 2 check --rules nowhere.yml
    says err "nowhere.yml"
}

@test "a rule pack that is empty, binary, a program or far too deep" {
    : >empty.yml
    expect_exit 2 rules check empty.yml
    says err "empty.yml: empty"
    head -c 4096 /dev/urandom >binary.yml
    expect_exit 2 rules check binary.yml
    says err "binary.yml"
    expect_exit 2 rules check "$LIFELINT"
    printf '[%.0s' $(seq 50000) >deep.yml
    expect_exit 2 rules check deep.yml
    says err "deep.yml:1:25: nested deeper than the limit"
    mkdir packs
    expect_exit 2 rules check packs
    says err "no rule packs"
}

@test "folders and files that are not what they should be" {
    leaky
    expect_exit 2 check -p nowhere
    one_error "nowhere: no such directory"
    expect_exit 2 check --root nowhere leaky.c -- -std=c17
    one_error "--root: nowhere is no directory"
    expect_exit 4 check leaky.c --no-store --quiet -o nowhere/report.txt -- -std=c17
    one_error "nowhere/report.txt: cannot write"
    echo "[{\"directory\":\"$PWD\",\"file\":\"leaky.c\",\"command\":\"cc \\\"open leaky.c\"}]" >compile_commands.json
    expect_exit 3 check -p .
    says err "a quote that is not closed"
    printf '[%.0s' $(seq 50000) >compile_commands.json
    expect_exit 3 check -p .
    one_error "compile_commands.json:1:"
}

@test "a rule that does not exist" {
    expect_exit 2 check --disable libc-haep
    one_error "libc-heap"
    expect_exit 2 explain libc-heap-leek
    one_error "no rule 'libc-heap-leek'"
}

@test "a store that is damaged costs the comparison, not the findings" {
    leaky
    mkdir .lifelint
    head -c 8192 /dev/urandom >.lifelint/lifelint.db
    expect_exit 1 check leaky.c -- -std=c17
    says out "libc-heap-leak"
    says err "not stored"
}

@test "flags that load code are dropped with a notice" {
    leaky
    expect_exit 1 check leaky.c --no-store -- -std=c17 -fplugin=./evil.so
    says err "-fplugin"
}

@test "a full disk is an error, not a clean run" {
    [ -e /dev/full ] || skip "no /dev/full"
    leaky
    local got=0
    "$LIFELINT" check leaky.c --no-store -- -std=c17 >/dev/full 2>err || got=$?
    [ "$got" = 4 ]
    says err "cannot write"
}
