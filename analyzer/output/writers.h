/* What the writers share; inside output/ only. */
#ifndef LL_OUTPUT_WRITERS_H
#define LL_OUTPUT_WRITERS_H

#include <jansson.h>

#include "output/output.h"
#include "output/source.h"

typedef struct report {
    FILE *f;
    const finding_list *list;
    const output_run *run;
    const output_options *opt;
    source_cache *sources;
} report;

#define OUTPUT_WRITER(ID, name) void name##_write(const report *r);
OUTPUT_FORMATS(OUTPUT_WRITER)
#undef OUTPUT_WRITER

/* One JSON value on one line, and the value released. `skip_end` drops that many closing braces, so
 * that a large array can follow as the object's last member without being held in memory. */
void report_dump(const report *r, json_t *value, unsigned skip_end);

const char *report_state(const report *r, uint32_t i); /* "new", "reopened", "unchanged"; only with run->is_new */
const char *report_version(const report *r);

/* Whether finding i is one of this report: not suppressed, and new when only those are asked for. */
bool report_shows(const report *r, uint32_t i);
/* The message as sentences, the fix among them: most hosts show nothing else beside the line. */
void report_message(const finding *f, ll_strbuf *out);
/* How often each fingerprint was met before, in the order of the list: hosts that know a finding by one word alone
 * take equal ones for one. On the heap. */
uint32_t *report_ordinals(const finding_list *l);

#endif
