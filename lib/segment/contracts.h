#ifndef CSTN_SEGMENT_CONTRACTS_H
#define CSTN_SEGMENT_CONTRACTS_H

#include <constellation/retention.h>

#include "base/alloc.h"
#include "base/error.h"

/* How contracts are told: by days, or by the time they were observed. 0: nothing was told yet. */
#define CSTN__FORM_DAYS 1
#define CSTN__FORM_TIMES 2
#define CSTN__RUNS INT64_MAX /* the end of a contract that has none */

/* Contracts that are alike. By days: begin and end; by times: the time, and 1 if they ended. */
typedef struct cstn__span {
	int64_t begin, end;
	int64_t n; /* above 0 in a state */
} cstn__span;

typedef CSTN__ARRAY(cstn__span) cstn__span_list;

struct cstn_contracts {
	cstn_allocator allocator;
	int32_t form;
	cstn__span_list spans; /* by begin and end, each once */
};

int cstn__span_order(const cstn__span *a, const cstn__span *b);
/* In order, each once. 0 or -1. */
int cstn__spans_settle(cstn__span_list *spans, const cstn_allocator *allocator);
/* Adds (sign 1) or takes out (-1) settled spans of `more`; CSTN_E_STATE if there are fewer. */
cstn_status cstn__contracts_add(cstn_contracts *state, int32_t form, const cstn__span_list *more,
		int sign, cstn_error **error);

#endif
