#!/usr/bin/env bats
# The steps under ci/, run as their systems run them: on a clone, with the variables those set.

load common

setup_file() {
    export GIT_CONFIG_GLOBAL=$BATS_FILE_TMPDIR/gitconfig
    git config --global user.name t
    git config --global user.email t@example.org
    git config --global init.defaultBranch main
    git config --global protocol.file.allow always
    git config --global uploadpack.allowAnySHA1InWant true
}

# A repository `upstream` whose main has one leak and 3 commits, with a branch `topic` that parted two commits ago and
# brings another leak; compile_commands.json is made as by a build.
upstream() {
    mkdir upstream && git -C upstream init -q
    printf '#include <stdlib.h>\nvoid old(void) { char *a = malloc(1); if (a) *a = 1; }\n' >upstream/old.c
    git -C upstream add . && git -C upstream commit -qm one
    git -C upstream branch topic
    for n in two three; do echo "int $n;" >upstream/$n.c && git -C upstream add . && git -C upstream commit -qm $n; done
    git -C upstream switch -q topic
    printf '#include <fcntl.h>\nvoid fresh(void) { int fd = open("x", O_RDONLY); (void)fd; }\n' >upstream/fresh.c
    git -C upstream add . && git -C upstream commit -qm fresh
    git -C upstream switch -q main
}

clone() { # BRANCH DEPTH: into ./work, as a CI checkout
    git clone -q ${2:+--depth=$2} --branch "$1" --no-tags "file://$PWD/upstream" work
    database work
}

database() { # DIR
    (cd "$1" && printf '[' && sep= && for f in *.c; do
        printf '%s{"directory":"%s","file":"%s","command":"cc -c %s"}' "$sep" "$PWD" "$f" "$f"
        sep=,
    done && printf ']') >"$1.json"
    mv "$1.json" "$1/compile_commands.json"
}

step() { # EXIT SYSTEM [ARGUMENT...]: in ./work
    local wanted=$1 system=$2 got=0
    shift 2
    (cd work && LIFELINT=$LIFELINT "$SOURCE_DIR/ci/$system/run" "$@") >out 2>err || got=$?
    [ "$got" = "$wanted" ] || { echo "ci/$system/run: exit $got, not $wanted"; cat out err; return 1; }
}

pull_request_event() { # BASE-SHA
    printf '{"pull_request": {"number": 7, "base": {"sha": "%s", "ref": "main"}}}' "$1" >event.json
}

@test "shell: compares with the base, in a shallow clone too" {
    upstream
    clone topic 1
    LIFELINT_BASE=origin/main step 1 shell
    says out "fresh.c:2"
    lacks out "old.c"
    says work/lifelint-reports/lifelint.md "1 new finding, 0 gone, 1 unchanged"
    grep -q '"baselineState":"new"' work/lifelint-reports/lifelint.sarif
    grep -q '"state":"new"' work/lifelint-reports/lifelint.json
    # the clone has what it had, and the parting point
    (cd work && git merge-base origin/main HEAD)
}

@test "shell: without a base every finding counts; limits come from the environment or the project" {
    upstream
    clone topic
    step 1 shell
    says out "old.c:2"
    LIFELINT_FAIL_ON=error step 0 shell
    echo 'fail-on: error' >work/.lifelint.yml
    step 0 shell
    LIFELINT_FORMATS= step 0 shell -q
    rm -r work/lifelint-reports
    LIFELINT_FORMATS='rdjsonl plist' LIFELINT_REPORTS=r step 0 shell
    [ "$(ls work/r | xargs)" = "lifelint.plist lifelint.rdjsonl" ]
}

@test "shell: a base that nobody has is one line" {
    upstream
    clone topic 1
    LIFELINT_BASE=origin/nothing step 2 shell
    one_error "revision 'origin/nothing' is not in this clone and 'origin' does not give it"
    (cd work && ! LIFELINT=/no/such "$SOURCE_DIR/ci/shell/run" 2>../err)
    one_error "the program '/no/such' is not there"
}

@test "shell: the cache of one job serves the next, in another clone" {
    upstream
    clone topic
    LIFELINT_CACHE=$PWD/cache step 1 shell --stats
    [ "$(ls cache)" = lifelint.db ]
    rm -rf work
    clone topic
    LIFELINT_CACHE=$PWD/cache step 1 shell
    says err "0 new, 0 gone, 2 unchanged"
    # what came with the sources is not the cache, whatever it says
    cp work/.lifelint/lifelint.db sent && mv sent work/.lifelint/lifelint.db
    git -C work add -f .lifelint/lifelint.db
    LIFELINT_CACHE=$PWD/other step 1 shell
    says err "was not made here"
    echo damaged >cache/lifelint.db
    rm -rf work
    clone topic
    LIFELINT_CACHE=$PWD/cache step 1 shell
    says err "findings are not stored"
    says out "old.c:2"
}

@test "GitHub: a pull request is annotated, summed up, and its SARIF is handed on" {
    upstream
    clone topic 1
    pull_request_event "$(git -C upstream rev-parse main)"
    export GITHUB_EVENT_NAME=pull_request GITHUB_EVENT_PATH=$PWD/event.json GITHUB_WORKSPACE=$PWD/work \
        GITHUB_STEP_SUMMARY=$PWD/summary GITHUB_OUTPUT=$PWD/output INPUT_DEFER_EXIT=true
    step 0 github
    [ "$(wc -l <out)" = 1 ]
    says out "::warning title=posix-fd-leak,file=fresh.c,line=2,endLine=2,col=29"
    says summary "### lifelint: 1 new finding, 0 gone, 1 unchanged"
    says output "exit-code=1"
    sarif=$(sed -n 's/^sarif=//p' output)
    [ -s "$sarif" ]
    lacks "$sarif" '"absent"'
    INPUT_DEFER_EXIT= step 1 github
    INPUT_FAIL_ON=never INPUT_DEFER_EXIT= step 0 github
}

@test "GitHub: a push checks everything; an event without a base does, too" {
    upstream
    clone main
    echo '{"ref": "refs/heads/main"}' >event.json
    export GITHUB_EVENT_NAME=push GITHUB_EVENT_PATH=$PWD/event.json GITHUB_WORKSPACE=$PWD/work
    step 1 github
    says out "file=old.c"
    GITHUB_EVENT_NAME=merge_group step 1 github
    says out "file=old.c"
    printf '{"merge_group": {"base_sha": "%s"}}' "$(git -C upstream rev-parse main~1)" >event.json
    GITHUB_EVENT_NAME=merge_group step 0 github
    lacks out "file=old.c"
}

@test "GitHub: what the action names exists, and third-party actions are pinned by hash" {
    action=$SOURCE_DIR/ci/github/action.yml
    python3 - "$action" "$SOURCE_DIR/ci/github/run" <<'PY' || skip "no PyYAML"
import re, sys
try:
    import yaml
except ImportError:
    sys.exit(1)
action = yaml.safe_load(open(sys.argv[1]))
script = open(sys.argv[2]).read()
assert action["runs"]["using"] == "composite"
for s in action["runs"]["steps"]:
    if "uses" in s:
        assert re.search(r"@[0-9a-f]{40}$", s["uses"]), s["uses"]
    else:
        assert s["shell"] == "bash" and "${{" not in s["run"], s
        for name in s.get("env", {}):
            assert name in script or name == "EXIT_CODE", name
used = set(re.findall(r"inputs\.([a-z-]+)", open(sys.argv[1]).read()))
assert used == set(action["inputs"]), (used, set(action["inputs"]))
PY
}

@test "GitLab: a merge request compares, its Code Quality report has everything" {
    upstream
    clone topic 1
    export CI_PROJECT_DIR=$PWD/work CI_MERGE_REQUEST_DIFF_BASE_SHA=$(git -C upstream merge-base main topic)
    step 1 gitlab
    says out "fresh.c:2"
    lacks out "old.c"
    report=work/lifelint-reports/gl-code-quality-report.json
    grep -qF "$(basename $report)" "$SOURCE_DIR/ci/gitlab/lifelint.yml"
    says $report '"path":"fresh.c"'
    says $report '"path":"old.c"'
    unset CI_MERGE_REQUEST_DIFF_BASE_SHA
    step 1 gitlab
    says out "old.c:2"
}

@test "Jenkins: a change request compares with its target, a branch with its last good build" {
    upstream
    clone topic 1
    export WORKSPACE=$PWD/work
    CHANGE_TARGET=main step 1 jenkins
    says out "fresh.c:2"
    lacks out "old.c"
    rm -rf work
    clone topic
    GIT_PREVIOUS_SUCCESSFUL_COMMIT=$(git -C work rev-parse HEAD~1) step 1 jenkins
    lacks out "old.c"
    GIT_PREVIOUS_SUCCESSFUL_COMMIT=$(git -C work rev-parse HEAD) step 0 jenkins
    GIT_PREVIOUS_SUCCESSFUL_COMMIT=0123456789012345678901234567890123456789 step 1 jenkins
    says out "old.c:2"
}

# The report of the parts that were joined last is that of one job.
same_as_one_job() {
    cp work/lifelint-reports/lifelint.sarif joined.sarif
    rm -r work/lifelint-reports work/lifelint-facts
    LIFELINT_FORMATS=sarif LIFELINT_FACTS= step 1 shell --no-store
    cmp joined.sarif work/lifelint-reports/lifelint.sarif
    jq -e '.runs[0].results | length == 2' joined.sarif
}

@test "shards: shell; a part that is missing is one line" {
    upstream
    clone topic
    for k in 1 2; do (cd work && LIFELINT_SHARD=$k/2 "$SOURCE_DIR/ci/shell/shard") >out 2>err; done
    LIFELINT_FACTS=lifelint-facts LIFELINT_BASE=origin/main step 1 shell
    says err "not compared with 'origin/main'"
    says out "fresh.c:2"
    says out "old.c:2"
    cp work/lifelint-reports/lifelint.json base.json
    LIFELINT_FACTS=lifelint-facts LIFELINT_BASELINE=../base.json LIFELINT_FAIL_ON=new step 0 shell
    LIFELINT_FACTS=lifelint-facts step 1 shell
    mv work/lifelint-facts/part-2-of-2.facts .
    LIFELINT_FACTS=lifelint-facts step 2 shell
    one_error "part 2 of 2 is not among"
    mv part-2-of-2.facts work/lifelint-facts
    LIFELINT_FACTS=nothing step 2 shell
    one_error "no *.facts in nothing"
    LIFELINT_FACTS=lifelint-facts step 1 shell
    same_as_one_job
}

@test "shards: GitHub's inputs" {
    upstream
    clone topic
    export GITHUB_WORKSPACE=$PWD/work GITHUB_EVENT_NAME=pull_request GITHUB_EVENT_PATH=$PWD/event.json
    pull_request_event "$(git -C upstream rev-parse main)"
    for k in 1 2 3; do INPUT_SHARD=$k/3 GITHUB_OUTPUT=$PWD/output step 0 github; done
    [ "$(sort -u output)" = exit-code=0 ]
    INPUT_FACTS=lifelint-facts step 1 github
    says out "file=fresh.c"
    says out "file=old.c"
    unset GITHUB_WORKSPACE
    same_as_one_job
}

@test "shards: GitLab's parallel jobs, Jenkins' stages" {
    upstream
    clone topic
    for k in 1 2; do CI_NODE_INDEX=$k CI_NODE_TOTAL=2 CI_PROJECT_DIR=$PWD/work step 0 gitlab; done
    CI_PROJECT_DIR=$PWD/work LIFELINT_FACTS=lifelint-facts CI_MERGE_REQUEST_DIFF_BASE_SHA=HEAD~1 step 1 gitlab
    [ ! -s err ] || lacks err "not compared"
    says work/lifelint-reports/gl-code-quality-report.json '"path":"old.c"'
    same_as_one_job
    for k in 1 2; do LIFELINT_SHARD=$k/2 WORKSPACE=$PWD/work step 0 jenkins; done
    WORKSPACE=$PWD/work LIFELINT_FACTS=lifelint-facts CHANGE_TARGET=main step 1 jenkins
    same_as_one_job
}
