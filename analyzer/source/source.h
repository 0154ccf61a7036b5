/* What to read: from a compilation database, file arguments and excludes to a list of units with clean flags.
 *
 * The analysed repository is not trusted. Nothing of it is run; of a compiler command only what flags.def
 * lists reaches the parser, and files that flags name are read only inside the project or the system's
 * include directories. Whatever is left out is counted in src_notes and said once. All results live in the
 * arena given. Paths in results are absolute and lexically normal. */
#ifndef LL_SOURCE_H
#define LL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/bytes.h"
#include "base/err.h"
#include "source/overlay.h"

typedef struct src_words {
    const char **v;
    uint32_t n, cap;
} src_words;

/* ---- notes.c: what was left out, counted by kind; one line a kind ---- */

typedef enum src_note_kind {
#define SRC_NOTE(NAME, one, many) SRC_NOTE_##NAME,
#include "source/notes.def"
#undef SRC_NOTE
    SRC_NOTE_COUNT
} src_note_kind;

typedef struct src_notes {
    ll_arena *arena; /* set it before the first src_note */
    struct {
        uint32_t count;
        src_words examples; /* distinct, the first few */
    } v[SRC_NOTE_COUNT];
} src_notes;

/* `notes` may be NULL. */
void src_note(src_notes *notes, src_note_kind kind, const char *example);
/* One line a kind that occurred, in the order of notes.def. */
void src_notes_lines(ll_arena *a, const src_notes *notes, src_words *lines);

/* ---- kind.c ---- */

typedef enum src_kind { SRC_C, SRC_CXX, SRC_HEADER, SRC_ASM, SRC_OTHER } src_kind;

/* By extension; SRC_OTHER: not C or C++. `.h` is SRC_HEADER whatever the language. */
src_kind src_kind_of(const char *path);

/* ---- words.c: a command line as words ---- */

/* Splits as POSIX sh does where no expansion takes place: blanks, backslash, '...', "...". False: a quote is
 * not closed. */
bool src_split(ll_arena *a, const char *text, size_t n, src_words *out);

/* ---- looks.c: what a plan asks the disk besides the database ---- */

/* Which paths are files or directories, and what they are with symbolic links followed: each is asked once. As long as
 * the database and these answers are the same, so is the plan. */
typedef struct src_looks src_looks;
src_looks *src_looks_new(void);
void src_looks_free(src_looks *l);
/* As ll_is_file, ll_is_dir, ll_path_real. `l` NULL: asked anew, and not noted. */
bool src_look_is_file(src_looks *l, const char *path);
bool src_look_is_dir(src_looks *l, const char *path);
const char *src_look_real(src_looks *l, ll_arena *a, const char *path);
/* The plan rests on more than such answers: the text of a file. */
void src_looks_lose(src_looks *l);
/* Questions and answers as bytes; false: that is not all. */
bool src_looks_write(const src_looks *l, ll_strbuf *out);
/* Whether the disk would answer the same now. */
bool src_looks_hold(ll_reader *in);

/* Where files that commands name may be read. */
typedef struct src_trust {
    const char *root;  /* project root, absolute */
    const char *build; /* directory of the database, or NULL */
    src_looks *looks;  /* or NULL */
} src_trust;

/* True when `path`, symbolic links followed, lies in the project, the build directory or (`system`) a
 * system include directory. */
bool src_trusted(ll_arena *a, const src_trust *trust, const char *path, bool system);
/* Replaces each @file by the words of that file, relative to `dir`, nested ones too. Files that are missing, outside
 * the project, too large or nested too deeply are dropped with a note. */
void src_expand_response(ll_arena *a, const src_trust *trust, const char *dir, src_words *words, src_notes *notes);

/* ---- compdb.c, find.c ---- */

typedef struct src_entry {
    const char *file; /* absolute */
    const char *real; /* symbolic links followed */
    const char *dir;  /* absolute; exists or not */
    src_words argv;   /* as written; argv.v[0] is the compiler or a launcher */
    uint32_t number;  /* 1-based place in the database */
    src_kind kind;
    bool exists;
} src_entry;

typedef struct src_db {
    const char *path, *dir; /* the file and its directory, absolute */
    LL_ARRAY(src_entry) entries;
} src_db;

/* Finds compile_commands.json. `build_dir` (a directory or the file itself) when given, else ".", build directories
 * in it, then upwards from the first file (NULL: from `cwd`) to the top of the project: every directory itself, and the
 * build directories of those that a build system or a version control marks. False: the message says how to make one.
 */
bool src_db_find(ll_arena *a, const char *cwd, const char *build_dir, const char *first_file, const char **path,
                 src_notes *notes, ll_err *err);
/* Reads and validates the database; `looks` may be NULL. Entries that cannot be used are left out with a note; false
 * (LL_E_INPUT) when it cannot be read, is not a database or has nothing usable. */
bool src_db_load(ll_arena *a, const char *path, src_looks *looks, src_db *out, src_notes *notes, ll_err *err);
/* The same for text in memory; `path` (absolute) is where relative directories start. */
bool src_db_parse(ll_arena *a, const char *path, const char *text, size_t n, src_looks *looks, src_db *out,
                  src_notes *notes, ll_err *err);

/* ---- flags.c, compiler.c ---- */

typedef struct src_flags {
    src_words args; /* for libclang: no compiler, no file, paths absolute */
    src_kind kind;  /* language after -x and the compiler's name: SRC_C, SRC_CXX, or SRC_ASM/SRC_OTHER: not ours */
} src_flags;

/* Cleans a command. argv.v[0] is the compiler; launchers before it and the name of `file` are dropped. */
void src_flags_clean(ll_arena *a, const src_trust *trust, const char *dir, const char *file, const src_words *argv,
                     src_flags *out, src_notes *notes);
/* Whether every word is one that src_flags_clean may give: for flags that were kept where others can write. */
bool src_flags_are_clean(const char *const *args, uint32_t nargs);
/* Of cleaned flags only those without which nothing parses: includes, macros, language. For a second try when the
 * compiler library refuses a unit altogether. */
void src_flags_essential(ll_arena *a, const char *const *args, uint32_t nargs, src_words *out);
/* The word of argv that is the compiler, behind ccache, distcc and the like; argv->n when there is none. */
uint32_t src_compiler_word(const src_words *argv);
/* "arm-none-eabi" of "/opt/bin/arm-none-eabi-gcc-12"; NULL for the machine's own compiler. */
const char *src_compiler_target(ll_arena *a, const char *compiler);
bool src_compiler_is_cxx(const char *compiler);

/* ---- match.c ---- */

/* gitignore's pattern language: `*` `?` `[a-z]` stop at a slash, `**` does not; a slash in front or inside ties the
 * pattern to the root, one at the end makes it match directories only; `!` takes back. `path` is relative. A file is
 * excluded when the last pattern that matches it or a directory above it says so. */
bool src_excluded(const char *const *patterns, uint32_t n, const char *path);
bool src_glob(const char *pattern, const char *text);

/* ---- headers.c ---- */

/* The entry through which a header is analysed: one that includes it, best the one of the same name. NULL: none was
 * found in bounded work. Reads sources for their #include lines; `headers` keeps what was read for the next call. */
typedef struct src_headers src_headers;
src_headers *src_headers_new(ll_arena *a, const src_db *db, const src_trust *trust);
void src_headers_free(src_headers *h); /* what src_unit_for_header returned stays */
const src_entry *src_unit_for_header(src_headers *h, const char *header);

/* ---- plan.c: the whole stage ---- */

/* A file that is read with the command of another one when the database has none for it. */
typedef struct src_stand_in {
    const char *file, *like; /* absolute; like NULL: any file of its kind in its directory */
} src_stand_in;

typedef struct src_unit {
    const char *file, *dir;
    const char *const *args;
    uint32_t nargs;
    src_kind kind;      /* SRC_C or SRC_CXX */
    uint32_t number;    /* of the entry in the database; 0: flags of the command line */
    const char *header; /* the header for whose sake the unit is read, or NULL */
    bool guessed;       /* the command is that of another file */
} src_unit;

typedef struct src_options {
    const char *cwd;       /* absolute */
    const char *root;      /* project root, absolute; excludes are relative to it */
    const char *build_dir; /* -p, or NULL */
    const char *const *files, *const *excludes, *const *flags;
    uint32_t nfiles, nexcludes, nflags;
    bool has_flags;          /* files are single units with these flags; no database */
    bool all_configurations; /* every distinct command of a file, not only the one that sorts first */
    const src_overlay *view; /* what files there are; NULL: the disk */
    const src_stand_in *stand_ins;
    uint32_t nstand_ins;
    src_looks *looks; /* notes what the disk is asked; NULL: nobody wants to know. Complete for plans of the disk that
                         name no files and have a database */
} src_options;

typedef struct src_plan {
    const char *db_path; /* NULL: none was used */
    LL_ARRAY(src_unit) units;
    src_notes notes;
    bool whole; /* no file arguments narrowed it */
} src_plan;

/* False: nothing can be analysed, and how to mend it (LL_E_INPUT, LL_E_USAGE). Notes are there either way. */
bool src_plan_make(ll_arena *a, const src_options *opt, src_plan *out, ll_err *err);

#endif
