#include "pipeline/near_findings.h"

#include <string.h>

#include "finding/finding_bytes.h"
#include "finding/lines.h"
#include "pipeline/findings.h"

/* A function that was changed or moved. */
typedef struct span {
    const char *file; /* as in results */
    const ir_func *before, *now;
    bool changed; /* what lies in it is only known where the engine says so */
} span;

typedef struct update {
    ll_arena *arena;
    const char *root;
    const engine_edit *edit;
    LL_ARRAY(span) spans;
    bool lost; /* something is mentioned of which nobody knows where it is now */
    bool done; /* something is another */
} update;

static void add_span(update *u, const ir_func *before, const ir_func *now, bool changed) {
    const char *file = pipeline_relative(u->arena, u->root, before->file);
    LL_PUSH(u->arena, &u->spans, (span){ll_strdup(u->arena, file), before, now, changed});
}

static void list_spans(update *u, const ir_change *change) {
    for (uint32_t i = 0; i < change->moved.n; i++)
        add_span(u, change->moved.v[i].before, change->moved.v[i].now, false);
    for (uint32_t i = 0; i < change->funcs.n; i++)
        if (change->funcs.v[i].before && change->funcs.v[i].now)
            add_span(u, change->funcs.v[i].before, change->funcs.v[i].now, true);
}

static bool place_in(const update *u, const span *s, const finding_loc *was, finding_loc *now) {
    int32_t line = was->line - s->before->first_line;
    *now = *was;
    now->line = s->now->first_line + line;
    if (!s->changed || (!line && !was->col)) return true;
    for (uint32_t i = 0; i < u->edit->moved.n; i++) {
        const engine_moved *m = &u->edit->moved.v[i];
        if (m->of != s->before || m->line != line || m->col != was->col) continue;
        now->line = s->now->first_line + m->to_line;
        now->col = m->to_col;
        return !was->end_col; /* it is not said where that is */
    }
    return false;
}

static void update_loc(update *u, finding_loc *loc) {
    const finding_loc was = *loc;
    bool found = false;
    for (uint32_t i = 0; i < u->spans.n && loc->file; i++) {
        const span *s = &u->spans.v[i];
        finding_loc now;
        if (was.line < s->before->first_line || was.line > s->before->last_line || strcmp(was.file, s->file) != 0)
            continue;
        bool known = place_in(u, s, &was, &now);
        u->lost |= !known || (found && (now.line != loc->line || now.col != loc->col));
        found = true;
        *loc = now;
    }
    u->done |= loc->line != was.line || loc->col != was.col;
}

/* Messages name lines of the finding's own function. */
static void update_message(update *u, finding *f) {
    for (uint32_t i = 0; i < u->spans.n; i++) {
        const span *s = &u->spans.v[i];
        bool own = f->function_loc.line == s->before->first_line && strcmp(f->usr ? f->usr : "", s->before->usr) == 0;
        if (!own) continue;
        const int32_t by = s->now->first_line - s->before->first_line;
        f->message = finding_shift_lines(u->arena, f->message, by, s->changed ? INT32_MAX : 0, INT32_MAX, &u->lost);
        return;
    }
}

static void update_finding(update *u, finding *f) {
    update_message(u, f);
    update_loc(u, &f->loc);
    update_loc(u, &f->function_loc);
    for (uint32_t i = 0; i < f->nsteps; i++) update_loc(u, &f->steps[i].loc);
}

/* The number of the finding among those; their number: it is none of them. */
static uint32_t number_of(const finding_list *l, const finding *f) {
    for (uint32_t i = 0; i < l->items.n; i++)
        if (l->items.v[i].loc.line == f->loc.line && finding_same(&l->items.v[i], f)) return i;
    return l->items.n;
}

/* Takes out what was reported of functions that were followed again, and lists what is reported now. */
static void swap(update *u, finding_list *l, finding_list *came) {
    for (uint32_t i = 0; i < u->edit->swaps.n && !u->lost; i++) {
        engine_swap s = u->edit->swaps.v[i];
        if (s.had) pipeline_relative_findings(u->arena, u->root, &s.was, 1);
        uint32_t at = s.had ? number_of(l, &s.was) : l->items.n;
        bool there = at < l->items.n;
        u->lost |= s.had && !there && !s.perhaps;
        u->done |= there || !s.perhaps;
        if (there) memmove(l->items.v + at, l->items.v + at + 1, (--l->items.n - at) * sizeof *l->items.v);
        if (!s.has || (s.perhaps && !there)) continue;
        pipeline_relative_findings(u->arena, u->root, &s.is, 1);
        LL_PUSH(u->arena, &came->items, s.is);
    }
}

/* What lies outside the root stands elsewhere among what is reported than its path says. */
static bool all_below_root(const finding_list *l) {
    for (uint32_t i = 0; i < l->items.n; i++)
        if (!l->items.v[i].loc.file || l->items.v[i].loc.file[0] == '/') return false;
    return true;
}

bool near_findings(ll_arena *a, const char *root, const ir_change *change, const engine_edit *edit, finding_list *l,
                   bool *other) {
    update u = {.arena = a, .root = root, .edit = edit};
    finding_list came = {0};
    list_spans(&u, change);
    swap(&u, l, &came);
    for (uint32_t i = 0; i < l->items.n && !u.lost; i++) update_finding(&u, &l->items.v[i]);
    for (uint32_t i = 0; i < came.items.n; i++) LL_PUSH(a, &l->items, came.items.v[i]);
    *other = u.done;
    if (u.lost || (u.done && !all_below_root(l))) return false;
    if (u.done) finding_sort(l);
    return true;
}
