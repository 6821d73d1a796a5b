#pragma once

#include "pushforward/optimizers/adam.hpp"
#include "pushforward/optimizers/both.hpp"
#include "pushforward/optimizers/levenberg_marquardt.hpp"
#include "pushforward/optimizers/optimizer.hpp"
#include "pushforward/optimizers/schedule.hpp"
#include "pushforward/optimizers/sgd.hpp"
