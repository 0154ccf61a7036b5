/* The command-line tool: argv in, exit class out. Everything else is in cmd/. */
#include "cmd/cmd.h"

int main(int argc, char **argv) {
    return cmd_main(argc, argv);
}
