#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/test_functions/kernel.hpp"

#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// factor k, and k_1 + k_2: what `0.5 * LogarithmicKernel{} + EnergyKernel{}` is.
template <Kernel K>
struct ScaledKernel {
  static constexpr std::string_view kName = "ScaledKernel";
  [[nodiscard]] auto description() const { return describe("factor", factor, "kernel", kernel); }

  double factor = 1;
  K kernel{};
  void check() const {
    check_positive("ScaledKernel", "factor", factor);
    kernel.check();
  }
  void stretch(double by) requires HasWidths<K> { kernel.stretch(by); }

  template <class Visit>
  void for_each_part(Visit visit) const {
    detail::for_each_part(kernel, [&](double share, const auto& k) { visit(factor * share, k); });
  }
};

template <Kernel First, Kernel Second>
struct SumKernel {
  static constexpr std::string_view kName = "SumKernel";
  [[nodiscard]] auto description() const { return describe("first", first, "second", second); }

  First first{};
  Second second{};
  void check() const {
    first.check();
    second.check();
  }
  /// Of a part without widths nothing changes.
  void stretch(double by) requires(HasWidths<First> || HasWidths<Second>) {
    if constexpr (HasWidths<First>) first.stretch(by);
    if constexpr (HasWidths<Second>) second.stretch(by);
  }

  template <class Visit>
  void for_each_part(Visit visit) const {
    detail::for_each_part(first, visit);
    detail::for_each_part(second, visit);
  }
};

template <Kernel K>
[[nodiscard]] ScaledKernel<K> operator*(double factor, K kernel) {
  return {factor, std::move(kernel)};
}
template <Kernel First, Kernel Second>
[[nodiscard]] SumKernel<First, Second> operator+(First first, Second second) {
  return {std::move(first), std::move(second)};
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
