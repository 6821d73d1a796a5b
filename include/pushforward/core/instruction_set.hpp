#pragma once

/// \file
/// The name of the inline namespace that holds everything: the instructions it is compiled for.
/// Translation units compiled for different ones link safely, as each calls its own functions.

#if defined(PUSHFORWARD_PLAIN_PACKS)
#define PUSHFORWARD_ISA plain
#elif defined(__AVX512F__)
#define PUSHFORWARD_ISA avx512
#elif defined(__AVX2__) && defined(__FMA__)
#define PUSHFORWARD_ISA avx2
#elif defined(__AVX__)
#define PUSHFORWARD_ISA avx
#elif defined(__aarch64__) || defined(_M_ARM64)
#define PUSHFORWARD_ISA neon
#elif defined(__SSE4_2__)
#define PUSHFORWARD_ISA sse4
#elif defined(__x86_64__) || defined(_M_X64)
#define PUSHFORWARD_ISA sse2
#else
#define PUSHFORWARD_ISA generic
#endif
