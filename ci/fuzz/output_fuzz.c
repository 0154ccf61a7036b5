/* Any bytes as the source, the message and the columns of a finding, in every format. The text form
 * without colours must hold no control character, the others must be JSON. */
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

static void check(output_format format, const char *s, size_t n) {
    if (format == OUTPUT_TEXT) {
        for (size_t i = 0; i < n; i++)
            if ((unsigned char)s[i] < 0x20 && s[i] != '\n') abort();
        return;
    }
    json_t *j = json_loadb(s, n, JSON_REJECT_DUPLICATES, NULL);
    if (!j) abort();
    json_decref(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 6) return 0;
    ll_arena *a = ll_arena_new("fuzz");
    struct input in = {(const char *)data + 6, size - 6};
    finding_step step = {
        STEP_LOST, {"b.c", data[0], data[1], data[2]}, ll_strndup(a, in.s, in.n % 40), "g", data[3] % 12};
    finding f = {.rule_id = "r", .message = ll_strndup(a, in.s, in.n), .steps = &step, .nsteps = 1, .usr = "c:@F@f"};
    f.loc = (finding_loc){ll_strndup(a, in.s, in.n < 20 ? in.n : 20), data[3], data[4], data[5]};
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
        output_options opt = {.show_suppressed = true, .width = data[5]};
        if (!output_write(out, format, &l, NULL, &source, &opt, NULL)) abort();
        fclose(out);
        check(format, s, n);
        free(s);
    }
    ll_arena_free(a);
    return 0;
}
