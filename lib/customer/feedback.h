#ifndef CSTN_CUSTOMER_FEEDBACK_H
#define CSTN_CUSTOMER_FEEDBACK_H

#include "customer/fields.h"
#include "customer/interaction_set.h"

/* A table under construction. */
typedef struct cstn__feedback {
	const cstn_interactions *set;
	cstn_feedback_options options; /* as read: no zeros that mean something else */
	double z;
	cstn__table_builder *table;
	uint32_t *words;  /* codes of words by their bytes */
	uint32_t *ranks;  /* place of a word in them, 1 ..; of 0: 0 */
	uint32_t *orders; /* codes of orders by their ids */
	uint32_t *order_ranks;
} cstn__feedback;

/* In the window of the options. */
static inline int cstn__feedback_counts(const cstn__feedback *at, const cstn__interaction *item)
{
	return item->kind && item->valid_us >= at->options.from_us &&
	       (at->options.until_us == 0 || item->valid_us < at->options.until_us);
}
/* A text column: the word of a rank, null for 0. */
void cstn__feedback_put_word(const cstn__feedback *at, int32_t column, uint32_t rank);

/* CSTN_OK or CSTN_E_NOMEM, but for the last two, which may also be told why. */
cstn_status cstn__feedback_reasons(cstn__feedback *at);
cstn_status cstn__feedback_orders(cstn__feedback *at);
cstn_status cstn__feedback_promoters(cstn__feedback *at, cstn_error **error);
cstn_status cstn__feedback_effect(cstn__feedback *at);

#endif
