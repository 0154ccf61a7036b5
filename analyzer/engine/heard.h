/* What is to be known of a whole program to tell what an edit of one unit cannot touch: whom it names and declares,
 * where each function is and which was followed before which, into which bodies questions to the program as a whole
 * looked, and what they asked about. Made once the program was analysed, kept beside what it came to, and read without
 * the program.
 *
 * Names are short hashes of USRs: that two fall together is only taken for being named, or for one place more to look;
 * of declarations 61 bits are compared. */
#ifndef LL_ENGINE_HEARD_H
#define LL_ENGINE_HEARD_H

#include "base/bytes.h"
#include "ir/ir.h"
#include "rulepack/rule.h"

typedef struct heard {
    ll_strings units; /* main files; v[0] is none */
    const void *marks;
    uint32_t nmarks;
} heard;

struct engine;
/* After engine_run. */
void heard_write(const struct engine *e, ll_strbuf *out);
/* False: damaged, or foreign. The bytes stay as long as it is used; units are in the arena. */
bool heard_read(ll_arena *a, const void *bytes, size_t n, heard *out);

/* Anybody names it, or declares what it does not define. */
bool heard_named(const heard *h, const char *usr);
/* A question that no path answers looked into the body of the unit's function, or a caller's following did. */
bool heard_looked_into(const heard *h, const char *usr, const char *unit);
/* One asked whom it registers (call_put_roots). */
bool heard_asked_roots(const heard *h, const char *usr, const char *unit);
/* One went on from it to what it calls, or to what calls it. */
bool heard_asked_around(const heard *h, const char *usr, const char *unit);
/* Somebody asked whether some function gets to another by whatever way. */
bool heard_asked_ways(const heard *h);
/* No function that `from` gets to calls `to`'s callers: `from` was followed before `to`, as callees are. */
bool heard_follows(const heard *h, const char *from, const char *to);
/* Which calls that rules watch the function gets to, as bits of heard_forbid_bit; HEARD_REACHES_WATCHED: others than
 * banned ones. */
uint32_t heard_reach(const heard *h, const char *usr);
enum { HEARD_REACHES_WATCHED = 1, HEARD_REACHES_MORE = 1 << 28 };
/* Of a rule that bans calls. Those that there is no bit for share HEARD_REACHES_MORE. */
uint32_t heard_forbid_bit(const rule_set *rules, const rule *r);
/* What the program takes for the function's declaration is this, if anything is. */
bool heard_declared(const heard *h, const ir_fdecl *d);
/* Something waits for evidence of this name (evidence.h). */
bool heard_needs_borrow(const heard *h, const char *key);
/* Records of this name are released somewhere; a record that has a field of this name is. */
bool heard_ended_type(const heard *h, const char *type);
bool heard_ended_field(const heard *h, const char *field);
/* The units in which the program has its definitions: calls visit for each. */
void heard_homes(const heard *h, const char *usr, void (*visit)(void *ctx, const char *unit), void *ctx);
/* One of them is in a unit that was not added to the engine. */
bool heard_away(const heard *h, const struct engine *e, const char *usr);

#endif
