/* LL_SANITIZED: the address sanitizer is built in; its shadow memory alone is over any sensible memory limit. */
#ifndef LL_PIPELINE_SANITIZED_H
#define LL_PIPELINE_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define LL_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LL_SANITIZED 1
#endif
#endif

#endif
