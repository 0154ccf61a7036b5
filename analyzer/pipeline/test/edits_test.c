/* Random edits of a small program, each followed by two runs: one that remembers, one that does not. Their reports must
 * be the same bytes. The program is made of functions in several shapes that call each other by number, so that
 * an edit here changes what is found there: constructors, destructors, wrappers, tables of callbacks, flags that
 * something writes, functions of which one file says more than another. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/sys.h"
#include "pipeline/pipeline.h"

enum { FILES = 5, FUNCS = 6, SHAPES = 29, DECLS = 3, HEADERS = 5, RULES = 4, EDITS = 200, SMALL_EDITS = 80 };
enum { TUNES = 7, SMALLS = 12, SMALLS_HERE = 4 };

typedef struct func {
    int number, shape, other, third; /* other, third: numbers of functions it calls */
    int tune, pad;                   /* what its first line does besides, and empty lines behind that */
} func;

/* A function that does nothing much; several files may have the same, and any may call it. */
typedef struct small {
    int number, value; /* value 0: it is not there */
} small;

typedef struct source {
    bool there;
    int name; /* of the file: renaming changes it */
    int lead; /* comment lines on top */
    int decl; /* what it says of leave() */
    int nfuncs;
    func funcs[FUNCS + 4];
    small smalls[SMALLS_HERE];
    int asks; /* number of one that is called here; 0: none */
} source;

typedef struct program {
    source files[FILES];
    int header, extra_lines, flag, flag_written, jobs, rules;
    bool reversed;
} program;

static char root[64];
static uint64_t seed;

static uint32_t pick(uint32_t n) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % n;
}

/* ---- the program as text ---- */

static void put_header(const program *p, ll_strbuf *b) {
    static const char *const inline_free[HEADERS] = {
        "static inline void drop(char *p) { free(p); }\n", "static inline void drop(char *p) { (void)p; }\n",
        "static inline void drop(char *p) { if (FLAG) free(p); }\n", "#define drop(p) free(p)\n",
        "static inline void drop(char *p) {\n    if (!p) return;\n    free(p);\n}\n"};
    ll_sb_add(
        b,
        "void *malloc(unsigned long);\nvoid free(void *);\nchar *strdup(const char *);\n"
        "unsigned sleep(unsigned);\nint pthread_mutex_lock(void *);\nint pthread_mutex_unlock(void *);\n"
        "int pthread_create(void *, void *, void *(*)(void *), void *);\nint fork(void);\n"
        "int execv(const char *, char *const *);\nvoid _exit(int);\nint setenv(const char *, const char *, int);\n"
        "void (*signal(int, void (*)(int)))(int);\nstruct event { int n; };\n"
        "int event_add(struct event *, void *);\nint event_del(struct event *);\n"
        "struct conn { struct event ev; char *p; };\nextern char lock;\n"
        "int open(const char *, int, ...);\nint close(int);\nextern void sink(char *);\nextern int cond(int);\n");
    for (int i = 0; i < p->extra_lines; i++) ll_sb_add(b, "/* */\n");
    ll_sb_printf(b,
                 "struct box { char *p; int n; };\nstruct ops { char *(*make)(int); void (*end)(char *); };\n"
                 "#ifndef FLAG\n#define FLAG 0\n#endif\n%s",
                 inline_free[p->header]);
    ll_sb_add(b, "struct bag { char *x, *y; };\n");
    for (int i = 0; i < FILES * FUNCS + 8; i++)
        ll_sb_printf(b, "char *f%d(char *, int);\nvoid bag%d(struct bag *);\nint check%d(char *, int);\n", i, i, i);
    for (int i = 0; i < SMALLS; i++)
        ll_sb_printf(b, i % 4 == 2 ? "char *small%d(char *);\n" : "int small%d(int);\n", i);
}

static void put_heap(const func *f, ll_strbuf *b) {
    int n = f->number, o = f->other, t = f->third;
    switch (f->shape) {
        case 0:
            ll_sb_printf(b, "char *f%d(char *a, int i) {\n    return malloc(i + 1);\n}\n", n);
            break;
        case 1:
            ll_sb_printf(b, "char *f%d(char *a, int i) {\n    free(a);\n    return 0;\n}\n", n);
            break;
        case 2:
            ll_sb_printf(b, "char *f%d(char *a, int i) { return f%d(a, i + 1); }\n", n, o);
            break;
        case 3:
            ll_sb_printf(b,
                         "char *f%d(char *a, int i) {\n    char *x = f%d(0, i);\n    if (cond(i)) return 0;\n"
                         "    f%d(x, i);\n    return 0;\n}\n",
                         n, o, t);
            break;
        case 4:
            ll_sb_printf(b,
                         "char *f%d(char *a, int i) {\n    char *x = f%d(0, 1);\n    f%d(x, 1);\n    f%d(x, 2);\n"
                         "    return 0;\n}\n",
                         n, o, t, t);
            break;
        case 5:
            ll_sb_printf(b, "char *f%d(char *a, int i) {\n    if (i > 3) free(a);\n    return 0;\n}\n", n);
            break;
        case 6:
            ll_sb_printf(b,
                         "char *f%d(char *a, int i) {\n    char *x = malloc(4);\n    if (!x) return 0;\n"
                         "    if (%s) return 0;\n    drop(x);\n    return 0;\n}\n",
                         n, t % 2 ? "flag" : "quiet");
            break;
        case 7:
            ll_sb_printf(b,
                         "char *f%d(char *a, int i) {\n    const struct ops *o = &table%d;\n    char *x = o->make(i);\n"
                         "    if (cond(1)) o->end(x);\n    return 0;\n}\n",
                         n, o % 2);
            break;
        case 8:
            ll_sb_printf(b, "char *f%d(char *a, int i) { return i ? f%d(a, i - 1) : a; }\n", n, n);
            break;
        case 9:
            ll_sb_printf(b,
                         "static char *s(char *a) { return f%d(a, 0); }\nchar *f%d(char *a, int i) {\n"
                         "    char *x = strdup(\"x\");\n    s(x);\n    return x;\n}\n",
                         o, n);
            break;
        case 10:
            ll_sb_printf(b,
                         "char *f%d(char *a, int i) {\n    struct box x = {0};\n    x.p = f%d(0, i);\n    x.n = %d;\n"
                         "    if (x.n > 2) sink(x.p);\n    return 0;\n}\n",
                         n, o, t);
            break;
        default:
            break;
    }
}

/* Descriptors, locks, processes, handlers, events, threads, and a call through a pointer. */
static void put_other(const func *f, ll_strbuf *b) {
    int n = f->number, o = f->other, t = f->third;
    switch (f->shape) {
        case 11:
            ll_sb_printf(b,
                         "char *f%d(char *a, int i) {\n    int d = open(a, 0);\n    if (d < 0) return 0;\n"
                         "    char *x = f%d(a, d);\n    if (!x) return 0;\n    close(d);\n    return x;\n}\n",
                         n, o);
            break;
        case 12:
            ll_sb_printf(b, "char *f%d(char *a, int i) { return f%d(f%d(a, i), i); }\n", n, o, t);
            break;
        case 13:
            ll_sb_printf(b,
                         "char *f%d(char *a, int i) {\n    for (;;) {\n        char *x = f%d(0, i);\n"
                         "        if (cond(i++)) break;\n        drop(x);\n    }\n    return 0;\n}\n",
                         n, o);
            break;
        case 14:
            ll_sb_printf(b, "char *f%d(char *a, int i) {\n    flag = %d;\n    kept = f%d(a, i);\n    return kept;\n}\n",
                         n, t % 2, o);
            break;
        case 15:
            ll_sb_printf(b,
                         "char *f%d(char *a, int i) {\n    pthread_mutex_lock(&lock);\n    f%d(a, i);\n"
                         "    pthread_mutex_unlock(&lock);\n    return a;\n}\n",
                         n, o);
            break;
        case 16:
            ll_sb_printf(b, "char *f%d(char *a, int i) {\n    sleep(1);\n    return f%d(a, i);\n}\n", n, o);
            break;
        case 17:
            ll_sb_printf(b,
                         "char *f%d(char *a, int i) {\n    if (fork() == 0) {\n        f%d(a, i);\n"
                         "        setenv(a, a, 1);\n        execv(a, 0);\n        _exit(1);\n    }\n    return 0;\n}\n",
                         n, o);
            break;
        case 18:
            ll_sb_printf(b,
                         "static void on%d(int s) { f%d(0, s); }\nchar *f%d(char *a, int i) {\n    signal(2, on%d);\n"
                         "    return a;\n}\n",
                         n, o, n, n);
            break;
        case 19:
            ll_sb_printf(b,
                         "char *f%d(char *a, int i) {\n    struct conn *c = malloc(sizeof *c);\n    if (!c) return 0;\n"
                         "    event_add(&c->ev, 0);\n    c->p = a;\n    return (char *)c;\n}\n",
                         n);
            break;
        case 20:
            ll_sb_printf(b,
                         "char *f%d(char *a, int i) {\n    struct conn *c = (struct conn *)a;\n    %s"
                         "    free(c->p);\n    free(c);\n    return 0;\n}\n",
                         n, t % 2 ? "event_del(&c->ev);\n" : "");
            break;
        case 21:
            ll_sb_printf(b,
                         "char *f%d(char *a, int i) {\n    static int t;\n    pthread_create(&t, 0, (void *)f%d, a);\n"
                         "    return a;\n}\n",
                         n, o);
            break;
        default:
            ll_sb_printf(b,
                         "char *f%d(char *a, int i) {\n    char *(*g)(char *, int) = i ? f%d : f%d;\n"
                         "    return g(a, i);\n}\n",
                         n, o, t);
            break;
    }
}

/* Records: who fills their fields, who releases them, and who forgets to. */
static void put_record(const func *f, ll_strbuf *b) {
    int n = f->number, o = f->other, t = f->third;
    switch (f->shape) {
        case 23:
            ll_sb_printf(b,
                         "char *f%d(char *a, int i) {\n    struct bag *b = (struct bag *)a;\n    %s"
                         "    b->x = strdup(a);\n    b->y = %s(a%s);\n    return a;\n}\n",
                         n, t % 2 ? "free(b->x);\n" : "", o % 3 ? "strdup" : "f1", o % 3 ? "" : ", i");
            break;
        case 24:
            ll_sb_printf(b,
                         "void bag%d(struct bag *b) {\n%s%s    free(b);\n}\n"
                         "char *f%d(char *a, int i) {\n    bag%d((struct bag *)a);\n    return f%d(a, i);\n}\n",
                         n, t % 2 ? "    free(b->x);\n" : "", o % 2 ? "    free(b->y);\n" : "", n, n, o);
            break;
        case 26:
            ll_sb_printf(b,
                         "char *f%d(char *a, int i) {\n    char *x = malloc(4);\n    if (cond(i)) leave(i);\n"
                         "    else free(x);\n    return 0;\n}\n",
                         n);
            break;
        default:
            ll_sb_printf(b,
                         "char *f%d(char *a, int i) {\n    struct bag *b = (struct bag *)a;\n%s"
                         "    bag%d(b);\n    return 0;\n}\n",
                         n, t % 4 ? "" : "    free(b->x);\n", o);
            break;
    }
}

/* What comes of flags hangs on which are given. */
static void put_check(const func *f, ll_strbuf *b) {
    int n = f->number, o = f->other, t = f->third;
    if (f->shape == 27)
        ll_sb_printf(b,
                     "int check%d(char *a, int how) {\n    int c = %d; c += how;\n    if (how & 4) how &= ~%d;\n    if "
                     "(!how) return 0;\n"
                     "    for (; *a; a++) {\n        if ((how & 1) && *a == 'x') return -1;\n"
                     "        if ((how & 2) && *a == 'y') return -1;\n        if (cond(how)) return -1;\n    }\n"
                     "    return 0;\n}\nchar *f%d(char *a, int i) { return a; }\n",
                     n, f->tune, t % 2 ? 4 : 8, n);
    else
        ll_sb_printf(b,
                     "char *f%d(char *a, int i) {\n    char *x = strdup(a);\n    if (check%d(a, %d)) return 0;\n"
                     "    free(x);\n    return 0;\n}\n",
                     n, o, t % 6);
}

enum { HEAP_SHAPES = 11, FIRST_OF_RECORDS = 23, FIRST_OF_CHECKS = 27 };

/* What most often leaves everything around the function as it was. */
static void put_tuned(const func *f, const char *text, ll_strbuf *b) {
    static const char *const tunes[TUNES] = {
        " int c = 0; c += i;", " int c = 3; c += i;",    " int c = 4; c += i;",       " int c = 5; c -= i;",
        " if (i == 7) i = 1;", " if (i == 8) return 0;", " if (i > 70) for (;;) i++;"};
    char head[64];
    snprintf(head, sizeof head, "char *f%d(char *a, int i) {", f->number);
    const char *at = strstr(text, head);
    at = at ? at + strlen(head) : text;
    ll_sb_printf(b, "%.*s%s", (int)(at - text), text, at == text ? "" : tunes[f->tune]);
    for (int i = 0; i < f->pad && at != text; i++) ll_sb_add(b, "\n");
    ll_sb_add(b, at);
}

static void put_func(const func *f, ll_strbuf *out) {
    bool brings_static = f->shape == 9 || f->shape == 18;
    ll_strbuf b = {0};
    if (f->third % 3 == 0 && !brings_static) ll_sb_add(&b, "__attribute__((weak)) ");
    if (f->shape < HEAP_SHAPES)
        put_heap(f, &b);
    else if (f->shape >= FIRST_OF_CHECKS)
        put_check(f, &b);
    else if (f->shape >= FIRST_OF_RECORDS)
        put_record(f, &b);
    else
        put_other(f, &b);
    put_tuned(f, ll_sb_str(&b), out);
    ll_sb_free(&b);
}

static void put_small(const small *s, ll_strbuf *b) {
    static const char *const how[] = {"int small%d(int x) { return x + %d; }\n",
                                      "int small%d(int x) {\n    if (x > %d) return 1;\n    return 0;\n}\n",
                                      "char *small%d(char *a) { return %d ? 0 : a; }\n",
                                      "int small%d(int x) { for (;;) x += %d; }\n"};
    if (s->value) ll_sb_printf(b, how[s->number % 4], s->number, s->value);
}

static const char *file_name(ll_arena *a, const source *s, int i) {
    return ll_printf(a, "%s/%c%d.c", root, 'a' + i, s->name);
}

static void put_source(const program *p, const source *s, int i, ll_strbuf *b) {
    static const char *const leave[DECLS] = {"()", "(int)", "(int) __attribute__((noreturn))"};
    for (int k = 0; k < s->lead; k++) ll_sb_add(b, "// a line\n");
    ll_sb_printf(b, "#include \"all.h\"\nvoid leave%s;\n", leave[s->decl]);
    if (i == 0)
        ll_sb_printf(b, "int flag = %d;\nchar *kept;\n", p->flag);
    else
        ll_sb_add(b, "extern int flag;\nextern char *kept;\n");
    if (i == 0 && p->flag_written) ll_sb_add(b, "void set(int i) { flag = i; }\n");
    ll_sb_printf(b, "static int quiet = %d;\n", p->flag);
    if (p->flag_written) ll_sb_printf(b, "void hush%d(int i) { quiet = i; }\n", i);
    ll_sb_add(b, "static char *make0(int i) { return malloc(i); }\nstatic void end0(char *p) { free(p); }\n");
    ll_sb_printf(b, "static const struct ops table0 = {make0, end0};\nstatic %sstruct ops table1 = {make0, %s};\n",
                 p->flag ? "" : "const ", p->flag ? "end0" : "0");
    bool again[SHAPES] = {0};
    for (int k = 0; k < s->nfuncs; k++) { /* shape 9 brings a static function with it: once a file */
        func f = s->funcs[k];
        if (f.shape == 9 && again[9]) f.shape = 2;
        again[f.shape] = true;
        put_func(&f, b);
    }
    for (int k = 0; k < SMALLS_HERE; k++) put_small(&s->smalls[k], b);
    const char *asks = s->asks % 4 == 2 ? "    free(small%d(a));\n" : "    if (small%d(1)) free(a);\n";
    if (s->asks) {
        ll_sb_printf(b, "char *ask%d(char *a) {\n", i);
        ll_sb_printf(b, asks, s->asks);
        ll_sb_add(b, "    return 0;\n}\n");
    }
}

/* Only what differs is written: a file that is not edited is not touched. */
static void put_file(const char *path, const ll_strbuf *b) {
    ll_arena *a = ll_arena_new("old");
    char *old;
    size_t n;
    bool same = ll_read_file(a, path, 0, &old, &n, NULL) && n == b->n && memcmp(old, b->s, n) == 0;
    if (!same) assert_true(ll_write_file(path, ll_sb_str(b), b->n, NULL));
    ll_arena_free(a);
}

static void remove_sources(ll_arena *a, const program *p) {
    ll_names names;
    const bool *is_dir;
    assert_true(ll_list_dir(a, root, &names, &is_dir));
    for (uint32_t i = 0; i < names.n; i++) {
        const char *path = ll_path_join(a, root, names.v[i]), *dot = strrchr(path, '.');
        bool wanted = !dot || strcmp(dot, ".c") != 0;
        for (int k = 0; k < FILES; k++) wanted |= p->files[k].there && strcmp(file_name(a, &p->files[k], k), path) == 0;
        if (!wanted) unlink(path);
    }
}

static void write_program(const program *p, const char *flags) {
    ll_arena *a = ll_arena_new("program");
    ll_strbuf b = {0}, db = {0};
    put_header(p, &b);
    put_file(ll_path_join(a, root, "all.h"), &b);
    ll_sb_add(&db, "[");
    for (int k = 0; k < FILES; k++) {
        int i = p->reversed ? FILES - 1 - k : k;
        const char *path = file_name(a, &p->files[i], i);
        if (!p->files[i].there) continue;
        ll_sb_clear(&b);
        put_source(p, &p->files[i], i, &b);
        put_file(path, &b);
        ll_sb_printf(&db, "%s{\"directory\": \"%s\", \"file\": \"%s\", \"command\": \"cc %s -c %s\"}",
                     db.n > 1 ? "," : "", root, path, flags, path);
    }
    ll_sb_add(&db, "]");
    put_file(ll_path_join(a, root, "compile_commands.json"), &db);
    remove_sources(a, p);
    ll_sb_free(&b);
    ll_sb_free(&db);
    ll_arena_free(a);
}

/* ---- edits ---- */

static func new_func(int number) {
    return (func){number, (int)pick(SHAPES), (int)pick(FILES * FUNCS), (int)pick(FILES * FUNCS), 0, 0};
}

static program first_program(void) {
    program p = {.jobs = 2};
    for (int i = 0; i < FILES; i++) {
        p.files[i].there = true;
        p.files[i].nfuncs = FUNCS;
        for (int k = 0; k < FUNCS; k++) p.files[i].funcs[k] = new_func(i * FUNCS + k);
    }
    return p;
}

/* Of the kind that pipeline/near.h is about, mostly. */
static const char *small_edit(program *p) {
    source *s = &p->files[pick(FILES)];
    func *f = &s->funcs[pick((uint32_t)s->nfuncs)];
    small *m = &s->smalls[pick(SMALLS_HERE)];
    switch (pick(12)) {
        case 0:
        case 1:
        case 2:
            f->tune = (int)pick(TUNES);
            return "what a function does besides";
        case 3:
            f->pad = (int)pick(3);
            return "lines of a function";
        case 4:
            s->asks = (int)pick(SMALLS);
            return "who is named";
        case 5:
            m->value = 0;
            return "a small function less";
        default:
            m->number = (int)pick(SMALLS);
            m->value = 1 + (int)pick(4);
            for (int i = 0; i < SMALLS_HERE; i++)
                if (&s->smalls[i] != m && s->smalls[i].number == m->number) s->smalls[i].value = 0;
            return "a small function";
    }
}

static const char *edit(program *p) {
    source *s = &p->files[pick(FILES)];
    func *f = &s->funcs[pick((uint32_t)s->nfuncs)];
    switch (pick(17)) {
        case 0:
        case 1:
        case 2:
            *f = new_func(f->number);
            return "a function's body";
        case 3:
            f->other = (int)pick(FILES * FUNCS);
            return "a call";
        case 4:
            if (s->nfuncs == FUNCS + 4) return "nothing";
            s->funcs[s->nfuncs++] = new_func((int)pick(FILES * FUNCS + 8)); /* perhaps defined elsewhere as well */
            for (int i = 0; i + 1 < s->nfuncs; i++)
                if (s->funcs[i].number == s->funcs[s->nfuncs - 1].number) return s->nfuncs--, "nothing";
            return "a new function";
        case 5:
            if (s->nfuncs < 2) return "nothing";
            *f = s->funcs[--s->nfuncs];
            return "a function less";
        case 6: {
            func t = s->funcs[0];
            s->funcs[0] = *f;
            *f = t;
            return "the order of functions";
        }
        case 7:
            s->lead = (int)pick(4);
            return "lines on top";
        case 8:
            p->header = (int)pick(HEADERS);
            return "the header";
        case 9:
            p->extra_lines = (int)pick(3);
            return "lines of the header";
        case 10:
            if (s != &p->files[0]) s->there = !s->there;
            return "a file gone, or back";
        case 11:
            s->name = (int)pick(3);
            return "a file's name";
        case 12:
            p->flag = !p->flag;
            return "a global's value";
        case 13:
            p->flag_written = !p->flag_written;
            return "who writes a global";
        case 15:
            s->decl = (int)pick(DECLS);
            return "a declaration";
        case 14:
            p->rules = (int)pick(RULES);
            return "the rules";
        default:
            p->reversed = !p->reversed;
            p->jobs = 1 + (int)pick(3);
            return "order and jobs";
    }
}

/* ---- runs ---- */

typedef struct outcome {
    char *json;
    uint32_t units, parsed, findings;
    uint64_t functions; /* followed by the engine */
    bool near;          /* one unit was read, and no other looked at */
} outcome;

static outcome run(const program *p, int jobs, bool remember) {
    static const char *const packs[RULES] = {NULL, "  - {call: sink, borrows: 1}\n", "  - {call: sink, consumes: 1}\n",
                                             "  - {call: cond, noreturn: true}\n"};
    char pack[80];
    const char *path = pack;
    snprintf(pack, sizeof pack, "%s/pack.yml", root);
    if (packs[p->rules]) {
        ll_strbuf text = {0};
        ll_sb_printf(&text, "about: functions of the program\nfunctions:\n%s", packs[p->rules]);
        assert_true(ll_write_file(pack, text.s, text.n, NULL));
        ll_sb_free(&text);
    }
    outcome out = {0};
    check_options opt = {.tool_version = "test",
                         .root = root,
                         .build_dir = root,
                         .confidence = CONFIDENCE_LOW,
                         .rules.paths = {.v = &path, .n = packs[p->rules] != NULL},
                         .no_store = !remember,
                         .quiet = true,
                         .log = fopen("/dev/null", "w")};
    opt.facts.workers.jobs = (uint32_t)jobs;
    check_result r;
    ll_err err = {0};
    size_t n;
    if (!pipeline_check(&opt, &r, &err)) fail_msg("%s", err.msg);
    r.run.is_new = NULL; /* what the store knows of earlier runs is not what the run came to */
    r.run.n_gone = 0;
    FILE *to = open_memstream(&out.json, &n);
    assert_true(pipeline_report(to, OUTPUT_JSON, &r, &(output_options){0}, &err));
    fclose(to);
    fclose(opt.log);
    out.units = r.run.units;
    out.parsed = r.analysis.nparsed;
    out.findings = r.findings.items.n;
    out.functions = r.analysis.stats.functions;
    out.near = r.analysis.nparsed == 1 && out.units > 1 && !r.analysis.engine;
    check_result_free(&r);
    return out;
}

static void keep_what_differs(int n, const char *what, const outcome *warm, const outcome *cold) {
    ll_write_file("/tmp/lifelint-edits-warm.json", warm->json, strlen(warm->json), NULL);
    ll_write_file("/tmp/lifelint-edits-cold.json", cold->json, strlen(cold->json), NULL);
    fail_msg("edit %d (%s): the runs differ; see %s and /tmp/lifelint-edits-{warm,cold}.json", n, what, root);
}

static void runs_that_remember_find_the_same(void **state) {
    (void)state;
    const char *start = getenv("EDITS_SEED"), *count = getenv("EDITS_N");
    int n = count ? (int)strtol(count, NULL, 10) : EDITS;
    uint64_t units = 0, parsed = 0, findings = 0, functions = 0, followed = 0;
    seed = start ? strtoull(start, NULL, 10) : 16;
    struct {              /* each kind of rule has its own way to conclude something */
        const char *rule; /* or words of its own */
        unsigned n;
    } seen[] = {{"libc-heap-leak", 0}, {"libc-heap-double", 0},    {"libc-heap-use", 0},
                {"posix-fd-leak", 0},  {"thread-blocked-lock", 0}, {"process-handler-unsafe", 0},
                {"libevent-armed", 0}, {"process-fork-unsafe", 0}, {"not what its field", 0}};
    program now = first_program(), before = now;
    const char *flags = "";
    for (int i = 0; i < n; i++) {
        const char *what = "nothing";
        if (i && pick(10) == 0) {
            now = before;
            what = "going back";
        } else if (i && pick(12) == 0) {
            flags = pick(2) ? "-DFLAG=1" : "";
            what = "flags";
        } else if (i && pick(12)) {
            before = now;
            for (uint32_t k = pick(3) + 1; k; k--) what = edit(&now);
        }
        write_program(&now, flags);
        nanosleep(&(struct timespec){0, 9 * 1000 * 1000}, NULL);
        outcome warm = run(&now, now.jobs, true), cold = run(&now, 2, false);
        if (strcmp(warm.json, cold.json) != 0) keep_what_differs(i, what, &warm, &cold);
        units += warm.units;
        parsed += warm.parsed;
        findings += cold.findings;
        functions += cold.functions;
        followed += warm.functions;
        for (size_t k = 0; k < sizeof seen / sizeof *seen; k++) seen[k].n += strstr(cold.json, seen[k].rule) != NULL;
        free(warm.json);
        free(cold.json);
    }
    for (size_t k = 0; k < sizeof seen / sizeof *seen; k++)
        if (seen[k].n) print_message("%6u %s\n", seen[k].n, seen[k].rule);
    print_message("%d edits: %llu of %llu units parsed, %llu of %llu functions followed, %.1f findings a run\n", n,
                  (unsigned long long)parsed, (unsigned long long)units, (unsigned long long)followed,
                  (unsigned long long)functions, (double)findings / n);
    assert_true(findings > 2u * (unsigned)n); /* the program has something to find */
    assert_true(parsed * 2 < units);
    assert_true(followed * 4 < functions);
}

/* Each of them by itself, as somebody types; and at times something else. */
static void small_edits_find_the_same(void **state) {
    (void)state;
    const char *start = getenv("EDITS_SEED"), *count = getenv("EDITS_N");
    int n = count ? (int)strtol(count, NULL, 10) : SMALL_EDITS, near = 0, reported = 0;
    seed = start ? strtoull(start, NULL, 10) : 16;
    program now = first_program();
    for (int i = 0; i < n; i++) {
        const char *what = i && pick(15) == 0 ? edit(&now) : small_edit(&now);
        write_program(&now, "");
        nanosleep(&(struct timespec){0, 9 * 1000 * 1000}, NULL);
        outcome warm = run(&now, 1, true), cold = run(&now, 2, false);
        if (strcmp(warm.json, cold.json) != 0) keep_what_differs(i, what, &warm, &cold);
        near += warm.near;
        reported += warm.near && warm.functions;
        free(warm.json);
        free(cold.json);
    }
    print_message("%d small edits: %d were seen to change nothing around them, in %d of them functions were followed\n",
                  n, near, reported);
    assert_true(near * 10 > n);
}

static int set_up(void **state) {
    (void)state;
    memcpy(root, "/tmp/lifelint-edits-XXXXXX", 27);
    return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    char *const command[] = {"rm", "-rf", root, NULL};
    int status = 0;
    if (fork() == 0) execv("/bin/rm", command);
    wait(&status);
    return status;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(runs_that_remember_find_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(small_edits_find_the_same, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
