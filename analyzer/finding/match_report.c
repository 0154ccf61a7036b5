#include "finding/match_report.h"

#include "base/sys.h"
#include "finding/finding_json.h"

#define MAX_REPORT_BYTES ((size_t)1 << 30)

static bool read_findings(ll_arena *a, const char *path, const json_t *top, finding_list *out, ll_err *err) {
    const json_t *list = json_object_get(top, "findings"), *item;
    json_int_t version = json_integer_value(json_object_get(top, "version"));
    size_t i;
    if (!json_is_array(list) || !version)
        return ll_fail(err, LL_E_USAGE, "%s: no report of lifelint; write one with: lifelint check --format json -o %s",
                       path, path);
    if (version > FINDING_JSON_VERSION)
        return ll_fail(err, LL_E_USAGE, "%s: a report of a newer lifelint (version %lld)", path, (long long)version);
    json_array_foreach(list, i, item) {
        finding f = {0};
        if (!finding_from_json(a, item, &f, err)) return ll_err_context(err, "%s: finding %zu", path, i + 1);
        if (f.fingerprint) LL_PUSH(a, &out->items, f);
    }
    finding_sort(out);
    return true;
}

bool match_read_report(ll_arena *a, const char *path, finding_list *out, ll_err *err) {
    char *text;
    size_t n;
    json_error_t e;
    *out = (finding_list){0};
    if (!ll_read_file(a, path, MAX_REPORT_BYTES, &text, &n, err)) return false;
    json_t *top = json_loadb(text, n, 0, &e);
    if (!top) return ll_fail(err, LL_E_USAGE, "%s:%d:%d: not valid JSON: %s", path, e.line, e.column, e.text);
    bool ok = read_findings(a, path, top, out, err);
    json_decref(top);
    return ok;
}
