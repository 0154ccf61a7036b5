/* The man page, in roff's man macros. One page for all verbs: the options of a verb are few. */
#include <string.h>

#include "cmd/pages.h"

/* Text with what roff would read as its own escaped: backslashes, dashes, a dot or quote that begins a line. */
static void roff(ll_strbuf *out, const char *text) {
    bool line_start = true;
    for (const char *p = text; *p; p++) {
        if (line_start && (*p == '.' || *p == '\'')) ll_sb_add(out, "\\&");
        line_start = *p == '\n';
        if (*p == '\\')
            ll_sb_add(out, "\\e");
        else if (*p == '-')
            ll_sb_add(out, "\\-");
        else if (*p == '\n' && p[1] == '\n')
            ll_sb_add(out, "\n.PP\n"), p++;
        else if (*p == '\n')
            ll_sb_add(out, "\n.br\n");
        else
            ll_sb_addc(out, *p);
    }
    ll_sb_addc(out, '\n');
}

static void option(ll_strbuf *out, const cmd_opt_row *row) {
    ll_sb_add(out, ".TP\n.B ");
    if (row->letter) ll_sb_printf(out, "\\-%c\\fR, \\fB", row->letter);
    ll_sb_add(out, "\\-\\-");
    for (const char *p = row->name; *p; p++) ll_sb_add(out, (char[]){*p == '-' ? '\\' : *p, *p == '-' ? '-' : 0, 0});
    if (row->argument) ll_sb_printf(out, " \\fI%s\\fR", row->argument);
    ll_sb_addc(out, '\n');
    roff(out, row->help);
    if (!row->choices || strchr("#@", row->choices[0])) return;
    ll_sb_printf(out, ".br\n%s: ", row->argument);
    roff(out, row->choices);
}

static void verb(ll_strbuf *out, cmd_verb v) {
    const cmd_verb_row *row = &cmd_verbs[v];
    ll_sb_printf(out, ".SS lifelint %s [\\fIoptions\\fR] ", row->name);
    roff(out, row->arguments);
    roff(out, row->text);
    for (cmd_opt o = 0; o < OPT_COUNT; o++)
        if (cmd_opts[o].verbs >> v & 1 && o != OPT_HELP) option(out, &cmd_opts[o]);
}

void cmd_man_page(ll_strbuf *out) {
    ll_sb_add(out, ".TH LIFELINT 1 \"\" \"lifelint " LIFELINT_VERSION "\" \"User Commands\"\n");
    ll_sb_add(out,
              ".SH NAME\nlifelint \\- find lifecycle bugs in C and C++\n"
              ".SH SYNOPSIS\n.B lifelint\n\\fIverb\\fR [\\fIoptions\\fR] [\\fIarguments\\fR]\n"
              ".SH DESCRIPTION\n"
              "Finds what is acquired, opened, armed or started and then not released, closed, stopped or joined\n"
              "on some path, what is released twice, used after its release, or released by the wrong function.\n"
              "Rules are data; functions of the program are understood by summaries, not by their names.\n"
              ".SH VERBS\n");
    for (cmd_verb v = 0; v < VERB_COUNT; v++) verb(out, v);
    ll_sb_add(out,
              ".SH EXIT STATUS\n"
              ".TP\n.B 0\nnothing at or above the \\-\\-fail\\-on level\n"
              ".TP\n.B 1\nsuch findings\n"
              ".TP\n.B 2\nusage, configuration or rule error\n"
              ".TP\n.B 3\nsome units could not be analysed\n"
              ".TP\n.B 4\ninternal error\n"
              ".TP\n.B 128+n\nended by signal n\n"
              ".SH ENVIRONMENT\n"
              ".TP\n.B NO_COLOR\nset and not empty: no colours\n"
              ".TP\n.B CLICOLOR_FORCE\nset and not 0: colours even when the output is not a terminal\n"
              ".SH FILES\n"
              ".TP\n.I compile_commands.json\nhow each unit is compiled; made by CMake, Meson, bear and others\n"
              ".TP\n.I .lifelint.yml\noptions of every run of a project: lists \\fBexclude\\fR, \\fBrules\\fR, "
              "\\fBenable\\fR and\n"
              "\\fBdisable\\fR, words \\fBconfidence\\fR and \\fBfail\\-on\\fR; found from the folders below it, too\n"
              ".TP\n.I .lifelint/lifelint.db\nfindings of the runs (SQLite)\n");
}
