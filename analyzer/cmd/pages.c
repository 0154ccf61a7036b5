#define _POSIX_C_SOURCE 200809L
#include "cmd/pages.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 80, OPTION_COLUMN = 26 };

/* Appends `text` broken at blanks so that lines stay within WIDTH, following lines indented by `indent`. */
static void wrap(ll_strbuf *out, const char *text, size_t column, size_t indent) {
    while (*text) {
        size_t n = strcspn(text, " \n");
        if (column > indent && column + 1 + n > WIDTH) {
            ll_sb_printf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            ll_sb_addc(out, ' ');
            column++;
        }
        ll_sb_addn(out, text, n);
        column += n;
        text += n;
        if (*text == ' ') text++;
        for (; *text == '\n'; text++) {
            ll_sb_addc(out, '\n');
            column = indent;
        }
    }
    ll_sb_addc(out, '\n');
}

/* "NAME: a|b|c", broken after a bar. */
static void choices_row(ll_strbuf *out, const cmd_opt_row *row) {
    ll_sb_printf(out, "%*s%s: ", OPTION_COLUMN, "", row->argument);
    size_t indent = OPTION_COLUMN + strlen(row->argument) + 2, column = indent;
    for (const char *c = row->choices; *c;) {
        size_t n = strcspn(c, "|");
        n += c[n] == '|';
        if (column + n > WIDTH) {
            ll_sb_printf(out, "\n%*s", (int)indent, "");
            column = indent;
        }
        ll_sb_addn(out, c, n);
        column += n;
        c += n;
    }
    ll_sb_addc(out, '\n');
}

static void option_row(ll_strbuf *out, const cmd_opt_row *row) {
    char left[64];
    int n = row->letter ? snprintf(left, sizeof left, "  -%c, --%s", row->letter, row->name)
                        : snprintf(left, sizeof left, "      --%s", row->name);
    if (row->argument) n += snprintf(left + n, sizeof left - (size_t)n, " %s", row->argument);
    ll_sb_add(out, left);
    if (n + 2 > OPTION_COLUMN)
        ll_sb_printf(out, "\n%*s", OPTION_COLUMN, "");
    else
        ll_sb_printf(out, "%*s", OPTION_COLUMN - n, "");
    wrap(out, row->help, OPTION_COLUMN, OPTION_COLUMN);
    if (row->choices && !strchr("#@", row->choices[0])) choices_row(out, row);
}

static void exit_classes(ll_strbuf *out) {
    ll_sb_add(out,
              "\nExit status:\n"
              "  0  nothing at or above --fail-on      3  some units could not be analysed\n"
              "  1  such findings                      4  internal error\n"
              "  2  usage, configuration or rule error 128+n  ended by signal n\n");
}

void cmd_help_verb(ll_strbuf *out, cmd_verb verb) {
    const cmd_verb_row *v = &cmd_verbs[verb];
    ll_sb_printf(out, "Usage: lifelint %s [OPTIONS]%s%s\n\n", v->name, v->arguments[0] ? " " : "", v->arguments);
    wrap(out, v->text, 0, 0);
    const char *group = "";
    for (cmd_opt o = 0; o < OPT_COUNT; o++) {
        if (!(cmd_opts[o].verbs >> verb & 1)) continue;
        if (strcmp(group, cmd_opts[o].group) != 0) ll_sb_printf(out, "\n%s:\n", cmd_opts[o].group);
        group = cmd_opts[o].group;
        option_row(out, &cmd_opts[o]);
    }
    if (verb == VERB_CHECK) exit_classes(out);
}

void cmd_help_overview(ll_strbuf *out) {
    ll_sb_add(out,
              "lifelint finds lifecycle bugs in C and C++: what is acquired, opened, armed or started\n"
              "and then not released, closed, stopped or joined, or released twice.\n\n"
              "Usage: lifelint VERB [OPTIONS] [ARGUMENTS]\n\nVerbs:\n");
    for (cmd_verb v = 0; v < VERB_COUNT; v++) ll_sb_printf(out, "  %-9s %s\n", cmd_verbs[v].name, cmd_verbs[v].summary);
    ll_sb_add(out,
              "\nStart with:\n"
              "  lifelint check                          a project with a compile_commands.json\n"
              "  lifelint check FILE.c -- -Iinclude      one file\n"
              "  lifelint doctor                         when something does not work\n\n"
              "'lifelint help VERB' shows a verb's options.\n");
}
