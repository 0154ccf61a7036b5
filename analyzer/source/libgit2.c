/* libgit2, loaded when a repository is looked at.
 *
 * Linked as usual it brings two dozen libraries (cryptography, Kerberos, SSH), and every start of the program pays some
 * 3 ms for them, a fifth of a run that finds nothing changed. As in frontend/clang/libclang.c its functions are defined
 * here, under their own names, and the compiler checks them against git2.h. */
#include <dlfcn.h>
#include <git2.h>
#include <git2/sys/repository.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "source/overlay_repo.h"

#define F(ret, name, params, args) __typeof__(&(name)) name;
static struct api {
    int (*init)(void);
#include "source/libgit2.def"
} api;
#undef F

#define F(ret, name, params, args) \
    ret name params {              \
        return api.name args;      \
    }
#include "source/libgit2.def"
#undef F

static char problem[512];

static void *find(void *library, const char *name) {
    void *found = dlsym(library, name);
    if (!found && !*problem) snprintf(problem, sizeof problem, "libgit2 has no %s", name);
    return found;
}

static void load(void) {
    void *library = dlopen("libgit2.so." LIBGIT2_SOVERSION, RTLD_LAZY | RTLD_LOCAL), *found;
    if (!library) {
        snprintf(problem, sizeof problem, "cannot load libgit2: %s", dlerror());
        return;
    }
    found = find(library, "git_libgit2_init");
    memcpy(&api.init, &found, sizeof found);
#define F(ret, name, params, args) \
    found = find(library, #name);  \
    memcpy(&api.name, &found, sizeof found);
#include "source/libgit2.def"
#undef F
}

bool src_git_start(ll_err *err) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    if (*problem) return ll_fail(err, LL_E_SYS, "%s (package libgit2-" LIBGIT2_SOVERSION ")", problem);
    return api.init() > 0 || src_git_broken("starting", err);
}
