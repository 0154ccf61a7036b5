/* Facts and the text form as bytes from outside. The first byte chooses; facts get a right checksum, or
 * nothing behind it would ever be reached. What is accepted must survive the other direction. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/strbuf.h"
#include "ir/codec.h"
#include "ir/ir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok) {
    if (!ok) abort();
}

static bool decode_sealed(ll_arena *a, ll_intern *names, const uint8_t *data, size_t size, ir_unit *u) {
    ll_strbuf b = {0};
    uint64_t h = XXH3_64bits(data, size);
    ll_sb_addn(&b, IR_CODEC_MAGIC, 4);
    ll_sb_addc(&b, IR_VERSION);
    for (int i = 0; i < 8; i++) ll_sb_addc(&b, (char)(h >> (8 * i) & 0xff));
    ll_sb_addn(&b, data, size);
    bool ok = ir_decode(a, names, b.s, b.n, u, NULL);
    ll_sb_free(&b);
    return ok;
}

static void check_round_trip(ll_arena *a, ll_intern *names, const ir_unit *u) {
    ll_strbuf first = {0}, second = {0};
    ir_unit again;
    ir_encode(&first, u);
    must(ir_decode(a, names, first.s, first.n, &again, NULL));
    ir_encode(&second, &again);
    must(first.n == second.n && memcmp(first.s, second.s, first.n) == 0);
    ll_sb_free(&first);
    ll_sb_free(&second);
}

static void check_text(ll_arena *a, ll_intern *names, const ir_unit *u) {
    ll_strbuf first = {0}, second = {0};
    ir_unit again;
    ir_print_unit(&first, u);
    must(ir_read_unit(a, names, "fuzz", ll_sb_str(&first), &again, NULL));
    ir_print_unit(&second, &again);
    must(strcmp(ll_sb_str(&first), ll_sb_str(&second)) == 0);
    ll_sb_free(&first);
    ll_sb_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!size) return 0;
    ll_arena *a = ll_arena_new("fuzz");
    ll_intern *names = ll_intern_new();
    ir_unit u;
    if (data[0] & 1) {
        if (decode_sealed(a, names, data + 1, size - 1, &u)) {
            ll_strbuf text = {0};
            ir_print_unit(&text, &u);
            ll_sb_free(&text);
            check_round_trip(a, names, &u);
        }
    } else if (ir_read_unit(a, names, "fuzz", ll_strndup(a, (const char *)data + 1, size - 1), &u, NULL)) {
        check_round_trip(a, names, &u);
        check_text(a, names, &u);
    }
    ll_intern_free(names);
    ll_arena_free(a);
    return 0;
}
