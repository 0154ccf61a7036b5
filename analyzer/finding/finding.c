#include "finding/finding.h"

#include <stdlib.h>
#include <string.h>

static const char *const category_names[CAT_COUNT] = {
    [CAT_LEAK] = "leak",
    [CAT_FD_LEAK] = "fd_leak",
    [CAT_HANDLE_LEAK] = "handle_leak",
    [CAT_TIMER_LEAK] = "timer_leak",
    [CAT_THREAD_LEAK] = "thread_leak",
    [CAT_DOUBLE_FREE] = "double_free",
    [CAT_USE_AFTER_FREE] = "use_after_free",
    [CAT_MISMATCH] = "mismatch",
    [CAT_REFCOUNT] = "refcount",
    [CAT_LIFECYCLE] = "lifecycle",
};

const char *finding_category_name(finding_category c) {
    return (unsigned)c < CAT_COUNT ? category_names[c] : category_names[CAT_LIFECYCLE];
}

const char *finding_severity_name(finding_severity s) {
    switch (s) {
        case FINDING_NOTE:
            return "note";
        case FINDING_WARNING:
            return "warning";
        case FINDING_ERROR:
            return "error";
    }
    return "warning";
}

const char *finding_confidence_name(finding_confidence c) {
    switch (c) {
        case CONFIDENCE_LOW:
            return "low";
        case CONFIDENCE_MEDIUM:
            return "medium";
        case CONFIDENCE_HIGH:
            return "high";
    }
    return "medium";
}

static int by_text(const char *a, const char *b) {
    return strcmp(a ? a : "", b ? b : "");
}
static int by_number(int64_t a, int64_t b) {
    return (a > b) - (a < b);
}

static int by_loc(const finding_loc *a, const finding_loc *b) {
    int c = by_text(a->file, b->file);
    if (!c) c = by_number(a->line, b->line);
    if (!c) c = by_number(a->col, b->col);
    return c;
}

static int by_steps(const finding *a, const finding *b) {
    int c = by_number(a->nsteps, b->nsteps);
    for (uint32_t i = 0; !c && i < a->nsteps; i++) {
        c = by_loc(&a->steps[i].loc, &b->steps[i].loc);
        if (!c) c = by_text(a->steps[i].text, b->steps[i].text);
    }
    return c;
}

/* The keys after the message make the order total, so that equal findings of two units cannot
 * change places between runs. */
static int by_place(const void *pa, const void *pb) {
    const finding *a = pa, *b = pb;
    int c = by_loc(&a->loc, &b->loc);
    if (!c) c = by_text(a->rule_id, b->rule_id);
    if (!c) c = by_text(a->message, b->message);
    if (!c) c = by_text(a->usr, b->usr);
    if (!c) c = by_text(a->role_acquire, b->role_acquire);
    if (!c) c = by_text(a->role_exit, b->role_exit);
    if (!c) c = by_text(a->role_place, b->role_place);
    if (!c) c = by_number(b->confidence, a->confidence);
    if (!c) c = by_steps(a, b);
    return c;
}

void finding_sort(finding_list *l) {
    if (l->items.n > 1) qsort(l->items.v, l->items.n, sizeof *l->items.v, by_place);
}
