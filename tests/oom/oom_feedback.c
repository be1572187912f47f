/* Out of memory in sets of interactions and the feedback tables. */
#include "oom.h"

#include "../unit/csv_rows.h"

/* In memory of libc. */
static void rows_stream(struct ArrowArrayStream *out, const char *rows)
{
	static const char schema_text[] =
			"event_id int64\ncustomer text\nkind text\nvalid date\norder_id text null\n"
			"reason text null\nnumber int64 null\ncarrier text null\n";
	static const char header[] =
			"event_id,customer,kind,valid,order_id,reason,number,carrier\n";
	char text[512];
	cstn_schema *schema = NULL;
	cstn_csv_reader *reader = NULL;

	ck_assert_uint_lt(strlen(header) + strlen(rows), sizeof(text));
	strcpy(text, header);
	strcat(text, rows);
	ck_assert_int_eq(cstn_schema_parse(schema_text, strlen(schema_text), NULL, &schema, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_open_bytes((const uint8_t *)text, strlen(text), schema,
					 NULL, NULL, &reader, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_export(reader, out, NULL), CSTN_OK);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
}

#define FIRST                                                                        \
	"1,a,COMPLAINT,2024-01-01,O1,late,,DHL\n2,b,NPS_ANSWER,2024-01-02,,,9,UPS\n" \
	"3,a,PLAN_PROMISED,2024-01-03,,late,,\n4,a,ORDER_PERFECT,2024-01-04,O2,,,\n"
#define SECOND \
	"5,c,RETURN_FAULT,2024-01-05,O3,damaged,,GLS\n1,a,COMPLAINT,2024-01-01,O1,late,,DHL\n"
#define WRONG "6,d,ORDERS,2024-01-05,,,,\n"

static cstn_interactions *set_of(const cstn_allocator *allocator, const char *rows)
{
	cstn_interactions *set = NULL;
	struct ArrowArrayStream stream;

	ck_assert_int_eq(cstn_interactions_new(allocator, &set, NULL), CSTN_OK);
	rows_stream(&stream, rows);
	ck_assert_int_eq(cstn_interactions_update(set, &stream, NULL, NULL, NULL), CSTN_OK);
	return set;
}

/* Out of memory, `set` is what set_of(FIRST) gives. */
static void check_unchanged(oom *o, cstn_status status, const cstn_interactions *set)
{
	cstn_interactions *fresh;
	cstn_buffer *before = NULL, *after = NULL;

	oom_disarm(o);
	if (status != CSTN_E_NOMEM)
		return;
	fresh = set_of(NULL, FIRST);
	ck_assert_int_eq(cstn_interactions_serialize(fresh, &before, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_interactions_serialize(set, &after, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_buffer_size(after), cstn_buffer_size(before));
	ck_assert_mem_eq(cstn_buffer_data(after), cstn_buffer_data(before),
			cstn_buffer_size(before));
	cstn_buffer_free(before);
	cstn_buffer_free(after);
	cstn_interactions_free(fresh);
}

static cstn_status make_set(oom *o)
{
	cstn_interactions *set = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_interactions_new(o->allocator, &set, &error));
	ck_assert_int_eq(set == NULL, status != CSTN_OK);
	cstn_interactions_free(set);
	return status;
}

static cstn_status remove_customers(oom *o)
{
	cstn_interactions *set = set_of(o->allocator, FIRST);
	struct ArrowArrayStream who;
	cstn_status status;

	csv_rows(&who, "customer text\n", "customer\na\nz\n");
	oom_arm(o);
	OOM_CALL(status, cstn_interactions_remove(set, &who, &error));
	ck_assert_ptr_null(who.release);
	check_unchanged(o, status, set);
	cstn_interactions_free(set);
	return status;
}

static cstn_status update_set(oom *o, const char *text, int bad)
{
	cstn_interactions *set = set_of(o->allocator, FIRST);
	cstn_row_errors *rows = NULL;
	struct ArrowArrayStream stream;
	cstn_status status;

	rows_stream(&stream, text);
	oom_arm(o);
	OOM_CALL(status, cstn_interactions_update(set, &stream, NULL, &rows, &error));
	ck_assert_ptr_null(stream.release);
	if (bad && status == CSTN_E_ROWS)
		status = CSTN_OK;
	ck_assert_int_eq(rows != NULL, bad && status == CSTN_OK);
	check_unchanged(o, status, set);
	cstn_row_errors_free(rows);
	cstn_interactions_free(set);
	return status;
}

static cstn_status update_good(oom *o)
{
	return update_set(o, SECOND, 0);
}

static cstn_status update_bad(oom *o)
{
	return update_set(o, SECOND WRONG, 1);
}

static cstn_status merge_sets(oom *o)
{
	cstn_interactions *into = set_of(o->allocator, FIRST), *from = set_of(NULL, SECOND);
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_interactions_merge(into, from, &error));
	check_unchanged(o, status, into);
	cstn_interactions_free(into);
	cstn_interactions_free(from);
	return status;
}

OOM_BYTES(interactions, free, set_of(o->allocator, FIRST), set_of(NULL, FIRST))

static cstn_status make_table(oom *o, int32_t table)
{
	cstn_feedback_options options = CSTN_FEEDBACK_OPTIONS_INIT;
	cstn_interactions *set = set_of(o->allocator, FIRST);
	struct ArrowArrayStream stream;
	cstn_status status;

	options.until_us = 20000 * CSTN_DAY_US;
	oom_arm(o);
	OOM_CALL(status, cstn_feedback_table(set, table, &options, &stream, &error));
	if (status == CSTN_OK)
		status = oom_drain(&stream);
	check_unchanged(o, status, set);
	cstn_interactions_free(set);
	return status;
}

static cstn_status table_promoters(oom *o)
{
	return make_table(o, CSTN_TABLE_FEEDBACK_NET_PROMOTER);
}

static cstn_status table_reasons(oom *o)
{
	return make_table(o, CSTN_TABLE_FEEDBACK_REASONS);
}

static cstn_status table_orders(oom *o)
{
	return make_table(o, CSTN_TABLE_FEEDBACK_ORDERS);
}

static cstn_status table_effect(oom *o)
{
	return make_table(o, CSTN_TABLE_FEEDBACK_EFFECT);
}

const oom_case oom_cases_feedback[] = {
		{"cstn_interactions_new", make_set, 0},
		{"cstn_interactions_update", update_good, 0},
		{"cstn_interactions_update", update_bad, 0},
		{"cstn_interactions_merge", merge_sets, 0},
		{"cstn_interactions_remove", remove_customers, 0},
		{"cstn_interactions_serialize", interactions_to_bytes, 0},
		{"cstn_interactions_deserialize", interactions_from_bytes, 0},
		{"cstn_feedback_table", table_promoters, 0},
		{"cstn_feedback_table", table_reasons, 0},
		{"cstn_feedback_table", table_orders, 0},
		{"cstn_feedback_table", table_effect, 0},
};
const size_t oom_count_feedback = sizeof(oom_cases_feedback) / sizeof(oom_cases_feedback[0]);
