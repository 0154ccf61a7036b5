/* What the name of the compiler says. */
#include <ctype.h>
#include <string.h>

#include "source/flags.h"

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *back = strrchr(path, '\\');
    if (back && (!slash || back > slash)) slash = back;
    return slash ? slash + 1 : path;
}

static bool is_launcher(const char *word) {
    static const char *const names[] = {"ccache", "sccache", "distcc", "icecc", "gomacc",    "buildcache", "fastbuild",
                                        "env",    "nice",    "time",   "goma",  "rewrapper", "libtool"};
    const char *base = base_name(word);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(base, names[i]) == 0) return true;
    return false;
}

uint32_t src_compiler_word(const src_words *argv) {
    uint32_t i = 0;
    while (i < argv->n && is_launcher(argv->v[i])) {
        i++; /* then the launcher's own options and settings */
        while (i < argv->n && (argv->v[i][0] == '-' || strchr(argv->v[i], '='))) i++;
    }
    return i;
}

/* Length of the name without ".exe" and a version: 7 for "gcc-12.2", 3 for "gcc". */
static size_t stem_length(const char *base) {
    size_t n = strlen(base);
    if (n > 4 && strcmp(base + n - 4, ".exe") == 0) n -= 4;
    size_t end = n;
    while (end && (isdigit((unsigned char)base[end - 1]) || base[end - 1] == '.')) end--;
    if (end < n && end > 1 && base[end - 1] == '-') return end - 1;
    return n;
}

static bool ends_with(const char *s, size_t n, const char *tail, size_t *before) {
    size_t k = strlen(tail);
    if (n < k || memcmp(s + n - k, tail, k) != 0) return false;
    if (n > k && s[n - k - 1] != '-') return false;
    *before = n > k ? n - k - 1 : 0;
    return true;
}

static const struct driver {
    const char *name;
    bool cxx;
} drivers[] = {{"gcc", false},    {"g++", true},  {"c++", true}, {"cc", false},  {"clang", false},
               {"clang++", true}, {"cpp", false}, {"CC", true},  {"icpc", true}, {"icpx", true}};

static const struct driver *find_driver(const char *base, size_t *before) {
    size_t n = stem_length(base);
    for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++)
        if (ends_with(base, n, drivers[i].name, before)) return &drivers[i];
    return NULL;
}

bool src_compiler_is_cxx(const char *compiler) {
    size_t before = 0;
    const struct driver *d = find_driver(base_name(compiler), &before);
    return d && d->cxx;
}

bool src_target_known(const char *triple) {
    static const char *const exact[] = {
        "aarch64", "aarch64_be",  "arm64",       "avr",    "bpf",     "bpfel",     "bpfeb",       "hexagon", "i386",
        "i486",    "i586",        "i686",        "x86_64", "amd64",   "msp430",    "s390x",       "sparc",   "sparc64",
        "riscv32", "riscv64",     "wasm32",      "wasm64", "powerpc", "powerpc64", "powerpc64le", "ppc",     "ppc64",
        "ppc64le", "loongarch32", "loongarch64", "lanai",  "ve",      "xcore",     "nvptx64",     "amdgcn"};
    static const char *const prefix[] = {"arm", "thumb", "mips"};
    size_t n = strcspn(triple, "-");
    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
        if (strlen(exact[i]) == n && memcmp(triple, exact[i], n) == 0) return true;
    for (size_t i = 0; i < sizeof prefix / sizeof *prefix; i++)
        if (strncmp(triple, prefix[i], strlen(prefix[i])) == 0) return true;
    return false;
}

bool src_target_is_x86(const char *triple) {
    if (!triple) {
#if defined(__x86_64__) || defined(__i386__)
        return true;
#else
        return false;
#endif
    }
    return strncmp(triple, "x86_64", 6) == 0 || strncmp(triple, "amd64", 5) == 0 ||
           (triple[0] == 'i' && strncmp(triple + 2, "86", 2) == 0);
}

const char *src_compiler_target(ll_arena *a, const char *compiler) {
    const char *base = base_name(compiler);
    size_t before = 0;
    if (!find_driver(base, &before) || !before) return NULL;
    const char *prefix = ll_strndup(a, base, before);
    /* "musl-gcc" and "afl-clang" are no targets; a target has parts, or is one of the short ones */
    if (!strchr(prefix, '-') && !src_target_known(prefix)) return NULL;
    return prefix;
}
