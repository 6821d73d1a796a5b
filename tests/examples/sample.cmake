# cmake -D FIT=program -D SAMPLE=program -D DATA=file -D WORK=folder -P sample.cmake
# Sample i of a saved map is the same however many are drawn, from wherever on, by however many
# threads, into a file or not.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${WORK})
set(map ${WORK}/penguins.map)
execute_process(COMMAND ${FIT} ${DATA} --seconds .1 --steps 5 --count 5000 --out ${WORK} --map ${map}
                OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(READ ${WORK}/samples.csv all)
string(FIND "${all}" "\n" header_end)
math(EXPR header_end "${header_end} + 1")
string(SUBSTRING "${all}" 0 ${header_end} header)

# Runs sample; its output is `samples`.
macro(sample)
  execute_process(COMMAND ${SAMPLE} ${map} ${ARGN} OUTPUT_VARIABLE samples
                  COMMAND_ERROR_IS_FATAL ANY)
endmacro()
macro(expect text)
  if(NOT "${samples}" STREQUAL "${text}")
    message(FATAL_ERROR "sample printed\n${samples}\ninstead of\n${text}")
  endif()
endmacro()

sample(--count 5000 --threads 3 --out ${WORK}/again.csv)
expect("")
file(READ ${WORK}/again.csv samples)
expect("${all}")

sample(--count 4200 --threads 1)  # more than are drawn at a time
set(front "${samples}")
sample(--count 800 --first 4200 --threads=2 --key=1)
if(NOT "${samples}" MATCHES "^${header}")
  message(FATAL_ERROR "no header: ${samples}")
endif()
string(SUBSTRING "${samples}" ${header_end} -1 samples)
string(PREPEND samples "${front}")
expect("${all}")

sample(--count 5000 --key 2)
if("${samples}" STREQUAL "${all}")
  message(FATAL_ERROR "another key gives the same samples")
endif()
