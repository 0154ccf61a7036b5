#include "finding/lines.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

static bool is_number(const char *s) {
    return isdigit((unsigned char)*s) || (*s == '-' && isdigit((unsigned char)s[1]));
}

const char *finding_shift_lines(ll_arena *a, const char *text, int32_t by, int32_t first, int32_t last, bool *outside) {
    ll_strbuf b = {0};
    const char *rest = text;
    for (const char *at; (at = strstr(rest, "line "));) {
        char *end = (char *)(at += 5);
        long line = is_number(at) ? strtol(at, &end, 10) : 0;
        ll_sb_addn(&b, rest, (size_t)(at - rest));
        if (end != at && (line < first || line > last)) *outside = true;
        if (end != at) ll_sb_printf(&b, "%ld", line + by);
        rest = end;
    }
    const char *out = rest == text ? text : ll_printf(a, "%s%s", ll_sb_str(&b), rest);
    ll_sb_free(&b);
    return out;
}
