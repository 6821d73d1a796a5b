// The tour of the paper: one-pass maps by every method, onto every problem whose answer is known,
// or onto a table of yours. Prints a table, and writes it, samples and pictures.

#include "support/arguments.hpp"
#include "support/check_writable.hpp"
#include "support/run_guarded.hpp"
#include "support/tour_methods.hpp"
#include "support/tour_picture.hpp"
#include "support/tour_verdict.hpp"

namespace pf = pushforward;

namespace {

struct Settings : support::TourSettings {
  std::string problem = "all", method = "all";
  pf::Index judged = 10000;
  std::filesystem::path out = "tour", data;
};

std::vector<std::string> and_all(std::vector<std::string> names) {
  names.insert(names.begin(), "all");
  return names;
}

int run(int argc, char** argv) {
  Settings settings;
  std::vector<std::string> problems, methods;
  for (const auto& method : support::tour_methods()) methods.push_back(method.name);
  pf::problems::for_each_problem<float>(
      [&](std::string_view name, const auto&) { problems.emplace_back(name); });
  support::Arguments arguments("tour", "Learns maps by every method onto problems with answers.");
  arguments.option("--problem", settings.problem, "what is learned", and_all(problems))
      .option("--method", settings.method, "how", and_all(methods))
      .option("--data", settings.data, "a CSV file, a sample a row, in the problems' place")
      .option("--seconds", settings.seconds, "of training for each map", {0.01, 86400})
      .option("--judged", settings.judged, "samples that are judged at a time", {100, 1000000})
      .option("--threads", settings.threads, "they change how far training comes", {1, 64})
      .option("--seed", settings.seed, "of everything random")
      .option("--out", settings.out, "folder for tour.csv, samples and pictures");
  if (!arguments.read(argc, argv)) return 0;

  const std::filesystem::path table = settings.out / "tour.csv";
  support::check_writable("tour", table);
  std::string rows = support::verdict_header();
  std::vector<support::TradeOff> results;

  const auto visit = [&](const support::TourProblem& problem) {
    if (rows == support::verdict_header()) std::printf("%s", support::verdict_title().c_str());
    const support::TourData data = problem.data(settings.seed);
    std::vector<support::TourPanel> panels{{"target", problem.shown(), {}}};
    for (const support::TourMethod& method : support::tour_methods()) {
      if (settings.method != "all" && settings.method != method.name) continue;
      if (support::Interrupt::asked()) break;
      for (const support::TourResult& result : method.train(data, settings)) {
        const std::string name = support::full_name(method, result);
        const support::TourVerdict verdict(problem, method, result);
        std::printf("%s", verdict.line().c_str());
        std::fflush(stdout);
        pf::write_csv(settings.out / (problem.name() + "-" + name + ".csv"), {},
                      result.sample(settings.judged, 0));
        rows += verdict.row();
        results.push_back(verdict.trade_off());
        pf::write_file("tour", table, rows);
        panels.push_back(
            {name, result.sample((std::min)(settings.judged, pf::Index(2000)), 0), result.image});
      }
    }
    support::draw_panels(settings.out, problem.name(), panels);
  };

  if (!settings.data.empty()) {
    visit(support::TourProblem(settings.data, settings.judged));
  } else {
    pf::problems::for_each_problem<float>([&](std::string_view name, const auto& measure) {
      if ((settings.problem == "all" || settings.problem == name) && !support::Interrupt::asked())
        visit(support::TourProblem(name, measure, settings.judged));
    });
  }
  if (!results.empty()) support::draw_tradeoff(settings.out, results);
  std::printf("%s\n", table.string().c_str());
  return support::Interrupt::asked() ? 130 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  return support::run_guarded("tour", [&] { return run(argc, argv); });
}
