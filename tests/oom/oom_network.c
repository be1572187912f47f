/* Out of memory in records and networks. */
#include "oom.h"

static void set(cstn_record_builder *builder, const char *field, const char *text)
{
	ck_assert_int_eq(cstn_record_builder_set_text(builder, field, text, strlen(text), NULL),
			CSTN_OK);
}

static cstn_record_builder *good_order(oom *o)
{
	cstn_record_builder *builder = NULL;

	ck_assert_int_eq(cstn_record_builder_new("order", o->allocator, &builder, NULL), CSTN_OK);
	set(builder, "order_id", "O-1");
	set(builder, "order_recorded", "2024-05-01");
	set(builder, "seller", "acme");
	set(builder, "buyer", "bolts");
	set(builder, "ordered", "2024-05-01");
	for (int line = 1; line <= 3; line++) {
		ck_assert_int_eq(cstn_record_builder_add_line(builder, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_record_builder_set_int(builder, "line_number", line, NULL),
				CSTN_OK);
		set(builder, "item_id", "bolt");
		set(builder, "qty", "7");
	}
	return builder;
}

static cstn_status builder_new(oom *o)
{
	cstn_record_builder *builder = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_record_builder_new("order", o->allocator, &builder, &error));
	ck_assert((builder == NULL) == (status != CSTN_OK));
	cstn_record_builder_free(builder);
	return status;
}

static cstn_status builder_set(oom *o)
{
	cstn_record_builder *builder = NULL;
	cstn_status status = CSTN_OK;
	char text[1000];

	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(cstn_record_builder_new("order", o->allocator, &builder, NULL), CSTN_OK);
	oom_arm(o);
	for (int i = 0; i < 100 && status == CSTN_OK; i++)
		OOM_CALL(status, cstn_record_builder_set_text(
						 builder, "channel", text, sizeof(text), &error));
	cstn_record_builder_free(builder);
	return status;
}

static cstn_status builder_lines(oom *o)
{
	cstn_record_builder *builder = NULL;
	cstn_status status = CSTN_OK;

	ck_assert_int_eq(cstn_record_builder_new("order", o->allocator, &builder, NULL), CSTN_OK);
	oom_arm(o);
	for (int i = 0; i < 40 && status == CSTN_OK; i++)
		OOM_CALL(status, cstn_record_builder_add_line(builder, &error));
	cstn_record_builder_free(builder);
	return status;
}

static cstn_status builder_build(oom *o)
{
	cstn_record_builder *builder = good_order(o);
	cstn_record *record = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_record_builder_build(builder, &record, &error));
	ck_assert((record == NULL) == (status != CSTN_OK));
	cstn_record_unref(record);
	cstn_record_builder_free(builder);
	return status;
}

static cstn_status record_format(oom *o)
{
	cstn_record_builder *builder = good_order(o);
	cstn_record *record = NULL;
	cstn_buffer *json = NULL;
	cstn_status status;

	ck_assert_int_eq(cstn_record_builder_build(builder, &record, NULL), CSTN_OK);
	cstn_record_builder_free(builder);
	oom_arm(o);
	OOM_CALL(status, cstn_record_format(record, &json, &error));
	ck_assert((json == NULL) == (status != CSTN_OK));
	cstn_buffer_free(json);
	cstn_record_unref(record);
	return status;
}

const oom_case oom_cases_network[] = {
		{"cstn_record_builder_new", builder_new, 0},
		{"cstn_record_builder_set_text", builder_set, 0},
		{"cstn_record_builder_add_line", builder_lines, 0},
		{"cstn_record_builder_build", builder_build, 0},
		{"cstn_record_format", record_format, 0},
};
const size_t oom_count_network = sizeof(oom_cases_network) / sizeof(oom_cases_network[0]);
