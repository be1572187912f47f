#ifndef CSTN_CUSTOMER_STAGE_HISTORY_H
#define CSTN_CUSTOMER_STAGE_HISTORY_H

#include "customer/stage_events.h"
#include "customer/stage_summary.h"

typedef struct cstn__stage_customer {
	cstn__stage_id id;
	int64_t first_us, since_us; /* first heard of; in its stage */
	uint32_t n_moves, n_events;
	int32_t stage;
	int32_t reserved;
} cstn__stage_customer;

struct cstn_stage_history {
	cstn_allocator allocator;
	cstn_stage_policy *policy; /* referenced */
	int32_t customer_is_text, id_is_text;
	cstn__arena texts;
	cstn__stage_customer *customers; /* sorted by id */
	size_t n_customers;
	cstn__stage_move *
			moves; /* in the order of customers, then number; `customer` is its place */
	size_t n_moves;
	cstn_stage_summary *summary;
};

#endif
