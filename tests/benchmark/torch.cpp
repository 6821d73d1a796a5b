#include "peer.hpp"

#include <torch/torch.h>

#include <dlfcn.h>

namespace peer {

std::string kernel() {
  const auto name =
      reinterpret_cast<const char* (*)()>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  return name == nullptr ? "" : name();
}

namespace {

torch::nn::Sequential network(const std::vector<std::int64_t>& sizes) {
  torch::set_num_threads(1);
  torch::nn::Sequential layers;
  for (std::size_t l = 1; l < sizes.size(); ++l) {
    layers->push_back(torch::nn::Linear(sizes[l - 1], sizes[l]));
    if (l + 1 < sizes.size()) layers->push_back(torch::nn::Tanh());
  }
  return layers;
}

}  // namespace

std::function<void()> training_step(const std::vector<std::int64_t>& sizes, std::int64_t batch,
                                    std::int64_t frequencies) {
  auto map = network(sizes);
  auto optimizer = std::make_shared<torch::optim::Adam>(map->parameters());
  const auto waves = torch::randn({sizes.back(), frequencies});
  return [=]() mutable {
    optimizer->zero_grad();
    const auto angle = torch::mm(map->forward(torch::randn({batch, sizes.front()})), waves);
    const auto loss =
        (angle.cos().mean(0).square() + angle.sin().mean(0).square()).sum() / frequencies;
    loss.backward();
    optimizer->step();
  };
}

std::function<void()> sampling(const std::vector<std::int64_t>& sizes, std::int64_t count) {
  auto map = network(sizes);
  return [=]() mutable {
    const torch::NoGradGuard no_gradient;
    map->forward(torch::randn({count, sizes.front()}));
  };
}

std::function<void()> gaussian_mmd(std::int64_t count, std::int64_t dimension) {
  torch::set_num_threads(1);
  auto x = torch::randn({count, dimension}).requires_grad_();
  const auto y = torch::randn({count, dimension});
  return [=]() mutable {
    const auto mean_kernel = [](const torch::Tensor& a, const torch::Tensor& b) {
      const auto squared = a.square().sum(1, true) + b.square().sum(1) - 2 * torch::mm(a, b.t());
      return (-squared / 2).exp().mean();
    };
    x.mutable_grad() = torch::Tensor();
    (mean_kernel(x, x) - 2 * mean_kernel(x, y)).backward();
  };
}

}  // namespace peer
