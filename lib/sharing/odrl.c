/* Policies of ODRL: import, and what can be asked of them.
 *
 * Reading goes on behind what is refused, so that all refusals are found; one is enough to refuse
 * the policy. Cost: O(bytes). */
#include "sharing/odrl.h"

#include <string.h>

#include "base/error.h"
#include "sharing/canonical_json.h"
#include "sharing/constraint.h"

/* --- refusals --------------------------------------------------------------------------------- */

cstn_status cstn__odrl_refuse(
		cstn__odrl_reading *from, const char *operand, const char *value, const char *why)
{
	cstn_odrl_refusals *into = from->refused;
	cstn__odrl_refusal made;

	made.place = cstn__arena_copy(&into->arena, from->path.text, strlen(from->path.text));
	made.operand = cstn__arena_copy(&into->arena, operand, strlen(operand));
	made.value = cstn__arena_copy(&into->arena, value, strlen(value));
	made.why = why;
	if (!made.place || !made.operand || !made.value ||
			cstn__array_reserve(&into->allocator, &into->items, 1))
		return cstn__fail_nomem(from->error);
	into->items.items[into->items.count++] = made;
	return CSTN_OK;
}

cstn_status cstn__odrl_refuse_json(
		cstn__odrl_reading *from, const char *operand, const json_t *value, const char *why)
{
	const char *text = cstn__odrl_text(value);
	cstn__bytes bytes;
	cstn_status status;

	if (text)
		return cstn__odrl_refuse(from, operand, text, why);
	cstn__bytes_init(&bytes, &from->refused->allocator);
	cstn__json_put(&bytes, value, -1);
	cstn__bytes_put_u8(&bytes, 0);
	status = bytes.failed ? cstn__fail_nomem(from->error)
			      : cstn__odrl_refuse(from, operand, (const char *)bytes.data, why);
	cstn__bytes_free(&bytes);
	return status;
}

void cstn_odrl_refusals_free(cstn_odrl_refusals *refused)
{
	cstn_allocator memory;

	if (!refused)
		return;
	memory = refused->allocator;
	cstn__array_free(&memory, &refused->items);
	cstn__arena_free(&refused->arena);
	cstn__free(&memory, refused, sizeof(*refused));
}

size_t cstn_odrl_refusal_count(const cstn_odrl_refusals *refused)
{
	return refused ? refused->items.count : 0;
}

const char *cstn_odrl_refusal_place(const cstn_odrl_refusals *refused, size_t index)
{
	return index < cstn_odrl_refusal_count(refused) ? refused->items.items[index].place : NULL;
}

const char *cstn_odrl_refusal_operand(const cstn_odrl_refusals *refused, size_t index)
{
	return index < cstn_odrl_refusal_count(refused) ? refused->items.items[index].operand
							: NULL;
}

const char *cstn_odrl_refusal_value(const cstn_odrl_refusals *refused, size_t index)
{
	return index < cstn_odrl_refusal_count(refused) ? refused->items.items[index].value : NULL;
}

const char *cstn_odrl_refusal_reason(const cstn_odrl_refusals *refused, size_t index)
{
	return index < cstn_odrl_refusal_count(refused) ? refused->items.items[index].why : NULL;
}

/* --- policies --------------------------------------------------------------------------------- */

static void policy_free(cstn_odrl_policy *policy)
{
	cstn_allocator memory;
	size_t i;

	if (!policy)
		return;
	memory = policy->allocator;
	for (i = 0; i < policy->rules.count; i++) {
		cstn_constraint_unref(policy->rules.items[i].is.constraint);
		cstn__array_free(&memory, &policy->rules.items[i].components);
		cstn__array_free(&memory, &policy->rules.items[i].duties);
	}
	cstn__array_free(&memory, &policy->rules);
	cstn__arena_free(&policy->arena);
	cstn__free(&memory, policy, sizeof(*policy));
}

cstn_odrl_policy *cstn_odrl_policy_ref(cstn_odrl_policy *policy)
{
	if (policy)
		atomic_fetch_add_explicit(&policy->references, 1, memory_order_relaxed);
	return policy;
}

void cstn_odrl_policy_unref(cstn_odrl_policy *policy)
{
	if (policy && atomic_fetch_sub_explicit(&policy->references, 1, memory_order_acq_rel) == 1)
		policy_free(policy);
}

const char *cstn_odrl_policy_uid(const cstn_odrl_policy *policy)
{
	return policy ? policy->uid : "";
}

size_t cstn_odrl_rule_count(const cstn_odrl_policy *policy)
{
	return policy ? policy->rules.count : 0;
}

cstn_status cstn_odrl_rule_at(const cstn_odrl_policy *policy, size_t index, cstn_odrl_rule *out,
		cstn_error **error)
{
	if (index >= cstn_odrl_rule_count(policy))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "rule %zu of %zu", index,
				cstn_odrl_rule_count(policy));
	return cstn__output_write(&policy->rules.items[index].is, sizeof(*out), sizeof(*out),
			"cstn_odrl_rule", out, error);
}

cstn_status cstn_odrl_component_at(const cstn_odrl_policy *policy, size_t rule, size_t index,
		cstn_odrl_component *out, cstn_error **error)
{
	if (!out || rule >= cstn_odrl_rule_count(policy) ||
			index >= policy->rules.items[rule].components.count)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"component %zu of rule %zu is not there, or out is NULL", index,
				rule);
	*out = policy->rules.items[rule].components.items[index];
	return CSTN_OK;
}

const char *cstn_odrl_duty_action(
		const cstn_odrl_policy *policy, size_t rule, size_t index, const char **uid)
{
	const cstn__odrl_duty *is;

	if (rule >= cstn_odrl_rule_count(policy) || index >= policy->rules.items[rule].duties.count)
		return NULL;
	is = policy->rules.items[rule].duties.items + index;
	if (uid)
		*uid = is->uid;
	return is->action;
}

/* --- import ----------------------------------------------------------------------------------- */

static cstn_status open_reading(
		cstn__odrl_reading *from, const cstn_allocator *memory, cstn_error **error)
{
	from->error = error;
	from->policy = cstn__alloc_zero(memory, sizeof(*from->policy));
	from->refused = cstn__alloc_zero(memory, sizeof(*from->refused));
	if (from->policy) {
		from->policy->allocator = *memory;
		atomic_init(&from->policy->references, 1);
		cstn__arena_init(&from->policy->arena, memory);
	}
	if (from->refused) {
		from->refused->allocator = *memory;
		cstn__arena_init(&from->refused->arena, memory);
	}
	return from->policy && from->refused ? CSTN_OK : cstn__fail_nomem(error);
}

/* The first refusal in words, and how many more there are. */
static cstn_status refusal_error(const cstn_odrl_refusals *refused, cstn_error **error)
{
	const cstn__odrl_refusal *first = refused->items.items;
	size_t more = refused->items.count - 1;

	if (!more)
		return cstn__fail(error, CSTN_E_UNEVALUABLE, "'%s': operand '%s', value '%s': %s",
				first->place, first->operand, first->value, first->why);
	return cstn__fail(error, CSTN_E_UNEVALUABLE,
			"'%s': operand '%s', value '%s': %s; and %zu more", first->place,
			first->operand, first->value, first->why, more);
}

static cstn_status check_parties(const cstn_id *ids, size_t n, cstn_error **error)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!ids || !cstn__id_is_valid(ids[i].text, ids[i].len))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"party %zu of the options is no id", i);
	return CSTN_OK;
}

static cstn_status read_text(
		cstn__odrl_reading *from, const char *json, size_t len, cstn_error **error)
{
	json_t *value = NULL;
	cstn_status status = cstn__canonical_json_read(json, len, &value, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__odrl_read_policy(from, value);
	json_decref(value);
	return status;
}

cstn_status cstn_odrl_import(const char *json, size_t len, const cstn_vocabulary *vocabulary,
		const cstn_odrl_options *options, const cstn_allocator *allocator,
		cstn_odrl_policy **out, cstn_odrl_refusals **refused, cstn_error **error)
{
	cstn__odrl_reading from = {.vocabulary = vocabulary};
	cstn_allocator memory;
	cstn_status status;

	if (!json || !vocabulary || !out)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "json, vocabulary or out is NULL");
	status = cstn__options_read(options, sizeof(from.options), sizeof(from.options),
			CSTN_ODRL_LEGAL_TEXT, "cstn_odrl_options", &from.options, error);
	if (status == CSTN_OK)
		status = check_parties(from.options.affiliates, from.options.n_affiliates, error);
	if (status == CSTN_OK)
		status = check_parties(from.options.managed, from.options.n_managed, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	status = open_reading(&from, &memory, error);
	if (status == CSTN_OK)
		status = read_text(&from, json, len, error);
	if (status == CSTN_OK && from.refused->items.count)
		status = refusal_error(from.refused, error);
	if (status == CSTN_OK) {
		*out = from.policy;
		from.policy = NULL;
	} else if (status == CSTN_E_UNEVALUABLE && refused) {
		*refused = from.refused;
		from.refused = NULL;
	}
	policy_free(from.policy);
	cstn_odrl_refusals_free(from.refused);
	return status;
}
