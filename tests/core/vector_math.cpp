#include "pushforward/core/vector_math.hpp"
#include "pushforward/core/check.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <numbers>
#include <ostream>
#include <type_traits>
#include <vector>

namespace pf = pushforward;
namespace detail = pushforward::detail;
using pf::Index, pf::kBlockSize, pf::Lane;

namespace {

/// Largest errors in units in the last place: the table of the header.
struct Bounds {
  double sincos = 1.1, tanh = 2.5, exp = 1, log = 1, logistic = 2.5, softplus = 3, normal = 8,
         normal_cdf = 5;
};

constexpr Index kPoints = 1'000'000;  // of each function

/// What has the digits to judge a Scalar.
template <class Scalar>
using Exact = std::conditional_t<std::is_same_v<Scalar, float>, double, long double>;

template <class Scalar>
using Limits = std::numeric_limits<Scalar>;

/// |got - want| in units in the last place of `want`, a subnormal one being as good as any.
template <class Scalar>
double ulps(Scalar got, Exact<Scalar> want) {
  constexpr double wrong = std::numeric_limits<double>::infinity();
  if (std::isnan(got) || std::isnan(want)) return std::isnan(got) && std::isnan(want) ? 0 : wrong;
  const Exact<Scalar> half_above =
      Exact<Scalar>(Limits<Scalar>::max()) * (1 + Exact<Scalar>(Limits<Scalar>::epsilon()) / 4);
  if (std::isinf(got) || std::abs(want) >= half_above)
    return std::isinf(got) && std::abs(want) >= half_above && (got > 0) == (want > 0) ? 0 : wrong;
  const int exponent = (std::max)(want == 0 ? Limits<Scalar>::min_exponent : std::ilogb(want),
                                  Limits<Scalar>::min_exponent - 1);
  return static_cast<double>(std::abs(Exact<Scalar>(got) - want) /
                             std::ldexp(Exact<Scalar>(1), exponent + 1 - Limits<Scalar>::digits));
}

template <class Scalar>
using Points = std::vector<Scalar>;

/// x and its neighbours, with both signs.
template <class Scalar>
void add(Points<Scalar>& points, Scalar x) {
  for (const Scalar y :
       {std::nextafter(x, Scalar(0)), x, std::nextafter(x, Limits<Scalar>::infinity())}) {
    points.push_back(y);
    points.push_back(-y);
  }
}

/// What every function must stand, then numbers of every exponent, then evenly spread in
/// [-range, range], all with both signs.
template <class Scalar>
Points<Scalar> points(Scalar range) {
  using Bits = detail::Bits<Scalar>;
  Points<Scalar> all;
  for (const Scalar x : {Scalar(0), Limits<Scalar>::denorm_min(), Limits<Scalar>::min(), Scalar(1),
                         Limits<Scalar>::max(), Scalar(1e4), range})
    add(all, x);
  all.push_back(Limits<Scalar>::quiet_NaN());
  const auto infinity = std::bit_cast<Bits>(Limits<Scalar>::infinity());
  constexpr Bits logarithmic = kPoints / 4;
  for (Bits i = 0; i < logarithmic; ++i) {
    const auto x = std::bit_cast<Scalar>(static_cast<Bits>(infinity / logarithmic * i + i % 4096));
    all.push_back(i % 2 == 0 ? x : -x);
  }
  for (Index i = 0; i < kPoints * 3 / 4; ++i) {
    const double part = static_cast<double>(i) * std::numbers::phi;  // fills [0, 1) evenly
    all.push_back(range * static_cast<Scalar>(2 * (part - std::floor(part)) - 1));
  }
  return all;
}

template <class Scalar>
struct Worst {
  double ulps = 0;
  Scalar x = 0, got = 0;
};

template <class Scalar>
std::ostream& operator<<(std::ostream& out, const Worst<Scalar>& worst) {
  return out << worst.ulps << " ulp: f(" << pf::to_text(worst.x)
             << ") = " << pf::to_text(worst.got);
}

/// The worst of all points, of f(lane) against want(number, what f made of it).
template <class Scalar, class F, class Want>
Worst<Scalar> worst(Points<Scalar> x, F f, Want want) {
  while (x.size() % static_cast<std::size_t>(kBlockSize) != 0) x.push_back(Scalar(0.25));
  Worst<Scalar> result;
  for (std::size_t begin = 0; begin < x.size(); begin += static_cast<std::size_t>(kBlockSize)) {
    Lane<Scalar> lane = Eigen::Map<const Lane<Scalar>>(x.data() + begin);
    f(lane);
    for (Index i = 0; i < kBlockSize; ++i) {
      const Scalar y = x[begin + static_cast<std::size_t>(i)];
      const double error = ulps<Scalar>(lane[i], want(Exact<Scalar>(y), lane[i]));
      if (!(error <= result.ulps)) result = {error, y, lane[i]};
    }
  }
  return result;
}

/// z with P(Z > z) = p, p <= 1/2, from one that is nearly so: a step of Halley's method.
template <class Real>
Real upper_quantile(Real p, Real z) {
  if (p == 0) return std::numeric_limits<Real>::infinity();
  if (std::isnan(z)) return std::isnan(p) ? p : 0;
  const Real root_half = std::sqrt(Real(0.5));
  const Real surplus = p > Real(0.25) ? (Real(0.5) - p) - std::erf(z * root_half) / 2
                                      : std::erfc(z * root_half) / 2 - p;
  const Real step = surplus * std::sqrt(2 * std::numbers::pi_v<Real>) * std::exp(z * z / 2);
  return z + step / (1 + z * step / 2);
}

}  // namespace

TEMPLATE_TEST_CASE("sine and cosine keep their accuracy", "[core]", float, double) {
  using Scalar = TestType;
  using Real = Exact<Scalar>;
  const Scalar limit = Scalar(std::is_same_v<Scalar, float> ? 0x1p13 : 0x1p26);
  auto x = points<Scalar>(limit);
  add(x, limit);
  for (int k = 1; k < 5216; ++k) {
    add(x, static_cast<Scalar>(k * (std::numbers::pi_v<Real> / 2)));  // sine or cosine nearly 0
    add(x, static_cast<Scalar>((k - Real(0.5)) * (std::numbers::pi_v<Real> / 2)));  // new quadrant
  }
  for (Index i = 0; i < 100'000; ++i) x.push_back(static_cast<Scalar>(i) / 7000);
  // The floating-point numbers that are nearest to a multiple of pi / 2 (Muller 2006)
  if constexpr (std::is_same_v<Scalar, float>)
    add(x, std::ldexp(Scalar(16367173), 72));
  else
    add(x, std::ldexp(Scalar(6381956970095103), 797));
  const auto sine = worst<Scalar>(
      x,
      [](auto& lane) {
        Lane<Scalar> other;
        pf::sincos(lane, lane, other);
      },
      [](Real y, Scalar) { return std::isinf(y) ? Limits<Real>::quiet_NaN() : std::sin(y); });
  CAPTURE(sine);
  CHECK(sine.ulps <= Bounds{}.sincos);
  const auto cosine = worst<Scalar>(
      x,
      [](auto& lane) {
        Lane<Scalar> other;
        pf::sincos(lane, other, lane);
      },
      [](Real y, Scalar) { return std::isinf(y) ? Limits<Real>::quiet_NaN() : std::cos(y); });
  CAPTURE(cosine);
  CHECK(cosine.ulps <= Bounds{}.sincos);
}

TEMPLATE_TEST_CASE("the hyperbolic tangent keeps its accuracy", "[core]", float, double) {
  using Scalar = TestType;
  const auto tanh = worst<Scalar>(
      points<Scalar>(4), [](auto& lane) { pf::tanh(lane); },
      [](Exact<Scalar> y, Scalar) { return std::tanh(y); });
  CAPTURE(tanh);
  CHECK(tanh.ulps <= Bounds{}.tanh);
}

TEMPLATE_TEST_CASE("exponentials keep their accuracy", "[core]", float, double) {
  using Scalar = TestType;
  using Real = Exact<Scalar>;
  auto x = points<Scalar>(std::is_same_v<Scalar, float> ? 110 : 760);
  for (int k = 0; k < 1100; ++k)
    add(x, static_cast<Scalar>((k + Real(0.5)) * std::numbers::ln2_v<Real>));  // another k
  for (Index i = 0; i < 100'000; ++i) x.push_back(static_cast<Scalar>(i - 50'000) / 5000);

  const auto exp = worst<Scalar>(
      x, [](auto& lane) { pf::exp(lane); }, [](Real y, Scalar) { return std::exp(y); });
  CAPTURE(exp);
  CHECK(exp.ulps <= Bounds{}.exp);

  const auto logistic = worst<Scalar>(
      x, [](auto& lane) { pf::logistic(lane); },
      [](Real y, Scalar) {
        return y < 0 ? std::exp(y) / (1 + std::exp(y)) : 1 / (1 + std::exp(-y));
      });
  CAPTURE(logistic);
  CHECK(logistic.ulps <= Bounds{}.logistic);

  const auto softplus = worst<Scalar>(
      x, [](auto& lane) { pf::softplus(lane); },
      [](Real y, Scalar) {
        return std::isnan(y) ? y : (std::max)(y, Real(0)) + std::log1p(std::exp(-std::abs(y)));
      });
  CAPTURE(softplus);
  CHECK(softplus.ulps <= Bounds{}.softplus);
}

TEMPLATE_TEST_CASE("the logarithm keeps its accuracy", "[core]", float, double) {
  using Scalar = TestType;
  auto x = points<Scalar>(4);
  add(x, std::numbers::sqrt2_v<Scalar>);
  add(x, std::numbers::sqrt2_v<Scalar> / 2);
  const auto log = worst<Scalar>(
      x, [](auto& lane) { pf::log(lane); },
      [](Exact<Scalar> y, Scalar) {
        return y < 0 ? Limits<Exact<Scalar>>::quiet_NaN() : std::log(y);
      });
  CAPTURE(log);
  CHECK(log.ulps <= Bounds{}.log);
}

TEMPLATE_TEST_CASE("normal quantiles keep their accuracy", "[core]", float, double) {
  using Scalar = TestType;
  using Real = Exact<Scalar>;
  Points<Scalar> tails;
  for (const Scalar p : points<Scalar>(0.5))
    if (std::abs(p) <= Scalar(0.5)) tails.push_back(p);
  add(tails, Scalar(0.075));
  add(tails, std::exp(Scalar(-25)));
  const auto from_tail = worst<Scalar>(
      tails, [](auto& lane) { pf::normal_from_tail(lane); },
      [](Real p, Scalar z) {
        return std::copysign(upper_quantile(std::abs(p), std::abs(Real(z))), p);
      });
  CAPTURE(from_tail);
  CHECK(from_tail.ulps <= Bounds{}.normal);

  auto x = points<Scalar>(1);
  for (Scalar& p : x)
    if (p > -1) p = std::abs(p);
  const auto quantile = worst<Scalar>(
      x, [](auto& lane) { pf::normal_quantile(lane); },
      [](Real p, Scalar z) {
        if (!(p >= 0 && p <= 1)) return Limits<Real>::quiet_NaN();
        const Real upper = upper_quantile((std::min)(p, 1 - p), std::abs(Real(z)));
        return p < Real(0.5) ? -upper : upper;
      });
  CAPTURE(quantile);
  CHECK(quantile.ulps <= Bounds{}.normal);
}

TEMPLATE_TEST_CASE("the normal distribution function keeps its accuracy", "[core]", float, double) {
  using Scalar = TestType;
  using Real = Exact<Scalar>;
  auto x = points<Scalar>(std::is_same_v<Scalar, float> ? 15 : 40);
  for (const double edge : {0.67448975, std::sqrt(32.0), 37.5, 38.5, 39.0})
    add(x, static_cast<Scalar>(edge));
  const auto cdf = worst<Scalar>(
      x, [](auto& lane) { detail::in_each_lane(lane, [](Scalar y) { return pf::normal_cdf(y); }); },
      [](Real y, Scalar) { return std::erfc(-y * std::sqrt(Real(0.5))) / 2; });
  CAPTURE(cdf);
  CHECK(cdf.ulps <= Bounds{}.normal);
}

TEMPLATE_TEST_CASE("powers of a number", "[core]", float, double) {
  using Scalar = TestType;
  for (const Index n : {0, 1, 2, 3, 4, 5, 13}) {
    CHECK(pf::power(Scalar(2), n) == std::ldexp(Scalar(1), int(n)));
    CHECK(pf::power(Scalar(-3), n) == static_cast<Scalar>(std::pow(-3, n)));
  }
  CHECK(pf::power(Scalar(0), 0) == 1);
  CHECK(pf::power(Scalar(0.5), 100'000) == 0);
  CHECK(pf::power(Scalar(2), 100'000) == Limits<Scalar>::infinity());
  CHECK_THAT(pf::power(Scalar(0.999), 1001),
             WithinRel(static_cast<Scalar>(std::pow(Exact<Scalar>(Scalar(0.999)), 1001)),
                       500 * Limits<Scalar>::epsilon()));
}

TEMPLATE_TEST_CASE("a function of a number is that of a lane", "[core]", float, double) {
  using Scalar = TestType;
  const auto agree = [](Scalar range, auto of_lane, auto of_number) {
    auto x = points<Scalar>(range);
    x.resize(x.size() / kBlockSize * kBlockSize);
    for (std::size_t i = 0; i < x.size(); i += kBlockSize) {
      Lane<Scalar> lane = Eigen::Map<const Lane<Scalar>>(x.data() + i);
      of_lane(lane);
      for (std::size_t j = 0; j < kBlockSize; ++j) {
        const Scalar a = lane[Index(j)], b = of_number(x[i + j]);
        const bool same =
            std::bit_cast<detail::Bits<Scalar>>(a) == std::bit_cast<detail::Bits<Scalar>>(b);
        if (!same && !(std::isnan(a) && std::isnan(b))) {
          CAPTURE(x[i + j], a, b);
          return false;
        }
      }
    }
    return true;
  };
  CHECK(agree(
      100, [](auto& x) { pf::exp(x); }, [](Scalar x) { return pf::exp(x); }));
  CHECK(agree(
      4, [](auto& x) { pf::log(x); }, [](Scalar x) { return pf::log(x); }));
  CHECK(agree(
      4, [](auto& x) { pf::tanh(x); }, [](Scalar x) { return pf::tanh(x); }));
  CHECK(agree(
      20, [](auto& x) { pf::logistic(x); }, [](Scalar x) { return pf::logistic(x); }));
  CHECK(agree(
      20, [](auto& x) { pf::softplus(x); }, [](Scalar x) { return pf::softplus(x); }));
  CHECK(agree(
      1, [](auto& x) { pf::normal_quantile(x); }, [](Scalar x) { return pf::normal_quantile(x); }));
  CHECK(agree(
      Scalar(0.5), [](auto& x) { pf::normal_from_tail(x); },
      [](Scalar x) { return pf::normal_from_tail(x); }));
  Lane<Scalar> other;
  CHECK(agree(
      20, [&](auto& x) { pf::sincos(x, x, other); }, [](Scalar x) { return pf::sin(x); }));
  CHECK(agree(
      20, [&](auto& x) { pf::sincos(x, other, x); }, [](Scalar x) { return pf::cos(x); }));
}

TEMPLATE_TEST_CASE("NaN gives NaN, whatever its other bits", "[core]", float, double) {
  using Scalar = TestType;
  using Bits = detail::Bits<Scalar>;
  constexpr auto infinity = std::bit_cast<Bits>(Limits<Scalar>::infinity());
  constexpr auto top = Bits{1} << detail::kTopBit<Scalar>;
  Points<Scalar> payloads;
  for (int shift = 0; shift < detail::kFractionBits<Scalar>; ++shift)
    for (const Bits payload : {Bits{1} << shift, top - 1 - infinity - (Bits{1} << shift) / 2,
                               (top - 1 - infinity) >> shift}) {
      payloads.push_back(std::bit_cast<Scalar>(static_cast<Bits>(infinity | payload)));
      payloads.push_back(std::bit_cast<Scalar>(static_cast<Bits>(top | infinity | payload)));
    }
  const auto all_nan = [&](auto f) {
    bool all = true;
    for (const Scalar x : payloads) {
      Lane<Scalar> lane = Lane<Scalar>::Zero();
      std::memcpy(lane.data() + 13, &x, sizeof x);
      f(lane);
      all = all && std::isnan(lane[13]);
    }
    return all;
  };
  Lane<Scalar> other;
  CHECK(all_nan([](auto& x) { pf::exp(x); }));
  CHECK(all_nan([](auto& x) { pf::log(x); }));
  CHECK(all_nan([](auto& x) { pf::tanh(x); }));
  CHECK(all_nan([](auto& x) { pf::logistic(x); }));
  CHECK(all_nan([](auto& x) { pf::softplus(x); }));
  CHECK(all_nan([](auto& x) { pf::normal_from_tail(x); }));
  CHECK(all_nan([](auto& x) { pf::normal_quantile(x); }));
  CHECK(all_nan([&](auto& x) { pf::sincos(x, x, other); }));
  CHECK(all_nan([&](auto& x) { pf::sincos(x, other, x); }));
  CHECK(all_nan([](auto& x) { x[13] = pf::normal_cdf(x[13]); }));
  CHECK(all_nan([](auto& x) { x[13] = pf::power(x[13], 3); }));
}

TEMPLATE_TEST_CASE("the quantiles of 0 are -infinity, of 1 infinity", "[core]", float, double) {
  using Scalar = TestType;
  CHECK(pf::normal_quantile(Scalar(0)) == -Limits<Scalar>::infinity());
  CHECK(pf::normal_quantile(-Scalar(0)) == -Limits<Scalar>::infinity());
  CHECK(pf::normal_quantile(Scalar(1)) == Limits<Scalar>::infinity());
}

TEMPLATE_TEST_CASE("elementary functions keep the sign of zero", "[core]", float, double) {
  using Scalar = TestType;
  Lane<Scalar> x = Lane<Scalar>::Constant(-Scalar(0));
  Lane<Scalar> sine, cosine, tanh = x, log = x;
  pf::sincos(x, sine, cosine);
  pf::tanh(tanh);
  pf::log(log);
  for (Index i = 0; i < kBlockSize; ++i) {
    CHECK((sine[i] == 0 && std::signbit(sine[i])));
    CHECK(cosine[i] == 1);
    CHECK((tanh[i] == 0 && std::signbit(tanh[i])));
    CHECK(log[i] == -Limits<Scalar>::infinity());
  }
}

TEMPLATE_TEST_CASE("the tails of the normal law mirror each other", "[core]", float, double) {
  using Scalar = TestType;
  Lane<Scalar> lower, upper;
  for (Index i = 0; i < kBlockSize; ++i) {
    lower[i] = -std::ldexp(Scalar(0.875), -static_cast<int>(i) - 1);
    upper[i] = -lower[i];
  }
  Lane<Scalar> p = upper;
  pf::normal_from_tail(lower);
  pf::normal_from_tail(upper);
  pf::normal_quantile(p);
  for (Index i = 0; i < kBlockSize; ++i) {
    CHECK(upper[i] > 0);
    CHECK(lower[i] == -upper[i]);
    CHECK(p[i] == lower[i]);
    if (i > 0) CHECK(upper[i] > upper[i - 1]);
  }
}

TEMPLATE_TEST_CASE("the normal distribution function undoes its quantile", "[core]", float,
                   double) {
  using Scalar = TestType;
  CHECK(pf::normal_cdf(Scalar(0)) == Scalar(0.5));
  CHECK(pf::normal_cdf(-Limits<Scalar>::infinity()) == 0);
  CHECK(pf::normal_cdf(Limits<Scalar>::infinity()) == 1);
  CHECK_THAT(pf::normal_cdf(Scalar(-1.96)), WithinRel(0.024997895148220435, 4e-7));
  for (int i = 1; i < 100; ++i) {
    Lane<Scalar> z = Lane<Scalar>::Constant(static_cast<Scalar>(i) / 100);
    pf::normal_quantile(z);
    CHECK_THAT(pf::normal_cdf(z[0]),
               WithinRel(static_cast<Scalar>(i) / 100, 16 * Limits<Scalar>::epsilon()));
  }
}

TEMPLATE_TEST_CASE("a number has the same bits in every lane", "[core]", float, double) {
  using Scalar = TestType;
  using Bits = detail::Bits<Scalar>;
  Lane<Scalar> x;
  for (Index i = 0; i < kBlockSize; ++i)
    x[i] = std::sin(static_cast<Scalar>(i)) * std::exp(static_cast<Scalar>(i % 8) - 4);
  x[5] = Limits<Scalar>::quiet_NaN();
  x[17] = Limits<Scalar>::infinity();
  x[30] = -Scalar(0);
  x[44] = Scalar(1e9);
  x[63] = -Limits<Scalar>::denorm_min();
  const auto unchanged_by_place = [&](auto f) {
    Lane<Scalar> at_home = x;
    f(at_home);
    for (Index shift = 1; shift < kBlockSize; ++shift) {
      Lane<Scalar> moved;
      for (Index i = 0; i < kBlockSize; ++i) moved[(i * 5 + shift) % kBlockSize] = x[i];
      f(moved);
      for (Index i = 0; i < kBlockSize; ++i)
        if (std::bit_cast<Bits>(moved[(i * 5 + shift) % kBlockSize]) !=
            std::bit_cast<Bits>(at_home[i]))
          return false;
    }
    return true;
  };
  CHECK(unchanged_by_place([](auto& y) { pf::exp(y); }));
  CHECK(unchanged_by_place([](auto& y) { pf::log(y); }));
  CHECK(unchanged_by_place([](auto& y) { pf::tanh(y); }));
  CHECK(unchanged_by_place([](auto& y) { pf::logistic(y); }));
  CHECK(unchanged_by_place([](auto& y) { pf::softplus(y); }));
  CHECK(unchanged_by_place([](auto& y) { pf::normal_quantile(y); }));
  CHECK(unchanged_by_place([](auto& y) {
    Lane<Scalar> c;
    pf::sincos(y, y, c);
  }));
  CHECK(unchanged_by_place([](auto& y) {
    Lane<Scalar> s;
    pf::sincos(y, s, y);
  }));
}
