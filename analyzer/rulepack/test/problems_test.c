/* Broken packs: each mistake has its one message, at its place, with the word that was meant. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "rulepack/rulepack.h"

typedef struct mistake {
    const char *yaml;
    const char *said; /* all problems as they are printed, without the file's name */
} mistake;

#define PAIR "  - id: x\n    resource: thing\n    acquire: x_get\n    release: x_put\n"

static const mistake mistakes[] = {
    {"", ": empty, expected a map with the key 'rules' or 'functions'\n"},
    {"hello", ":1:1: 'hello', expected a pack (a map of keys)\n"},
    {"{}", ":1:1: a pack without 'rules' and without 'functions', expected one of them\n"},
    {"rule: []\n", ":1:1: unknown key 'rule' in a pack; did you mean 'rules'?\n"},
    {"rules: my-pool\n", ":1:8: 'my-pool' for 'rules', expected a list (lines that begin with '- ')\n"},
    {"rules:\n" PAIR "    aquire: y\n", ":6:5: unknown key 'aquire' in a pair rule; did you mean 'acquire'?\n"},
    {"rules:\n  - id: x\n    resource: thing\n    release: x_put\n",
     ":2:5: pair rule 'x' without 'acquire': name the functions that give the resource\n"},
    {"rules:\n  - id: My_Pool\n    resource: t\n    acquire: a\n    release: b\n",
     ":2:9: 'My_Pool' for 'id', expected lower-case words joined by '-', such as my-pool\n"},
    {"rules:\n" PAIR "    severity: warnin\n",
     ":6:15: 'warnin' for 'severity', expected one of note, warning, error; did you mean 'warning'?\n"},
    {"rules:\n" PAIR "    integer: yes\n", ":6:14: 'yes' for 'integer', expected true or false\n"},
    {"rules:\n" PAIR "    cwe: many\n", ":6:10: 'many' for 'cwe', expected a number from 1 to 9999\n"},
    {"rules:\n" PAIR "    retain: {call: x_ref, arg: 0}\n",
     ":6:32: 0 for 'arg', expected a number from 1 to 32 (arguments count from 1)\n"},
    {"rules:\n" PAIR "    retain: x_*\n",
     ":6:13: 'x_*' for 'call', expected the exact name of one function or field (no wildcards, no parentheses)\n"},
    {"rules:\n" PAIR "    retain: {call: x_ref, fails: null}\n",
     ":6:34: 'null' for 'fails', expected a comparison with a constant such as \"== 0\", \"< 0\" or \"& 64\" "
     "(operators: == != < <= > >= & !&)\n"},
    {"constants: {NOTHING: -1}\nrules:\n" PAIR "    retain: {call: x_ref, fails: '== NOTHNG'}\n",
     ":7:34: constant 'NOTHNG' is not known; did you mean 'NOTHING'?\n"},
    {"rules:\n" PAIR "    realloc: {call: x_more, from: 1, through: 2}\n",
     ":6:47: 'from' and 'through' in one entry: the resource is in one place, keep one of them\n"},
    {"rules:\n  - id: x\n    resource: t\n    acquire: {call: g, count: 2}\n    release: p\n",
     ":4:31: 'count' has no meaning without 'into'; add that or take this out\n"},
    {"rules:\n  - id: x\n    resource: t\n    acquire: [g, g]\n    release: p\n",
     ":4:18: 'g' is listed twice in the same way (acquire); remove one\n"},
    {"records: [a, b]\nrules:\n" PAIR, ":1:10: a list for 'records', expected a map of names to names of records\n"},
    {"records: {A: '1x'}\nrules:\n" PAIR,
     ":1:14: '1x' for 'records', expected the exact name of one function or field (no wildcards, no parentheses)\n"},
    {"rules:\n  - {id: k, kind: keepalive, resource: t, derive: f, entries: Java_}\n",
     ":2:5: rule 'k' has one of 'entries' and 'lent', expected both: functions, and types of parameters\n"},
    {"rules:\n" PAIR PAIR, ":6:9: rule 'x' exists already at t.yml:2; choose another id\n"},
    /* in order of position, whichever check found it */
    {"rules:\n" PAIR "    why: ''\n  - {kind: pear}\n",
     ":6:10: 'why' is empty, expected text\n"
     ":7:5: a pair rule without 'id': Name of the rule: lower-case words joined by '-'. Reported ids of a pair append "
     "what went wrong: my-pool-leak.\n"
     ":7:12: 'pear' for 'kind', expected one of pair, order, keepalive, task, forbid; did you mean 'pair'?\n"},
    {"rules:\n" PAIR "    resource: again\n",
     ":6:5: key 'resource' occurs twice in one map (first value at line 3); keep one, a list if there are several\n"},
    {"rules:\n  - id: x\n    kind: order\n    message: m\n    states: [up, down]\n"
     "    transitions:\n      - {call: f, from: upp, to: down}\n",
     ":7:25: 'upp' is not one of the rule's states; did you mean 'up'?\n"},
    {"rules:\n  - id: x\n    kind: order\n    message: m\n",
     ":2:5: an order rule without 'states': Names of the states; the first is the initial one.\n"
     ":2:5: an order rule without 'transitions': Calls that need a state and lead to another.\n"},
    {"rules:\n" PAIR "    bad:\n      - int f(void);\n",
     ":7:9: a bad example without a line marked // expect: x...; put the mark on the line to report\n"},
    {"rules:\n" PAIR "    good:\n      - 'int f; // expect: x-leak'\n",
     ":7:9: a good example with a line marked // expect:; what is reported belongs under 'bad'\n"},
    {"rules:\n" PAIR "    link: page\n", ":6:11: 'link' is too short, expected at least 8 characters\n"},
    {"rules:\n" PAIR "    link: somewhere\n",
     ":6:11: 'somewhere' for 'link', expected an address that begins with https://\n"},
    {"functions:\n  - call: f\n", ":2:5: a function fact that says nothing, expected one more key besides 'call'\n"},
    {"rules: [",
     ":2:1: not valid YAML: did not find expected node content, while parsing a flow node; a [list] or {map} is not "
     "closed\n"},
    {"a: &x 1\nb: *x\n",
     ":1:4: anchors (&) and aliases (*) are not allowed in a rule pack; quote the text if it is one\n"},
    {"a: != 0\n", ":1:4: tags (!) are not allowed in a rule pack; a comparison needs quotes: \"!= 0\"\n"},
    {"a: > 0\n",
     ":1:6: not valid YAML: did not find expected comment or line break, while scanning a block scalar; a "
     "comparison needs quotes: \"> 0\"\n"},
    {"a: & 4\n",
     ":1:5: not valid YAML: did not find expected alphabetic or numeric character, while scanning an anchor; a "
     "comparison needs quotes: \"> 0\"\n"},
    {"id: x\nresource: thing\n",
     ":1:1: 'id' belongs to a rule, not to the pack; rules are a list under 'rules:'\n"
     ":2:1: 'resource' belongs to a rule, not to the pack; rules are a list under 'rules:'\n"},
    {"rules:\n" PAIR "    states: [a]\n", ":6:5: 'states' belongs to an order rule, not to a pair rule\n"},
    {"rules:\n" PAIR "    headers: [x.h]\n", ":6:5: 'headers' belongs to a pack, not to a pair rule\n"},
    {"rules:\n\t- id: x\n",
     ":2:1: not valid YAML: found character that cannot start any token, while scanning for the next token; indent "
     "with "
     "blanks, not tabs, and quote text that begins with % @ or `\n"},
    {"rules:\n" PAIR "   why: y\n",
     ":6:4: not valid YAML: did not find expected '-' indicator, while parsing a block collection; keys of one map and "
     "entries of one list stand in one column\n"},
    {"rules:\n" PAIR "    why: either: or\n",
     ":6:16: not valid YAML: mapping values are not allowed in this context; text with ': ' in it needs quotes\n"},
    {"rules: []\n---\nrules: []\n", ":3:1: a second document; a rule pack is one document\n"},
    {"? [a]\n: b\n", ":1:3: a list as a key, expected a word\n"},
};

/* All problems of a text, printed. */
static char *problems_of(const char *yaml, size_t n, bool strict) {
    rulepack_problems *bad = rulepack_problems_new();
    rule_set *s = rulepack_load_text("t.yml", yaml, n, &(rulepack_options){.strict = strict}, bad);
    assert_true(!s == (rulepack_problems_count(bad) > 0));
    rule_set_free(s);
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    rulepack_print_problems(bad, to);
    fclose(to);
    rulepack_problems_free(bad);
    return text;
}

/* The text with "t.yml" put before each line that begins with a position. */
static bool same_problems(const char *printed, const char *said) {
    while (*printed && *said) {
        if (strncmp(printed, "t.yml", 5) != 0) return false;
        printed += 5;
        size_t n = strcspn(printed, "\n"), m = strcspn(said, "\n");
        if (n != m || strncmp(printed, said, n) != 0) return false;
        printed += n + 1;
        said += m + 1;
    }
    return !*printed && !*said;
}

static void each_mistake_has_its_message(void **state) {
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        char *printed = problems_of(mistakes[i].yaml, strlen(mistakes[i].yaml), false);
        if (!same_problems(printed, mistakes[i].said)) {
            print_error("--- for\n%s--- expected\n%s--- got\n%s", mistakes[i].yaml, mistakes[i].said, printed);
            wrong++;
        }
        free(printed);
    }
    assert_int_equal(wrong, 0);
}

static void strictness_asks_for_words_and_examples(void **state) {
    (void)state;
    const char *yaml = "rules:\n" PAIR;
    char *printed = problems_of(yaml, strlen(yaml), true);
    assert_non_null(
        strstr(printed, "t.yml:2:5: rule 'x' has no 'why': Why it matters, for the reader of the finding.\n"));
    assert_non_null(strstr(printed, "rule 'x' has no 'cwe': "));
    assert_non_null(strstr(printed, "rule 'x' has 0 bad and 0 good examples, expected at least 2 of each\n"));
    free(printed);
}

static void problems_of_all_packs_are_listed(void **state) {
    (void)state;
    const char *paths[] = {"/nonexistent/a.yml", "/nonexistent/b.yml", "/"};
    rulepack_problems *bad = rulepack_problems_new();
    assert_null(rulepack_load(&(rulepack_options){.paths = paths, .npaths = 3}, bad));
    assert_int_equal(rulepack_problems_count(bad), 3);
    assert_string_equal(rulepack_problems_at(bad, 0)->text, "no rule packs (*.yml) in this directory");
    assert_string_equal(rulepack_problems_at(bad, 1)->file, "/nonexistent/a.yml");
    assert_string_equal(rulepack_problems_at(bad, 1)->text, "cannot open: No such file or directory");
    rulepack_problems_free(bad);
}

static void expect_refused(const char *text, size_t n, const char *part) {
    char *printed = problems_of(text, n, false);
    if (!strstr(printed, part)) fail_msg("'%s' is not in: %.300s", part, printed);
    free(printed);
}

static void limits_hold(void **state) {
    (void)state;
    size_t n = (1u << 20) + 1;
    char *big = malloc(n);
    assert_non_null(big);
    memset(big, '[', n);
    expect_refused(big, n, "larger than the limit of 1 MiB");
    expect_refused(big, 4000, "nested deeper than the limit of 24 levels");
    for (size_t i = 0; i + 1 < n; i += 2) memcpy(big + i, "- ", 2);
    expect_refused(big, 4000, "nested deeper than the limit of 24 levels");
    big[0] = '[';
    for (size_t i = 1; i + 1 < n; i += 2) memcpy(big + i, "a,", 2);
    expect_refused(big, n - 1, "more nodes than the limit of 100000");
    big[0] = '{';
    for (size_t i = 1; i + 8 < n; i += 7) snprintf(big + i, 8, "k%05zu,", (i / 7) % 100000);
    expect_refused(big, 70000, "more than 512 keys in one map");
    memset(big, 0, 100);
    expect_refused(big, 100, "not readable as YAML");
    memcpy(big, "rules: \xff\xfe", 9);
    expect_refused(big, 9, "not readable as YAML");
    free(big);
}

static void many_problems_are_counted(void **state) {
    (void)state;
    char *text = malloc(20000);
    assert_non_null(text);
    size_t n = (size_t)snprintf(text, 20000, "rules:\n");
    for (int i = 0; i < 300; i++) n += (size_t)snprintf(text + n, 20000 - n, "  - just words\n");
    expect_refused(text, n, "and 100 more problems\n");
    free(text);
}

static void text_of_a_pack_cannot_drive_the_terminal(void **state) {
    (void)state;
    const char *yaml = "rules: \"\\e[31mred\\a\"\n";
    char *printed = problems_of(yaml, strlen(yaml), false);
    for (const char *p = printed; *p; p++) assert_true(*p == '\n' || (unsigned char)*p >= 0x20);
    free(printed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake_has_its_message),     cmocka_unit_test(strictness_asks_for_words_and_examples),
        cmocka_unit_test(problems_of_all_packs_are_listed), cmocka_unit_test(limits_hold),
        cmocka_unit_test(many_problems_are_counted),        cmocka_unit_test(text_of_a_pack_cannot_drive_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
