/* Out of memory in journeys. */
#include "oom.h"

static const char definition_text[] =
		"cstn-journey 1\ngap 10 d\nstep start 0 order\nstep - 1 ship\nstep goal 2 arrive\n";

/* In memory of libc; with `bad`, a row breaks a rule. */
static void events_stream(struct ArrowArrayStream *out, int bad)
{
	csv_rows(out, "customer text\nvalid date\nstep text\nfailed flag null\nsegment text null\n",
			bad ? "customer,valid,step,failed,segment\n"
			      "a,2024-01-01,order,,\na,2024-01-02,orders,,\n"
			    : "customer,valid,step,failed,segment\n"
			      "a,2024-01-03,arrive,,\na,2024-01-01,order,,red\n"
			      "b,2024-01-01,order,true,blue\nb,2024-01-02,ship,,\n");
}

static cstn_journey_definition *definition_of(const cstn_allocator *allocator)
{
	cstn_journey_definition *definition = NULL;

	ck_assert_int_eq(cstn_journey_definition_parse(definition_text, strlen(definition_text),
					 allocator, &definition, NULL),
			CSTN_OK);
	return definition;
}

/* With events, and with settled counts of `rounds` - 1 times the same. */
static cstn_journeys *state_after(const cstn_allocator *allocator, int rounds)
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
	for (i = 0; i < rounds; i++) {
		events_stream(&events, 0);
		ck_assert_int_eq(cstn_journeys_update(state, &events, &options, NULL, NULL),
				CSTN_OK);
		if (i + 1 < rounds)
			ck_assert_int_eq(cstn_journeys_settle(state, &options, NULL), CSTN_OK);
	}
	cstn_journey_definition_unref(definition);
	return state;
}

static cstn_journeys *state_of(const cstn_allocator *allocator)
{
	return state_after(allocator, 2);
}

OOM_MAKE(parse_definition, journey_definition, unref,
		cstn_journey_definition_parse(definition_text, strlen(definition_text),
				o->allocator, &made, &error))
OOM_MAKE_OF(make_state, journeys, free, journey_definition, unref, definition_of(NULL),
		cstn_journeys_new(self, 0, o->allocator, &made, &error))

static cstn_status update_state(oom *o)
{
	int bad = o->which;
	cstn_journeys *state = state_of(o->allocator);
	cstn_row_errors *rows = NULL;
	struct ArrowArrayStream events;
	cstn_status status;

	events_stream(&events, bad);
	oom_arm(o);
	OOM_CALL(status, cstn_journeys_update(state, &events, NULL, &rows, &error));
	ck_assert_ptr_null(events.release);
	oom_unchanged(o, status, &sealed_journeys, state, state_of(NULL));
	return oom_rows(status, rows, bad);
}

static cstn_status settle_state(oom *o)
{
	cstn_journeys_options options = CSTN_JOURNEYS_OPTIONS_INIT;
	cstn_journeys *state = state_of(o->allocator);
	cstn_status status;

	options.threads = 1;
	oom_arm(o);
	OOM_CALL(status, cstn_journeys_settle(state, &options, &error));
	oom_unchanged(o, status, &sealed_journeys, state, state_of(NULL));
	return status;
}

OOM_MERGE(journeys, state_of(o->allocator), state_of(NULL), state_of(NULL))
/* Of events alone: settled ones do not say whose they are. */
OOM_REMOVE(journeys, state_after(o->allocator, 1), state_after(NULL, 1), "customer text\n",
		"customer\na\nz\n")
OOM_BYTES(journeys, state_of(o->allocator), state_of(NULL))

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
	oom_unchanged(o, status, &sealed_journeys, state, state_of(NULL));
	return status;
}

const oom_case oom_cases_journey[] = {
		{"cstn_journey_definition_parse", parse_definition, 0, 0},
		{"cstn_journeys_new", make_state, 0, 0},
		{"cstn_journeys_update", update_state, 0, 0},
		{"cstn_journeys_update", update_state, 0, 1},
		{"cstn_journeys_settle", settle_state, 0, 0},
		{"cstn_journeys_merge", journeys_merge, 0, 0},
		{"cstn_journeys_remove", journeys_remove, 0, 0},
		{"cstn_journeys_serialize", journeys_to_bytes, 0, 0},
		{"cstn_journeys_deserialize", journeys_from_bytes, 0, 0},
		{"cstn_journeys_export", export_state, 0, 0},
};
const size_t oom_count_journey = sizeof(oom_cases_journey) / sizeof(oom_cases_journey[0]);
