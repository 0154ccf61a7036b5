
/* ---- misuse ---- */

static uint32_t llr_stack_of(llr_globals *g, llr_call *c) {
    if (!c->stack && !c->nested) c->stack = llr_here(g, c->ra, c->frame);
    return c->stack;
}

static void llr_misused(llr_globals *g, llr_call *c, llr_misuse m) {
    m.epoch = __atomic_add_fetch(&g->epoch, 1, __ATOMIC_RELAXED);
    m.stack = llr_stack_of(g, c);
    m.function = (uint16_t)(c->f - llr_functions);
    llr_lock(&g->misuse_lock);
    if (g->nmisuses < LLR_MAX_MISUSES)
        g->misuses[g->nmisuses++] = m;
    else
        g->dropped++;
    llr_unlock(&g->misuse_lock);
}

extern char __data_start[] __attribute__((weak)), _end[] __attribute__((weak));

/* Memory that no allocator gave: variables of this thread's stack, or of the program. */
static bool llr_is_variable(uint64_t value, const void *frame) {
    uintptr_t at = (uintptr_t)frame;
    if (value > at && value - at < (64u << 10)) return true;
    return __data_start && value >= (uintptr_t)__data_start && value < (uintptr_t)_end;
}

/* A release of what is not held. `sure` is asked only where the answer cannot be an unknown function's doing. */
static void llr_suspicious(llr_globals *g, llr_call *c, const llr_effect *e, uint64_t value) {
    const llr_rule *r = &llr_rules[e->rule];
    llr_recent last;
    llr_entry other;
    if (r->counted || r->idempotent) return;
    if (llr_was_released(g, value, e->rule, &last)) {
        if (r->is_integer ? !llr_closed : !LLR_IN_PRELOAD && !llr_closed) return;
        c->ruinous = r->is_heap;
        llr_misused(g, c, (llr_misuse){"double-release", value, 0, (uint16_t)e->rule, 0, 0, last.acquired, last.by});
    } else if (r->by_handle && !r->is_integer && llr_look_other(g, value, &other)) {
        llr_misused(g, c, (llr_misuse){"wrong-release", value, 0, (uint16_t)(other.rule - 1), 0, 0, other.stack, NULL});
    } else if (r->is_heap && llr_is_variable(value, c->frame)) {
        c->ruinous = true;
        llr_misused(g, c, (llr_misuse){"bad-release", value, 0, (uint16_t)e->rule, 0, 0, 0, NULL});
    }
}

/* ---- one call ---- */

static uint64_t llr_load(uint64_t at, unsigned size) {
    int32_t word;
    uint64_t wide = 0;
    if (size == sizeof word) {
        memcpy(&word, (const void *)(uintptr_t)at, sizeof word);
        return (uint64_t)(int64_t)word;
    }
    memcpy(&wide, (const void *)(uintptr_t)at, size <= sizeof wide ? size : sizeof wide);
    return wide;
}

/* The value at a place of the call; false: there is none (a null out-parameter). */
static bool llr_value(const llr_call *c, llr_where where, unsigned arg, unsigned element, unsigned size, uint64_t *out) {
    if (where == LLR_RET) {
        *out = c->result;
        return true;
    }
    *out = c->args[arg - 1];
    if (where != LLR_DEREF) return true;
    if (!*out) return false;
    *out = llr_load(*out + element * size, size);
    return true;
}

static bool llr_holds(const llr_effect *e, const llr_call *c, bool with_result) {
    for (unsigned i = 0; i < e->nconds; i++) {
        const llr_cond *k = &llr_conds[e->cond + i];
        if (k->where == LLR_RET && !with_result) continue;
        int64_t v = (int64_t)(k->where == LLR_RET ? c->result : c->args[k->arg - 1]);
        bool ok = true;
        switch ((llr_cmp)k->cmp) {
            case LLR_EQ: ok = v == k->value; break;
            case LLR_NE: ok = v != k->value; break;
            case LLR_LT: ok = v < k->value; break;
            case LLR_LE: ok = v <= k->value; break;
            case LLR_GT: ok = v > k->value; break;
            case LLR_GE: ok = v >= k->value; break;
            case LLR_BITS_SET: ok = (v & k->value) != 0; break;
            case LLR_BITS_CLEAR: ok = (v & k->value) == 0; break;
        }
        if (!ok) return false;
    }
    return true;
}

static bool llr_ends(const llr_effect *e) {
    return e->kind == LLR_RELEASE || e->kind == LLR_REALLOC || e->kind == LLR_MOVE || e->kind == LLR_CONSUME;
}

static bool llr_ended_value(const llr_call *c, const llr_effect *e, uint64_t *out) {
    bool from = e->kind == LLR_REALLOC || e->kind == LLR_MOVE;
    if (!llr_value(c, from ? e->from : e->where, from ? e->from_arg : e->arg, 0, e->size, out)) return false;
    return llr_rules[e->rule].is_integer ? (int64_t)*out >= 0 : *out != 0;
}

static bool llr_taken_already(const llr_call *c, uint64_t value, int rule) {
    for (unsigned i = 0; i < c->ntaken; i++)
        if (c->taken[i].e.value == value && c->taken[i].e.rule == rule + 1) return true;
    return false;
}

static void llr_check_order(llr_globals *g, llr_call *c, const llr_effect *e) {
    llr_entry now = {.state = 0};
    uint64_t value;
    if (!llr_value(c, e->where, e->arg, 0, e->size, &value) || !value) return;
    llr_look(g, value, e->rule, &now);
    if (!(e->from_states >> now.state & 1))
        llr_misused(g, c, (llr_misuse){"order", value, 0, (uint16_t)e->rule, 0, 0, now.stack, NULL});
}

/* Before the call: what it may end leaves the table, so that nobody else's new resource of the same name is taken for it. */
static void llr_begin(llr_globals *g, llr_call *c) {
    const llr_effect *unknown = NULL;
    uint64_t unknown_value = 0;
    for (unsigned i = 0; i < c->f->neffects; i++) {
        const llr_effect *e = &llr_effects[c->f->effect + i];
        uint64_t value;
        if (e->kind == LLR_STATE && !c->nested) llr_check_order(g, c, e);
        if (!llr_ends(e) || !llr_holds(e, c, false) || !llr_ended_value(c, e, &value)) continue;
        if (llr_taken_already(c, value, e->rule) || c->ntaken == LLR_SLOTS) continue;
        if (c->nested && llr_rules[e->rule].counted) continue;
        if (llr_take(g, value, e->rule, NULL, &c->taken[c->ntaken].e)) {
            c->taken[c->ntaken++].effect = (uint8_t)i;
        } else if (!unknown && e->kind == LLR_RELEASE) {
            unknown = e;
            unknown_value = value;
        }
    }
    if (unknown && !c->ntaken && !c->nested) llr_suspicious(g, c, unknown, unknown_value);
}

static void llr_end_taken(llr_globals *g, llr_call *c, unsigned t) {
    llr_entry *e = &c->taken[t].e;
    for (unsigned i = 0; i < c->f->neffects; i++) {
        const llr_effect *k = &llr_effects[c->f->effect + i];
        if (k->rule + 1 != e->rule || !llr_ends(k) || !llr_holds(k, c, true)) continue;
        bool same = k->kind == LLR_REALLOC && c->result == e->value;
        if ((k->kind == LLR_RELEASE || k->kind == LLR_REALLOC) && !same)
            llr_note_release(g, e->value, k->rule, e->stack, c);
        return;
    }
    llr_insert(g, *e, UINT64_MAX);
}

static void llr_acquired(llr_globals *g, llr_call *c, const llr_effect *e, uint64_t value) {
    bool none = llr_rules[e->rule].is_integer ? (int64_t)value < 0 : !value;
    if (none) return;
    llr_insert(g,
               (llr_entry){.value = value,
                           .epoch = llr_now(g, e->rule),
                           .stack = llr_stack_of(g, c),
                           .count = 1,
                           .rule = (uint16_t)(e->rule + 1),
                           .function = (uint16_t)(c->f - llr_functions),
                           .state = e->to_state},
               c->epoch);
}

static bool llr_took(const llr_call *c, int rule) {
    for (unsigned i = 0; i < c->ntaken; i++)
        if (c->taken[i].e.rule == rule + 1) return true;
    return false;
}

/* A block that an inner call is given: whatever was released at this address is history. */
static void llr_forget_release(llr_globals *g, uint64_t value) {
    uint64_t hash = llr_home(value);
    llr_recent *r = llr_recent_of(llr_shard_of(g, hash), hash);
    if (__atomic_load_n(&r->value, __ATOMIC_RELAXED) != value) return;
    llr_lock(&llr_shard_of(g, hash)->lock);
    if (r->value == value) r->rule = 0;
    llr_unlock(&llr_shard_of(g, hash)->lock);
}

static void llr_finish(llr_globals *g, llr_call *c) {
    for (unsigned t = 0; t < c->ntaken; t++) llr_end_taken(g, c, t);
    for (unsigned i = 0; i < c->f->neffects; i++) {
        const llr_effect *e = &llr_effects[c->f->effect + i];
        bool gives = e->kind == LLR_ACQUIRE || e->kind == LLR_REALLOC || e->kind == LLR_RETAIN || e->kind == LLR_STATE;
        if (!gives || !llr_holds(e, c, true)) continue;
        uint64_t value;
        if (c->nested && !(e->kind == LLR_REALLOC && llr_took(c, e->rule))) {
            if (e->kind == LLR_ACQUIRE && e->where == LLR_RET) llr_forget_release(g, c->result);
            continue;
        }
        for (unsigned k = 0; k < e->count; k++)
            if (llr_value(c, e->where, e->arg, k, e->size, &value)) llr_acquired(g, c, e, value);
    }
}

static void llr_begin_taking(llr_globals *g, llr_call *c) {
    const llr_effect *e = &llr_effects[c->f->effect];
    uint64_t value = c->args[0];
    if (!value || (c->nested && llr_rules[e->rule].counted)) return;
    llr_entry was;
    if (!llr_take(g, value, e->rule, c->ra, &was) && !c->nested)
        llr_suspicious(g, c, e, value);
}

static llr_way llr_enter(llr_function *f, llr_call *c, const uint64_t *args, const void *ra, const void *frame) {
    llr_globals *g = llr_state();
    c->f = f;
    c->args = args;
    c->result = 0;
    c->ntaken = 0;
    c->idle = !g || llr_me.busy;
    if (c->idle) return LLR_CALL;
    llr_me.busy = 1;
    c->nested = llr_me.inside > 0;
    c->epoch = __atomic_load_n(&g->epoch, __ATOMIC_RELAXED);
    c->ra = ra;
    c->frame = frame;
    c->stack = 0;
    c->ruinous = false;
    if (f->way == LLR_TAKES)
        llr_begin_taking(g, c);
    else if (f->way == LLR_LONG)
        llr_begin(g, c);
    llr_way way = c->ruinous ? LLR_ANSWER : llr_answer(g, c);
    llr_me.inside++;
    llr_me.busy = 0;
    return way;
}

static void llr_leave(llr_call *c) {
    if (c->idle) return;
    int saved = errno;
    llr_me.busy = 1;
    if (c->f->way == LLR_LONG)
        llr_finish(llr_g, c);
    else if (c->f->way == LLR_GIVES && c->result && !c->nested)
        llr_acquired(llr_g, c, &llr_effects[c->f->effect], c->result);
    else if (c->f->way == LLR_GIVES && c->nested)
        llr_forget_release(llr_g, c->result);
    llr_me.inside--;
    llr_me.busy = 0;
    if (__builtin_expect(llr_wanted, 0)) llr_serve_signal();
    errno = saved;
}
