/* Any bytes as the source, the message, the columns and the edits of a finding, in every format. What is JSON must be
 * JSON; the others must hold no control character, and nothing of the input may become markup or another command. */
#define _GNU_SOURCE
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "finding/fingerprint.h"
#include "output/output.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const char *s;
    size_t n;
};

static bool give_text(void *ctx, const char *file, const char **text, size_t *n) {
    const struct input *in = ctx;
    (void)file;
    *text = in->s;
    *n = in->n;
    return true;
}

static void check_json(const char *s, size_t n) {
    json_t *j = json_loadb(s, n, JSON_REJECT_DUPLICATES, NULL);
    if (!j) abort();
    json_decref(j);
}

static void check_lines(const char *s, const char *beginning, void (*line)(const char *, size_t)) {
    for (size_t n; *s; s += n + 1) {
        n = strcspn(s, "\n");
        if (s[n] != '\n' || strncmp(s, beginning, strlen(beginning)) != 0) abort();
        if (line) line(s, n);
    }
}

/* Every `<` begins a tag that the writer itself puts there. */
static void check_markup(const char *s, const char *const *tags) {
    for (const char *p = s; (p = strchr(p, '<')); p++) {
        size_t i = 0;
        while (tags[i] && strncmp(p + 1 + (p[1] == '/'), tags[i], strlen(tags[i])) != 0) i++;
        if (!tags[i]) abort();
    }
}

static void check(output_format format, const char *s, size_t n) {
    static const char *const html[] = {"details>", "summary>", "b>", "code>", "sub>", NULL};
    static const char *const xml[] = {"?xml ",  "!DOCTYPE ", "plist",    "dict>", "key>",
                                      "array>", "string>",   "integer>", NULL};
    if (format == OUTPUT_JSON || format == OUTPUT_SARIF || format == OUTPUT_GITLAB) {
        check_json(s, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] < 0x20 && s[i] != '\n') abort();
    if (format == OUTPUT_RDJSONL) check_lines(s, "{", check_json);
    if (format == OUTPUT_GITHUB) check_lines(s, "::", NULL);
    if (format == OUTPUT_MARKDOWN) check_markup(s, html);
    if (format == OUTPUT_PLIST) check_markup(s, xml);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 6) return 0;
    ll_arena *a = ll_arena_new("fuzz");
    struct input in = {(const char *)data + 6, size - 6};
    finding_step step = {
        STEP_LOST, {"b.c", data[0], data[1], data[2]}, ll_strndup(a, in.s, in.n % 40), "g", data[3] % 12};
    finding f = {.rule_id = "r", .message = ll_strndup(a, in.s, in.n), .steps = &step, .nsteps = 1, .usr = "c:@F@f"};
    f.loc = (finding_loc){ll_strndup(a, in.s, in.n < 20 ? in.n : 20), data[3], data[4], data[5]};
    finding_edit edit = {f.loc.file, data[0], data[1], data[2], data[3], f.message};
    f.edits = &edit;
    f.nedits = 1;
    f.suppressed = data[0] & 1;
    f.suppress_reason = f.message;
    f.link = f.fix = f.why = f.message;
    f.cwe = data[1];
    f.security_severity = data[2] / 25.5;
    finding_list l = {0};
    LL_PUSH(a, &l.items, f);
    finding_fingerprints(a, &l);
    for (output_format format = OUTPUT_TEXT; format < OUTPUT_FORMAT_COUNT; format++) {
        char *s = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&s, &n);
        output_source source = {give_text, &in};
        output_options opt = {.show_suppressed = true, .absent = true, .width = data[5]};
        const bool is_new = data[4] & 1;
        output_run run = {.is_new = data[4] & 2 ? &is_new : NULL, .gone = &l, .n_gone = 1};
        if (!output_write(out, format, &l, &run, &source, &opt, NULL)) abort();
        fclose(out);
        check(format, s, n);
        free(s);
    }
    ll_arena_free(a);
    return 0;
}
