#!/usr/bin/env bats
# The stubs that `gen stubs` writes: what they look like, that they compile cleanly, and that they fail while the bug is there.

load ../../cmd/test/common

source_file() {
    cat >open.c <<'EOF'
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
struct job {
    int kind;
    const char *path;
    struct job *next;
};
int first_word(struct job *job, char *word, int room)
{
    if (job->next->kind != 7 || room < 8)
        return -2;
    int fd = open(job->path, O_RDONLY);
    if (fd < 0)
        return -1;
    char *line = malloc(80);
    if (!line)
        return -1;
    if (read(fd, line, 80) < 4) {
        free(line);
        close(fd);
        return -1;
    }
    word[0] = line[0];
    free(line);
    close(fd);
    return 0;
}
EOF
}

build_and_run() { # STEM EXIT-CLASS
    local got=0
    sh "$1.sh" >"$1.out" 2>&1 || got=$?
    [ "$got" = "$2" ] || { head -c 2000 "$1.out"; return 1; }
}

@test "a stub is as agreed, for each framework, and fails while the leak is there" {
    source_file
    for framework in main cmocka check gtest; do
        "$LIFELINT" gen stubs open.c:13 -q --framework $framework --name leak_$framework --no-config -- -std=gnu17
        build_and_run leak_$framework 1
        grep -q 'first_word(): 1 file descriptor from open() never released \[posix-fd-leak\]' leak_$framework.out
        for ending in .c _run.cpp .sh; do
            [ ! -f leak_$framework$ending ] || sed "s|$PWD|DIR|g" leak_$framework$ending
        done >leak_$framework.txt
        golden=$SOURCE_DIR/fixtures/gen/stub_$framework.txt
        if [ -n "${UPDATE_GOLDEN-}" ]; then cp leak_$framework.txt "$golden"; fi
        diff -u "$golden" leak_$framework.txt
    done
}

@test "gcc and clang compile stub and runtime without a warning" {
    source_file
    for framework in main cmocka check gtest; do
        "$LIFELINT" gen stubs open.c:13 -q --framework $framework --name s_$framework --no-config -- -std=gnu17
        for compiler in gcc clang-19; do
            command -v "$compiler" >/dev/null || continue
            "$compiler" -Wall -Wextra -Werror -fno-builtin -c s_$framework.c -o /dev/null
            "$compiler" -Wall -Wextra -Werror -O1 -c s_${framework}_runtime.c -o /dev/null
            [ ! -f s_${framework}_run.cpp ] || "$compiler" -x c++ -Wall -Wextra -Werror -c s_${framework}_run.cpp -o /dev/null
        done
    done
}

@test "the stub passes once the source is mended" {
    source_file
    "$LIFELINT" gen stubs open.c:13 -q --name leak --no-config -- -std=gnu17
    build_and_run leak 1
    sed -i 's/    if (!line)$/    if (!line \&\& close(fd) < 9)/' open.c
    build_and_run leak 0
}

@test "a stub that is written again keeps the user's parts" {
    source_file
    "$LIFELINT" gen stubs open.c:13 -q --name leak --no-config -- -std=gnu17
    sed -i 's|^    /\* lifelint:begin user arguments \*/|&\n    room = 99; /* mine */|' leak.c
    sed -i 's|^/\* lifelint:begin user declarations \*/|&\nenum { MINE = 4 };|' leak.c
    cp leak.c before.c
    "$LIFELINT" gen stubs open.c:13 -q --name leak --no-config -- -std=gnu17
    diff -u before.c leak.c
    "$LIFELINT" gen stubs open.c:13 -q --framework cmocka --name leak --no-config -- -std=gnu17
    grep -q 'room = 99; /\* mine \*/' leak.c
    grep -q 'MINE = 4' leak.c
    grep -q cmocka_run_group_tests leak.c
    build_and_run leak 1
    sed -i 's|^    /\* lifelint:begin user checks \*/|&\n    said = "mine";|' leak.c
    printf '%s\n' '/* lifelint:begin user helpers */' '/* a part of mine */' '/* lifelint:end user helpers */' >>leak.c
    for framework in check gtest main; do
        "$LIFELINT" gen stubs open.c:13 -q --framework $framework --name leak --no-config -- -std=gnu17
        grep -q 'said = "mine";' leak.c
        grep -q 'a part of mine' leak.c
    done
}

@test "by fingerprint, over a compile database, with the constructor in another unit" {
    cat >make.c <<'EOF'
#include <stdlib.h>
struct box { int n; };
struct box *box_new(int n) {
    struct box *b = malloc(sizeof *b);
    if (b) b->n = n;
    return b;
}
EOF
    cat >use.c <<'EOF'
struct box;
struct box *box_new(int n);
void free(void *);
int use(int n) {
    struct box *b = box_new(n);
    if (!b) return -1;
    if (n == 3) return 1;
    free(b);
    return 0;
}
EOF
    printf '[{"directory":"%s","file":"make.c","command":"cc -c make.c"},{"directory":"%s","file":"use.c","command":"cc -Wall -Werror -c use.c"}]' \
        "$PWD" "$PWD" >compile_commands.json
    "$LIFELINT" check --no-store --format json >report.json || true
    fingerprint=$(jq -r '.findings[] | select(.function == "use") | .fingerprint' report.json)
    "$LIFELINT" gen stubs "$fingerprint" -q --name box
    build_and_run box 1
    grep -q libc-heap-leak box.out
}

@test "misuse: released twice, used after, released by the wrong function, and out of place" {
    cat >misuse.c <<'EOF'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
void twice(int n) {
    char *p = malloc(8);
    if (!p) return;
    if (n > 3) free(p);
    free(p);
}
char after(void) {
    char *p = strdup("x");
    if (!p) return 0;
    free(p);
    return *p;
}
int stream_after(const char *path) {
    FILE *f = fopen(path, "r");
    if (!f) return -1;
    fclose(f);
    return fgetc(f);
}
void wrong(void) {
    FILE *p = popen("true", "r");
    if (p) fclose(p);
}
void bad(void) {
    char room[8];
    room[0] = 0;
    free(room);
}
EOF
    "$LIFELINT" gen stubs misuse.c -q --no-config -- -std=gnu17
    for stub in *_test.sh; do
        build_and_run "${stub%.sh}" 1
        wanted=$(sed -n '3s/.*\[\(.*\)\]$/\1/p' "${stub%.sh}.c")
        grep -qF "[$wanted]" "${stub%.sh}.out"
    done
    [ "$(ls ./*_test.sh | wc -l)" = 5 ]
}

@test "a function without a finding: what it hands on, keeps or is given is not lost" {
    cat >good.c <<'EOF'
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
struct list { struct list *next; char *name; };
static struct list *all;
struct list *add(const char *name, FILE **log) {
    struct list *l = malloc(sizeof *l);
    if (!l) return NULL;
    l->name = strdup(name);
    l->next = all;
    all = l;
    *log = fopen(name, "a");
    return strlen(name) > 3 ? l : NULL;
}
EOF
    "$LIFELINT" gen stubs --function add --file good.c -q --name kept --no-config -- -std=gnu17
    build_and_run kept 0
}

@test "C++: a free function with new" {
    cat >plus.cpp <<'EOF'
int sum(int a, int b) {
    int *p = new int(a);
    if (b < 0) return -1;
    int r = *p + b;
    delete p;
    return r;
}
EOF
    "$LIFELINT" gen stubs plus.cpp -q --name sum --framework gtest --no-config -- -std=gnu++17
    build_and_run sum 1
    grep -q 'cxx-new-leak' sum.out
}

@test "constants at the ends of their range" {
    cat >ends.c <<'EOF'
#include <limits.h>
#include <stdlib.h>
int f(long long x, long long y) {
    char *p = malloc(3);
    if (x - LLONG_MIN > 5) return 1;
    switch (y) { case LLONG_MAX: return 2; case LLONG_MIN: return 4; default: break; }
    if (y + LLONG_MAX < -3) return 3;
    free(p);
    return 0;
}
EOF
    "$LIFELINT" gen stubs --function f --file ends.c -q --name ends_test --no-config -- -std=gnu17
    "$LIFELINT" gen stubs ends.c -q --no-config -- -std=gnu17
}

@test "a finding that is about no function has no stub" {
    source_file
    sed -i '1i // lifelint:ignore posix-fd' open.c
    "$LIFELINT" gen stubs open.c -q --no-config -- -std=gnu17
    expect_exit 2 gen stubs open.c:1 --no-config -- -std=gnu17
    one_error "lifelint-suppression-without-reason in open.c:1 is about no function"
    printf '// lifelint:ignore posix-fd\n' >empty.c
    expect_exit 2 gen stubs empty.c --no-config -- -std=gnu17
    one_error "no finding in empty.c"
}

@test "what cannot be done gets one clear line" {
    source_file
    expect_exit 2 gen stubs
    expect_exit 2 gen stubs open.c:2 --no-config -- -std=gnu17
    one_error "no finding at 'open.c:2'"
    expect_exit 2 gen stubs --function nothing --file open.c --no-config -- -std=gnu17
    one_error "no function 'nothing' with a body in open.c"
    expect_exit 2 gen stubs 0123abcdef --no-config
    expect_exit 2 gen stubs a b
    cp open.c before.c
    expect_exit 2 gen stubs open.c:13 --name open --no-config -- -std=gnu17
    one_error "open.c is there and is not generated"
    diff before.c open.c
}
