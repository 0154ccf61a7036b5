# Shared by the bats files. LIFELINT is the binary under test, SOURCE_DIR the repository.
: "${LIFELINT:?the binary under test}" "${SOURCE_DIR:?the repository}"

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    unset NO_COLOR CLICOLOR_FORCE
}

# check EXIT-CLASS ARGUMENTS...: runs `lifelint ARGUMENTS`; standard output goes to ./out, standard error to ./err.
expect_exit() {
    local wanted=$1 got=0
    shift
    "$LIFELINT" "$@" >out 2>err || got=$?
    if [ "$got" != "$wanted" ]; then
        echo "lifelint $*: exit $got, not $wanted"
        head -c 2000 out err
        return 1
    fi
}

# Exactly one line on standard error, and it says TEXT.
one_error() {
    if [ "$(wc -l <err)" != 1 ] || ! grep -qF -- "$1" err; then
        echo "not one line with '$1':"
        head -c 2000 err
        return 1
    fi
}

says() {
    grep -qF -- "$2" "$1" || {
        echo "$1 does not say '$2':"
        head -c 2000 "$1"
        return 1
    }
}

lacks() {
    if grep -qF -- "$2" "$1"; then
        echo "$1 says '$2':"
        head -c 2000 "$1"
        return 1
    fi
}

leaky() {
    cat >leaky.c <<'END'
#include <stdlib.h>
int f(int x)
{
    char *p = malloc(10);
    if (!p)
        return -1;
    if (x)
        return 1;
    free(p);
    return 0;
}
END
}

# Prints a source that wants more memory than it may have: eight to the power of nine numbers.
hog() {
    local i b
    echo '#define A0 1,1,1,1,1,1,1,1'
    for i in 1 2 3 4 5 6 7 8; do
        b="A$((i - 1))"
        echo "#define A$i $b,$b,$b,$b,$b,$b,$b,$b"
    done
    echo 'int hog[] = {A8};'
}
