#ifndef CSTN_CUSTOMER_INTERACTION_SET_H
#define CSTN_CUSTOMER_INTERACTION_SET_H

#include "customer/codes.h"
#include "customer/interaction.h"

/* Words of an interaction: what it was about. */
enum cstn__interaction_word {
	CSTN__WORD_REASON,
	CSTN__WORD_ITEM,
	CSTN__WORD_CARRIER,
	CSTN__WORD_LANE,
	CSTN__WORD_NODE,
	CSTN__WORD_SEGMENT,
	CSTN__WORD_STAGE,
	CSTN__WORDS
};
extern const char *const cstn__interaction_words[CSTN__WORDS];

#define CSTN__NO_ORDER UINT32_MAX

typedef struct cstn__interaction {
	int64_t valid_us;
	int64_t number;
	uint32_t customer;
	uint32_t order;              /* CSTN__NO_ORDER: none */
	uint32_t words[CSTN__WORDS]; /* 1 + code; 0: none */
	uint8_t kind;                /* 0: there is none under this event's code */
	uint8_t has_number;
	uint8_t reserved[10];
} cstn__interaction;
_Static_assert(sizeof(cstn__interaction) == 64, "64 bytes an interaction");

/* Ids that a set keeps, each of a type of its own: 0 while there are none. */
enum cstn__interaction_ids { CSTN__IDS_EVENT, CSTN__IDS_CUSTOMER, CSTN__IDS_ORDER, CSTN__IDS };

struct cstn_interactions {
	cstn_allocator allocator;
	int32_t types[CSTN__IDS]; /* CSTN_TYPE_INT64 or _TEXT */
	int32_t reserved;
	cstn__codes ids[CSTN__IDS];
	cstn__interner words;
	CSTN__ARRAY(cstn__interaction) items; /* by the code of the event */
	uint64_t count;                       /* of those with a kind */
};

void cstn__interactions_init(cstn_interactions *set, const cstn_allocator *allocator);
void cstn__interactions_clear(cstn_interactions *set);
/* Ids of a type; they are forgotten if it changes. */
void cstn__interactions_set_type(cstn_interactions *set, int which, int32_t type);
/* Put one under its event's code. CSTN_OK; CSTN_E_CONFLICT with id and column; CSTN_E_NOMEM. */
cstn_status cstn__interactions_put(cstn_interactions *set, uint32_t event,
		const cstn__interaction *item, cstn_error **error);

#endif
