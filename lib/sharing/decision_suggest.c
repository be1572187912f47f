/* The finest request that would pass in place of one that was decided.
 *
 * What is asked for is changed as little as it takes: coarser levels are allowed, then the rows
 * that are left are asked for, then older data. Of the fields that can be had so, all are asked for
 * at the finest level at which all of them are granted. Each try is a decision of its own, so what
 * is suggested was decided and passed. Cost: at most some dozen decisions. */
#include "base/error.h"
#include "sharing/decision.h"
#include "sharing/vocabulary.h"

/* A request as options, whose lists are borrowed from it. */
typedef struct draft {
	cstn_request_options options;
	const char **paths;
	size_t n_room;
	cstn_allocator allocator;
} draft;

static cstn_status open_draft(const cstn_request *request, draft *out, cstn_error **error)
{
	const char **room;

	out->allocator = request->allocator;
	out->n_room = request->n_paths + request->n_hops;
	room = cstn__alloc(&out->allocator, cstn__array_size(out->n_room, sizeof(*room)));
	if (!room)
		return cstn__fail_nomem(error);
	out->paths = room;
	cstn__request_options_of(request, room, &out->options);
	return CSTN_OK;
}

static void close_draft(draft *open)
{
	cstn__free(&open->allocator, open->paths, open->n_room * sizeof(*open->paths));
}

static cstn_status try_draft(
		cstn_rules *rules, draft *open, cstn_decision **out, cstn_error **error)
{
	cstn_request *request;
	cstn_status status = cstn_request_new(&open->options, &open->allocator, &request, error);

	if (status != CSTN_OK)
		return status;
	status = cstn_decide(rules, request, out, error);
	cstn_request_unref(request);
	return status;
}

/* Keep the fields that a decision permits, at the level that all of them have; how many. */
static size_t keep_permitted(draft *open, const cstn_decision *decision, const cstn_request *from)
{
	size_t n = 0;
	int32_t level = open->options.level;

	for (size_t i = 0; i < decision->n; i++) {
		const cstn__verdict *field = &decision->fields[i];

		if (field->reason != CSTN_DECISION_PERMIT)
			continue;
		/* fields of both stand in the same order */
		for (size_t j = 0; j < from->n_paths; j++)
			if (cstn__id_order(&from->paths[j], &decision->request->paths[i]) == 0)
				open->paths[n] = from->paths[j].text;
		n++;
		if (field->granularity.level > level)
			level = field->granularity.level;
	}
	open->options.n_paths = n;
	open->options.level = level;
	open->options.nano_epsilon = cstn__decision_epsilon(decision);
	return n;
}

/* What may be changed: rows that are left in place of those asked for, data that are old enough. */
#define ROWS_LEFT 1u
#define OLDER 2u

static void change(draft *open, const cstn_decision *decided, unsigned how)
{
	const cstn_request *request = decided->request;
	int64_t oldest;

	open->options.flags = CSTN_REQUEST_DOWNGRADE_OK;
	open->options.level = request->level;
	open->options.nano_epsilon = request->nano_epsilon;
	open->options.n_paths = request->n_paths;
	for (size_t i = 0; i < request->n_paths; i++)
		open->paths[i] = request->paths[i].text;
	open->options.rows = how & ROWS_LEFT ? 0 : request->rows;
	open->options.data_from_us = request->data_from_us;
	open->options.data_until_us = request->data_until_us;
	if (how & OLDER && decided->at.in &&
			!__builtin_sub_overflow(
					request->now_us, decided->at.in->min_age_us, &oldest)) {
		if (!request->has_window)
			open->options.data_from_us = 0;
		if (!request->has_window || oldest < request->data_until_us)
			open->options.data_until_us = oldest;
	}
}

/* One way of changing: CSTN_OK with a request, CSTN_DONE if nothing passes so. */
static cstn_status try_change(const cstn_decision *decided, draft *open, unsigned how,
		cstn_request **out, cstn_error **error)
{
	cstn_decision *decision;
	cstn_status status;

	change(open, decided, how);
	if (open->options.data_until_us <= open->options.data_from_us &&
			(open->options.data_until_us || open->options.data_from_us))
		return CSTN_DONE;
	status = try_draft(decided->rules, open, &decision, error);
	/* once for the fields, once for the level that they have in common */
	for (int round = 0; status == CSTN_OK; round++) {
		size_t n = keep_permitted(open, decision, decided->request);

		cstn_decision_unref(decision);
		if (n == 0)
			return CSTN_DONE;
		open->options.flags = 0;
		status = try_draft(decided->rules, open, &decision, error);
		if (status != CSTN_OK)
			break;
		if (cstn_decision_is_permitted(decision)) {
			*out = cstn_request_ref(decision->request);
			cstn_decision_unref(decision);
			return CSTN_OK;
		}
		if (round == 3) {
			cstn_decision_unref(decision);
			return CSTN_DONE;
		}
	}
	return status;
}

cstn_status cstn_decision_suggest(
		const cstn_decision *decision, cstn_request **out, cstn_error **error)
{
	static const unsigned ways[] = {0, ROWS_LEFT, OLDER, OLDER | ROWS_LEFT};
	cstn_status status;
	draft open;

	if (!decision || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				decision ? "out" : "decision");
	status = open_draft(decision->request, &open, error);
	if (status != CSTN_OK)
		return status;
	status = CSTN_DONE;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]) && status == CSTN_DONE; i++)
		status = try_change(decision, &open, ways[i], out, error);
	close_draft(&open);
	if (status == CSTN_DONE)
		return cstn__fail(error, CSTN_E_NOT_FOUND, "nothing of the request would pass now");
	return status;
}
