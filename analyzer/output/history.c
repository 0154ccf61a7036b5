#include "output/history.h"

#include <stdlib.h>
#include <string.h>

#include "finding/finding_json.h"
#include "output/snippet.h"

enum { COMMIT_SHOWN = 12, TIME_SHOWN = 16 };

/* "0123456789ab", with the + of a changed work tree */
static void add_commit(ll_strbuf *out, const char *commit) {
    ll_strbuf text = {0};
    size_t n = commit ? strlen(commit) : 0;
    bool changed = n && commit[n - 1] == '+';
    if (n) {
        ll_sb_addn(&text, commit, n < COMMIT_SHOWN ? n - changed : COMMIT_SHOWN);
        ll_sb_add(&text, changed ? "+" : "");
    }
    ll_sb_printf(out, "  %-13s", n ? ll_sb_str(&text) : "-");
    ll_sb_free(&text);
}

/* "2026-01-31 12:00" */
static void add_time(ll_strbuf *out, const char *started) {
    char text[TIME_SHOWN + 1] = "-";
    if (started && strlen(started) >= TIME_SHOWN) {
        memcpy(text, started, TIME_SHOWN);
        text[10] = ' ';
        text[TIME_SHOWN] = 0;
    }
    ll_strbuf safe = {0};
    snippet_escape(&safe, text);
    ll_sb_printf(out, "  %-16s", ll_sb_str(&safe));
    ll_sb_free(&safe);
}

void output_history_text(const output_past_run *v, uint32_t n, ll_strbuf *out) {
    if (!n) {
        ll_sb_add(out, "no runs\n");
        return;
    }
    ll_sb_add(out, "  run  started (UTC)     commit         findings   new  gone  suppressed  units\n");
    for (uint32_t i = 0; i < n; i++) {
        const output_past_run *r = &v[i];
        ll_sb_printf(out, "%5lld", (long long)r->id);
        add_time(out, r->started);
        add_commit(out, r->commit);
        ll_sb_printf(out, "  %8u  %4u  %4u  %10u  %5u%s", r->findings, r->n_new, r->n_gone, r->suppressed, r->units,
                     r->whole ? "" : "*");
        if (r->failed_units) ll_sb_printf(out, "  %u not analysed", r->failed_units);
        if (r->options) {
            ll_sb_add(out, "  ");
            snippet_escape(out, r->options);
        }
        ll_sb_addc(out, '\n');
    }
}

static void set_text(json_t *o, const char *key, const char *text) {
    if (text) json_object_set_new(o, key, finding_json_text(text));
}

static json_t *run_to_json(const output_past_run *r) {
    json_t *o = json_object();
    json_object_set_new(o, "run", json_integer(r->id));
    set_text(o, "started", r->started);
    set_text(o, "commit", r->commit);
    set_text(o, "version", r->tool_version);
    set_text(o, "options", r->options);
    json_object_set_new(o, "whole", json_boolean(r->whole));
    json_object_set_new(o, "units", json_integer(r->units));
    json_object_set_new(o, "failed_units", json_integer(r->failed_units));
    json_object_set_new(o, "findings", json_integer(r->findings));
    json_object_set_new(o, "suppressed", json_integer(r->suppressed));
    json_object_set_new(o, "new", json_integer(r->n_new));
    json_object_set_new(o, "gone", json_integer(r->n_gone));
    json_object_set_new(o, "unchanged", json_integer(r->n_unchanged));
    return o;
}

void output_history_json(const output_past_run *v, uint32_t n, ll_strbuf *out) {
    ll_sb_add(out, "[");
    for (uint32_t i = 0; i < n; i++) {
        json_t *o = run_to_json(&v[i]);
        char *text = json_dumps(o, JSON_COMPACT);
        ll_sb_add(out, i ? ",\n" : "\n");
        ll_sb_add(out, text ? text : "null");
        free(text);
        json_decref(o);
    }
    ll_sb_add(out, "\n]\n");
}
