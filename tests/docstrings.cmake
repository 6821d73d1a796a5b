# cmake -D "COMPILE=command" -D SOURCE=folder -D WORK=folder -P docstrings.cmake
# The models in the docstrings (\code blocks that begin with a struct) compile as they stand, without
# a warning, and are models of their concepts.
cmake_minimum_required(VERSION 3.25)
file(GLOB_RECURSE headers ${SOURCE}/include/*.hpp)
set(program "#include <pushforward/pushforward.hpp>\n\nnamespace pf = pushforward;\n\n")
set(names "")
foreach(header IN LISTS headers)
  file(READ ${header} rest)
  while(TRUE)
    string(FIND "${rest}" "\\code\n" begin)
    if(begin EQUAL -1)
      break()
    endif()
    math(EXPR begin "${begin} + 6")
    string(SUBSTRING "${rest}" ${begin} -1 rest)
    string(FIND "${rest}" "/// \\endcode" end)
    string(SUBSTRING "${rest}" 0 ${end} block)
    if("${block}" MATCHES "^///   struct ([A-Za-z]+)")
      list(APPEND names ${CMAKE_MATCH_1})
      string(REGEX REPLACE "(^|\n)///( |)" "\\1" block "${block}")
      string(APPEND program "${block}\n")
    endif()
  endwhile()
endforeach()
foreach(name IN ITEMS Scale Exp Shift Exponential TwoSided Squares CauchyKernel ProductLaplace Spread Origin
                      HalfTheRest MeanOfModuli MeanGap QuarticDistance SphericalPath Midpoint Shrink
                      Valley Odd LogCosh HingeGame OneSided SignDescent Backtracking StopAt)
  if(NOT name IN_LIST names)
    message(FATAL_ERROR "no docstring has ${name}, but: ${names}")
  endif()
endforeach()
string(APPEND program "static_assert(pf::TrainableMap<Scale> && pf::InvertibleMap<Exp>);\n"
       "static_assert(pf::BrenierMap<Shift>);\n"
       "static_assert(pf::Measure<Exponential>);\n"
       "static_assert(pf::HasDensity<TwoSided> && pf::HasScore<TwoSided>);\n"
       "static_assert(pf::TestFunctions<Squares> && pf::Weights<HalfTheRest, Squares>);\n"
       "static_assert(pf::Kernel<CauchyKernel> && pf::SpectralMeasure<ProductLaplace>);\n"
       "static_assert(pf::HasMeanEmbedding<pf::EnergyKernel, Origin>);\n"
       "static_assert(pf::Discrepancy<Spread> && pf::Maximum<MeanOfModuli, double>);\n"
       "static_assert(pf::Line<MeanGap, double> && pf::TransportCost<QuarticDistance>);\n"
       "static_assert(pf::Objective<Shrink, Scale> && pf::LeastSquares<Valley, Scale>);\n"
       "static_assert(pf::Bootstrap<Odd, Scale> && pf::Integrator<Midpoint>);\n"
       "static_assert(pf::ErrorLoss<LogCosh, float> && pf::Game<HingeGame, float>);\n"
       "static_assert(pf::CriticPenalty<OneSided, double> && pf::Path<SphericalPath>);\n"
       "static_assert(pf::Optimizer<SignDescent, double> && pf::Callback<StopAt, double>);\n"
       "static_assert(pf::Solver<Backtracking, pf::Problem<Scale, Valley>>);\n\n"
       "int main() {\n  Scale map;\n"
       "  const auto result = pf::fit(map, Shrink{}, SignDescent{.rate = 0.25}, {.steps = 3});\n"
       "  const pf::PushforwardObjective goal(Exponential{}, Spread{});\n"
       "  (void)pf::fit(map, goal, pf::Adam{}, {.steps = 1});\n"
       "  pf::Affine<double> pair(pf::Matrix<double>::Constant(1, 1, -1),\n"
       "                          pf::Vector<double>::Constant(1, 1));\n"
       "  const auto least = pf::fit(pair, Valley{}, pf::LevenbergMarquardt{}, {.steps = 100});\n"
       "  const auto down = pf::fit(map, Shrink{}, Backtracking{}, {.steps = 5});\n"
       "  pf::Players players(map, pf::Mlp<double>({1, 1}, pf::Key{}));\n"
       "  const pf::AdversarialObjective game(Exponential{}, Exponential{}, HingeGame{}, OneSided{});\n"
       "  (void)pf::fit(players, game, pf::Both{pf::Sgd{}, pf::Sgd{}, 1}, {.steps = 1});\n"
       "  (void)pf::fit(map, pf::RegressionObjective(Odd{}), pf::Adam{}, {.steps = 1});\n"
       "  Shift shift;\n"
       "  (void)pf::fit(shift, pf::SemiDualObjective(pf::Gaussian<double>(1), Exponential{}), pf::Adam{}, {.steps = 1});\n"
       "  const pf::Matrix<double> two = pf::Matrix<double>::Constant(1, 1, 2);\n"
       "  const double energy = pf::evaluate(\n"
       "      pf::KernelDiscrepancy(pf::EnergyKernel{}, Origin{}, {}, pf::Plugin{}), two);\n"
       "  return energy == 4 && result.loss == 0.0625 && least.loss < 1e-20 && down.loss < 1e-10 ? 0 : 1;\n}\n")
file(MAKE_DIRECTORY ${WORK})
file(WRITE ${WORK}/models.cpp "${program}")
execute_process(COMMAND ${COMPILE} -Wall -Wextra -Wshadow -Werror models.cpp -o models
                WORKING_DIRECTORY ${WORK} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ./models WORKING_DIRECTORY ${WORK} COMMAND_ERROR_IS_FATAL ANY)
