#ifndef CSTN_SHARING_OFFER_H
#define CSTN_SHARING_OFFER_H

#include <constellation/term.h>

/* cstn_offer_check() where the events of every duty are recorded, whatever its action is. */
cstn_status cstn__offer_check_recorded(const cstn_term_set *set, const cstn_vocabulary *vocabulary,
		int is_dual_pair, const cstn_allocator *allocator, cstn_error **error);

#endif
