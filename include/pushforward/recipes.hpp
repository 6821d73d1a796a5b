#pragma once

/// \file
/// Recipes: what is put together from the rest, in one call.

#include "pushforward/recipes/learn.hpp"
