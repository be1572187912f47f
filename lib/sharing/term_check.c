/* The rules of a term's parts: ranges, ids, paths, and which members go with which kind. What a
 * vocabulary must say of a term is asked later, when it is offered. Cost: one pass. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "sharing/field_path.h"
#include "sharing/term.h"
#include "sharing/vocabulary.h"

#define PARTY_MOST 64
#define GRID_BITS_MOST 62
#define ACTIONS_ALL 127u
#define FLAGS_ALL                                                        \
	(CSTN_TERM_DUAL_PAIR_ACKNOWLEDGED | CSTN_TERM_PROOF_OF_CONTENT | \
			CSTN_TERM_SMALL_KIND_ACKNOWLEDGED)

static cstn_status check_id(const char *what, const char *id, size_t most, cstn_error **error)
{
	size_t len = id ? strlen(id) : 0;

	if (len > most || !cstn__id_is_valid(id ? id : "", len))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%s '%.64s' is no id: 1..%zu bytes of UTF-8 without control "
				"characters",
				what, id ? id : "", most);
	return CSTN_OK;
}

static cstn_status check_count(const char *what, size_t n, size_t most, cstn_error **error)
{
	if (n > most)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu %s; at most %zu", n, what, most);
	return CSTN_OK;
}

static cstn_status check_ids(
		const char *what, const char *const *ids, size_t n, size_t most, cstn_error **error)
{
	cstn_status status = check_count(what, n, CSTN_TERM_ITEMS_MOST, error);

	if (status == CSTN_OK && n > 0 && !ids)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s: NULL", what);
	for (size_t i = 0; i < n && status == CSTN_OK; i++)
		status = check_id(what, ids[i], most, error);
	return status;
}

static cstn_status check_range(
		const char *what, int64_t value, int64_t least, int64_t most, cstn_error **error)
{
	if (value < least || value > most)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%s is %" PRId64 ", not in %" PRId64 "..%" PRId64, what, value,
				least, most);
	return CSTN_OK;
}

static cstn_status check_fields(const cstn_term_view *view, cstn_error **error)
{
	cstn_status status = check_count("fields", view->n_fields, CSTN_TERM_FIELDS_MOST, error);

	for (size_t i = 0; i < view->n_fields && status == CSTN_OK; i++)
		status = cstn_path_check(view->fields[i], strlen(view->fields[i]), error);
	return status;
}

static cstn_status check_data_window(const cstn_term_data_window *window, cstn_error **error)
{
	cstn_status status = check_range("min_age_us", window->min_age_us, 0, INT64_MAX, error);

	if (status == CSTN_OK)
		status = check_range("max_age_us", window->max_age_us, 0, INT64_MAX, error);
	return status;
}

static cstn_status check_steps(const cstn_term_granularity *granularity, cstn_error **error)
{
	cstn_status status =
			check_count("steps", granularity->n_steps, CSTN_TERM_ITEMS_MOST, error);

	for (size_t i = 0; i < granularity->n_steps && status == CSTN_OK; i++) {
		const cstn_term_step *step = granularity->steps[i];

		if (!step->path)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "a step has no path");
		status = cstn_path_check(step->path, strlen(step->path), error);
		if (status == CSTN_OK)
			status = check_range("step", step->step, 1, INT64_MAX, error);
		for (size_t j = 0; j < i && status == CSTN_OK; j++)
			if (strcmp(granularity->steps[j]->path, step->path) == 0)
				status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"the step of '%s' is given twice", step->path);
	}
	return status;
}

static cstn_status check_granularity(const cstn_term_granularity *is, cstn_error **error)
{
	const struct {
		const char *name;
		int64_t value;
		int32_t level;
		int64_t least, most;
	} parameters[] = {{"epoch", is->epoch, CSTN_LEVEL_PSEUDONYM, 0, INT64_MAX},
			{"n_steps", (int64_t)is->n_steps, CSTN_LEVEL_GENERALISED, 0, INT64_MAX},
			{"k", is->k, CSTN_LEVEL_AGGREGATED, 0, INT64_MAX},
			{"l", is->l, CSTN_LEVEL_AGGREGATED, 0, INT64_MAX},
			{"t_permille", is->t_permille, CSTN_LEVEL_AGGREGATED, 0, 1000},
			{"contributors", is->contributors, CSTN_LEVEL_AGGREGATED, 0, INT64_MAX},
			{"max_share_permille", is->max_share_permille, CSTN_LEVEL_AGGREGATED, 0,
					1000},
			{"sensitivity", is->sensitivity, CSTN_LEVEL_NOISED, 1, INT64_MAX},
			{"nano_epsilon", is->nano_epsilon, CSTN_LEVEL_NOISED, 1, INT64_MAX},
			{"grid_bits", is->grid_bits, CSTN_LEVEL_NOISED, 0, GRID_BITS_MOST},
			{"threshold", is->threshold, CSTN_LEVEL_EXISTENCE, 0, INT64_MAX}};
	cstn_status status = check_range(
			"level", is->level, CSTN_LEVEL_RAW, CSTN_LEVEL_EXISTENCE, error);

	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]) && status == CSTN_OK;
			i++) {
		int own = parameters[i].level == is->level;

		if (!own && parameters[i].value != 0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"%s is %" PRId64 ", but is no parameter of level %s",
					parameters[i].name, parameters[i].value,
					cstn__level_words[is->level]);
		if (own)
			status = check_range(parameters[i].name, parameters[i].value,
					parameters[i].least, parameters[i].most, error);
	}
	return status == CSTN_OK ? check_steps(is, error) : status;
}

static cstn_status check_onward(const cstn_term_onward *onward, cstn_error **error)
{
	int none = onward->to == CSTN_ONWARD_NONE, list = onward->to == CSTN_ONWARD_LIST;
	cstn_status status = check_range(
			"to", onward->to, CSTN_ONWARD_NONE, CSTN_ONWARD_SAME_CONSTELLATION, error);

	if (status == CSTN_OK)
		status = check_range("max_hops", onward->max_hops, none ? 0 : 1,
				none ? 0 : CSTN_TERM_HOPS_MOST, error);
	if (status == CSTN_OK && list != (onward->n_parties > 0))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				list ? "onward to a list of no party"
				     : "parties go with onward LIST only");
	if (status == CSTN_OK)
		status = check_ids(
				"parties", onward->parties, onward->n_parties, PARTY_MOST, error);
	return status;
}

static cstn_status check_retention(const cstn_term_retention *retention, cstn_error **error)
{
	int limited = retention->max_us != INT64_MAX;
	cstn_status status = check_range("max_us", retention->max_us, 1, INT64_MAX, error);

	if (status == CSTN_OK)
		status = check_range("then", retention->then,
				limited ? CSTN_DELIVERED_DELETE : CSTN_DELIVERED_KEEP,
				limited ? CSTN_DELIVERED_RETURN : CSTN_DELIVERED_KEEP, error);
	if (status == CSTN_OK)
		status = check_range("proof", retention->proof, 0, limited, error);
	return status;
}

static cstn_status check_revocation(const cstn_term_revocation *revocation, cstn_error **error)
{
	cstn_status status = check_range("by", revocation->by, 0, CSTN_REVOCATION_BOTH, error);

	if (status == CSTN_OK)
		status = check_range("delivered", revocation->delivered, CSTN_DELIVERED_KEEP,
				CSTN_DELIVERED_DESTROY_KEY, error);
	if (status == CSTN_OK)
		status = check_range("notice_us", revocation->notice_us, 0, INT64_MAX, error);
	return status;
}

/* A span goes with what is counted in it. */
static cstn_status check_span(const char *what, int64_t span_us, int counted, cstn_error **error)
{
	return check_range(what, span_us, counted ? 1 : 0, counted ? INT64_MAX : 0, error);
}

static cstn_status check_limits(const cstn_term_limits *limits, cstn_error **error)
{
	cstn_status status = check_range("calls", limits->calls, 0, INT64_MAX, error);

	if (status == CSTN_OK)
		status = check_range("rows", limits->rows, 0, INT64_MAX, error);
	if (status == CSTN_OK)
		status = check_range("rows_in_all", limits->rows_in_all, 0, INT64_MAX, error);
	if (status == CSTN_OK)
		status = check_range("nano_epsilon", limits->nano_epsilon, 0, INT64_MAX, error);
	if (status == CSTN_OK)
		status = check_span("window_us", limits->window_us, limits->calls || limits->rows,
				error);
	if (status == CSTN_OK)
		status = check_span(
				"period_us", limits->period_us, limits->nano_epsilon != 0, error);
	return status;
}

/* A deadline's rule and its number. */
static cstn_status check_due(int32_t due, int64_t due_us, cstn_error **error)
{
	cstn_status status = check_range("due", due, CSTN_DUE_NONE, CSTN_DUE_EVERY, error);
	int64_t least = due == CSTN_DUE_AT ? INT64_MIN : due == CSTN_DUE_EVERY;

	if (status == CSTN_OK)
		status = check_range("due_us", due_us, least,
				due == CSTN_DUE_NONE ? 0 : INT64_MAX - 1, error);
	return status;
}

static int is_currency(const char *code)
{
	size_t n = 0;

	while (code[n] >= 'A' && code[n] <= 'Z')
		n++;
	return n == 3 && !code[n];
}

static int is_zero(const uint8_t *bytes, size_t n)
{
	while (n > 0 && !bytes[n - 1])
		n--;
	return n == 0;
}

/* Members go with their kind. */
static cstn_status check_kind(const cstn_term_consideration *is, cstn_error **error)
{
	int money = is->kind == CSTN_CONSIDERATION_MONEY;
	int reciprocal = is->kind == CSTN_CONSIDERATION_RECIPROCAL;
	int discount = is->kind == CSTN_CONSIDERATION_DISCOUNT;
	cstn_status status = check_range("kind", is->kind, CSTN_CONSIDERATION_EXPLICIT_NONE,
			CSTN_CONSIDERATION_DISCOUNT, error);

	if (status == CSTN_OK)
		status = check_range("amount_minor", is->amount_minor, money, money ? INT64_MAX : 0,
				error);
	if (status == CSTN_OK && (money ? !is->currency || !is_currency(is->currency)
					: is->currency != NULL))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				money ? "currency: three capital letters are expected"
				      : "a currency goes with MONEY only");
	if (status == CSTN_OK)
		status = check_range("basis_points", is->basis_points, discount,
				discount ? 10000 : 0, error);
	if (status == CSTN_OK && is->kind == CSTN_CONSIDERATION_SERVICE)
		status = check_id("service", is->service, CSTN_CONSTRAINT_ID_MOST, error);
	else if (status == CSTN_OK && is->service)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "a service goes with SERVICE only");
	if (status == CSTN_OK && reciprocal == is_zero(is->term, sizeof(is->term)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				reciprocal ? "RECIPROCAL without the digest of a term"
					   : "the digest of a term goes with RECIPROCAL only");
	if (status == CSTN_OK)
		status = check_range("min_completeness_permille", is->min_completeness_permille, 0,
				reciprocal ? 1000 : 0, error);
	if (status == CSTN_OK)
		status = check_range("max_staleness_us", is->max_staleness_us, 0,
				reciprocal ? INT64_MAX : 0, error);
	return status;
}

static cstn_status check_consideration(const cstn_term_consideration *is, cstn_error **error)
{
	int none = is->kind == CSTN_CONSIDERATION_EXPLICIT_NONE;
	cstn_status status = check_kind(is, error);

	if (status == CSTN_OK)
		status = check_due(is->due, is->due_us, error);
	if (status == CSTN_OK)
		status = check_range("grace_us", is->grace_us, 0, INT64_MAX, error);
	if (status == CSTN_OK)
		status = check_range("gate", is->gate, CSTN_GATE_HARD, CSTN_GATE_ADVISE, error);
	if (status == CSTN_OK && none && (is->due || is->grace_us || is->gate))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"EXPLICIT_NONE is never due and gates nothing");
	return status;
}

static cstn_status check_duty(const cstn_term_duty *duty, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (int chain = 0; duty && status == CSTN_OK; duty = duty->consequence, chain++) {
		if (chain > CSTN_TERM_CONSEQUENCES_MOST)
			return cstn__fail(error, CSTN_E_LIMIT,
					"a duty with more than %d consequences in a row",
					CSTN_TERM_CONSEQUENCES_MOST);
		status = check_range(
				"phase", duty->phase, CSTN_DUTY_BEFORE, CSTN_DUTY_AFTER, error);
		if (status == CSTN_OK)
			status = check_due(duty->due, duty->due_us, error);
		if (status == CSTN_OK)
			status = check_id("action", duty->action, CSTN_CONSTRAINT_ID_MOST, error);
	}
	return status;
}

static cstn_status check_considerations(const cstn_term_view *view, cstn_error **error)
{
	cstn_status status = check_count(
			"considerations", view->n_considerations, CSTN_TERM_ITEMS_MOST, error);

	for (size_t i = 0; i < view->n_considerations && status == CSTN_OK; i++)
		status = check_consideration(view->considerations[i], error);
	return status;
}

static cstn_status check_duties(const cstn_term_view *view, cstn_error **error)
{
	cstn_status status = check_count("duties", view->n_duties, CSTN_TERM_ITEMS_MOST, error);

	for (size_t i = 0; i < view->n_duties && status == CSTN_OK; i++)
		status = check_duty(view->duties[i], error);
	return status;
}

static cstn_status check_documents(const cstn_term_view *view, cstn_error **error)
{
	cstn_status status =
			check_count("documents", view->n_documents, CSTN_TERM_ITEMS_MOST, error);

	for (size_t i = 0; i < view->n_documents && status == CSTN_OK; i++)
		status = check_id(
				"title", view->documents[i]->title, CSTN_CONSTRAINT_ID_MOST, error);
	return status;
}

static cstn_status check_recipient(const cstn_term_view *view, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	if (view->recipient)
		status = check_id("recipient", view->recipient, PARTY_MOST, error);
	if (status == CSTN_OK)
		status = check_ids("roles", view->recipient_roles, view->n_recipient_roles,
				CSTN_CONSTRAINT_ID_MOST, error);
	return status;
}

static cstn_status check_bits(const char *what, uint32_t bits, uint32_t known, cstn_error **error)
{
	if (bits & ~known)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s: unknown bits 0x%" PRIx32,
				what, bits & ~known);
	return CSTN_OK;
}

static cstn_status check_part(const cstn_term_view *view, int32_t component, cstn_error **error)
{
	switch (component) {
	case CSTN_TERM_DATA_WINDOW:
		return view->data_window ? check_data_window(view->data_window, error) : CSTN_OK;
	case CSTN_TERM_GRANULARITY:
		return view->granularity ? check_granularity(view->granularity, error) : CSTN_OK;
	case CSTN_TERM_ONWARD:
		return view->onward ? check_onward(view->onward, error) : CSTN_OK;
	case CSTN_TERM_RETENTION:
		return view->retention ? check_retention(view->retention, error) : CSTN_OK;
	case CSTN_TERM_REVOCATION:
		return view->revocation ? check_revocation(view->revocation, error) : CSTN_OK;
	case CSTN_TERM_LIMITS:
		return view->limits ? check_limits(view->limits, error) : CSTN_OK;
	default:
		return CSTN_OK;
	}
}

cstn_status cstn__term_check(const cstn_term_view *view, int32_t component, cstn_error **error)
{
	switch (component) {
	case CSTN_TERM_EFFECT:
		return check_range("effect", view->effect, CSTN_EFFECT_PERMIT, CSTN_EFFECT_PROHIBIT,
				error);
	case CSTN_TERM_PROVIDER:
		return check_id("provider", view->provider, PARTY_MOST, error);
	case CSTN_TERM_RECIPIENT:
		return check_recipient(view, error);
	case CSTN_TERM_CONSTELLATION:
		return check_id("constellation", view->constellation, PARTY_MOST, error);
	case CSTN_TERM_FIELDS:
		return check_fields(view, error);
	case CSTN_TERM_PURPOSE:
		return check_id("purpose", view->purpose, CSTN_CONSTRAINT_ID_MOST, error);
	case CSTN_TERM_ACTIONS:
		return check_bits("actions", view->actions, ACTIONS_ALL, error);
	case CSTN_TERM_CONSIDERATION:
		return check_considerations(view, error);
	case CSTN_TERM_DUTIES:
		return check_duties(view, error);
	case CSTN_TERM_LEGAL_TEXT:
		return check_documents(view, error);
	case CSTN_TERM_LEGAL_BASIS:
		return view->legal_basis ? check_id("legal basis", view->legal_basis,
							   CSTN_CONSTRAINT_ID_MOST, error)
					 : CSTN_OK;
	case CSTN_TERM_FLAGS:
		return check_bits("flags", view->flags, FLAGS_ALL, error);
	default:
		return check_part(view, component, error);
	}
}

/* --- the whole -------------------------------------------------------------------------------- */

/* Is there a field that a step can be of? */
static int has_field_of(const cstn_term_view *view, const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < view->n_fields; i++) {
		size_t field_len = strlen(view->fields[i]);

		if (cstn_path_covers(view->fields[i], field_len, path, len) ||
				cstn_path_covers(path, len, view->fields[i], field_len))
			return 1;
	}
	return 0;
}

/* What one component cannot say alone. */
static cstn_status check_together(const cstn_term_view *view, int32_t component, cstn_error **error)
{
	if (component == CSTN_TERM_RECIPIENT &&
			(view->recipient != NULL) == (view->n_recipient_roles > 0))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				view->recipient ? "a recipient and roles: one of the two"
						: "no recipient is set");
	if (component == CSTN_TERM_FIELDS && view->n_fields == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "no field is set");
	if (component == CSTN_TERM_ACTIONS && view->actions == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "no action is set");
	if (component == CSTN_TERM_CONSIDERATION && view->n_considerations > 1)
		for (size_t i = 0; i < view->n_considerations; i++)
			if (view->considerations[i]->kind == CSTN_CONSIDERATION_EXPLICIT_NONE)
				return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"EXPLICIT_NONE beside another consideration");
	if (component == CSTN_TERM_GRANULARITY && view->granularity)
		for (size_t i = 0; i < view->granularity->n_steps; i++)
			if (!has_field_of(view, view->granularity->steps[i]->path))
				return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"a step of '%s', which is no field of the term",
						view->granularity->steps[i]->path);
	return CSTN_OK;
}

cstn_status cstn__term_check_whole(
		const cstn_term_view *view, int32_t *component, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (int32_t i = CSTN_TERM_EFFECT; i <= CSTN_TERM_FLAGS && status == CSTN_OK; i++) {
		*component = i;
		status = cstn__term_check(view, i, error);
		if (status == CSTN_OK)
			status = check_together(view, i, error);
	}
	if (status == CSTN_OK)
		*component = 0;
	return status;
}
