# `check --staged`: what is about to be committed; the hooks that run it.
load common
load project

# A command that must fail.
refuses() {
    if "$@"; then
        echo "passed: $*"
        return 1
    fi
}

bin() {
    mkdir -p bin && ln -sf "$LIFELINT" bin/lifelint && echo bin >>.git/info/exclude
    PATH=$PWD/bin:$PATH
}

@test "only what is staged counts, whatever the work tree holds" {
    project
    expect_exit 0 check --staged
    says err "no staged change is one the compiler reads"
    new_leak >>src/a.c
    expect_exit 0 check --staged
    git add src/a.c
    git checkout -q HEAD -- inc && git show HEAD:src/a.c >src/a.c
    echo 'garbage (' >src/b.c
    echo '#error not staged' >inc/conf.h
    expect_exit 1 check --staged
    counts 1 0 2
    says out "src/a.c:15:15: warning"
    says out "    15 |     char *n = make(4);" || says out "   15 |     char *n = make(4);"
    lacks err "does not compile"
    lacks out old_leak
}

@test "suppressions count as they are staged" {
    project
    new_leak | sed 's|make(4);|make(4); // lifelint:ignore libc-heap: for good|' >>src/a.c
    git add src
    sed -i 's| // lifelint:ignore.*||' src/a.c
    expect_exit 0 check --staged
    counts 0 0 2
    git add src
    sed -i 's|make(4);|make(4); // lifelint:ignore libc-heap: for good|' src/a.c
    expect_exit 1 check --staged
    counts 1 0 2
}

@test "a staged header is seen through the units that include it" {
    project
    cat >>inc/conf.h <<'END'
static inline int in_header(int x) { char *h = grab(1); if (x && h) return 1; free(h); return 0; }
END
    sed -i 's/return old_leak(x);/return old_leak(x) + in_header(x);/' src/a.c
    commit "leaks"
    sed -i 's/if (x && h) return 1;/if (x > 3 \&\& h) return 1;/' inc/conf.h
    git add inc
    expect_exit 0 check --staged
    counts 0 0 3
    sed -i 's/^static inline int in_header.*/&\nstatic inline int second(int x) { char *i = grab(1); if (x \&\& i) return 1; free(i); return 0; }/' inc/conf.h
    sed -i 's/in_header(x);/in_header(x) + second(x);/' src/a.c
    git add inc src
    expect_exit 1 check --staged
    counts 1 0 3
    says out "inc/conf.h:5:"
}

@test "a staged fix passes, and is not asked to mend what was there" {
    project
    sed -i 's/    if (x > SIZE) return 2;/    if (x > SIZE) { free(q); return 2; }/' src/b.c
    git add src
    expect_exit 0 check --staged
    counts 0 1 1
    [ ! -s out ]
}

@test "a file removed from the index is not seen though it is on the disk" {
    project
    git rm -q --cached src/b.c
    expect_exit 0 check --staged --verbose
    counts 0 1 1
}

@test "the first commit of all" {
    git init -q -b main .
    leaky
    echo '[{"directory":"'"$PWD"'","file":"leaky.c","command":"cc -c leaky.c"}]' >compile_commands.json
    git add leaky.c
    expect_exit 1 check --staged
    counts 1 0 0
}

@test "staged text files and an index with conflicts" {
    project
    echo words >README.md
    git add README.md
    expect_exit 0 check --staged
    says err "no staged change is one the compiler reads"
    git commit -qm words
    git switch -qc other HEAD~ && sed -i 's/malloc/calloc(1, 1); malloc/' inc/conf.h && commit x
    git switch -q main && sed -i 's/malloc/alloca/' inc/conf.h && commit y
    git merge -q other >/dev/null 2>&1 || true
    expect_exit 2 check --staged
    one_error "the index has unmerged files"
}

@test "without a database: a failure, one line, or the best that can be done" {
    project
    rm -r build
    new_leak >>src/a.c
    git add src
    expect_exit 2 check --staged
    one_error "no compile_commands.json found"
    expect_exit 0 check --staged --no-db=skip
    one_error "skipped: no compile_commands.json"
    expect_exit 0 check --no-db=skip
    one_error "skipped: no compile_commands.json"
    expect_exit 1 check --staged --no-db=warn
    says err "warning: no compile_commands.json: changed files are read without their flags"
    counts 1 0 1
}

@test "init writes a configuration that is accepted, and keeps one that is there" {
    project
    mkdir -p third_party deep/er
    cd deep/er
    expect_exit 0 init
    cd ../..
    says .lifelint.yml "build/compile_commands.json, 2 units"
    says .lifelint.yml '  - "/third_party/"'
    expect_exit 1 check --no-store
    echo 'fail-on: never' >.lifelint.yml
    expect_exit 0 init
    says out ".lifelint.yml is there already, and is kept"
    [ "$(cat .lifelint.yml)" = 'fail-on: never' ]
    expect_exit 0 check --no-store
}

@test "init outside git, and without a database" {
    expect_exit 0 init
    says out "no compile database yet"
    says .lifelint.yml "bear -- make"
    rm .lifelint.yml
    expect_exit 2 init --hook
    says err "not in a git repository"
}

@test "the hook of init stops a bad commit and lets a good one through" {
    project
    bin
    expect_exit 0 init --hook
    [ -x .git/hooks/pre-commit ]
    new_leak >>src/a.c
    git add src
    refuses git commit -qm bad >said 2>&1
    says said "is not freed"
    refuses git commit -qam bad 2>said
    git checkout -q HEAD -- src
    echo 'int fine(void) { return 0; }' >>src/a.c
    echo 'garbage (' >>src/b.c
    git add src/a.c
    git commit -qm good
    git checkout -q src
    new_leak >>src/a.c
    refuses git commit -qm bad src/a.c 2>said # an index of its own
    refuses git commit -qam bad 2>said
    [ "$(git log -1 --format=%s)" = good ]
}

@test "a hook that is there is kept, and core.hooksPath is heeded" {
    project
    printf '#!/bin/sh\nexit 0\n' >.git/hooks/pre-commit
    expect_exit 0 init --hook
    says out "is kept; add to it: lifelint check --staged"
    [ "$(cat .git/hooks/pre-commit)" = $'#!/bin/sh\nexit 0' ]
    git config core.hooksPath tools/hooks
    expect_exit 0 init --hook
    [ -x tools/hooks/pre-commit ]
    expect_exit 0 init --hook
    says out "pre-commit is there already"
    lacks out "is kept; add to it"
}

# The real pre-commit, from PyPI into a place that is kept between runs.
pre_commit() {
    local home=${XDG_CACHE_HOME:-$HOME/.cache}/lifelint-test/pre-commit
    [ -x "$home/bin/pre-commit" ] || {
        python3 -m venv "$home" && "$home/bin/pip" -q install 'pre-commit>=3' || rm -rf "$home"
    } >/dev/null 2>&1
    [ -x "$home/bin/pre-commit" ] || skip "pre-commit cannot be installed"
    PATH=$home/bin:$PATH
    export PRE_COMMIT_HOME=$BATS_TEST_TMPDIR/pre-commit-home
    # the hooks' repository
    mkdir ../hooks && cp "$SOURCE_DIR/.pre-commit-hooks.yaml" ../hooks
    (cd ../hooks && git init -q . && git add . && git -c user.name=a -c user.email=a@example.org commit -qm hooks &&
        git tag v1)
    printf 'repos:\n- repo: %s\n  rev: v1\n  hooks:\n  - id: lifelint\n  - id: lifelint-full\n' "$(cd ../hooks && pwd)" \
        >.pre-commit-config.yaml
    git add .pre-commit-config.yaml && git commit -qm hooks
    pre-commit install >/dev/null
}

@test "under the real pre-commit" {
    mkdir repository && cd repository
    project
    bin
    pre_commit
    new_leak >>src/a.c
    git add src
    refuses git commit -qm bad >said 2>&1
    says said "lifelint (what is staged)"
    says said "is not freed"
    git restore --staged --worktree src
    echo 'int fine(void) { return 0; }' >>src/a.c
    git add src/a.c
    echo 'garbage (' >>src/b.c # unstaged
    git commit -qm good >said 2>&1
    says said Passed
    [ "$(tail -1 src/b.c)" = 'garbage (' ]
    git checkout -q src
    new_leak >>src/a.c
    git commit -qm "past it" --no-verify src/a.c
    refuses pre-commit run --from-ref HEAD~ --to-ref HEAD >said 2>&1
    says said "is not freed"
    pre-commit run --from-ref HEAD~2 --to-ref HEAD~ >said 2>&1
    refuses pre-commit run --hook-stage manual --all-files lifelint-full >said 2>&1
    says said old_leak || says said "3 findings"
    rm -r build
    echo 'int more(void) { return 0; }' >>src/a.c
    git commit -qam "no database" >said 2>&1
}

@test "history: runs with their commits and counts" {
    project
    expect_exit 2 history
    one_error "no such store"
    expect_exit 1 check
    sed -i 's/    if (x > SIZE) return 2;/    if (x > SIZE) { free(q); return 2; }/' src/b.c
    expect_exit 1 check
    commit two
    expect_exit 1 check src/a.c
    cd src
    expect_exit 0 history
    [ "$(wc -l <out)" = 4 ]
    cd ..
    says src/out "$(git rev-parse --short=12 HEAD) "
    says src/out "$(git rev-parse --short=12 HEAD~)+"
    says src/out "1*"
    expect_exit 0 history --json
    [ "$(jq -c 'map([.findings, .new, .gone, .whole])' out)" = '[[1,0,0,false],[1,0,1,true],[2,2,0,true]]' ]
    [ "$(jq -r '.[2].commit' out)" = "$(git rev-parse HEAD~)" ]
    expect_exit 0 history -n 1 --json
    [ "$(jq length out)" = 1 ]
}

# What `check --staged` says is what it says without anything that is remembered.
says_as_without_store() {
    run "$LIFELINT" check --staged -q
    expect_exit "$status" check --staged -q --no-store
    [ "$output" = "$(cat out err)" ]
}

@test "units that did not change come without bodies, also when one is gone that is wanted" {
    project
    new_leak >>src/a.c
    commit "another leak"
    expect_exit 1 check
    python3 -c 'import sqlite3; db = sqlite3.connect(".lifelint/lifelint.db"); db.execute("DELETE FROM cache WHERE kind = 3"); db.commit()'
    sed -i 's/return grab(n); }/return n > 1 ? grab(n) : 0; }/' src/b.c
    git add src
    says_as_without_store
    sed -i 's/return n > 1 ? grab(n) : 0; }/static char b; return n > 2 ? \&b : grab(n); }/' src/b.c
    git add src
    says_as_without_store
}
