/* Vocabularies, constraints, conditions. */
#include <stdlib.h>
#include <string.h>

#include "bridge.h"

cstn_id *cstn_go_list_ids(const char **block, size_t n)
{
	cstn_id *ids = malloc((n ? n : 1) * sizeof(*ids));
	size_t i;

	for (i = 0; ids && i < n; i++) {
		ids[i].text = *block;
		ids[i].len = strlen(*block);
		*block += ids[i].len + 1;
	}
	return ids;
}

cstn_fact *cstn_go_list_facts(const cstn_go_facts *from, cstn_id **ids)
{
	cstn_fact *facts = malloc((from->n ? from->n : 1) * sizeof(*facts));
	const char *names = from->names, *block = from->ids;
	size_t all = 0, i;

	for (i = 0; i < from->n; i++)
		all += from->n_ids[i];
	*ids = cstn_go_list_ids(&block, all);
	for (i = 0, all = 0; facts && *ids && i < from->n; i++) {
		facts[i].operand = names;
		facts[i].operand_len = strlen(names);
		names += facts[i].operand_len + 1;
		facts[i].type = from->types[i];
		facts[i].scale = from->scales[i];
		facts[i].number = from->numbers[i];
		facts[i].ids = *ids + all;
		facts[i].n_ids = from->n_ids[i];
		all += from->n_ids[i];
	}
	if (facts && *ids)
		return facts;
	free(facts);
	free(*ids);
	return NULL;
}

/* A call with `list`, the facts; freed behind it. */
#define WITH_FACTS(from, list, o, call)                                                \
	do {                                                                           \
		cstn_id *ids;                                                          \
		cstn_fact *list = cstn_go_list_facts(from, &ids);                      \
		if (!list) {                                                           \
			cstn_go_say(o, CSTN_E_NOMEM, "no memory for a list of facts"); \
			break;                                                         \
		}                                                                      \
		CSTN_GO_CALL(o, call);                                                 \
		free(list);                                                            \
		free(ids);                                                             \
	} while (0)

void cstn_go_vocabulary_builder_new(
		const cstn_allocator *allocator, cstn_vocabulary_builder **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vocabulary_builder_new(allocator, out, &error));
}

void cstn_go_vocabulary_operand(cstn_vocabulary_builder *builder, const char *name, uint32_t flags,
		int32_t type, int32_t scale, int64_t least, int64_t most, const char *ids,
		size_t n_ids, const char *at_most, cstn_go_outcome *o)
{
	cstn_operand operand = CSTN_OPERAND_INIT;
	cstn_id *list = cstn_go_list_ids(&ids, n_ids);

	if (!list) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a list of ids");
		return;
	}
	operand.name = name;
	operand.name_len = strlen(name);
	operand.flags = flags;
	operand.type = type;
	operand.scale = scale;
	operand.least = least;
	operand.most = most;
	operand.ids = n_ids ? list : NULL;
	operand.n_ids = n_ids;
	operand.at_most = *at_most ? at_most : NULL;
	operand.at_most_len = strlen(at_most);
	CSTN_GO_CALL(o, cstn_vocabulary_builder_add_operand(builder, &operand, &error));
	free(list);
}

void cstn_go_vocabulary_purpose(cstn_vocabulary_builder *builder, const char *purpose,
		const char *parent, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vocabulary_builder_add_purpose(builder, purpose, strlen(purpose),
					*parent ? parent : NULL, strlen(parent), &error));
}

void cstn_go_vocabulary_role(cstn_vocabulary_builder *builder, const char *role, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vocabulary_builder_add_role(builder, role, strlen(role), &error));
}

void cstn_go_vocabulary_path(cstn_vocabulary_builder *builder, const char *path, uint32_t classes,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vocabulary_builder_add_path(
					builder, path, strlen(path), classes, &error));
}

void cstn_go_vocabulary_build(
		const cstn_vocabulary_builder *builder, cstn_vocabulary **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_vocabulary_builder_build(builder, out, &error));
}

void cstn_go_path_check(const char *path, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_path_check(path, strlen(path), &error));
}

void cstn_go_constraint_new(const char *operand, size_t operand_len, int32_t operation,
		int32_t type, int32_t scale, const int64_t *numbers, size_t n_numbers,
		const char *ids, size_t n_ids, const cstn_allocator *allocator,
		cstn_constraint **out, cstn_go_outcome *o)
{
	cstn_constraint_leaf leaf = CSTN_CONSTRAINT_LEAF_INIT;
	cstn_id *list = cstn_go_list_ids(&ids, n_ids);

	if (!list) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a list of ids");
		return;
	}
	if (n_numbers > 0 && n_ids > 0) {
		cstn_go_say(o, CSTN_E_INVALID_ARGUMENT, "a leaf has numbers or ids, not both");
	} else {
		leaf.operand = operand;
		leaf.operand_len = operand_len;
		leaf.operation = operation;
		leaf.type = type;
		leaf.scale = scale;
		leaf.numbers = n_numbers > 0 ? numbers : NULL;
		leaf.ids = n_ids > 0 ? list : NULL;
		leaf.n_values = n_numbers + n_ids;
		CSTN_GO_CALL(o, cstn_constraint_new(&leaf, allocator, out, &error));
	}
	free(list);
}

void cstn_go_constraint_combine(int32_t kind, const uintptr_t *children, size_t n,
		const cstn_allocator *allocator, cstn_constraint **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_constraint_combine(kind,
					(cstn_constraint *const *)(const void *)children, n,
					allocator, out, &error));
}

void cstn_go_constraint_read(const char *json, size_t len, const cstn_allocator *allocator,
		cstn_constraint **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_constraint_read_json(json, len, allocator, out, &error));
}

void cstn_go_constraint_json(
		const cstn_constraint *constraint, cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_constraint_write_json(constraint, NULL, out, &error));
}

void cstn_go_constraint_text(
		const cstn_constraint *constraint, cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_constraint_text(constraint, NULL, out, &error));
}

void cstn_go_constraint_check(const cstn_constraint *constraint, const cstn_vocabulary *vocabulary,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_constraint_check(constraint, vocabulary, &error));
}

void cstn_go_constraint_evaluate(const cstn_constraint *constraint,
		const cstn_vocabulary *vocabulary, const cstn_go_facts *facts, int32_t *truth,
		cstn_go_outcome *o)
{
	WITH_FACTS(facts, list, o,
			cstn_constraint_evaluate(
					constraint, vocabulary, list, facts->n, truth, &error));
}

void cstn_go_constraint_explain(const cstn_constraint *constraint,
		const cstn_vocabulary *vocabulary, const cstn_go_facts *facts, cstn_buffer **out,
		cstn_go_outcome *o)
{
	WITH_FACTS(facts, list, o,
			cstn_constraint_explain(
					constraint, vocabulary, list, facts->n, NULL, out, &error));
}

void cstn_go_constraint_realizable(const cstn_constraint *constraint,
		const cstn_vocabulary *vocabulary, int32_t *is, int32_t *unknown,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_constraint_is_realizable(constraint, vocabulary, is, unknown, &error));
}

void cstn_go_constraint_implied(const cstn_constraint *constraint, const cstn_constraint *by,
		const cstn_vocabulary *vocabulary, int32_t *is, int32_t *unknown,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_constraint_is_implied(
					constraint, by, vocabulary, is, unknown, &error));
}

void cstn_go_constraint_compare(const cstn_constraint *a, const cstn_constraint *b,
		const cstn_vocabulary *vocabulary, int32_t *verdict, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_constraint_compare(a, b, vocabulary, verdict, &error));
}

void cstn_go_condition_compile(const cstn_constraint *constraint, const cstn_vocabulary *vocabulary,
		const cstn_allocator *allocator, cstn_condition **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_condition_compile(constraint, vocabulary, allocator, out, &error));
}

void cstn_go_condition_evaluate(const cstn_condition *condition, const cstn_go_facts *facts,
		int32_t *truth, cstn_go_outcome *o)
{
	WITH_FACTS(facts, list, o,
			cstn_condition_evaluate(condition, list, facts->n, truth, &error));
}

void cstn_go_terms_compare(const cstn_term *offer, const cstn_term *counter,
		const cstn_vocabulary *vocabulary, int32_t *verdict, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_terms_compare(offer, counter, vocabulary, verdict, &error));
}

void cstn_go_agreements_compare(const cstn_term_set *a, const cstn_term_set *b,
		const cstn_vocabulary *vocabulary, int32_t *verdict, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_agreements_compare(a, b, vocabulary, verdict, &error));
}
