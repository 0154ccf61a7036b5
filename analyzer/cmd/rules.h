/* What `lifelint rules` can do besides reading: each action prints its result and returns the exit class. */
#ifndef LL_CMD_RULES_H
#define LL_CMD_RULES_H

#include "cmd/cmd.h"
#include "pipeline/pipeline.h"

/* rules_write.c: a new pack, the reference, the schema. */
int rules_new(const cmd_line *line, const pipeline_rules *opt, const rule_set *rules);
int rules_doc(const cmd_line *line, const pipeline_rules *opt, const rule_set *rules);
int rules_schema(const cmd_line *line, const pipeline_rules *opt, const rule_set *rules);
/* rules_infer.c: a pack from what the program shows of its own allocators. */
int rules_infer(const cmd_line *line, const pipeline_rules *opt, const rule_set *rules);
/* rules_stats.c: how they fare in this project. */
int rules_stats(const cmd_line *line, const pipeline_rules *opt, const rule_set *rules);

/* The schema that was installed beside this program, or the name under which `rules schema` is best kept. */
const char *cmd_schema_place(ll_arena *a);

#endif
