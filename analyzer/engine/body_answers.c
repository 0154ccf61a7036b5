#include "engine/body_answers.h"

#include "base/bytes.h"

enum { FORMAT = 1 << 20 }; /* not one of remember.c's */

static const char entry[] = "\nbodies"; /* no unit's name */

typedef struct answer {
    ll_hash question;
    bool yes, used;
} answer;

struct body_answers {
    engine *e;
    LL_ARRAY(answer) list;
    bool grown;
};

static void load(body_answers *a) {
    const void *bytes;
    size_t n;
    if (!a->e->opt.cache.get(a->e->opt.cache.ctx, entry, &bytes, &n)) return;
    ll_reader r = ll_reader_of(bytes, n);
    if (!ll_open_sealed(&r, FORMAT)) return;
    for (uint32_t i = ll_get_count(&r, LL_HASH_BYTES + 1); i && !r.bad; i--) {
        answer x = {.question = ll_get_hash(&r)};
        x.yes = ll_get_below(&r, 2);
        LL_PUSH(a->e->arena, &a->list, x);
    }
    if (r.bad || r.p != r.end) a->list.n = 0;
}

body_answers *body_answers_new(engine *e) {
    if (!e->opt.cache.get) return NULL;
    body_answers *a = LL_NEW(e->arena, body_answers);
    a->e = e;
    load(a);
    return a;
}

ll_strbuf body_question(const engine *e, const func_node *n, const char *kind) {
    ll_strbuf b = {0};
    program_look_into(e, n);
    ll_put_str(&b, kind);
    ll_put_hash(&b, program_facts_hash(n));
    return b;
}

static ll_hash hash_of(const ll_strbuf *question) {
    return ll_hash_of(question->s, question->n);
}

bool body_answer_known(body_answers *a, const ll_strbuf *question, bool *yes) {
    ll_hash h = hash_of(question);
    for (uint32_t i = 0; a && i < a->list.n; i++)
        if (ll_hash_equal(a->list.v[i].question, h)) {
            *yes = a->list.v[i].yes;
            return a->list.v[i].used = true;
        }
    return false;
}

void body_answer_keep(body_answers *a, const ll_strbuf *question, bool yes) {
    if (!a) return;
    LL_PUSH(a->e->arena, &a->list, (answer){hash_of(question), yes, true});
    a->grown = true;
}

void body_answers_save(body_answers *a) {
    if (!a || !a->grown || !a->e->opt.cache.put) return;
    ll_strbuf body = {0}, out = {0};
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->list.n; i++) n += a->list.v[i].used;
    ll_put_uint(&body, n);
    for (uint32_t i = 0; i < a->list.n; i++) {
        if (!a->list.v[i].used) continue;
        ll_put_hash(&body, a->list.v[i].question);
        ll_put_uint(&body, a->list.v[i].yes);
    }
    ll_put_sealed(&out, FORMAT, &body);
    a->e->opt.cache.put(a->e->opt.cache.ctx, entry, out.s, out.n);
    ll_sb_free(&body);
    ll_sb_free(&out);
}
