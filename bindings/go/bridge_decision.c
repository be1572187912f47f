/* Rules, requests and decisions. */
#include <stdlib.h>
#include <string.h>

#include "bridge.h"

/* The next text of a block. */
static const char *next_text(const char **block)
{
	const char *text = *block;

	*block += strlen(text) + 1;
	return text;
}

/* n texts of a block as a list, libc's memory; one more, so that it is never NULL for that. */
static const char **list_of(const char **block, size_t n)
{
	const char **list = malloc((n + 1) * sizeof(*list));

	for (size_t i = 0; list && i < n; i++)
		list[i] = next_text(block);
	return list;
}

static void no_memory(cstn_go_outcome *o)
{
	o->status = CSTN_E_NOMEM;
}

/* --- words ------------------------------------------------------------------------------------ */

typedef struct words {
	const char *purposes, *roles, *paths, *operands;
	size_t n_purposes, n_roles, n_paths, n_operands;
	const uint32_t *classes;
	const int32_t *types;
} words;

static cstn_status add_words(cstn_vocabulary_builder *builder, words of, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (size_t i = 0; i < of.n_purposes && status == CSTN_OK; i++) {
		const char *purpose = next_text(&of.purposes), *parent = next_text(&of.purposes);

		status = cstn_vocabulary_builder_add_purpose(builder, purpose, strlen(purpose),
				*parent ? parent : NULL, strlen(parent), error);
	}
	for (size_t i = 0; i < of.n_roles && status == CSTN_OK; i++) {
		const char *role = next_text(&of.roles);

		status = cstn_vocabulary_builder_add_role(builder, role, strlen(role), error);
	}
	for (size_t i = 0; i < of.n_paths && status == CSTN_OK; i++) {
		const char *path = next_text(&of.paths);

		status = cstn_vocabulary_builder_add_path(
				builder, path, strlen(path), of.classes[i], error);
	}
	for (size_t i = 0; i < of.n_operands && status == CSTN_OK; i++) {
		cstn_operand operand = CSTN_OPERAND_INIT;

		operand.name = next_text(&of.operands);
		operand.name_len = strlen(operand.name);
		operand.type = of.types[i];
		status = cstn_vocabulary_builder_add_operand(builder, &operand, error);
	}
	return status;
}

static cstn_status make_words(words of, cstn_vocabulary **out, cstn_error **error)
{
	cstn_vocabulary_builder *builder = NULL;
	cstn_status status = cstn_vocabulary_builder_new(NULL, &builder, error);

	if (status == CSTN_OK)
		status = add_words(builder, of, error);
	if (status == CSTN_OK)
		status = cstn_vocabulary_builder_build(builder, out, error);
	cstn_vocabulary_builder_free(builder);
	return status;
}

void cstn_go_words_new(const char *purposes, size_t n_purposes, const char *roles, size_t n_roles,
		const char *paths, const uint32_t *classes, size_t n_paths, const char *operands,
		const int32_t *types, size_t n_operands, cstn_vocabulary **out, cstn_go_outcome *o)
{
	words of = {purposes, roles, paths, operands, n_purposes, n_roles, n_paths, n_operands,
			classes, types};

	CSTN_GO_CALL(o, make_words(of, out, &error));
}

/* --- rules ------------------------------------------------------------------------------------ */

void cstn_go_rules_builder_new(
		const cstn_allocator *allocator, cstn_rules_builder **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_rules_builder_new(allocator, out, &error));
}

void cstn_go_rules_build(cstn_rules_builder *builder, cstn_rules **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_rules_build(builder, out, &error));
}

void cstn_go_rules_add_constellation(cstn_rules_builder *builder, const char *constellation,
		const char *framework, cstn_vocabulary *words, const int64_t *floors,
		cstn_go_outcome *o)
{
	cstn_constellation_rules row = CSTN_CONSTELLATION_RULES_INIT;

	row.constellation = constellation;
	row.framework = *framework ? framework : NULL;
	row.vocabulary = words;
	row.contributors = floors[0];
	row.max_share_permille = floors[1];
	row.min_age_us = floors[2];
	row.rows = floors[3];
	row.wall_us = floors[4];
	row.values = floors[5];
	row.t_permille = floors[6];
	CSTN_GO_CALL(o, cstn_rules_builder_add_constellation(builder, &row, &error));
}

void cstn_go_rules_add_membership(cstn_rules_builder *builder, const char *constellation,
		const char *party, const char *roles, size_t n_roles, int64_t from_us,
		int64_t until_us, cstn_go_outcome *o)
{
	const char **list = list_of(&roles, n_roles);

	if (!list) {
		no_memory(o);
		return;
	}
	CSTN_GO_CALL(o, cstn_rules_builder_add_membership(builder, constellation, party, list,
					n_roles, from_us, until_us, &error));
	free(list);
}

void cstn_go_rules_add_relation(cstn_rules_builder *builder, const char *constellation,
		const char *declarer, const char *other, int32_t relation, int64_t from_us,
		int64_t until_us, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_rules_builder_add_relation(builder, constellation, declarer, other,
					relation, from_us, until_us, &error));
}

void cstn_go_rules_add_agreement(cstn_rules_builder *builder, const char *constellation,
		const char *provider, const char *recipient, const uint8_t *digests, int32_t state,
		uint32_t flags, const int64_t *times, const uintptr_t *terms,
		const uint8_t *term_parents, size_t n, cstn_go_outcome *o)
{
	cstn_rules_agreement row = CSTN_RULES_AGREEMENT_INIT;

	row.constellation = constellation;
	row.provider = provider;
	row.recipient = recipient;
	memcpy(row.digest, digests, sizeof(row.digest));
	memcpy(row.parent, digests + sizeof(row.digest), sizeof(row.parent));
	row.state = state;
	row.flags = flags;
	row.signed_us = times[0];
	row.valid_from_us = times[1];
	row.valid_until_us = times[2];
	row.effective_us = times[3];
	row.terms = (cstn_term *const *)(const void *)terms;
	row.term_parents = term_parents;
	row.n_terms = n;
	CSTN_GO_CALL(o, cstn_rules_builder_add_agreement(builder, &row, &error));
}

void cstn_go_rules_add_signed(cstn_rules_builder *builder, const cstn_agreement *agreement,
		const cstn_term_set *terms, const uint8_t *term_parents, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_rules_builder_add_signed(
					builder, agreement, terms, term_parents, &error));
}

void cstn_go_rules_add_usage(cstn_rules_builder *builder, const uint8_t *digests, int64_t at_us,
		const uint64_t *used, cstn_go_outcome *o)
{
	cstn_rules_usage row = CSTN_RULES_USAGE_INIT;

	memcpy(row.agreement, digests, sizeof(row.agreement));
	memcpy(row.term, digests + sizeof(row.agreement), sizeof(row.term));
	row.at_us = at_us;
	row.calls = used[0];
	row.rows = used[1];
	row.rows_in_all = used[2];
	row.nano_epsilon = used[3];
	CSTN_GO_CALL(o, cstn_rules_builder_add_usage(builder, &row, &error));
}

void cstn_go_rules_add_state(cstn_rules_builder *builder, const uint8_t *digests,
		int32_t consideration, uint32_t index, int32_t state, int64_t at_us,
		cstn_go_outcome *o)
{
	cstn_rules_duty duty = CSTN_RULES_DUTY_INIT;
	cstn_rules_consideration debt = CSTN_RULES_CONSIDERATION_INIT;

	if (consideration) {
		memcpy(debt.agreement, digests, sizeof(debt.agreement));
		memcpy(debt.term, digests + sizeof(debt.agreement), sizeof(debt.term));
		debt.index = index;
		debt.state = state;
		debt.due_us = at_us;
		CSTN_GO_CALL(o, cstn_rules_builder_add_consideration(builder, &debt, &error));
		return;
	}
	memcpy(duty.agreement, digests, sizeof(duty.agreement));
	memcpy(duty.term, digests + sizeof(duty.agreement), sizeof(duty.term));
	duty.index = index;
	duty.state = state;
	duty.deadline_us = at_us;
	CSTN_GO_CALL(o, cstn_rules_builder_add_duty(builder, &duty, &error));
}

void cstn_go_rules_add_conflict_set(cstn_rules_builder *builder, const char *constellation,
		const char *parties, size_t n, cstn_go_outcome *o)
{
	const char **list = list_of(&parties, n);

	if (!list) {
		no_memory(o);
		return;
	}
	CSTN_GO_CALL(o, cstn_rules_builder_add_conflict_set(
					builder, constellation, list, n, &error));
	free(list);
}

void cstn_go_rules_add_delivery(cstn_rules_builder *builder, const char *constellation,
		const char *provider, const char *recipient, uint32_t classes, int64_t at_us,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_rules_builder_add_delivery(builder, constellation, provider, recipient,
					classes, at_us, &error));
}

void cstn_go_rules_add_override(cstn_rules_builder *builder, const char *note, size_t len,
		const cstn_party_keys *keys, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_rules_builder_add_override(builder, note, len, keys, &error));
}

void cstn_go_override_format(int32_t level, const char *constellation, const char *provider,
		const char *recipient, const char *paths, size_t n, int64_t from_us,
		int64_t until_us, cstn_buffer **out, cstn_go_outcome *o)
{
	cstn_override override = CSTN_OVERRIDE_INIT;
	const char **list = list_of(&paths, n);

	if (!list) {
		no_memory(o);
		return;
	}
	override.level = level;
	override.constellation = constellation;
	override.provider = provider;
	override.recipient = recipient;
	override.paths = list;
	override.n_paths = n;
	override.from_us = from_us;
	override.until_us = until_us;
	CSTN_GO_CALL(o, cstn_override_format(&override, NULL, out, &error));
	free(list);
}

/* --- decisions -------------------------------------------------------------------------------- */

static cstn_status decide(cstn_rules *rules, cstn_request *request, cstn_decision **out,
		cstn_buffer **record, uint8_t *digest, cstn_error **error)
{
	cstn_decision *decision = NULL;
	cstn_status status = cstn_decide(rules, request, &decision, error);

	if (status == CSTN_OK)
		status = cstn_decision_digest(decision, digest, error);
	if (status == CSTN_OK)
		status = cstn_decision_record(decision, record, error);
	if (status == CSTN_OK)
		*out = decision;
	else
		cstn_decision_unref(decision);
	return status;
}

void cstn_go_request_new(const cstn_go_request *request, const char *names,
		const cstn_go_facts *given, cstn_request **out, cstn_go_outcome *o)
{
	cstn_request_options options = CSTN_REQUEST_OPTIONS_INIT;
	cstn_id *ids = NULL;
	cstn_fact *facts = cstn_go_list_facts(given, &ids);
	const char **paths, **hops;

	options.flags = request->flags;
	options.action = request->action;
	options.level = request->level;
	options.constellation = next_text(&names);
	options.provider = next_text(&names);
	options.recipient = next_text(&names);
	options.purpose = next_text(&names);
	options.role = next_text(&names);
	options.role = *options.role ? options.role : NULL;
	paths = list_of(&names, request->n_paths);
	hops = list_of(&names, request->n_hops);
	if (facts && paths && hops) {
		options.paths = paths;
		options.n_paths = request->n_paths;
		options.hops = hops;
		options.n_hops = request->n_hops;
		options.facts = facts;
		options.n_facts = given->n;
		options.data_from_us = request->times[0];
		options.data_until_us = request->times[1];
		options.now_us = request->times[2];
		options.rows = request->rows;
		options.nano_epsilon = request->nano_epsilon;
		memcpy(options.nonce, request->nonce, sizeof(options.nonce));
		CSTN_GO_CALL(o, cstn_request_new(&options, NULL, out, &error));
	} else {
		no_memory(o);
	}
	if (facts) { /* without facts the ids are gone, too */
		free(facts);
		free(ids);
	}
	free(paths);
	free(hops);
}

void cstn_go_decide(cstn_rules *rules, const cstn_go_request *request, const char *names,
		const cstn_go_facts *given, cstn_decision **out, cstn_buffer **record,
		uint8_t *digest, cstn_go_outcome *o)
{
	cstn_request *made = NULL;

	cstn_go_request_new(request, names, given, &made, o);
	if (made)
		CSTN_GO_CALL(o, decide(rules, made, out, record, digest, &error));
	cstn_request_unref(made);
}

void cstn_go_decision_explain(const cstn_decision *decision, cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_decision_explain(decision, out, &error));
}

static cstn_status suggest(const cstn_decision *decision, cstn_buffer **out, cstn_error **error)
{
	cstn_request *request = NULL;
	cstn_status status = cstn_decision_suggest(decision, &request, error);

	if (status == CSTN_OK)
		status = cstn_request_json(request, out, error);
	cstn_request_unref(request);
	return status;
}

void cstn_go_decision_suggest(const cstn_decision *decision, cstn_buffer **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, suggest(decision, out, &error));
}
