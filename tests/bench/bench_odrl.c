/* Decisions of a case of the ODRL test suite, each timed by itself. */
#include <jansson.h>

#include "base/error.h"

#include "bench.h"
#include "odrl_case.h"

CSTN_API int32_t bench_decide_odrl(const char *path, int64_t n, double *seconds, int32_t *permitted,
		char *message, size_t size);

/* `seconds`: n times, in each of which the clock is read once. */
int32_t bench_decide_odrl(const char *path, int64_t n, double *seconds, int32_t *permitted,
		char *message, size_t size)
{
	json_t *one = json_load_file(path, 0, NULL);
	cstn_request *request = NULL;
	cstn_rules *rules = NULL;
	cstn_error *error = NULL;
	cstn_status status = one ? odrl_case_make(one, &rules, &request, &error)
				 : cstn__fail(&error, CSTN_E_FORMAT, "no JSON in '%s'", path);

	*permitted = -1;
	for (int64_t i = 0; i < n && status == CSTN_OK; i++) {
		cstn_decision *decision = NULL;
		double begin = bench_now();
		int32_t answer;

		status = cstn_decide(rules, request, &decision, &error);
		answer = cstn_decision_is_permitted(decision);
		cstn_decision_unref(decision);
		seconds[i] = bench_now() - begin;
		if (i > 0 && answer != *permitted && status == CSTN_OK)
			status = cstn__fail(&error, CSTN_E_STATE, "answers of one request differ");
		*permitted = answer;
	}
	cstn_request_unref(request);
	cstn_rules_unref(rules);
	json_decref(one);
	return bench_report(status, error, message, size);
}
