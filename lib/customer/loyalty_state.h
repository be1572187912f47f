#ifndef CSTN_CUSTOMER_LOYALTY_STATE_H
#define CSTN_CUSTOMER_LOYALTY_STATE_H

#include <constellation/loyalty.h>

#include "base/alloc.h"
#include "base/map.h"
#include "segment/customers_named.h"

/* Where evidence comes from. PRICES are computed, the others are rows. In the order of strength
 * where several say the same kind of thing; numbers are written into states. */
enum cstn__loyalty_source {
	CSTN__SAYS_PRICES,
	CSTN__SAYS_INCREASE_REFUSED,
	CSTN__SAYS_PAYS_STATED,
	CSTN__SAYS_REFERRAL,
	CSTN__SAYS_REFERENCE,
	CSTN__SAYS_RECOMMENDATION,
	CSTN__SAYS_REVIEW,
	CSTN__SAYS_OUTREACH,
	CSTN__SAYS_NPS_ANSWER,
	CSTN__SAYS_FIRST_CHOICE,
	CSTN__SAYS_NOT_FIRST_CHOICE,
	CSTN__SAYS_QUOTE_REQUEST,
	CSTN__SAYS_UNCOMPARED_ORDER,
	CSTN__SAYS_WALLET_SHARE,
	CSTN__SAYS_PANEL,
	CSTN__SAYS_ORDER,
	CSTN__LOYALTY_SOURCES
};
const char *cstn__loyalty_source_name(int source);
/* The source of a name; -1 for what is none. */
int cstn__loyalty_source_of(const char *text, size_t len);
/* Strength of a source of occasions, 1 the strongest .. 4; 0 for what is none. */
int cstn__loyalty_strength(int source);
#define CSTN__LOYALTY_STRENGTHS 5

#define CSTN__LOYALTY_OCCASIONS_MAX 999999
/* Instants that an expiry or a window can be added to. */
#define CSTN__LOYALTY_INSTANT_MAX (INT64_C(1) << 62)

typedef struct cstn__loyalty_evidence {
	int64_t valid_us;
	int64_t expires_us; /* INT64_MAX: it has no end of its own */
	int64_t a, b;       /* an answer and its scale's end; first and occasions */
	uint32_t customer;
	uint8_t source;
	uint8_t says; /* CSTN_LOYALTY_ */
	uint8_t reserved[2];
} cstn__loyalty_evidence;

typedef struct cstn__loyalty_purchase {
	int64_t valid_us;
	int64_t quantity, amount;
	uint32_t customer, item;
} cstn__loyalty_purchase;

/* Who a customer is, by its number. */
typedef struct cstn__loyalty_attributes {
	int64_t segment_us, stage_us; /* since when; INT64_MIN: always */
	int64_t margin;
	uint32_t segment, stage; /* 0: none, else 1 + number of the label */
	uint32_t rows;           /* 0: nothing was said */
	uint32_t reserved;
} cstn__loyalty_attributes;

struct cstn_loyalty {
	cstn_allocator allocator;
	char currency[4]; /* "": none */
	cstn__ids customers, items;
	cstn__interner labels; /* of segments and stages */
	CSTN__ARRAY(cstn__loyalty_evidence) evidence;
	CSTN__ARRAY(cstn__loyalty_purchase) purchases;
	CSTN__ARRAY(cstn__loyalty_attributes) attributes;
	int settled; /* rows are in order of customers and purchases are joined */
};

/* Attributes of customers up to number `count` - 1; -1: out of memory. */
int cstn__loyalty_make_room(cstn_loyalty *state, size_t count);
cstn_status cstn__loyalty_margin_overflow(
		const cstn__ids *ids, uint32_t customer, cstn_error **error);
/* Which of two labels that were named at `a_us` and `b_us` counts; codes as in the attributes. */
int cstn__loyalty_label_wins(
		const cstn__interner *labels, uint32_t a, int64_t a_us, uint32_t b, int64_t b_us);

/* Customers with rows in the order of their ids, and where the rows of each begin. */
typedef struct cstn__loyalty_index {
	cstn_allocator allocator;
	size_t n, capacity, item_capacity;
	uint32_t *order;     /* customer numbers */
	uint32_t *item_rank; /* by item number */
	size_t *evidence_at; /* n + 1 */
	size_t *purchase_at; /* n + 1 */
} cstn__loyalty_index;
/* Puts the state in order. */
cstn_status cstn__loyalty_index_new(
		cstn_loyalty *state, cstn__loyalty_index *out, cstn_error **error);
void cstn__loyalty_index_free(cstn__loyalty_index *index);

#endif
