/* A 256-bit bloom set of interned names: fields and globals that some code reads. A branch on a cell that
 * nothing reads any more is no reason to keep two states apart. */
#ifndef LL_ENGINE_READS_H
#define LL_ENGINE_READS_H

#include <stdbool.h>
#include <stdint.h>

static inline uint32_t reads_bit(const char *name) {
    uint32_t h = 2166136261u; /* FNV-1a of the text: addresses differ from run to run */
    for (; *name; name++) h = (h ^ (unsigned char)*name) * 16777619u;
    return (h ^ h >> 16) & 255;
}
static inline void reads_add(uint64_t bloom[4], const char *name) {
    uint32_t b = reads_bit(name);
    bloom[b / 64] |= (uint64_t)1 << (b % 64);
}
static inline bool reads_has(const uint64_t bloom[4], const char *name) {
    uint32_t b = reads_bit(name);
    return bloom[b / 64] >> (b % 64) & 1;
}

#endif
