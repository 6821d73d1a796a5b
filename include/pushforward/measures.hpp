#pragma once

#include "pushforward/measures/draw.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/fit_mixture.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/graph.hpp"
#include "pushforward/measures/image.hpp"
#include "pushforward/measures/marginal.hpp"
#include "pushforward/measures/measure.hpp"
#include "pushforward/measures/mixture.hpp"
#include "pushforward/measures/product.hpp"
#include "pushforward/measures/quasi_random.hpp"
#include "pushforward/measures/uniform.hpp"
