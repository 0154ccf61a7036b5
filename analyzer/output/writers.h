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

void text_write(const report *r);
void json_write(const report *r);
void sarif_write(const report *r);

/* One JSON value on one line, and the value released. `skip_end` drops that many closing braces, so
 * that a large array can follow as the object's last member without being held in memory. */
void report_dump(const report *r, json_t *value, unsigned skip_end);

const char *report_version(const report *r);

#endif
