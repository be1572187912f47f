#ifndef CSTN_CUSTOMER_STAGE_RUN_H
#define CSTN_CUSTOMER_STAGE_RUN_H

#include "customer/stage_history.h"
#include "customer/stage_order.h"

typedef struct cstn__stage_worker {
	cstn__stage_machine machine;
	CSTN__ARRAY(cstn__stage_event) scratch;
	cstn_stage_summary *summary;
	cstn__row_sink *sink;
} cstn__stage_worker;

/* All customers of a history on threads. */
typedef struct cstn__stage_run {
	const cstn_stage_policy *policy;
	const cstn_stage_options *options;
	cstn_stage_history *history; /* receives customers, moves and the summary */
	cstn__row_sink *sink;        /* NULL, or receives what the workers' sinks hold */
	size_t n;                    /* customers */
	/* The customer at a place: gives its id, first_us and n_events, and where there are any
	 * runs the machine up to the as-of time, its moves behind those that are there. */
	cstn_status (*customer)(void *context, cstn__stage_worker *worker, size_t place,
			cstn__stage_customer *out, cstn_error **error);
	void *context;
	struct cstn__stage_morsel *morsels;
	size_t n_morsels;
	cstn__stage_worker *workers;
	int32_t n_workers;
	int32_t reserved;
} cstn__stage_run;

/* Fills the history, whose texts are then its own. To be freed in either case. */
cstn_status cstn__stage_run_all(cstn__stage_run *run, cstn_error **error);
void cstn__stage_run_free(cstn__stage_run *run);

/* Begin the message of an error with its customer. */
void cstn__stage_name_customer(int is_text, cstn__stage_id id, cstn_error **error);

/* An empty history. */
cstn_status cstn__stage_history_new(cstn_stage_policy *policy, const cstn_stage_options *options,
		const cstn_allocator *allocator, cstn_stage_history **out, cstn_error **error);
/* Options with their defaults, whose flags are among `flags`. */
cstn_status cstn__stage_options_read(const cstn_stage_options *given, uint32_t flags,
		cstn_stage_options *out, cstn_error **error);

#endif
