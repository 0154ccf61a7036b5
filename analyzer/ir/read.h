/* Inside ir/: the reader of the text form. read_lex.c: tokens and errors; read_type.c: types, places, operands;
 * read_func.c: functions; read.c: units.
 *
 * The first error is kept and makes every further token the end of the text, so parsing functions go on
 * without checking and their callers look at `failed` where they would loop or allocate. */
#ifndef LL_IR_READ_H
#define LL_IR_READ_H

#include "ir/ir.h"
#include "ir/text.h"

typedef enum token_kind { TOK_END, TOK_LINE, TOK_WORD, TOK_STRING, TOK_INT, TOK_PUNCT } token_kind;

typedef struct token {
    token_kind kind;
    const char *start;
    const char *text; /* WORD, STRING: interned, escapes resolved; PUNCT: static spelling */
    int64_t suffix;   /* WORD, STRING: number after `#`, or -1 */
    uint64_t value;   /* INT */
} token;

struct var_row;
struct label_row;

typedef struct ir_reader {
    ll_arena *arena;
    ll_intern *names;
    const char *name, *text, *p;
    token tok;
    bool failed;
    ll_err *err;
    ir_unit *unit;
    /* of the function being read */
    ir_builder *build;
    struct var_row *vars;
    struct label_row *labels;
    bool started; /* there is an instruction or a label: the entry block is taken */
} ir_reader;

void ir_rd_fail(ir_reader *r, const char *at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void ir_rd_next(ir_reader *r);
bool ir_rd_is(const ir_reader *r, const char *punct);
bool ir_rd_is_word(const ir_reader *r, const char *word); /* without suffix */
bool ir_rd_take(ir_reader *r, const char *punct);
bool ir_rd_take_word(ir_reader *r, const char *word);
void ir_rd_want(ir_reader *r, const char *punct);
void ir_rd_end_line(ir_reader *r);
int64_t ir_rd_int(ir_reader *r); /* with sign */
int32_t ir_rd_int32(ir_reader *r);
uint32_t ir_rd_uint31(ir_reader *r, const char *complaint); /* a negative one is an error, in these words */
const char *ir_rd_name(ir_reader *r);                       /* word or string; `_` is NULL */
const char *ir_rd_string(ir_reader *r);                     /* string; `?` is NULL */
ir_loc ir_rd_loc(ir_reader *r);                             /* `@line[:col]`, or nothing */

const ir_type *ir_rd_type(ir_reader *r);
uint32_t ir_rd_var(ir_reader *r, bool callee);
ir_place ir_rd_place(ir_reader *r);
/* Without a type written, `*typed` is false and the type is to be settled. */
ir_operand ir_rd_operand(ir_reader *r, bool callee, bool *typed);
void ir_rd_settle(ir_reader *r, ir_operand *o, bool typed, const ir_type *expected);
ir_scope ir_rd_scope(const ir_reader *r);

uint32_t ir_rd_new_var(ir_reader *r, const token *handle, ir_var var);
/* The variable of that handle, or IR_NOVAR; globals and functions of the unit become variables at first use. */
uint32_t ir_rd_find_var(ir_reader *r, const token *handle, bool callee);
/* `func ...` up to and with the closing brace. */
void ir_rd_func(ir_reader *r);

#endif
