#!/usr/bin/env bats
# The analysis in parts: facts of units, joined by link, as build systems and shards of a CI job run it.

load common

# A program of several files in ./DIR, with a suppression in a header, and its compile database.
program() { # DIR
    mkdir "$1"
    cp "$SOURCE_DIR"/fixtures/project/journal/*.[ch] "$1"
    cat >"$1/keep.h" <<'END'
#include <stdlib.h>
static inline void keep(void) {
    void *p = malloc(3); // lifelint:ignore libc-heap: kept for good
    if (p) *(char *)p = 1;
}
END
    echo '#include "keep.h"' >>"$1/main.c"
    printf '#include "keep.h"\n#include "missing.h"\nint second(void) { keep(); return 0; }\n' >"$1/second.c"
    database "$1"
}

database() { # DIR
    (cd "$1" && printf '[' && sep= && for f in *.c; do
        printf '%s{"directory":"%s","file":"%s","arguments":["cc","-DNAME=\\"a b\\"","-c","%s"]}' "$sep" "$PWD" "$f" "$f"
        sep=$',\n'
    done && printf ']') >database
    mv database "$1/compile_commands.json"
}

reports() { # PREFIX VERB ARGUMENTS...: text, JSON and SARIF
    local to=$1
    shift
    expect_exit 1 "$@" -f text -o "$to.txt" -f json -o "$to.json" -f sarif -o "$to.sarif"
}

same_reports() { # PREFIX PREFIX
    for format in txt json sarif; do cmp "$1.$format" "$2.$format"; done
}

@test "facts of each unit, linked: the same bytes as check" {
    program p
    cd p
    reports whole check --no-store
    for f in *.c; do expect_exit 0 facts "$f" -o "$f.facts" -q; done
    reports parts link *.facts
    same_reports whole parts
    jq -e '.findings | length > 4' whole.json
    jq -e '[.findings[] | select(.suppressed)] | length == 1' whole.json
    says whole.json missing.h
    # the order of the files, and a list instead of arguments, change nothing
    ls -r *.facts >list
    reports listed link --list list
    same_reports whole listed
    grep -v second list >others
    reports mixed link second.c.facts --list others
    same_reports whole mixed
}

@test "facts are the same bytes in any directory" {
    program one
    cp -r one two
    database two
    (cd one && "$LIFELINT" facts -o ../one.facts)
    (cd two && "$LIFELINT" facts -o ../two.facts -j1)
    cmp one.facts two.facts
    "$LIFELINT" facts --root two -p two -o three.facts
    cmp one.facts three.facts
    # and can be linked where no sources are
    mkdir empty
    cd empty
    expect_exit 1 link ../one.facts --format json
    jq -e '.findings | length > 4' out
    says err "without source lines"
}

@test "shards: the parts join to the whole" {
    program p
    cd p
    reports whole check --no-store
    for k in 1 2 3; do expect_exit 0 facts --shard $k/3 -o $k.facts; done
    reports parts link 3.facts 1.facts 2.facts
    same_reports whole parts
    # more shards than units: some are empty
    for k in $(seq 9); do expect_exit 0 facts --shard $k/9 -o nine$k.facts; done
    reports nine link nine*.facts
    same_reports whole nine
    # a part that is not there is not nothing
    expect_exit 2 link 1.facts 3.facts
    one_error "part 2 of 3 is not among"
    expect_exit 2 link 1.facts 2.facts 3.facts nine1.facts
    one_error "nine1.facts: is a part of 9, others here are of 3"
    cp nine1.facts twice.facts
    expect_exit 2 link nine*.facts twice.facts
    one_error "twice.facts: is part 1 of 9, and so is nine1.facts"
}

@test "the depfile names what was read, as make reads it" {
    mkdir 'a b$#' && cd 'a b$#'
    echo 'int x;' >'in #1$.h'
    printf '#include "in #1$.h"\nint main(void) { return x; }\n' >m.c
    expect_exit 0 facts m.c -o m.facts --depfile m.d --
    grep -qxF ' in\ \#1$$.h \' m.d || grep -qxF ' in\ \#1$$.h' m.d
    head -1 m.d | grep -qF 'm.facts:'
    printf 'all: m.facts\ninclude m.d\nm.facts:; @echo remade\n' >Makefile
    [ "$(make)" = "make: Nothing to be done for 'all'." ]
    sleep 0.01 && touch 'in #1$.h'
    [ "$(make)" = remade ]
}

@test "link's depfile names facts, sources shown, rules and what is accepted" {
    program p
    cd p
    expect_exit 0 facts -o all.facts
    echo 'fail-on: never' >.lifelint.yml
    "$LIFELINT" rules new my-rule -o my.yml
    expect_exit 0 link all.facts --rules my.yml -f json -o report.json --depfile report.d
    for file in all.facts my.yml .lifelint.yml export.c; do says report.d " $file"; done
    lacks report.d journal.h
    expect_exit 2 link all.facts --depfile report.d
    one_error "--depfile needs an --output"
}

@test "link heeds options and accepted findings as check does; a baseline too" {
    program p
    cd p
    expect_exit 0 facts -o all.facts
    expect_exit 1 check --no-store --format json
    cp out baseline.json
    expect_exit 0 link all.facts --baseline baseline.json
    says err "0 new"
    expect_exit 1 link all.facts --disable libc-heap --format json -q
    cp out link.json
    expect_exit 1 check --no-store --disable libc-heap --format json -q
    cmp out link.json
    expect_exit 1 link all.facts --exclude export.c --format json -q
    lacks out '"export.c"'
}

@test "an excluded file gives facts of no unit; one that is not there is an error" {
    program p
    cd p
    expect_exit 0 facts main.c --exclude 'main.c' -o none.facts
    expect_exit 2 link none.facts
    one_error "no units"
    expect_exit 3 facts nowhere.c -o none.facts
    one_error "nowhere.c"
}

@test "a unit that fails is in the facts as such, and link says so" {
    leaky
    hog >hog.c
    expect_exit 0 facts hog.c --memory-limit 300 -o hog.facts --
    one_error "hog.c"
    expect_exit 0 facts leaky.c -o leaky.facts --
    expect_exit 3 link hog.facts leaky.facts --fail-on never
    says err "hog.c"
    says out "leaky.c:4"
}

@test "sources that changed since are said" {
    program p
    cd p
    expect_exit 0 facts -o all.facts
    echo >>export.c
    expect_exit 1 link all.facts -q
    says err "changed since its facts were made: export.c"
    # two facts files that saw a header in different states
    expect_exit 0 facts store.c -o store.facts
    echo >>journal.h
    expect_exit 0 facts export.c -o export.facts
    expect_exit 1 link store.facts export.facts -q
    one_error "different states"
}

@test "damaged, foreign and doubled facts are one line each" {
    leaky
    expect_exit 0 facts leaky.c -o a.facts --
    cp a.facts b.facts
    expect_exit 2 link a.facts b.facts
    one_error "b.facts: has facts of leaky.c, and so has a.facts"
    expect_exit 2 link leaky.c
    one_error "leaky.c: no file of facts"
    expect_exit 2 link nowhere.facts
    one_error nowhere.facts
    : >empty.facts
    expect_exit 2 link empty.facts
    one_error "no file of facts"
    head -c 200 a.facts >cut.facts
    expect_exit 2 link cut.facts
    one_error "damaged"
    cp a.facts other.facts
    local byte=$(od -An -tu1 -j9 -N1 a.facts)
    printf "\\$(printf %o $((byte ^ 1)))" | dd of=other.facts bs=1 seek=9 conv=notrunc status=none
    expect_exit 2 link other.facts
    one_error "another version"
    local size=$(stat -c %s a.facts)
    for at in 30 $((size / 2)) $((size - 1)); do
        cp a.facts hurt.facts
        printf '\377\377' | dd of=hurt.facts bs=1 seek=$at count=2 conv=notrunc status=none
        cmp -s a.facts hurt.facts || expect_exit 2 link hurt.facts
    done
    expect_exit 2 facts leaky.c --
    one_error "-o FILE"
    expect_exit 2 facts leaky.c -o x.facts --shard 0/2 --
    one_error "--shard needs K/N"
    expect_exit 2 link
    one_error "name the facts files"
}

@test "--if-changed leaves the same bytes alone" {
    leaky
    expect_exit 0 facts leaky.c -o a.facts --
    touch -d '2001-01-01' a.facts
    expect_exit 0 facts leaky.c -o a.facts --if-changed --
    [ "$(date -r a.facts +%Y)" = 2001 ]
    echo 'int more;' >>leaky.c
    expect_exit 0 facts leaky.c -o a.facts --if-changed --
    [ "$(date -r a.facts +%Y)" != 2001 ]
}

# ---- ci/ninja ----

ninja_build() {
    ninja -C .lifelint/ninja -v "$@" >out 2>err || { cat out err; return 1; }
}

ran() { # FACTS LINKS
    [ "$(grep -c ' facts .* -o ' out)" = "$1" ] && [ "$(grep -c ' link --list ' out)" = "$2" ] || { cat out; return 1; }
}

@test "ninja: the findings of check; an edit reruns what it reaches" {
    command -v ninja >/dev/null || skip "no ninja"
    program 'my $p'
    cd 'my $p'
    mv export.c 'ex port.c'
    database .
    reports whole check --no-store
    "$SOURCE_DIR/ci/ninja/generate" --lifelint "$LIFELINT"
    ninja_build
    ran 6 1
    for format in txt json sarif; do cmp whole.$format .lifelint/ninja/findings.$format; done
    ninja_build
    ran 0 0
    # an edit: its unit and the join
    sleep 0.01 && echo 'int more;' >>store.c
    ninja_build
    ran 1 1
    # touched only, and in no report: read again, and nothing to join
    sleep 0.01 && touch second.c
    ninja_build
    ran 1 0
    # a header: its users
    sleep 0.01 && echo '/* */' >>keep.h
    ninja_build
    ran 2 1
    # the flags of one unit
    sleep 0.01 && sed -i '0,/-DNAME/s//-DOTHER -DNAME/' compile_commands.json
    ninja_build
    ran 1 0
    reports whole check --no-store
    for format in txt json sarif; do cmp whole.$format .lifelint/ninja/findings.$format; done
    # a unit that is no longer built
    rm remind.c && database . && sed -i '0,/-DNAME/s//-DOTHER -DNAME/' compile_commands.json
    ninja_build
    ran 0 1
    reports whole check --no-store
    cmp whole.json .lifelint/ninja/findings.json
    # the verdict ends as check does
    run ninja -C .lifelint/ninja verdict
    [ "$status" = 1 ]
    [[ "$output" == *"ex port.c"* ]]
}

@test "ninja: options go to link; trouble is one line" {
    command -v ninja >/dev/null || skip "no ninja"
    program p
    cd p
    "$SOURCE_DIR/ci/ninja/generate" --lifelint "$LIFELINT" -d out -- --fail-on never --disable libc-heap
    ninja -C out verdict >log
    lacks out/findings.json libc-heap-leak
    ! "$SOURCE_DIR/ci/ninja/generate" --lifelint nowhere 2>err || false
    one_error "nowhere"
    ! "$SOURCE_DIR/ci/ninja/generate" --lifelint "$LIFELINT" -p .. 2>err || false
    one_error "compile_commands.json"
}
