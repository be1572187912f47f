#ifndef CSTN_GO_BRIDGE_CONSTRAINT_H
#define CSTN_GO_BRIDGE_CONSTRAINT_H

/* Vocabularies, constraints, conditions. It is a part of bridge.h, which includes it. */

/* The n ids of a block as a list for free(), and where the block goes on; NULL: out of memory. */
cstn_id *cstn_go_list_ids(const char **block, size_t n);

/* Facts in columns: `names` and `ids` are blocks of texts, n_ids says how many of the ids are each
 * fact's. */
typedef struct cstn_go_facts {
	const char *names;
	const int32_t *types, *scales;
	const int64_t *numbers;
	const char *ids;
	const size_t *n_ids;
	size_t n;
} cstn_go_facts;
/* A list for free(), *ids too; NULL out of memory. */
cstn_fact *cstn_go_list_facts(const cstn_go_facts *from, cstn_id **ids);

void cstn_go_vocabulary_builder_new(
		const cstn_allocator *allocator, cstn_vocabulary_builder **out, cstn_go_outcome *o);
void cstn_go_vocabulary_operand(cstn_vocabulary_builder *builder, const char *name, uint32_t flags,
		int32_t type, int32_t scale, int64_t least, int64_t most, const char *ids,
		size_t n_ids, const char *at_most, cstn_go_outcome *o);
/* An empty parent is none. */
void cstn_go_vocabulary_purpose(cstn_vocabulary_builder *builder, const char *purpose,
		const char *parent, cstn_go_outcome *o);
void cstn_go_vocabulary_role(
		cstn_vocabulary_builder *builder, const char *role, cstn_go_outcome *o);
void cstn_go_vocabulary_path(cstn_vocabulary_builder *builder, const char *path, uint32_t classes,
		cstn_go_outcome *o);
void cstn_go_vocabulary_build(
		const cstn_vocabulary_builder *builder, cstn_vocabulary **out, cstn_go_outcome *o);
void cstn_go_path_check(const char *path, cstn_go_outcome *o);

/* Numbers, or ids in a block; none of the others. */
void cstn_go_constraint_new(const char *operand, size_t operand_len, int32_t operation,
		int32_t type, int32_t scale, const int64_t *numbers, size_t n_numbers,
		const char *ids, size_t n_ids, const cstn_allocator *allocator,
		cstn_constraint **out, cstn_go_outcome *o);
/* `children` holds n addresses. */
void cstn_go_constraint_combine(int32_t kind, const uintptr_t *children, size_t n,
		const cstn_allocator *allocator, cstn_constraint **out, cstn_go_outcome *o);
void cstn_go_constraint_read(const char *json, size_t len, const cstn_allocator *allocator,
		cstn_constraint **out, cstn_go_outcome *o);
void cstn_go_constraint_json(
		const cstn_constraint *constraint, cstn_buffer **out, cstn_go_outcome *o);
void cstn_go_constraint_text(
		const cstn_constraint *constraint, cstn_buffer **out, cstn_go_outcome *o);
void cstn_go_constraint_check(const cstn_constraint *constraint, const cstn_vocabulary *vocabulary,
		cstn_go_outcome *o);
void cstn_go_constraint_evaluate(const cstn_constraint *constraint,
		const cstn_vocabulary *vocabulary, const cstn_go_facts *facts, int32_t *truth,
		cstn_go_outcome *o);
void cstn_go_constraint_explain(const cstn_constraint *constraint,
		const cstn_vocabulary *vocabulary, const cstn_go_facts *facts, cstn_buffer **out,
		cstn_go_outcome *o);
void cstn_go_constraint_realizable(const cstn_constraint *constraint,
		const cstn_vocabulary *vocabulary, int32_t *is, int32_t *unknown,
		cstn_go_outcome *o);
void cstn_go_constraint_implied(const cstn_constraint *constraint, const cstn_constraint *by,
		const cstn_vocabulary *vocabulary, int32_t *is, int32_t *unknown,
		cstn_go_outcome *o);
void cstn_go_constraint_compare(const cstn_constraint *a, const cstn_constraint *b,
		const cstn_vocabulary *vocabulary, int32_t *verdict, cstn_go_outcome *o);
void cstn_go_condition_compile(const cstn_constraint *constraint, const cstn_vocabulary *vocabulary,
		const cstn_allocator *allocator, cstn_condition **out, cstn_go_outcome *o);
void cstn_go_condition_evaluate(const cstn_condition *condition, const cstn_go_facts *facts,
		int32_t *truth, cstn_go_outcome *o);
void cstn_go_terms_compare(const cstn_term *offer, const cstn_term *counter,
		const cstn_vocabulary *vocabulary, int32_t *verdict, cstn_go_outcome *o);
void cstn_go_agreements_compare(const cstn_term_set *a, const cstn_term_set *b,
		const cstn_vocabulary *vocabulary, int32_t *verdict, cstn_go_outcome *o);

#endif
