#!/usr/bin/env bats
# Suppressions outside the sources, verdicts, and what they make of the rules.

load common

# Two leaks of one rule, one of another, in a tree with a compile database.
project() {
    mkdir -p src/test
    printf '#include <stdlib.h>\nvoid one(void) { char *a = malloc(1); if (a) *a = 1; }\n' >src/one.c
    printf '#include <stdlib.h>\nvoid two(void) { char *b = malloc(2); if (b) *b = 2; }\n' >src/test/two.c
    printf '#include <fcntl.h>\nvoid three(void) { int fd = open("x", O_RDONLY); (void)fd; }\n' >src/three.c
    local dir=$PWD sep= file
    { printf '['; for file in src/one.c src/test/two.c src/three.c; do
        printf '%s{"directory":"%s","file":"%s","command":"cc -c %s"}' "$sep" "$dir" "$file" "$file"; sep=,
    done; printf ']'; } >compile_commands.json
}

id_of() { # RULE FILE: the id printed under its finding
    awk -v head="^$2:.*\\\\[$1\\\\]" '$0 ~ head { on = 1 } on && /^  id: / { print $2; exit }' out
}

@test "suppress: by id, into a file that a review sees" {
    project
    expect_exit 1 check
    id=$(id_of libc-heap-leak src/one.c)
    [ ${#id} = 12 ]
    expect_exit 0 suppress "${id:0:6}" --reason 'kept: "for good" # é'
    says out "$id src/one.c:2 libc-heap-leak is suppressed; the entry is in .lifelint-suppressions.yml"
    expect_exit 1 check
    lacks out "src/one.c"
    says out "src/test/two.c"
    says err "1 suppressed"
    expect_exit 1 check --format sarif
    says out '"kind":"external","status":"accepted","justification":"kept: \"for good\" # é"'
    expect_exit 2 suppress "$id" --reason again
    one_error "is suppressed already, at .lifelint-suppressions.yml:3; change it there"
    [ "$(grep -c '^- ' .lifelint-suppressions.yml)" = 1 ]
    # whoever has the file has the suppression, without the database
    expect_exit 1 check --no-store
    lacks out "src/one.c"
}

@test "suppress: an entry that hides nothing any more, or is expired, is a finding" {
    project
    expect_exit 1 check
    id=$(id_of libc-heap-leak src/one.c)
    expect_exit 0 suppress "$id" --reason fixed-soon
    echo 'int fixed;' >src/one.c
    expect_exit 1 check
    says out ".lifelint-suppressions.yml:3:3: note: the suppression of finding $id matches no finding [lifelint-suppression-unused]"
    sed -i '/^- /,$d' .lifelint-suppressions.yml
    expect_exit 1 check
    lacks out "lifelint-suppression"
    says err "1 gone"
    printf 'suppress:\n  - {rule: posix-fd, path: src/, reason: later, until: 2020-01-31}\n' >.lifelint.yml
    expect_exit 1 check
    says out ".lifelint.yml:2:5: warning: the suppression of posix-fd in src/ expired on 2020-01-31 [lifelint-suppression-expired]"
    says out "posix-fd-leak"
}

@test "suppress: by rule and path in the configuration" {
    project
    printf 'suppress:\n  - {rule: libc-heap, path: test/, reason: tests end at once}\n  - {rule: libc-heap-leak, path: other/, reason: none}\n' >.lifelint.yml
    expect_exit 1 check
    says out "src/one.c:2"
    lacks out "src/test/two.c"
    says out "the suppression of libc-heap-leak in other/ matches no finding"
    # a part of the tree says nothing of what is unused
    expect_exit 1 check src/one.c
    lacks out "matches no finding"
}

@test "suppress: what is accepted is new in no comparison" {
    project
    git init -q . && git config user.name t && git config user.email t@example.org
    git add src compile_commands.json && git commit -qm base
    expect_exit 1 check
    id=$(id_of libc-heap-leak src/one.c)
    expect_exit 0 suppress "$id" --reason kept
    echo 'void more(void) { char *c = malloc(3); if (c) *c = 3; }' >>src/one.c
    git add -A . && git commit -qm more
    expect_exit 1 diff HEAD~1
    says err "1 new"
    says out "src/one.c:3"
    lacks out "src/one.c:2"
    expect_exit 1 check
    expect_exit 0 suppress "$(id_of libc-heap-leak src/one.c)" --reason "this too"
    git commit -qam both
    expect_exit 0 diff HEAD~1
    says err "0 new"
    # the state compared counts, not what lies on the disk
    rm .lifelint-suppressions.yml
    expect_exit 0 diff HEAD~2 HEAD
    says err "0 new"
}

@test "diff: SARIF has what is gone as absent, an upload of check has not" {
    project
    git init -q . && git config user.name t && git config user.email t@example.org
    git add src compile_commands.json && git commit -qm base
    echo 'int fixed;' >src/one.c
    git commit -qam fixed
    expect_exit 0 diff HEAD~1 --format sarif
    says out '"baselineState":"absent"'
    expect_exit 0 check --diff HEAD~1 --format sarif
    lacks out '"baselineState":"absent"'
}

@test "suppress: mistakes in entries are named with their place" {
    project
    wrong() { # ENTRY MESSAGE
        printf 'suppress:\n  - %s\n' "$1" >.lifelint.yml
        expect_exit 2 check
        one_error ".lifelint.yml:2:$2"
        rm .lifelint.yml
        printf -- '- %s\n' "$1" >.lifelint-suppressions.yml
        expect_exit 2 check
        one_error "$3"
        rm .lifelint-suppressions.yml
    }
    wrong '{rul: x, reason: y}' "6: unknown key 'rul' in a suppression; did you mean 'rule'?" "unknown key 'rul'"
    wrong '{reason: y}' "5: a suppression of everything; name a rule, a path or a fingerprint" "suppression of everything"
    wrong '{rule: libc-heap}' "5: a suppression without a reason" "without a reason"
    wrong '{rule: libc-heap, reason: y, until: soon}' "41: 'soon' for 'until', expected a day as YYYY-MM-DD" "'soon' for 'until'"
    wrong '{rule: libc-haep, reason: y}' "5: no rule 'libc-haep'; did you mean 'libc-heap'?" "no rule 'libc-haep'"
    wrong '{fingerprint: abc, reason: y}' "19: 'abc' for 'fingerprint', expected its 32 digits" "'abc' for 'fingerprint'"
    wrong 'libc-heap' "5: text as a suppression, expected a map such as" "expected a map"
}

@test "suppress: unknown and ambiguous ids, and what is missing" {
    project
    expect_exit 2 suppress abcdef --reason x
    one_error "no findings are known yet; run 'lifelint check' first"
    expect_exit 1 check
    id=$(id_of libc-heap-leak src/one.c)
    expect_exit 2 suppress "${id:0:8}zz" --reason x
    one_error "no finding '${id:0:8}zz' in the last runs; the nearest is $id (src/one.c:2 libc-heap-leak)"
    expect_exit 2 suppress abc --reason x
    one_error "'abc' is too short"
    expect_exit 2 suppress "$id"
    one_error "say why, for those who read it later: --reason TEXT"
    expect_exit 2 suppress "$id" --reason x --until tomorrow
    one_error "'tomorrow' for --until, expected a day as YYYY-MM-DD"
    expect_exit 2 suppress "$id" --reason x --until 2020-01-01
    one_error "--until 2020-01-01 is over already"
    expect_exit 2 suppress --reason x
    one_error "name one finding by its fingerprint"
    [ ! -e .lifelint-suppressions.yml ]
    echo '{not: a list}' >.lifelint-suppressions.yml
    expect_exit 2 suppress "$id" --reason x
    one_error "expected a list of suppressions"
    [ "$(cat .lifelint-suppressions.yml)" = '{not: a list}' ]
    echo '[]' >.lifelint-suppressions.yml
    expect_exit 2 suppress "$id" --reason x
    [ "$(cat .lifelint-suppressions.yml)" = '[]' ]
}

@test "rules stats: hits, verdicts, idle days, proposals" {
    project
    expect_exit 2 rules stats
    one_error "no findings are known yet"
    expect_exit 1 check
    one=$(id_of libc-heap-leak src/one.c) two=$(id_of libc-heap-leak src/test/two.c) three=$(id_of posix-fd-leak src/three.c)
    expect_exit 0 suppress "$one" --reason wrong --false
    expect_exit 0 confirm "$three"
    says out "$three src/three.c:2 posix-fd-leak is confirmed"
    expect_exit 2 confirm "${three:0:6}x"
    one_error "the nearest is $three"
    expect_exit 1 check
    expect_exit 0 rules stats
    grep -qE '^libc-heap +2 +2 +1 +1 +0 +0$' out
    grep -qE '^posix-fd +1 +1 +0 +0 +1 +0$' out
    says out "2 runs in 0 days"
    # nothing for longer than the project allows
    expect_exit 0 rules stats --retire-after 0
    grep -qE '^libc-heap .*retire: no finding for 0 days$' out
    echo 'retire-after: x' >.lifelint.yml
    expect_exit 2 rules stats
    one_error ".lifelint.yml:1:15: retire-after needs a number, not 'x'"
    rm .lifelint.yml
    # three findings, all judged wrong
    for i in 4 5; do
        printf '#include <stdlib.h>\nvoid f%s(void) { char *a = malloc(1); if (a) *a = 1; }\n' "$i" >>src/one.c
    done
    expect_exit 1 check
    for id in $(grep '^  id: ' out | sed 's/.*: //'); do
        [ "$id" = "$three" ] || expect_exit 0 suppress "$id" --reason wrong --false
    done
    expect_exit 0 rules stats
    grep -qE '^libc-heap .*retire or mend: 4 of 4 judged findings were false$' out
    # what somebody called false is not confirmed in passing
    id=$(sed -n 's/^- fingerprint: //p' .lifelint-suppressions.yml | tail -1)
    expect_exit 2 confirm "$id"
    one_error "is suppressed as false, at .lifelint-suppressions.yml:"
    expect_exit 2 history last
    one_error "history: takes no arguments, 'last' is one"
}

@test "a comment behind code counts at once, and no longer once it is gone" {
    project
    expect_exit 1 check
    says out "src/one.c:2"
    cp src/one.c before.c
    sed -i 's|$| // lifelint:ignore libc-heap: kept|; 1s| //.*||' src/one.c # facts do not show it
    expect_exit 1 check
    lacks out "src/one.c:2"
    expect_exit 1 check
    lacks out "src/one.c:2"
    cp before.c src/one.c
    expect_exit 1 check
    says out "src/one.c:2"
    expect_exit 1 check
    says out "src/one.c:2"
}
