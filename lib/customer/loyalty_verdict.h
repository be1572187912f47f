#ifndef CSTN_CUSTOMER_LOYALTY_VERDICT_H
#define CSTN_CUSTOMER_LOYALTY_VERDICT_H

#include "base/checked.h"
#include "customer/loyalty_state.h"

/* What is judged, in the order of the table of shares. */
enum cstn__loyalty_part {
	CSTN__PART_HAPPY,
	CSTN__PART_LOYAL,
	CSTN__PART_HABITUAL,
	CSTN__PART_PAYS,
	CSTN__PART_TELLS,
	CSTN__PART_INTENDS,
	CSTN__LOYALTY_PARTS
};
const char *cstn__loyalty_part_name(int part);
const char *cstn__loyalty_verdict_name(int verdict); /* "yes" */

/* Options with their defaults filled in and times in microseconds. */
typedef struct cstn__loyalty_rules {
	int64_t as_of_us, orders_from_us; /* orders after it count */
	int64_t split_us, price_us;       /* the windows: split -+ price */
	int64_t expiry_us;
	int32_t min_items, min_occasions;
	double price_least, quantity_least;
	int32_t confidence_ppm, answers, threads;
	int32_t reserved;
	cstn_progress *progress;
} cstn__loyalty_rules;

/* What decided on a part; a source of -1: nothing. */
typedef struct cstn__loyalty_reason {
	int64_t at_us, expires_us; /* INT64_MAX: never */
	int64_t a, b;
	int32_t source;
	int32_t reserved;
} cstn__loyalty_reason;

typedef struct cstn__loyalty_verdict {
	int64_t id; /* number, or the address of its text */
	uint32_t id_len;
	uint32_t segment, stage; /* as in the attributes */
	uint8_t verdicts[CSTN__LOYALTY_PARTS];
	uint8_t ordered;
	uint8_t reserved;
	int64_t margin;
	cstn__loyalty_reason pays, tells, loyal, intends;
	int64_t occasions, first;      /* of the source that decided, or the strongest there is */
	double share_mean, share_high; /* NaN: no occasions */
	double price_index, quantity_index; /* NaN: no item in both windows */
	double regularity, cycle_days;      /* NaN: fewer than three gaps */
	int64_t longest_us;                 /* the longest gap or silence, of habitual */
	int32_t items, purchase_days;
	uint32_t answers[CSTN_NET_PROMOTER_ANSWERS]; /* that count */
	uint32_t reserved1;
} cstn__loyalty_verdict;

/* Rows of one customer, in order. */
typedef struct cstn__loyalty_rows {
	const cstn__loyalty_evidence *evidence;
	size_t n_evidence;
	const cstn__loyalty_purchase *purchases;
	size_t n_purchases;
} cstn__loyalty_rows;

/* Scratch of a judge, used again for the next customer. */
typedef struct cstn__loyalty_judge {
	const cstn__loyalty_rules *rules;
	const cstn_allocator *allocator;
	CSTN__ARRAY(int32_t) days;
} cstn__loyalty_judge;
/* All but id, segment, stage and margin. CSTN_OK or CSTN_E_NOMEM. */
cstn_status cstn__loyalty_decide(cstn__loyalty_judge *judge, const cstn__loyalty_rows *rows,
		cstn__loyalty_verdict *out);

/* Customers of a segment and stage. */
typedef struct cstn__loyalty_group {
	uint32_t segment, stage;
	int64_t customers; /* with an order in the window */
	int64_t cells[3][3], counts[CSTN__LOYALTY_PARTS][3];
	cstn__i128 cell_margins[3][3], margins[CSTN__LOYALTY_PARTS][3]; /* of 0 or more */
	int64_t cell_negative[3][3];                                    /* customers below 0 */
	cstn__i128 cell_negative_margin[3][3];
	int64_t answers[CSTN_NET_PROMOTER_ANSWERS];
} cstn__loyalty_group;

struct cstn_loyalty_verdicts {
	cstn_allocator allocator;
	int32_t customer_is_text;
	int32_t reserved;
	cstn__loyalty_rules rules;
	cstn__arena texts; /* of ids */
	cstn__interner labels;
	cstn__loyalty_verdict *items; /* by id */
	size_t n;
	cstn__loyalty_group *groups; /* by segment and stage, none last */
	size_t n_groups, groups_capacity;
};
/* The order of two ids, which are text or numbers. */
int cstn__loyalty_id_order(
		int is_text, const cstn__loyalty_verdict *a, const cstn__loyalty_verdict *b);
/* The order of two labels, none last. */
int cstn__loyalty_label_order(const cstn__interner *labels, uint32_t a, uint32_t b);

#endif
