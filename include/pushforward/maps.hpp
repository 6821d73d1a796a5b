#pragma once

#include "pushforward/maps/activation.hpp"
#include "pushforward/maps/affine.hpp"
#include "pushforward/maps/compose.hpp"
#include "pushforward/maps/identity.hpp"
#include "pushforward/maps/image.hpp"
#include "pushforward/maps/mlp.hpp"
#include "pushforward/maps/standardize.hpp"
