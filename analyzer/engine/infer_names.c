/* Names of functions as words: node_new, listCreate, sdsfree. */
#include <ctype.h>
#include <string.h>

#include "base/strbuf.h"
#include "engine/infer_parts.h"

/* What is done, not to what. */
static const char *const verbs[] = {
    "duplicate", "construct", "finalize", "allocate", "destruct", "dispose", "release", "cleanup", "connect", "destroy",
    "acquire",   "discard",   "delete",   "create",   "decref",   "incref",  "retain",  "deinit",  "uninit",  "addref",
    "clone",     "close",     "unref",    "clear",    "parse",    "build",   "setup",   "start",   "begin",   "finish",
    "reset",     "fini",      "final",    "open",     "init",     "make",    "copy",    "load",    "read",    "term",
    "done",      "kill",      "drop",     "from",     "with",     "stop",    "fork",    "put",     "ref",     "ext",
    "get",       "del",       "add",      "ex",       "n"};
/* Those that words end in, too (xmalloc, sdsfree): longest first. */
static const char *const tails[] = {"vasprintf", "asprintf", "strndup", "vprintf", "dealloc", "realloc", "mallocz",
                                    "malloc",    "calloc",   "strdup",  "memdup",  "sprintf", "newlen",  "printf",
                                    "alloc",     "empty",    "freep",   "free",    "new",     "dup"};

/* Length of the word without the verb it ends in, or n. */
static size_t without_verb(const char *word, size_t n) {
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strlen(verbs[i]) == n && strncmp(word, verbs[i], n) == 0) return 0;
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        size_t v = strlen(tails[i]);
        if (v <= n && strncmp(word + n - v, tails[i], v) == 0) return n - v;
    }
    return n;
}

static void put_word(ll_strbuf *out, char *word, size_t n) {
    n = without_verb(word, n);
    if (!n) return;
    if (out->n) ll_sb_addc(out, '-');
    ll_sb_addn(out, word, n);
}

const char *infer_stem(ll_arena *a, const char *name) {
    char word[64];
    size_t n = 0;
    ll_strbuf out = {0};
    for (const char *p = name;; p++) {
        bool camel = isupper((unsigned char)*p) && p > name && islower((unsigned char)p[-1]);
        if (n && (!isalnum((unsigned char)*p) || camel || n + 1 == sizeof word)) {
            put_word(&out, word, n);
            n = 0;
        }
        if (!*p) break;
        if (isalnum((unsigned char)*p)) word[n++] = (char)tolower((unsigned char)*p);
    }
    const char *stem = ll_strdup(a, ll_sb_str(&out));
    ll_sb_free(&out);
    return stem;
}

int infer_stems_agree(const char *a, const char *b) {
    size_t n = 0;
    if (!*a || !*b) return 0;
    while (a[n] && a[n] == b[n]) n++;
    if (!a[n] && !b[n]) return 2;
    return (!a[n] && b[n] == '-') || (!b[n] && a[n] == '-');
}

static bool has_word(const char *name, const char *const *words, size_t nwords) {
    char word[64];
    size_t n = 0;
    for (const char *p = name;; p++) {
        bool camel = isupper((unsigned char)*p) && p > name && islower((unsigned char)p[-1]);
        if (n && (!isalnum((unsigned char)*p) || camel || n + 1 == sizeof word)) {
            word[n] = 0;
            for (size_t i = 0; i < nwords; i++)
                if (strcmp(words[i], word) == 0) return true;
            n = 0;
        }
        if (!*p) return false;
        if (isalnum((unsigned char)*p)) word[n++] = (char)tolower((unsigned char)*p);
    }
}

bool infer_sounds_retaining(const char *name) {
    static const char *const words[] = {"ref", "incref", "retain", "addref", "hold", "grab", "use"};
    return has_word(name, words, sizeof words / sizeof *words);
}

bool infer_sounds_emptying(const char *name) {
    static const char *const words[] = {"reset", "clear", "stop", "kill"};
    return has_word(name, words, sizeof words / sizeof *words);
}
