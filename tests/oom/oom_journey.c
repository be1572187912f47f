/* Out of memory in journeys. */
#include "oom.h"

#include "../unit/csv_rows.h"

static const char definition_text[] =
		"cstn-journey 1\ngap 10 d\nstep start 0 order\nstep - 1 ship\nstep goal 2 arrive\n";

/* In memory of libc; with `bad`, a row breaks a rule. */
static void events_stream(struct ArrowArrayStream *out, int bad)
{
	static const char schema_text[] = "customer text\nvalid date\nstep text\nfailed flag null\n"
					  "segment text null\n";
	static const char good[] = "customer,valid,step,failed,segment\n"
				   "a,2024-01-03,arrive,,\na,2024-01-01,order,,red\n"
				   "b,2024-01-01,order,true,blue\nb,2024-01-02,ship,,\n";
	static const char wrong[] = "customer,valid,step,failed,segment\n"
				    "a,2024-01-01,order,,\na,2024-01-02,orders,,\n";
	const char *text = bad ? wrong : good;
	cstn_schema *schema = NULL;
	cstn_csv_reader *reader = NULL;

	ck_assert_int_eq(cstn_schema_parse(schema_text, strlen(schema_text), NULL, &schema, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_open_bytes((const uint8_t *)text, strlen(text), schema,
					 NULL, NULL, &reader, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_export(reader, out, NULL), CSTN_OK);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
}

static cstn_journey_definition *definition_of(const cstn_allocator *allocator)
{
	cstn_journey_definition *definition = NULL;

	ck_assert_int_eq(cstn_journey_definition_parse(definition_text, strlen(definition_text),
					 allocator, &definition, NULL),
			CSTN_OK);
	return definition;
}

/* With settled counts and with events. */
static cstn_journeys *state_of(const cstn_allocator *allocator)
{
	cstn_journeys_options options = CSTN_JOURNEYS_OPTIONS_INIT;
	cstn_journey_definition *definition = definition_of(allocator);
	struct ArrowArrayStream events;
	cstn_journeys *state = NULL;
	int i;

	options.threads = 1;
	ck_assert_int_eq(
			cstn_journeys_new(definition, 19904 * CSTN_DAY_US, allocator, &state, NULL),
			CSTN_OK);
	for (i = 0; i < 2; i++) {
		events_stream(&events, 0);
		ck_assert_int_eq(cstn_journeys_update(state, &events, &options, NULL, NULL),
				CSTN_OK);
		if (i == 0)
			ck_assert_int_eq(cstn_journeys_settle(state, &options, NULL), CSTN_OK);
	}
	cstn_journey_definition_unref(definition);
	return state;
}

/* Out of memory, `state` is what state_of() gives. */
static void check_unchanged(oom *o, cstn_status status, const cstn_journeys *state)
{
	cstn_journeys *fresh;
	cstn_buffer *before = NULL, *after = NULL;

	oom_disarm(o);
	if (status != CSTN_E_NOMEM)
		return;
	fresh = state_of(NULL);
	ck_assert_int_eq(cstn_journeys_serialize(fresh, &before, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_journeys_serialize(state, &after, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_buffer_size(after), cstn_buffer_size(before));
	ck_assert_mem_eq(cstn_buffer_data(after), cstn_buffer_data(before),
			cstn_buffer_size(before));
	cstn_buffer_free(before);
	cstn_buffer_free(after);
	cstn_journeys_free(fresh);
}

static cstn_status parse_definition(oom *o)
{
	cstn_journey_definition *definition = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_journey_definition_parse(definition_text, strlen(definition_text),
					 o->allocator, &definition, &error));
	ck_assert_int_eq(definition == NULL, status != CSTN_OK);
	cstn_journey_definition_unref(definition);
	return status;
}

static cstn_status make_state(oom *o)
{
	cstn_journey_definition *definition = definition_of(NULL);
	cstn_journeys *state = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_journeys_new(definition, 0, o->allocator, &state, &error));
	ck_assert_int_eq(state == NULL, status != CSTN_OK);
	cstn_journeys_free(state);
	cstn_journey_definition_unref(definition);
	return status;
}

/* Events alone: settled ones do not say whose they are. */
static cstn_status remove_customers(oom *o)
{
	cstn_journey_definition *definition = definition_of(NULL);
	cstn_journeys *state = NULL, *same = NULL;
	struct ArrowArrayStream rows;
	cstn_buffer *before = NULL, *after = NULL;
	cstn_status status;
	int i;

	for (i = 0; i < 2; i++) {
		cstn_journeys **made = i ? &same : &state;

		ck_assert_int_eq(cstn_journeys_new(definition, 19904 * CSTN_DAY_US,
						 i ? NULL : o->allocator, made, NULL),
				CSTN_OK);
		events_stream(&rows, 0);
		ck_assert_int_eq(cstn_journeys_update(*made, &rows, NULL, NULL, NULL), CSTN_OK);
	}
	csv_rows(&rows, "customer text\n", "customer\na\nz\n");
	oom_arm(o);
	OOM_CALL(status, cstn_journeys_remove(state, &rows, &error));
	oom_disarm(o);
	ck_assert_ptr_null(rows.release);
	ck_assert_int_eq(cstn_journeys_serialize(state, &after, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_journeys_serialize(same, &before, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_buffer_size(after) == cstn_buffer_size(before), status != CSTN_OK);
	cstn_buffer_free(before);
	cstn_buffer_free(after);
	cstn_journeys_free(state);
	cstn_journeys_free(same);
	cstn_journey_definition_unref(definition);
	return status;
}

static cstn_status update_state(oom *o, int bad)
{
	cstn_journeys *state = state_of(o->allocator);
	cstn_row_errors *rows = NULL;
	struct ArrowArrayStream events;
	cstn_status status;

	events_stream(&events, bad);
	oom_arm(o);
	OOM_CALL(status, cstn_journeys_update(state, &events, NULL, &rows, &error));
	ck_assert_ptr_null(events.release);
	if (bad && status == CSTN_E_ROWS)
		status = CSTN_OK;
	ck_assert_int_eq(rows != NULL, bad && status == CSTN_OK);
	check_unchanged(o, status, state);
	cstn_row_errors_free(rows);
	cstn_journeys_free(state);
	return status;
}

static cstn_status update_good(oom *o)
{
	return update_state(o, 0);
}

static cstn_status update_bad(oom *o)
{
	return update_state(o, 1);
}

static cstn_status settle_state(oom *o)
{
	cstn_journeys_options options = CSTN_JOURNEYS_OPTIONS_INIT;
	cstn_journeys *state = state_of(o->allocator);
	cstn_status status;

	options.threads = 1;
	oom_arm(o);
	OOM_CALL(status, cstn_journeys_settle(state, &options, &error));
	check_unchanged(o, status, state);
	cstn_journeys_free(state);
	return status;
}

static cstn_status merge_states(oom *o)
{
	cstn_journeys *into = state_of(o->allocator), *from = state_of(NULL);
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_journeys_merge(into, from, &error));
	check_unchanged(o, status, into);
	cstn_journeys_free(into);
	cstn_journeys_free(from);
	return status;
}

OOM_BYTES(journeys, free, state_of(o->allocator), state_of(NULL))

static cstn_status export_state(oom *o)
{
	cstn_journeys_options options = CSTN_JOURNEYS_OPTIONS_INIT;
	cstn_journeys *state = state_of(o->allocator);
	struct ArrowArrayStream table;
	cstn_status status;

	options.threads = 1;
	oom_arm(o);
	OOM_CALL(status, cstn_journeys_export(state, CSTN_TABLE_JOURNEY_PATHS, &options, &table,
					 &error));
	if (status == CSTN_OK)
		status = oom_drain(&table);
	check_unchanged(o, status, state);
	cstn_journeys_free(state);
	return status;
}

const oom_case oom_cases_journey[] = {
		{"cstn_journey_definition_parse", parse_definition, 0},
		{"cstn_journeys_new", make_state, 0},
		{"cstn_journeys_update", update_good, 0},
		{"cstn_journeys_update", update_bad, 0},
		{"cstn_journeys_settle", settle_state, 0},
		{"cstn_journeys_merge", merge_states, 0},
		{"cstn_journeys_remove", remove_customers, 0},
		{"cstn_journeys_serialize", journeys_to_bytes, 0},
		{"cstn_journeys_deserialize", journeys_from_bytes, 0},
		{"cstn_journeys_export", export_state, 0},
};
const size_t oom_count_journey = sizeof(oom_cases_journey) / sizeof(oom_cases_journey[0]);
