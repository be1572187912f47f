#ifndef TESTS_ODRL_CASE_H
#define TESTS_ODRL_CASE_H

#include <jansson.h>

#include <constellation/constellation.h>

/* A case of the ODRL test suite (imec, MIT) as rules and a request, through an adapter that
 * supplies what its policies do not speak of: membership of both, relation NEUTRAL, EXPLICIT_NONE,
 * level RAW.
 *
 * A target is a field; party and asset collections are written out for their members; a duty report
 * becomes the state of the duty. An absent assignee, action or target matches any. What the adapter
 * has no word for is refused. Unref both. */
cstn_status odrl_case_make(
		const json_t *one, cstn_rules **rules, cstn_request **request, cstn_error **error);

#endif
