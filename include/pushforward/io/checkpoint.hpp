#pragma once

#include "pushforward/io/envelope.hpp"
#include "pushforward/io/file.hpp"
#include "pushforward/io/fingerprint.hpp"
#include "pushforward/training/run.hpp"

/// \file
/// A run in a file. The header is that of envelope.hpp, with the kind "checkpoint". The payload is
/// one object of kind "Checkpoint" with the fields
///
///     fingerprints  list of objects Fingerprint (path, hash): what the run is of
///     state         the object RunState
///     callbacks     an object with a field for each callback, named 0, 1, ..., 9

namespace pushforward::inline PUSHFORWARD_ISA {

namespace detail {

/// Objects side by side, named by their number.
template <class... T>
struct Numbered {
  static constexpr std::string_view kName = "Numbered";
  std::tuple<T...> objects;

  explicit Numbered(T... each) : objects(std::forward<T>(each)...) {}
  [[nodiscard]] auto description() const {
    return [this]<std::size_t... k>(std::index_sequence<k...>) {
      return Description<const std::remove_reference_t<T>&...>{
          {{std::string_view("0123456789").substr(k, 1), std::get<k>(objects)}}...};
    }
    (std::index_sequence_for<T...>());
  }
};

/// State and Callbacks are values, or references to them.
template <class State, class Callbacks>
struct CheckpointPayload {
  static constexpr std::string_view kName = "Checkpoint";
  [[nodiscard]] auto description() const {
    return describe("fingerprints", fingerprints, "state", state, "callbacks", callbacks);
  }
  std::vector<Fingerprint> fingerprints;
  State state;
  Callbacks callbacks;
};

/// A schedule at seventeen steps, for a function says nothing else of itself. In float: the last
/// bits of a cosine are another matter.
[[nodiscard]] inline std::vector<float> probed(const Schedule& schedule, Index steps) {
  std::vector<float> factors;
  const double last = static_cast<double>(steps - 1);
  for (int k = 0; k <= 16 && steps > 0; ++k)
    factors.push_back(static_cast<float>(schedule(static_cast<Index>(last * k / 16), steps)));
  return factors;
}

/// Throws unless all arrays of `found` have the sizes of those of `expected`.
template <class T>
void check_shape(const Reader& in, const std::string& path, const T& found, const T& expected) {
  if constexpr (PlainMatrix<T>) {
    if (found.rows() != expected.rows() || found.cols() != expected.cols())
      in.fail(in.position(), "size of " + path,
              to_text(found.rows()) + " x " + to_text(found.cols()),
              to_text(expected.rows()) + " x " + to_text(expected.cols()));
  } else if constexpr (requirement::name<T>) {
    const auto theirs = fields_of(found), ours = fields_of(expected);
    [&]<std::size_t... k>(std::index_sequence<k...>) {
      (check_shape(in, path + "." + std::string(element<k>(ours).name), element<k>(theirs).value,
                   element<k>(ours).value),
       ...);
    }
    (std::make_index_sequence<ours.size>());
  }
}

}  // namespace detail

/// What a run is of: map (its parameters apart), objective with source and data, optimizer and
/// options (the number of threads apart). Two runs with the same fingerprints and the same state go
/// on to the same bits. Cost: a pass over the data.
template <class M, class O, class Opt>
[[nodiscard]] std::vector<Fingerprint> fingerprints(const Run<M, O, Opt>& run) {
  std::vector<Fingerprint> prints;
  M map = run.map();
  map.set_parameters(Vector<typename M::Scalar>::Zero(map.parameter_count()));
  add_fingerprints(prints, "map", map);
  add_fingerprints(prints, "objective", run.objective());
  add_fingerprints(prints, "optimizer", run.optimizer());
  const FitOptions& options = run.options();
  add_fingerprints(prints, "steps", options.steps);
  add_fingerprints(prints, "schedule", detail::probed(options.schedule, options.steps));
  add_fingerprints(prints, "first", options.first);
  add_fingerprints(prints, "seconds", options.seconds);
  return prints;
}

/// A callback that writes the state of a run to a file after every `every` steps and at the end,
/// and with it other callbacks that have a state of their own (EarlyStop, Average, History). It
/// stands after them. \code
///   pf::Run run(map, objective, pf::Adam{}, {.steps = 100000});
///   pf::Average average;
///   if (std::filesystem::exists("run.checkpoint")) pf::resume(run, "run.checkpoint", average);
///   pf::fit(run, average, pf::Checkpoint(run, "run.checkpoint", 1000, average));
/// \endcode
/// The file is replaced as a whole: whenever the program is killed, it holds the last state written
/// to it. Map, objective and optimizer must be Described. Keeps references to run and callbacks.
template <class R, class... Callbacks>
class Checkpoint {
  static_assert(sizeof...(Callbacks) <= 10, "Checkpoint: at most ten callbacks");

 public:
  using Scalar = typename R::Scalar;

  /// Throws std::invalid_argument unless every >= 1.
  Checkpoint(const R& run, std::filesystem::path path, Index every, Callbacks&... callbacks)
      : run_(run), path_(std::move(path)), every_(every), callbacks_(callbacks...),
        fingerprints_(fingerprints(run)) {
    check_count("Checkpoint", "every", every);
  }

  /// These throw std::system_error (errno and path) if the file cannot be written.
  void operator()(const StepEnd<Scalar>& event) const {
    if ((event.step + 1) % every_ == 0) write();
  }
  void operator()(const TrainEnd<Scalar>&) const { write(); }

  [[nodiscard]] std::string bytes() const {
    std::string bytes(detail::kFileHeader, '\0');
    using Payload = detail::CheckpointPayload<const typename R::State&,
                                              const detail::Numbered<const Callbacks&...>&>;
    Writer(bytes).write(Payload{fingerprints_, run_.state(), callbacks_});
    detail::seal<Scalar>(bytes, "checkpoint");
    return bytes;
  }

 private:
  void write() const { write_file("Checkpoint", path_, bytes()); }

  const R& run_;
  std::filesystem::path path_;
  Index every_;
  detail::Numbered<const Callbacks&...> callbacks_;
  std::vector<Fingerprint> fingerprints_;
};

/// Resumes a run from the bytes of a checkpoint; errors call them `file`. Throws as resume.
template <class R, class... Callbacks>
void resume_from(R& run, std::string_view bytes, std::string_view file, Callbacks&... callbacks) {
  using State = typename R::State;
  Reader in = detail::open_envelope<typename R::Scalar>("resume", file, bytes, "checkpoint");
  auto payload = in.read<detail::CheckpointPayload<State, detail::Numbered<Callbacks...>>>();
  in.finish();
  const std::string different = first_difference(fingerprints(run), payload.fingerprints);
  if (!different.empty())
    in.fail(in.position(), different, "another than in the checkpoint", "the same");
  State& state = payload.state;
  detail::check_shape(in, "state", state, run.state());
  const auto within = [&](std::string_view name, Index value, Index most) {
    if (value < 0 || value > most)
      in.fail(in.position(), "state." + std::string(name), to_text(value),
              "between 0 and " + to_text(most));
  };
  constexpr Index most = (std::numeric_limits<Index>::max)() / 2;
  within("steps", state.steps, most);
  within("step", state.step, state.steps);
  within("dropped", state.dropped, state.step);
  within("halvings", state.halvings, state.dropped);
  within("without_progress", state.without_progress, state.dropped);
  run.resume(std::move(state));
  std::tie(callbacks...) = std::move(payload.callbacks.objects);
}

/// Goes on with the run in a checkpoint, to the bit, with any number of threads. The run must
/// be made as that was whose state was saved; to go on for longer, fit again with `.first`. The
/// callbacks take their settings from the file, too.
///
/// Throws format_error (file, byte, what is there and what must be) if the file is damaged or no
/// checkpoint of this type of run, or naming the first part that the saved run has another of
/// (`objective.source.mean`); std::system_error (errno and path) if it cannot be read. Run and
/// callbacks are then unchanged.
template <class R, class... Callbacks>
void resume(R& run, const std::filesystem::path& path, Callbacks&... callbacks) {
  resume_from(run, read_file("resume", path), path.string(), callbacks...);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
