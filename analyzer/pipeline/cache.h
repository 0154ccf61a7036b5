/* Facts of earlier runs. Facts are a pure function of a unit's flags and of the bytes it was read from, so they are
 * found by both: by the request, then by what the files it names as inputs are now. Several states of one unit are kept
 * (branches that are gone back and forth between; the two sides of a diff).
 *
 * Nothing in the store is needed: a miss, a damaged entry and a store that fails only mean that units are parsed. What
 * may have been written to while the run went on is not kept. */
#ifndef LL_PIPELINE_CACHE_H
#define LL_PIPELINE_CACHE_H

#include "engine/engine.h"
#include "frontend/frontend.h"
#include "pipeline/seen.h"
#include "store/store.h"

typedef struct facts_cache facts_cache;

/* The store is borrowed and open until facts_cache_free, which also writes what is pending. `view`: what lies over the
 * disk for this run's requests, or NULL; borrowed. */
facts_cache *facts_cache_new(store *s, const seen_view *view);
void facts_cache_free(facts_cache *c);
/* Writes the facts that are pending, ahead of what may end the run. */
void facts_cache_save(facts_cache *c);
/* Writes what is pending, in one go: a run that reads little commits once. facts_cache_error tells how it went. */
void facts_cache_write(facts_cache *c);

/* The key of the facts the request would give now: the hash of their bytes. None: it must be read. */
ll_hash facts_cache_find(facts_cache *c, const fe_request *rq);
/* The facts themselves, in the arena. False: they are gone. */
bool facts_cache_fetch(facts_cache *c, ll_arena *a, ll_hash facts, const void **bytes, size_t *n);
/* Whether the file at this absolute path is known to have no suppression in it. */
bool facts_cache_is_plain(facts_cache *c, const char *path);
/* Keeps facts that were just read. Written in batches; a kill loses the batch at most. */
void facts_cache_put(facts_cache *c, const fe_request *rq, const ir_unit *unit, const void *bytes, size_t n);
/* A request that was read and of which nothing is kept (it failed): what the run came to has no known inputs. */
void facts_cache_skip(facts_cache *c);

/* ---- results of whole runs: bytes by a key of what they were made from ---- */

/* What all requests found or put so far were read from; NULL when that is not known of each, or when one of them may
 * have been written to since the run began. In the arena. */
const ll_strbuf *facts_cache_inputs(facts_cache *c, ll_arena *a);
/* In a run over a whole program: keeps what all its units were read from in one entry, unless
 * most were found there. */
void facts_cache_keep_manifest(facts_cache *c);
/* Whether these inputs are still what they were. */
bool facts_cache_inputs_hold(facts_cache *c, const void *bytes, size_t n);
/* The hash of the file's bytes, without reading it when it is known to be what it was; none when there is none. */
ll_hash facts_cache_file(facts_cache *c, const char *path);
bool facts_cache_get_result(facts_cache *c, ll_arena *a, ll_hash key, const void **bytes, size_t *n);
void facts_cache_put_result(facts_cache *c, ll_hash key, const void *bytes, size_t n);
/* One that every run asks for. */
void facts_cache_put_common(facts_cache *c, ll_hash key, const void *bytes, size_t n);
/* The same for plans of databases: plan_kept.h. */
bool facts_cache_get_plan(facts_cache *c, ll_arena *a, ll_hash key, const void **bytes, size_t *n);
void facts_cache_put_plan(facts_cache *c, ll_hash key, const void *bytes, size_t n);

/* For the engine: what it concluded in earlier runs with the same `scope` (rules, root, and how much of the program
 * there is). Kept when the cache is freed. */
engine_cache facts_cache_engine(facts_cache *c, ll_hash scope);

/* What was known of the program as a whole when these conclusions were last written with this scope; in the arena. It
 * is gone as soon as conclusions are written without being told what they are of: facts_cache_note_program, before
 * they are. */
bool facts_cache_program(facts_cache *c, ll_arena *a, ll_hash scope, const void **bytes, size_t *n);
void facts_cache_note_program(facts_cache *c, const void *bytes, size_t n);
/* The facts that the request had in earlier states, newest first. */
uint32_t facts_cache_states(facts_cache *c, ll_arena *a, const fe_request *rq, const ll_hash **facts);

/* What the store had to say when it failed first, NULL when it did not; nothing is tried after. */
const ll_err *facts_cache_error(const facts_cache *c);

/* Names a request, whatever the files hold: versions, file, flags, directory. Remembered by the request's address;
 * that and its flags must stay what they are. */
ll_hash facts_cache_key_of(facts_cache *c, const fe_request *rq);

#endif
