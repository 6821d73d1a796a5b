#pragma once

#include "pushforward/io/text.hpp"

#include <algorithm>
#include <concepts>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <utility>
#include <vector>

/// \file
/// The command line of the example programs.

namespace support {

/// What an integer argument can be read into.
template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool>;

/// The integers from low to high.
template <Integer T>
struct Range {
  T low = std::numeric_limits<T>::min();
  T high = std::numeric_limits<T>::max();
};

/// What a program can be told, declared in `main` beside the variables that receive it.
/// \code
///   std::uint64_t seed = 0;
///   int steps = 40;
///   std::string view = "mean";
///   std::filesystem::path data;
///   support::Arguments arguments("fit", "Learns a map onto the law of the samples in a file.");
///   arguments.option("DATA", data, "CSV file, a sample per row")
///       .option("--seed", seed, "names all that is random")
///       .option("--steps", steps, "steps of training", {1, 100000})
///       .option("--view", view, "what is minimised", {"mean", "supremum"});
///   if (!arguments.read(argc, argv)) return 0;  // --help was asked for
/// \endcode
/// What begins with `--` is a flag, given as `--name VALUE`; the others are given by their place.
/// What a variable holds is its default; an argument without a flag whose default is empty is
/// required.
class Arguments {
 public:
  /// `purpose` is the sentence that --help prints.
  Arguments(std::string program, std::string purpose)
      : program_(std::move(program)), purpose_(std::move(purpose)) {}

  /// An integer in a range.
  template <Integer T>
  Arguments& option(const std::string& name, T& value, const std::string& help,
                    Range<std::type_identity_t<T>> range = {}) {
    return add(name, "INTEGER", help, std::to_string(value), [=, &value](std::string_view token) {
      T number{};
      if (pushforward::read_number(token, number) != std::errc() || number < range.low ||
          number > range.high)
        refuse(name, token,
               "an integer from " + std::to_string(range.low) + " to " +
                   std::to_string(range.high));
      value = number;
    });
  }

  /// One of some words.
  Arguments& option(const std::string& name, std::string& value, const std::string& help,
                    const std::vector<std::string>& words) {
    std::string choice;
    for (const std::string& word : words) choice.append(choice.empty() ? "" : "|").append(word);
    return add(name, choice, help, value, [=, &value](std::string_view token) {
      if (std::find(words.begin(), words.end(), token) == words.end()) refuse(name, token, choice);
      value = token;
    });
  }

  /// A path.
  Arguments& option(const std::string& name, std::filesystem::path& value,
                    const std::string& help) {
    return add(name, "PATH", help, value.string(), [=, &value](std::string_view token) {
      if (token.empty()) refuse(name, token, "a path");
      value = token;
    });
  }

  /// Sets the variables from the command line. False after --help, which prints help() on stdout.
  /// Throws std::invalid_argument, one line that names the flag and the token, if an argument is
  /// unknown, given twice, without a value or with one that is not allowed, or is missing.
  [[nodiscard]] bool read(int argc, const char* const* argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string_view token = argv[i];
      if (token == "--help") {
        static_cast<void>(std::fputs(help().c_str(), stdout));
        return false;
      }
      const bool flag = token.starts_with('-');
      const auto entry = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) {
        return flag ? e.name == token : !e.flag && !e.given;
      });
      if (entry == entries_.end())
        throw std::invalid_argument("unknown argument " + pushforward::token_text(token) +
                                    "; see --help");
      if (entry->given) throw std::invalid_argument(entry->name + " is given twice");
      if (flag && (++i == argc || std::string_view(argv[i]).starts_with("--")))
        throw std::invalid_argument(entry->name + " is not followed by a value, " + entry->value);
      entry->set(argv[i]);
      entry->given = true;
    }
    for (const Entry& entry : entries_)
      if (entry.required && !entry.given)
        throw std::invalid_argument(entry.name + " is missing: " + entry.help);
    return true;
  }

  /// The text of --help.
  [[nodiscard]] std::string help() const {
    std::string usage = "Usage: " + program_ + " [--flag VALUE]...", list;
    for (const Entry& entry : entries_) {
      std::string left = "  " + entry.name + (entry.flag ? " " + entry.value : "");
      left.resize((std::max)(left.size() + 2, std::size_t(28)), ' ');
      list += left + entry.help;
      list += entry.initial.empty() ? "\n" : " (default " + entry.initial + ")\n";
      if (!entry.flag) usage += entry.required ? " " + entry.name : " [" + entry.name + "]";
    }
    return usage + "\n" + purpose_ + "\n\n" + list;
  }

 private:
  using Set = std::function<void(std::string_view)>;
  struct Entry {
    std::string name, value, help, initial;
    Set set;
    bool flag, required, given = false;
  };

  Arguments& add(const std::string& name, const std::string& value, const std::string& help,
                 const std::string& initial, Set set) {
    const bool flag = name.starts_with("--");
    entries_.push_back(
        {name, value, help, initial, std::move(set), flag, !flag && initial.empty()});
    return *this;
  }

  [[noreturn]] static void refuse(const std::string& name, std::string_view token,
                                  const std::string& requirement) {
    throw std::invalid_argument(name + " is " + pushforward::token_text(token) + ", but must be " +
                                requirement);
  }

  std::string program_, purpose_;
  std::vector<Entry> entries_;
};

}  // namespace support
