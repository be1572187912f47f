/* Outside answers: every cell of the Dataspace Protocol's table of states, messages and actors, and
 * the sequences of its test kit. The consumer there is the recipient here. */
#include <jansson.h>

#include "shared_data.h"
#include "sharing_fixture.h"

static json_t *vectors(const char *file)
{
	char *path = shared_path("vectors/negotiation", file);
	json_t *out = json_load_file(path, 0, NULL);

	ck_assert_msg(out != NULL, "%s", path);
	free(path);
	return out;
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static int32_t state_of(const char *name)
{
	int32_t state;

	for (state = CSTN_NEGOTIATION_NONE; state <= CSTN_NEGOTIATION_TERMINATED; state++)
		if (strcmp(cstn_negotiation_state_name(state), name) == 0)
			return state;
	ck_abort_msg("no state '%s'", name);
}

/* The message of a step or cell; ids count up. */
static cstn_negotiation_message message_of(const json_t *step, uint8_t id)
{
	const char *name = text_of(step, "message");
	int32_t actor = strcmp(text_of(step, "actor"), "provider") == 0 ? CSTN_ACTOR_PROVIDER
									: CSTN_ACTOR_RECIPIENT;
	int32_t type = CSTN_MESSAGE_REQUEST;

	while (strcmp(cstn_negotiation_message_name(type), name) != 0)
		ck_assert_int_le(++type, CSTN_MESSAGE_TERMINATE);
	return sharing_message(type, actor, id, 7, 1000 + id);
}

/* A negotiation in a state, by the shortest way there. */
static cstn_negotiation *in_state(int32_t state)
{
	static const struct {
		int32_t type, actor;
	} way[] = {{CSTN_MESSAGE_REQUEST, CSTN_ACTOR_RECIPIENT},
			{CSTN_MESSAGE_OFFER, CSTN_ACTOR_PROVIDER},
			{CSTN_MESSAGE_ACCEPT, CSTN_ACTOR_RECIPIENT},
			{CSTN_MESSAGE_AGREE, CSTN_ACTOR_PROVIDER},
			{CSTN_MESSAGE_VERIFY, CSTN_ACTOR_RECIPIENT},
			{CSTN_MESSAGE_FINALIZE, CSTN_ACTOR_PROVIDER}};
	cstn_negotiation *at = sharing_negotiation(0), *next;
	size_t i, steps = state == CSTN_NEGOTIATION_TERMINATED ? 1 : (size_t)state;

	for (i = 0; i < steps; i++) {
		cstn_negotiation_message m = sharing_message(
				way[i].type, way[i].actor, (uint8_t)(100 + i), 7, (int64_t)i);

		SHARING_OK(cstn_negotiation_apply(at, &m, &next, &error));
		cstn_negotiation_unref(at);
		at = next;
	}
	if (state == CSTN_NEGOTIATION_TERMINATED) {
		cstn_negotiation_message m = sharing_message(
				CSTN_MESSAGE_TERMINATE, CSTN_ACTOR_PROVIDER, 200, 7, 9);

		SHARING_OK(cstn_negotiation_apply(at, &m, &next, &error));
		cstn_negotiation_unref(at);
		at = next;
	}
	ck_assert_int_eq(cstn_negotiation_state(at), state);
	return at;
}

START_TEST(every_cell_of_state_message_and_actor_is_as_the_protocol_says)
{
	json_t *all = vectors("transitions.json"), *cells = json_object_get(all, "all");
	size_t i, legal = 0;

	ck_assert_uint_eq(json_array_size(cells), 112);
	for (i = 0; i < 112; i++) {
		const json_t *cell = json_array_get(cells, i);
		cstn_negotiation *from = in_state(state_of(text_of(cell, "from"))), *to = NULL;
		cstn_negotiation_message m = message_of(cell, 1);
		int is_legal = json_is_string(json_object_get(cell, "to"));
		cstn_status status = cstn_negotiation_apply(from, &m, &to, NULL);

		ck_assert_msg(status == (is_legal ? CSTN_OK : CSTN_E_STATE),
				"%s + %s by %s gave %s", text_of(cell, "from"),
				text_of(cell, "message"), text_of(cell, "actor"),
				cstn_status_name(status));
		ck_assert((to != NULL) == is_legal);
		if (is_legal)
			ck_assert_str_eq(cstn_negotiation_state_name(cstn_negotiation_state(to)),
					text_of(cell, "to"));
		ck_assert_str_eq(cstn_negotiation_state_name(cstn_negotiation_state(from)),
				text_of(cell, "from"));
		legal += (size_t)is_legal;
		cstn_negotiation_unref(from);
		cstn_negotiation_unref(to);
	}
	ck_assert_uint_eq(legal, json_array_size(json_object_get(all, "legal")));
	json_decref(all);
}
END_TEST

static void walk(const json_t *sequence, size_t *refused)
{
	const json_t *steps = json_object_get(sequence, "steps");
	cstn_negotiation *at = sharing_negotiation(0);
	size_t i;

	for (i = 0; i < json_array_size(steps); i++) {
		const json_t *step = json_array_get(steps, i);
		cstn_negotiation_message m = message_of(step, (uint8_t)(i + 1));
		int taken = json_is_true(json_object_get(step, "accepted"));
		cstn_negotiation *next = NULL;

		ck_assert_str_eq(cstn_negotiation_state_name(cstn_negotiation_state(at)),
				text_of(step, "from"));
		ck_assert_msg(cstn_negotiation_apply(at, &m, &next, NULL) ==
						(taken ? CSTN_OK : CSTN_E_STATE),
				"%s, step %zu", text_of(sequence, "id"), i);
		if (!taken) {
			SHARING_OK(cstn_negotiation_refused(at, &next, &error));
			++*refused;
		}
		cstn_negotiation_unref(at);
		at = next;
		ck_assert_str_eq(cstn_negotiation_state_name(cstn_negotiation_state(at)),
				text_of(step, "to"));
	}
	ck_assert_str_eq(cstn_negotiation_state_name(cstn_negotiation_state(at)),
			text_of(sequence, "final_state"));
	cstn_negotiation_unref(at);
}

START_TEST(the_sequences_of_the_test_kit_go_step_by_step)
{
	json_t *all = vectors("sequences.json");
	size_t i, refused = 0;

	ck_assert_uint_eq(json_array_size(all), 31);
	for (i = 0; i < 31; i++)
		walk(json_array_get(all, i), &refused);
	ck_assert_uint_gt(refused, 0);
	json_decref(all);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_cell_of_state_message_and_actor_is_as_the_protocol_says,
			the_sequences_of_the_test_kit_go_step_by_step};

	return run_tests_on("vectors/negotiation", "transitions.json", "negotiation_answers", tests,
			sizeof(tests) / sizeof(tests[0]));
}
