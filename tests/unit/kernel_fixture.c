/* States over varied order lines, in any order and split. */
#include "kernel_fixture.h"

#include <check.h>

#include "lines_fixture.h"

cstn_service_policy *policy_of(const char *changes)
{
	cstn_service_policy *policy = NULL;
	cstn_error *error = NULL;

	if (cstn_service_policy_new(changes, NULL, &policy, &error) != CSTN_OK)
		ck_abort_msg("%s", cstn_error_message(error));
	return policy;
}

cstn_perfect_order *kernel_state_of(const char *changes, const char *const *by, size_t n_by,
		uint32_t flags, int32_t clustering)
{
	cstn_perfect_order_config config = CSTN_PERFECT_ORDER_CONFIG_INIT;
	cstn_service_policy *policy = policy_of(changes);
	cstn_perfect_order *state = NULL;
	cstn_error *error = NULL;

	config.flags = flags;
	config.clustering = clustering;
	if (cstn_perfect_order_new(policy, AS_OF, by, n_by, &config, NULL, &state, &error) !=
			CSTN_OK)
		ck_abort_msg("%s", cstn_error_message(error));
	cstn_service_policy_unref(policy);
	return state;
}

void update(cstn_perfect_order *state, const fixture_lines *lines, const reading *how)
{
	cstn_perfect_order_options options = CSTN_PERFECT_ORDER_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status;

	options.threads = how->threads;
	options.simd = how->simd;
	lines_stream(lines, how->from, how->to, how->batch, how->flags, &stream);
	status = cstn_perfect_order_update(state, &stream, &options, NULL, &error);
	if (status != CSTN_OK && status != CSTN_E_ROWS)
		ck_abort_msg("%s", cstn_error_message(error));
	cstn_error_free(error);
}

char *text_of(const char *changes, const char *const *by, size_t n_by, uint32_t flags,
		int32_t clustering, const fixture_lines *lines, const reading *how)
{
	cstn_perfect_order *state = kernel_state_of(changes, by, n_by, flags, clustering);
	char *text;

	update(state, lines, how);
	text = state_text(state);
	cstn_perfect_order_free(state);
	return text;
}

const char *const by_two[] = {"partner", "carrier"};

const variety varieties[N_VARIETIES] = {{"components=TFDC", 0, 0},
		{"components=TF", 0, LINES_PLAIN}, {"components=TF weight=quantity", 0, 0},
		{"components=TFC weight=value", CSTN_PERFECT_ORDER_EACH, LINES_VALUE},
		{"components=TF level=line", 0, 0},
		{"components=TFC level=line", CSTN_PERFECT_ORDER_ROLLUP, LINES_CAUSES},
		{"components=TF level=schedule", 0, 0},
		{"components=TF", CSTN_PERFECT_ORDER_EACH, LINES_CAUSES},
		{"components=TFDC", CSTN_PERFECT_ORDER_ROLLUP, LINES_CAUSES | LINES_TEXT_ID},
		{"components=TF credit=unit weight=quantity", 0, 0},
		{"components=TF", 0, LINES_COUNTED},
		{"components=TFC", 0, LINES_COUNTED | LINES_TEXT_ID},
		{"components=TF level=line weight=value", 0, LINES_VALUE | LINES_TEXT_ID}};
