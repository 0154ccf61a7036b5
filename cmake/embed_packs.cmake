# Writes OUT, a C source that holds every *.yml of DIR as the table NAME of rulepack.h, with their trees when TREES is a
# directory of them.
file(GLOB packs ${DIR}/*.yml)
list(SORT packs)
set(data "")
set(table "")
set(count 0)
foreach(pack ${packs})
  get_filename_component(name ${pack} NAME)
  file(READ ${pack} hex HEX)
  file(SIZE ${pack} size)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND data "static const unsigned char pack_${count}[] = {${bytes}0};\n")
  set(tree "")
  set(ntree 0)
  if(TREES)
    file(READ ${TREES}/${name}.tree tree HEX)
    file(SIZE ${TREES}/${name}.tree ntree)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," tree "${tree}")
  endif()
  string(APPEND data "static const unsigned char tree_${count}[] = {${tree}0};\n")
  string(APPEND table "    {\"${name}\", pack_${count}, ${size}, tree_${count}, ${ntree}},\n")
  math(EXPR count "${count} + 1")
endforeach()
set(image "")
set(image_of "")
if(TREES AND NAME STREQUAL "rulepack_embedded")
  file(READ ${TREES}/image hex HEX)
  file(SIZE ${TREES}/image size)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  set(image "static const unsigned char image[] = {${bytes}0};\n")
  set(image_of "const rulepack_file ${NAME}_image = {.tree = image, .ntree = ${size}};\n")
endif()
file(WRITE ${OUT} "/* Generated from rules/; see cmake/embed_packs.cmake. */
#include \"rulepack/rulepack.h\"

${data}${image}
const rulepack_file ${NAME}[] = {
${table}    {0},
};
const size_t ${NAME}_count = ${count};
${image_of}")
