/* Decisions of one request: under a term without a condition, and under one with many windows of
 * time, of which the request lies in the last. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"

#include "bench.h"

#define PLACE "fmcg"
#define FIELD "shipment.eta"
#define WINDOW INT64_C(1000000)

CSTN_API int32_t bench_decide(int64_t n, int32_t windows, double *seconds, int32_t *permitted,
		char *message, size_t size);

/* --- rules of one agreement ------------------------------------------------------------------- */

static cstn_status make_vocabulary(
		const char *const *paths, int n, cstn_vocabulary **out, cstn_error **error)
{
	cstn_vocabulary_builder *builder = NULL;
	cstn_status status = cstn_vocabulary_builder_new(NULL, &builder, error);

	if (status == CSTN_OK)
		status = cstn_vocabulary_builder_add_purpose(
				builder, "planning", 8, NULL, 0, error);
	for (int i = 0; i < n && status == CSTN_OK; i++)
		status = cstn_vocabulary_builder_add_path(
				builder, paths[i], strlen(paths[i]), CSTN_CLASS_OPERATIONAL, error);
	if (status == CSTN_OK)
		status = cstn_vocabulary_builder_build(builder, out, error);
	cstn_vocabulary_builder_free(builder);
	return status;
}

static cstn_status add_parties(cstn_rules_builder *builder, const char *place, cstn_error **error)
{
	static const char *const parties[] = {"acme", "beta"};
	cstn_status status = CSTN_OK;

	for (int i = 0; i < 2 && status == CSTN_OK; i++) {
		status = cstn_rules_builder_add_membership(
				builder, place, parties[i], NULL, 0, 0, INT64_MAX, error);
		if (status == CSTN_OK)
			status = cstn_rules_builder_add_relation(builder, place, parties[i],
					parties[1 - i], CSTN_RELATION_PARTNER, 0, INT64_MAX, error);
	}
	return status;
}

cstn_status bench_rules(const char *place, const char *const *paths, int n, cstn_term *term,
		cstn_rules **out, cstn_error **error)
{
	cstn_constellation_rules rules = CSTN_CONSTELLATION_RULES_INIT;
	cstn_rules_agreement agreement = CSTN_RULES_AGREEMENT_INIT;
	cstn_rules_builder *builder = NULL;
	cstn_vocabulary *vocabulary = NULL;
	cstn_status status = make_vocabulary(paths, n, &vocabulary, error);

	if (status == CSTN_OK)
		status = cstn_rules_builder_new(NULL, &builder, error);
	rules.constellation = agreement.constellation = place;
	rules.vocabulary = vocabulary;
	agreement.provider = "acme";
	agreement.recipient = "beta";
	agreement.digest[0] = 1;
	agreement.state = CSTN_AGREEMENT_ACTIVE;
	agreement.terms = &term;
	agreement.n_terms = 1;
	if (status == CSTN_OK)
		status = cstn_rules_builder_add_constellation(builder, &rules, error);
	if (status == CSTN_OK)
		status = add_parties(builder, place, error);
	if (status == CSTN_OK)
		status = cstn_rules_builder_add_agreement(builder, &agreement, error);
	if (status == CSTN_OK)
		status = cstn_rules_build(builder, out, error);
	cstn_rules_builder_free(builder);
	cstn_vocabulary_unref(vocabulary);
	return status;
}

/* --- decisions -------------------------------------------------------------------------------- */

/* "now" in one of the windows [2i, 2i + 1). */
static void put_windows(cstn__bytes *json, int32_t windows)
{
	static const char bound[] = "{\"operand\":\"now\",\"operator\":\"%s\",\"type\":\"instant\","
				    "\"value\":%" PRId64 "}";
	int32_t i;

	cstn__bytes_put_text(json, ",\"constraint\":{\"or\":[");
	for (i = 0; i < windows; i++) {
		cstn__bytes_put_text(json, i ? ",{\"and\":[" : "{\"and\":[");
		cstn__bytes_put_format(json, bound, "gteq", 2 * i * WINDOW);
		cstn__bytes_put_text(json, ",");
		cstn__bytes_put_format(json, bound, "lt", (2 * i + 1) * WINDOW);
		cstn__bytes_put_text(json, "]}");
	}
	cstn__bytes_put_text(json, "]}");
}

static cstn_status make_term(int32_t windows, cstn_term **out, cstn_error **error)
{
	cstn__bytes json;
	cstn_status status;

	cstn__bytes_init(&json, NULL);
	cstn__bytes_put_text(&json,
			"{\"effect\":\"permit\",\"provider\":\"acme\",\"recipient\":\"beta\","
			"\"constellation\":\"" PLACE "\",\"fields\":[\"" FIELD
			"\"],\"purpose\":\"planning\",\"actions\":[\"read\"],\"granularity\":{"
			"\"level\":\"raw\"},"
			"\"consideration\":[{\"kind\":\"explicit_none\"}]");
	if (windows > 0)
		put_windows(&json, windows);
	cstn__bytes_put_text(&json, "}");
	status = json.failed ? cstn__fail_nomem(error)
			     : cstn_term_read((const char *)json.data, json.size,
					       CSTN_TERM_READ_LOOSE, NULL, out, error);
	cstn__bytes_free(&json);
	return status;
}

static cstn_status make_rules(int32_t windows, cstn_rules **out, cstn_error **error)
{
	static const char *const paths[] = {FIELD};
	cstn_term *term = NULL;
	cstn_status status = make_term(windows, &term, error);

	if (status == CSTN_OK)
		status = bench_rules(PLACE, paths, 1, term, out, error);
	cstn_term_unref(term);
	return status;
}

static cstn_status make_request(int32_t windows, cstn_request **out, cstn_error **error)
{
	static const char *const paths[] = {FIELD};
	cstn_request_options options = CSTN_REQUEST_OPTIONS_INIT;

	options.constellation = PLACE;
	options.provider = "acme";
	options.recipient = "beta";
	options.purpose = "planning";
	options.action = CSTN_ACTION_READ;
	options.paths = paths;
	options.n_paths = 1;
	options.now_us = windows > 0 ? 2 * (windows - 1) * WINDOW : WINDOW;
	return cstn_request_new(&options, NULL, out, error);
}

int32_t bench_decide(int64_t n, int32_t windows, double *seconds, int32_t *permitted, char *message,
		size_t size)
{
	cstn_request *request = NULL;
	cstn_rules *rules = NULL;
	cstn_error *error = NULL;
	cstn_status status = make_rules(windows, &rules, &error);
	double begin;
	int64_t i;

	if (status == CSTN_OK)
		status = make_request(windows, &request, &error);
	*permitted = 1;
	begin = bench_now();
	for (i = 0; i < n && status == CSTN_OK; i++) {
		cstn_decision *decision = NULL;

		status = cstn_decide(rules, request, &decision, &error);
		*permitted &= cstn_decision_is_permitted(decision);
		cstn_decision_unref(decision);
	}
	*seconds = bench_now() - begin;
	cstn_request_unref(request);
	cstn_rules_unref(rules);
	return bench_report(status, error, message, size);
}
