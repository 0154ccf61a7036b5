# `lifelint diff` and `check --diff`: what a change brings, between two states of a repository.
load common
load project

@test "two equal states have no difference" {
    project
    expect_exit 0 diff --no-store HEAD
    counts 0 0 2
    [ ! -s out ]
}

@test "new, fixed and unchanged findings of a commit" {
    project
    new_leak >>src/a.c
    sed -i 's/    if (x > SIZE) return 2;/    if (x > SIZE) { free(q); return 2; }/' src/b.c
    commit two
    expect_exit 1 diff --no-store HEAD~ HEAD
    counts 1 1 1
    says out "(new)"
    says out "in make: inside, grab() gives it"
    says out "src/b.c:6:15: fixed: heap block \`q\`"
    lacks out old_leak
    expect_exit 1 check --no-store --diff HEAD~
    counts 1 1 1
    lacks out fixed:
    expect_exit 1 diff --no-store -f json HEAD~
    [ "$(jq -c '[.gone, (.fixed | length), (.findings | map(.state) | sort)]' out)" = '[1,1,["new","unchanged"]]' ]
    [ "$(jq -r .commit out)" = "$(git rev-parse HEAD)" ]
    expect_exit 0 diff --no-store HEAD~ --fail-on error
    expect_exit 0 diff --no-store HEAD --fail-on warning
    expect_exit 0 diff --no-store HEAD --fail-on new
    expect_exit 1 diff --no-store HEAD --fail-on any
    expect_exit 1 diff --no-store HEAD~ --fail-on new
}

@test "SARIF: the baseline bears the name that a run over it has" {
    project
    new_leak >>src/a.c
    commit two
    expect_exit 1 diff --no-store HEAD~ HEAD -f sarif
    baseline=$(jq -r '.runs[0].baselineGuid' out)
    [[ "$baseline" =~ ^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$ ]]
    [ "$(jq -r '.runs[0].automationDetails.guid' out)" != "$baseline" ]
    expect_exit 0 diff --no-store HEAD~ HEAD~ -f sarif
    [ "$(jq -r '.runs[0].automationDetails.guid' out)" = "$baseline" ]
    expect_exit 1 check --no-store -f json -o base.json
    expect_exit 0 check --no-store --baseline base.json -f sarif
    jq -e '.runs[0].baselineGuid' out
}

@test "the base is where the histories parted, not the tip of the branch" {
    project
    git switch -qc topic
    new_leak >>src/a.c
    commit topic
    git switch -q main
    sed -i 's/    if (x > SIZE) return 2;/    if (x > SIZE) { free(q); return 2; }/' src/b.c
    commit "fixed on main"
    expect_exit 1 diff --no-store main topic
    counts 1 0 2
}

@test "moved lines, reformatting, renamed files, renamed and moved functions are unchanged" {
    project
    git mv src/a.c src/zz.c
    sed -i -e '2i /* a comment */\nint other(int);\n' -e 's/^    /\t/' src/zz.c
    sed -i -e '1i #include <stddef.h>' -e 's/char \*q = make(x);/char\n *buf =\n make(x);/; s/!q/!buf/; s/free(q)/free(buf)/' src/b.c
    database zz b
    commit moved
    expect_exit 0 diff --no-store HEAD~
    counts 0 0 2
    sed -i 's/old_leak/very_old_leak/' src/zz.c
    sed -n '/^int use/,$p' src/b.c >src/c.c
    sed -i '/^int use/,$d' src/b.c
    sed -i '1i #include <conf.h>\n#include "config.h"' src/c.c
    database zz b c
    commit "a function to another file, another name for one"
    expect_exit 0 diff --no-store HEAD~
    counts 0 0 2
}

@test "a change of a callee shows in the callers" {
    project
    sed -i 's/^static inline char \*grab.*/char *grab(int n);/' inc/conf.h
    commit "nobody knows any more what grab does"
    expect_exit 0 diff --no-store HEAD~
    counts 0 1 1 # that of a.c is still seen, by another rule
}

@test "files that only one state has are not seen in the other" {
    project
    sed -i 's/#include "config.h"/#if __has_include("size.h")\n#include "size.h"\nint leak2(int x) { char *s = make(3); return x \&\& s ? 1 : 0; }\n#else\n#define SIZE 7\n#endif/' src/b.c
    commit "asks for a header that is not there"
    echo '#define SIZE 6' >inc/size.h
    commit "which now is"
    expect_exit 1 diff --no-store HEAD~ HEAD
    counts 1 0 2
}

@test "the head may be any revision, with the work tree elsewhere" {
    project
    new_leak >>src/a.c
    commit two
    git mv src/a.c src/y.c
    database y b
    commit three
    echo 'int broken(' >src/b.c
    expect_exit 1 diff --no-store HEAD~2 HEAD~
    counts 1 0 2
    lacks err "does not compile"
    expect_exit 0 diff --no-store HEAD~1 HEAD
    says err "uncommitted changes; they are left out"
    counts 0 0 3
}

@test "the work tree is the head when none is named" {
    project
    new_leak >>src/a.c
    cat >src/c.c <<'END'
#include <stdlib.h>
int loose(int x) { char *p = malloc(3); if (x) return 1; free(p); return 0; }
END
    database a b c
    expect_exit 1 diff --no-store HEAD
    says err "uncommitted changes; they count"
    counts 2 0 2
}

@test "what git does not know is taken from the disk, and said" {
    project
    expect_exit 0 diff --no-store HEAD
    says err "not known to git, so taken as on the disk in both states: build/config.h"
}

@test "tracked links, and a project entered by a link" {
    project
    ln -s ../inc/conf.h src/linked.h
    ln -s inc headers
    sed -i 's/#include <conf.h>/#include "..\/headers\/conf.h"/' src/b.c
    sed -i 's/#include "..\/inc\/conf.h"/#include "linked.h"/' src/a.c
    commit links
    sed -i 's/^static inline char \*grab.*/char *grab(int n);/' inc/conf.h
    commit "nobody knows any more what grab does"
    expect_exit 0 diff --no-store HEAD~
    counts 0 1 1
    ln -s "$PWD" ../by-link
    sed -i "s|$PWD|$PWD/../by-link|" build/compile_commands.json
    cd ../by-link
    expect_exit 0 diff --no-store --root ../by-link HEAD~
    counts 0 1 1
}

@test "links that git does not know lead to files as they are in each state" {
    project
    ln -s ../inc/conf.h build/linked.h
    sed -i 's/#include <conf.h>/#include "linked.h"/' src/b.c
    commit links
    sed -i 's/^static inline char \*grab.*/char *grab(int n);/' inc/conf.h
    commit "nobody knows any more what grab does"
    expect_exit 0 diff --no-store HEAD~
    counts 0 1 1
    echo '#error not this' >inc/conf.h
    expect_exit 0 diff --no-store HEAD~ HEAD
    counts 0 1 1
    lacks err "not called new"
}

@test "line ends as a checkout writes them" {
    project
    echo '*.c text eol=crlf' >.gitattributes
    git add . && git commit -qm attributes && rm src/*.c && git checkout -q . && grep -q $'\r' src/a.c
    new_leak | sed 's/$/\r/' >>src/a.c
    git add -A src && git commit -qm two
    expect_exit 1 diff --no-store HEAD~
    counts 1 0 2
}

@test "submodules are in the state that each side names" {
    mkdir lib && (cd lib && git init -q -b main . && git config user.email a@example.org && git config user.name a &&
        echo 'static inline char *lib_new(void) { return 0; }' >lib.h && git add . && git commit -qm one)
    mkdir top && cd top
    project
    git -c protocol.file.allow=always submodule --quiet add ../lib lib
    cat >src/a.c <<'END'
#include <stdlib.h>
#include "../lib/lib.h"
int with_lib(int x)
{
    char *p = lib_new();
    if (x) return 1;
    free(p);
    return 0;
}
END
    commit submodule
    (cd lib && git config user.email a@example.org && git config user.name a &&
        echo 'static inline char *lib_new(void) { return malloc(9); }' >lib.h && git commit -qam two)
    commit "newer library"
    expect_exit 1 diff --no-store HEAD~
    counts 1 0 1
}

@test "suppressions count as they stand in each state" {
    project
    sed -i 's|char \*q = make(x);|char *q = make(x); // lifelint:ignore libc-heap: for good|' src/b.c
    commit "suppressed"
    expect_exit 0 diff --no-store HEAD~
    counts 0 0 1
    expect_exit 1 diff --no-store HEAD --fail-on any
}

@test "a report of an earlier run is as good as a state" {
    project
    expect_exit 1 check --no-store -f json -o before.json
    new_leak >>src/a.c
    expect_exit 1 check --no-store --baseline before.json
    counts 1 0 2
    says out "(new)"
    lacks out old_leak
    git checkout -q src/a.c
    expect_exit 0 check --no-store --baseline before.json
    expect_exit 2 check --no-store --baseline src/a.c
    one_error "src/a.c:1:1: not valid JSON" || says err "src/a.c:1:1: not valid JSON"
    echo '{}' >before.json
    expect_exit 2 check --no-store --baseline before.json
    says err "before.json: no report of lifelint"
    expect_exit 3 check --no-store --baseline nowhere.json
    says err "nowhere.json"
}

@test "nothing is left behind in the temporary directory" {
    project
    new_leak >>src/a.c
    commit two
    mkdir tmp
    TMPDIR=$PWD/tmp expect_exit 1 diff --no-store HEAD~ HEAD
    TMPDIR=$PWD/tmp expect_exit 0 diff --no-store HEAD HEAD~
    [ -z "$(ls tmp)" ]
}

@test "bad states are one clear line" {
    leaky
    expect_exit 2 diff HEAD -p . --no-store
    one_error "not in a git repository"
    project
    expect_exit 2 diff --no-store no-such-branch
    one_error "unknown revision 'no-such-branch'"
    expect_exit 2 diff --no-store
    one_error "name the revision to compare with"
    expect_exit 2 check --no-store --diff HEAD --staged
    one_error "compare with one of them"
}

@test "a shallow clone says how to mend it" {
    project
    new_leak >>src/a.c
    commit two
    git clone -q --depth 1 "file://$PWD" ../shallow
    mkdir ../shallow/build && cp build/* ../shallow/build
    sed -i "s|$PWD|$PWD/../shallow|" ../shallow/build/compile_commands.json
    cd ../shallow
    expect_exit 2 diff --no-store HEAD~
    one_error "git fetch --deepen=100 (or --unshallow), or compare with a report: --baseline FILE"
}

@test "a database whose files are gone at the base" {
    project
    git rm -q src/b.c
    database a
    commit "without b"
    expect_exit 0 diff --no-store HEAD~
    counts 0 1 1
}

@test "facts kept from one state are not taken for those of another" {
    project
    sed -i 's/#include "config.h"/#define SIZE 7\n#if __has_include("size.h")\nint leak2(int x) { char *s = make(3); return x \&\& s ? 1 : 0; }\n#endif/' src/b.c
    commit "asks for a header that is not there"
    touch inc/size.h
    commit "which now is"
    sleep 0.1
    expect_exit 1 diff HEAD~ HEAD --stats
    counts 1 0 2
    says err "3 parsed"
    expect_exit 1 diff HEAD~ HEAD # what was written to a moment ago is not trusted to be the same
    expect_exit 1 diff HEAD~ HEAD --stats
    counts 1 0 2
    says err "0 parsed"
    expect_exit 1 check --stats
    says out leak2
    rm inc/size.h
    expect_exit 1 check
    lacks out leak2
    expect_exit 1 diff HEAD~ HEAD
    counts 1 0 2
}

@test "a finding that was fixed before the base and is back is reopened" {
    project
    expect_exit 1 check
    sed -i 's/    if (x > SIZE) return 2;/    if (x > SIZE) { free(q); return 2; }/' src/b.c
    commit "fixed"
    git revert --no-edit HEAD >/dev/null
    expect_exit 1 diff HEAD~
    says err "1 new (1 reopened), 0 fixed, 1 unchanged since HEAD~"
    says out "(reopened)"
    expect_exit 1 diff -f json HEAD~
    [ "$(jq -r '.findings[] | select(.function == "use") | .state' out)" = reopened ]
    new_leak >>src/a.c
    expect_exit 1 diff HEAD
    says err "1 new, 0 fixed, 2 unchanged since HEAD"
}

@test "both sides take what earlier runs concluded, and come to the same" {
    project
    expect_exit 1 check -p build -q
    for text in '/* */' 'int other(void) { return 0; }' "$(new_leak)"; do
        echo "$text" >>src/b.c
        sed -i '1i /* moved */' src/a.c
        commit next
        expect_exit 0 diff HEAD~ -p build --format json --no-store --fail-on never -q
        cp out build/fresh
        expect_exit 0 diff HEAD~ -p build --format json --fail-on never -q --stats
        diff build/fresh out
        # of the head four or five functions, of which at most one is new
        grep -Eq 'engine: [01] functions followed, [3-9] as before' err || { cat err; return 1; }
    done
}
