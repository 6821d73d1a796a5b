#pragma once

/// \file
/// Flows and diffusions: paths from noise to data, the pairs that fields are trained on, fields
/// that are known, maps and samplers of many steps, and the ways from many steps to one.

#include "pushforward/flows/bootstrap.hpp"
#include "pushforward/flows/change_prediction.hpp"
#include "pushforward/flows/conditional_mean.hpp"
#include "pushforward/flows/consistency.hpp"
#include "pushforward/flows/denoiser.hpp"
#include "pushforward/flows/denoising_pairs.hpp"
#include "pushforward/flows/diffusion_steps.hpp"
#include "pushforward/flows/divergence.hpp"
#include "pushforward/flows/edm_scaling.hpp"
#include "pushforward/flows/integrators.hpp"
#include "pushforward/flows/mean_velocity.hpp"
#include "pushforward/flows/minibatch_coupling.hpp"
#include "pushforward/flows/ode_flow.hpp"
#include "pushforward/flows/pairs.hpp"
#include "pushforward/flows/path.hpp"
#include "pushforward/flows/path_energy.hpp"
#include "pushforward/flows/sde_sampler.hpp"
#include "pushforward/flows/squashed_normal.hpp"
#include "pushforward/flows/time_grid.hpp"
#include "pushforward/flows/two_steps.hpp"
#include "pushforward/flows/velocity.hpp"
