
/* ---- what is held: a sharded table of (value, rule) ----
 *
 * Blocks that lie together in memory stand together in the table: what a program touches one after the other is in the
 * cache here too. */

/* The shard in the upper 6 bits, the place in it in the lower ones. */
static uint64_t llr_home(uint64_t value) {
    return value >> 12 << 58 | ((value >> 18 << 8) + (value >> 4 & 255) + (value & 15) * 17) % (1u << 31);
}

static llr_shard *llr_shard_of(llr_globals *g, uint64_t hash) {
    return &g->shards[hash >> 58];
}

static bool llr_grow(llr_shard *s) {
    uint32_t cap = s->cap ? s->cap * 2 : 128;
    llr_entry *v = llr_map(cap * sizeof *v);
    if (!v) return false;
    for (uint32_t i = 0; i < s->cap; i++) {
        if (!s->v[i].rule) continue;
        uint32_t k = (uint32_t)(llr_home(s->v[i].value)) & (cap - 1);
        while (v[k].rule) k = (k + 1) & (cap - 1);
        v[k] = s->v[i];
    }
    if (s->v) syscall(SYS_munmap, s->v, s->cap * sizeof *s->v);
    s->v = v;
    s->cap = cap;
    return true;
}

/* NULL: not there. The shard is locked. */
static llr_entry *llr_find(llr_shard *s, uint64_t hash, uint64_t value, int rule) {
    if (!s->cap) return NULL;
    for (uint32_t k = (uint32_t)hash & (s->cap - 1); s->v[k].rule; k = (k + 1) & (s->cap - 1))
        if (s->v[k].value == value && s->v[k].rule == rule + 1) return &s->v[k];
    return NULL;
}

static void llr_delete(llr_shard *s, llr_entry *e) {
    uint32_t mask = s->cap - 1, hole = (uint32_t)(e - s->v);
    for (uint32_t k = (hole + 1) & mask; s->v[k].rule; k = (k + 1) & mask) {
        uint32_t home = (uint32_t)(llr_home(s->v[k].value)) & mask;
        if (((k - home) & mask) < ((k - hole) & mask)) continue;
        s->v[hole] = s->v[k];
        hole = k;
    }
    s->v[hole].rule = 0;
    s->n--;
}

static uint64_t llr_now(llr_globals *g, int rule) {
    if (llr_rules[rule].is_heap) return __atomic_load_n(&g->epoch, __ATOMIC_RELAXED);
    return __atomic_add_fetch(&g->epoch, 1, __ATOMIC_RELAXED);
}

static llr_recent *llr_recent_of(llr_shard *s, uint64_t hash) {
    return &s->recent[hash & (LLR_RECENT - 1)];
}

/* `since`: a release of the same value that began after it happened already (a thread that detached itself). */
static void llr_insert(llr_globals *g, llr_entry e, uint64_t since) {
    uint64_t hash = llr_home(e.value);
    llr_shard *s = llr_shard_of(g, hash);
    llr_lock(&s->lock);
    llr_recent *r = llr_recent_of(s, hash);
    bool over = r->rule == e.rule && r->value == e.value && r->epoch > since;
    if (r->value == e.value && r->rule == e.rule) r->rule = 0;
    llr_entry *old = over ? NULL : llr_find(s, hash, e.value, e.rule - 1);
    if (old && llr_rules[e.rule - 1].counted) {
        old->count += e.count;
    } else if (old) {
        *old = e;
    } else if (!over && (s->n * 4 < s->cap * 3 || llr_grow(s))) {
        uint32_t k = (uint32_t)hash & (s->cap - 1);
        while (s->v[k].rule) k = (k + 1) & (s->cap - 1);
        s->v[k] = e;
        s->n++;
    }
    llr_unlock(&s->lock);
}

/* Takes one reference out. True: it was held; *out is what was known of it, with the count 1. `by`: the release is sure,
 * and remembered with this return address; NULL: not yet. */
static bool llr_take(llr_globals *g, uint64_t value, int rule, const void *by, llr_entry *out) {
    uint64_t hash = llr_home(value);
    llr_shard *s = llr_shard_of(g, hash);
    llr_lock(&s->lock);
    llr_entry *e = llr_find(s, hash, value, rule);
    if (e) {
        *out = *e;
        out->count = 1;
        if (e->count > 1)
            e->count--;
        else
            llr_delete(s, e);
        if (by) *llr_recent_of(s, hash) = (llr_recent){value, llr_now(g, rule), by, out->stack, out->rule};
    }
    llr_unlock(&s->lock);
    return e != NULL;
}

static bool llr_look(llr_globals *g, uint64_t value, int rule, llr_entry *out) {
    uint64_t hash = llr_home(value);
    llr_shard *s = llr_shard_of(g, hash);
    llr_lock(&s->lock);
    llr_entry *e = llr_find(s, hash, value, rule);
    if (e) *out = *e;
    llr_unlock(&s->lock);
    return e != NULL;
}

/* Held under another rule whose pointers name one resource. */
static bool llr_look_other(llr_globals *g, uint64_t value, llr_entry *out) {
    uint64_t hash = llr_home(value);
    llr_shard *s = llr_shard_of(g, hash);
    bool found = false;
    llr_lock(&s->lock);
    for (uint32_t k = (uint32_t)hash & (s->cap - 1); s->cap && s->v[k].rule && !found; k = (k + 1) & (s->cap - 1)) {
        const llr_rule *r = &llr_rules[s->v[k].rule - 1];
        found = s->v[k].value == value && r->by_handle && !r->is_integer;
        if (found) *out = s->v[k];
    }
    llr_unlock(&s->lock);
    return found;
}

static void llr_note_release(llr_globals *g, uint64_t value, int rule, uint32_t acquired, const llr_call *c) {
    uint64_t hash = llr_home(value);
    llr_shard *s = llr_shard_of(g, hash);
    llr_lock(&s->lock);
    *llr_recent_of(s, hash) =
        (llr_recent){value, llr_now(g, rule), c->ra, acquired, (uint16_t)(rule + 1)};
    llr_unlock(&s->lock);
}

static bool llr_was_released(llr_globals *g, uint64_t value, int rule, llr_recent *out) {
    uint64_t hash = llr_home(value);
    llr_shard *s = llr_shard_of(g, hash);
    llr_lock(&s->lock);
    *out = *llr_recent_of(s, hash);
    llr_unlock(&s->lock);
    return out->rule == rule + 1 && out->value == value;
}

/* Calls `visit` for everything held, shard by shard, locked. */
static void llr_each(llr_globals *g, void (*visit)(void *ctx, const llr_entry *e), void *ctx) {
    for (int i = 0; i < LLR_SHARDS; i++) {
        llr_shard *s = &g->shards[i];
        llr_lock(&s->lock);
        for (uint32_t k = 0; k < s->cap; k++)
            if (s->v[k].rule) visit(ctx, &s->v[k]);
        llr_unlock(&s->lock);
    }
}
