/* Runs every fixture through the whole flow: what is marked must be found, what is not must be silent. */
#define _GNU_SOURCE
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/sys.h"
#include "pipeline/pipeline.h"
#include "source/source.h"

static rule_set *rules;

static int load_rules(void **state) {
    (void)state;
    const pipeline_rules opt = {0};
    ll_err err = {0};
    if (pipeline_load_rules(&opt, stderr, &rules, &err)) return 0;
    fprintf(stderr, "%s\n", err.msg);
    return 1;
}

static int free_rules(void **state) {
    (void)state;
    rule_set_free(rules);
    return 0;
}

static bool is_source(const char *name) {
    src_kind kind = src_kind_of(name);
    return kind == SRC_C || kind == SRC_CXX;
}

static void add(pipeline_verdict *sum, const char *path, ll_strbuf *out) {
    printf("fixture %s\n", path); /* the last one printed is the one that crashed */
    fflush(stdout);
    pipeline_verdict v = pipeline_test_fixture(rules, path, out);
    sum->met += v.met;
    sum->failed += v.failed;
    sum->gaps += v.gaps;
}

/* `folders`: a folder directly under `path` is one program; else folders are only walked. */
static void walk(pipeline_verdict *sum, const char *path, bool folders, ll_strbuf *out) {
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        char full[4096];
        snprintf(full, sizeof full, "%s/%s", path, name);
        if (name[0] != '.' && ll_is_dir(full)) {
            if (folders)
                add(sum, full, out);
            else
                walk(sum, full, false, out);
        } else if (!folders && is_source(name)) {
            add(sum, full, out);
        }
        free(entries[i]);
    }
    if (n >= 0) free(entries);
}

static void run(const char *folder, bool folders) {
    pipeline_verdict sum = {0};
    ll_strbuf out = {0};
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", FIXTURES_DIR, folder);
    walk(&sum, path, folders, &out);
    printf("%s: %u met, %u failed, %u known gaps\n", folder, sum.met, sum.failed, sum.gaps);
    fputs(ll_sb_str(&out), stderr);
    ll_sb_free(&out);
    assert_int_equal(sum.failed, 0);
    assert_true(sum.met > 0); /* an empty run proves nothing */
}

static void c_fixtures(void **state) {
    (void)state;
    run("c", false);
}

static void cxx_fixtures(void **state) {
    (void)state;
    run("cxx", false);
}

static void whole_programs(void **state) {
    (void)state;
    run("interproc", true);
}

static void whole_projects(void **state) {
    (void)state;
    run("project", true);
}

/* `pipeline_fixtures PATH...`: only these, for work on one of them. */
static int run_some(int n, char **paths) {
    pipeline_verdict sum = {0};
    ll_strbuf out = {0};
    if (load_rules(NULL) != 0) return 2;
    for (int i = 0; i < n; i++) add(&sum, paths[i], &out);
    fputs(ll_sb_str(&out), stderr);
    printf("%u met, %u failed, %u known gaps\n", sum.met, sum.failed, sum.gaps);
    ll_sb_free(&out);
    free_rules(NULL);
    return sum.failed > 0;
}

int main(int argc, char **argv) {
    if (argc > 1) return run_some(argc - 1, argv + 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c_fixtures),
        cmocka_unit_test(cxx_fixtures),
        cmocka_unit_test(whole_programs),
        cmocka_unit_test(whole_projects),
    };
    return cmocka_run_group_tests(tests, load_rules, free_rules);
}
