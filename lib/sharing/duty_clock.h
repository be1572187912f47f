#ifndef CSTN_SHARING_DUTY_CLOCK_H
#define CSTN_SHARING_DUTY_CLOCK_H

#include <constellation/agreement.h>

#include "sharing/sharing_rows.h"

/* What the clock makes of duties that a network keeps. */

/* Pending past its deadline: violated, though nobody said so. */
int cstn__duty_is_overdue(const cstn__duty_row *row, int64_t now_us);

/* The duty that a violation at an instant sets going; 0: none follows. */
int cstn__duty_follow(const cstn_agreement *agreement, const cstn_term_view *term,
		const cstn__duty_row *violated, int64_t at_us, cstn__duty_row *next);

/* Give a duty of CSTN_RULES_DUTY_REVOCATION its deadline, unless one was put: when the retirement
 * of its agreement has effect. 0: it is not retired, and nothing is owed. */
int cstn__duty_revoke(cstn__duty_row *row, const cstn_agreement *agreement, int64_t now_us);

/* A duty and what follows from it, as far as the clock has brought them: *last is the last
 * consequence that has begun, and *found says whether there is such a duty at all. With `write`
 * what the clock began is stored, each violated duty and the one after it with an entry in the log
 * of the place, so that whoever puts one of them finds them. `of` says which duty; its consequence
 * is not read. Cost: a point read a duty of the chain. */
cstn_status cstn__duty_walk(const cstn__sharing_place *place, const cstn_agreement *agreement,
		const cstn_term_view *term, const cstn__duty_row *of, int write, uint32_t *last,
		int *found, cstn_error **error);

#endif
