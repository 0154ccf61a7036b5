#define _GNU_SOURCE
#include "pipeline/install.h"

#include <string.h>
#include <unistd.h>

#include "base/sys.h"

const char *pipeline_installed_rules(char buf[PIPELINE_PATH_MAX]) {
    static const char rules[] = "/share/lifelint/rules";
    ssize_t n = readlink("/proc/self/exe", buf, PIPELINE_PATH_MAX - sizeof rules);
    if (n <= 0) return NULL;
    buf[n] = 0;
    for (int up = 0; up < 2; up++) { /* from <prefix>/bin/lifelint to <prefix> */
        char *slash = strrchr(buf, '/');
        if (!slash) return NULL;
        *slash = 0;
    }
    memcpy(buf + strlen(buf), rules, sizeof rules);
    return ll_is_dir(buf) ? buf : NULL;
}
