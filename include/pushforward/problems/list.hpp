#pragma once

#include "pushforward/problems/gaussians.hpp"
#include "pushforward/problems/line.hpp"
#include "pushforward/problems/plane.hpp"

#include <string>
#include <string_view>

namespace pushforward::inline PUSHFORWARD_ISA::problems {

namespace detail {

/// Calls take(name, make) for every problem, the measure being make().
template <Real S, class Take>
void for_each_name(Take take) {
  take("ring", ring<S>);
  take("grid", grid<S>);
  take("eight_gaussians", eight_gaussians<S>);
  take("moons", [] { return Moons<S>{}; });
  take("checkerboard", [] { return Checkerboard<S>{}; });
  take("swiss_roll", [] { return SwissRoll<S>{}; });
  take("pinwheel", [] { return Pinwheel<S>{}; });
  take("spirals", [] { return Spirals<S>{}; });
  take("uniform", uniform<S>);
  take("two_bumps", two_bumps<S>);
  take("student", [] { return Student<S>{}; });
  take("log_normal", [] { return LogNormal<S>{}; });
  take("spike_and_slab", spike_and_slab<S>);
  take("mixture8", mixture8<S>);
  take("mixture16", mixture16<S>);
  take("mixture64", mixture64<S>);
}

}  // namespace detail

/// Calls visit(name, measure) for every problem: eight in the plane, five on the line, then those
/// in 8, 16 and 64 dimensions. They are of nine types, for each of which `visit` is compiled once;
/// what is long to compile takes an AnyMeasure. \code
///   pf::problems::for_each_problem<float>([&](std::string_view name, const auto& measure) {
///     train(name, pf::AnyMeasure<float>(measure));
///   });
/// \endcode
template <Real S, class Visit>
void for_each_problem(Visit visit) {
  detail::for_each_name<S>([&](std::string_view name, auto make) { visit(name, make()); });
}

/// Calls visit(measure) for the problem of that name.
/// Throws std::invalid_argument if there is none, with the names that there are.
template <Real S, class Visit>
void visit_problem(std::string_view wanted, Visit visit) {
  bool found = false;
  std::string names;
  detail::for_each_name<S>([&](std::string_view name, auto make) {
    names.append(names.empty() ? "" : ", ").append(name);
    if (name != wanted) return;
    found = true;
    visit(make());
  });
  if (!found)
    throw std::invalid_argument(
        error_text("visit_problem", "name", "'" + std::string(wanted) + "'", "one of " + names));
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::problems
