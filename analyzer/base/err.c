#define _POSIX_C_SOURCE 200809L
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool ll_fail(ll_err *err, ll_code code, const char *fmt, ...) {
    if (!err) return false;
    err->code = code;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);
    return false;
}

bool ll_err_context(ll_err *err, const char *fmt, ...) {
    if (!err) return false;
    char old[sizeof err->msg];
    memcpy(old, err->msg, sizeof old);
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);
    size_t at = n < 0 ? 0 : (size_t)n;
    if (at + 3 >= sizeof err->msg) return false;
    memcpy(err->msg + at, ": ", 3);
    size_t len = strnlen(old, sizeof err->msg - at - 3);
    memcpy(err->msg + at + 2, old, len);
    err->msg[at + 2 + len] = 0;
    return false;
}
