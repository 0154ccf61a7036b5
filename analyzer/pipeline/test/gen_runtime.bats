#!/usr/bin/env bats
# The interposer that `gen runtime` writes: what it looks like, that it compiles cleanly, and what it sees.

load ../../cmd/test/common

generate() { # family...
    local options=()
    for family in "$@"; do options+=(--family "$family"); done
    "$LIFELINT" gen runtime -q "${options[@]}" -d .
}

library() {
    "${CC:-cc}" -O1 -fPIC -shared -o libruntime.so lifelint_runtime.c -ldl -lpthread
}

# held RULE FUNCTION: how many of the rule's resources that the function gave were held at the end
held() {
    jq --arg r "$1" --arg f "$2" '[.held[] | select(.rule == $r and .acquired_by == $f) | .count] | add // 0' report.json
}

@test "the tables and wrappers made of a rule are as agreed" {
    "$LIFELINT" gen runtime -q --rule posix-timer -d .
    {
        sed -n '/^static const llr_rule/,/^\/\* ---- state/p' lifelint_runtime.c
        sed -n '/^\/\* ---- the functions/,$p' lifelint_runtime.c
        cat lifelint_runtime.wrap
    } >timer.txt
    golden=$SOURCE_DIR/fixtures/gen/runtime_timer.txt
    if [ -n "${UPDATE_GOLDEN-}" ]; then cp timer.txt "$golden"; fi
    diff -u "$golden" timer.txt
}

@test "gcc and clang compile both forms without a warning" {
    generate libc posix stdio threads timers library
    for compiler in gcc clang-19; do
        command -v "$compiler" >/dev/null || continue
        "$compiler" -Wall -Wextra -Werror -O1 -fPIC -c lifelint_runtime.c
        "$compiler" -Wall -Wextra -Werror -O1 -DLIFELINT_WRAP -c lifelint_runtime.c
    done
}

@test "what is held at the end is reported with its stack, in both forms" {
    generate libc posix stdio threads
    library
    cat >leak.c <<'EOF'
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
static void *run(void *p) { return p; }
int main(void) {
    int fds[2], mode = open("made", O_CREAT | O_WRONLY, 0640);
    char *text, *grown = realloc(malloc(4), 400), *kept = strdup("kept");
    pthread_t t, joined;
    if (mode < 0 || pipe(fds) || asprintf(&text, "%s %d %.1f", "x", 7, 2.5) < 0 || strcmp(text, "x 7 2.5")) return 1;
    close(fds[0]);
    free(grown);
    if (!opendir("/") || !fopen("/dev/null", "r") || !kept) return 1;
    if (mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED) return 1;
    if (pthread_create(&t, NULL, run, NULL) || pthread_create(&joined, NULL, run, NULL)) return 1;
    pthread_join(joined, NULL);
    FILE *p = popen("true", "r");
    if (p) fclose(p);
    return 0;
}
EOF
    cc -g leak.c -o leak
    cc -g -DLIFELINT_WRAP leak.c lifelint_runtime.c @lifelint_runtime.wrap -o wrapped 2>/dev/null
    for form in preload wrap; do
        rm -f report.json
        if [ $form = preload ]; then
            LIFELINT_RUNTIME_REPORT=report.json LD_PRELOAD=$PWD/libruntime.so ./leak
        else
            LIFELINT_RUNTIME_REPORT=report.json ./wrapped
        fi
        [ "$(stat -c %a made)" = 640 ]
        [ "$(held posix-fd pipe)" = 1 ]
        [ "$(held posix-fd open)" = 1 ]
        [ "$(held libc-heap asprintf)" = 1 ]
        [ "$(held libc-heap strdup)" = 1 ]
        [ "$(held libc-heap realloc)" = 0 ]
        [ "$(held posix-dir opendir)" = 1 ]
        [ "$(held stdio-stream fopen)" = 1 ]
        [ "$(held posix-mapping mmap)" = 1 ]
        [ "$(held thread pthread_create)" = 1 ]
        [ "$(jq -r '.misuses[] | .kind + " " + .rule + " " + .by' report.json)" = "wrong-release stdio-pipe fclose" ]
        offset=$(jq -r '.held[] | select(.acquired_by == "opendir") | .stack[0].offset' report.json)
        module=$(jq -r '.held[] | select(.acquired_by == "opendir") | .stack[0].module' report.json)
        addr2line -e "$module" "$offset" | grep -q 'leak.c:18'
    done
}

@test "a block freed twice is reported and survived, and a free after another allocation is not" {
    generate libc
    library
    cat >twice.c <<'EOF'
#include <stdlib.h>
int main(int n, char **v) {
    (void)v;
    for (int i = 0; i < 1000; i++) free(malloc(8));
    char *p = malloc(3000000);
    free(p);
    if (n > 1) free(p);
    return 0;
}
EOF
    cc -O0 -w twice.c -o twice
    LIFELINT_RUNTIME_REPORT=report.json LD_PRELOAD=$PWD/libruntime.so ./twice
    [ "$(jq '.misuses | length' report.json)" = 0 ]
    LIFELINT_RUNTIME_REPORT=report.json LD_PRELOAD=$PWD/libruntime.so ./twice again
    [ "$(jq -r '.misuses[] | .kind + " " + .rule' report.json)" = "double-release libc-heap" ]
}

@test "calls can be made to fail" {
    generate libc posix
    library
    cat >fail.c <<'EOF'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    void *a = malloc(8), *b = malloc(8);
    int c = open("/dev/null", O_RDONLY), d = open("/dev/null", O_RDONLY);
    printf("%d%d%d%d\n", a != NULL, b != NULL, c >= 0, d >= 0);
    return 0;
}
EOF
    cc -O0 fail.c -o fail
    run env LIFELINT_RUNTIME_FAIL=malloc:2,open:1 LD_PRELOAD="$PWD/libruntime.so" ./fail
    [ "$output" = 1001 ]
}

@test "a signal writes a report at once, and a forked child writes its own" {
    generate libc posix
    library
    cat >wait.c <<'EOF'
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    char *parents = strdup("parent's");
    if (fork() == 0) {
        char *own = strdup("child's");
        exit(own == NULL);
    }
    wait(NULL);
    raise(SIGUSR1);
    if (rename("report.json", "signal.json")) return 1;
    free(parents);
    return 0;
}
EOF
    cc wait.c -o wait
    LIFELINT_RUNTIME_REPORT=report.json LD_PRELOAD=$PWD/libruntime.so ./wait
    [ "$(jq -r .reason signal.json)" = signal ]
    [ "$(jq -r .reason report.json)" = exit ]
    [ "$(held libc-heap strdup)" = 0 ]
    mv signal.json report.json
    [ "$(held libc-heap strdup)" = 1 ]
    mv report.json.* report.json
    [ "$(held libc-heap strdup)" = 1 ]
}

@test "threads that allocate, exchange and free leave nothing behind" {
    generate libc threads
    library
    cat >threads.c <<'EOF'
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic(void *) slots[64];
static void *work(void *arg) {
    unsigned seed = (unsigned)(size_t)arg;
    for (int i = 0; i < 200000; i++) {
        seed = seed * 1103515245u + 12345u;
        free(atomic_exchange(&slots[seed >> 16 & 63], malloc(seed >> 8 & 255)));
    }
    return NULL;
}
int main(void) {
    pthread_t t[8];
    for (size_t i = 0; i < 8; i++) pthread_create(&t[i], NULL, work, (void *)i);
    for (size_t i = 0; i < 8; i++) pthread_join(t[i], NULL);
    for (int i = 0; i < 64; i++) free(slots[i]);
    return 0;
}
EOF
    cc -O1 threads.c -o threads -lpthread
    LIFELINT_RUNTIME_REPORT=report.json LD_PRELOAD=$PWD/libruntime.so ./threads
    [ "$(held libc-heap malloc)" = 0 ]
    [ "$(jq '.held | map(select(.rule == "thread")) | length' report.json)" = 0 ]
    [ "$(jq '.misuses | length' report.json)" = 0 ]
}

@test "bad words get one clear line" {
    expect_exit 2 gen
    expect_exit 2 gen runtme
    grep -q "did you mean 'runtime'" err
    expect_exit 2 gen runtime --rule posix-df
    grep -q "did you mean 'posix-fd'" err
    expect_exit 2 gen runtime --family nothing
    grep -q "no rule pack 'nothing'" err
}

@test "the thread sanitizer finds no race in it" {
    local run=
    echo 'int main(void) { return 0; }' >empty.c
    gcc -fsanitize=thread empty.c -o empty || skip "no thread sanitizer"
    if setarch -R true; then run='setarch -R'; fi # it knows only some layouts of memory
    $run ./empty || skip "the thread sanitizer does not start here"
    generate libc threads
    cat >threads.c <<'EOF'
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic(void *) slots[16];
static void *work(void *arg) {
    for (size_t i = 0; i < 5000; i++) free(atomic_exchange(&slots[(i + (size_t)arg) & 15], malloc(i & 255)));
    return NULL;
}
int main(void) {
    pthread_t t[4];
    for (size_t i = 0; i < 4; i++) pthread_create(&t[i], NULL, work, (void *)i);
    for (size_t i = 0; i < 4; i++) pthread_join(t[i], NULL);
    for (int i = 0; i < 16; i++) free(slots[i]);
    return 0;
}
EOF
    gcc -g -O1 -fsanitize=thread -DLIFELINT_WRAP -c lifelint_runtime.c threads.c
    gcc -fsanitize=thread -o threads threads.o lifelint_runtime.o @lifelint_runtime.wrap -ldl -lpthread
    LIFELINT_RUNTIME_REPORT=report.json $run ./threads 2>err || { cat err; return 1; }
    [ "$(jq '.held | length' report.json)" = 0 ]
}
