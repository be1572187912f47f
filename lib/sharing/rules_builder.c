/* What rules are made of, as it is added.
 *
 * Rows are checked and copied into the arrays of rules that are not compiled yet; ids become codes.
 * cstn_rules_build() hands those rules to the compiler and begins anew. Cost: O(1) a row. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "sharing/agreement.h"
#include "sharing/note_lines.h"
#include "sharing/rules.h"

cstn_status cstn_rules_builder_new(
		const cstn_allocator *allocator, cstn_rules_builder **out, cstn_error **error)
{
	cstn_rules_builder *builder;
	cstn_allocator memory;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__handle_new(allocator, sizeof(*builder), &memory, &builder, error);
	if (status != CSTN_OK)
		return status;
	builder->allocator = memory;
	status = cstn__rules_new(&memory, &builder->rules, error);
	if (status != CSTN_OK) {
		cstn__free(&memory, builder, sizeof(*builder));
		return status;
	}
	*out = builder;
	return CSTN_OK;
}

void cstn_rules_builder_free(cstn_rules_builder *builder)
{
	cstn_allocator allocator;

	if (!builder)
		return;
	allocator = builder->allocator;
	cstn_rules_unref(builder->rules);
	cstn__free(&allocator, builder, sizeof(*builder));
}

void cstn_rules_builder_set_version(cstn_rules_builder *builder, uint64_t version)
{
	if (builder)
		builder->rules->version = version;
}

cstn_status cstn__rules_add_name(cstn_rules *rules, const char *id, const char *what, uint32_t *out,
		cstn_error **error)
{
	cstn_status status = cstn__id_check_text(id, what, error);

	if (status != CSTN_OK)
		return status;
	if (rules->names.count >= CSTN__NAMES_MAX)
		return cstn__fail(
				error, CSTN_E_LIMIT, "more than %" PRIu32 " ids", CSTN__NAMES_MAX);
	*out = cstn__intern(&rules->names, id, strlen(id));
	return *out == UINT32_MAX ? cstn__fail_nomem(error) : CSTN_OK;
}

static cstn_status name_of(cstn_rules_builder *builder, const char *id, const char *what,
		uint32_t *out, cstn_error **error)
{
	return cstn__rules_add_name(builder->rules, id, what, out, error);
}

cstn_status cstn__window_check(int64_t from_us, int64_t until_us, cstn_error **error)
{
	if (until_us <= from_us)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"until_us %" PRId64 " is not after from_us %" PRId64, until_us,
				from_us);
	return CSTN_OK;
}

static cstn_status no_builder(const void *builder, const void *given, cstn_error **error)
{
	if (builder && given)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
			builder ? "what is added" : "builder");
}

/* --- constellations, members, relations ------------------------------------------------------- */

/* A number that a constellation may tighten: `given` where it asks for more than `least`. */
static int64_t at_least(int64_t given, int64_t least)
{
	return given > least ? given : least;
}

static cstn_status check_constellation(const cstn_constellation_rules *given, cstn_error **error)
{
	if (!given->vocabulary)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"constellation '%s': no vocabulary",
				given->constellation ? given->constellation : "");
	if (given->contributors < 0 || given->max_share_permille < 0 || given->min_age_us < 0 ||
			given->rows < 0 || given->wall_us < 0 || given->values < 0 ||
			given->t_permille < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"constellation '%s': a floor is negative",
				given->constellation ? given->constellation : "");
	return CSTN_OK;
}

cstn_status cstn_rules_builder_add_constellation(cstn_rules_builder *builder,
		const cstn_constellation_rules *rules, cstn_error **error)
{
	cstn_constellation_rules given;
	cstn__constellation row;
	cstn_status status = no_builder(builder, rules, error);

	if (status == CSTN_OK)
		status = cstn__options_read(rules, sizeof(given), sizeof(given), 0,
				"cstn_constellation_rules", &given, error);
	if (status == CSTN_OK)
		status = check_constellation(&given, error);
	if (status == CSTN_OK)
		status = name_of(builder, given.constellation, "constellation", &row.name, error);
	if (status != CSTN_OK)
		return status;
	for (size_t i = 0; i < builder->rules->constellations.count; i++)
		if (builder->rules->constellations.items[i].name == row.name)
			return cstn__fail(error, CSTN_E_DUPLICATE,
					"constellation '%s' is added twice", given.constellation);
	row.framework = (cstn_id){NULL, 0};
	if (given.framework) {
		uint32_t framework;

		status = name_of(builder, given.framework, "framework", &framework, error);
		if (status != CSTN_OK)
			return status;
		row.framework.text = builder->rules->names.items[framework].text;
		row.framework.len = builder->rules->names.items[framework].len;
	}
	row.contributors = at_least(given.contributors, 3);
	row.max_share_permille = given.max_share_permille > 0 && given.max_share_permille < 600
						 ? given.max_share_permille
						 : 600;
	row.min_age_us = at_least(given.min_age_us, 90 * CSTN__DAY_US);
	row.rows = at_least(given.rows, 1);
	row.wall_us = given.wall_us;
	row.values = at_least(given.values, 1);
	row.t_permille = given.t_permille > 0 && given.t_permille < 1000 ? given.t_permille : 1000;
	if (cstn__array_reserve(&builder->allocator, &builder->rules->constellations, 1))
		return cstn__fail_nomem(error);
	row.vocabulary = cstn_vocabulary_ref(given.vocabulary);
	builder->rules->constellations.items[builder->rules->constellations.count++] = row;
	return CSTN_OK;
}

static cstn_status add_roles(cstn_rules_builder *builder, const char *const *roles, size_t n_roles,
		cstn_error **error)
{
	cstn_rules *rules = builder->rules;

	if (n_roles && !roles)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "roles is NULL");
	if (cstn__array_reserve(&builder->allocator, &rules->roles, n_roles))
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < n_roles; i++) {
		uint32_t name;
		cstn_status status = name_of(builder, roles[i], "role", &name, error);

		if (status != CSTN_OK)
			return status;
		rules->roles.items[rules->roles.count + i] = name;
	}
	return CSTN_OK;
}

cstn_status cstn_rules_builder_add_membership(cstn_rules_builder *builder,
		const char *constellation, const char *party, const char *const *roles,
		size_t n_roles, int64_t from_us, int64_t until_us, cstn_error **error)
{
	cstn__member row;
	uint32_t where, who;
	cstn_status status = no_builder(builder, "", error);

	if (status == CSTN_OK)
		status = cstn__window_check(from_us, until_us, error);
	if (status == CSTN_OK)
		status = name_of(builder, constellation, "constellation", &where, error);
	if (status == CSTN_OK)
		status = name_of(builder, party, "party", &who, error);
	if (status == CSTN_OK)
		status = add_roles(builder, roles, n_roles, error);
	if (status != CSTN_OK)
		return status;
	if (cstn__array_reserve(&builder->allocator, &builder->rules->members, 1))
		return cstn__fail_nomem(error);
	row.key = cstn__key3(0, where, who);
	row.first_role = (uint32_t)builder->rules->roles.count;
	row.n_roles = (uint32_t)n_roles;
	row.from_us = from_us;
	row.until_us = until_us;
	builder->rules->roles.count += n_roles;
	builder->rules->members.items[builder->rules->members.count++] = row;
	return CSTN_OK;
}

cstn_status cstn_rules_builder_add_relation(cstn_rules_builder *builder, const char *constellation,
		const char *declarer, const char *other, int32_t relation, int64_t from_us,
		int64_t until_us, cstn_error **error)
{
	uint32_t where, who, whom;
	cstn__declaration row;
	cstn__place place;
	cstn_status status = no_builder(builder, "", error);

	if (status == CSTN_OK)
		status = cstn__window_check(from_us, until_us, error);
	if (status == CSTN_OK &&
			(relation < CSTN_RELATION_PARTNER || relation > CSTN_RELATION_COMPETITOR))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"relation %" PRId32 " is not one of CSTN_RELATION_...", relation);
	if (status == CSTN_OK)
		status = name_of(builder, constellation, "constellation", &where, error);
	if (status == CSTN_OK)
		status = name_of(builder, declarer, "declarer", &who, error);
	if (status == CSTN_OK)
		status = name_of(builder, other, "other", &whom, error);
	if (status == CSTN_OK && who == whom)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "'%s' has no relation to itself",
				other);
	if (status != CSTN_OK)
		return status;
	if (cstn__array_reserve(&builder->allocator, &builder->rules->declarations, 1) ||
			cstn__array_reserve(&builder->allocator, &builder->rules->places, 1))
		return cstn__fail_nomem(error);
	row = (cstn__declaration){cstn__key3(where, who, whom), relation, 0, from_us, until_us};
	place.key = cstn__key3(0, who < whom ? who : whom, who < whom ? whom : who);
	place.constellation = where;
	builder->rules->declarations.items[builder->rules->declarations.count++] = row;
	builder->rules->places.items[builder->rules->places.count++] = place;
	return CSTN_OK;
}

/* --- agreements ------------------------------------------------------------------------------- */

static int is_zero(const uint8_t *digest)
{
	static const uint8_t zeros[CSTN__DIGEST_SIZE];

	return memcmp(digest, zeros, CSTN__DIGEST_SIZE) == 0;
}

static cstn_status check_agreement(const cstn_rules_agreement *given, cstn_error **error)
{
	if (is_zero(given->digest))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "the agreement has no digest");
	if (given->n_terms > 0 && !given->terms)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "terms is NULL");
	if (given->state < CSTN_AGREEMENT_PENDING || given->state > CSTN_AGREEMENT_SUPERSEDED)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"state %" PRId32 " is not one of CSTN_AGREEMENT_...", given->state);
	if (given->reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "reserved0 is not 0");
	return cstn__window_check(given->valid_from_us, given->valid_until_us, error);
}

/* A term of an agreement is of its parties. */
static cstn_status check_terms(const cstn_rules_agreement *given, cstn_error **error)
{
	for (size_t i = 0; i < given->n_terms; i++) {
		const cstn_term_view *view = cstn_term_components(given->terms[i]);

		if (!view)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "term %zu is NULL", i);
		if (strcmp(view->constellation, given->constellation) != 0 ||
				strcmp(view->provider, given->provider) != 0 ||
				(view->recipient && strcmp(view->recipient, given->recipient) != 0))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"term %zu is of '%s', '%s' and '%s', the agreement of "
					"'%s', '%s' and '%s'",
					i, view->constellation, view->provider,
					view->recipient ? view->recipient : "",
					given->constellation, given->provider, given->recipient);
	}
	return CSTN_OK;
}

static cstn_status add_names(cstn_rules_builder *builder, const cstn_rules_agreement *given,
		cstn__agreement *row, cstn_error **error)
{
	cstn_status status = name_of(
			builder, given->constellation, "constellation", &row->constellation, error);

	if (status == CSTN_OK)
		status = name_of(builder, given->provider, "provider", &row->provider, error);
	if (status == CSTN_OK)
		status = name_of(builder, given->recipient, "recipient", &row->recipient, error);
	if (status == CSTN_OK && row->provider == row->recipient)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "'%s' is provider and recipient",
				given->recipient);
	return status;
}

/* The rules of an agreement, for which there is room. */
static void add_rules(cstn_rules *rules, const cstn_rules_agreement *given, uint32_t agreement)
{
	for (size_t i = 0; i < given->n_terms; i++) {
		cstn__rule *rule = &rules->rules.items[rules->rules.count++];

		memset(rule, 0, sizeof(*rule));
		rule->term = cstn_term_ref(given->terms[i]);
		rule->agreement = agreement;
		rule->parent = rule->usage = UINT32_MAX;
		rule->view = cstn_term_components(rule->term);
		cstn_term_digest(rule->term, rule->digest);
		if (given->term_parents) {
			const uint8_t *from = given->term_parents + i * CSTN__DIGEST_SIZE;

			rule->has_parent = !is_zero(from);
			memcpy(rule->parent_digest, from, CSTN__DIGEST_SIZE);
		}
	}
}

cstn_status cstn_rules_builder_add_agreement(cstn_rules_builder *builder,
		const cstn_rules_agreement *agreement, cstn_error **error)
{
	cstn_rules_agreement given;
	cstn__agreement row = {.parent = UINT32_MAX};
	cstn_rules *rules;
	cstn_status status = no_builder(builder, agreement, error);

	if (status == CSTN_OK)
		status = cstn__options_read(agreement, sizeof(given), sizeof(given),
				CSTN_RULES_AGREEMENT_RETIRING_SUSPENDED, "cstn_rules_agreement",
				&given, error);
	if (status == CSTN_OK)
		status = check_agreement(&given, error);
	if (status == CSTN_OK)
		status = add_names(builder, &given, &row, error);
	if (status == CSTN_OK)
		status = check_terms(&given, error);
	if (status != CSTN_OK)
		return status;
	rules = builder->rules;
	if (cstn__interner_find(&rules->digests, (const char *)given.digest, CSTN__DIGEST_SIZE) !=
			UINT32_MAX)
		return cstn__fail(error, CSTN_E_DUPLICATE, "the agreement was added before");
	row.key = cstn__key3(row.constellation, row.provider, row.recipient);
	memcpy(row.digest, given.digest, CSTN__DIGEST_SIZE);
	memcpy(row.parent_digest, given.parent, CSTN__DIGEST_SIZE);
	row.has_parent = !is_zero(given.parent);
	row.retiring_suspended = (given.flags & CSTN_RULES_AGREEMENT_RETIRING_SUSPENDED) != 0;
	row.state = given.state;
	row.signed_us = given.signed_us;
	row.valid_from_us = given.valid_from_us;
	row.valid_until_us = given.valid_until_us;
	row.effective_us = given.effective_us;
	row.place = (uint32_t)rules->agreements.count;
	if (cstn__array_reserve(&builder->allocator, &rules->agreements, 1) ||
			cstn__array_reserve(&builder->allocator, &rules->rules, given.n_terms) ||
			cstn__intern(&rules->digests, (const char *)given.digest,
					CSTN__DIGEST_SIZE) == UINT32_MAX)
		return cstn__fail_nomem(error);
	rules->agreements.items[rules->agreements.count++] = row;
	add_rules(rules, &given, row.place);
	return CSTN_OK;
}

/* The terms of a set, as a list on the builder's memory; NULL: out of memory. */
static cstn_term **list_terms(const cstn_rules_builder *builder, const cstn_term_set *terms)
{
	size_t n = cstn_term_set_count(terms);
	cstn_term **list = cstn__alloc(&builder->allocator, cstn__array_size(n, sizeof(*list)));

	for (size_t i = 0; list && i < n; i++)
		list[i] = cstn_term_set_at(terms, i);
	return list;
}

/* The state after the last transition, whatever the clock has done since: that is computed when a
 * decision asks. So is whether the agreement that it derives from decides. */
static void read_state(const cstn_agreement *agreement, cstn_rules_agreement *out)
{
	const cstn__chain *chain = &agreement->chain;

	out->state = chain->state;
	if (cstn__state_is_terminal(chain->state))
		return;
	if (agreement->seen > agreement->n || agreement->split) {
		out->state = CSTN_AGREEMENT_SUSPENDED;
	} else if (chain->state == CSTN_AGREEMENT_RETIRING) {
		out->effective_us = chain->effective_us;
		out->flags = chain->from_active ? 0 : CSTN_RULES_AGREEMENT_RETIRING_SUSPENDED;
	}
}

cstn_status cstn_rules_builder_add_signed(cstn_rules_builder *builder,
		const cstn_agreement *agreement, const cstn_term_set *terms,
		const uint8_t *term_parents, cstn_error **error)
{
	cstn_agreement_body body = CSTN_AGREEMENT_BODY_INIT;
	cstn_rules_agreement row = CSTN_RULES_AGREEMENT_INIT;
	uint8_t digest[CSTN__DIGEST_SIZE];
	cstn_status status = no_builder(builder, agreement && terms ? terms : NULL, error);

	if (status == CSTN_OK)
		status = cstn_agreement_get_body(agreement, &body, error);
	if (status != CSTN_OK)
		return status;
	read_state(agreement, &row);
	cstn_term_set_digest(terms, digest);
	if (memcmp(digest, body.terms, CSTN__DIGEST_SIZE) != 0)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"the agreement was made of another set of terms");
	row.constellation = body.constellation;
	row.provider = body.provider;
	row.recipient = body.recipient;
	memcpy(row.digest, cstn_agreement_digest(agreement), CSTN__DIGEST_SIZE);
	memcpy(row.parent, body.parent, CSTN__DIGEST_SIZE);
	row.signed_us = body.made_us;
	row.valid_from_us = body.valid_from_us;
	row.valid_until_us = body.valid_until_us;
	row.term_parents = term_parents;
	row.n_terms = cstn_term_set_count(terms);
	row.terms = list_terms(builder, terms);
	if (!row.terms)
		return cstn__fail_nomem(error);
	status = cstn_rules_builder_add_agreement(builder, &row, error);
	cstn__free(&builder->allocator, (void *)(uintptr_t)row.terms,
			row.n_terms * sizeof(*row.terms));
	return status;
}

/* --- what is said of terms -------------------------------------------------------------------- */

static cstn__about about(const uint8_t *agreement, const uint8_t *term, uint32_t index)
{
	cstn__about out = {.rule = UINT32_MAX, .index = index};

	memcpy(out.agreement, agreement, CSTN__DIGEST_SIZE);
	memcpy(out.term, term, CSTN__DIGEST_SIZE);
	return out;
}

cstn_status cstn_rules_builder_add_usage(
		cstn_rules_builder *builder, const cstn_rules_usage *usage, cstn_error **error)
{
	cstn_rules_usage given;
	cstn_rules *rules;
	cstn_status status = no_builder(builder, usage, error);

	if (status == CSTN_OK)
		status = cstn__options_read(usage, sizeof(given), sizeof(given), 0,
				"cstn_rules_usage", &given, error);
	if (status != CSTN_OK)
		return status;
	rules = builder->rules;
	if (cstn__array_reserve(&builder->allocator, &rules->usages, 1))
		return cstn__fail_nomem(error);
	rules->usages.items[rules->usages.count] = (cstn__usage){
			about(given.agreement, given.term, (uint32_t)rules->usages.count),
			given.at_us, given.calls, given.rows, given.rows_in_all,
			given.nano_epsilon};
	rules->usages.count++;
	return CSTN_OK;
}

cstn_status cstn_rules_builder_add_duty(
		cstn_rules_builder *builder, const cstn_rules_duty *duty, cstn_error **error)
{
	cstn_rules_duty given;
	cstn_rules *rules;
	cstn_status status = no_builder(builder, duty, error);

	if (status == CSTN_OK)
		status = cstn__options_read(duty, sizeof(given), sizeof(given), 0,
				"cstn_rules_duty", &given, error);
	if (status == CSTN_OK &&
			(given.state < CSTN_DUTY_PENDING || given.state > CSTN_DUTY_WAIVED))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"state %" PRId32 " is not one of CSTN_DUTY_...", given.state);
	if (status != CSTN_OK)
		return status;
	rules = builder->rules;
	if (cstn__array_reserve(&builder->allocator, &rules->duties, 1))
		return cstn__fail_nomem(error);
	rules->duties.items[rules->duties.count++] =
			(cstn__duty){about(given.agreement, given.term, given.index), given.state,
					given.deadline_us};
	return CSTN_OK;
}

cstn_status cstn_rules_builder_add_consideration(cstn_rules_builder *builder,
		const cstn_rules_consideration *consideration, cstn_error **error)
{
	cstn_rules_consideration given;
	cstn_rules *rules;
	cstn_status status = no_builder(builder, consideration, error);

	if (status == CSTN_OK)
		status = cstn__options_read(consideration, sizeof(given), sizeof(given), 0,
				"cstn_rules_consideration", &given, error);
	if (status == CSTN_OK && (given.state < CSTN_CONSIDERATION_CURRENT ||
						 given.state > CSTN_CONSIDERATION_UNKNOWN))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"state %" PRId32 " is not one of CSTN_CONSIDERATION_...",
				given.state);
	if (status != CSTN_OK)
		return status;
	rules = builder->rules;
	if (cstn__array_reserve(&builder->allocator, &rules->considerations, 1))
		return cstn__fail_nomem(error);
	rules->considerations.items[rules->considerations.count++] = (cstn__consideration){
			about(given.agreement, given.term, given.index), given.state, given.due_us};
	return CSTN_OK;
}

/* --- walls ------------------------------------------------------------------------------------ */

cstn_status cstn_rules_builder_add_conflict_set(cstn_rules_builder *builder,
		const char *constellation, const char *const *parties, size_t n_parties,
		cstn_error **error)
{
	cstn_rules *rules;
	uint32_t where, who;
	cstn_status status = no_builder(builder, parties, error);

	if (status == CSTN_OK && n_parties < 2)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a conflict set of %zu parties, at least 2 are needed", n_parties);
	if (status == CSTN_OK)
		status = name_of(builder, constellation, "constellation", &where, error);
	if (status != CSTN_OK)
		return status;
	rules = builder->rules;
	if (cstn__array_reserve(&builder->allocator, &rules->rivals, n_parties))
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < n_parties; i++) {
		status = name_of(builder, parties[i], "party", &who, error);
		if (status != CSTN_OK)
			return status;
		rules->rivals.items[rules->rivals.count + i] =
				(cstn__rival){cstn__key3(0, where, who), builder->sets};
	}
	rules->rivals.count += n_parties;
	builder->sets++;
	return CSTN_OK;
}

cstn_status cstn_rules_builder_add_delivery(cstn_rules_builder *builder, const char *constellation,
		const char *provider, const char *recipient, uint32_t classes, int64_t at_us,
		cstn_error **error)
{
	uint32_t where, from, to;
	cstn_rules *rules;
	cstn_status status = no_builder(builder, "", error);

	if (status == CSTN_OK && (!classes || classes & ~CSTN__CLASS_ALL))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"classes 0x%" PRIx32 " are not of CSTN_CLASS_...", classes);
	if (status == CSTN_OK)
		status = name_of(builder, constellation, "constellation", &where, error);
	if (status == CSTN_OK)
		status = name_of(builder, provider, "provider", &from, error);
	if (status == CSTN_OK)
		status = name_of(builder, recipient, "recipient", &to, error);
	if (status != CSTN_OK)
		return status;
	rules = builder->rules;
	if (cstn__array_reserve(&builder->allocator, &rules->deliveries, 1))
		return cstn__fail_nomem(error);
	rules->deliveries.items[rules->deliveries.count++] =
			(cstn__delivery){cstn__key3(0, where, to), from, classes, at_us};
	return CSTN_OK;
}

/* --- build ------------------------------------------------------------------------------------ */

cstn_status cstn_rules_build(cstn_rules_builder *builder, cstn_rules **out, cstn_error **error)
{
	cstn_rules *next;
	cstn_status status;

	if (!builder || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				builder ? "out" : "builder");
	status = cstn__rules_new(&builder->allocator, &next, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__rules_compile(builder->rules, error);
	if (status != CSTN_OK) {
		cstn_rules_unref(next);
		return status;
	}
	*out = builder->rules;
	builder->rules = next;
	builder->sets = 0;
	return CSTN_OK;
}
