#!/usr/bin/env bats
# ci/bazel under a real Bazel, sandboxed and without network. ci/setup does not install it (bazel-bootstrap brings a
# whole Java): where it is missing these tests say so and are skipped.

load common

bazel_run() {
    HOME=$PWD/home bazel --output_user_root="$PWD/root" --max_idle_secs=20 "$1" "${overrides[@]}" \
        --spawn_strategy=linux-sandbox --noshow_progress --color=no "${@:2}" >out 2>err
}

# What Debian's Bazel would download: the names its own C++ toolchain takes from rules_cc (the packaged ones are of a later
# Bazel), tools for coverage that every test rule depends on, and what is packaged.
offline() {
    mkdir -p rules_cc/cc && touch rules_cc/WORKSPACE rules_cc/cc/BUILD
    local name
    for name in binary import library test toolchain toolchain_suite; do echo "cc_$name = native.cc_$name"; done >rules_cc/cc/defs.bzl
    mkdir remote_coverage_tools && touch remote_coverage_tools/WORKSPACE
    echo 'filegroup(name = "coverage_report_generator", visibility = ["//visibility:public"])
filegroup(name = "lcov_merger", visibility = ["//visibility:public"])' >remote_coverage_tools/BUILD
    overrides=("--override_repository=rules_cc=$PWD/rules_cc"
        "--override_repository=remote_coverage_tools=$PWD/remote_coverage_tools")
    for name in java=rules/java proto=rules/proto; do
        overrides+=("--override_repository=rules_${name%=*}=/usr/share/bazel/${name#*=}")
    done
    overrides+=(--override_repository=bazel_skylib=/usr/share/bazel/tools/skylib
        --override_repository=platforms=/usr/share/bazel/tools/platforms)
}

workspace() {
    mkdir -p tools/lifelint src
    cp "$SOURCE_DIR"/ci/bazel/* tools/lifelint
    cp "$SOURCE_DIR"/fixtures/project/journal/*.[ch] src
    printf 'load("//tools/lifelint:lifelint.bzl", "lifelint_program")\nlifelint_program(name = "lifelint", path = "%s")\n' \
        "$LIFELINT" >WORKSPACE
    cat >BUILD <<'END'
load("//tools/lifelint:lifelint.bzl", "lifelint", "lifelint_test")
lifelint(name = "findings", deps = ["//src:journal"])
lifelint_test(name = "verdict", findings = ":findings")
lifelint(name = "accepted", deps = ["//src:journal"], options = ["--fail-on", "never"])
lifelint_test(name = "accepted_test", findings = ":accepted")
END
    cat >src/BUILD <<'END'
cc_library(name = "store", srcs = ["store.c", "entry.c"], hdrs = ["journal.h"])
cc_binary(name = "journal", srcs = ["main.c", "export.c", "remind.c"], copts = ["-DWORD=\\\"a\\\""], deps = [":store"],
          visibility = ["//visibility:public"])
END
}

teardown() {
    if [ -d root ]; then HOME=$PWD/home bazel --output_user_root="$PWD/root" shutdown >/dev/null 2>&1 || true; fi
    chmod -R u+w root 2>/dev/null || true
}


@test "bazel: one action a file, one join, the findings of check; an edit reruns what it reaches" {
    command -v bazel >/dev/null || skip "no bazel (Debian: bazel-bootstrap bazel-rules-java bazel-rules-proto bazel-skylib bazel-platforms)"
    [ -d /usr/share/bazel/rules/java ] || skip "bazel is here, Debian's bazel-rules-java is not: its toolchains cannot be loaded offline"
    offline
    workspace
    bazel_run build -s //:findings || { cat err; return 1; }
    [ "$(grep -c 'Reading src/.*SUBCOMMAND\|SUBCOMMAND: .*Reading src/' err)" = 5 ] || { cat err; return 1; }
    # the same program with the same macros, read by check
    printf '[' >compile_commands.json
    sep=
    for f in main.c export.c remind.c store.c entry.c; do
        printf '%s{"directory":"%s","file":"src/%s","command":"gcc -iquote . -c src/%s"}' "$sep" "$PWD" $f $f
        sep=,
    done >>compile_commands.json
    echo ']' >>compile_commands.json
    "$LIFELINT" check --no-store -q -f json -o check.json -f text -o check.txt || true
    cmp check.json bazel-bin/findings.json
    cmp check.txt bazel-bin/findings.txt
    jq -e '.findings | length > 3' check.json
    # an edit of one file
    echo 'int more;' >>src/store.c
    bazel_run build -s //:findings || { cat err; return 1; }
    [ "$(grep -c 'SUBCOMMAND: .*Reading src/' err)" = 1 ] || { cat err; return 1; }
    [ "$(grep -c 'SUBCOMMAND: .*Joining' err)" = 1 ]
    # of a header: its users
    echo '/* */' >>src/journal.h
    bazel_run build -s //:findings || { cat err; return 1; }
    [ "$(grep -c 'SUBCOMMAND: .*Reading src/' err)" -gt 2 ]
    # the verdict
    ! bazel_run test --test_output=errors //:verdict || false
    says out "heap block" || says err "heap block"
    bazel_run test //:accepted_test || { cat out err; return 1; }
}
