/* rules/schema.json is what the key table says. LIFELINT_UPDATE_GOLDENS=1 rewrites it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys.h"
#include "rulepack/rulepack.h"

#define COMMITTED RULES_DIR "/schema.json"

static void committed_schema_is_up_to_date(void **state) {
    (void)state;
    ll_strbuf now = {0};
    ll_err err;
    rulepack_write_schema(&now);
    if (getenv("LIFELINT_UPDATE_GOLDENS")) assert_true(ll_write_file(COMMITTED, now.s, now.n, &err));
    ll_arena *a = ll_arena_new("test");
    char *committed;
    size_t n;
    assert_true(ll_read_file(a, COMMITTED, 0, &committed, &n, &err));
    if (strcmp(committed, now.s) != 0)
        fail_msg("%s is out of date: run this test with LIFELINT_UPDATE_GOLDENS=1", COMMITTED);
    ll_arena_free(a);
    ll_sb_free(&now);
}

static void check_refs(json_t *node, json_t *defs) {
    const char *key;
    json_t *value;
    size_t i;
    const char *to = json_string_value(json_object_get(node, "$ref"));
    if (to) assert_non_null(json_object_get(defs, strrchr(to, '/') + 1));
    if (json_is_object(node)) json_object_foreach(node, key, value) check_refs(value, defs);
    if (json_is_array(node)) json_array_foreach(node, i, value) check_refs(value, defs);
}

static void references_lead_somewhere(void **state) {
    (void)state;
    ll_strbuf text = {0};
    rulepack_write_schema(&text);
    json_t *root = json_loads(text.s, 0, NULL);
    assert_non_null(root);
    json_t *defs = json_object_get(root, "$defs");
    assert_true(json_object_size(defs) > 10);
    check_refs(root, defs);
    json_decref(root);
    ll_sb_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(committed_schema_is_up_to_date),
        cmocka_unit_test(references_lead_somewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
