#include "support/laws.hpp"

#include <bit>
#include <cstdint>

namespace laws {

template <pf::Real S>
bool have_same_bits(const pf::Matrix<S>& a, const pf::Matrix<S>& b) {
  using Bits = std::conditional_t<sizeof(S) == 4, std::uint32_t, std::uint64_t>;
  if (a.rows() != b.rows() || a.cols() != b.cols()) return false;
  for (Index i = 0; i < a.size(); ++i)
    if (std::bit_cast<Bits>(a.data()[i]) != std::bit_cast<Bits>(b.data()[i])) return false;
  return true;
}

template bool have_same_bits(const pf::Matrix<float>&, const pf::Matrix<float>&);
template bool have_same_bits(const pf::Matrix<double>&, const pf::Matrix<double>&);

double gap_between(const pf::Matrix<double>& a, const pf::Matrix<double>& b) {
  return (a - b).norm() / (std::max)(b.norm(), 1.0);
}

}  // namespace laws
