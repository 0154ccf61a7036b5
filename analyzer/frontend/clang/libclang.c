/* libclang, loaded when the first unit is to be parsed.
 *
 * Linked as usual it costs every start of the program some 20 ms for its relocations and those of LLVM, which is a
 * third of what a run may take that finds nothing changed. So its functions are defined here, under their own names:
 * each passes its arguments on to the one in the library, found once. What the compiler checks against clang-c/Index.h.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "frontend/clang/lower.h"

#define LL_LOADED "frontend/clang/libclang.def"
#include "base/loaded.inc"

static char problem[512];

static void load(void) {
    static const char *const names[] = {LIBCLANG_FILE, "libclang-19.so.19", "libclang-19.so.1", "libclang.so.19"};
    void *library = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++) {
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (!library && !*problem) snprintf(problem, sizeof problem, "cannot load libclang: %s", dlerror());
    }
    if (!library) return;
    const char *missing = load_functions(library);
    *problem = 0;
    if (missing) snprintf(problem, sizeof problem, "libclang has no %s: release 17 or later is needed", missing);
}

bool fe_clang_load(ll_err *err) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return !*problem || ll_fail(err, LL_E_SYS, "%s (package libclang1-19)", problem);
}

const char *fe_clang_identity(void) {
    static char text[512];
    struct stat st;
    if (*text) return text;
    if (stat(LIBCLANG_FILE, &st) != 0) return fe_clang_version();
    snprintf(text, sizeof text, "%s %lld %lld", LIBCLANG_FILE, (long long)st.st_size, (long long)st.st_mtime);
    return text;
}
