/* The walk through a unit's text as the compiler comes to it, first to see what it includes, then, when that is known,
 * to see what may be moved. */
#define _GNU_SOURCE
#include "pipeline/behind.h"

#include <string.h>

#include "base/sys.h"
#include "pipeline/behind_inside.h"

enum { MAX_DEPTH = 64, MAX_STEPS = 96, MAX_CONDITIONS = 32 };

typedef struct open_condition {
    const char *text; /* of this branch, NULL: more than a step can say */
    truth holds;      /* this branch */
    truth before;     /* one of those before it */
} open_condition;

typedef struct walk {
    behind *b;
    behind_unit *u;
    bool adding;           /* the first time */
    bool stopped, touched; /* touched: something else than guards was moved over */
    file_set seen;         /* surely included */
    file_set front;        /* and before all that is moved over */
    file_set changed;      /* means something else in front, or what would be moved over does */
    open_condition open[MAX_CONDITIONS];
    uint32_t depth, nested;
    ll_arena *a;
    behind_moved *out;
} walk;

static bool sure(const walk *w) {
    for (uint32_t i = 0; i < w->depth; i++)
        if (w->open[i].holds != YES) return false;
    return true;
}

static bool dead(const walk *w) {
    for (uint32_t i = 0; i < w->depth; i++)
        if (w->open[i].holds == NOT) return true;
    return false;
}

/* ---- text that is moved over ---- */

static void move_over(walk *w, const behind_text *t, segment *s) {
    bool guard = t->guard && s->defines.n && s->defines.v[0] == t->guard;
    if (s->uses.n || s->members.n || s->defines.n > guard) w->touched = true;
    for (uint32_t i = 0; i < s->defines.n; i++) {
        s->defines.v[i]->defined_by = w->u->number;
        if (sure(w)) s->defines.v[i]->surely_by = w->u->number;
    }
    for (uint32_t i = 0; i < s->undefines.n; i++) s->undefines.v[i]->undefined_by = w->u->number;
    if (!w->u->known->asked || w->adding) return;
    behind_resolve(w->b, s);
    for (uint32_t i = 0; i < BEHIND_WORDS; i++) w->changed.v[i] |= (s->macros.v[i] | s->mentions.v[i]) & ~w->seen.v[i];
    for (uint32_t i = 0; i < s->names.n; i++) {
        const file_list *names = &s->names.v[i]->names;
        if (!file_set_has_any(&w->seen, names)) file_set_add_list(&w->changed, names);
    }
}

/* ---- conditions ---- */

/* A text that is read more than once may find another answer the next time, as may one that is not surely read now. */
static truth answer(const walk *w, const behind_text *t, const char *text) {
    bool known = !w->adding && w->u->known->asked && (t->once || t == w->u->text) && sure(w);
    return known ? behind_holds(w->b, w->u->known, &w->seen, w->u->number, text) : MAYBE;
}

static void enter_condition(walk *w, const char *text, truth holds) {
    if (w->depth == MAX_CONDITIONS)
        w->stopped = true;
    else
        w->open[w->depth++] = (open_condition){text, holds, NOT};
}

static void next_branch(walk *w, const behind_text *t, const event *e) {
    open_condition *o = w->depth ? &w->open[--w->depth] : NULL;
    if (!o) {
        w->stopped = true;
        return;
    }
    const char *first = o->before == NOT ? o->text : NULL;
    open_condition next = {.before = o->before > o->holds ? o->before : o->holds, .holds = YES};
    if (e->kind == FE_TEXT_ELIF) next.holds = answer(w, t, e->text);
    if (next.before == YES) next.holds = NOT;
    if (next.before == MAYBE && next.holds == YES) next.holds = MAYBE;
    if (first && e->kind == FE_TEXT_ELSE && strncmp(first, "ifdef ", 6) == 0)
        next.text = ll_printf(w->a, "ifndef %s", first + 6);
    if (first && e->kind == FE_TEXT_ELSE && strncmp(first, "ifndef ", 7) == 0)
        next.text = ll_printf(w->a, "ifdef %s", first + 7);
    w->open[w->depth++] = next;
}

/* Whether a word of it was defined by what would be moved over. */
static bool asks_changed(const walk *w, const char *text) {
    for (const char *p = text; *p;) {
        size_t n = behind_word_length(p);
        const word *known = n ? behind_word(w->b, p, n, false) : NULL;
        if (known && known->defined_by == w->u->number) return true;
        p += n ? n : 1;
    }
    return false;
}

/* The step that includes a header under the conditions that are open; NULL: there is none. */
static const char *step_text(const walk *w, const char *name) {
    fe_step *v;
    ll_strbuf text = {0};
    uint32_t n = 0;
    bool ok = true;
    for (uint32_t i = 0; i < w->depth && ok; i++) {
        if (w->open[i].holds == YES) continue;
        ok = w->open[i].text && !asks_changed(w, w->open[i].text);
        if (ok) ll_sb_printf(&text, "#%s\n", w->open[i].text);
        n++;
    }
    ll_sb_printf(&text, "#include <%s>\n", name);
    for (; n; n--) ll_sb_add(&text, "#endif\n");
    ok = ok && fe_prefix_steps(w->a, ll_sb_str(&text), text.n, &v) == 1 && v[0].commutes;
    ll_sb_free(&text);
    return ok ? v[0].text : NULL;
}

/* ---- includes ---- */

static void move(walk *w, const char *text) {
    for (uint32_t i = 0; i < w->out->steps.n; i++)
        if (strcmp(w->out->steps.v[i], text) == 0) return;
    if (w->out->steps.n < MAX_STEPS) LL_PUSH(w->a, &w->out->steps, text);
}

static bool changed(const walk *w, const file_set *files) {
    for (uint32_t i = 0; i < BEHIND_WORDS; i++)
        if (files->v[i] & ~w->front.v[i] & w->changed.v[i]) return true;
    return false;
}

static void see(file_set *set, const known_header *h) {
    if (h) file_set_add_all(set, &h->files);
}

static void library_header(walk *w, const event *e) {
    const behind_setting *s = w->u->known;
    known_header *h = behind_header(w->b, w->u->known, e->text, w->adding);
    if (e->inside) w->stopped = true;
    if (w->adding || w->stopped) return;
    bool may = s->asked ? h && h->usable && !changed(w, &h->perhaps) : !w->touched;
    const char *text = may ? step_text(w, e->text) : NULL;
    if (text) move(w, text);
    if (!sure(w)) return;
    see(&w->seen, h);
    if (text) see(&w->front, h);
}

/* In folders whose order among each other is not ours to say: only when one has it. */
static const char *found_once(behind *b, const behind_unit *u, const search_list *dirs, const char *name) {
    const char *found = NULL;
    for (uint32_t i = 0; i < dirs->n; i++) {
        search_list one = {.v = dirs->v + i, .n = 1};
        const char *path = search_dirs_find(b->dirs, u->rq, &one, NULL, name);
        if (path && found) return NULL;
        if (path) found = path;
    }
    return found;
}

static behind_text *look_up(walk *w, const behind_text *in, const event *e) {
    behind *b = w->b;
    const behind_unit *u = w->u;
    const char *path = NULL;
    if (e->text[0] == '/') return NULL;
    if (strstr(e->text, "..")) {
        path = e->quoted ? ll_path_abs(b->a, in->folder, e->text) : NULL;
        return path && ll_is_file(path) ? behind_text_at(b, path) : NULL;
    }
    if (e->quoted) path = search_dirs_find(b->dirs, u->rq, &u->quoted, in->folder, e->text);
    if (!path) path = search_dirs_find(b->dirs, u->rq, u->search, NULL, e->text);
    if (!path) path = search_dirs_find(b->dirs, u->rq, &u->others, NULL, e->text);
    if (!path) path = found_once(b, u, &b->system, e->text);
    return path ? behind_text_at(b, path) : NULL;
}

static void walk_text(walk *w, behind_text *t);

static void own_header(walk *w, const behind_text *in, event *e) {
    if (e->place != w->u->place) {
        e->found = look_up(w, in, e);
        e->place = w->u->place;
    }
    behind_text *t = e->found;
    if (!t) {
        w->stopped |= sure(w); /* under a condition: where it is not there, a unit has an error or does not ask */
        w->touched = true;
        return;
    }
    if (e->inside) w->stopped = true;
    bool certain = sure(w);
    if (w->stopped || t->active || t->sure == w->u->number || (!certain && t->perhaps == w->u->number)) return;
    if (certain) t->sure = w->u->number;
    t->perhaps = w->u->number;
    if (t->guard && strstr(w->u->family, t->guard->text)) {
        w->stopped = true;
        return;
    }
    if (t->guard && w->out) LL_PUSH(w->a, &w->out->guards, t->guard->text);
    walk_text(w, t);
}

static bool is_library(const walk *w, const event *e) {
    return e->of_library && !strstr(e->text, "..") && !search_dirs_have(w->b->dirs, w->u->search, e->text);
}

static void walk_text(walk *w, behind_text *t) {
    uint32_t depth = w->depth;
    if (++w->nested == MAX_DEPTH) w->stopped = true;
    t->active = true;
    for (uint32_t i = 0; i < t->events.n && !w->stopped; i++) {
        event *e = &t->events.v[i];
        if (e->kind == FE_TEXT_IF)
            enter_condition(w, e->text, i == 1 && t->guard ? YES : answer(w, t, e->text));
        else if ((e->kind == FE_TEXT_ELSE || e->kind == FE_TEXT_ELIF) && w->depth > depth)
            next_branch(w, t, e);
        else if (e->kind == FE_TEXT_ENDIF && w->depth > depth)
            w->depth--;
        else if (dead(w) && e->kind != FE_TEXT_STOP)
            continue;
        else if (e->segment)
            move_over(w, t, e->segment);
        else if (e->kind == FE_TEXT_INCLUDE && is_library(w, e))
            library_header(w, e);
        else if (e->kind == FE_TEXT_INCLUDE)
            own_header(w, t, e);
        else
            w->stopped = true;
    }
    t->active = false;
    w->depth = depth;
    w->nested--;
}

/* ---- units ---- */

behind *behind_new(ll_arena *a, search_dirs *dirs) {
    behind *b = LL_NEW(a, behind);
    *b = (behind){.a = a, .dirs = dirs};
    search_dirs_system(dirs, &b->system);
    return b;
}

void behind_free(behind *b) {
    for (behind_setting *s = b->settings; s; s = s->hh.next) {
        HASH_CLEAR(hh, s->headers);
        HASH_CLEAR(hh, s->given);
    }
    HASH_CLEAR(hh, b->words);
    HASH_CLEAR(hh, b->texts);
    HASH_CLEAR(hh, b->settings);
    HASH_CLEAR(hh, b->files);
    HASH_CLEAR(hh, b->names);
}

static behind_setting *setting_of(behind *b, const behind_unit *u) {
    behind_setting *s;
    HASH_FIND_STR(b->settings, u->setting, s);
    if (s) return s;
    s = LL_NEW(b->a, behind_setting);
    *s = (behind_setting){.key = u->setting, .like = u};
    HASH_ADD_KEYPTR(hh, b->settings, s->key, strlen(s->key), s);
    return s;
}

static bool looks_elsewhere(const fe_request *rq) {
    for (int i = 0; i < rq->nargs; i++)
        if (strcmp(rq->args[i], "-I-") == 0 || strncmp(rq->args[i], "-idirafter", 10) == 0 ||
            strncmp(rq->args[i], "-iprefix", 8) == 0 || strncmp(rq->args[i], "-iwith", 6) == 0)
            return true;
    return false;
}

/* One past the last line that may include something. */
static size_t last_include(const char *s, size_t n) {
    static const char word[] = "include";
    size_t last = 0;
    for (const char *p = s; (p = memmem(p, n - (size_t)(p - s), word, sizeof word - 1)); p += sizeof word - 1) {
        const char *q = p;
        while (q > s && (q[-1] == ' ' || q[-1] == '\t')) q--;
        if (q > s && q[-1] == '#') last = (size_t)(p - s);
    }
    const char *line = last ? memchr(s + last, '\n', n - last) : NULL;
    return line ? (size_t)(line - s) + 1 : last ? n : 0;
}

void behind_add(behind *b, behind_unit *u) {
    u->known = setting_of(b, u);
    u->known->units++;
    for (uint32_t i = 0; i < u->includes.n; i++) behind_header(b, u->known, u->includes.v[i], true);
    if (looks_elsewhere(u->rq)) return;
    search_dirs_by(b->dirs, u->rq, "-iquote", &u->quoted);
    search_dirs_by(b->dirs, u->rq, "-isystem", &u->others);
    u->text = behind_text_of(b, u->rq->file, u->source, last_include(u->source, u->n));
    u->number = ++b->units;
    walk w = {.b = b, .u = u, .adding = true, .a = b->a};
    walk_text(&w, u->text);
}

void behind_find(behind *b, behind_unit *u, ll_arena *a, behind_moved *out) {
    if (!u->text) return;
    u->number = ++b->units;
    walk w = {.b = b, .u = u, .a = a, .out = out};
    for (uint32_t i = 0; i < u->includes.n; i++) see(&w.seen, behind_header(b, u->known, u->includes.v[i], false));
    for (uint32_t i = 0; i < u->own.n; i++) see(&w.seen, behind_header(b, u->known, u->own.v[i], false));
    w.front = w.seen;
    walk_text(&w, u->text);
    if (u->known->asked) out->guards.n = 0; /* they were looked at as any other definition */
}
