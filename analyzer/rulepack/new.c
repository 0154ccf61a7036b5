/* A new pack from the template of its kind (rules/templates/<kind>.yml, a valid pack itself): the id `new-rule` becomes
 * the wanted one, @FILE@ the file's name, @MODELINE@ what tells a YAML language server where the schema is. */
#define _GNU_SOURCE
#include <string.h>

#include "rulepack/keys.h"
#include "rulepack/rulepack.h"

#define PLACEHOLDER "new-rule"
#define MODELINE "yaml-language-server: $schema="

static const rulepack_file *template_of(rule_kind kind) {
    const char *name = rule_kind_name(kind);
    size_t n = strlen(name);
    for (size_t i = 0; i < rulepack_templates_count; i++)
        if (strncmp(rulepack_templates[i].file, name, n) == 0 && rulepack_templates[i].file[n] == '.')
            return &rulepack_templates[i];
    return NULL;
}

static void put_replaced(const char *text, size_t n, const char *const (*pairs)[2], size_t npairs, ll_strbuf *out) {
    for (const char *p = text, *end = text + n; p < end;) {
        size_t i = 0, len = 0;
        for (; i < npairs; i++) {
            len = strlen(pairs[i][0]);
            if ((size_t)(end - p) >= len && memcmp(p, pairs[i][0], len) == 0) break;
        }
        if (i < npairs)
            ll_sb_add(out, pairs[i][1]);
        else
            ll_sb_addc(out, *p);
        p += i < npairs ? len : 1;
    }
}

bool rulepack_new(const char *id, rule_kind kind, const char *file, const char *schema, ll_strbuf *out, ll_err *err) {
    const rulepack_file *t = template_of(kind);
    ll_strbuf modeline = {0};
    size_t longest = (size_t)rp_key_find(OBJ_PAIR, "id")->max;
    if (!rp_is_word(id) || strlen(id) > longest)
        return ll_fail(err, LL_E_USAGE, "'%s' cannot be a rule's id: lower-case words joined by '-', such as my-pool",
                       id);
    if (!t) return ll_fail(err, LL_E_INTERNAL, "no template for the kind %s", rule_kind_name(kind));
    ll_sb_printf(&modeline, MODELINE "%s", schema);
    const char *const pairs[][2] = {{PLACEHOLDER, id}, {"@FILE@", file}, {"@MODELINE@", ll_sb_str(&modeline)}};
    put_replaced((const char *)t->bytes, t->n, pairs, sizeof pairs / sizeof *pairs, out);
    ll_sb_free(&modeline);
    return true;
}
