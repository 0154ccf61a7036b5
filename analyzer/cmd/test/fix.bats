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

# SOURCE on stdin
program() {
    project
    cat >a.c
}

@test "a leak is mended at every place that loses it, in braces where they are needed" {
    program <<'END'
#include <stdio.h>
#include <stdlib.h>
int f(int n, const char *name) {
    char *p = malloc(8);
    FILE *g = fopen(name, "r");
    if (!p || !g)
        return -1;
    if (n > 3) return 1; /* too many */
    if (n == 2)
        return 2;
    else
        p[0] = 1;
    fclose(g);
    free(p);
    return 0;
}
void h(int n) {
    char *p = malloc(8);
    switch (n) {
        case 1:
            return;
        default:
            break;
    }
}
void again(char *p) { free(p); }
END
    expect_exit 0 fix
    says out 'a.c:4: mended: heap block `p` from malloc()'
    says err '3 findings mended in 1 file'
    diff - a.c <<'END'
#include <stdio.h>
#include <stdlib.h>
int f(int n, const char *name) {
    char *p = malloc(8);
    FILE *g = fopen(name, "r");
    if (!p || !g) {
        if (g) fclose(g);
        free(p);
        return -1;
    }
    if (n > 3) {
        free(p);
        if (g) fclose(g);
        return 1; /* too many */
    }
    if (n == 2) {
        free(p);
        if (g) fclose(g);
        return 2;
    }
    else
        p[0] = 1;
    fclose(g);
    free(p);
    return 0;
}
void h(int n) {
    char *p = malloc(8);
    switch (n) {
        case 1:
            free(p);
            return;
        default:
            break;
    }
    free(p);
}
void again(char *p) { free(p); }
END
    cc -fsyntax-only -Wall -Werror a.c
    expect_exit 0 check --fail-on note
}

@test "a leak lost at a brace that shares its line is mended before the brace" {
    program <<'END'
#include <stdlib.h>
  void f(void) {
    char *p = malloc(3);
    if (!p) return;
    p[0] = 1; }
void g(char *q) { free(q); }
END
    expect_exit 0 fix
    says a.c '    p[0] = 1; free(p); }'
}

@test "what the project's own allocator gave its own function releases" {
    program <<'END'
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
void *own_malloc(size_t n) { return malloc(n); }
void own_free(void *p) { free(p); }
int f(int n, const char *name) {
    int fd = open(name, O_RDONLY);
    char *p = own_malloc(8);
    if (n)
        return 1;
    own_free(p);
    if (fd >= 0) close(fd);
    return 0;
}
END
    expect_exit 0 fix
    says err '2 findings mended in 1 file'
    grep -A4 'if (n)' a.c >got
    diff - got <<'END'
    if (n) {
        if (p) own_free(p);
        close(fd);
        return 1;
    }
END
}

@test "an edit that would release twice is not kept" {
    program <<'END'
#include <stdlib.h>
int f(int n, int m) {
    char *p = malloc(8);
    if (!p) return -1;
    if (n)
        free(p);
    if (m)
        return 1;
    if (!n)
        free(p);
    return 0;
}
END
    cp a.c before.c
    expect_exit 0 fix
    says err '0 findings mended in 0 files; 1 more takes thought'
    cmp a.c before.c
}

@test "where the text does not show what the variable has, nothing is touched" {
    program <<'END'
#include <stdlib.h>
#include <string.h>
int taken(char **p);
int f(int n, int m) {
    char *p = NULL;
    if (n) p = malloc(8);
    if (m) return 1;
    free(p);
    return 0;
}
int g(int n) {
    char *p = malloc(8), *q = p;
    if (!p) return -1;
    p = strchr(q, 'x');
    if (n) return 1;
    free(q);
    return 0;
}
int h(int n) {
    char *p;
    if (n > 5) goto out;
    p = malloc(8);
    if (!p) return -1;
    if (n) {
out:
        return 1;
    }
    free(p);
    return 0;
}
END
    cp a.c before.c
    expect_exit 0 fix
    says err '3 more take thought'
    cmp a.c before.c
}

@test "a finding that has no edit is counted, not touched" {
    program <<'END'
#include <stdlib.h>
int f(void) {
    char *p = malloc(8);
    free(p);
    free(p);
    return 0;
}
END
    cp a.c before.c
    expect_exit 0 fix
    says err '1 more takes thought'
    cmp a.c before.c
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
