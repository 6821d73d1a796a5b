#include "pushforward/io/checkpoint.hpp"
#include "pushforward/maps.hpp"
#include "pushforward/measures.hpp"
#include "pushforward/objectives.hpp"
#include "pushforward/optimizers.hpp"
#include "pushforward/training.hpp"

#include <cstdlib>

/// \file
/// Fuzz target: a run resumes from any bytes, as they are and under a header that belongs to them.
/// A file is either refused by a format_error, the run unchanged, or the run goes on.

namespace pf = pushforward;

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz checkpoint: not so: %s\n", what);
  std::abort();
}

using Objective = pf::RegressionObjective<pf::Gaussian<float>, pf::SquaredError>;

/// A run that has done nothing, made once, and what is written of it.
struct Fixture {
  pf::Mlp<float> map{{1, 2, 1}, pf::Key{1}};
  Objective objective{pf::Gaussian<float>(2), {}, {.batch = 2}};
  pf::Run<pf::Mlp<float>, Objective, pf::Adam> run{map, objective, pf::Adam{}, {.steps = 9}};
  pf::Checkpoint<decltype(run)> checkpoint{run, "", 1};
  decltype(run)::State start = run.state();
  std::string fresh = checkpoint.bytes();
};

void check(Fixture& made, std::string_view bytes) {
  auto& run = made.run;
  run.resume(made.start);
  try {
    pf::resume_from(run, bytes, "FILE");
    const std::string resumed = made.checkpoint.bytes();
    pf::resume_from(run, resumed, "FILE");
    require(made.checkpoint.bytes() == resumed, "what was written is read to the bit");
    for (int i = 0; i < 2; ++i) run.step();
  } catch (const pf::format_error& error) {
    const std::string_view text = error.what();
    require(text.starts_with("resume: FILE, byte "), "the error names function, file and place");
    for (const char c : text) require(c >= 0x20 && c < 0x7f, "the error is a line of ASCII");
    require(made.checkpoint.bytes() == made.fresh, "the run is unchanged");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Fixture made;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  check(made, bytes);
  if (size < 48) return 0;
  pf::detail::seal<float>(bytes, "checkpoint");
  check(made, bytes);
  return 0;
}
