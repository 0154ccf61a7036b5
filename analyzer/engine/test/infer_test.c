/* What `rules infer` concludes, against fixtures/engine/infer.txt (UPDATE_GOLDEN=1 writes it anew), and what must not
 * matter to it: the order of units, names that say nothing, functions nobody else can call. */
#include <stdlib.h>

#include "engine/infer.h"
#include "engine/infer_parts.h"
#include "harness.h"

/* ---- in words ---- */

static const char *fails_word(inferred_fails f) {
    static const char *const words[] = {"unknown", "default", "never", "nonzero", "negative", "zero"};
    return words[f];
}

static const char *proof_word(inferred_proof p) {
    static const char *const words[] = {"declared", "likely", "body"};
    return words[p];
}

static void put_call(ll_strbuf *out, const char *role, const inferred_call *c) {
    ll_sb_printf(out, "  %s %s", role, c->name);
    if (c->arg) ll_sb_printf(out, " %s %u", c->through ? "through" : "arg", c->arg);
    ll_sb_printf(out, ", %s", proof_word(c->proof));
    if (c->in_part) ll_sb_add(out, ", in part");
    if (c->returns) ll_sb_add(out, ", gives it back");
    if (strcmp(role, "acquire") == 0)
        ll_sb_printf(out, ", fails %s, %u calls, %u end it, %u pass it on", fails_word(c->fails), c->sites, c->released,
                     c->passed);
    ll_sb_addc(out, '\n');
}

static void put_calls(ll_strbuf *out, const char *role, const inferred_calls *l) {
    for (uint32_t i = 0; i < l->n; i++) put_call(out, role, &l->v[i]);
}

static void put_rules(ll_strbuf *out, const inferred_rules *rules) {
    static const char *const classes[] = {"strong", "likely", "weak"};
    for (uint32_t i = 0; i < rules->n; i++) {
        const inferred_rule *r = &rules->v[i];
        ll_sb_printf(out, "%s %s", classes[r->confidence], r->stem);
        if (r->type) ll_sb_printf(out, " (%s)", r->type);
        if (r->extends) ll_sb_printf(out, " extends %s, ended by %s", r->extends->id, r->ended_by.name);
        ll_sb_printf(out, "%s\n", r->counted ? ", counted" : "");
        put_calls(out, "acquire", &r->acquire);
        put_calls(out, "release", &r->release);
        put_calls(out, "retain", &r->retain);
        put_calls(out, "realloc", &r->realloc);
    }
}

/* The words stay in `a`. */
static const char *inferred(ll_arena *a, const char *name, const char *text, const uint32_t *order) {
    program p;
    harness_parse(&p, name, text);
    harness_run(&p, (engine_options){0}, order);
    inferred_rules rules = {0};
    engine_infer(p.e, p.arena, &rules);
    ll_strbuf out = {0};
    put_rules(&out, &rules);
    const char *words = ll_strdup(a, ll_sb_str(&out));
    ll_sb_free(&out);
    harness_free(&p);
    return words;
}

/* ---- tests ---- */

static void what_is_inferred(void **state) {
    (void)state;
    ll_arena *a = ll_arena_new("text");
    const char *got = inferred(a, "infer.ir", harness_read(a, "infer.ir"), NULL);
    if (getenv("UPDATE_GOLDEN")) {
        ll_err err = {0};
        assert_true(ll_write_file(FIXTURES_DIR "/engine/infer.txt", got, strlen(got), &err));
    }
    assert_string_equal(got, harness_read(a, "infer.txt"));
    ll_arena_free(a);
}

/* One unit makes, one ends, one calls both: whichever is read first. */
static void order_does_not_matter(void **state) {
    (void)state;
    static const char text[] =
        "unit \"make.c\"\n"
        "decl malloc : ptr(void) (long) system\n"
        "func cell_new : ptr(struct cell) {\n"
        "  local p : ptr(struct cell)\n"
        "  p = call malloc(8)\n"
        "  ret p\n"
        "}\n"
        "unit \"end.c\"\n"
        "decl free : void (ptr(void)) system\n"
        "func cell_free : void {\n"
        "  param p : ptr(struct cell)\n"
        "  call free(p)\n"
        "  ret\n"
        "}\n"
        "unit \"use.c\"\n"
        "decl cell_new : ptr(struct cell) ()\n"
        "decl cell_free : void (ptr(struct cell))\n"
        "func use_cell : void {\n"
        "  local p : ptr(struct cell)\n"
        "  p = call cell_new()\n"
        "  call cell_free(p)\n"
        "  ret\n"
        "}\n";
    static const uint32_t orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}};
    ll_arena *a = ll_arena_new("text");
    const char *first = inferred(a, "cell.ir", text, orders[0]);
    assert_string_equal(first,
                        "strong cell (cell)\n"
                        "  acquire cell_new, body, fails default, 1 calls, 1 end it, 0 pass it on\n"
                        "  release cell_free arg 1, body\n");
    for (size_t i = 1; i < sizeof orders / sizeof *orders; i++)
        assert_string_equal(inferred(a, "cell.ir", text, orders[i]), first);
    ll_arena_free(a);
}

/* Callers that do nothing with it, and callers that end it by something else, make no rule. */
static void what_says_nothing(void **state) {
    (void)state;
    static const char text[] =
        "decl thing_make : ptr(struct thing) ()\n"
        "decl shade_free : void (ptr(struct shade))\n"
        "decl look : int (ptr(const struct thing))\n"
        "func main : int {\n"
        "  local t : ptr(struct thing)\n"
        "  local r : int\n"
        "  t = call thing_make()\n"
        "  r = call look(t)\n"
        "  ret r\n"
        "}\n"
        "func mixed : void {\n"
        "  local t : ptr(struct thing)\n"
        "  t = call thing_make()\n"
        "  call shade_free(t)\n"
        "  ret\n"
        "}\n";
    ll_arena *a = ll_arena_new("text");
    assert_string_equal(inferred(a, "thing.ir", text, NULL), "");
    ll_arena_free(a);
}

static void names_as_words(void **state) {
    (void)state;
    static const struct {
        const char *name, *stem;
    } stems[] = {{"node_new", "node"},
                 {"listCreate", "list"},
                 {"sdsfree", "sds"},
                 {"xmalloc", "x"},
                 {"free", ""},
                 {"dbus_connection_unref", "dbus-connection"},
                 {"HTTPParserInit", "httpparser"},
                 {"git__calloc", "git"},
                 {"addr_add", "addr"}};
    ll_arena *a = ll_arena_new("names");
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++)
        assert_string_equal(infer_stem(a, stems[i].name), stems[i].stem);
    assert_int_equal(infer_stems_agree("list", "list"), 2);
    assert_int_equal(infer_stems_agree("list", "list-node"), 1);
    assert_int_equal(infer_stems_agree("list-node", "list"), 1);
    assert_int_equal(infer_stems_agree("list", "listnode"), 0);
    assert_int_equal(infer_stems_agree("", "list"), 0);
    assert_true(infer_sounds_retaining("object_ref") && infer_sounds_retaining("blobIncRef"));
    assert_false(infer_sounds_retaining("refresh"));
    assert_true(infer_sounds_emptying("buf_reset"));
    assert_false(infer_sounds_emptying("preset"));
    ll_arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_inferred),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(what_says_nothing),
        cmocka_unit_test(names_as_words),
    };
    return cmocka_run_group_tests(tests, harness_setup, harness_teardown);
}
