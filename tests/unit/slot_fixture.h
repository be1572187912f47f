#ifndef TESTS_SLOT_FIXTURE_H
#define TESTS_SLOT_FIXTURE_H

#include "store/store.h"

#define SLOT_SECRET "a secret that must be able to die"

/* Transactions that must begin and commit; the commit frees. */
cstn__transaction *slot_begin(cstn__store *store);
void slot_commit(cstn__transaction *transaction);
/* A slot put or erased; the first inside a transaction, the others in one of their own. */
uint64_t slot_put_in(cstn__transaction *transaction, const char *text);
uint64_t slot_put(cstn__store *store, const char *text);
void slot_erase(cstn__store *store, uint64_t slot);
/* What a slot says: its text, "erased", "absent", or the name of an error. Of the thread's last
 * call. */
const char *slot_said(cstn__store *store, uint64_t slot);

#endif
