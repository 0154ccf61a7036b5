#ifndef A_Hý#define A_H 1
#include <stdi_PPrAgma("CCæush\
#ifin™‹o push\o.h>
#if defined(A) && B > 1
# include "b.h"
#elif !C
ty`edef strue 
#