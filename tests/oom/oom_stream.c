/* Out of memory in bindings, bound streams and lists of row errors. */
#include "oom.h"

static const char columns[] = "order_id text\n"
			      "promised timestamp null\n"
			      "delivered timestamp null\n"
			      "qty int64 null\n";

static cstn_status binding_new(oom *o)
{
	cstn_binding *binding = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_binding_new(o->allocator, &binding, &error));
	ck_assert((binding == NULL) == (status != CSTN_OK));
	cstn_binding_free(binding);
	return status;
}

static cstn_status set_one(cstn_binding *binding, int which, const char *column, cstn_zone *zone)
{
	cstn_status status;

	switch (which) {
	case 0:
		OOM_CALL(status, cstn_binding_rename(binding, column, "Ordered", &error));
		break;
	case 1:
		OOM_CALL(status, cstn_binding_constant(binding, column, "Air", &error));
		break;
	case 2:
		OOM_CALL(status, cstn_binding_value(binding, column, "DLV", "closed", &error));
		break;
	case 3:
		OOM_CALL(status, cstn_binding_zone(binding, column, zone, &error));
		break;
	case 4:
		OOM_CALL(status, cstn_binding_scale(binding, column, 3, &error));
		break;
	case 5:
		OOM_CALL(status, cstn_binding_form(binding, column, "DD.MM.YYYY", &error));
		break;
	default:
		OOM_CALL(status, cstn_binding_cast(binding, column, CSTN_CAST_TEXT, &error));
		break;
	}
	return status;
}

/* Each setter alone, for so many columns that every table in the binding grows. */
static cstn_status binding_set(oom *o, int which)
{
	cstn_binding *binding = NULL;
	cstn_zone *zone = NULL;
	cstn_status status = CSTN_OK;
	char column[200];
	int i;

	ck_assert_int_eq(cstn_binding_new(o->allocator, &binding, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_zone_fixed(0, NULL, &zone, NULL), CSTN_OK);
	memset(column, 'c', sizeof(column));
	column[sizeof(column) - 1] = 0;
	oom_arm(o);
	for (i = 0; i < 100 && status == CSTN_OK; i++) {
		column[0] = (char)('a' + i / 10);
		column[1] = (char)('a' + i % 10);
		status = set_one(binding, which, column, zone);
	}
	cstn_binding_free(binding);
	cstn_zone_unref(zone);
	return status;
}

static cstn_status binding_rename(oom *o)
{
	return binding_set(o, 0);
}

static cstn_status binding_constant(oom *o)
{
	return binding_set(o, 1);
}

static cstn_status binding_value(oom *o)
{
	return binding_set(o, 2);
}

static cstn_status binding_zone(oom *o)
{
	return binding_set(o, 3);
}

static cstn_status binding_scale(oom *o)
{
	return binding_set(o, 4);
}

static cstn_status binding_form(oom *o)
{
	return binding_set(o, 5);
}

static cstn_status binding_cast(oom *o)
{
	return binding_set(o, 6);
}

static cstn_schema *plain_schema(void)
{
	cstn_schema *schema = NULL;

	ck_assert_int_eq(cstn_schema_parse(columns, strlen(columns), NULL, &schema, NULL), CSTN_OK);
	return schema;
}

/* Bind text columns, read all, list what was bad, export the list. */
static cstn_status bind(oom *o)
{
	cstn_schema *schema = plain_schema();
	cstn_binding *binding = NULL;
	cstn_row_errors *bad = NULL;
	struct ArrowArrayStream in, out, listed;
	cstn_status status;

	ck_assert_int_eq(cstn_binding_new(NULL, &binding, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_cast(binding, NULL, CSTN_CAST_TEXT, NULL), CSTN_OK);
	oom_lines(&in, 1, 1);
	memset(&out, 0, sizeof(out));
	memset(&listed, 0, sizeof(listed));
	oom_arm(o);
	OOM_CALL(status, cstn_stream_bind(&in, schema, binding, o->allocator, &out, &bad, &error));
	ck_assert_ptr_null(in.release);
	ck_assert((out.release == NULL) == (status != CSTN_OK));
	ck_assert(status == CSTN_OK || bad == NULL);
	if (status == CSTN_OK)
		status = oom_drain(&out);
	if (status == CSTN_OK) {
		OOM_CALL(status, cstn_row_errors_export(bad, &listed, &error));
		ck_assert((listed.release == NULL) == (status != CSTN_OK));
	}
	cstn_row_errors_free(bad);
	if (listed.release != NULL)
		status = oom_drain(&listed);
	cstn_binding_free(binding);
	cstn_schema_unref(schema);
	return status;
}

const oom_case oom_cases_stream[] = {
		{"cstn_binding_new", binding_new, 0, 0},
		{"cstn_binding_rename", binding_rename, 0, 0},
		{"cstn_binding_constant", binding_constant, 0, 0},
		{"cstn_binding_value", binding_value, 0, 0},
		{"cstn_binding_zone", binding_zone, 0, 0},
		{"cstn_binding_scale", binding_scale, 0, 0},
		{"cstn_binding_form", binding_form, 0, 0},
		{"cstn_binding_cast", binding_cast, 0, 0},
		/* At its end a stream has begun a batch that does not come: to fail there is
		   harmless. */
		{"cstn_stream_bind cstn_row_errors_export", bind, 1, 0},
};
const size_t oom_count_stream = sizeof(oom_cases_stream) / sizeof(oom_cases_stream[0]);
