#pragma once

#include "pushforward/test_functions/concatenate.hpp"
#include "pushforward/test_functions/fourier.hpp"
#include "pushforward/test_functions/polynomial.hpp"
#include "pushforward/test_functions/random_fourier.hpp"
#include "pushforward/test_functions/rbf.hpp"
