# What is installed, and the Debian package made of it. The man page and the completions are written by the
# program itself from its option table.
set(generated ${PROJECT_BINARY_DIR}/generated)
set(written ${generated}/lifelint.1 ${generated}/lifelint.bash ${generated}/_lifelint ${generated}/lifelint.fish)
add_custom_command(OUTPUT ${written}
  COMMAND lifelint help --man > ${generated}/lifelint.1
  COMMAND lifelint help --completions bash > ${generated}/lifelint.bash
  COMMAND lifelint help --completions zsh > ${generated}/_lifelint
  COMMAND lifelint help --completions fish > ${generated}/lifelint.fish
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${generated}/rules
  COMMAND lifelint rules doc ${generated}/rules --no-config
  DEPENDS lifelint COMMENT "Writing the man page, the completions and the rule reference" VERBATIM)
add_custom_target(documentation ALL DEPENDS ${written})

install(TARGETS lifelint RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${generated}/lifelint.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${generated}/lifelint.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME lifelint)
install(FILES ${generated}/_lifelint DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${generated}/lifelint.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(DIRECTORY rules/ DESTINATION ${CMAKE_INSTALL_DATADIR}/lifelint/rules
  FILES_MATCHING PATTERN "*.yml" PATTERN "schema.json" PATTERN "templates" EXCLUDE)
install(FILES ci/bazel/BUILD.bazel ci/bazel/lifelint.bzl DESTINATION ${CMAKE_INSTALL_DATADIR}/lifelint/ci/bazel)
install(PROGRAMS ci/ninja/generate DESTINATION ${CMAKE_INSTALL_DATADIR}/lifelint/ci/ninja)
install(PROGRAMS ci/shell/run ci/shell/shard DESTINATION ${CMAKE_INSTALL_DATADIR}/lifelint/ci/shell)
install(PROGRAMS ci/gitlab/run DESTINATION ${CMAKE_INSTALL_DATADIR}/lifelint/ci/gitlab)
install(PROGRAMS ci/jenkins/run DESTINATION ${CMAKE_INSTALL_DATADIR}/lifelint/ci/jenkins)
install(FILES ci/gitlab/lifelint.yml DESTINATION ${CMAKE_INSTALL_DATADIR}/lifelint/ci/gitlab)
install(FILES ci/jenkins/Jenkinsfile ci/jenkins/Jenkinsfile.shards DESTINATION ${CMAKE_INSTALL_DATADIR}/lifelint/ci/jenkins)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${generated}/rules DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME lifelint)
set(CPACK_PACKAGE_VENDOR "lifelint maintainers")
set(CPACK_PACKAGE_CONTACT "lifelint maintainers <maintainers@lifelint.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "finds lifecycle bugs in C and C++")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
# libclang and libgit2 are loaded, the compiler's built-in headers (stddef.h and the like) are read, at run time.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libclang1-19, libclang-common-19-dev, libgit2-${GIT2_SOVERSION}")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"lifelint finds what is acquired, opened, armed or started and then not released,
closed, stopped or joined on some path; what is released twice or used after its
release; and what is released by the wrong function. It reads a compile database,
follows every function of the program by summaries, and takes its rules from YAML.")
include(CPack)
