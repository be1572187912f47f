/* Out of memory in schemas. */
#include "oom.h"

static const char columns[] = "order_id int64\n"
			      "promised timestamp null form=\"YYYY-MM-DD hh:mm:ss\" zone=utc\n"
			      "delivered timestamp null missing=\"n/a\" missing=\"-\"\n"
			      "qty int64 null\n";

static cstn_status schema_parse(oom *o)
{
	cstn_schema *schema = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status,
			cstn_schema_parse(columns, strlen(columns), o->allocator, &schema, &error));
	ck_assert((schema == NULL) == (status != CSTN_OK));
	cstn_schema_unref(schema);
	return status;
}

static cstn_status schema_format(oom *o)
{
	cstn_schema *schema = NULL;
	cstn_buffer *text = NULL;
	cstn_status status;

	ck_assert_int_eq(cstn_schema_parse(columns, strlen(columns), o->allocator, &schema, NULL),
			CSTN_OK);
	oom_arm(o);
	OOM_CALL(status, cstn_schema_format(schema, &text, &error));
	ck_assert((text == NULL) == (status != CSTN_OK));
	cstn_buffer_free(text);
	cstn_schema_unref(schema);
	return status;
}

const oom_case oom_cases_table[] = {
		{"cstn_schema_parse", schema_parse, 0, 0},
		{"cstn_schema_format", schema_format, 0, 0},
};
const size_t oom_count_table = sizeof(oom_cases_table) / sizeof(oom_cases_table[0]);
