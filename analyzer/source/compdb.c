/* Reading compile_commands.json.
 *
 * Build systems and recorders write many dialects of it, and half-written ones are left behind by builds that
 * stopped. So each entry is judged by itself: what cannot be used is left out and said, the rest goes on. */
#include <jansson.h>
#include <string.h>

#include "base/sys.h"
#include "source/source.h"

#define MAX_DB_BYTES ((size_t)512 << 20)

static bool bad_entry(src_notes *notes, uint32_t number, const char *why) {
    if (notes) src_note(notes, SRC_NOTE_BAD_ENTRY, ll_printf(notes->arena, "entry %u %s", number, why));
    return false;
}

static const char *get_string(const json_t *entry, const char *key) {
    const char *s = json_string_value(json_object_get(entry, key));
    return s && *s ? s : NULL;
}

static bool read_arguments(ll_arena *a, const json_t *list, src_words *out) {
    size_t i;
    json_t *word;
    json_array_foreach(list, i, word) {
        if (!json_is_string(word)) return false;
        LL_PUSH(a, out, ll_strdup(a, json_string_value(word)));
    }
    return true;
}

static bool read_words(ll_arena *a, const json_t *entry, uint32_t number, src_words *out, src_notes *notes) {
    const json_t *list = json_object_get(entry, "arguments");
    const char *command = get_string(entry, "command");
    if (json_is_array(list)) {
        if (!read_arguments(a, list, out)) return bad_entry(notes, number, "has an argument that is not a string");
    } else if (command) {
        if (!src_split(a, command, strlen(command), out))
            return bad_entry(notes, number, "has a quote that is not closed");
    } else {
        return bad_entry(notes, number, "has neither \"command\" nor \"arguments\"");
    }
    return out->n || bad_entry(notes, number, "has an empty command");
}

static bool read_entry(ll_arena *a, const src_db *db, const json_t *entry, src_looks *looks, src_entry *e,
                       src_notes *notes) {
    if (!json_is_object(entry)) return bad_entry(notes, e->number, "is not an object");
    const char *file = get_string(entry, "file"), *dir = get_string(entry, "directory");
    if (!file) return bad_entry(notes, e->number, "has no \"file\"");
    if (!dir) return bad_entry(notes, e->number, "has no \"directory\"");
    if (!read_words(a, entry, e->number, &e->argv, notes)) return false;
    e->dir = ll_path_abs(a, db->dir, dir);
    e->file = ll_path_abs(a, e->dir, file);
    e->real = src_look_real(looks, a, e->file);
    e->kind = src_kind_of(e->file);
    e->exists = src_look_is_file(looks, e->file);
    return true;
}

static bool parse_error(const char *path, const json_error_t *e, ll_err *err) {
    if (json_error_code(e) == json_error_premature_end_of_input)
        return ll_fail(err, LL_E_INPUT,
                       "%s:%d:%d: the file ends in the middle; the build that writes it was interrupted, run it again",
                       path, e->line, e->column);
    return ll_fail(err, LL_E_INPUT, "%s:%d:%d: not valid JSON: %s", path, e->line, e->column, e->text);
}

static bool all_blank(const char *text, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!strchr(" \t\r\n", text[i]) || !text[i]) return false;
    return true;
}

static bool read_entries(ll_arena *a, const json_t *top, src_looks *looks, src_db *out, src_notes *notes, ll_err *err) {
    if (!json_is_array(top))
        return ll_fail(err, LL_E_INPUT, "%s: not a compilation database: expected an array of commands", out->path);
    size_t i;
    json_t *entry;
    json_array_foreach(top, i, entry) {
        src_entry e = {.number = (uint32_t)i + 1};
        if (read_entry(a, out, entry, looks, &e, notes)) LL_PUSH(a, &out->entries, e);
    }
    if (out->entries.n) return true;
    if (!json_array_size(top))
        return ll_fail(err, LL_E_INPUT, "%s: holds no commands; configure the project with at least one target",
                       out->path);
    return ll_fail(err, LL_E_INPUT,
                   "%s: none of its %zu entries can be used (\"file\", \"directory\" and \"command\" or "
                   "\"arguments\" are needed)",
                   out->path, json_array_size(top));
}

bool src_db_parse(ll_arena *a, const char *path, const char *text, size_t n, src_looks *looks, src_db *out,
                  src_notes *notes, ll_err *err) {
    *out = (src_db){.path = ll_strdup(a, path), .dir = ll_path_dir(a, path)};
    if (all_blank(text, n))
        return ll_fail(err, LL_E_INPUT, "%s: the file is empty; configure or build the project again to fill it", path);
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        n -= 3;
    }
    json_error_t e;
    json_t *top = json_loadb(text, n, 0, &e);
    if (!top) return parse_error(path, &e, err);
    bool ok = read_entries(a, top, looks, out, notes, err);
    json_decref(top);
    return ok;
}

bool src_db_load(ll_arena *a, const char *path, src_looks *looks, src_db *out, src_notes *notes, ll_err *err) {
    char *text;
    size_t n;
    const char *abs = ll_path_abs(a, NULL, path);
    if (!ll_read_file(a, abs, MAX_DB_BYTES, &text, &n, err)) return false;
    return src_db_parse(a, abs, text, n, looks, out, notes, err);
}
