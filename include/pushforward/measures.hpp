#pragma once

#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/mixture.hpp"
#include "pushforward/measures/quasi_random.hpp"
#include "pushforward/measures/uniform.hpp"
