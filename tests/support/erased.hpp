#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

/// \file
/// Models of any type behind an interface of the scalar alone, so that what the laws ask is
/// compiled once.

namespace support {

/// A tape, a scratch, a workspace of any type, made where it is first used.
class ErasedRoom {
 public:
  template <class Room>
  [[nodiscard]] Room& as() {
    if (!room_) room_ = std::make_shared<Room>();
    return *static_cast<Room*>(room_.get());
  }

 private:
  std::shared_ptr<void> room_;
};

/// A value behind an interface; a copy has its own.
template <class Interface>
class Erased {
 public:
  explicit Erased(std::unique_ptr<Interface> model) : model_(std::move(model)) {}
  Erased(const Erased& other) : model_(other.model_->copy()) {}
  Erased& operator=(const Erased& other) {
    model_ = other.model_->copy();
    return *this;
  }
  ~Erased() = default;

 protected:
  [[nodiscard]] Interface& model() { return *model_; }
  [[nodiscard]] const Interface& model() const { return *model_; }

 private:
  std::unique_ptr<Interface> model_;
};

[[noreturn]] inline void lacks(const char* what) {
  throw std::logic_error(std::string("this model has no ") + what);
}

}  // namespace support
