#!/usr/bin/env bats
# .lifelint.yml: what a project wants of every run.

load common

@test "it excludes, disables and decides the exit class" {
    leaky
    echo 'disable: [libc-heap]' >.lifelint.yml
    expect_exit 0 check leaky.c --no-store -- -std=c17
    echo 'fail-on: error' >.lifelint.yml
    expect_exit 0 check leaky.c --no-store -- -std=c17
    says out "libc-heap-leak"
    mkdir sub
    cp leaky.c sub
    echo '[{"directory":"'"$PWD"'","file":"leaky.c","command":"cc -c leaky.c"},
           {"directory":"'"$PWD"'","file":"sub/leaky.c","command":"cc -c sub/leaky.c"}]' >compile_commands.json
    echo 'exclude: sub/' >.lifelint.yml
    expect_exit 1 check --no-store
    says err "in 1 unit"
}

@test "what is typed wins, lists add up" {
    leaky
    printf 'fail-on: never\ndisable: [posix-fd]\n' >.lifelint.yml
    expect_exit 1 check leaky.c --no-store --fail-on warning -- -std=c17
    expect_exit 0 check leaky.c --no-store --fail-on note --disable libc-heap -- -std=c17
    echo 'disable: libc-heap' >.lifelint.yml
    expect_exit 1 check leaky.c --no-store --no-config -- -std=c17
}

@test "its folder is the root, and its paths start there" {
    mkdir -p src/deep rules
    cat >rules/pool.yml <<'END'
rules:
  - id: pool
    resource: pool
    acquire: pool_new
    release: pool_free
END
    echo 'rules: rules/pool.yml' >.lifelint.yml
    cat >src/deep/pool.c <<'END'
void *pool_new(void);
void pool_free(void *);
int f(int x) { void *p = pool_new(); if (x) return 1; pool_free(p); return 0; }
END
    cd src/deep
    expect_exit 1 check pool.c -- -std=c17
    says out "src/deep/pool.c:3"
    says out "pool-leak"
    [ -f ../../.lifelint/lifelint.db ]
    expect_exit 0 explain pool
}

@test "mistakes are named by file, line and column" {
    leaky
    printf '\nexlude: [x]\n' >.lifelint.yml
    expect_exit 2 check leaky.c -- -std=c17
    one_error ".lifelint.yml:2:1: unknown key 'exlude'; did you mean 'exclude'?"
    printf 'fail-on: sometimes\n' >.lifelint.yml
    expect_exit 2 check leaky.c -- -std=c17
    one_error ".lifelint.yml:1:10: fail-on cannot be 'sometimes'; use one of error|warning|note|any|new|never"
    printf 'confidence: [low, high]\n' >.lifelint.yml
    expect_exit 2 check leaky.c -- -std=c17
    one_error ".lifelint.yml:1:13: confidence needs one word, not a list"
    printf 'disable:\n  - posix-fd\n  - libc-haep\n' >.lifelint.yml
    mkdir sub
    cd sub
    expect_exit 2 check ../leaky.c -- -std=c17
    one_error "../.lifelint.yml:3:5: no rule 'libc-haep'; did you mean 'libc-heap'?"
    cd ..
    printf 'a: [\n' >.lifelint.yml
    expect_exit 2 check leaky.c -- -std=c17
    one_error ".lifelint.yml:"
    printf -- '- a\n' >.lifelint.yml
    expect_exit 2 rules list
    one_error ".lifelint.yml:1:1: expected a map of options, not a list"
    head -c 3000000 /dev/zero >.lifelint.yml
    expect_exit 2 doctor
    one_error ".lifelint.yml"
}

@test "one with nothing in it, and other verbs" {
    leaky
    echo '# nothing yet' >.lifelint.yml
    expect_exit 1 check leaky.c --no-store -- -std=c17
    echo 'fail-on: never' >.lifelint.yml
    expect_exit 0 rules list
    expect_exit 0 version
    expect_exit 0 ir leaky.c -- -std=c17
}
