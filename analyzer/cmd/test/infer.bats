#!/usr/bin/env bats
# rules infer: a project's own allocators as a pack.

load common

# A small program with a pair of each shape, and what looks like one and is none.
program() {
    cat >own.h <<'EOF'
struct widget { char *name; int n; struct widget *next; };
struct widget *widget_new(const char *name);
void widget_free(struct widget *w);
struct widget *widget_first(void);
struct widget *widget_register(int n);
struct conn { int refs; char *host; };
struct conn *conn_new(const char *host);
struct conn *conn_ref(struct conn *c);
void conn_unref(struct conn *c);
struct ring { int *slots; };
int ring_open(struct ring **out, int n);
void ring_close(struct ring **r);
char *label(int n);
struct queue;
struct queue *queue_create(int n);
int queue_push(struct queue *q, int n);
void queue_destroy(struct queue *q);
EOF
    cat >own.c <<'EOF'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "own.h"
static struct widget *all;
struct widget *widget_new(const char *name) {
    struct widget *w = calloc(1, sizeof *w);
    if (!w) return NULL;
    w->name = strdup(name);
    if (!w->name) {
        free(w);
        return NULL;
    }
    return w;
}
void widget_free(struct widget *w) {
    if (!w) return;
    free(w->name);
    free(w);
}
struct widget *widget_first(void) { return all; }
struct widget *widget_register(int n) {
    struct widget *w = calloc(1, sizeof *w);
    if (!w) return NULL;
    w->n = n;
    w->next = all;
    all = w;
    return w;
}
struct conn *conn_new(const char *host) {
    struct conn *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->refs = 1;
    c->host = strdup(host);
    return c;
}
struct conn *conn_ref(struct conn *c) {
    c->refs++;
    return c;
}
void conn_unref(struct conn *c) {
    if (--c->refs > 0) return;
    free(c->host);
    free(c);
}
int ring_open(struct ring **out, int n) {
    struct ring *r = malloc(sizeof *r);
    *out = NULL;
    if (!r) return -1;
    r->slots = calloc((size_t)n, sizeof *r->slots);
    if (!r->slots) {
        free(r);
        return -1;
    }
    *out = r;
    return 0;
}
void ring_close(struct ring **r) {
    if (!*r) return;
    free((*r)->slots);
    free(*r);
    *r = NULL;
}
char *label(int n) {
    char *s = malloc(16);
    if (s) snprintf(s, 16, "%d", n);
    return s;
}
EOF
    cat >use.c <<'EOF'
#include <stdio.h>
#include <stdlib.h>
#include "own.h"
int one(const char *s) {
    struct widget *w = widget_new(s);
    if (!w) return -1;
    puts(w->name);
    widget_free(w);
    return 0;
}
int two(const char *s) {
    struct widget *w = widget_new(s);
    struct conn *c = conn_new(s);
    if (w && c) puts(c->host);
    if (c) conn_unref(c);
    widget_free(w);
    return 0;
}
int three(int n) {
    struct ring *r;
    char *s = label(n);
    free(s);
    if (ring_open(&r, n) < 0) return -1;
    n = r->slots[0];
    ring_close(&r);
    return n;
}
int four(int n) { struct queue *q = queue_create(n); int r = queue_push(q, n); queue_destroy(q); return r; }
int five(int n) { struct queue *q = queue_create(n); int r = queue_push(q, 5); queue_destroy(q); return r; }
int six(int n) { struct queue *q = queue_create(n); int r = queue_push(q, 6); queue_destroy(q); return r; }
int seven(void) { struct widget *w = widget_register(7); return w ? widget_first()->n : 0; }
EOF
    database own.c use.c
}

database() {
    local f comma=''
    {
        echo '['
        for f in "$@"; do
            printf '%s{"directory": "%s", "file": "%s", "arguments": ["cc", "-c", "%s"]}\n' "$comma" "$PWD" "$f" "$f"
            comma=,
        done
        echo ']'
    } >compile_commands.json
}

@test "rules infer: pairs by result, out-parameter, count and wrapper, and by callers alone" {
    program
    expect_exit 0 rules infer -o own.yml
    says err "strong"
    expect_exit 0 rules check --strict own.yml
    expect_exit 0 rules test own.yml
    says out " 0 failed"
    expect_exit 0 rules show widget --rules own.yml
    says out "widget_free"
    says own.yml "# widget_new: 2 calls, ended by the same function in 2, returned or stored in 0; its body acquires"
    says own.yml '{call: ring_open, into: 1, fails: "!= 0"}'
    says own.yml '{call: ring_close, through: 1}'
    says own.yml '{call: conn_ref, returns_it: true}'
    says own.yml 'counted: true'
    says own.yml 'extends: libc-heap'
    says own.yml '- label'
    says own.yml '- queue_destroy'
    says own.yml 'declared only'
    lacks own.yml '- widget_register'
    lacks own.yml '- widget_first'
    lacks own.yml '- queue_push'
}

@test "rules infer: what a pack says already is left out" {
    program
    printf 'rules:\n  - {id: mine, resource: widget, acquire: widget_new, release: widget_free}\n' >mine.yml
    expect_exit 0 rules infer --rules mine.yml --no-store
    lacks out widget_new
    says out conn_new
}

@test "rules infer: the same pack whatever the order, the jobs and the cache" {
    program
    expect_exit 0 rules infer -o first.yml -j1
    expect_exit 0 rules infer -o again.yml
    cmp first.yml again.yml
    database use.c own.c
    expect_exit 0 rules infer -o other.yml --no-store -j2
    cmp first.yml other.yml
}

@test "rules infer: what was edited is not written over" {
    program
    expect_exit 0 rules infer -o own.yml
    expect_exit 0 rules infer -o own.yml
    sed -i 's/resource: widget/resource: gadget/' own.yml
    cp own.yml edited.yml
    expect_exit 2 rules infer -o own.yml
    one_error "own.yml was edited; --force writes over it"
    cmp own.yml edited.yml
    expect_exit 0 rules infer -o own.yml --force
    lacks own.yml gadget
    expect_exit 2 rules infer -o libc.yml
    one_error "name it own-libc.yml"
    rm compile_commands.json
    expect_exit 2 rules infer -o none.yml
    [ ! -e none.yml ]
}

@test "rules infer: the pack serves where the bodies are not, and changes nothing where they are" {
    program
    expect_exit 0 rules infer -o own.yml
    cat >late.c <<'EOF'
#include <stdlib.h>
#include <string.h>
#include "own.h"
int late(const char *s, int n) {
    struct widget *w = widget_new(s);
    if (!w) return -1;
    if (n) return n;
    w->name = strdup(s);
    widget_free(w);
    return 0;
}
EOF
    expect_exit 1 check late.c --rules own.yml --no-store -- -I.
    says out "widget-leak"
    [ "$(grep -c "warning:" out)" = 1 ]
    database own.c use.c late.c
    expect_exit 1 check --no-store --format json
    cp out without.json
    expect_exit 1 check --no-store --format json --rules own.yml
    cmp without.json out
}
