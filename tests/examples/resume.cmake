# cmake -D FIT=program -D DATA=file -D TIMEOUT=program -D WORK=folder -P resume.cmake
# A training that is killed, then ended by Ctrl-C, and resumed with other numbers of threads gives
# the samples of one that was left alone; with other settings it is refused.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${WORK})
set(checkpoint ${WORK}/run.checkpoint)
set(steps --steps 2000 --seconds 1)

macro(fit out)
  execute_process(COMMAND ${FIT} ${DATA} --out ${WORK}/${out} ${steps} ${ARGN} OUTPUT_QUIET
                  COMMAND_ERROR_IS_FATAL ANY)
endmacro()

fit(alone --threads 1)
foreach(seconds 0.5 2 8 32)
  if(NOT EXISTS ${checkpoint})
    execute_process(COMMAND ${TIMEOUT} -s KILL ${seconds} ${FIT} ${DATA} --out ${WORK}/killed
                    ${steps} --checkpoint ${checkpoint} OUTPUT_QUIET)
  endif()
endforeach()
execute_process(COMMAND ${TIMEOUT} --preserve-status -s INT 1 ${FIT} ${DATA} --out ${WORK}/stopped
                ${steps} --checkpoint ${checkpoint} --resume ${checkpoint} --threads 3
                RESULT_VARIABLE status OUTPUT_QUIET)
if(NOT status EQUAL 130 AND NOT status EQUAL 0)
  message(FATAL_ERROR "Ctrl-C ended with status ${status}")
endif()
fit(resumed --resume ${checkpoint} --threads 2)

foreach(out alone resumed)
  file(SHA256 ${WORK}/${out}/samples.csv samples_${out})
endforeach()
if(NOT samples_alone STREQUAL samples_resumed)
  message(FATAL_ERROR "a resumed training gives other samples")
endif()

foreach(other "--steps;2001" "--seconds;2" "--seed;2")
  set(arguments ${steps})
  list(GET other 0 flag)
  list(FIND arguments ${flag} at)
  if(NOT at EQUAL -1)
    list(REMOVE_AT arguments ${at})
    list(REMOVE_AT arguments ${at})
  endif()
  execute_process(COMMAND ${FIT} ${DATA} --out ${WORK}/refused ${arguments} ${other} --resume
                  ${checkpoint} RESULT_VARIABLE status OUTPUT_QUIET ERROR_VARIABLE error)
  if(NOT status EQUAL 2 OR NOT error MATCHES "^fit: resume: .*another than in the checkpoint")
    message(FATAL_ERROR "${other}: status ${status}, ${error}")
  endif()
endforeach()
