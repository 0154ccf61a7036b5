# Writes OUT: a number for everything that makes facts what they are, one for everything that makes findings of them, and
# one for what makes a plan of a database.
# Caches of another lifelint are recognised by it, and nobody has to remember to raise a version.
#   cmake -DDIR=analyzer -DOUT=versions.h -P versions.cmake
function(hash_sources out)
  set(all "")
  foreach(folder ${ARGN})
    file(GLOB files ${DIR}/${folder}/*.c ${DIR}/${folder}/*.h ${DIR}/${folder}/*.def)
    list(SORT files)
    foreach(file ${files})
      file(SHA256 ${file} hash)
      string(APPEND all ${hash})
    endforeach()
  endforeach()
  string(SHA256 all "${all}")
  string(SUBSTRING ${all} 0 16 all)
  set(${out} ${all} PARENT_SCOPE)
endfunction()

set(facts ir frontend frontend/clang)
hash_sources(facts_version ${facts})
hash_sources(engine_version ${facts} engine finding rulepack)
hash_sources(plan_version source)
set(text "/* Written by cmake/versions.cmake. */\n")
string(APPEND text "#define LL_FACTS_VERSION 0x${facts_version}u\n#define LL_ENGINE_VERSION 0x${engine_version}u\n")
string(APPEND text "#define LL_PLAN_VERSION 0x${plan_version}u\n")
file(WRITE ${OUT}.new "${text}")
file(COPY_FILE ${OUT}.new ${OUT} ONLY_IF_DIFFERENT)
