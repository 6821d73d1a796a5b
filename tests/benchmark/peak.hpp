#pragma once

#include <pushforward/core/detail/pack.hpp>

/// \file
/// What a core can do at best.

namespace benchmark {

/// `count` multiply-adds, on 10 packs of float that never leave their registers.
inline float multiply_adds(pushforward::Index count) {
  using Pack = pushforward::detail::Pack<float>;
  const Pack x = Pack{} + 0.999F, y = Pack{} + 0.001F;
  Pack a = y, b = y + 1.0F, c = y + 2.0F, d = y + 3.0F, e = y + 4.0F;
  Pack f = y + 5.0F, g = y + 6.0F, h = y + 7.0F, i = y + 8.0F, j = y + 9.0F;
  const pushforward::Index rounds = count / (10 * pushforward::detail::kPackSize<float>);
  for (pushforward::Index r = 0; r < rounds; ++r) {
    a = a * x + y, b = b * x + y, c = c * x + y, d = d * x + y, e = e * x + y;
    f = f * x + y, g = g * x + y, h = h * x + y, i = i * x + y, j = j * x + y;
  }
  return (((a + b) + (c + d)) + ((e + f) + (g + h)) + (i + j))[0];
}

}  // namespace benchmark
