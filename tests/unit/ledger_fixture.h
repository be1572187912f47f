#ifndef TESTS_LEDGER_FIXTURE_H
#define TESTS_LEDGER_FIXTURE_H

#include <constellation/ledger.h>

/* An empty log; free it. */
cstn_log *ledger_log(const char *origin);
/* Key pair of a log's owner, `log.example`, the same at every call. */
const char *ledger_signer(void);
const char *ledger_verifier(void);

#endif
