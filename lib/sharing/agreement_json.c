/* Agreements as canonical JSON: their signed notes as texts, and what this side alone knows.
 *
 * What a chain comes to is not written but walked again, so that bytes cannot say one thing and
 * their notes another. Cost: O(length). */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "sharing/agreement.h"
#include "sharing/note_lines.h"

#define AGREEMENT "cstn/agreement-state/v1"

/* --- writing ---------------------------------------------------------------------------------- */

static json_t *notes_of(const cstn_agreement *a)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; list && i < a->n; i++)
		if (json_array_append_new(list, json_stringn(a->transitions[i]->note,
								a->transitions[i]->note_len))) {
			json_decref(list);
			list = NULL;
		}
	return list;
}

json_t *cstn__agreement_to_json(const cstn_agreement *a)
{
	size_t len = 0;
	const char *terms = cstn_term_set_json(a->terms, &len);

	return json_pack("{s:s, s:s%, s:s%, s:o, s:o, s:i}", "type", AGREEMENT, "agreement",
			a->body->note, a->body->note_len, "terms", terms, len, "transitions",
			notes_of(a), "seen", cstn__json_of_i64((int64_t)a->seen), "split",
			a->split);
}

cstn_status cstn_agreement_serialize(
		const cstn_agreement *agreement, cstn_buffer **out, cstn_error **error)
{
	if (!agreement || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				agreement ? "out" : "agreement");
	return cstn__json_to_buffer(
			cstn__agreement_to_json(agreement), &agreement->memory, out, error);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* The next transition of a chain that was walked before. */
static cstn_status walk_one(cstn_agreement **at, const char *note, size_t len, cstn_error **error)
{
	static const cstn_transition_options none = CSTN_TRANSITION_OPTIONS_INIT;
	cstn__signed_transition *s = NULL;
	cstn_agreement *made = NULL;
	cstn_transition t;
	cstn__chain after;
	size_t text_len;
	cstn_status status = cstn__note_text(note, len, &text_len, error);

	if (status == CSTN_OK)
		status = cstn__signed_transition_new(
				note, len, text_len, &(*at)->memory, &s, error);
	if (status != CSTN_OK)
		return status;
	t = s->transition;
	status = cstn__chain_step(*at, &none, 1, &t, &after, error);
	if (status == CSTN_OK && (t.from != s->transition.from || t.to != s->transition.to ||
						 t.seq != s->transition.seq ||
						 memcmp(t.agreement, s->transition.agreement,
								 CSTN__DIGEST) != 0 ||
						 memcmp(t.previous, s->transition.previous,
								 CSTN__DIGEST) != 0))
		status = cstn__fail(error, CSTN_E_FORMAT,
				"transition %" PRIu64 " does not follow the one before it", t.seq);
	if (status == CSTN_OK) {
		made = cstn__agreement_copy(*at, s);
		if (!made)
			status = cstn__fail_nomem(error);
	}
	cstn__signed_transition_unref(s);
	if (status != CSTN_OK)
		return status == CSTN_E_NOMEM ? status : cstn__fail_format(error);
	made->chain = after;
	cstn_agreement_unref(*at);
	*at = made;
	return CSTN_OK;
}

static void walk(cstn__fields *fields, const json_t *list, size_t n, cstn_agreement **at)
{
	size_t i;

	for (i = 0; i < n && fields->status == CSTN_OK; i++) {
		const json_t *note = json_array_get(list, i);

		if (!json_is_string(note))
			cstn__fields_fail(fields, "transitions", "a list of notes expected");
		else
			fields->status = walk_one(at, json_string_value(note),
					json_string_length(note), fields->error);
	}
}

/* Put the terms, if there are any, to an agreement that replaces *at. */
static cstn_status add_terms(cstn_agreement **at, const char *json, size_t len, cstn_error **error)
{
	cstn_term_set *terms = NULL;
	cstn_agreement *made = NULL;
	cstn_status status;

	if (!len)
		return CSTN_OK;
	status = cstn_term_set_read(json, len, 0, &(*at)->memory, &terms, error);
	if (status == CSTN_OK)
		status = cstn_agreement_with_terms(*at, terms, &made, error);
	cstn_term_set_unref(terms);
	if (status != CSTN_OK)
		return status == CSTN_E_NOMEM ? status : cstn__fail_format(error);
	cstn_agreement_unref(*at);
	*at = made;
	return CSTN_OK;
}

cstn_agreement *cstn__agreement_from_json(cstn__fields *fields, const cstn_allocator *memory)
{
	cstn_agreement *made = NULL;
	const json_t *list;
	int64_t seen, split;
	const char *note, *terms;
	size_t len, terms_len, n;

	note = cstn__fields_text(fields, "agreement", &len);
	terms = cstn__fields_text(fields, "terms", &terms_len);
	list = cstn__fields_list(fields, "transitions", &n);
	cstn__fields_i64(fields, "seen", (int64_t)n, INT64_MAX, &seen);
	cstn__fields_i64(fields, "split", 0, 1, &split);
	if (fields->status == CSTN_OK)
		fields->status = cstn__agreement_new(note, len, memory, &made, fields->error);
	if (fields->status == CSTN_OK)
		fields->status = add_terms(&made, terms, terms_len, fields->error);
	if (fields->status == CSTN_OK)
		walk(fields, list, n, &made);
	if (fields->status != CSTN_OK) {
		cstn_agreement_unref(made);
		return NULL;
	}
	made->seen = (uint64_t)seen;
	made->split = (int32_t)split;
	return made;
}

cstn_status cstn_agreement_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_agreement **out, cstn_error **error)
{
	cstn_agreement *made;
	cstn_allocator memory;
	cstn__fields fields;
	cstn_status status;

	if (!data || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				data ? "out" : "data");
	status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__fields_open(&fields, data, size, AGREEMENT, error);
	made = cstn__agreement_from_json(&fields, &memory);
	status = cstn__fields_close(&fields);
	if (status == CSTN_OK)
		*out = made;
	else
		cstn_agreement_unref(made);
	return status;
}
