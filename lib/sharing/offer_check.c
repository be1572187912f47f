/* What nobody could evaluate is refused when it is offered, not met when data are asked for: a term
 * set against a vocabulary, all defects, in the order of terms and components.
 *
 * Known systems drop a condition that they cannot evaluate and take a rule without conditions for
 * true; here such an offer is not made. Cost: O(size), and a search for an assignment that
 * satisfies each condition. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <constellation/time.h>

#include "base/error.h"
#include "sharing/constraint.h"
#include "sharing/offer.h"
#include "sharing/term.h"

struct cstn_offer_defects {
	cstn_allocator allocator;
	cstn__arena arena;
	CSTN__ARRAY(const cstn_offer_defect *) list;
};

typedef struct check {
	const cstn_offer_options *options;
	int any_duty; /* whatever a duty's action is, its events are recorded */
	const cstn_vocabulary *vocabulary;
	cstn_offer_defects *defects;
	const cstn_term *whole;
	const cstn_term_view *view;
	size_t term;
	size_t before; /* defects of the terms before */
	int failed;    /* out of memory */
} check;

static void add(check *at, int32_t component, const char *operand, const char *value,
		const char *rule)
{
	cstn_offer_defects *to = at->defects;
	cstn_offer_defect *defect = cstn__arena_alloc(&to->arena, sizeof(*defect));

	if (!defect || cstn__array_reserve(&to->allocator, &to->list, 1)) {
		at->failed = 1;
		return;
	}
	memset(defect, 0, sizeof(*defect));
	defect->struct_size = sizeof(*defect);
	defect->component = component;
	defect->term = at->term;
	defect->operand = cstn__arena_copy(&to->arena, operand, strlen(operand));
	defect->value = cstn__arena_copy(&to->arena, value, strlen(value));
	defect->rule = cstn__arena_copy(&to->arena, rule, strlen(rule));
	if (!defect->operand || !defect->value || !defect->rule)
		at->failed = 1;
	to->list.items[to->list.count++] = defect;
}

static void check_words(check *at)
{
	const cstn_term_view *view = at->view;

	for (size_t i = 0; i < view->n_recipient_roles; i++) {
		const char *role = view->recipient_roles[i];

		if (!cstn_vocabulary_has_role(at->vocabulary, role, strlen(role)))
			add(at, CSTN_TERM_RECIPIENT, "role", role, "is no role of the vocabulary");
	}
	for (size_t i = 0; i < view->n_fields; i++) {
		const char *path = view->fields[i];

		if (!cstn_vocabulary_has_path(at->vocabulary, path, strlen(path)))
			add(at, CSTN_TERM_FIELDS, "path", path, "is no path of the vocabulary");
	}
	if (!cstn_vocabulary_has_purpose(at->vocabulary, view->purpose, strlen(view->purpose)))
		add(at, CSTN_TERM_PURPOSE, "purpose", view->purpose,
				"is no purpose of the vocabulary");
}

static void add_instant(
		check *at, int32_t component, const char *operand, int64_t us, const char *rule)
{
	char text[48];

	cstn_time_format(us, text, sizeof(text));
	add(at, component, operand, us == INT64_MAX ? "no end" : text, rule);
}

static void check_windows(check *at)
{
	const cstn_term_view *view = at->view;
	const cstn_term_data_window *data = view->data_window;

	if (view->valid_from_us >= view->valid_until_us)
		add_instant(at, CSTN_TERM_ACCESS_WINDOW, "valid_from_us", view->valid_from_us,
				"is not before valid_until_us: the window is empty");
	if (data->data_from_us >= data->data_until_us)
		add_instant(at, CSTN_TERM_DATA_WINDOW, "data_from_us", data->data_from_us,
				"is not before data_until_us: the window is empty");
	if (data->min_age_us > data->max_age_us) {
		cstn__bytes text;

		cstn__bytes_init(&text, &at->defects->allocator);
		cstn__duration_put_text(&text, data->min_age_us);
		cstn__bytes_put_u8(&text, 0);
		if (text.failed)
			at->failed = 1;
		else
			add(at, CSTN_TERM_DATA_WINDOW, "min_age_us", (const char *)text.data,
					"is above max_age_us: no data are of such an age");
		cstn__bytes_free(&text);
	}
}

/* Is there a COMPETITIVE field at level RAW between companies that compete elsewhere? */
static void check_dual_pair(check *at)
{
	const cstn_term_view *view = at->view;

	if (!(at->options->flags & CSTN_OFFER_DUAL_PAIR) ||
			view->flags & CSTN_TERM_DUAL_PAIR_ACKNOWLEDGED ||
			view->effect != CSTN_EFFECT_PERMIT ||
			view->granularity->level != CSTN_LEVEL_RAW)
		return;
	for (size_t i = 0; i < view->n_fields; i++) {
		const char *path = view->fields[i];

		if (cstn_vocabulary_classes(at->vocabulary, path, strlen(path)) &
				CSTN_CLASS_COMPETITIVE)
			add(at, CSTN_TERM_GRANULARITY, "level", path,
					"is competitive at level raw between companies that "
					"compete "
					"elsewhere, and dual_pair_acknowledged is not set");
	}
}

static void check_bargain(check *at)
{
	const cstn_term_view *view = at->view;
	uint32_t transfer = view->actions & CSTN_ACTION_TRANSFER;

	if (view->effect != CSTN_EFFECT_PERMIT)
		return;
	if (transfer && view->onward->to == CSTN_ONWARD_NONE)
		add(at, CSTN_TERM_ONWARD, "actions",
				transfer == CSTN_ACTION_TRANSFER ? "sell, give"
				: transfer == CSTN_ACTION_SELL   ? "sell"
								 : "give",
				"passes data on, but onward is none");
	if (view->n_considerations == 0)
		add(at, CSTN_TERM_CONSIDERATION, "consideration", "",
				"is missing: say what is given in return, or explicit_none");
}

static int is_recorded(const check *at, const char *action)
{
	static const char *const own[] = {
			"attribute", "confidential", "delete", "destroy_key", "pay", "return"};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(own[i], action) == 0)
			return 1;
	for (size_t i = 0; i < at->options->n_duty_actions; i++)
		if (strcmp(at->options->duty_actions[i], action) == 0)
			return 1;
	return 0;
}

static void check_duties(check *at)
{
	for (size_t i = 0; i < at->view->n_duties && !at->any_duty; i++)
		for (const cstn_term_duty *duty = at->view->duties[i]; duty;
				duty = duty->consequence)
			if (!is_recorded(at, duty->action))
				add(at, CSTN_TERM_DUTIES, "action", duty->action,
						"is fulfilled by no event that is recorded");
}

static void add_leaf(check *at, const cstn_constraint *leaf, size_t value, const char *why)
{
	cstn__bytes operand, text;

	cstn__bytes_init(&operand, &at->defects->allocator);
	cstn__bytes_init(&text, &at->defects->allocator);
	cstn__bytes_put(&operand, leaf->operand.text, leaf->operand.len);
	cstn__bytes_put_u8(&operand, 0);
	if (value != SIZE_MAX && leaf->ids)
		cstn__bytes_put(&text, leaf->ids[value].text, leaf->ids[value].len);
	else if (value != SIZE_MAX)
		cstn__leaf_put_value(&text, leaf, value);
	cstn__bytes_put_u8(&text, 0);
	if (operand.failed || text.failed)
		at->failed = 1;
	else
		add(at, CSTN_TERM_CONSTRAINT, (const char *)operand.data, (const char *)text.data,
				why);
	cstn__bytes_free(&operand);
	cstn__bytes_free(&text);
}

/* The first value at fault, and then each of the others. */
static void report_leaf(void *user, const cstn_constraint *leaf, size_t value, const char *why)
{
	check *at = user;
	cstn_constraint one;
	size_t operand, first;

	add_leaf(at, leaf, value, why);
	memcpy(&one, leaf, sizeof(one));
	one.n = 1;
	for (size_t i = value; value != SIZE_MAX && ++i < leaf->n;) {
		one.ids = leaf->ids ? leaf->ids + i : NULL;
		one.numbers = leaf->numbers ? leaf->numbers + i : NULL;
		why = cstn__leaf_defect(&one, at->vocabulary, &operand, &first);
		if (why)
			add_leaf(at, leaf, i, why);
	}
}

/* The condition in the windows of the term; one that fills a condition's limits is left as it is.
 */
static cstn_status check_together(check *at, cstn_error **error)
{
	int32_t realizable = 1, unknown = 0;
	cstn_error *inner = NULL;
	cstn_status status = cstn_term_is_realizable(
			at->whole, at->vocabulary, &realizable, &unknown, &inner);

	cstn_error_free(inner);
	if (status == CSTN_E_NOMEM)
		return cstn__fail_nomem(error);
	if (status == CSTN_OK && !realizable && !unknown)
		add(at, CSTN_TERM_CONSTRAINT, "constraint", at->view->constraint_json,
				"can be satisfied by no request in the windows of the term");
	return CSTN_OK;
}

static cstn_status check_constraint(check *at, cstn_error **error)
{
	size_t before = at->defects->list.count;
	int32_t realizable = 1, unknown = 0;
	cstn_status status;

	if (!at->view->constraint)
		return CSTN_OK;
	cstn__constraint_defects(at->view->constraint, at->vocabulary, report_leaf, at);
	if (at->defects->list.count > before)
		return CSTN_OK;
	status = cstn_constraint_is_realizable(
			at->view->constraint, at->vocabulary, &realizable, &unknown, error);
	if (status == CSTN_OK && !realizable && !unknown)
		add(at, CSTN_TERM_CONSTRAINT, "constraint", at->view->constraint_json,
				"can be satisfied by no request");
	else if (status == CSTN_OK && before == at->before)
		status = check_together(at, error);
	return status;
}

static cstn_status check_term(check *at, cstn_error **error)
{
	check_words(at);
	check_windows(at);
	check_dual_pair(at);
	check_bargain(at);
	check_duties(at);
	return check_constraint(at, error);
}

/* --- the call --------------------------------------------------------------------------------- */

static cstn_status read_options(
		const cstn_offer_options *given, cstn_offer_options *out, cstn_error **error)
{
	cstn_status status = cstn__options_read(given, sizeof(*out), sizeof(*out),
			CSTN_OFFER_DUAL_PAIR, "cstn_offer_options", out, error);

	if (status != CSTN_OK)
		return status;
	if (!out->vocabulary)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "vocabulary is NULL");
	if (out->n_duty_actions > 0 && !out->duty_actions)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "duty_actions is NULL");
	for (size_t i = 0; i < out->n_duty_actions; i++)
		if (!out->duty_actions[i])
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "duty_actions[%zu]: NULL",
					i);
	return CSTN_OK;
}

static cstn_status refuse(const cstn_offer_defects *defects, cstn_error **error)
{
	const cstn_offer_defect *first = defects->list.items[0];
	char more[48] = "";

	if (defects->list.count > 1)
		snprintf(more, sizeof(more), "; and %zu more", defects->list.count - 1);
	return cstn__fail(error, CSTN_E_UNEVALUABLE, "term %" PRIu64 ", %s: %s '%.128s' %s%s",
			first->term, cstn_term_component_name(first->component), first->operand,
			first->value, first->rule, more);
}

static cstn_status check_set(const cstn_term_set *set, check *at, const cstn_allocator *allocator,
		cstn_offer_defects **defects, cstn_error **error)
{
	cstn_offer_defects *found = NULL;
	cstn_allocator memory;
	cstn_status status = cstn__handle_new(allocator, sizeof(*found), &memory, &found, error);

	if (status != CSTN_OK)
		return status;
	found->allocator = memory;
	cstn__arena_init(&found->arena, &memory);
	at->vocabulary = at->options->vocabulary;
	at->defects = found;
	for (; at->term < cstn_term_set_count(set) && status == CSTN_OK && !at->failed;
			at->term++) {
		at->whole = cstn_term_set_at(set, at->term);
		at->view = at->whole->view;
		at->before = found->list.count;
		status = check_term(at, error);
	}
	if (status == CSTN_OK && at->failed)
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK && found->list.count > 0) {
		status = refuse(found, error);
		if (defects) {
			*defects = found;
			return status;
		}
	}
	cstn_offer_defects_free(found);
	return status;
}

cstn_status cstn_offer_check(const cstn_term_set *set, const cstn_offer_options *options,
		const cstn_allocator *allocator, cstn_offer_defects **defects, cstn_error **error)
{
	cstn_offer_options read;
	cstn_status status = read_options(options, &read, error);
	check at = {.options = &read};

	if (status == CSTN_OK && !set)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "set is NULL");
	return status == CSTN_OK ? check_set(set, &at, allocator, defects, error) : status;
}

cstn_status cstn__offer_check_recorded(const cstn_term_set *set, const cstn_vocabulary *vocabulary,
		int is_dual_pair, const cstn_allocator *allocator, cstn_error **error)
{
	const cstn_offer_options options = {
			.flags = is_dual_pair ? CSTN_OFFER_DUAL_PAIR : 0, .vocabulary = vocabulary};
	check at = {.options = &options, .any_duty = 1};

	return check_set(set, &at, allocator, NULL, error);
}

size_t cstn_offer_defects_count(const cstn_offer_defects *defects)
{
	return defects ? defects->list.count : 0;
}

const cstn_offer_defect *cstn_offer_defects_at(const cstn_offer_defects *defects, size_t index)
{
	return defects && index < defects->list.count ? defects->list.items[index] : NULL;
}

void cstn_offer_defects_free(cstn_offer_defects *defects)
{
	cstn_allocator allocator;

	if (!defects)
		return;
	allocator = defects->allocator;
	cstn__array_free(&allocator, &defects->list);
	cstn__arena_free(&defects->arena);
	cstn__free(&allocator, defects, sizeof(*defects));
}
