#include "engine/evidence.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "engine/trace.h"

uint8_t result_class(fctx *c, const state *st, sym s) {
    if (!s) return RESULT_ANY;
    range r = state_range(st, c->t, s);
    uint8_t k = 0;
    if (r.lo <= 0 && r.hi >= 0 && !r.nonzero) k |= RESULT_ZERO;
    if (r.hi > 0) k |= RESULT_POSITIVE;
    if (r.lo < 0) k |= RESULT_NEGATIVE;
    const symrec *x = symtab_at(c->t, s);
    if (x->type && x->type->kind == IR_T_PTR && (k & RESULT_POSITIVE)) k |= RESULT_NEGATIVE; /* a pointer has no sign */
    return k;
}

/* ---- borrows, program-wide ---- */

const char *borrow_key(engine *e, const char *callee, uint32_t arg) {
    char buf[512];
    snprintf(buf, sizeof buf, "%s#%u", callee, arg);
    return ll_intern_str(e->names, buf);
}

void learn_borrows(fctx *c, const state *st, const track *tr) {
    bool read_since = false, later = false;
    if (c->deep) return; /* learnt when the body was followed for itself */
    for (const escape *x = tr->escapes; x; x = x->prev) {
        read_since |= x == tr->used_after;
        if (x->alike) continue;
        bool used_again = later || read_since;
        later = true;
        if (*x->callee == '(' || x->aside) continue; /* nobody in particular: nothing to learn */
        const char *key = borrow_key(c->e, x->callee, x->arg);
        uintptr_t bits = (uintptr_t)name_map_get(c->e->borrows, key);
        /* Used again after that call: borrowed. Released right after it: perhaps only because the call failed. */
        uint8_t results = used_again ? RESULT_ANY : result_class(c, st, x->ret);
        name_map_put(c->e->borrows, key, (void *)(bits | results));
        trace_borrow(c->e, key, results);
    }
}

void learn_local(fctx *c, sym s, const char *callee, uint32_t arg) {
    if (c->deep || *callee == '(' || sym_local_var(c->t, s) == IR_NOVAR) return;
    const char *key = borrow_key(c->e, callee, arg | ARG_ITSELF);
    name_map_put(c->e->borrows, key, (void *)(uintptr_t)RESULT_ANY);
    trace_borrow(c->e, key, RESULT_ANY);
}

void note_used_again(state *st, sym s) {
    track *tr = state_any_track(st, s);
    if (tr && tr->state == TR_HELD) tr->used_after = tr->escapes;
}

static bool all_borrow(engine *e, const escape_class *v, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        uintptr_t bits = (uintptr_t)name_map_get(e->borrows, borrow_key(e, v[i].callee, v[i].arg & ~ARG_ITSELF));
        if (v[i].arg & ARG_ITSELF) bits |= (uintptr_t)name_map_get(e->borrows, borrow_key(e, v[i].callee, v[i].arg));
        if (bits & RESULT_ZERO)
            bits |= RESULT_NEGATIVE; /* still the caller's where it returned 0: so too where it failed */
        if (v[i].ret & ~bits) return false;
    }
    return true;
}

void note_release_site(fctx *c, const state *st, const track *tr, const char *by) {
    const rule_model *m = rule_set_model(c->e->rules, by);
    release_site s = {tr->acq->site,
                      tr->acq->by_address ? tr->s : 0,
                      tr->acq->arg,
                      m && !m->from_facts_only,
                      by,
                      result_class(c, st, tr->call_ret)};
    for (uint32_t i = 0; i < c->released.n; i++) {
        release_site *x = &c->released.v[i];
        if (x->site != s.site || x->subject != s.subject || x->arg != s.arg) continue;
        x->acq_result |= s.acq_result;
        x->known |= s.known;
        return;
    }
    LL_PUSH(c->arena, &c->released, s);
}

/* ---- names ---- */

static bool begins_word(const char *name, const char *p) {
    if (p == name || !isalpha((unsigned char)p[-1])) return true;
    return isupper((unsigned char)p[0]) && islower((unsigned char)p[-1]);
}

static bool ends_word(const char *end) {
    return !isalpha((unsigned char)*end) || (isupper((unsigned char)*end) && islower((unsigned char)end[-1]));
}

static bool has_word_of(const char *name, const char *const *words, size_t n) {
    for (const char *p = name; *p; p++) {
        if (!begins_word(name, p)) continue;
        char first = (char)tolower((unsigned char)*p);
        for (size_t i = 0; i < n; i++) {
            size_t k = 0;
            if (words[i][0] != first) continue; /* most of them: every name in the program is asked about */
            while (words[i][k] && tolower((unsigned char)p[k]) == words[i][k]) k++;
            if (!words[i][k] && ends_word(p + k)) return true;
        }
    }
    return false;
}

static bool sounds_releasing(const char *name) {
    static const char *const words[] = {"free",    "release", "close",   "destroy", "delete",  "cleanup",  "clear",
                                        "unref",   "put",     "dispose", "dealloc", "finish",  "fini",     "deinit",
                                        "discard", "drop",    "term",    "done",    "uninit",  "kill",     "reset",
                                        "freep",   "decref",  "xfree",   "sfree",   "cleanse", "safefree", "stop"};
    if (has_word_of(name, words, sizeof words / sizeof *words)) return true;
    static const char *const tails[] = {"free", "close"}; /* Curl_cfree, fclose_full */
    for (const char *p = name; *p; p++)
        for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
            size_t n = strlen(tails[i]);
            if (*p == tails[i][0] && strncmp(p, tails[i], n) == 0 && (!p[n] || p[n] == '_')) return true;
        }
    return false;
}

bool name_releases(engine *e, const char *name) {
    uintptr_t known = (uintptr_t)name_map_get(e->releasing, name);
    if (!known) {
        known = sounds_releasing(name) ? 2 : 1;
        name_map_put(e->releasing, name, (void *)known);
    }
    return known == 2;
}

bool name_empties(const char *name) {
    static const char *const words[] = {"clear", "reset", "cleanse"};
    return has_word_of(name, words, sizeof words / sizeof *words);
}

bool name_borrows(const char *name) {
    static const char *const words[] = {"get",    "find", "lookup",  "first", "next",      "last",   "peek",
                                        "head",   "tail", "current", "top",   "self",      "search", "prev",
                                        "parent", "ref",  "at",      "nth",   "container", "cast"};
    static const char *const hands_out[] = {"pool"}; /* pool_get */
    return has_word_of(name, words, sizeof words / sizeof *words) && !has_word_of(name, hands_out, 1);
}

/* ---- settling ---- */

void evidence_settle(engine *e) {
    for (uint32_t i = 0; i < e->deferred.n; i++) {
        deferred *d = &e->deferred.v[i];
        if (all_borrow(e, d->needs, d->nneeds)) LL_PUSH(e->out_arena, &e->out->items, d->f);
    }
}
