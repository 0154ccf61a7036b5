#!/usr/bin/env bats
# What authors of rules do: begin a pack, check it, test it, and read the reference.

load common

@test "rules new: a pack of each kind is sound and its examples hold" {
    for kind in pair order task keepalive forbid; do
        expect_exit 0 rules new "my-$kind" --kind "$kind"
        says out "my-$kind.yml is written"
        expect_exit 0 rules check --strict "my-$kind.yml"
        expect_exit 0 rules test "my-$kind.yml"
        says out "4 expectations met, 0 failed"
    done
    head -n 1 my-pair.yml | grep -qx '# yaml-language-server: $schema=.*schema.json'
    lacks my-pair.yml new-rule
    lacks my-pair.yml @
}

@test "rules new: nothing is overwritten, no id is used twice, no id is odd" {
    echo mine >my-pool.yml
    expect_exit 2 rules new my-pool
    one_error "my-pool.yml exists already; name another file with --output"
    [ "$(cat my-pool.yml)" = mine ]
    expect_exit 0 rules new my-pool -o packs.yml
    says packs.yml "- id: my-pool"
    expect_exit 0 rules new my-pool -o -
    says out "- id: my-pool"
    expect_exit 2 rules new libc-heap
    one_error "a rule 'libc-heap' exists already, in builtin:libc.yml"
    expect_exit 2 rules new My_Pool
    one_error "'My_Pool' cannot be a rule's id: lower-case words joined by '-'"
    expect_exit 2 rules new
    one_error "name one rule"
    expect_exit 2 rules new x --kind pear
    one_error "pair|order|keepalive|task|forbid"
}

@test "rules doc: a page a rule, and an index that leads to each" {
    expect_exit 0 rules doc reference
    [ "$(ls reference | wc -l)" = "$(($("$LIFELINT" rules list | wc -l) + 1))" ]
    for page in $(sed -n 's/.*](\([a-z0-9-]*\.md\)).*/\1/p' reference/index.md); do [ -s "reference/$page" ]; done
    [ "$(grep -c '](.*\.md) |' reference/index.md)" = "$("$LIFELINT" rules list | wc -l)" ]
    says reference/posix-fd.md "posix-fd-leak"
    expect_exit 2 rules doc
    one_error "name the directory"
    touch file
    expect_exit 4 rules doc file/below
    one_error "file/below"
}

@test "rules doc: the page of a rule is as agreed" {
    cat >pool.yml <<'END'
about: The pool library.
rules:
  - id: pool
    resource: pool
    cwe: 772
    why: |
      A pool holds a <slot> of the server's
      64, and | is no table.
    fix: Call pool_free().
    link: https://example.org/pool
    acquire: {call: pool_open, into: 1, fails: "!= 0"}
    release: pool_free
    bad: |
      struct pool *pool_new(void);
      int pool_open(struct pool **p);
      void f(void) {
          struct pool *p;
          if (pool_open(&p)) return; // expect: pool-leak
      }
    good: |
      int nothing;
  - id: pool-more
    resource: pool
    extends: pool
    acquire: pool_more
  - id: job-order
    kind: order
    level: experimental
    reason: Some jobs may change while they run.
    message: the job is changed while it runs
    states: [idle, running]
    transitions: {call: job_start, arg: 1, from: idle, to: running}
END
    expect_exit 0 rules doc out.d --rules pool.yml
    if [ -n "${UPDATE_GOLDEN-}" ]; then cat out.d/pool.md out.d/pool-more.md out.d/job-order.md >"$SOURCE_DIR/analyzer/cmd/test/golden/rule-pages.md"; fi
    cat out.d/pool.md out.d/pool-more.md out.d/job-order.md | diff -u "$SOURCE_DIR/analyzer/cmd/test/golden/rule-pages.md" -
    grep -qF '| [pool-more](pool-more.md) | pair | warning | pool |' out.d/index.md
    grep -qF '(experimental)' out.d/index.md
}

@test "rules schema is the schema in the tree" {
    expect_exit 0 rules schema
    diff out "$SOURCE_DIR/rules/schema.json"
}

@test "built-in rules have why, fix, link, CWE and examples" {
    expect_exit 0 rules check --strict
    printf 'rules:\n  - {id: x, resource: t, acquire: x_get, release: x_put}\n' >x.yml
    expect_exit 2 rules check --strict x.yml
    says err "x.yml:2:5: rule 'x' has no 'why'"
    expect_exit 0 rules check x.yml
}

@test "rules of the experimental level: off, with the reason, on when asked for" {
    cat >pool.yml <<'END'
rules:
  - {id: pool, resource: pool, acquire: pool_get, release: pool_put, level: experimental, reason: Pools may outlive everything.}
END
    printf 'void *pool_get(void);\nint f(int n) { void *p = pool_get(); (void)p; return n; }\n' >f.c
    expect_exit 0 check --rules pool.yml --no-store f.c --
    expect_exit 1 check --rules pool.yml --no-store --experimental f.c --
    says out '[pool-leak]'
    expect_exit 1 check --rules pool.yml --no-store --enable pool f.c --
    expect_exit 0 rules show pool --rules pool.yml
    says out 'Pools may outlive everything.'
    expect_exit 0 rules list --rules pool.yml
    grep -q '^pool .*(experimental)' out
    sed -i 's/, reason: [^}]*//' pool.yml
    expect_exit 2 rules check pool.yml
    says err "experimental rule 'pool' without 'reason': say why it is off"
}
