#include "output/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "output/writers.h"

static const struct {
    const char *name;
    void (*write)(const report *r);
} formats[OUTPUT_FORMAT_COUNT] = {
#define OUTPUT_ROW(ID, name) {#name, name##_write},
    OUTPUT_FORMATS(OUTPUT_ROW)
#undef OUTPUT_ROW
};

const char *output_format_name(output_format f) {
    return formats[(unsigned)f < OUTPUT_FORMAT_COUNT ? f : OUTPUT_TEXT].name;
}

bool output_format_parse(const char *name, output_format *out) {
    for (unsigned i = 0; i < OUTPUT_FORMAT_COUNT; i++) {
        if (strcmp(name, formats[i].name) != 0) continue;
        *out = (output_format)i;
        return true;
    }
    return false;
}

const char *report_version(const report *r) {
    return r->run->tool_version ? r->run->tool_version : "0";
}

bool report_shows(const report *r, uint32_t i) {
    if (r->list->items.v[i].suppressed) return false;
    return !(r->opt->only_new && r->run->is_new && !r->run->is_new[i]);
}

void report_message(const finding *f, ll_strbuf *out) {
    ll_sb_add(out, f->message ? f->message : "");
    if (f->message && f->message[0] && !strchr(".!?", out->s[out->n - 1])) ll_sb_addc(out, '.');
    if (f->fix) ll_sb_printf(out, " Fix: %s", f->fix);
}

struct met {
    const char *fingerprint;
    uint32_t times;
    UT_hash_handle hh;
};

uint32_t *report_ordinals(const finding_list *l) {
    uint32_t n = l->items.n, *out = ll_xcalloc(n, sizeof *out);
    struct met *all = ll_xcalloc(n, sizeof *all), *table = NULL;
    for (uint32_t i = 0; i < n; i++) {
        const char *fp = l->items.v[i].fingerprint ? l->items.v[i].fingerprint : "";
        struct met *m;
        HASH_FIND_STR(table, fp, m);
        if (!m) {
            m = &all[i];
            m->fingerprint = fp;
            HASH_ADD_KEYPTR(hh, table, m->fingerprint, strlen(m->fingerprint), m);
        }
        out[i] = m->times++;
    }
    HASH_CLEAR(hh, table);
    free(all);
    return out;
}

const char *report_state(const report *r, uint32_t i) {
    if (!r->run->is_new[i]) return "unchanged";
    return r->run->is_reopened && r->run->is_reopened[i] ? "reopened" : "new";
}

void report_dump(const report *r, json_t *value, unsigned skip_end) {
    char *s = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
    json_decref(value);
    if (!s) return;
    size_t n = strlen(s);
    fwrite(s, 1, n > skip_end ? n - skip_end : 0, r->f);
    free(s);
}

bool output_write(FILE *f, output_format format, const finding_list *l, const output_run *run,
                  const output_source *source, const output_options *opt, ll_err *err) {
    static const output_run no_run;
    static const output_options no_options;
    report r = {f, l, run ? run : &no_run, opt ? opt : &no_options, source_cache_new(source)};
    formats[(unsigned)format < OUTPUT_FORMAT_COUNT ? format : OUTPUT_TEXT].write(&r);
    source_cache_free(r.sources);
    errno = 0;
    if (fflush(f) != 0 || ferror(f))
        return ll_fail(err, LL_E_SYS, "cannot write the report: %s", errno ? strerror(errno) : "write error");
    return true;
}

static void add_count(ll_strbuf *out, uint32_t n, const char *noun) {
    ll_sb_printf(out, "%u %s%s", n, noun, n == 1 ? "" : "s");
}

void output_summary_line(const output_summary *s, ll_strbuf *out) {
    if (s->against) {
        ll_sb_printf(out, "%u new", s->n_new);
        if (s->n_reopened) ll_sb_printf(out, " (%u reopened)", s->n_reopened);
        ll_sb_printf(out, ", %u fixed, %u unchanged since %s,", s->n_gone, s->n_unchanged, s->against);
    } else {
        add_count(out, s->findings, "finding");
        if (s->compared && (s->n_new || s->n_gone || s->n_unchanged))
            ll_sb_printf(out, " (%u new, %u gone, %u unchanged)", s->n_new, s->n_gone, s->n_unchanged);
    }
    ll_sb_add(out, " in ");
    add_count(out, s->units, "unit");
    if (s->failed_units) {
        ll_sb_add(out, ", ");
        add_count(out, s->failed_units, "unit");
        ll_sb_add(out, " not analysed");
    }
    if (s->suppressed) ll_sb_printf(out, ", %u suppressed", s->suppressed);
    if (s->stored_in) ll_sb_printf(out, "; stored in %s", s->stored_in);
}
