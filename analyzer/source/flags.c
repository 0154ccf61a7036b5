/* A compiler command, cleaned for libclang.
 *
 * Two reasons to drop a flag: it is not ours to obey (plugins, outputs, wrappers: an untrusted repository wrote it),
 * or libclang would refuse the unit or complain about it (gcc's own flags, another language's standard). The table
 * says what may pass; the code here is what the rows with a special action do. */
#include "source/flags.h"

#include <ctype.h>
#include <string.h>

#include "base/sys.h"

typedef enum flag_form { ALONE, JOINED, NEXT, EITHER } flag_form;
typedef enum flag_action {
    KEEP,
    SKIP,
    UNSAFE,
    DIR,
    FORCED,
    MACRO,
    NOSTDINC,
    WP,
    LANG,
    STD,
    PLAN9,
    CONLY,
    TARGET,
    ARCH,
    CPU,
    X86,
    OTHERCPU,
    XCLANG
} flag_action;

typedef struct flag_row {
    const char *spelling;
    size_t len;
    flag_form form;
    flag_action action;
} flag_row;

static const flag_row rows[] = {
#define FLAG(spelling, form, action) {spelling, sizeof spelling - 1, form, action},
#include "source/flags.def"
#undef FLAG
};

typedef struct cleaner {
    ll_arena *arena;
    const src_trust *trust;
    const char *dir;
    const src_words *in;
    uint32_t i; /* next word of in */
    src_words *out;
    src_words deferred; /* pairs of flag and value that are decided when language and target are known */
    const char *target, *language, *standard;
    src_notes *notes;
} cleaner;

/* The second letter of each spelling: few rows are looked at. */
static const char letters[] = {
#define FLAG(spelling, form, action) spelling[1],
#include "source/flags.def"
#undef FLAG
};

static bool row_matches(const flag_row *r, const char *w) {
    if (strncmp(w, r->spelling, r->len) != 0) return false;
    return r->form == JOINED || r->form == EITHER || !w[r->len];
}

static const flag_row *find_flag(const char *w) {
    const flag_row *best = NULL;
    const char *end = letters + sizeof letters;
    for (const char *at = letters; (at = memchr(at, w[1], (size_t)(end - at))); at++) {
        const flag_row *r = &rows[at - letters];
        if ((!best || r->len > best->len) && row_matches(r, w)) best = r;
    }
    return best;
}

static void put(cleaner *c, const char *word) {
    LL_PUSH(c->arena, c->out, word);
}

/* A flag with its value, in one word where the flag takes it so. */
static void put_value(cleaner *c, const flag_row *r, const char *value) {
    if (r->form == JOINED || (r->form == EITHER && r->len == 2)) {
        put(c, ll_printf(c->arena, "%s%s", r->spelling, value));
        return;
    }
    put(c, r->spelling);
    put(c, value);
}

static void defer(cleaner *c, const char *word, const char *value) {
    LL_PUSH(c->arena, &c->deferred, word);
    LL_PUSH(c->arena, &c->deferred, value);
}

static bool gcc_builtin_dir(const char *path) {
    return strstr(path, "/lib/gcc") && (strstr(path, "/include") != NULL);
}

/* gcc's own headers (intrinsics in gcc's builtins) do not parse; libclang brings its own. */
static void put_dir(cleaner *c, const flag_row *r, const char *value) {
    if (!*value || strcmp(value, "-") == 0) return;
    const char *path = value[0] == '=' ? value : ll_path_abs(c->arena, c->dir, value);
    size_t n = strlen(path);
    bool plain = strstr(path, "/include/c++") == NULL;
    if (plain && gcc_builtin_dir(path) &&
        (strcmp(path + n - 8, "/include") == 0 || (n > 14 && strcmp(path + n - 14, "/include-fixed") == 0)))
        return;
    put_value(c, r, path);
}

/* Where the compiler would find a forced include: the working directory, then the include path. */
static const char *find_include(const cleaner *c, const char *name) {
    const char *path = ll_path_abs(c->arena, c->dir, name);
    if (name[0] == '/' || src_look_is_file(c->trust->looks, path)) return path;
    for (uint32_t i = 0; i < c->in->n; i++) {
        const char *w = c->in->v[i];
        const flag_row *r = w[0] == '-' ? find_flag(w) : NULL;
        if (!r || r->action != DIR) continue;
        const char *value = w[r->len] ? w + r->len : i + 1 < c->in->n ? c->in->v[i + 1] : "";
        path = ll_path_join(c->arena, ll_path_abs(c->arena, c->dir, value), name);
        if (src_look_is_file(c->trust->looks, path)) return path;
    }
    return NULL;
}

static void put_forced_include(cleaner *c, const flag_row *r, const char *value) {
    const char *path = find_include(c, value);
    if (path ? !src_trusted(c->arena, c->trust, path, true) : strstr(value, "..") != NULL)
        src_note(c->notes, SRC_NOTE_INCLUDE_OUTSIDE, value);
    else
        put_value(c, r, path ? path : value);
}

static void put_macro(cleaner *c, const flag_row *r, const char *value) {
    if (strncmp(value, "_FORTIFY_SOURCE", 15) != 0) put_value(c, r, value);
}

/* -Wp,a,b,c: words for the preprocessor; only macros and include directories among them are of use. */
static void unwrap_preprocessor(cleaner *c, const char *list) {
    while (*list) {
        size_t n = strcspn(list, ",");
        const char *w = ll_strndup(c->arena, list, n);
        const flag_row *r = w[0] == '-' && n > 2 ? find_flag(w) : NULL;
        if (r && r->action == MACRO) put_macro(c, r, w + r->len);
        if (r && r->action == DIR) put_dir(c, r, w + r->len);
        list += n + (list[n] == ',');
    }
}

/* CMake's precompiled headers come as -Xclang -include -Xclang FILE (kept) and -Xclang -include-pch -Xclang FILE. */
static void unwrap_xclang(cleaner *c, const char *inner) {
    const src_words *in = c->in;
    bool paired = c->i + 1 < in->n && strcmp(in->v[c->i], "-Xclang") == 0;
    bool include = strcmp(inner, "-include") == 0, pch = strcmp(inner, "-include-pch") == 0;
    if (paired && (include || pch)) {
        if (include) put_forced_include(c, find_flag("-include"), in->v[c->i + 1]);
        c->i += 2;
        return;
    }
    src_note(c->notes, SRC_NOTE_UNSAFE_FLAG, ll_printf(c->arena, "-Xclang %s", inner));
}

static src_kind language_kind(const char *language) {
    static const struct {
        const char *name;
        src_kind kind;
    } table[] = {{"c", SRC_C},           {"cpp-output", SRC_C},          {"c-header", SRC_C},
                 {"c++", SRC_CXX},       {"c++-cpp-output", SRC_CXX},    {"c++-header", SRC_CXX},
                 {"assembler", SRC_ASM}, {"assembler-with-cpp", SRC_ASM}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(language, table[i].name) == 0) return table[i].kind;
    return SRC_OTHER;
}

/* Other compilers have flags that begin with -x; only gcc's languages are taken from joined words. */
static void set_language(cleaner *c, const char *language, bool joined) {
    if (!joined || language_kind(language) != SRC_OTHER) c->language = language;
}

static void apply(cleaner *c, const flag_row *r, const char *word, const char *value) {
    switch (r->action) {
        case KEEP:
            if (r->form == NEXT || (r->form == EITHER && value != word + r->len))
                put_value(c, r, value);
            else
                put(c, word);
            break;
        case SKIP:
            break;
        case UNSAFE:
            src_note(c->notes, SRC_NOTE_UNSAFE_FLAG, r->spelling);
            break;
        case DIR:
            put_dir(c, r, value);
            break;
        case FORCED:
            put_forced_include(c, r, value);
            break;
        case MACRO:
            put_macro(c, r, value);
            break;
        case NOSTDINC:
            put(c, "-nostdlibinc");
            break; /* libclang's own headers stay: gcc's were dropped */
        case WP:
            unwrap_preprocessor(c, value);
            break;
        case LANG:
            set_language(c, value, value == word + r->len);
            break;
        case STD:
            c->standard = value;
            break;
        case PLAN9:
            put(c, "-fms-extensions");
            break;
        case TARGET:
            c->target = value;
            break;
        case CONLY:
        case ARCH:
        case CPU:
        case X86:
        case OTHERCPU:
            defer(c, word, value);
            break;
        case XCLANG:
            unwrap_xclang(c, value);
            break;
    }
}

static void clean_word(cleaner *c) {
    const char *w = c->in->v[c->i++];
    if (w[0] != '-' || !w[1]) return; /* the file, objects */
    const flag_row *r = find_flag(w);
    if (!r) return;
    const char *value = w + r->len;
    if (r->form == NEXT || (r->form == EITHER && !*value)) {
        if (c->i >= c->in->n) return;
        value = c->in->v[c->i++];
    }
    apply(c, r, w, value);
}

/* The language, and -x where the name of the file does not say it. */
static src_kind decide_language(cleaner *c, const char *file, const char *compiler) {
    src_kind by_name = src_kind_of(file), kind = by_name;
    if (c->language && strcmp(c->language, "none") != 0)
        kind = language_kind(c->language);
    else if (kind == SRC_HEADER || (kind == SRC_C && src_compiler_is_cxx(compiler)))
        kind = src_compiler_is_cxx(compiler) ? SRC_CXX : SRC_C;
    if (kind != by_name && (kind == SRC_C || kind == SRC_CXX)) {
        put(c, "-x");
        put(c, kind == SRC_C ? "c" : "c++");
    }
    return kind;
}

static bool one_of(const char *s, const char *const *list) {
    for (; *list; list++)
        if (strcmp(s, *list) == 0) return true;
    return false;
}

/* A standard that the compiler library knows and that belongs to the language. */
static bool standard_fits(const char *std, src_kind kind) {
    static const char *const c[] = {"89", "90", "99", "9x", "11", "1x", "17", "18", "2x", "23", "2y", NULL};
    static const char *const cxx[] = {"98", "03", "0x", "11", "1y", "14", "1z", "17",
                                      "2a", "20", "2b", "23", "2c", "26", NULL};
    static const char *const iso[] = {"1990", "199409", "1999", "2011", "2017", "2018", NULL};
    if (strncmp(std, "iso9899:", 8) == 0) return kind == SRC_C && one_of(std + 8, iso);
    if (strncmp(std, "gnu", 3) == 0)
        std += 3;
    else if (*std == 'c')
        std++;
    else
        return false;
    bool plus = strncmp(std, "++", 2) == 0;
    if (plus != (kind == SRC_CXX)) return false;
    return plus ? one_of(std + 2, cxx) : one_of(std, c);
}

static bool starts(const char *s, const char *prefix) {
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool arch_known(const char *arch, bool x86, const char *target) {
    static const char *const names[] = {
        "native",         "x86-64",      "x86-64-v2",      "x86-64-v3",      "x86-64-v4", "i386",      "i486",
        "i586",           "i686",        "pentium4",       "prescott",       "nocona",    "core2",     "corei7",
        "nehalem",        "westmere",    "sandybridge",    "ivybridge",      "haswell",   "broadwell", "skylake",
        "skylake-avx512", "cascadelake", "icelake-client", "icelake-server", "tigerlake", "alderlake", "sapphirerapids",
        "atom",           "bonnell",     "silvermont",     "goldmont",       "k8",        "athlon64",  "opteron",
        "amdfam10",       "barcelona",   "btver1",         "btver2",         "bdver1",    "bdver2",    "bdver3",
        "bdver4",         "znver1",      "znver2",         "znver3",         "znver4",    NULL};
    if (x86) return one_of(arch, names);
    if (!target) return false;
    return (starts(target, "arm") || starts(target, "aarch64")) ? starts(arch, "armv") && !strstr(arch, "iwmmxt")
           : starts(target, "riscv")                            ? starts(arch, "rv")
                                                                : false;
}

static bool cpu_known(const char *cpu, const char *target) {
    if (!target || (!starts(target, "arm") && !starts(target, "aarch64"))) return false;
    return (starts(cpu, "cortex-") || starts(cpu, "neoverse-")) && !strchr(cpu, '.');
}

static void apply_deferred(cleaner *c, src_kind kind) {
    bool x86 = src_target_is_x86(c->target);
    for (uint32_t i = 0; i + 1 < c->deferred.n; i += 2) {
        const char *word = c->deferred.v[i], *value = c->deferred.v[i + 1];
        bool keep = false;
        switch (find_flag(word)->action) {
            case CONLY:
                keep = kind == SRC_C;
                break;
            case X86:
                keep = x86;
                break;
            case OTHERCPU:
                keep = c->target && !x86;
                break;
            case ARCH:
                keep = arch_known(value, x86, c->target);
                break;
            case CPU:
                keep = cpu_known(value, c->target);
                break;
            default:
                break;
        }
        if (keep) put(c, word);
    }
}

/* Debian's bare-metal C libraries lie where no compiler but gcc looks. */
static void add_target(cleaner *c) {
    if (!c->target) return;
    if (!src_target_known(c->target)) {
        src_note(c->notes, SRC_NOTE_UNKNOWN_TARGET, c->target);
        c->target = NULL;
        return;
    }
    put(c, ll_printf(c->arena, "--target=%s", c->target));
    const char *newlib = ll_printf(c->arena, "/usr/lib/%s/include", c->target);
    if (strchr(c->target, '/') || !src_look_is_dir(c->trust->looks, newlib)) return;
    put(c, "-idirafter");
    put(c, newlib);
}

void src_flags_clean(ll_arena *a, const src_trust *trust, const char *dir, const char *file, const src_words *argv,
                     src_flags *out, src_notes *notes) {
    src_words words = *argv;
    src_expand_response(a, trust, dir, &words, notes);
    *out = (src_flags){0};
    cleaner c = {.arena = a, .trust = trust, .dir = dir, .in = &words, .out = &out->args, .notes = notes};
    c.i = src_compiler_word(&words);
    const char *compiler = c.i < words.n ? words.v[c.i++] : "cc";
    c.target = src_compiler_target(a, compiler);
    while (c.i < words.n && strcmp(words.v[c.i], "--") != 0) clean_word(&c);
    add_target(&c);
    out->kind = decide_language(&c, file, compiler);
    if (c.standard && standard_fits(c.standard, out->kind)) put(&c, ll_printf(a, "-std=%s", c.standard));
    apply_deferred(&c, out->kind);
    put(&c, "-Wno-everything");
    put(&c, "-ferror-limit=0");
}

/* Words that no row of the table gives. */
static bool is_made_here(const char *w) {
    static const char *const words[] = {"-nostdlibinc", "-fms-extensions", "-Wno-everything", "-ferror-limit=0", NULL};
    return one_of(w, words) || starts(w, "--target=") || starts(w, "-std=");
}

static bool is_kept(const flag_row *r) {
    switch (r->action) {
        case KEEP:
        case DIR:
        case FORCED:
        case MACRO:
        case LANG:
        case CONLY:
        case ARCH:
        case CPU:
        case X86:
        case OTHERCPU:
            return true;
        default:
            return false;
    }
}

bool src_flags_are_clean(const char *const *args, uint32_t nargs) {
    for (uint32_t i = 0; i < nargs; i++) {
        const char *w = args[i];
        const flag_row *r = w[0] == '-' && w[1] ? find_flag(w) : NULL;
        if (is_made_here(w)) continue;
        if (!r || !is_kept(r)) return false;
        if ((r->form == NEXT || (r->form == EITHER && !w[r->len])) && ++i >= nargs) return false;
    }
    return true;
}

void src_flags_essential(ll_arena *a, const char *const *args, uint32_t nargs, src_words *out) {
    for (uint32_t i = 0; i < nargs; i++) {
        const char *w = args[i];
        const flag_row *r = w[0] == '-' && w[1] ? find_flag(w) : NULL;
        if (!r || (r->action != DIR && r->action != FORCED && r->action != MACRO && r->action != LANG &&
                   strcmp(r->spelling, "-U") != 0))
            continue;
        LL_PUSH(a, out, w);
        if (!w[r->len] && r->form != JOINED && i + 1 < nargs) LL_PUSH(a, out, args[++i]);
    }
    LL_PUSH(a, out, "-Wno-everything");
}
