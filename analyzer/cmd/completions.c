/* Completions for bash, zsh and fish. All three complete verbs first, then the verb's options, and after an
 * option that takes a value its choices, files or directories. */
#include <string.h>

#include "cmd/pages.h"

static bool for_verb(cmd_opt o, cmd_verb v) {
    return cmd_opts[o].verbs >> v & 1;
}
static bool has_words(const cmd_opt_row *row) {
    return row->choices && !strchr("#@", row->choices[0]);
}

static void add_words(ll_strbuf *out, const char *choices) {
    for (const char *p = choices; *p; p++) ll_sb_addc(out, *p == '|' ? ' ' : *p);
}

static void add_verbs(ll_strbuf *out) {
    for (cmd_verb v = 0; v < VERB_COUNT; v++) ll_sb_printf(out, "%s%s", v ? " " : "", cmd_verbs[v].name);
}

static void bash(ll_strbuf *out) {
    ll_sb_add(out,
              "# bash completion for lifelint\n"
              "_lifelint() {\n"
              "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} options=\n"
              "    COMPREPLY=()\n"
              "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        COMPREPLY=($(compgen -W \"");
    add_verbs(out);
    ll_sb_add(out, "\" -- \"$cur\"))\n        return\n    fi\n    case $prev in\n");
    for (cmd_opt o = 0; o < OPT_COUNT; o++) {
        const cmd_opt_row *row = &cmd_opts[o];
        if (!row->argument) continue;
        ll_sb_printf(out, "    --%s", row->name);
        if (row->letter) ll_sb_printf(out, "|-%c", row->letter);
        ll_sb_add(out, ") ");
        if (has_words(row)) {
            ll_sb_add(out, "COMPREPLY=($(compgen -W \"");
            add_words(out, row->choices);
            ll_sb_add(out, "\" -- \"$cur\")); ");
        } else if (row->choices && row->choices[0] == '@') {
            ll_sb_printf(out, "COMPREPLY=($(compgen -%c -- \"$cur\")); ", row->choices[1] == 'd' ? 'd' : 'f');
        }
        ll_sb_add(out, "return ;;\n");
    }
    ll_sb_add(out, "    esac\n    case ${COMP_WORDS[1]} in\n");
    for (cmd_verb v = 0; v < VERB_COUNT; v++) {
        ll_sb_printf(out, "    %s) options=\"", cmd_verbs[v].name);
        if (v == VERB_RULES) ll_sb_add(out, "list show check test ");
        if (v == VERB_HELP) {
            add_verbs(out);
            ll_sb_addc(out, ' ');
        }
        for (cmd_opt o = 0; o < OPT_COUNT; o++)
            if (for_verb(o, v)) ll_sb_printf(out, "--%s ", cmd_opts[o].name);
        ll_sb_add(out, "\" ;;\n");
    }
    ll_sb_add(out,
              "    esac\n"
              "    COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
              "    case $cur in -*) ;; *) COMPREPLY+=($(compgen -f -- \"$cur\")) ;; esac\n"
              "}\n"
              "complete -o filenames -F _lifelint lifelint\n");
}

/* Inside '...' of zsh's _arguments and of fish: a quote ends the word, brackets and colons mean something to zsh. */
static void quoted(ll_strbuf *out, const char *text, const char *escape) {
    for (const char *p = text; *p; p++) {
        if (*p == '\'')
            ll_sb_add(out, "'\\''");
        else if (strchr(escape, *p))
            ll_sb_printf(out, "\\%c", *p);
        else
            ll_sb_addc(out, *p);
    }
}

static void zsh_option(ll_strbuf *out, const cmd_opt_row *row, const char *spelling) {
    ll_sb_printf(out, "            '*%s[", spelling);
    quoted(out, row->help, "[]:");
    ll_sb_addc(out, ']');
    if (row->argument) {
        ll_sb_printf(out, ":%s:", row->argument);
        if (has_words(row)) {
            ll_sb_addc(out, '(');
            add_words(out, row->choices);
            ll_sb_addc(out, ')');
        } else if (row->choices && row->choices[0] == '@') {
            ll_sb_add(out, row->choices[1] == 'd' ? "_files -/" : "_files");
        }
    }
    ll_sb_add(out, "' \\\n");
}

static void zsh(ll_strbuf *out) {
    ll_sb_add(out,
              "#compdef lifelint\n"
              "local -a verbs\nverbs=(\n");
    for (cmd_verb v = 0; v < VERB_COUNT; v++) {
        ll_sb_printf(out, "    '%s:", cmd_verbs[v].name);
        quoted(out, cmd_verbs[v].summary, ":");
        ll_sb_add(out, "'\n");
    }
    ll_sb_add(out,
              ")\n"
              "if (( CURRENT == 2 )); then\n    _describe verb verbs\n    return\nfi\n"
              "local verb=$words[2]\nshift words\n(( CURRENT-- ))\ncase $verb in\n");
    for (cmd_verb v = 0; v < VERB_COUNT; v++) {
        ll_sb_printf(out, "    %s)\n        _arguments \\\n", cmd_verbs[v].name);
        for (cmd_opt o = 0; o < OPT_COUNT; o++) {
            if (!for_verb(o, v)) continue;
            char letter[] = {'-', cmd_opts[o].letter, 0};
            char name[64] = "--";
            strncat(name, cmd_opts[o].name, sizeof name - 3);
            zsh_option(out, &cmd_opts[o], name);
            if (cmd_opts[o].letter) zsh_option(out, &cmd_opts[o], letter);
        }
        ll_sb_add(out, v == VERB_RULES ? "            '1:what:(list show check test)' \\\n" : "");
        ll_sb_add(out, "            '*:file:_files' ;;\n");
    }
    ll_sb_add(out, "esac\n");
}

static void fish(ll_strbuf *out) {
    ll_sb_add(out, "# fish completion for lifelint\n");
    for (cmd_verb v = 0; v < VERB_COUNT; v++) {
        ll_sb_printf(out, "complete -c lifelint -n __fish_use_subcommand -f -a %s -d '", cmd_verbs[v].name);
        quoted(out, cmd_verbs[v].summary, "");
        ll_sb_add(out, "'\n");
    }
    ll_sb_add(out, "complete -c lifelint -n '__fish_seen_subcommand_from rules' -a 'list show check test'\n");
    for (cmd_opt o = 0; o < OPT_COUNT; o++) {
        const cmd_opt_row *row = &cmd_opts[o];
        ll_sb_add(out, "complete -c lifelint -n '__fish_seen_subcommand_from");
        for (cmd_verb v = 0; v < VERB_COUNT; v++)
            if (for_verb(o, v)) ll_sb_printf(out, " %s", cmd_verbs[v].name);
        ll_sb_printf(out, "' -l %s", row->name);
        if (row->letter) ll_sb_printf(out, " -s %c", row->letter);
        if (row->argument) ll_sb_add(out, row->choices && row->choices[0] == '@' ? " -r -F" : " -x");
        if (has_words(row)) {
            ll_sb_add(out, " -a '");
            add_words(out, row->choices);
            ll_sb_addc(out, '\'');
        }
        ll_sb_add(out, " -d '");
        quoted(out, row->help, "");
        ll_sb_add(out, "'\n");
    }
}

void cmd_completions(ll_strbuf *out, const char *shell) {
    if (strcmp(shell, "zsh") == 0)
        zsh(out);
    else if (strcmp(shell, "fish") == 0)
        fish(out);
    else
        bash(out);
}
