#!/usr/bin/env bats
# What a run costs and says after another one: nothing is read twice, and the past does not show in the output.

load common

# A program of several files in which one is compiled twice, with flags that matter.
program() {
    cp "$SOURCE_DIR"/fixtures/project/journal/*.[ch] .
    cat >twice.c <<'END'
#include <stdlib.h>
int pick(int n)
{
    char *p = malloc(8);
    if (!p)
        return -1;
    if (n > 3)
        return EARLY;
    free(p);
    return 0;
}
END
    entries=()
    for f in *.c; do [ $f = twice.c ] || entries+=("$f -O2"); done
    entries+=("twice.c -DEARLY=1" "twice.c -DEARLY=2+(free(p),0)")
    database "${entries[@]}"
}

database() { # "FILE FLAG"...
    printf '%s\n' "$@" | jq -Rn --arg dir "$PWD" '[inputs / " " | {directory: $dir, file: .[0],
        arguments: ["cc", .[1], "-c", .[0]]}]' >compile_commands.json
}

reports() { # PREFIX ARGUMENTS...
    local to=$1
    shift
    expect_exit 1 check "$@" -f text -o "$to.txt" -f json -o "$to.json" -f sarif -o "$to.sarif"
}

same_reports() { # PREFIX PREFIX
    for format in txt json sarif; do cmp "$1.$format" "$2.$format"; done
}

# But for what a comparison with the run before adds.
findings() {
    jq 'del(.findings[].state, .gone)'
}

same_findings() { # PREFIX PREFIX
    cmp "$1.txt" "$2.txt"
    cmp <(findings <"$1.json") <(findings <"$2.json")
    cmp <(jq 'del(.runs[].results[].baselineState)' "$1.sarif") <(jq 'del(.runs[].results[].baselineState)' "$2.sarif")
}

@test "same bytes whatever the order of the database, -j, and what is remembered" {
    program
    reports first --no-store -j1
    jq -e '.findings | length > 4' first.json
    jq -e '[.findings[] | select(.location.file == "twice.c")] | length > 0' first.json
    local order n=${#entries[@]} i
    for order in 1 2 3 4; do
        rm -rf .lifelint
        case $order in
            1) set -- $(seq $((n - 1)) -1 0) ;;
            2) set -- $(seq $((n / 2)) $((n - 1))) $(seq 0 $((n / 2 - 1))) ;;
            3) set -- $(seq 1 2 $((n - 1))) $(seq 0 2 $((n - 1))) ;;
            4) set -- $(seq 0 $((n - 1))) ;;
        esac
        local turned=()
        for i; do turned+=("${entries[i]}"); done
        database "${turned[@]}"
        reports cold -j$order --no-store
        same_reports first cold
        reports kept -j$order
        same_reports first kept
        echo 'int more;' >>main.c
        reports edited
        sed -i '$d' main.c
        reports back --stats
        same_findings first back
        says err "0 parsed"
    done
}

pool_pack() { # RELEASE
    cat >pool.yml <<END
about: a pool
rules:
  - id: pool
    resource: pool
    acquire: pool_new
    release: $1
    bad: ["void *pool_new(void); int f(void) { return pool_new() != 0; } // expect: pool-leak"]
    good: ["void *pool_new(void); void $1(void *); void f(void) { $1(pool_new()); }"]
END
}

@test "a rule change parses nothing, and finds what a run without a past finds" {
    cat >pool.c <<'END'
void *pool_new(void);
void pool_free(void *p) { (void)p; }
int f(void) { return pool_new() != 0; }
int g(void) { pool_free(pool_new()); return 0; }
END
    leaky
    database "pool.c -O2" "leaky.c -O2"
    expect_exit 1 check
    again() { # EXIT LINES-OF-FINDINGS OPTIONS...
        local wanted=$1 count=$2
        shift 2
        expect_exit "$wanted" check --stats --format json "$@"
        says err "0 parsed"
        jq -e ".findings | length == $count" out
        cp out warm.json
        expect_exit "$wanted" check --no-store --format json "$@"
        cmp <(findings <warm.json) <(findings <out)
    }
    again 1 1
    pool_pack pool_free
    again 1 2 --rules pool.yml
    pool_pack pool_drop # the same file with something else in it
    again 1 3 --rules pool.yml
    again 0 0 --disable libc-heap
    again 1 3 --rules pool.yml
    again 1 2 --rules pool.yml --disable libc-heap
    again 1 1
}

@test "one pass of parsing: what can be read once only is enough" {
    # Headers that are pipes: a second reader would wait for ever.
    mkfifo make.h drop.h
    printf '#include "make.h"\nint f(int x) { char *p = make(x); if (x) return 1; drop(p); return 0; }\n' >use.c
    printf '#include "drop.h"\n' >drop.c
    printf '#include <stdlib.h>\nchar *make(int n) { return malloc((size_t)n); }\n' >make.c
    database "use.c -O2" "make.c -O2" "drop.c -O2"
    echo 'char *make(int); void drop(char *);' >make.h &
    printf '#include <stdlib.h>\nvoid drop(char *p) { free(p); }\n' >drop.h &
    expect_exit 1 check --no-store --time-limit 20
    wait
    says out "use.c:2"
    says err "1 finding in 3 units"
}
