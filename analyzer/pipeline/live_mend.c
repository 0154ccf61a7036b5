/* A half-typed statement can swallow the rest of its file: the compiler skips to some brace, and functions, tables and
 * declarations behind it are gone until the statement is whole. To the rest of the program that is a flood of changes,
 * all of which are taken back a moment later. So what a unit with new errors does not show any more stays as it was
 * when it last parsed, moved to where it stands now:
 *
 *     int f(void) {             before and after the edit the texts are the same but for a stretch of lines;
 *         if (x                 <- being typed: g is swallowed, and kept, its lines moved by what the stretch grew
 *     }
 *     int g(void) { … }  */
#include <string.h>

#include "pipeline/live_inside.h"

/* Lines before the stretch that differs, and by how much lines behind it have moved. */
typedef struct moved {
    int32_t before, by;
} moved;

static int32_t count_lines(const char *s, size_t n) {
    int32_t k = 0;
    for (const char *end = s + n; (s = memchr(s, '\n', (size_t)(end - s))); s++) k++;
    return k;
}

static moved compare(const live_text *old, const live_text *now) {
    size_t n = 0;
    while (n < old->n && n < now->n && old->s[n] == now->s[n]) n++;
    return (moved){.before = count_lines(now->s, n), .by = count_lines(now->s, now->n) - count_lines(old->s, old->n)};
}

static int32_t move(const moved *m, int32_t line) {
    return line > m->before + 1 ? line + m->by : line;
}

static uint32_t errors_of(const ir_unit *u) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < u->notes.n; i++) n += u->notes.v[i].kind == IR_NOTE_PARSE_ERROR;
    return n;
}

bool live_is_broken(const ir_unit *held, const ir_unit *now) {
    return held && errors_of(now) > errors_of(held);
}

static bool has_global(const ir_unit *u, const ir_global *g) {
    for (uint32_t i = 0; i < u->globals.n; i++)
        if (u->globals.v[i].usr == g->usr && (u->globals.v[i].has_definition || !g->has_definition)) return true;
    return false;
}

const ir_unit *live_mend(ll_arena *a, const ir_unit *held, const live_text *old, const ir_unit *now,
                         const live_text *text) {
    moved m = compare(old, text);
    ir_unit *out = LL_NEW(a, ir_unit);
    *out = (ir_unit){.file = now->file, .files = now->files, .notes = now->notes};
    for (uint32_t i = 0; i < now->funcs.n; i++) LL_PUSH(a, &out->funcs, now->funcs.v[i]);
    for (uint32_t i = 0; i < now->decls.n; i++) LL_PUSH(a, &out->decls, now->decls.v[i]);
    for (uint32_t i = 0; i < now->globals.n; i++) LL_PUSH(a, &out->globals, now->globals.v[i]);
    for (uint32_t i = 0; i < held->funcs.n; i++) {
        const ir_func *f = held->funcs.v[i];
        if (ir_unit_func(now, f->usr)) continue;
        ir_func *kept = ll_memdup(a, f, sizeof *f);
        bool main = strcmp(f->file, held->file) == 0;
        kept->first_line = main ? move(&m, f->first_line) : f->first_line;
        kept->last_line = main ? move(&m, f->last_line) : f->last_line;
        LL_PUSH(a, &out->funcs, kept);
    }
    for (uint32_t i = 0; i < held->decls.n; i++)
        if (!ir_unit_decl(now, held->decls.v[i].usr)) LL_PUSH(a, &out->decls, held->decls.v[i]);
    for (uint32_t i = 0; i < held->globals.n; i++)
        if (!has_global(now, &held->globals.v[i])) LL_PUSH(a, &out->globals, held->globals.v[i]);
    return out;
}
