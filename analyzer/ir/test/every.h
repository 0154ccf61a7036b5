/* One unit in canonical text that has every operation, operator, operand, step, type and variable kind. */
#ifndef LL_IR_TEST_EVERY_H
#define LL_IR_TEST_EVERY_H

static const char every_text[] =
    "unit \"/p/a.c\"\n"
    "file \"/p/a.c\"\n"
    "file \"/p/a b\\\".h\"\n"
    "note parse_error \"/p/a.c\" @3:4 \"unknown type \\\"x\\\"\"\n"
    "note not_lowered \"/p/a.c\" @9:1 \"nested function\"\n"
    "decl malloc : ptr(void) (int64u:size_t) system malloc dealloc \"free\" 1\n"
    "decl printf : int32 (ptr(const int8), ...) system nonnull\n"
    "decl \"operator new\" \"c:@F@operator new#l#\" : ptr(void) (int64u)\n"
    "decl die : void () static noreturn pure wants 5 owner \"Foo\"\n"
    "decl every : int32 (int32u, ptr(struct foo):foo_p)\n"
    "global table \"c:a.c@table\" at \"/p/a.c\" : array(struct ops, 2) static const\n"
    "  init [0].open = fn \"c:@F@die\"\n"
    "  init [0].data = &\"c:@limit\".f[3] : ptr(void)\n"
    "  init [1].name = \"x\\x01\\ty\"\n"
    "  init [1].size = -9223372036854775808 : int64\n"
    "  init [1].\"odd name\" = <float>\n"
    "  init [1].rest = <unknown>\n"
    "global limit at \"/p/a.c\" : int32 extern incomplete\n"
    "  init = 7\n"
    "\n"
    "func every at \"/p/a.c\" 10..99 : int32 static inline variadic noreturn system header automatic partial weak "
    "owner "
    "\"Foo\" {\n"
    "  param n : int32u                     @0:14\n"
    "  param p : ptr(struct foo):foo_p      @0:20\n"
    "  local m : array(array(int32, 3), 4) volatile addressed thread_local @1:3\n"
    "  local call#3 : bool8\n"
    "  local n#4 : union _\n"
    "  local _#5 : struct \"std::pair<int, int>\"\n"
    "  temp t6 : float64:real\n"
    "  global table \"c:a.c@table\" : array(struct ops, 2)\n"
    "  fn malloc : func(ptr(void))\n"
    "  fn \"operator new\"#9 \"c:@F@operator new#l#\" : ?\n"
    "  local pp : ptr(ptr(int32))\n"
    "  local v : array(other)\n"
    "  local x : int32\n"
    "b0:\n"
    "  decl x                               @1:3\n"
    "  zero m                               @1\n"
    "  havoc p->len:int64\n"
    "  p = call malloc(10:int64u, \"a\\nb\", <float>, <unknown>:?)\n"
    "  call:int64 p->cb:ptr(func(int32))(&m, &x, *pp, malloc, 5:?) table \"ops::cb\"\n"
    "  call \"operator new\"#9(&*pp:ptr(void)) macro NEW\n"
    "  p = call malloc(1) macro \"odd name\"  @2:5\n"
    "  t6 = <float>\n"
    "  x:int64 = **pp\n"
    "  x = (*pp)->f:int32\n"
    "  p->buf = (*p->q)->r:ptr(int8)\n"
    "  m[n][2] = pp[n] + 1:int32\n"
    "  x = p.[3]:int32 - v->[1]:int8\n"
    "  x = p->[0]:int32 * -5\n"
    "  x = unsigned x / 2\n"
    "  x = x % 2\n"
    "  x = x & 2\n"
    "  x = x | 2\n"
    "  x = x ^ 2\n"
    "  x = x << 2\n"
    "  x = x >> 2\n"
    "  x = x == 2\n"
    "  x = x != 2\n"
    "  x = x < 2\n"
    "  x = x <= 2\n"
    "  x = x > 2\n"
    "  x = x >= 2\n"
    "  x = neg x\n"
    "  x = not x\n"
    "  x = bnot x\n"
    "  x = unsigned trunc n\n"
    "  p = p ptradd n\n"
    "  x = call#3:bool8:_Bool\n"
    "  branch x, b1, b5                     @-1:7\n"
    "b1:\n"
    "  unsigned switch n, b2, 1 b3, 3..5 b4, 7 b3\n"
    "b2:\n"
    "  unreachable\n"
    "b3:\n"
    "  x = 1\n"
    "  jump b6\n"
    "b4:\n"
    "  x = 2\n"
    "  jump b6\n"
    "b5:\n"
    "  ijump *pp, b6, b7, b8\n"
    "b6:\n"
    "  scope_end x\n"
    "  ret x                                @88:1\n"
    "b7:\n"
    "  ret\n"
    "b8:\n"
    "  throw\n"
    "}\n";

/* assert_string_equal shows the beginning of both only; this shows the first line that differs. */
static inline void assert_text(const char *got, const char *want) {
    const char *line = want, *g = got, *w = want;
    unsigned number = 1;
    for (; *g == *w && *g; g++, w++)
        if (*w == '\n') {
            line = w + 1;
            number++;
        }
    if (*g == *w) return;
    const char *got_line = got + (line - want);
    fail_msg("line %u: got  %.*s\n         want %.*s", number, (int)strcspn(got_line, "\n"), got_line,
             (int)strcspn(line, "\n"), line);
}

#endif
