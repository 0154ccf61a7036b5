#!/usr/bin/env bats
# Stubs for what is no plain leak: borrowed values, kept addresses, calls out of place, libraries with code in their headers.

load ../../cmd/test/common

build_and_run() { # STEM EXIT-CLASS
    local got=0
    sh "$1.sh" >"$1.out" 2>&1 || got=$?
    [ "$got" = "$2" ] || { head -c 2000 "$1.out"; return 1; }
}

# Every finding of FILE: its stub fails, and says the rule that the stub's head names.
each_fails() { # FILE COUNT OPTIONS...
    local file=$1 count=$2
    shift 2
    "$LIFELINT" gen stubs "$file" -q --no-config "$@"
    [ "$(ls ./*_test.sh | wc -l)" = "$count" ]
    for stub in *_test.sh; do
        build_and_run "${stub%.sh}" 1
        wanted=$(sed -n '3s/.*\[\(.*\)\]$/\1/p' "${stub%.sh}.c")
        grep -qF "[$wanted]" "${stub%.sh}.out"
    done
}

# A library with code in its header, and the rules for it.
library() {
    mkdir -p inc
    cat >inc/session.h <<'EOF'
#include <stddef.h>
struct session { size_t refs; const char *text; };
struct timer { int armed; };
struct session *s_open(const char *where);
void s_delete(struct session *s);
static inline void s_close(struct session *s) { if (s && --s->refs == 0) s_delete(s); }
const char *s_name(struct session *s);
int s_fill(struct session *s, struct timer *state);
void s_set(struct session *s, int option, ...);
void timer_start(struct timer *t);
void timer_stop(struct timer *t);
EOF
    cat >session.yml <<'EOF'
headers: [session.h]
rules:
  - id: session
    resource: session
    acquire: s_open
    release: s_close
  - id: session-name
    kind: keepalive
    resource: session name
    derive: s_name
  - id: session-timer
    kind: keepalive
    resource: armed timer
    armed: true
    keeps: timer_start
    until: timer_stop
functions:
  - {call: s_set, consumes: 3, when: {arg: 2, is: "== 7"}}
EOF
}

@test "borrowed, kept and armed: each stub fails for its rule" {
    library
    cat >bad.c <<'EOF'
#include <session.h>
#include <stdlib.h>
struct conn { struct timer timer; char *text; };
size_t lost(const char *where) {
    struct session *s = s_open(where);
    if (!s) return 0;
    if (s->text == NULL) return 1;
    s_close(s);
    return 2;
}
char after(const char *where) {
    struct session *s = s_open(where);
    if (!s) return 0;
    const char *name = s_name(s);
    s_close(s);
    return name[0];
}
void leave(void) {
    struct timer t;
    timer_start(&t);
}
void conn_start(struct conn *c) { timer_start(&c->timer); }
void conn_free(struct conn *c) {
    free(c->text);
    free(c);
}
EOF
    each_fails bad.c 4 --rules session.yml -- -std=gnu17 -isystem inc
}

@test "what a library's function writes, keeps under a condition or defines in a header is followed" {
    library
    cat >good.c <<'EOF'
#include <session.h>
#include <stdlib.h>
int written(struct session *s) {
    struct timer t = {0};
    char *p = malloc(8);
    if (!p) return -1;
    if (s_fill(s, &t) != 0 || t.armed != 5) {
        free(p);
        return -1;
    }
    return 0;
}
void kept(struct session *s) { s_set(s, 7, malloc(8)); }
void looked_at(struct session *s) { s_set(s, 8, malloc(8)); }
int mended(const char *where) {
    struct session *s = s_open(where);
    if (!s) return -1;
    int ok = s_name(s) != NULL;
    s_close(s);
    return ok;
}
EOF
    "$LIFELINT" gen stubs good.c:5 -q --rules session.yml --no-config --name written -- -std=gnu17 -isystem inc
    grep -q 'LIFELINT_WRITE("s_fill", 1, 2, .*armed, 5LL);' written.c
    build_and_run written 1
    for function in kept looked_at mended; do
        "$LIFELINT" gen stubs --function $function --file good.c -q --rules session.yml --no-config --name $function -- -std=gnu17 -isystem inc
    done
    build_and_run kept 0
    build_and_run looked_at 1
    build_and_run mended 0
}

@test "the C library: borrowed text, the address of a local, a lock" {
    cat >libc.c <<'EOF'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
size_t length(void) {
    const char *home = getenv("HOME");
    if (!home) return 0;
    setenv("HOME", "/", 1);
    return strlen(home);
}
char *label(int n) {
    char text[16];
    char *p = text; /* gcc gives null for the plain address of a local */
    snprintf(text, sizeof text, "%d", n);
    return p;
}
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int draw(int n) {
    pthread_mutex_lock(&lock);
    if (n < 0) return -1;
    pthread_mutex_unlock(&lock);
    return 0;
}
EOF
    each_fails libc.c 3 -- -std=gnu17
}

@test "evidence: what one path releases and another loses" {
    cat >two.c <<'EOF'
#include <stdlib.h>
int read_text(char **out, int fd);
int text(int fd, int fail) {
    char *text = NULL;
    int err = read_text(&text, fd);
    if (err) return err;
    if (fail) return -2;
    free(text);
    return 0;
}
EOF
    each_fails two.c 1 -- -std=gnu17
    grep -q 'value from read_text() never released' ./*.out
}

@test "a function that crashes or never returns on these arguments is skipped, not failed" {
    cat >hard.c <<'EOF'
#include <stdlib.h>
extern int *table(int n);
int divide(int n) {
    char *p = malloc(4);
    int r = p ? n / *table(n) : 0;
    free(p);
    return r;
}
void forever(void) {
    char *p = malloc(4);
    for (;;) p[0]++;
}
EOF
    for function in divide forever; do
        "$LIFELINT" gen stubs --function $function --file hard.c -q --no-config --name $function -- -std=gnu17
        build_and_run $function 77
    done
    "$LIFELINT" gen stubs --function divide --file hard.c -q --no-config --framework cmocka --name skipped -- -std=gnu17
    build_and_run skipped 0
    grep -q 'SKIPPED' skipped.out
}
