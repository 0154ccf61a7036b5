#!/usr/bin/env bats
# Reports: --format and --output, several of them in one run.

load common

@test "several reports from one run: the n-th --output belongs to the n-th --format" {
    leaky
    expect_exit 1 check --no-store leaky.c -f sarif -o r.sarif -f gitlab -o r.json -f text --
    says out "libc-heap-leak"
    grep -q '"version":"2.1.0"' r.sarif
    grep -q '"check_name":"libc-heap-leak"' r.json
    expect_exit 1 check --no-store leaky.c -f markdown -o - -f plist -o r.plist --
    says out "### lifelint: 1 finding"
    grep -q '<key>issue_hash_content_of_line_in_context</key>' r.plist
}

@test "what does not pair is refused before the run" {
    leaky
    expect_exit 2 check --no-store leaky.c -f sarif -f json
    says err "two reports cannot both go to standard output; give --format json an --output"
    expect_exit 2 check --no-store leaky.c -f sarif -o a -f json -o a
    says err "two reports cannot both go to a"
    expect_exit 2 check --no-store leaky.c -f sarif -o a -o b
    says err "2 times --output and 1 times --format"
    [ ! -e a ]
}

@test "one report that cannot be written does not cost the others" {
    leaky
    expect_exit 4 check --no-store leaky.c -f sarif -o no/such/dir/r.sarif -f json -o r.json --
    says err "no/such/dir/r.sarif"
    grep -q libc-heap-leak r.json
}

@test "an unknown format names the known ones" {
    expect_exit 2 check -f xml
    says err "text|json|sarif|plist|rdjsonl|github|gitlab|markdown"
}
