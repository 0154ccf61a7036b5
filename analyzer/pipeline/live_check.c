/* See live.h: one check, in its fork. Nothing is released that ends with the process. */
#define _GNU_SOURCE
#include <string.h>

#include "base/sys.h"
#include "pipeline/check.h"
#include "pipeline/findings.h"
#include "pipeline/live_inside.h"
#include "pipeline/prefixes.h"

#define MAX_TEXT_BYTES ((size_t)64 << 20)

typedef LL_ARRAY(uint32_t) numbers;

typedef struct checking {
    live *l;
    const live_query *q;
    ll_arena *a;
    bool *dirty;                  /* one a buffer: its text is not that of the disk */
    numbers own;                  /* units of the file that is edited */
    fe_request guess;             /* for a file that is in no unit; file NULL: none */
    src_overlay *texts, *headers; /* dirty buffers: all; those that the edited unit includes, deployed */
    ll_hash headers_hash;
    facts_unit *units; /* one a request, then the guess */
} checking;

/* ---- which texts ---- */

static bool is_dirty(const fe_overlay *b, ll_arena *scratch) {
    char *text;
    size_t n;
    ll_arena_reset(scratch);
    if (!ll_read_file(scratch, b->path, MAX_TEXT_BYTES, &text, &n, NULL)) return true;
    return n != b->n || memcmp(text, b->bytes, n) != 0;
}

static void find_dirty(checking *c) {
    ll_arena *scratch = ll_arena_new("disk");
    c->dirty = LL_NEWN(c->a, bool, c->q->nbuffers + 1);
    c->texts = src_overlay_new();
    for (uint32_t i = 0; i < c->q->nbuffers; i++) {
        const fe_overlay *b = &c->q->buffers[i];
        c->dirty[i] = is_dirty(b, scratch);
        if (c->dirty[i]) src_overlay_put(c->texts, b->path, b->bytes, b->n);
    }
    src_overlay_settle(c->texts);
    ll_arena_free(scratch);
}

static const fe_overlay *buffer_of(const checking *c, const char *path) {
    for (uint32_t i = 0; i < c->q->nbuffers; i++)
        if (strcmp(c->q->buffers[i].path, path) == 0) return &c->q->buffers[i];
    return NULL;
}

static bool is_dirty_path(const checking *c, const char *path) {
    const fe_overlay *b = buffer_of(c, path);
    return b && c->dirty[b - c->q->buffers];
}

/* ---- which units ---- */

static bool is_unit(const live *l, const char *file, numbers *out, ll_arena *a) {
    for (uint32_t i = 0; i < l->units.requests.n; i++)
        if (strcmp(l->units.requests.v[i].file, file) == 0) {
            if (!out) return true;
            LL_PUSH(a, out, i);
        }
    return out && out->n;
}

static bool same_request(const fe_request *x, const fe_request *y) {
    if (strcmp(x->file, y->file) != 0 || x->nargs != y->nargs) return false;
    for (int i = 0; i < x->nargs; i++)
        if (strcmp(x->args[i], y->args[i]) != 0) return false;
    return true;
}

/* A header belongs to a unit that includes it, a file that is in no database to one like it: the plan knows. */
static bool find_own(checking *c, ll_err *err) {
    live *l = c->l;
    check_options opt = *l->opt;
    plan p;
    if (is_unit(l, c->q->file, &c->own, c->a)) return true;
    opt.files = (pipeline_words){.v = &c->q->file, .n = 1};
    const plan_state state = {.view = c->texts};
    if (!plan_check_state(c->a, &opt, &state, &p, err)) return false;
    for (uint32_t i = 0; i < l->units.requests.n; i++)
        if (same_request(&l->units.requests.v[i], &p.requests.v[0])) LL_PUSH(c->a, &c->own, i);
    if (!c->own.n) c->guess = p.requests.v[0];
    return true;
}

static bool includes(const ir_unit *u, const char *path) {
    for (uint32_t i = 0; u && i < u->files.n; i++)
        if (strcmp(u->files.v[i], path) == 0) return true;
    return false;
}

/* Whether an unsaved header may be read by the edited unit: it was before, or is named in its text now. */
static bool may_include(const checking *c, const fe_overlay *header) {
    const char *name = strrchr(header->path, '/') + 1;
    const fe_overlay *main = buffer_of(c, c->q->file);
    if (c->guess.file || !main || memmem(main->bytes, main->n, name, strlen(name))) return true;
    for (uint32_t i = 0; i < c->own.n; i++)
        if (includes(c->l->v[c->own.v[i]].facts.unit, header->path)) return true;
    return false;
}

static bool find_headers(checking *c, ll_err *err) {
    c->headers = src_overlay_new();
    for (uint32_t i = 0; i < c->q->nbuffers; i++) {
        const fe_overlay *b = &c->q->buffers[i];
        if (!c->dirty[i] || is_unit(c->l, b->path, NULL, NULL) || !may_include(c, b)) continue;
        src_overlay_put(c->headers, b->path, b->bytes, b->n);
        c->headers_hash = ll_hash_join(c->headers_hash,
                                       ll_hash_join(ll_hash_of(b->path, strlen(b->path)), ll_hash_of(b->bytes, b->n)));
    }
    if (!src_overlay_count(c->headers)) return true;
    const fe_overlay *main = buffer_of(c, c->q->file);
    if (main) src_overlay_put(c->headers, main->path, main->bytes, main->n);
    src_overlay_settle(c->headers);
    return src_overlay_deploy(c->headers, err);
}

/* ---- reading ---- */

static bool is_own(const checking *c, uint32_t i) {
    for (uint32_t k = 0; k < c->own.n; k++)
        if (c->own.v[k] == i) return true;
    return false;
}

static live_text text_of(const checking *c, const char *file) {
    const fe_overlay *b = buffer_of(c, file);
    char *text = NULL;
    size_t n = 0;
    if (b) return (live_text){b->bytes, b->n};
    return ll_read_file(c->a, file, MAX_TEXT_BYTES, &text, &n, NULL) ? (live_text){text, n} : (live_text){"", 0};
}

/* What the texts of a unit come to, as far as buffers may change them. */
static ll_hash state_of(const checking *c, uint32_t i, bool *from_buffer) {
    const char *file = c->l->units.requests.v[i].file;
    live_text text = text_of(c, file);
    ll_hash h = ll_hash_of(text.s, text.n);
    bool headers = is_own(c, i) && !ll_hash_is_none(c->headers_hash);
    *from_buffer = headers || is_dirty_path(c, file);
    return headers ? ll_hash_join(h, c->headers_hash) : h;
}

static fe_request request_of(const checking *c, const fe_request *plain, bool own) {
    fe_request rq = *plain;
    if (own && src_overlay_count(c->headers)) {
        rq.view = c->headers;
    } else if (is_dirty_path(c, rq.file)) {
        rq.overlay = buffer_of(c, rq.file);
        rq.noverlay = 1;
    }
    return rq;
}

static facts_unit read_one(checking *c, const fe_request *rq) {
    const facts_options here = {.in_process = true};
    facts_unit u = {0};
    int stopped;
    facts_collect(c->a, c->l->names, rq, 1, &here, &u, &stopped, NULL);
    return u;
}

/* The text that the facts held were read from; the disk's unless it has changed since. */
static bool held_text(const checking *c, uint32_t i, live_text *out) {
    const live_unit *u = &c->l->v[i];
    char *text = NULL;
    if (u->from_buffer) {
        *out = u->text;
        return u->text.s != NULL;
    }
    if (!ll_read_file(c->a, c->l->units.requests.v[i].file, MAX_TEXT_BYTES, &text, &out->n, NULL)) return false;
    out->s = text;
    return ll_hash_equal(ll_hash_of(text, out->n), u->state);
}

/* While it is broken, the unit is what it was with what it shows now, and is not kept. */
static void mend(checking *c, live_reread *r) {
    const ir_unit *held = c->l->v[r->unit].facts.unit;
    live_text old;
    if (!r->facts || !live_is_broken(held, r->facts) || !held_text(c, r->unit, &old)) return;
    c->units[r->unit].unit = live_mend(c->a, held, &old, r->facts, &r->text);
    r->facts = NULL;
}

static void read_unit(checking *c, uint32_t i, ll_hash state, bool from_buffer) {
    live *l = c->l;
    live_unit *u = &l->v[i];
    bool own = is_own(c, i);
    live_reread r = {.unit = i, .state = state, .from_buffer = from_buffer};
    fe_cost cost = {0};
    r.rq = request_of(c, &l->units.requests.v[i], own);
    const char *text = own && fe_prefix_allowed(&r.rq) ? fe_prefix_text(c->a, &r.rq) : "";
    bool known = u->prefix.text && strcmp(text, u->prefix.text) == 0;
    if (known && u->prefix.fd >= 0) r.rq.prefix = &u->prefix;
    r.rq.cost = &cost;
    c->units[i] = read_one(c, &r.rq);
    r.rq.cost = NULL;
    r.in_vain = cost.reread > 0;
    if (*text && (!known || r.in_vain)) r.prefix_text = text;
    r.facts = c->units[i].unit;
    r.text = text_of(c, r.rq.file);
    mend(c, &r);
    LL_PUSH(l->a, &l->reread, r);
}

static void read_units(checking *c) {
    live *l = c->l;
    for (uint32_t i = 0; i < l->units.requests.n; i++) {
        c->units[i] = l->v[i].facts;
        bool from_buffer, open = buffer_of(c, l->units.requests.v[i].file) != NULL;
        if (!is_own(c, i) && !(l->state.whole && (open || l->v[i].from_buffer))) continue;
        ll_hash state = state_of(c, i, &from_buffer);
        if (!c->units[i].unit || !ll_hash_equal(state, l->v[i].state)) read_unit(c, i, state, from_buffer);
    }
    if (c->guess.file) {
        fe_request rq = request_of(c, &c->guess, true);
        c->units[l->units.requests.n] = read_one(c, &rq);
    }
}

/* ---- solving ---- */

/* Of a header that is not saved the edited unit has the text that counts. */
static const ir_unit *without_dirty_headers(const checking *c, const ir_unit *u) {
    bool any = false;
    for (uint32_t i = 0; i < c->q->nbuffers && !any; i++)
        any = c->dirty[i] && strcmp(c->q->buffers[i].path, u->file) != 0 && includes(u, c->q->buffers[i].path);
    if (!any) return u;
    ir_unit *copy = ll_memdup(c->a, u, sizeof *u);
    copy->funcs.v = NULL;
    copy->funcs.n = copy->funcs.cap = 0;
    for (uint32_t i = 0; i < u->funcs.n; i++)
        if (strcmp(u->funcs.v[i]->file, u->file) == 0 || !is_dirty_path(c, u->funcs.v[i]->file))
            LL_PUSH(c->a, &copy->funcs, u->funcs.v[i]);
    return copy;
}

static void choose_program(checking *c, pipeline_analysis *p) {
    uint32_t n = c->l->units.requests.n;
    bool headers = !ll_hash_is_none(c->headers_hash);
    p->units = LL_NEWN(p->arena, facts_unit, n + 1);
    for (uint32_t i = 0; i <= n; i++) {
        bool own = i == n || is_own(c, i);
        if (!c->units[i].unit || !(own || c->l->state.whole)) continue;
        facts_unit u = c->units[i];
        if (!own && headers) u.unit = without_dirty_headers(c, u.unit);
        p->units[p->nunits++] = u;
    }
}

/* `real`: what the paths of the buffers lead to. */
static bool is_open(const checking *c, const char *const *real, const char *file) {
    if (buffer_of(c, file)) return true;
    const char *path = ll_path_real(c->a, file);
    for (uint32_t i = 0; i < c->q->nbuffers; i++)
        if (strcmp(real[i], path) == 0) return true;
    return false;
}

/* Findings in files that are open, and of their units only what is needed to say them. */
static void keep_open(checking *c, pipeline_analysis *p) {
    const char **real = LL_NEWN(c->a, const char *, c->q->nbuffers + 1), *last = NULL;
    bool open = false;
    ir_unit *shell = LL_NEW(c->a, ir_unit);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->q->nbuffers; i++) {
        real[i] = ll_path_real(c->a, c->q->buffers[i].path);
        LL_PUSH(c->a, &shell->files, c->q->buffers[i].path);
    }
    for (uint32_t k = 0; k < p->findings.items.n; k++) {
        const finding *f = &p->findings.items.v[k];
        if (!last || strcmp(last, f->loc.file) != 0) open = is_open(c, real, f->loc.file); /* they are sorted by file */
        last = f->loc.file;
        if (open) p->findings.items.v[kept++] = *f;
    }
    p->findings.items.n = kept;
    p->units = LL_NEW(c->a, facts_unit);
    p->units[0].unit = shell;
    p->nunits = 1;
}

/* Only findings in open files are shown: what calls into them from elsewhere need not be followed anew. */
static bool in_focus(const void *ctx, const char *unit) {
    const checking *c = ctx;
    if (buffer_of(c, unit) || (c->guess.file && strcmp(c->guess.file, unit) == 0)) return true;
    for (uint32_t i = 0; i < c->own.n; i++)
        if (strcmp(c->l->units.requests.v[c->own.v[i]].file, unit) == 0) return true;
    return false;
}

static void solve(checking *c, check_result *r) {
    live *l = c->l;
    pipeline_analysis *p = &r->analysis;
    const facts_options here = {.in_process = true};
    const engine_options engine = {.cache = l->state.whole ? live_engine_cache(l) : (engine_cache){0},
                                   .focus = {c, in_focus}};
    *p = (pipeline_analysis){.names = l->names, .arena = ll_arena_new("program")};
    choose_program(c, p);
    pipeline_solve(p, l->base.rules, &here, &engine);
    engine_keep(p->engine);
    keep_open(c, p);
}

/* What parsed in part may hide findings, and what a comment hides may be in a unit that was not solved. */
static bool is_complete(const checking *c) {
    const check_options *opt = c->l->opt;
    for (uint32_t i = 0; i < c->own.n; i++) {
        const ir_unit *u = c->units[c->own.v[i]].unit;
        if (!u || check_first_error(u)) return false;
    }
    return c->l->state.whole && !opt->rules.disable.n && opt->confidence != CONFIDENCE_HIGH;
}

static void conclude(checking *c, check_result *r) {
    finished f;
    const finish_options how = {.root = r->root,
                                .report_unused_comments = is_complete(c),
                                .rules = &c->l->opt->rules,
                                .excludes = c->l->opt->excludes,
                                .confidence = c->l->opt->confidence,
                                .view = r->view,
                                .entries = &c->l->base.entries};
    pipeline_gather(r->arena, &r->analysis, r->root, r->view, NULL, &f);
    pipeline_finish(r->arena, c->l->base.rules, &how, &f);
    r->findings = f.findings;
}

/* A buffer whose unit was not read with it, as a header has none, has findings of another text. */
static void cover(const checking *c, live_answer *out) {
    out->covered = LL_NEWN(c->a, bool, c->q->nbuffers + 1);
    for (uint32_t i = 0; i < c->q->nbuffers; i++) {
        const char *path = c->q->buffers[i].path;
        bool alone = !c->l->state.whole || !is_unit(c->l, path, NULL, NULL);
        out->covered[i] = !alone || strcmp(path, c->q->file) == 0;
    }
}

static bool nothing_read(const checking *c, ll_err *err) {
    const facts_unit *u = &c->units[c->own.n ? c->own.v[0] : c->l->units.requests.n];
    if (u->unit) return false;
    *err = u->error;
    if (!err->code) ll_fail(err, LL_E_INPUT, "%s: it cannot be read", c->q->file);
    return true;
}

static bool read_all(checking *c, ll_err *err) {
    if (!find_own(c, err) || !find_headers(c, err)) return false;
    read_units(c);
    src_overlay_retire(c->headers);
    return !nothing_read(c, err);
}

bool live_check(live *l, const live_query *q, live_answer *out, ll_err *err) {
    checking c = {.l = l, .q = q, .a = l->a};
    check_result *r = &out->result;
    *r = (check_result){.arena = ll_arena_new("check"), .root = l->base.root, .run.tool_version = l->opt->tool_version};
    c.units = LL_NEWN(c.a, facts_unit, l->units.requests.n + 1);
    find_dirty(&c);
    r->view = c.texts;
    if (!read_all(&c, err)) {
        ll_arena_free(r->arena);
        *r = (check_result){0};
        return false;
    }
    solve(&c, r);
    conclude(&c, r);
    cover(&c, out);
    return true;
}

/* ---- what was learnt ---- */

static void put_facts(const live *l, ll_strbuf *out) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < l->reread.n; i++) n += l->reread.v[i].facts != NULL;
    ll_put_uint(out, n);
    for (uint32_t i = 0; i < l->reread.n; i++) {
        const live_reread *r = &l->reread.v[i];
        ll_strbuf b = {0};
        if (!r->facts) continue;
        ir_encode(&b, r->facts);
        ll_put_uint(out, r->unit);
        ll_put_hash(out, r->state);
        ll_put_uint(out, r->from_buffer);
        ll_put_bytes(out, ll_sb_str(&b), b.n);
        ll_put_bytes(out, r->text.s, r->from_buffer ? r->text.n : 0);
        ll_sb_free(&b);
    }
}

/* The holder's memory is made now, so that whoever ends this process early takes the half-made one along. */
static void put_prefix(const live *l, const live_reread *r, ll_strbuf *out) {
    ll_strbuf described = {0};
    bool made = !r->in_vain && prefixes_make_one(&r->rq, r->prefix_text, l->spare, &described);
    if (!made) ll_sb_clear(&described);
    ll_put_uint(out, (uint64_t)r->unit + 1);
    ll_put_str(out, r->prefix_text);
    ll_put_bytes(out, ll_sb_str(&described), described.n);
    ll_sb_free(&described);
}

void live_learnt(live *l, ll_strbuf *out) {
    const live_reread *missing = NULL;
    ll_put_uint(out, live_files_moved(l));
    put_facts(l, out);
    for (uint32_t i = 0; i < l->reread.n; i++)
        if (l->reread.v[i].prefix_text) missing = &l->reread.v[i];
    if (missing)
        put_prefix(l, missing, out);
    else
        ll_put_uint(out, 0);
    live_put_fresh(l, out);
}
