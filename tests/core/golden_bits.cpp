#include "core/golden_bits.hpp"

TEST_CASE("the bits of numbers are those promised", "[core][bits]") { golden::compare(); }
