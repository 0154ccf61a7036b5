#define _GNU_SOURCE
#include "cmd/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "pipeline/pipeline.h" /* the names of the formats */

#define ONLY(ID) (1u << VERB_##ID)
/* `diff` is a way to run `check`. */
#define ON(ID) (ONLY(ID) | (VERB_##ID == VERB_CHECK ? ONLY(DIFF) : 0u))
#define ON_ALL ((1u << VERB_COUNT) - 1)

const cmd_verb_row cmd_verbs[VERB_COUNT] = {
#define VERB(ID, name, arguments, summary, text) {name, arguments, summary, text},
#include "cmd/verbs.def"
#undef VERB
};

const cmd_opt_row cmd_opts[OPT_COUNT] = {
#define OPT(ID, name, letter, argument, choices, verbs, group, help) \
    {name, letter, argument, choices, verbs, group, help},
#include "cmd/options.def"
#undef OPT
};

enum { LONG_BASE = 256 }; /* getopt value of a long option: LONG_BASE + cmd_opt */

bool cmd_has(const cmd_line *l, cmd_opt o) {
    return l->opts[o].n > 0;
}

const char *cmd_str(const cmd_line *l, cmd_opt o, const char *fallback) {
    return cmd_has(l, o) ? l->opts[o].v[l->opts[o].n - 1] : fallback;
}

long cmd_num(const cmd_line *l, cmd_opt o, long fallback) {
    return cmd_has(l, o) ? strtol(cmd_str(l, o, "0"), NULL, 10) : fallback;
}

/* Position of `word` in "a|b|c", -1 when it is none of them. */
static int choice_index(const char *choices, const char *word) {
    size_t len = strlen(word);
    int i = 0;
    for (const char *c = choices; *c; i++) {
        size_t n = strcspn(c, "|");
        if (n == len && memcmp(c, word, n) == 0) return i;
        c += n + (c[n] == '|');
    }
    return -1;
}

bool cmd_choice_known(const char *choices, const char *word) {
    return choice_index(choices, word) >= 0;
}

int cmd_choice(const cmd_line *l, cmd_opt o, int fallback) {
    return cmd_has(l, o) ? choice_index(cmd_opts[o].choices, cmd_str(l, o, "")) : fallback;
}

bool cmd_is_number(const char *s) {
    size_t n = strspn(s, "0123456789");
    return n > 0 && n <= 9 && !s[n];
}

static bool check_value(const cmd_opt_row *row, const char *verb, const char *value, ll_err *err) {
    if (!row->choices || row->choices[0] == '@') {
        if (value[0]) return true;
        return ll_fail(err, LL_E_USAGE, "%s: --%s needs a %s, not an empty word", verb, row->name, row->argument);
    }
    if (row->choices[0] == '#') {
        if (cmd_is_number(value)) return true;
        return ll_fail(err, LL_E_USAGE, "%s: --%s needs a number, not '%s'", verb, row->name, value);
    }
    if (choice_index(row->choices, value) >= 0) return true;
    return ll_fail(err, LL_E_USAGE, "%s: --%s cannot be '%s'; use one of %s", verb, row->name, value, row->choices);
}

static bool take_option(ll_arena *a, cmd_line *out, cmd_opt o, int argc, const char *value, ll_err *err) {
    const cmd_opt_row *row = &cmd_opts[o];
    if (row->argument && !check_value(row, cmd_verbs[out->verb].name, value, err)) return false;
    struct cmd_values *values = &out->opts[o];
    if (!values->v) values->v = LL_NEWN(a, const char *, argc);
    values->v[values->n++] = value ? value : "";
    return true;
}

static cmd_opt option_of_letter(int letter) {
    cmd_opt o = 0;
    while (o < OPT_COUNT && cmd_opts[o].letter != letter) o++;
    return o;
}

static bool unknown_option(ll_arena *a, cmd_verb verb, const char *word, ll_err *err) {
    const char *name = ll_strndup(a, word + 2, strcspn(word + 2, "="));
    const char *names[OPT_COUNT];
    for (cmd_opt o = 0; o < OPT_COUNT; o++) {
        const cmd_opt_row *row = &cmd_opts[o];
        names[o] = row->verbs >> verb & 1 ? row->name : NULL;
        if (names[o] || strcmp(row->name, name) != 0) continue;
        cmd_verb other = 0;
        while (!(row->verbs >> other & 1)) other++;
        return ll_fail(err, LL_E_USAGE, "%s: option --%s belongs to 'lifelint %s'", cmd_verbs[verb].name, name,
                       cmd_verbs[other].name);
    }
    const char *near = ll_nearest(name, names, OPT_COUNT);
    if (near)
        return ll_fail(err, LL_E_USAGE, "%s: unknown option '--%s'; did you mean '--%s'?", cmd_verbs[verb].name, name,
                       near);
    return ll_fail(err, LL_E_USAGE, "%s: unknown option '--%s'; 'lifelint help %s' lists them", cmd_verbs[verb].name,
                   name, cmd_verbs[verb].name);
}

/* What getopt_long refused: `result` is '?' or ':', `word` the argument it stood in. */
static bool refused(ll_arena *a, cmd_verb verb, int result, const char *word, ll_err *err) {
    const char *name = cmd_verbs[verb].name;
    cmd_opt o = optopt >= LONG_BASE ? (cmd_opt)(optopt - LONG_BASE) : option_of_letter(optopt);
    if (result == ':')
        return ll_fail(err, LL_E_USAGE, "%s: --%s needs a value: %s", name, cmd_opts[o].name, cmd_opts[o].argument);
    if (optopt >= LONG_BASE) return ll_fail(err, LL_E_USAGE, "%s: --%s takes no value", name, cmd_opts[o].name);
    if (optopt) return ll_fail(err, LL_E_USAGE, "%s: unknown option '-%c'; compiler flags go after '--'", name, optopt);
    return unknown_option(a, verb, word, err);
}

static void build_tables(cmd_verb verb, struct option *longs, char *shorts) {
    size_t nlong = 0, nshort = 0;
    shorts[nshort++] = ':'; /* a missing value gives ':' and not a message of getopt's own */
    for (cmd_opt o = 0; o < OPT_COUNT; o++) {
        const cmd_opt_row *row = &cmd_opts[o];
        if (!(row->verbs >> verb & 1)) continue;
        longs[nlong++] =
            (struct option){row->name, row->argument ? required_argument : no_argument, NULL, LONG_BASE + (int)o};
        if (!row->letter) continue;
        shorts[nshort++] = row->letter;
        if (row->argument) shorts[nshort++] = ':';
    }
    longs[nlong] = (struct option){0};
    shorts[nshort] = 0;
}

static bool parse_options(ll_arena *a, int argc, char **argv, cmd_line *out, ll_err *err) {
    struct option longs[OPT_COUNT + 1];
    char shorts[2 * OPT_COUNT + 2];
    build_tables(out->verb, longs, shorts);
    opterr = 0;
    optind = 0; /* glibc: start afresh, a second parse in one process included */
    for (int got; (got = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        if (got == '?' || got == ':') return refused(a, out->verb, got, argv[optind - 1], err);
        cmd_opt o = got >= LONG_BASE ? (cmd_opt)(got - LONG_BASE) : option_of_letter(got);
        if (!take_option(a, out, o, argc, optarg, err)) return false;
    }
    out->args = LL_NEWN(a, const char *, argc);
    for (int i = optind; i < argc; i++) out->args[out->nargs++] = argv[i];
    return true;
}

static bool find_verb(const char *word, cmd_verb *out, ll_err *err) {
    const char *names[VERB_COUNT];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) word = "help";
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) word = "version";
    for (cmd_verb v = 0; v < VERB_COUNT; v++) {
        names[v] = cmd_verbs[v].name;
        if (strcmp(names[v], word) != 0) continue;
        *out = v;
        return true;
    }
    if (word[0] == '-')
        return ll_fail(err, LL_E_USAGE, "'%s' stands before the verb; write 'lifelint VERB %s', verbs: lifelint help",
                       word, word);
    const char *near = ll_nearest(word, names, VERB_COUNT);
    if (near) return ll_fail(err, LL_E_USAGE, "unknown verb '%s'; did you mean '%s'?", word, near);
    return ll_fail(err, LL_E_USAGE, "unknown verb '%s'; 'lifelint check' analyses, 'lifelint help' lists the verbs",
                   word);
}

bool cmd_parse(ll_arena *a, int argc, char **argv, cmd_line *out, ll_err *err) {
    *out = (cmd_line){.verb = VERB_HELP};
    if (argc < 2) return true;
    if (!find_verb(argv[1], &out->verb, err)) return false;
    int end = 2;
    while (end < argc && strcmp(argv[end], "--") != 0) end++;
    /* getopt permutes and wants a NULL at the end, so it gets a copy: the verb in the place of argv[0]. */
    char **own = memcpy(LL_NEWN(a, char *, end), argv + 1, sizeof *argv * (size_t)(end - 1));
    if (!parse_options(a, end - 1, own, out, err)) return false;
    if (end < argc) {
        if (out->verb != VERB_CHECK && out->verb != VERB_IR && out->verb != VERB_GEN && out->verb != VERB_FACTS)
            return ll_fail(err, LL_E_USAGE, "%s: takes no compiler flags ('--')", cmd_verbs[out->verb].name);
        out->has_flags = true;
        out->flags = LL_NEWN(a, const char *, argc);
        for (int i = end + 1; i < argc; i++) out->flags[out->nflags++] = argv[i];
    }
    if (cmd_has(out, OPT_HELP)) {
        const char *name = cmd_verbs[out->verb].name;
        *out = (cmd_line){.verb = VERB_HELP, .args = LL_NEW(a, const char *), .nargs = 1};
        out->args[0] = name;
    }
    return true;
}
