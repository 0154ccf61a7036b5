#ifndef A_H
#define A_H 1
#include <stdio.h>
#if defined(A) && B > 1
# include "b.h"
#elif !C
typedef struct s { int a, (*f)(char *p); } t;
#else
#undef D
#endif
#ifdef __cplusplus
extern "C" {
#endif
static inline int g(struct s *p) { return p->a * __COUNTER__; }
#endif
