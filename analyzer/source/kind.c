#include <string.h>

#include "source/source.h"

src_kind src_kind_of(const char *path) {
    static const struct {
        const char *ext;
        src_kind kind;
    } table[] = {
        {"c", SRC_C},        {"i", SRC_C},        {"cc", SRC_CXX},     {"cpp", SRC_CXX},    {"cxx", SRC_CXX},
        {"c++", SRC_CXX},    {"C", SRC_CXX},      {"CPP", SRC_CXX},    {"cp", SRC_CXX},     {"ii", SRC_CXX},
        {"cppm", SRC_CXX},   {"ixx", SRC_CXX},    {"h", SRC_HEADER},   {"H", SRC_HEADER},   {"hh", SRC_HEADER},
        {"hpp", SRC_HEADER}, {"hxx", SRC_HEADER}, {"h++", SRC_HEADER}, {"inc", SRC_HEADER}, {"inl", SRC_HEADER},
        {"ipp", SRC_HEADER}, {"tpp", SRC_HEADER}, {"tcc", SRC_HEADER}, {"def", SRC_HEADER}, {"s", SRC_ASM},
        {"S", SRC_ASM},      {"sx", SRC_ASM},     {"asm", SRC_ASM},
    };
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    for (size_t i = 0; dot && i < sizeof table / sizeof *table; i++)
        if (strcmp(dot + 1, table[i].ext) == 0) return table[i].kind;
    return SRC_OTHER;
}
