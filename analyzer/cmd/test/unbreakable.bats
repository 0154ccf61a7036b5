#!/usr/bin/env bats
# Whatever happens to a run — killed, interrupted, no room, no permission, a second one beside it — nothing that was
# stored is lost, and there is one clear line.

load common

bats_require_minimum_version 1.5.0

UNITS=6

# A program of several units that share headers, so that a run forks, shares a prefix, solves and stores.
project() {
    local comma='' i
    printf '#ifndef P_H\n#define P_H\n#include <stdlib.h>\nchar *make(int);\nvoid drop(char *);\n#endif\n' >p.h
    printf '#include "p.h"\nchar *make(int n) { return malloc((size_t)n); }\nvoid drop(char *p) { free(p); }\n' >u0.c
    printf '[{"directory":"%s","file":"u0.c","command":"cc -c u0.c"}' "$PWD" >compile_commands.json
    for ((i = 1; i < UNITS; i++)); do
        printf '#include "p.h"\nint f%d(int x)\n{\n    char *p = make(%d);\n    if (x > 3)\n        return 1;\n    drop(p);\n    return 0;\n}\n' \
            "$i" "$i" >"u$i.c"
        printf ',{"directory":"%s","file":"u%d.c","command":"cc -c u%d.c"}' "$PWD" "$i" "$i" >>compile_commands.json
    done
    echo ']' >>compile_commands.json
}

# The database passes its own check; prints how many runs and how many findings it holds.
stored() {
    python3 - "$PWD/.lifelint/lifelint.db" <<'END_OF_PYTHON'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=20)
answer = db.execute("PRAGMA integrity_check").fetchone()[0]
if answer != "ok": sys.exit("integrity_check: " + answer)
names = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
count = lambda table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] if table in names else 0
print(count("runs"), count("findings"))
END_OF_PYTHON
}

is_sanitized() { nm -D "$LIFELINT" | grep -q __asan_init; }

@test "killed at any moment: nothing committed is lost, and the next run is right" {
    local kills=200 killed=0 i=0 pid got before after took
    is_sanitized && kills=25 # ten times slower
    project
    expect_exit 1 check
    cp out first
    took=$EPOCHREALTIME
    touch p.h && echo '/* */' >>p.h
    expect_exit 1 check
    took=$(((${EPOCHREALTIME/./} - ${took/./}) * 11 / 10))
    [ "$took" -lt 300000 ] || took=300000 # a busy machine: within a minute all the same
    cmp first out
    before=$(stored)
    while [ "$killed" -lt "$kills" ]; do
        # something to do in every run: one unit, and every fourth time all of them
        i=$((i + 1)) got=0
        echo "/* $i */" >>"u$((i % UNITS)).c"
        [ $((i % 4)) != 0 ] || echo "/* $i */" >>p.h
        "$LIFELINT" check -q >/dev/null 2>&1 &
        pid=$!
        sleep "0.$(printf '%06d' $((RANDOM * 32768 % took + RANDOM % 1000)))"
        kill -9 "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || got=$?
        [ "$got" != 137 ] || killed=$((killed + 1))
        [ "$i" -lt $((kills * 4)) ] # else hardly a run lives long enough to be killed
        [ $((i % 20)) = 0 ] || continue
        after=$(stored)
        [ "${after% *}" -ge "${before% *}" ] && [ "${after#* }" -ge "${before#* }" ]
        before=$after
    done
    expect_exit 1 check
    cmp first out
    says err "$((UNITS - 1)) unchanged"
    rm -rf .lifelint
    expect_exit 1 check
    cmp first out
}

# A library that ends the process in the middle of its KILL_AT-th write to a file at a place.
killer() {
    cat >killer.c <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>
static ssize_t at(const char *name, int fd, const void *bytes, size_t n, off64_t where) {
    static int done;
    ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, name);
    if (++done != atoi(getenv("KILL_AT"))) return real(fd, bytes, n, where);
    real(fd, bytes, n / 2, where);
    raise(SIGKILL);
    return -1;
}
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { return at("pwrite", fd, b, n, o); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) { return at("pwrite64", fd, b, n, o); }
END
    cc -shared -fPIC -o killer.so killer.c -ldl
}

@test "killed in the middle of each write to the database: nothing committed is lost" {
    is_sanitized && skip "the address sanitizer wants to be loaded first"
    local n got before after
    project
    killer
    expect_exit 1 check
    cp out first
    before=$(stored)
    cp -r .lifelint kept
    echo '/* */' >>u2.c
    for ((n = 1; ; n++)); do
        cat kept/lifelint.db >.lifelint/lifelint.db && rm -f .lifelint/lifelint.db-*
        got=0
        KILL_AT=$n LD_PRELOAD=$PWD/killer.so "$LIFELINT" check -q >/dev/null 2>&1 || got=$?
        [ "$got" != 1 ] || break # it has written all it had
        [ "$got" = 137 ]
        after=$(stored)
        [ "${after% *}" -ge "${before% *}" ] && [ "${after#* }" -ge "${before#* }" ]
        [ $((n % 4)) = 0 ] || continue
        expect_exit 1 check
        cmp first out
    done
    [ "$n" -gt 20 ]
}

@test "runs at once on one database all finish" {
    project
    local pids=() pid got
    for i in 1 2 3 4; do
        "$LIFELINT" check >"out$i" 2>"err$i" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        got=0
        wait "$pid" || got=$?
        [ "$got" = 1 ]
    done
    for i in 1 2 3 4; do
        cmp out1 "out$i"
        lacks "err$i" "not stored"
    done
    [ "$(stored | cut -d' ' -f1)" = 4 ]
}

@test "control-C stops within a second and keeps what is done, in the store too" {
    local i pid got=0 start
    project
    expect_exit 1 check
    mkfifo never.h
    echo '#include "never.h"' >>u5.c
    echo '/* */' >>u1.c
    sleep 0.05 # what is written within the tick of the clock in which a run starts is not kept
    "$LIFELINT" check -j1 --time-limit 60 >out 2>err &
    pid=$!
    sleep 2
    start=$EPOCHREALTIME
    kill -INT $pid
    wait $pid || got=$?
    [ "$got" = 130 ]
    [ $((${EPOCHREALTIME/./} - ${start/./})) -lt 1000000 ]
    says out "u1.c"
    # what was parsed before is not parsed again
    printf '#include "p.h"\n' >u5.c
    expect_exit 1 check --stats
    says err "1 parsed, 5 unchanged"
    stored
}

# Functions of so many branches that following them takes longer than reading them.
slow_to_solve() {
    local f i
    echo 'extern int g(int);'
    for ((f = 0; f < 250; f++)); do
        echo "int f$f(int x) {"
        for ((i = 0; i < 400; i++)); do echo "    if (g(x + $i) > $i) x += g($i);"; done
        echo '    return x; }'
    done
}

@test "control-C while solving stops within a second, and what was parsed is not parsed again" {
    local pid got=0 start had_workers=
    project
    expect_exit 1 check
    slow_to_solve >u1.c
    sleep 0.05 # as above
    "$LIFELINT" check >out 2>err &
    pid=$!
    # the workers come and go, and what follows is solving
    while kill -0 $pid 2>/dev/null; do
        if pgrep -P $pid >/dev/null; then had_workers=1; elif [ -n "$had_workers" ]; then break; fi
        sleep 0.02
    done
    sleep 0.1
    start=$EPOCHREALTIME
    kill -INT $pid
    wait $pid || got=$?
    [ "$got" = 130 ]
    [ $((${EPOCHREALTIME/./} - ${start/./})) -lt 1000000 ]
    # the sanitizer's word on the jump out of the solver's own stack
    sed -i '/^==[0-9]*==WARNING: ASan is ignoring/d; /^False positive error reports/d; /^For details see/d' err
    one_error "stopped while solving"
    stored
    expect_exit 1 check --stats
    says err "0 parsed, 6 unchanged"
}

@test "no room for the store: one line, all findings" {
    is_sanitized && skip "a limit on file sizes is what the sanitizers trip over"
    project
    local got=0
    (ulimit -f 8 && exec "$LIFELINT" check -q >out 2>err) || got=$?
    [ "$got" = 1 ]
    one_error "not stored"
    [ "$(grep -c libc-heap-leak out)" = 5 ]
    # what was there stays
    rm -rf .lifelint
    expect_exit 1 check
    before=$(stored)
    for i in 1 2 3 4 5; do echo "/* */" >>"u$i.c"; done
    (ulimit -f 8 && exec "$LIFELINT" check -q >out 2>err) || true
    one_error "not stored"
    [ "$(stored)" = "$before" ]
}

@test "a full disk: one line, all findings" {
    [ "$(id -u)" = 0 ] && mkdir disk && mount -t tmpfs -o size=48k none disk 2>/dev/null || skip "cannot mount a small disk"
    project
    local got=0
    "$LIFELINT" check -q --store disk/lifelint.db >out 2>err || got=$?
    umount disk
    [ "$got" = 1 ]
    one_error "not stored"
    says err "full"
    [ "$(grep -c libc-heap-leak out)" = 5 ]
}

@test "a folder that cannot be written: one line, all findings" {
    local run=() got=0 here=$PWD there
    there=$(mktemp -d /tmp/lifelint-read-only-XXXXXX)
    cd "$there"
    project
    chmod 644 ./*
    chmod 555 .
    # Root writes everywhere, so root becomes nobody for this one.
    [ "$(id -u)" != 0 ] || run=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    if "${run[@]}" true 2>/dev/null && "${run[@]}" test -x "$LIFELINT"; then
        "${run[@]}" "$LIFELINT" check -q >"$here/out" 2>"$here/err" || got=$?
        cd "$here" && chmod 755 "$there" && rm -r "$there"
    else
        cd "$here" && chmod 755 "$there" && rm -r "$there"
        skip "the binary is out of nobody's reach"
    fi
    [ "$got" = 1 ]
    one_error "not stored"
    [ "$(grep -c libc-heap-leak out)" = 5 ]
}

@test "a database of a newer version is left alone: one line, all findings" {
    project
    expect_exit 1 check
    python3 -c 'import sqlite3; db = sqlite3.connect(".lifelint/lifelint.db"); db.execute("PRAGMA user_version = 99"); db.commit()'
    cp .lifelint/lifelint.db before.db
    expect_exit 1 check -q
    one_error "newer lifelint"
    [ "$(grep -c libc-heap-leak out)" = 5 ]
    cmp .lifelint/lifelint.db before.db
}

@test "a database that came with the tree hides nothing: one line, all findings, until it is named" {
    project
    expect_exit 1 check
    mkdir received
    cp -r .lifelint -- *.c *.h compile_commands.json received
    sed -i "s|$PWD|$PWD/received|g" received/compile_commands.json
    cd received
    expect_exit 1 check -q
    one_error "was not made here"
    [ "$(grep -c libc-heap-leak out)" = 5 ]
    expect_exit 3 history
    one_error "was not made here"
    expect_exit 3 rules stats
    one_error "was not made here"
    expect_exit 1 check -q --store .lifelint/lifelint.db
    expect_exit 1 check
    lacks err "was not made here"
    expect_exit 0 history
}

# Units that have nothing to report.
clean_units() {
    local i
    for ((i = 1; i < UNITS; i++)); do printf '#include "p.h"\nvoid g%d(char *p) { drop(p); }\n' "$i" >"u$i.c"; done
}

@test "a hang and a hog each cost their unit alone: exit 3 when nothing is found" {
    is_sanitized && skip "the address sanitizer and memory limits exclude each other"
    project
    clean_units
    mkfifo never.h
    echo '#include "never.h"' >>u1.c
    hog >>u2.c
    expect_exit 3 check --time-limit 10 --memory-limit 200
    says err "u1.c: gave up after 10 s"
    says err "u2.c: stopped, most likely for want of memory"
    says err "6 units, 2 units not analysed"
}

@test "a crash costs its unit alone" {
    local pid worker got=0
    project
    clean_units
    mkfifo never.h
    echo '#include "never.h"' >>u3.c
    "$LIFELINT" check -j1 --time-limit 60 >out 2>err 3>&- &
    pid=$!
    # A process that served others before may suffer from them: the unit is tried once more in a process of its own.
    exec 4>never.h # opens when somebody reads it, who then waits for more
    for _ in 1 2; do
        until worker=$(pgrep -P $pid); do sleep 0.05; done
        kill -9 "$worker"
        while kill -0 "$worker" 2>/dev/null; do sleep 0.05; done
    done
    exec 4>&-
    wait $pid || got=$?
    [ "$got" = 3 ]
    says err "u3.c: crashed the parser (Killed)"
    says err "6 units, 1 unit not analysed"
}
