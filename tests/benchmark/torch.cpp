#include "peer.hpp"

#include <torch/torch.h>

namespace peer {

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

}  // namespace peer
