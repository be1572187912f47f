#ifndef CSTN_NETWORK_NOUN_H
#define CSTN_NETWORK_NOUN_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/record.h>

#include "network/field.h"
#include "store/table.h"

/* The one table of what a network holds. Everything else - the store's schema, records, rules,
 * import, scan, the public introspection - is driven by it. */

/* What a single value must be. */
enum cstn__rule_kind {
	CSTN__RULE_ANY = 0,
	CSTN__RULE_TEXT,      /* at most CSTN__TEXT_MAX bytes */
	CSTN__RULE_ID,        /* 1..64 bytes, no NUL */
	CSTN__RULE_REFERENCE, /* an id of a record of `refers` */
	CSTN__RULE_CODE,      /* one of `codes` */
	CSTN__RULE_RANGE,     /* min..max */
	CSTN__RULE_GLN,
	CSTN__RULE_GTIN,
	CSTN__RULE_SSCC,
	CSTN__RULE_LEI,
	CSTN__RULE_DUNS,
	CSTN__RULE_COUNTRY,
	CSTN__RULE_CURRENCY,
	CSTN__RULE_UNIT,
	CSTN__RULE_DIGEST,
	CSTN__RULE_LONG,       /* at most CSTN__LONG_MAX bytes */
	CSTN__RULE_ATTRIBUTES, /* a JSON object of texts, see attributes.h */
	CSTN__RULE_PURPOSE     /* of a consent: 1..6, or the caller's own from 1000 */
};

#define CSTN__ID_MAX 64u
#define CSTN__TEXT_MAX 4096u
#define CSTN__LONG_MAX 1048576u
#define CSTN__LINES_MAX 65536u

#define CSTN__FIELD_REQUIRED 1u
#define CSTN__FIELD_LINE 2u
#define CSTN__FIELD_DICTIONARY 4u   /* text that repeats */
#define CSTN__FIELD_EMPTY 8u        /* a part of the key that is "" or 0 when it is not given */
#define CSTN__FIELD_OR_CUSTOMER 16u /* a reference to a partner or a customer */
#define CSTN__FIELD_OR_GTIN 32u     /* a reference to an item, or a GTIN */

typedef struct cstn__field {
	uint32_t number;
	const char *name;
	int32_t type; /* CSTN_TYPE_; never DECIMAL or BYTES */
	uint32_t flags;
	uint32_t key; /* place in the key from 1; 0 none */
	uint32_t rule;
	uint32_t refers; /* enum cstn__noun_id; looked up if the rule is REFERENCE */
	int64_t min, max;
	const char *const *codes; /* NULL after the last */
	const char *doc;
} cstn__field;

/* What two fields of one record, or of one line, must be to each other. A rule holds where one of
 * the two is not there, but for NEEDS. */
enum cstn__cross_kind {
	CSTN__CROSS_BEFORE,      /* a < b */
	CSTN__CROSS_NOT_AFTER,   /* a <= b */
	CSTN__CROSS_AT_MOST,     /* a <= b, quantities */
	CSTN__CROSS_DIFFER,      /* not the same text */
	CSTN__CROSS_NEEDS,       /* with a there is b */
	CSTN__CROSS_NEEDS_CODE,  /* with a = code there is b */
	CSTN__CROSS_NEEDS_SOME,  /* with a > 0 there is b */
	CSTN__CROSS_ONE_OF,      /* a or b is there */
	CSTN__CROSS_UNIQUE_LINE, /* a once a record */
	CSTN__CROSS_PERSON,      /* a person (a) is no partner (b) */
	CSTN__CROSS_NPS,         /* the answer (b) of an nps_answer (a) is 0..10 */
	CSTN__CROSS_NPS_WHOLE,   /* ... and has no decimals (b) */
	CSTN__CROSS_ONLY_CODE,   /* a only where b = code */
	CSTN__CROSS_SHARE,       /* purpose 5 (a) names a constellation (b) */
	CSTN__CROSS_SCHEME       /* an identifier (b) keeps the rule of its scheme (a) */
};
typedef struct cstn__cross {
	uint32_t kind, a, b;
	const char *code;
} cstn__cross;

#define CSTN__KEY_MAX 6u

typedef struct cstn__noun {
	uint32_t id;
	uint32_t table_class;
	const char *name, *doc;
	const cstn__field *fields;
	size_t n_fields;
	uint32_t n_key;
	uint32_t recorded; /* field */
	int32_t has_lines;
	int32_t state;        /* field of the state; -1 none */
	const uint32_t *next; /* by state: bits of the states that may follow; itself may always */
	const cstn__cross *crosses;
	size_t n_crosses;
} cstn__noun;

/* Whether records of the noun are only ever added. Interactions are, but for the erasure of whose
 * they are: their table is keyed, so that they can be deleted. */
static inline int cstn__noun_is_added_only(const cstn__noun *noun)
{
	return noun->table_class == CSTN__TABLE_APPEND || noun->id == CSTN__NOUN_INTERACTION;
}

/* Where a noun stands in the list: public ones first, by their ids 1 to CSTN__NOUN_PUBLIC, then
 * those from CSTN__NOUN_DELETION on. */
#define CSTN__NOUN_PUBLIC ((uint32_t)CSTN__NOUN_SHARING_POLICY)
#define CSTN__NOUN_PLACE(id)                               \
	((size_t)((uint32_t)(id) <= CSTN__NOUN_PUBLIC      \
					? (uint32_t)(id)-1 \
					: (uint32_t)(id)-CSTN__NOUN_DELETION + CSTN__NOUN_PUBLIC))

/* The list. Returns how many there are. */
size_t cstn__nouns(const cstn__noun *const **out, size_t *n_public);
const cstn__noun *cstn__noun_get(uint32_t id);
/* A public noun, by its name in singular or plural; NULL. */
const cstn__noun *cstn__noun_named(const char *name);
const cstn__field *cstn__noun_field(const cstn__noun *noun, const char *name); /* NULL */
/* The field at a place of the key, from 1. */
const cstn__field *cstn__noun_key_field(const cstn__noun *noun, uint32_t place);

/* CSTN_E_NOT_FOUND with a similar name. */
cstn_status cstn__noun_find(const char *name, const cstn__noun **out, cstn_error **error);
/* The same for a field; CSTN_E_UNSUPPORTED for what is personal data. */
cstn_status cstn__field_find(const cstn__noun *noun, const char *name, const cstn__field **out,
		cstn_error **error);
/* 1 if the noun would hold personal data under this name, which no record does. */
int cstn__is_personal(const cstn__noun *noun, const char *name);

/* The index of a code in the field's list; -1. */
int32_t cstn__field_code(const cstn__field *field, const char *text, size_t len);

/* Rules of one value: 0 or a CSTN_ROW_ code. References are checked as ids only. */
int32_t cstn__rule_check_text(const cstn__field *field, const char *text, size_t len);
int32_t cstn__rule_check_int(const cstn__field *field, int64_t value);
/* The most bytes a text of the field may have. */
uint32_t cstn__rule_longest(const cstn__field *field);
/* One rule by itself. */
int32_t cstn__rule_text(uint32_t rule, const char *text, size_t len);
/* The rule in words. */
const char *cstn__rule_words(const cstn__field *field);

#endif
