#!/usr/bin/env bats
# The command line as a user meets it: help, exit classes, where output goes.

load common

@test "help pages are as agreed" {
    for page in overview check diff facts link fix history init ir rules explain suppress confirm gen lsp doctor help version; do
        "$LIFELINT" help ${page/overview/} >"$page.txt"
        if [ -n "${UPDATE_GOLDEN-}" ]; then cp "$page.txt" "$SOURCE_DIR/analyzer/cmd/test/golden/"; fi
        diff -u "$SOURCE_DIR/analyzer/cmd/test/golden/$page.txt" "$page.txt"
    done
}

@test "--help after a verb is that verb's page" {
    expect_exit 0 check --help
    diff -u "$SOURCE_DIR/analyzer/cmd/test/golden/check.txt" out
}

@test "the man page has no roff mistakes" {
    command -v mandoc >/dev/null || skip "no mandoc"
    "$LIFELINT" help --man >lifelint.1
    ! mandoc -T lint -W warning lifelint.1 | grep -v 'missing date' || false
    mandoc lifelint.1 | grep -q "fail-on"
}

@test "completions: bash offers verbs and choices" {
    "$LIFELINT" help --completions bash >completion
    . ./completion
    COMP_WORDS=(lifelint ch) COMP_CWORD=1
    _lifelint
    [ "${COMPREPLY[*]}" = check ]
    COMP_WORDS=(lifelint check --format s) COMP_CWORD=3
    _lifelint
    [ "${COMPREPLY[*]}" = sarif ]
}

@test "completions: zsh and fish can read theirs" {
    "$LIFELINT" help --completions zsh >z
    "$LIFELINT" help --completions fish >f
    if command -v zsh; then zsh -n z; fi
    if command -v fish; then fish -n f; fi
    says z "--fail-on"
    says f "-l fail-on"
}

@test "a leak: exit 1, findings on stdout, summary on stderr" {
    leaky
    expect_exit 1 check leaky.c --no-store -- -std=c17
    says out "leaky.c:4"
    says out "libc-heap-leak"
    says err "1 finding"
    lacks err libc-heap-leak
}

@test "--fail-on decides the exit class, not the report" {
    leaky
    expect_exit 0 check leaky.c --no-store --fail-on never -- -std=c17
    says out "libc-heap-leak"
    expect_exit 0 check leaky.c --no-store --fail-on error -- -std=c17
}

@test "--disable takes a rule or one reported id" {
    leaky
    expect_exit 0 check leaky.c --no-store --disable libc-heap -- -std=c17
    expect_exit 0 check leaky.c --no-store --disable libc-heap-leak -- -std=c17
    expect_exit 1 check leaky.c --no-store --disable libc-heap-double-release -- -std=c17
}

@test "--quiet leaves findings only" {
    leaky
    expect_exit 1 check leaky.c --no-store --quiet -- -std=c17
    [ ! -s err ]
    says out "libc-heap-leak"
}

@test "formats: json and sarif parse, -o writes the file and nothing else" {
    leaky
    expect_exit 1 check leaky.c --no-store --format json -- -std=c17
    jq -e '.findings | length == 1' out
    expect_exit 1 check leaky.c --no-store --format sarif -o report.sarif -- -std=c17
    [ ! -s out ]
    jq -e '.runs[0].results[0].ruleId == "libc-heap-leak"' report.sarif
}

@test "colours: --color, NO_COLOR and CLICOLOR_FORCE, in that order" {
    leaky
    local escape=$'\033['
    expect_exit 1 check leaky.c --no-store -- -std=c17
    lacks out "$escape"
    CLICOLOR_FORCE=1 expect_exit 1 check leaky.c --no-store -- -std=c17
    says out "$escape"
    NO_COLOR=1 CLICOLOR_FORCE=1 expect_exit 1 check leaky.c --no-store -- -std=c17
    lacks out "$escape"
    NO_COLOR=1 expect_exit 1 check leaky.c --no-store --color always -- -std=c17
    says out "$escape"
}

@test "the second run says what is new, gone and unchanged" {
    leaky
    expect_exit 1 check leaky.c -- -std=c17
    says err ".lifelint/lifelint.db"
    expect_exit 1 check leaky.c -- -std=c17
    says err "1 unchanged"
    sed -i 's/return 1;/{ free(p); return 1; }/' leaky.c
    expect_exit 0 check leaky.c -- -std=c17
    says err "1 gone"
}

@test "same bytes whatever -j and directory" {
    cp -r "$SOURCE_DIR/fixtures/project/journal" one
    cp -r one two
    for dir in one two; do
        (
            cd $dir
            for f in *.c; do printf '%s{"directory":"%s","file":"%s","command":"cc -c %s"}' "$comma" "$PWD" "$f" "$f"; comma=,; done |
                sed 's/^/[/; s/$/]/' >compile_commands.json
        )
    done
    (cd one && "$LIFELINT" check --no-store --format json -j1 >../one.json 2>err) || true
    (cd two && "$LIFELINT" check --no-store --format json -j3 >../two.json 2>err) || true
    [ -s one.json ]
    jq -e '.findings | length > 3' one.json
    cmp one.json two.json
}

@test "suppressions with a reason hide, without one do not" {
    leaky
    sed -i '4s|$| // lifelint:ignore libc-heap-leak: kept on purpose|' leaky.c
    expect_exit 0 check leaky.c --no-store -- -std=c17
    says err "1 suppressed"
    sed -i 's|: kept on purpose||' leaky.c
    expect_exit 1 check leaky.c --no-store -- -std=c17
}

pack() { # GOOD: the code of the good example
    cat >pool.yml <<END
about: a pool
rules:
  - id: pool
    resource: pool
    acquire: pool_new
    release: pool_free
    bad:
      - |
        struct pool *pool_new(void);
        void pool_free(struct pool *);
        int f(int x) {
            struct pool *p = pool_new(); // expect: pool-leak
            if (x) return 1;
            pool_free(p);
            return 0;
        }
    good:
      - |
        struct pool *pool_new(void);
        void pool_free(struct pool *);
        int f(int x) {
            struct pool *p = pool_new();
            $1
            pool_free(p);
            return 0;
        }
END
}

@test "rules test runs the examples of a pack of one's own" {
    pack ''
    expect_exit 0 rules test pool.yml
    says out "0 failed"
    pack 'if (x) return 1;'
    expect_exit 1 rules test pool.yml
    says out "pool.yml:"
    says out "unexpected: pool-leak"
}

@test "a pack of one's own finds what it is for" {
    pack ''
    cat >pool.c <<'END'
struct pool *pool_new(void);
int f(void) { return pool_new() != 0; }
END
    expect_exit 1 check pool.c --no-store --rules pool.yml -- -std=c17
    says out "pool-leak"
    expect_exit 0 check pool.c --no-store -- -std=c17
}

@test "ir prints functions and summaries" {
    leaky
    expect_exit 0 ir leaky.c -- -std=c17
    says out "malloc"
    expect_exit 0 ir leaky.c --summary f -- -std=c17
    [ -s out ]
    expect_exit 2 ir leaky.c --summary g -- -std=c17
    one_error "no function 'g'"
}

@test "a summary tells outcomes that differ in the names of new values once" {
    cp "$SOURCE_DIR/fixtures/c/engine/same_outcomes.c" .
    expect_exit 0 ir same_outcomes.c --summary pick --
    says out "pick: 1 outcome"
    says out "returns new1"
    expect_exit 0 ir same_outcomes.c --summary pair --
    ! grep -q "others were cut" out
}

@test "doctor is content where a check can run" {
    leaky
    echo '[{"directory":"'"$PWD"'","file":"leaky.c","command":"cc -c leaky.c"}]' >compile_commands.json
    expect_exit 0 doctor
    lacks out MEND
    rm compile_commands.json
    expect_exit 2 doctor
    says out "MEND  database"
}

@test "a build directory beside the project is not its database" {
    leaky
    mkdir -p up/project up/build
    mv leaky.c up/project
    echo '[{"directory":"'"$PWD"'/up/build","file":"../project/leaky.c","command":"cc -c ../project/leaky.c"}]' >up/build/compile_commands.json
    cd up/project
    expect_exit 2 check
    touch ../Makefile
    expect_exit 1 check --no-store
    rm ../Makefile
    mkdir .git ../.git
    expect_exit 2 check
    rmdir .git
    expect_exit 1 check --no-store
}

@test "runs with other rules are not compared" {
    leaky
    expect_exit 1 check leaky.c -- -std=c17
    expect_exit 0 check leaky.c --disable libc-heap --disable posix-fd -- -std=c17
    lacks err "gone"
    expect_exit 1 check leaky.c -- -std=c17
    says err "1 unchanged"
    expect_exit 1 check leaky.c --disable posix-fd --disable posix-dir -- -std=c17
    lacks err "unchanged"
    expect_exit 1 check leaky.c --disable posix-dir --disable posix-fd --disable posix-dir -- -std=c17
    says err "1 unchanged"
}

@test "an interrupted run ends with 130 and keeps what is done" {
    leaky
    mkfifo never.h
    printf '#include "never.h"\n' >hang.c
    "$LIFELINT" check leaky.c hang.c -j1 --no-store --time-limit 60 -- -std=c17 >out 2>err &
    local pid=$!
    sleep 3
    kill -INT $pid
    local got=0
    wait $pid || got=$?
    [ "$got" = 130 ]
    says out "libc-heap-leak"
}

@test "the finding in README.md is what is printed" {
    cp "$SOURCE_DIR"/fixtures/project/journal/*.[ch] .
    sed -i 's| *// expect: .*||' *.c
    "$LIFELINT" check *.c --no-store -- -std=gnu17 >out 2>err || true
    awk '/^```/ { inside = !inside; next } inside && /^(export|[ ]+[0-9|]|  fix)/ { print }' "$SOURCE_DIR/README.md" |
        sed -n '/^export.c/,/^  fix/p' >shown
    [ "$(wc -l <shown)" -gt 5 ]
    while IFS= read -r line; do says out "$line"; done <shown
}
