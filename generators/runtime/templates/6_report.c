
/* ---- the report ----
 *
 * Written with system calls and memory of its own: it may run in a signal handler, and in a process whose heap is broken. */

typedef struct llr_out {
    int fd;
    size_t n;
    bool names; /* symbols are looked up; not in a signal handler, the linker's lock may be taken */
    bool again; /* not the first element of its list */
    char text[1 << 14];
} llr_out;

static void llr_flush(llr_out *o) {
    for (size_t done = 0; done < o->n;) {
        long r = syscall(SYS_write, o->fd, o->text + done, o->n - done);
        if (r <= 0) break;
        done += (size_t)r;
    }
    o->n = 0;
}

static void llr_put(llr_out *o, const char *s) {
    for (; *s; s++) {
        if (o->n == sizeof o->text) llr_flush(o);
        o->text[o->n++] = *s;
    }
}

static void llr_put_number(llr_out *o, uint64_t v, unsigned base) {
    char text[24];
    size_t i = sizeof text;
    text[--i] = 0;
    do text[--i] = "0123456789abcdef"[v % base];
    while (v /= base);
    llr_put(o, text + i);
}

static void llr_put_string(llr_out *o, const char *s) {
    char one[8] = {0};
    llr_put(o, "\"");
    for (; s && *s; s++) {
        unsigned char ch = (unsigned char)*s;
        one[0] = (char)ch;
        one[1] = 0;
        if (ch == '"' || ch == '\\') {
            one[0] = '\\';
            one[1] = (char)ch;
            one[2] = 0;
        } else if (ch < 0x20 || ch >= 0x7f) {
            memcpy(one, "\\u00", 4);
            one[4] = "0123456789abcdef"[ch >> 4];
            one[5] = "0123456789abcdef"[ch & 15];
            one[6] = 0;
        }
        llr_put(o, one);
    }
    llr_put(o, "\"");
}

static void llr_put_field(llr_out *o, const char *name, const char *text) {
    llr_put(o, "\"");
    llr_put(o, name);
    llr_put(o, "\":");
    llr_put_string(o, text);
}

static void llr_put_value(llr_out *o, uint64_t value, const llr_rule *r) {
    llr_put(o, "\"value\":\"");
    llr_put(o, r->is_integer ? "" : "0x");
    llr_put_number(o, value, r->is_integer ? 10 : 16);
    llr_put(o, "\"");
}

/* What is mapped where, read once a report: frames become file and offset, which addr2line understands. */
typedef struct llr_maps {
    char *text;
    size_t n;
} llr_maps;

static llr_maps llr_read_maps(void) {
    const size_t cap = 1 << 20;
    llr_maps m = {llr_map(cap), 0};
    long fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC, 0), r;
    while (m.text && fd >= 0 && m.n + 1 < cap && (r = syscall(SYS_read, fd, m.text + m.n, cap - 1 - m.n)) > 0) m.n += (size_t)r;
    if (fd >= 0) syscall(SYS_close, fd);
    return m;
}

static uint64_t llr_hex(const char **p) {
    uint64_t v = 0;
    for (;; ++*p) {
        unsigned ch = (unsigned char)**p, low = ch | 32;
        if (ch >= '0' && ch <= '9')
            v = v * 16 + ch - '0';
        else if (low >= 'a' && low <= 'f')
            v = v * 16 + low - 'a' + 10;
        else
            return v;
    }
}

static void llr_put_module(llr_out *o, const llr_maps *m, uint64_t pc) {
    const char *p = m->text;
    while (p && *p) {
        uint64_t lo = llr_hex(&p), hi = (p++, llr_hex(&p)), offset = (p += 6, llr_hex(&p));
        const char *end = strchr(p, '\n'), *path = end ? memchr(p, '/', (size_t)(end - p)) : NULL;
        if (pc >= lo && pc < hi && path) {
            char name[512];
            size_t n = (size_t)(end - path) < sizeof name - 1 ? (size_t)(end - path) : sizeof name - 1;
            memcpy(name, path, n);
            name[n] = 0;
            llr_put(o, ",");
            llr_put_field(o, "module", name);
            llr_put(o, ",\"offset\":\"0x");
            llr_put_number(o, pc - lo + offset, 16);
            llr_put(o, "\"");
            return;
        }
        p = end ? end + 1 : NULL;
    }
}

static void llr_put_frame(llr_out *o, const llr_maps *m, uint64_t return_address) {
    uint64_t pc = return_address - 1; /* inside the call, not behind it */
    Dl_info info;
    llr_put(o, "{\"address\":\"0x");
    llr_put_number(o, pc, 16);
    llr_put(o, "\"");
    if (o->names && dladdr((void *)(uintptr_t)pc, &info) && info.dli_sname) {
        llr_put(o, ",");
        llr_put_field(o, "function", info.dli_sname);
    }
    llr_put_module(o, m, pc);
    llr_put(o, "}");
}

static void llr_put_stack(llr_out *o, const llr_maps *m, const char *name, uint32_t id) {
    const llr_stack *s = (const llr_stack *)&llr_g->stacks[id];
    const uint64_t *pcs = (const uint64_t *)(s + 1);
    llr_put(o, ",\"");
    llr_put(o, name);
    llr_put(o, "\":[");
    for (uint32_t i = 0; id && i < s->n; i++) {
        if (i) llr_put(o, ",");
        llr_put_frame(o, m, pcs[i]);
    }
    llr_put(o, "]");
}

/* Everything held of one rule that was acquired by one stack is one group. */
typedef struct llr_group {
    llr_entry first;
    uint64_t count, bytes;
} llr_group;

typedef struct llr_groups {
    llr_group *v;
    size_t cap, n;
    uint64_t since;
} llr_groups;

static void llr_add_to_group(void *ctx, const llr_entry *e) {
    llr_groups *all = ctx;
    const llr_rule *r = &llr_rules[e->rule - 1];
    if (r->no_leak || e->epoch <= all->since) return;
    size_t k = (size_t)(llr_hash((uint64_t)e->stack << 16 | e->rule) >> 32) & (all->cap - 1);
    for (size_t tries = 0; all->v[k].count; k = (k + 1) & (all->cap - 1), tries++) {
        if (all->v[k].first.stack == e->stack && all->v[k].first.rule == e->rule) break;
        if (tries == all->cap) return;
    }
    llr_group *group = &all->v[k];
    if (!group->count || e->epoch < group->first.epoch) group->first = *e;
    group->count += e->count;
    if (r->is_heap && !llr_closed) group->bytes += malloc_usable_size((void *)(uintptr_t)e->value);
}

static void llr_put_held(llr_out *o, const llr_maps *m, uint64_t since) {
    llr_groups all = {.cap = 1 << 16, .since = since};
    all.v = llr_map(all.cap * sizeof *all.v);
    llr_put(o, "\"held\":[");
    if (all.v) llr_each(llr_g, llr_add_to_group, &all);
    o->again = false;
    for (size_t i = 0; all.v && i < all.cap; i++) {
        const llr_group *group = &all.v[i];
        if (!group->count) continue;
        const llr_rule *r = &llr_rules[group->first.rule - 1];
        llr_put(o, o->again ? ",\n{" : "\n{");
        o->again = true;
        llr_put_field(o, "rule", r->id);
        llr_put(o, ",");
        llr_put_field(o, "resource", r->resource);
        llr_put(o, ",");
        llr_put_field(o, "acquired_by", llr_functions[group->first.function].name);
        llr_put(o, ",\"count\":");
        llr_put_number(o, group->count, 10);
        if (r->is_heap) {
            llr_put(o, ",\"bytes\":");
            llr_put_number(o, group->bytes, 10);
        }
        llr_put(o, ",");
        llr_put_value(o, group->first.value, r);
        llr_put_stack(o, m, "stack", group->first.stack);
        llr_put(o, "}");
    }
    llr_put(o, "]");
    if (all.v) syscall(SYS_munmap, all.v, all.cap * sizeof *all.v);
}

static void llr_put_misuses(llr_out *o, const llr_maps *m, uint64_t since) {
    llr_put(o, ",\n\"misuses\":[");
    o->again = false;
    llr_lock(&llr_g->misuse_lock);
    for (uint32_t i = 0; i < llr_g->nmisuses; i++) {
        const llr_misuse *k = &llr_g->misuses[i];
        if (k->epoch <= since) continue;
        llr_put(o, o->again ? ",\n{" : "\n{");
        o->again = true;
        llr_put_field(o, "kind", k->kind);
        llr_put(o, ",");
        llr_put_field(o, "rule", llr_rules[k->rule].id);
        llr_put(o, ",");
        llr_put_field(o, "by", llr_functions[k->function].name);
        llr_put(o, ",");
        llr_put_value(o, k->value, &llr_rules[k->rule]);
        llr_put_stack(o, m, "stack", k->stack);
        if (k->acquired) llr_put_stack(o, m, "acquired", k->acquired);
        if (k->released) {
            llr_put(o, ",\"released\":[");
            llr_put_frame(o, m, (uintptr_t)k->released);
            llr_put(o, "]");
        }
        llr_put(o, "}");
    }
    llr_unlock(&llr_g->misuse_lock);
    llr_put(o, "]");
}

static void llr_write_report(int fd, const char *reason, bool names, uint64_t since) {
    static llr_out out;
    llr_globals *g = llr_g;
    llr_lock(&g->report_lock);
    llr_me.busy++;
    out.fd = fd;
    out.n = 0;
    out.names = names;
    llr_maps maps = llr_read_maps();
    llr_put(&out, "{\"version\":1,");
    llr_put_field(&out, "reason", reason);
    llr_put(&out, ",\"pid\":");
    llr_put_number(&out, (uint64_t)g->pid, 10);
    llr_put(&out, ",\n");
    llr_put_held(&out, &maps, since);
    llr_put_misuses(&out, &maps, since);
    llr_put(&out, ",\n\"misuses_dropped\":");
    llr_put_number(&out, g->dropped, 10);
    llr_put(&out, "}\n");
    llr_flush(&out);
    if (maps.text) syscall(SYS_munmap, maps.text, (size_t)1 << 20);
    llr_me.busy--;
    llr_unlock(&g->report_lock);
}

/* A forked child does not write over its parent's report. */
static void llr_expand(const llr_globals *g, char *to, size_t cap) {
    char digits[16];
    size_t n = 0, k = sizeof digits;
    bool has_pid = false;
    int pid = g->pid;
    do digits[--k] = (char)('0' + pid % 10);
    while (pid /= 10);
    for (const char *p = g->path; *p && n + sizeof digits + 2 < cap; p++) {
        if (p[0] == '%' && p[1] == 'p') {
            memcpy(to + n, digits + k, sizeof digits - k);
            n += sizeof digits - k;
            has_pid = true;
            p++;
        } else {
            to[n++] = *p;
        }
    }
    if (g->is_child && !has_pid) {
        to[n++] = '.';
        memcpy(to + n, digits + k, sizeof digits - k);
        n += sizeof digits - k;
    }
    to[n] = 0;
}

static void llr_report(const char *reason, bool names) {
    llr_globals *g = llr_g;
    char path[4200];
    if (!g || !g->want_report) return;
    llr_expand(g, path, sizeof path);
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return;
    llr_write_report((int)fd, reason, names, g->base_epoch);
    syscall(SYS_close, fd);
}
