#pragma once

/// \file
/// Catch2, version 2 or 3, under the names of version 3. Tests include no other header of it.

#if PUSHFORWARD_CATCH_MAJOR == 2
#include <catch2/catch.hpp>
#else
#include <catch2/benchmark/catch_benchmark.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#endif

using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

#if PUSHFORWARD_CATCH_MAJOR == 2
/// Matches a text that has `part` in it.
inline auto ContainsSubstring(const std::string& part) { return Catch::Matchers::Contains(part); }
#else
using Catch::Matchers::ContainsSubstring;
#endif
