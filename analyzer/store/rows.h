/* Rows back into findings; inside store/ only. */
#ifndef LL_STORE_ROWS_H
#define LL_STORE_ROWS_H

#include "store/sql.h"

#define OCCURRENCE_SELECT "SELECT d.json FROM main.occurrences o JOIN main.details d ON d.hash = o.detail"

/* Appends a finding for each row of a statement that begins with OCCURRENCE_SELECT. A row that is no
 * finding is an error: the file was damaged or written by something else. */
bool rows_read_findings(store *s, sqlite3_stmt *st, ll_arena *a, finding_list *out, ll_err *err);

#endif
