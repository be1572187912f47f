#ifndef CSTN_SHARING_CONSTRAINT_H
#define CSTN_SHARING_CONSTRAINT_H

#include <stdatomic.h>

#include <jansson.h>

#include <constellation/constraint.h>

#include "base/alloc.h"
#include "sharing/vocabulary.h"

/* A node and what hangs at it are one block. */
struct cstn_constraint {
	cstn_allocator allocator;
	atomic_size_t references;
	size_t size; /* of the block */
	int32_t kind;
	uint32_t depth, nodes, values; /* of the whole tree below it */
	/* a leaf */
	int32_t operation, type, scale;
	cstn_id operand;
	/* values of the leaf, sorted, each once: one of the two; or children */
	size_t n;
	int64_t *numbers;
	cstn_id *ids;
	cstn_constraint **children;
};

/* A constraint as a JSON value, new, in libc's memory; NULL: out of memory. */
json_t *cstn__constraint_to_json(const cstn_constraint *constraint);
/* ... and back. `place` is a JSON pointer to the value, for messages. CSTN_E_FORMAT, CSTN_E_LIMIT,
 * CSTN_E_NOMEM. */
cstn_status cstn__constraint_from_json(const json_t *value, const char *place,
		const cstn_allocator *allocator, cstn_constraint **out, cstn_error **error);
/* The words of a constraint, put behind what `out` holds. */
void cstn__constraint_put_text(cstn__bytes *out, const cstn_constraint *constraint);
/* One value of a leaf in words, and a fact. */
void cstn__leaf_put_value(cstn__bytes *out, const cstn_constraint *leaf, size_t index);
void cstn__fact_put_text(cstn__bytes *out, const cstn_fact *fact);
const char *cstn__operator_name(int32_t operation); /* "lteq"; NULL */
int32_t cstn__operator_find(const char *name, size_t len);
const char *cstn__operand_type_name(int32_t type);    /* "instant"; NULL */
const char *cstn__constraint_kind_name(int32_t kind); /* "and"; NULL */

/* Why a vocabulary cannot evaluate a leaf, in words; NULL: it can. *value is the index of the value
 * at fault, or SIZE_MAX. *operand is the operand's index in the vocabulary. */
const char *cstn__leaf_defect(const cstn_constraint *leaf, const cstn_vocabulary *vocabulary,
		size_t *operand, size_t *value);
/* Call `report` for each leaf that cannot be evaluated, in order. */
typedef void cstn__defect_report(
		void *user, const cstn_constraint *leaf, size_t value, const char *why);
void cstn__constraint_defects(const cstn_constraint *constraint, const cstn_vocabulary *vocabulary,
		cstn__defect_report *report, void *user);
/* "operand 'x', value 'y': it is no purpose" */
void cstn__defect_put_text(
		cstn__bytes *out, const cstn_constraint *leaf, size_t value, const char *why);

/* The truth of a leaf that has no defect, of a fact that its operand takes. */
int cstn__leaf_holds(const cstn_constraint *leaf, const cstn_vocabulary *vocabulary,
		const cstn_fact *fact);
/* The one fact of an operand; NULL if there is none or several. */
const cstn_fact *cstn__fact_find(
		const cstn_fact *facts, size_t n_facts, const char *operand, size_t operand_len);
/* Truths of children to that of their parent, one after the other. */
typedef struct cstn__truth_fold {
	int32_t kind;
	uint32_t n[3]; /* children by truth */
} cstn__truth_fold;
int32_t cstn__truth_of(const cstn__truth_fold *fold);

#endif
