/* Fingerprints: the name under which a finding is known from run to run.
 *
 * A fingerprint must stay the same when the finding is still the same to a human (lines were added
 * above, the file was reformatted, moved to another folder, checked out elsewhere, analysed with other
 * flags), and must differ between two findings that a human fixes separately. So it is made of roles:
 *
 *     reported rule id | USR of the function | what acquired | how it is lost | the place's name | ordinal
 *
 * for example  posix-fd-leak | c:@F@load_config | open | return | fd | 0.  Lines, columns, messages,
 * and directories are not in it. The ordinal counts findings with equal roles in one function, in source
 * order: two `open` into `fd` that both leak are 0 and 1, and fixing the first turns 1 into 0: one
 * finding is gone, which is the truth, although the survivor takes the other's name.
 *
 * Files: clang puts the base name of the file into the USR of a static function ("c:conf.c@F@load"),
 * and nothing of the file into that of an external one. `main` is the external function which many
 * files of one tree define, so the base name of its file is added. Moving a file to another folder
 * therefore changes nothing; renaming conf.c to config.c changes the fingerprints of its static
 * functions and of main only, which show as gone and new once. Where a caller knows of such a rename
 * (git does), it maps the path back before fingerprinting: see finding_fingerprint_rename.
 * Findings without a function (suppression comments) use the base name of their file as the function.
 *
 * Equal fingerprints remain possible (static functions of one name in two files of one name): all
 * consumers count with multiplicity, see finding/baseline.h. XXH3-128 over length-prefixed fields
 * after a version word; a change of the recipe changes the word, and the store sees all as new. */
#ifndef LL_FINDING_FINGERPRINT_H
#define LL_FINDING_FINGERPRINT_H

#include "finding/finding.h"

#define FINDING_FINGERPRINT_LEN 32

/* Sorts the list, then sets ordinal and fingerprint of every finding (strings in the arena). */
void finding_fingerprints(ll_arena *a, finding_list *l);

/* The USR that a static function (or any USR that names a file) had while its file was called
 * `old_base`; `usr` itself when it names no file. For comparing across a rename. */
const char *finding_fingerprint_rename(ll_arena *a, const char *usr, const char *old_base);

#endif
