/* libgit2, loaded when a repository is looked at.
 *
 * Linked as usual it brings two dozen libraries (cryptography, Kerberos, SSH), and every start of the program pays some
 * 3 ms for them, a fifth of a run that finds nothing changed. As in frontend/clang/libclang.c its functions are defined
 * here, under their own names, and the compiler checks them against git2.h. */
#include <git2.h>
#include <git2/sys/repository.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "source/overlay_repo.h"

#define LL_LOADED "source/libgit2.def"
#include "base/loaded.inc"

static char problem[512];

static void load(void) {
    void *library = dlopen("libgit2.so." LIBGIT2_SOVERSION, RTLD_LAZY | RTLD_LOCAL);
    const char *missing = library ? load_functions(library) : NULL;
    if (!library) snprintf(problem, sizeof problem, "cannot load libgit2: %s", dlerror());
    if (missing) snprintf(problem, sizeof problem, "libgit2 has no %s", missing);
}

bool src_git_start(ll_err *err) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    if (*problem) return ll_fail(err, LL_E_SYS, "%s (package libgit2-" LIBGIT2_SOVERSION ")", problem);
    return git_libgit2_init() > 0 || src_git_broken("starting", err);
}
