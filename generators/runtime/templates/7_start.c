
/* ---- for programs that ask ---- */

uint64_t lifelint_runtime_mark(void) {
    llr_globals *g = llr_state();
    return g ? __atomic_fetch_add(&g->epoch, 1, __ATOMIC_RELAXED) : 0;
}

typedef struct llr_count {
    uint64_t since;
    const char *rule;
    size_t n;
} llr_count;

static void llr_count_one(void *ctx, const llr_entry *e) {
    llr_count *k = ctx;
    const llr_rule *r = &llr_rules[e->rule - 1];
    if (e->epoch > k->since && !r->no_leak && (!k->rule || strcmp(k->rule, r->id) == 0) && !llr_is_kept(e)) k->n += e->count;
}

size_t lifelint_runtime_leaked(uint64_t mark, const char *rule) {
    llr_count k = {mark, rule, 0};
    if (!llr_state()) return 0;
    llr_me.busy++;
    llr_before_counting();
    llr_each(llr_g, llr_count_one, &k);
    llr_me.busy--;
    return k.n;
}

size_t lifelint_runtime_misused(uint64_t mark, const char *rule, const char *kind) {
    llr_globals *g = llr_state();
    size_t n = 0;
    for (uint32_t i = 0; g && i < g->nmisuses; i++) {
        const llr_misuse *m = &g->misuses[i];
        if (m->epoch <= mark || (rule && strcmp(rule, llr_rules[m->rule].id) != 0)) continue;
        n += !kind || strcmp(kind, m->kind) == 0;
    }
    return n;
}

void lifelint_runtime_report(int fd, uint64_t mark) {
    if (llr_state()) llr_write_report(fd, "asked", true, mark);
}

/* ---- signals, fork, begin and end ---- */

static void llr_serve_signal(void) {
    __atomic_store_n(&llr_wanted, 0, __ATOMIC_RELAXED);
    int saved = errno;
    llr_report("signal", false);
    errno = saved;
}

static void llr_on_signal(int number) {
    (void)number;
    if (llr_me.busy)
        __atomic_store_n(&llr_wanted, 1, __ATOMIC_RELAXED); /* this thread may hold a lock: served when it leaves */
    else
        llr_serve_signal();
}

static void llr_lock_all(void) {
    llr_globals *g = llr_g;
    for (int i = 0; i < LLR_SHARDS; i++) llr_lock(&g->shards[i].lock);
    llr_lock(&g->stacks_lock);
    llr_lock(&g->misuse_lock);
    llr_lock(&g->report_lock);
    llr_me.busy++;
}

static void llr_unlock_all(void) {
    llr_globals *g = llr_g;
    llr_me.busy--;
    llr_unlock(&g->report_lock);
    llr_unlock(&g->misuse_lock);
    llr_unlock(&g->stacks_lock);
    for (int i = LLR_SHARDS; i-- > 0;) llr_unlock(&g->shards[i].lock);
}

static void llr_in_child(void) {
    llr_unlock_all();
    llr_g->pid = (int)syscall(SYS_getpid);
    llr_g->is_child = true;
    if (!getenv("LIFELINT_RUNTIME_INHERIT")) llr_g->base_epoch = llr_g->epoch++;
}

static long llr_env_number(const char *name, long fallback) {
    const char *text = getenv(name);
    return text && *text ? strtol(text, NULL, 10) : fallback;
}

__attribute__((constructor)) static void llr_start(void) {
    llr_globals *g = llr_state();
    const char *path = getenv("LIFELINT_RUNTIME_REPORT");
    if (!g) return;
    g->want_report = path && *path && strlen(path) < sizeof g->path;
    if (g->want_report) strcpy(g->path, path);
    long depth = llr_env_number("LIFELINT_RUNTIME_DEPTH", LLR_DEPTH);
    g->depth = depth >= 1 && depth <= LLR_DEPTH ? (int)depth : LLR_DEPTH;
    g->signal = (int)llr_env_number("LIFELINT_RUNTIME_SIGNAL", SIGUSR1);
    llr_read_plan(getenv("LIFELINT_RUNTIME_FAIL"));
    pthread_atfork(llr_lock_all, llr_unlock_all, llr_in_child);
    if (!g->want_report || g->signal <= 0) return;
    struct sigaction action = {.sa_handler = llr_on_signal, .sa_flags = SA_RESTART}, old;
    if (sigaction(g->signal, NULL, &old) == 0 && old.sa_handler == SIG_DFL) sigaction(g->signal, &action, NULL);
}

__attribute__((destructor)) static void llr_stop(void) {
    llr_report("exit", true);
}

/* ---- the functions ---- */

@WRAPPERS@
