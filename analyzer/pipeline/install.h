/* Where the installed parts of lifelint are: found from the running binary, so that a package can be
 * unpacked anywhere. */
#ifndef LL_PIPELINE_INSTALL_H
#define LL_PIPELINE_INSTALL_H

enum { PIPELINE_PATH_MAX = 4096 };

/* <prefix>/share/lifelint/rules beside <prefix>/bin/lifelint, written to `buf`; NULL when there is none. */
const char *pipeline_installed_rules(char buf[PIPELINE_PATH_MAX]);

#endif
