#define _GNU_SOURCE
#include "cmd/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/sys.h"

enum { REDRAW_MS = 80, BAR = 24, MIN_WIDTH = 50 };

static void draw(void *ctx, uint32_t done, uint32_t n, const char *file) {
    progress *p = ctx;
    int64_t now = ll_now_ms();
    if (!p->on || (done < n && now - p->drawn_ms < REDRAW_MS)) return;
    p->drawn_ms = now;
    uint32_t filled = n ? done * BAR / n : BAR;
    char bar[BAR + 1];
    for (uint32_t i = 0; i < BAR; i++) bar[i] = i < filled ? '#' : '.';
    bar[BAR] = 0;
    const char *slash = file ? strrchr(file, '/') : NULL;
    const char *name = slash ? slash + 1 : file ? file : "";
    int room = p->width - BAR - 20;
    fprintf(stderr, "\r\033[K[%s] %*u/%u ", bar, n > 999 ? 5 : 3, done, n);
    /* A file name is untrusted: what could steer the terminal is not shown. */
    for (int i = 0; name[i] && i < room; i++)
        fputc((unsigned char)name[i] < ' ' || name[i] == 127 ? '?' : name[i], stderr);
    fflush(stderr);
}

facts_watch progress_start(progress *p, const cmd_line *l) {
    struct winsize size = {0};
    const char *ci = getenv("CI"), *term = getenv("TERM");
    *p = (progress){.on = isatty(STDERR_FILENO) && !cmd_has(l, OPT_QUIET) && !cmd_has(l, OPT_NO_PROGRESS)};
    if ((ci && *ci) || (term && strcmp(term, "dumb") == 0)) p->on = false;
    p->width = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
    if (p->width < MIN_WIDTH) p->on = false;
    return (facts_watch){.ctx = p, .progress = p->on ? draw : NULL};
}

void progress_end(progress *p) {
    if (p->on && p->drawn_ms) fputs("\r\033[K", stderr);
    p->on = false;
}
