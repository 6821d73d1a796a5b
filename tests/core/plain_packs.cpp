#define PUSHFORWARD_PLAIN_PACKS
#include "core/golden_bits.hpp"

TEST_CASE("the bits of numbers are those promised, with plain packs", "[core][bits]") {
  golden::compare();
}
