
/* ---- calls that are made to fail ---- */

struct llr_plan {
    const char *name;
    unsigned call;
    int64_t value;
    llr_plan *next;
};

static llr_plan llr_planned[64];
static unsigned llr_nplanned;

/* What the function gives when it fails: the first result with which none of its acquisitions holds. */
static int64_t llr_failure(const llr_function *f) {
    static const int64_t tried[] = {0, -1, 1, 12};
    llr_call c = {.args = (const uint64_t[16]){0}};
    for (unsigned t = 0; t < sizeof tried / sizeof *tried; t++) {
        bool holds = false;
        c.result = (uint64_t)tried[t];
        for (unsigned i = 0; i < f->neffects; i++) {
            const llr_effect *e = &llr_effects[f->effect + i];
            for (unsigned k = 0; (e->kind == LLR_ACQUIRE || e->kind == LLR_REALLOC) && k < e->nconds; k++) {
                llr_effect one = *e;
                one.cond = (uint16_t)(e->cond + k);
                one.nconds = 1;
                holds |= llr_conds[one.cond].where == LLR_RET && llr_holds(&one, &c, true);
            }
        }
        if (!holds) return tried[t];
    }
    return -1;
}

static llr_function *llr_named(const char *name, size_t n) {
    for (unsigned i = 0; i < LLR_FUNCTIONS; i++)
        if (strncmp(llr_functions[i].name, name, n) == 0 && !llr_functions[i].name[n]) return &llr_functions[i];
    return NULL;
}

static void llr_add_plan(llr_function *f, unsigned call, int64_t value) {
    if (llr_nplanned == sizeof llr_planned / sizeof *llr_planned) return;
    llr_plan *p = &llr_planned[llr_nplanned++];
    *p = (llr_plan){f->name, call, value, f->plan};
    __atomic_store_n(&f->plan, p, __ATOMIC_RELEASE);
}

void lifelint_runtime_fail(const char *function, unsigned call) {
    llr_function *f = llr_named(function, strlen(function));
    if (f) llr_add_plan(f, call, llr_failure(f));
}

static void llr_read_plan(const char *text) {
    while (text && *text) {
        size_t n = strcspn(text, ":,");
        llr_function *f = llr_named(text, n);
        unsigned call = text[n] == ':' ? (unsigned)strtoul(text + n + 1, NULL, 10) : 1;
        if (f) llr_add_plan(f, call, llr_failure(f));
        text += strcspn(text, ",");
        text += *text == ',';
    }
}

static llr_way llr_answer(llr_globals *g, llr_call *c) {
    (void)g;
    llr_plan *p = c->f->plan;
    if (__builtin_expect(!p, 1) || c->nested) return LLR_CALL;
    unsigned call = __atomic_add_fetch(&c->f->calls, 1, __ATOMIC_RELAXED);
    for (; p; p = p->next) {
        if (p->call != call) continue;
        c->result = (uint64_t)p->value;
        errno = c->f->gives_pointer ? ENOMEM : EMFILE;
        return LLR_ANSWER;
    }
    return LLR_CALL;
}

/* Whether the caller has it; only a search through memory could tell. */
static bool llr_is_kept(const llr_entry *e) {
    (void)e;
    return false;
}

static void llr_before_counting(void) {}
