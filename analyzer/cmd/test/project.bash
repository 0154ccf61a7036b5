# Scratch repositories for the tests of what git knows: diff, staged, hooks, history.

# A project of two units with a leak each, one commit, a generated header that git ignores.
project() {
    git init -q -b main .
    git config user.email somebody@example.org
    git config user.name somebody
    mkdir -p src inc build
    cat >inc/conf.h <<'END'
#include <stdlib.h>
static inline char *grab(int n) { return malloc((size_t)n); }
char *make(int n);
END
    cat >src/a.c <<'END'
#include "../inc/conf.h"
static int old_leak(int x)
{
    char *p = grab(10);
    if (!p)
        return -1;
    if (x)
        return 1;
    free(p);
    return 0;
}
int run(int x) { return old_leak(x); }
END
    cat >src/b.c <<'END'
#include <conf.h>
#include "config.h"
char *make(int n) { return grab(n); }
int use(int x)
{
    char *q = make(x);
    if (!q) return -1;
    if (x > SIZE) return 2;
    free(q);
    return 0;
}
END
    echo '#define SIZE 5' >build/config.h
    echo build/ >.gitignore
    database a b
    commit one
}

database() {
    local sep='['
    for unit; do
        printf '%s{"directory":"%s/build","file":"../src/%s.c","command":"cc -I../inc -I. -c ../src/%s.c"}' \
            "$sep" "$PWD" "$unit" "$unit"
        sep=$',\n'
    done >build/compile_commands.json
    echo ']' >>build/compile_commands.json
}

commit() {
    git add -A . ':!out' ':!err' && git commit -qm "$1"
}

new_leak() {
    cat <<'END'
int fresh(int x)
{
    char *n = make(4);
    if (x && n) return 1;
    free(n);
    return 0;
}
END
}

# counts NEW FIXED UNCHANGED: what the last run's summary says.
counts() {
    says err "$1 new, $2 fixed, $3 unchanged since"
}
