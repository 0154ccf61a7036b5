#!/usr/bin/env bats
# lifelint fix: edits are applied to what was analysed, and to nothing else.

load common

project() {
    mkdir -p proj outside && cd proj || return 1
    printf '%s\n' '#include <stdlib.h>' '#include "link/out.h"' 'int f(void) {' '    // lifelint:ignore posix-fd: gone' \
        '    return abs(1); /* lifelint:ignore all: gone */' '}' >a.c
    printf 'int g(void);\n' >../outside/out.h
    ln -s ../outside link
    printf '[{"directory":"%s","file":"a.c","command":"cc -c a.c"}]\n' "$PWD" >compile_commands.json
}

@test "findings are mended and said, and nothing is left to do" {
    project
    chmod 640 a.c
    expect_exit 0 fix
    says out 'a.c:4: mended: the suppression of posix-fd matches no finding [lifelint-suppression-unused]'
    says err '2 findings mended in 1 file'
    diff - a.c <<'END'
#include <stdlib.h>
#include "link/out.h"
int f(void) {
    return abs(1);
}
END
    [ "$(stat -c %a a.c)" = 640 ]
    expect_exit 0 check --fail-on note
    expect_exit 0 fix
    says err '0 findings mended in 0 files'
}

@test "--dry-run and --diff write nothing, and the patch applies" {
    project
    cp a.c before.c
    expect_exit 0 fix --dry-run
    says out 'would be mended'
    expect_exit 0 fix --diff
    cmp a.c before.c
    patch -p1 -s <out
    ! grep -q lifelint: a.c
    expect_exit 2 fix --dry-run --diff
    one_error 'one of them'
}

@test "only what was asked for" {
    project
    cp a.c before.c
    expect_exit 0 fix --rule libc-heap
    cmp a.c before.c
    expect_exit 1 check --fail-on note --format json
    id=$(jq -r '.findings[] | select(.location.line == 5) | .fingerprint' out)
    expect_exit 0 fix "${id:0:8}"
    [ "$(grep -c lifelint: a.c)" = 1 ]
    expect_exit 2 fix "${id:0:8}"
    one_error "no finding ${id:0:8} now"
    expect_exit 2 fix xyz
    one_error "'xyz' is no fingerprint"
}

@test "a finding without edits is counted, not touched" {
    project
    leaky
    cp leaky.c before.c
    printf '[{"directory":"%s","file":"leaky.c","command":"cc -c leaky.c"}]\n' "$PWD" >compile_commands.json
    expect_exit 0 fix
    says err '1 more takes thought'
    cmp leaky.c before.c
}

@test "what lies outside the root, through a link too, is not touched" {
    project
    printf 'int g(void); // lifelint:ignore all: gone\n' >../outside/out.h
    cp ../outside/out.h before.h
    expect_exit 1 fix
    says err 'not touched: link/out.h: it lies outside the root'
    says err '2 findings mended in 1 file, 1 file not touched'
    cmp ../outside/out.h before.h
}

@test "what changed after it was read is not touched" {
    project
    cp a.c before.c
    touch -d '+1 hour' a.c
    expect_exit 1 fix
    says err 'not touched: a.c: it was changed while it was analysed'
    cmp a.c before.c
}

@test "a file that cannot be written is one line" {
    project
    [ "$(id -u)" != 0 ] || skip "root writes anywhere"
    chmod a-w .
    expect_exit 4 fix --no-store
    one_error 'a.c: cannot write'
}
