/* Rule packs: YAML in, a rule_set (rule.h) out. README for pack authors: rules/README.md.
 *
 *     rulepack_problems *bad = rulepack_problems_new();
 *     rule_set *rules = rulepack_load(&(rulepack_options){.paths = paths, .npaths = n}, bad);
 *     if (!rules) { rulepack_print_problems(bad, stderr); exit class 2 }
 *
 * A set is all or nothing: one broken pack and there is no set, but the problems of every pack are
 * listed, each as `file:line:column: what was wrong, what was expected, nearest valid word`. */
#ifndef LL_RULEPACK_H
#define LL_RULEPACK_H

#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "rulepack/rule.h"

typedef struct rulepack_problem {
    const char *file;  /* "builtin:libc.yml" for an embedded pack */
    int32_t line, col; /* 1-based; 0: the file as a whole */
    const char *text;  /* one line */
} rulepack_problem;

typedef struct rulepack_problems rulepack_problems;

rulepack_problems *rulepack_problems_new(void);
void rulepack_problems_free(rulepack_problems *p);
uint32_t rulepack_problems_count(const rulepack_problems *p);
/* Borrowed until rulepack_problems_free; in order of file, then position. */
const rulepack_problem *rulepack_problems_at(const rulepack_problems *p, uint32_t i);
void rulepack_print_problems(const rulepack_problems *p, FILE *to);
/* True when there is none; else the first as an error (LL_E_USAGE) in its one-line form. */
bool rulepack_first_problem(const rulepack_problems *p, ll_err *err);

/* Where packs come from. The base is the installed directory when it exists, else the packs inside
 * the binary. Packs found under `paths` are added to the base; one with the name of a base pack
 * (the file name without .yml) takes its place. */
typedef struct rulepack_options {
    const char *const *paths; /* --rules: files or directories (*.yml, *.yaml, not recursive) */
    uint32_t npaths;
    const char *installed_dir; /* share/lifelint/rules, or NULL */
    bool no_base;              /* only `paths` */
    bool experimental;         /* experimental rules take part; else they are only listed */
    bool solve_only;           /* without examples and what packs say of themselves: quick for the built-in packs */
    bool strict;               /* a rule without why, fix, link, cwe, two bad and two good examples is a problem */
} rulepack_options;

/* NULL when there was any problem. Free with rule_set_free; independent of options and problems. */
rule_set *rulepack_load(const rulepack_options *opt, rulepack_problems *problems);
/* XXH3-64 of the text of every pack that rulepack_load would read and of the options that choose among rules, without
 * understanding any of it; 0 when something cannot be read. */
uint64_t rulepack_sources_hash(const rulepack_options *opt);
/* One pack from memory; `name` names it and stands in messages. For tests, the editor and fuzzing. */
rule_set *rulepack_load_text(const char *name, const char *text, size_t n, const rulepack_options *opt,
                             rulepack_problems *problems);
void rule_set_free(rule_set *s);

/* Models in alphabetical order, for listings and for checks against headers. */
uint32_t rule_set_model_count(const rule_set *s);
const rule_model *rule_set_model_at(const rule_set *s, uint32_t i);

typedef struct rulepack_constant {
    const char *name;
    int64_t value;
} rulepack_constant;

/* What a pack says about itself. */
typedef struct rulepack_pack {
    const char *name, *file, *about;
    const char **headers; /* C headers that declare every function the pack names */
    uint32_t nheaders;
    const char **include_dirs; /* as written, with wildcards */
    uint32_t ninclude_dirs;
    const char **defines; /* NAME=VALUE */
    uint32_t ndefines;
    const char **packages; /* Debian packages that have the headers */
    uint32_t npackages;
    bool inferred;                /* bodies are believed before it */
    rulepack_constant *constants; /* names its conditions use */
    uint32_t nconstants;
    const char **functions; /* every function the pack names, sorted */
    uint32_t nfunctions;
} rulepack_pack;

uint32_t rule_set_pack_count(const rule_set *s);
const rulepack_pack *rule_set_pack_at(const rule_set *s, uint32_t i);

/* The pack a rule is in. */
const rulepack_pack *rulepack_pack_of(const rule_set *s, const rule *r);
/* The pack's include folders that exist, wildcards expanded, and its macros, each as one flag; allocated in `a`. */
const char **rulepack_header_flags(const rulepack_pack *p, ll_arena *a, uint32_t *n);

/* The files inside the binary: packs, and what new ones begin with ("pair.yml", one a kind). */
typedef struct rulepack_file {
    const char *file; /* "libc.yml" */
    const unsigned char *bytes;
    size_t n;
    const unsigned char *tree; /* of ytree_bytes.h; ntree 0: none */
    size_t ntree;
} rulepack_file;
extern const rulepack_file rulepack_embedded[], rulepack_templates[];
extern const size_t rulepack_embedded_count, rulepack_templates_count;
extern const rulepack_file rulepack_embedded_image; /* all of the first, compiled: its tree is of image.h */

/* new.c: a commented pack with one rule of this id and kind, whose examples hold. `file`: its name, for the comments;
 * `schema`: path or address of schema.json, for editors. False (LL_E_USAGE): `id` cannot be the id of a rule. */
bool rulepack_new(const char *id, rule_kind kind, const char *file, const char *schema, ll_strbuf *out, ll_err *err);

/* rules/schema.json: JSON Schema (draft 2020-12) of a pack, from the table the loader uses. */
void rulepack_write_schema(ll_strbuf *out);

/* Text of the verbs `rules list` and `rules show`. */
void rulepack_list(const rule_set *s, ll_strbuf *out);
void rulepack_show(const rule_set *s, const rule *r, ll_strbuf *out);
/* `rules show FUNCTION`: what all packs together say about one function. */
void rulepack_show_model(const rule_model *m, ll_strbuf *out);
/* doc.c: the reference in Markdown: one page a rule, and the index that leads to them (pages are <id>.md beside it). */
void rulepack_doc_page(const rule_set *s, const rule *r, ll_strbuf *out);
void rulepack_doc_index(const rule_set *s, ll_strbuf *out);
/* What a reported id says beyond its rule; NULL for DEFECT_OTHER. */
const char *rule_defect_meaning(rule_defect d);
/* An example as readers see it: the marks of the tests become remarks, `// reported: ID`. */
void rulepack_put_example(const char *code, ll_strbuf *out);
/* What a function does, after its name: "release argument 1, null allowed". */
void rulepack_put_effect(const rule_effect *e, ll_strbuf *out);
/* One condition or place in words: "result >= 0", "argument 2 == 0"; "*argument 1". */
void rulepack_put_cond(const rule_cond *c, ll_strbuf *out);
void rulepack_put_where(const rule_where *w, ll_strbuf *out);
/* Nearest rule id to a mistyped one, or NULL. */
const char *rulepack_nearest_rule(const rule_set *s, const char *id);

const char *rule_kind_name(rule_kind k);
const char *rule_severity_name(rule_severity s);
const char *rule_effect_name(rule_effect_kind k);

#endif
