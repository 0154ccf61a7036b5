#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"
#include "pipeline/install.h"
#include "pipeline/pipeline.h"
#include "pipeline/plan.h"
#include "store/store.h"

enum { OLDEST_LIBCLANG = 17 };

static void add(ll_arena *a, doctor_report *out, const char *what, const char *found, const char *mend, bool blocks) {
    LL_PUSH(a, &out->checks, (doctor_check){what, found, mend, mend && blocks});
}

static void check_libclang(ll_arena *a, doctor_report *out) {
    const char *version = fe_clang_version();
    bool old = version && atol(version) < OLDEST_LIBCLANG;
    add(a, out, "libclang", version, old ? "install libclang 19: apt install libclang1-19" : NULL, true);
}

/* Where libclang does not find its own stddef.h, every unit fails; so try it. */
static void check_headers(ll_arena *a, doctor_report *out) {
    static const char text[] = "#include <stddef.h>\n#include <stdio.h>\nsize_t doctor_size;\n";
    const fe_overlay overlay = {.path = "/doctor/doctor.c", .bytes = text, .n = sizeof text - 1};
    const fe_request rq = {.file = overlay.path, .dir = "/", .overlay = &overlay, .noverlay = 1};
    const facts_options facts = {.in_process = true};
    pipeline_analysis p;
    ll_err err = {0};
    const char *found = "stddef.h and stdio.h are found", *mend = NULL;
    if (!pipeline_analyse(&rq, 1, NULL, &facts, NULL, &p, &err) || !p.units[0].unit) {
        found = ll_printf(a, "cannot parse: %s", err.code ? err.msg : p.units[0].error.msg);
        mend = "apt install libclang-common-19-dev libc6-dev";
    } else if (p.units[0].unit->notes.n) {
        found = ll_strdup(a, p.units[0].unit->notes.v[0].text);
        mend = "apt install libclang-common-19-dev libc6-dev";
    }
    pipeline_analysis_free(&p);
    add(a, out, "headers", found, mend, true);
}

static void check_database(ll_arena *a, const check_options *opt, doctor_report *out) {
    plan units = {0};
    ll_err err = {0};
    check_options quiet = *opt;
    quiet.quiet = true;
    bool ok = plan_check(a, &quiet, &units, &err);
    if (ok)
        add(a, out, "database", ll_printf(a, "%s: %u units to analyse", units.db_path, units.requests.n), NULL, true);
    else
        add(a, out, "database", "none that can be used", ll_strdup(a, err.msg), true);
}

static void check_packs(ll_arena *a, const check_options *opt, doctor_report *out) {
    rule_set *rules;
    ll_err err = {0};
    char installed[PIPELINE_PATH_MAX];
    const char *dir = pipeline_installed_rules(installed);
    if (!pipeline_load_rules(&opt->rules, stderr, &rules, &err)) {
        add(a, out, "rule packs", ll_strdup(a, err.msg), "mend the packs; 'lifelint rules check' repeats the list",
            true);
        return;
    }
    add(a, out, "rule packs",
        ll_printf(a, "%u rules in %u packs, %s", rule_set_count(rules), rule_set_pack_count(rules),
                  dir ? dir : "built in"),
        NULL, true);
    rule_set_free(rules);
}

static void check_store(ll_arena *a, const check_options *opt, doctor_report *out) {
    const char *path = opt->store_path ? opt->store_path : STORE_FILE, *mend = NULL, *found = path;
    store *s = NULL;
    ll_err err = {0};
    const char *dir = ll_path_dir(a, ll_path_abs(a, NULL, path));
    while (!ll_is_dir(dir)) dir = ll_path_dir(a, dir);
    if (ll_is_file(path)) {
        bool ok = store_open_file(path, true, &s, &err) && (opt->store_path || store_check_home(s, &err));
        store_close(s);
        if (!ok)
            mend = strstr(err.msg, "--store") ? ll_strdup(a, err.msg)
                                              : ll_printf(a, "%s; move the file away, or use --store", err.msg);
        else if (access(path, W_OK) != 0)
            mend = "not writable: give yourself write permission, or use --no-store";
    } else {
        found = ll_printf(a, "%s (not made yet)", path);
    }
    if (!mend && access(dir, W_OK) != 0)
        mend = ll_printf(a, "%s is not writable: findings will not be kept; use --store PATH", dir);
    add(a, out, "store", found, mend, false);
}

static void check_terminal(ll_arena *a, doctor_report *out) {
    const char *no_color = getenv("NO_COLOR");
    bool tty = isatty(STDOUT_FILENO);
    add(a, out, "terminal",
        !tty                    ? "output is not a terminal"
        : no_color && *no_color ? "no colours (NO_COLOR)"
                                : "colours",
        NULL, false);
}

void pipeline_doctor(ll_arena *a, const check_options *opt, doctor_report *out) {
    check_libclang(a, out);
    check_headers(a, out);
    check_database(a, opt, out);
    check_packs(a, opt, out);
    check_store(a, opt, out);
    check_terminal(a, out);
}
