/* The command line as data: verbs and options come from verbs.def and options.def, and everything that
 * names them (parser, help, man page, completions) is made from these two tables. */
#ifndef LL_CMD_OPTIONS_H
#define LL_CMD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

typedef enum cmd_verb {
#define VERB(ID, name, arguments, summary, text) VERB_##ID,
#include "cmd/verbs.def"
#undef VERB
    VERB_COUNT
} cmd_verb;

typedef enum cmd_opt {
#define OPT(ID, ...) OPT_##ID,
#include "cmd/options.def"
#undef OPT
    OPT_COUNT
} cmd_opt;

typedef struct cmd_verb_row {
    const char *name, *arguments, *summary, *text;
} cmd_verb_row;

typedef struct cmd_opt_row {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* NULL: a switch */
    const char *choices;  /* see options.def */
    uint32_t verbs;       /* bit set of cmd_verb */
    const char *group, *help;
} cmd_opt_row;

extern const cmd_verb_row cmd_verbs[VERB_COUNT];
extern const cmd_opt_row cmd_opts[OPT_COUNT];

/* One parsed command line. Strings are borrowed from argv. */
typedef struct cmd_line {
    cmd_verb verb;
    struct cmd_values {
        const char **v;
        const char **where; /* "file:line:column" of those from the configuration, else NULL; may be NULL as a whole */
        uint32_t n;
    } opts[OPT_COUNT]; /* switches count in n */
    const char **args; /* what is neither option nor flag */
    uint32_t nargs;
    const char **flags; /* after "--" */
    uint32_t nflags;
    bool has_flags;                          /* there was a "--", perhaps with nothing after it */
    const struct suppress_entries *suppress; /* of the configuration, or NULL */
    const char *config;                      /* its path, absolute, or NULL: there is none, or it is not heeded */
} cmd_line;

/* Parses argv[1..]. False: one line in err (LL_E_USAGE) that names the nearest valid word.
 * `--help` after a verb gives the verb HELP with the verb's name as argument. */
bool cmd_parse(ll_arena *a, int argc, char **argv, cmd_line *out, ll_err *err);

bool cmd_has(const cmd_line *l, cmd_opt o);
/* The last value given, or `fallback`. */
const char *cmd_str(const cmd_line *l, cmd_opt o, const char *fallback);
/* The last value of a "#" option; the parser has checked that it is a number. */
long cmd_num(const cmd_line *l, cmd_opt o, long fallback);
/* Whether a word is a number that a "#" option takes. */
bool cmd_is_number(const char *s);
/* Whether `word` is one of "a|b|c". */
bool cmd_choice_known(const char *choices, const char *word);
/* Which word of the row's choices was given: 0 for the first; `fallback` when the option is absent. */
int cmd_choice(const cmd_line *l, cmd_opt o, int fallback);

#endif
