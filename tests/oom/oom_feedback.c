/* Out of memory in sets of interactions and the feedback tables. */
#include "oom.h"

#define SCHEMA                                                                                   \
	"event_id int64\ncustomer text\nkind text\nvalid date\norder_id text null\nreason text " \
	"null\nnumber int64 null\ncarrier text null\n"
#define HEADER "event_id,customer,kind,valid,order_id,reason,number,carrier\n"
#define FIRST                                                                        \
	HEADER                                                                       \
	"1,a,COMPLAINT,2024-01-01,O1,late,,DHL\n2,b,NPS_ANSWER,2024-01-02,,,9,UPS\n" \
	"3,a,PLAN_PROMISED,2024-01-03,,late,,\n4,a,ORDER_PERFECT,2024-01-04,O2,,,\n"
#define SECOND_ROWS \
	"5,c,RETURN_FAULT,2024-01-05,O3,damaged,,GLS\n1,a,COMPLAINT,2024-01-01,O1,late,,DHL\n"
#define SECOND HEADER SECOND_ROWS
#define WRONG HEADER SECOND_ROWS "6,d,ORDERS,2024-01-05,,,,\n"

static cstn_interactions *set_of(const cstn_allocator *allocator, const char *rows)
{
	cstn_interactions *set = NULL;
	struct ArrowArrayStream stream;

	ck_assert_int_eq(cstn_interactions_new(allocator, &set, NULL), CSTN_OK);
	csv_rows(&stream, SCHEMA, rows);
	ck_assert_int_eq(cstn_interactions_update(set, &stream, NULL, NULL, NULL), CSTN_OK);
	return set;
}

OOM_MAKE(make_set, interactions, free, cstn_interactions_new(o->allocator, &made, &error))

static cstn_status update_set(oom *o)
{
	int bad = o->which;
	cstn_interactions *set = set_of(o->allocator, FIRST);
	cstn_row_errors *rows = NULL;
	struct ArrowArrayStream stream;
	cstn_status status;

	csv_rows(&stream, SCHEMA, bad ? WRONG : SECOND);
	oom_arm(o);
	OOM_CALL(status, cstn_interactions_update(set, &stream, NULL, &rows, &error));
	ck_assert_ptr_null(stream.release);
	oom_unchanged(o, status, &sealed_interactions, set, set_of(NULL, FIRST));
	return oom_rows(status, rows, bad);
}

OOM_MERGE(interactions, set_of(o->allocator, FIRST), set_of(NULL, SECOND), set_of(NULL, FIRST))
OOM_REMOVE(interactions, set_of(o->allocator, FIRST), set_of(NULL, FIRST), "customer text\n",
		"customer\na\nz\n")
OOM_BYTES(interactions, set_of(o->allocator, FIRST), set_of(NULL, FIRST))

static cstn_status make_table(oom *o)
{
	cstn_feedback_options options = CSTN_FEEDBACK_OPTIONS_INIT;
	cstn_interactions *set = set_of(o->allocator, FIRST);
	struct ArrowArrayStream stream;
	cstn_status status;

	options.until_us = 20000 * CSTN_DAY_US;
	oom_arm(o);
	OOM_CALL(status, cstn_feedback_table(set, o->which, &options, &stream, &error));
	if (status == CSTN_OK)
		status = oom_drain(&stream);
	oom_unchanged(o, status, &sealed_interactions, set, set_of(NULL, FIRST));
	return status;
}

const oom_case oom_cases_feedback[] = {
		{"cstn_interactions_new", make_set, 0, 0},
		{"cstn_interactions_update", update_set, 0, 0},
		{"cstn_interactions_update", update_set, 0, 1},
		{"cstn_interactions_merge", interactions_merge, 0, 0},
		{"cstn_interactions_remove", interactions_remove, 0, 0},
		{"cstn_interactions_serialize", interactions_to_bytes, 0, 0},
		{"cstn_interactions_deserialize", interactions_from_bytes, 0, 0},
		{"cstn_feedback_table", make_table, 0, CSTN_TABLE_FEEDBACK_NET_PROMOTER},
		{"cstn_feedback_table", make_table, 0, CSTN_TABLE_FEEDBACK_REASONS},
		{"cstn_feedback_table", make_table, 0, CSTN_TABLE_FEEDBACK_ORDERS},
		{"cstn_feedback_table", make_table, 0, CSTN_TABLE_FEEDBACK_EFFECT},
};
const size_t oom_count_feedback = sizeof(oom_cases_feedback) / sizeof(oom_cases_feedback[0]);
