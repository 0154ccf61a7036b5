/* What the files of behind.h share. */
#ifndef LL_PIPELINE_BEHIND_INSIDE_H
#define LL_PIPELINE_BEHIND_INSIDE_H

#include <uthash.h>

#include "frontend/prefix.h"
#include "frontend/prefix_text.h"
#include "pipeline/behind.h"

enum { BEHIND_MAX_FILES = 768, BEHIND_WORDS = BEHIND_MAX_FILES / 64 };

/* Files of the system, by number. */
typedef struct file_set {
    uint64_t v[BEHIND_WORDS];
} file_set;

static inline void file_set_add(file_set *s, uint32_t file) {
    s->v[file / 64] |= 1ULL << (file % 64);
}

static inline bool file_set_has(const file_set *s, uint32_t file) {
    return s->v[file / 64] >> (file % 64) & 1;
}

/* Whether those were not all there. */
static inline bool file_set_add_all(file_set *to, const file_set *from) {
    bool more = false;
    for (uint32_t i = 0; i < BEHIND_WORDS; i++) {
        more |= (from->v[i] & ~to->v[i]) != 0;
        to->v[i] |= from->v[i];
    }
    return more;
}

typedef LL_ARRAY(uint16_t) file_list;

static inline void file_set_add_list(file_set *to, const file_list *from) {
    for (uint32_t i = 0; i < from->n; i++) file_set_add(to, from->v[i]);
}

static inline bool file_set_has_any(const file_set *s, const file_list *of) {
    for (uint32_t i = 0; i < of->n; i++)
        if (file_set_has(s, of->v[i])) return true;
    return false;
}

typedef struct word {
    UT_hash_handle hh;
    const char *text;
    file_list macros, names, mentions; /* files of the system whose text defines, declares, mentions it */
    file_list defines;                 /* those that the compiler has seen define it */
    bool undefined;                    /* one undefines it */
    uint32_t used, member, defined;    /* the last segment that had it so */
    uint32_t defined_by;               /* the last unit that came to a definition, or to an #undef */
    uint32_t surely_by, undefined_by;  /* to a definition under no condition; to an #undef */
} word;

/* What stands between two includes. */
typedef struct segment {
    LL_ARRAY(word *) uses, members, defines;
    LL_ARRAY(word *) undefines; /* of defines */
    bool resolved;
    file_set macros, mentions; /* of all these words; mentions: of the defined ones */
    LL_ARRAY(word *) names;    /* of uses: those that some file declares */
} segment;

typedef struct behind_text behind_text;

typedef struct event {
    fe_text_kind kind; /* FE_TEXT_WORD: a segment */
    segment *segment;
    const char *text; /* of an include: its name; of a condition, "ifdef X" */
    bool quoted, inside, of_library;
    const char *place; /* where it was looked for last, and what was found */
    behind_text *found;
} event;

struct behind_text {
    UT_hash_handle hh;
    const char *path, *folder;
    LL_ARRAY(event) events;
    const word *guard;      /* NULL: none */
    bool once;              /* read once, by a guard or a pragma */
    uint32_t sure, perhaps; /* the last units that came here, surely or under a condition */
    bool active;
};

typedef struct known_header {
    UT_hash_handle hh;
    const char *name;
    bool usable;      /* all of it is the system's, and has been read */
    file_set files;   /* that it surely includes */
    file_set perhaps; /* and all that these may, in whatever branch */
} known_header;

typedef struct given_macro {
    UT_hash_handle hh;
    const word *word;
} given_macro;

/* What the system's headers mean to some units. */
typedef struct behind_setting {
    UT_hash_handle hh;
    const char *key;
    const behind_unit *like;
    uint32_t units;
    known_header *headers;
    struct given_macro *given; /* before any header of the system */
    bool asked;                /* the compiler has answered */
} behind_setting;

/* What stands behind #include in files of the system, and which of those it can lead to. */
typedef struct system_name {
    UT_hash_handle hh;
    const char *text;
    file_set files;
} system_name;

typedef struct system_file {
    UT_hash_handle hh;
    const char *path;
    uint16_t number;
    bool readable, guarded;
    LL_ARRAY(system_name *) includes;
    file_set perhaps;
} system_file;

struct behind {
    ll_arena *a;
    search_dirs *dirs;
    search_list system;
    word *words;
    behind_text *texts;
    behind_setting *settings;
    system_file *files;
    system_name *names;
    uint32_t segments, units;
};

/* Of the identifier, or number, at p; 0: none. */
size_t behind_word_length(const char *p);
word *behind_word(behind *b, const char *s, size_t n, bool add);
/* The text of a file, or of source[0..n) when that is not NULL. NULL: it cannot be read. */
behind_text *behind_text_at(behind *b, const char *path);
behind_text *behind_text_of(behind *b, const char *path, const char *source, size_t n);
void behind_resolve(behind *b, segment *s);
/* Whether a condition holds ("ifdef X", "elif X > 1") where these files were surely included and nothing since
 * that defines a word whose defined_by is `unit`. */
typedef enum truth { NOT, MAYBE, YES } truth;
truth behind_holds(behind *b, const behind_setting *s, const file_set *seen, uint32_t unit, const char *condition);
known_header *behind_header(behind *b, behind_setting *s, const char *name, bool add);

#endif
