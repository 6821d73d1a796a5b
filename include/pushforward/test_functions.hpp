#pragma once

#include "pushforward/test_functions/concatenate.hpp"
#include "pushforward/test_functions/energy_spectrum.hpp"
#include "pushforward/test_functions/expectation.hpp"
#include "pushforward/test_functions/fourier.hpp"
#include "pushforward/test_functions/kernel.hpp"
#include "pushforward/test_functions/kernels.hpp"
#include "pushforward/test_functions/median_distance.hpp"
#include "pushforward/test_functions/polynomial.hpp"
#include "pushforward/test_functions/random_fourier.hpp"
#include "pushforward/test_functions/rbf.hpp"
#include "pushforward/test_functions/test_functions.hpp"
