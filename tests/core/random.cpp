#include "pushforward/core/random.hpp"

#include "pushforward/core/check.hpp"
#include "pushforward/core/concepts.hpp"
#include "support/catch.hpp"
#include "support/contraction.hpp"
#include "support/statistics.hpp"

#include <set>

namespace pf = pushforward;
using pf::Block, pf::Index, pf::kBlockSize, pf::Key, pf::Matrix;
using support::distance_bound, support::distance_to, support::draw, support::kNormalBound;

namespace {

using Four = std::array<std::uint32_t, 4>;

/// Philox4x32-10 of one counter.
constexpr Four philox(Four counter, std::array<std::uint32_t, 2> key) {
  pf::detail::Words<1> words{{{counter[0]}, {counter[1]}, {counter[2]}, {counter[3]}}};
  pf::philox4x32(words, key);
  return {words[0][0], words[1][0], words[2][0], words[3][0]};
}

// Known answers of Random123 1.14 (kat_vectors).
static_assert(philox({0, 0, 0, 0}, {0, 0}) == Four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
static_assert(philox({~0U, ~0U, ~0U, ~0U}, {~0U, ~0U}) ==
              Four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
static_assert(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
              Four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});

/// `uniforms` and `normals` as measures on R^2 and, for the words to count, on R^6.
template <class S, Index d = 2>
struct Uniforms {
  using Scalar = S;
  Index dimension() const { return d; }
  void sample(Key key, std::uint64_t first, pf::BlockRef<S> x) const {
    pf::uniforms<S>(key, first, x);
  }
};
template <class S, Index d = 2>
struct Normals {
  using Scalar = S;
  Index dimension() const { return d; }
  void sample(Key key, std::uint64_t first, pf::BlockRef<S> x) const {
    pf::normals<S>(key, first, x);
  }
};

constexpr Key golden{0x0123456789abcdefU, 42};

/// The value that is promised; but for the last digits if multiply-adds are fused.
template <class S>
void is_frozen(S got, S wanted) {
  if (support::contracts())
    CHECK_THAT(got, WithinRel(wanted, 64 * std::numeric_limits<S>::epsilon()));
  else
    CHECK(got == wanted);
}

}  // namespace

TEST_CASE("philox of many counters is philox of each", "[core][random]") {
  pf::detail::Words<64> words;
  for (std::uint32_t i = 0; i < 64; ++i)
    for (std::uint32_t j = 0; j < 4; ++j) words[j][i] = 977 * i + j;
  const auto counters = words;
  pf::philox4x32(words, {3, 4});
  for (std::size_t i = 0; i < 64; ++i)
    CHECK(Four{words[0][i], words[1][i], words[2][i], words[3][i]} ==
          philox({counters[0][i], counters[1][i], counters[2][i], counters[3][i]}, {3, 4}));
}

TEST_CASE("uniforms are frozen for ever", "[core][random]") {
  const auto close = draw(Uniforms<double, 3>{}, 64, golden, 0xFFFFFFFFFU);
  CHECK(close.col(0) ==
        Eigen::Vector3d(0x1.1c3c541a15dc9p-1, 0x1.ab99ffb40665fp-1, 0x1.51a81df2df409p-1));
  CHECK(close.col(1) ==
        Eigen::Vector3d(0x1.ce42a961cc8a1p-1, 0x1.62f1c1ffe8614p-3, 0x1.d3ead30253832p-2));
  CHECK(close.col(63) ==
        Eigen::Vector3d(0x1.58cb64c21f236p-2, 0x1.c4edb956052e2p-2, 0x1.f41f7edaa6239p-1));
  const auto single = draw(Uniforms<float, 6>{}, 64, golden, 0xFFFFFFFFFU);
  pf::Vector<float> first(6), last(6);
  first << 0x1.5dc8ap-5F, 0x1.1c3c56p-1F, 0x1.99798p-7F, 0x1.ab99fep-1F, 0x1.be810cp-2F,
      0x1.51a81ep-1F;
  last << 0x1.0f91b2p-1F, 0x1.58cb64p-2F, 0x1.029712p-1F, 0x1.c4edbcp-2F, 0x1.4c4714p-2F,
      0x1.f41f7ep-1F;
  CHECK(single.col(0) == first);
  CHECK(single.col(63) == last);
  static_assert(golden.part(7) == Key{0xcb36760044672cbaU, 0x6ef94922U});
}

TEST_CASE("normals are frozen for ever", "[core][random]") {
  const auto close = draw(Normals<double, 3>{}, 64, golden);
  is_frozen(close(0, 0), -0x1.e010733b9f0b4p-1);
  is_frozen(close(0, 1), 0x1.9b622cf77bd98p+0);
  is_frozen(close(0, 63), 0x1.e132b31518e2dp+1);
  is_frozen(close(2, 0), 0x1.7568d9497d975p+0);
  is_frozen(close(2, 63), -0x1.e220963103078p-2);
  const auto single = draw(Normals<float, 3>{}, 64, golden);
  is_frozen(single(0, 0), 0x1.74e32cp-3F);
  is_frozen(single(0, 1), -0x1.feb212p-6F);
  is_frozen(single(0, 63), 0x1.ee00cap-1F);
  is_frozen(single(2, 0), 0x1.bfb1e4p-3F);
  is_frozen(single(2, 63), -0x1.1e46d8p-2F);

  INFO("the farthest of 2^24");
  const auto far = [](auto law, std::uint64_t i) { return draw(law, 1, golden, i)(0, 0); };
  is_frozen(far(Normals<double, 1>{}, 11711245), 0x1.4cb46777319ep+2);
  is_frozen(far(Normals<double, 1>{}, 4017422), -0x1.59652544f1a2dp+2);
  is_frozen(far(Normals<float, 1>{}, 12816114), 0x1.6f4546p+2F);
  is_frozen(far(Normals<float, 1>{}, 11981189), -0x1.5464bcp+2F);

  INFO("the farthest of all");
  const auto of_word = [](auto word) {
    return pf::normal_from_tail(
        pf::detail::normal_tail_of<std::conditional_t<sizeof(word) == 4, float, double>>(word));
  };
  is_frozen(of_word(std::uint32_t{0}), 0x1.95a116p+2F);
  is_frozen(of_word(std::uint32_t{1} << 31), -0x1.95a116p+2F);
  is_frozen(of_word(std::uint64_t{0}), 0x1.095b059d67c4cp+3);
  is_frozen(of_word(std::uint64_t{1} << 63), -0x1.095b059d67c4cp+3);
}

TEMPLATE_TEST_CASE("sequences are frozen for ever", "[core][random]", float, double) {
  using S = TestType;
  constexpr bool single = std::is_same_v<S, float>;
  pf::RandomSequence<S> random(golden, 7);
  for (const auto& wanted :
       {std::array<double, 5>{single ? 0x1.0b1672p-1 : 0x1.ce13a9e30b167p-1,
                              single ? -0x1.9d59bep+0 : -0x1.bcec9705e3a92p+0,
                              single ? 0x1.38442p-3 : 0x1.e9828546a7cfp-5,
                              single ? 0x1.dcffap-1 : 0x1.fdb124674a82ap-7,
                              single ? 0x1.9e134p+1 : 0x1.3fc109d1c722ep+2},
        std::array<double, 5>{single ? 0x1.93b148p-3 : 0x1.b05c72be37216p-2,
                              single ? -0x1.22fbbp+1 : -0x1.184b295e3f43ap-1,
                              single ? 0x1.78823ap-5 : 0x1.4c027c83af6f3p-1,
                              single ? 0x1.1a04b8p-1 : 0x1.35b57e960804ap-1,
                              single ? 0x1.fe44cep+1 : 0x1.4816993fde418p+2}}) {
    CHECK(random.uniform() == S(wanted[0]));
    is_frozen(random.normal(), S(wanted[1]));
    is_frozen(random.gamma(S(0.3)), S(wanted[2]));
    is_frozen(random.gamma(1), S(wanted[3]));
    is_frozen(random.gamma(S(4.5)), S(wanted[4]));
  }
}

TEMPLATE_TEST_CASE("a sequence and a block of one key have nothing in common",
                   "[core][random][statistics]", float, double) {
  using S = TestType;
  const Index n = 1 << 14;
  const auto block = draw(Uniforms<S, 4>{}, n, {7, 7});
  Matrix<double> sequences(4, n);
  for (Index i = 0; i < n; ++i) {
    pf::RandomSequence<S> random({7, 7}, static_cast<std::uint64_t>(i));
    for (Index j = 0; j < 4; ++j) sequences(j, i) = double(random.uniform());
  }
  for (Index i = 0; i < 4; ++i)
    for (Index j = 0; j < 4; ++j) {
      const auto x = block.row(i).template cast<double>().array() - 0.5;
      const auto y = sequences.row(j).array() - 0.5;
      CHECK_THAT(12 * (x * y).mean(), WithinAbs(0, kNormalBound / std::sqrt(double(n))));
    }
  if constexpr (std::is_same_v<S, double>) {  // 52 bits: two equal ones are no accident
    std::set<double> seen(block.data(), block.data() + block.size());
    seen.insert(sequences.data(), sequences.data() + sequences.size());
    CHECK(seen.size() == std::size_t(8 * n));
  }
}

TEMPLATE_TEST_CASE("sample i is a function of seed, stream and i", "[core][random]",
                   (Uniforms<float, 9>), (Uniforms<double, 5>), (Normals<float, 9>),
                   (Normals<double, 5>)) {
  const TestType m;
  const std::uint64_t first =
      GENERATE(0U, 1U, 0xFFFFFFFFU, 0xFFFFFFFF00000001U, 0xFFFFFFFFFFFFFF00U);
  const auto all = draw(m, 300, golden, first);
  for (const Index cut : {1, 7, 63, 64}) CHECK(draw(m, 300, golden, first, cut) == all);
  for (Index i = 0; i < 300; i += 37)
    CHECK(draw(m, 1, golden, first + static_cast<std::uint64_t>(i)) == all.col(i));
}

TEST_CASE("samples are counted modulo 2^64", "[core][random]") {
  const Uniforms<double> m;
  CHECK(draw(m, 20, golden, ~std::uint64_t{0} - 9).rightCols(10) == draw(m, 10, golden, 0));
  CHECK(draw(m, 1, golden, std::uint64_t{1} << 32) != draw(m, 1, golden, 0));
}

TEST_CASE("coordinates do not depend on the dimension", "[core][random]") {
  CHECK(draw(Uniforms<float, 9>{}, 64, golden).topRows(2) == draw(Uniforms<float>{}, 64, golden));
  CHECK(draw(Normals<double, 5>{}, 64, golden).topRows(2) == draw(Normals<double>{}, 64, golden));
}

TEST_CASE("streams, seeds, samples and parts are disjoint", "[core][random]") {
  std::set<double> seen;
  std::size_t drawn = 0;
  const auto add = [&](Key key, std::uint64_t first) {
    const auto u = draw(Uniforms<double, 4>{}, 64, key, first);
    seen.insert(u.data(), u.data() + u.size());
    drawn += static_cast<std::size_t>(u.size());
  };
  for (const std::uint64_t seed : {0ULL, 1ULL, 1ULL << 32, ~0ULL})
    for (const std::uint32_t stream : {0U, 1U, 2U, ~0U})
      for (const std::uint64_t first : {0ULL, 64ULL, 1ULL << 32, 1ULL << 63})
        add({seed, stream}, first);
  for (std::uint32_t part = 0; part < 20; ++part) {
    add(Key{}.part(part), 0);
    add(Key{}.part(part).part(part), 0);
    add(Key{0, part + 3}.part(part), 0);
  }
  CHECK(seen.size() == drawn);
}

TEMPLATE_TEST_CASE("uniforms are never 0 and never 1", "[core][random]", float, double) {
  using Scalar = TestType;
  using Bits = decltype(pf::detail::word<Scalar>(pf::detail::Words<1>{}, 0, 0));
  constexpr Scalar least = std::numeric_limits<Scalar>::epsilon() / 2;
  static_assert(pf::detail::open_unit<Scalar>(0) == least);
  static_assert(pf::detail::open_unit<Scalar>(Bits(~Bits{0})) == 1 - least);
  static_assert(pf::detail::open_unit<Scalar>(Bits(~Bits{0}) / 2) == Scalar(0.5) - least);
  const auto u = draw(Uniforms<Scalar>{}, 1 << 16, golden);
  CHECK(u.minCoeff() > 0);
  CHECK(u.maxCoeff() < 1);
}

TEMPLATE_TEST_CASE("uniforms and normals follow their laws", "[core][random][statistics]", float,
                   double) {
  const Index n = 1 << 18;
  const auto u = draw(Uniforms<TestType>{}, n, {2024, 1});
  const auto z = draw(Normals<TestType>{}, n, {2024, 1});
  const double bound = distance_bound(n);
  const auto identity = [](double x) { return x; };
  for (Index j = 0; j < 2; ++j) {
    CHECK(distance_to(u.row(j), identity) < bound);
    CHECK(distance_to(z.row(j), support::normal_distribution) < bound);
  }
  SECTION("and tests tell other laws") {
    using support::normal_distribution;
    const auto row = z.row(0).array();
    CHECK(distance_to(row + TestType(0.05), normal_distribution) > bound);
    CHECK(distance_to(row * TestType(1.05), normal_distribution) > bound);
    CHECK(distance_to(row * 0 + TestType(0.1), normal_distribution) > bound);
    CHECK(distance_to(u.row(0).array() * TestType(0.99), identity) > bound);
  }
}

TEMPLATE_TEST_CASE("moments of normals", "[core][random][statistics]", float, double) {
  const Index n = 1 << 18;
  const Matrix<double> z = draw(Normals<TestType>{}, n, {99, 0}).template cast<double>();
  const double bound = kNormalBound / std::sqrt(double(n));
  for (Index j = 0; j < 2; ++j) {
    const auto x = z.row(j).array();
    CHECK_THAT(x.mean(), WithinAbs(0, bound));
    CHECK_THAT(x.square().mean(), WithinAbs(1, std::sqrt(2.0) * bound));
    CHECK_THAT(x.cube().mean(), WithinAbs(0, std::sqrt(15.0) * bound));
    CHECK_THAT(x.square().square().mean(), WithinAbs(3, std::sqrt(96.0) * bound));
  }
  CHECK_THAT((z.row(0).array() * z.row(1).array()).mean(), WithinAbs(0, bound));
  const auto next = z.row(0).segment(1, n - 1).array();
  CHECK_THAT((z.row(0).head(n - 1).array() * next).mean(), WithinAbs(0, 1.001 * bound));
}

TEMPLATE_TEST_CASE("both tails of normals are filled", "[core][random][statistics]", float,
                   double) {
  const Index n = 1 << 19;
  const auto z = draw(Normals<TestType>{}, n / 2, {31, 0});
  for (const double t : {3.0, 4.0}) {
    const double expected = double(n) * support::normal_distribution(-t);
    const double bound = 6 * std::sqrt(expected);  // 1e-6 of a Poisson law with mean 16 or more
    CHECK_THAT(double((z.array() > TestType(t)).count()), WithinAbs(expected, bound));
    CHECK_THAT(double((z.array() < TestType(-t)).count()), WithinAbs(expected, bound));
  }
  std::set<TestType> far;
  for (const TestType x : z.reshaped())
    if (x > 3) far.insert(x);
  CHECK(far.size() + 2 >= std::size_t((z.array() > TestType(3)).count()));  // no coarse grid
}

TEST_CASE("a sequence draws uniforms, normals and gammas", "[core][random][statistics]") {
  const Index n = 1 << 15;
  const auto sequence = [&](auto next) {
    Matrix<double> x(1, n);
    for (Index i = 0; i < n; ++i) {
      pf::RandomSequence<double> random({5, 5}, static_cast<std::uint64_t>(i));
      random.uniform();
      x(0, i) = next(random);
    }
    return x;
  };
  const double bound = distance_bound(n);
  CHECK(distance_to(sequence([](auto& r) { return r.uniform(); }), [](double x) { return x; }) <
        bound);
  CHECK(distance_to(sequence([](auto& r) { return r.normal(); }), support::normal_distribution) <
        bound);
  const auto exponential = [](double x) { return 1 - std::exp(-x); };
  CHECK(distance_to(sequence([](auto& r) { return r.gamma(1); }), exponential) < bound);
  CHECK(distance_to(sequence([](auto& r) { return r.gamma(1.1); }), exponential) > bound);

  for (const double shape : {0.3, 1.0, 4.5}) {
    const auto x = sequence([&](auto& r) { return r.gamma(shape); });
    CHECK(x.minCoeff() > 0);
    const double unit = kNormalBound / std::sqrt(double(n));
    CHECK_THAT(x.mean(), WithinAbs(shape, unit * std::sqrt(shape)));
    // Var (G - a)^2 = 2 a^2 + 6 a
    CHECK_THAT((x.array() - shape).square().mean(),
               WithinAbs(shape, unit * std::sqrt(2 * shape * shape + 6 * shape)));
  }
}

TEST_CASE("a sequence is a function of key and sample", "[core][random]") {
  pf::RandomSequence<float> one({1, 2}, 3), same({1, 2}, 3), other({1, 2}, 4);
  const float first = one.uniform();
  CHECK(first == same.uniform());
  CHECK(first != other.uniform());
  CHECK(first != one.uniform());
  CHECK(one.gamma(2.5F) != one.gamma(2.5F));
}
