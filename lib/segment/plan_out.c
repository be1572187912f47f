/* What leaves a plan: rows, tables, JSON and CSV, the digest.
 *
 * One table of columns serves all forms. The JSON is written once, when the plan is made: its
 * member "plan" has no white space and a fixed order of members, nulls are left out, and numbers
 * are the shortest that read back to the same; its SHA-256 is the digest. */
#include <math.h>

#include <constellation/csv.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "segment/plan.h"
#include "table/export.h"

static const char *const reason_names[] = {"no_evidence", "partial_evidence", "no_effect",
		"negative_effect", "no_underage", "no_fill_rate", "stage_raised", "no_value",
		"no_lead_time", "menu_gap"};

size_t cstn__plan_reason_text(uint32_t reasons, char text[256])
{
	size_t len = 0, i, n;

	for (i = 0; i < sizeof(reason_names) / sizeof(*reason_names); i++) {
		if (!(reasons >> i & 1))
			continue;
		if (len)
			text[len++] = '|';
		n = strlen(reason_names[i]);
		memcpy(text + len, reason_names[i], n);
		len += n;
	}
	text[len] = '\0';
	return len;
}

/* --- rows --------------------------------------------------------------------------------------
 */

size_t cstn_service_plan_count(const cstn_service_plan *plan)
{
	return plan ? plan->n : 0;
}

const char *cstn_service_plan_digest_text(const cstn_service_plan *plan)
{
	return plan ? plan->digest : "";
}

static double real_of(const cstn__plan_cell *row, int field)
{
	return row[field].valid ? row[field].real : NAN;
}

static int64_t number_of(const cstn__plan_cell *row, int field)
{
	return row[field].valid ? row[field].number : -1;
}

cstn_status cstn_service_plan_at(const cstn_service_plan *plan, size_t index,
		cstn_service_plan_row *out, cstn_error **error)
{
	cstn_service_plan_row full = CSTN_SERVICE_PLAN_ROW_INIT;
	const cstn__plan_cell *row;

	if (!plan || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				plan ? "out" : "plan");
	if (index >= plan->n)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "segment %zu of %zu", index,
				plan->n);
	row = cstn__plan_at(plan, index);
	full.reasons = plan->reasons[index];
	full.tier = (int32_t)number_of(row, CSTN__PLAN_TIER);
	full.protected_ppm = (int32_t)number_of(row, CSTN__PLAN_PROTECTED);
	full.lead_time_days = number_of(row, CSTN__PLAN_LEAD_TIME_DAYS);
	full.lead_time_ppm = number_of(row, CSTN__PLAN_LEAD_TIME_PPM);
	full.repeat_difference = real_of(row, CSTN__PLAN_REPEAT_DIFFERENCE);
	full.repeat_low = real_of(row, CSTN__PLAN_REPEAT_LOW);
	full.repeat_high = real_of(row, CSTN__PLAN_REPEAT_HIGH);
	full.failure_value = real_of(row, CSTN__PLAN_FAILURE_VALUE);
	full.underage = real_of(row, CSTN__PLAN_UNDERAGE);
	full.overage = real_of(row, CSTN__PLAN_OVERAGE);
	full.service_level = real_of(row, CSTN__PLAN_SERVICE_LEVEL);
	full.fill_rate = real_of(row, CSTN__PLAN_FILL_RATE);
	full.segment = row[CSTN__PLAN_SEGMENT].text;
	full.option = row[CSTN__PLAN_MENU_OPTION].text ? row[CSTN__PLAN_MENU_OPTION].text : "";
	return cstn__output_write(
			&full, sizeof(full), sizeof(full), "cstn_service_plan_row", out, error);
}

/* --- JSON --------------------------------------------------------------------------------------
 */

static void put_string(cstn__bytes *out, const char *text, size_t len)
{
	size_t i;

	cstn__bytes_put_text(out, "\"");
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\')
			cstn__bytes_put_format(out, "\\%c", c);
		else if (c < 0x20)
			cstn__bytes_put_format(out, "\\u%04x", c);
		else
			cstn__bytes_put(out, &c, 1);
	}
	cstn__bytes_put_text(out, "\"");
}

static void put_real(cstn__bytes *out, double value)
{
	char text[32];

	cstn__bytes_put(out, text, cstn__format_double(value, text));
}

static void put_options(cstn__bytes *out, const cstn_service_plan_options *is)
{
	int i;

	cstn__bytes_put_format(out,
			"{\"options\":{\"confidence_ppm\":%d,\"raise_by_stage\":%s,\"min_cell\":%"
			"lld,"
			"\"max_nodes\":%lld,\"tier_cut_ppm\":[%d,%d,%d],"
			"\"protected_ppm\":[%d,%d,%d,%d],\"capacity\":[",
			is->confidence_ppm,
			is->flags & CSTN_SERVICE_PLAN_NO_RAISE ? "false" : "true",
			(long long)is->min_cell, (long long)is->max_nodes, is->tier_cut_ppm[0],
			is->tier_cut_ppm[1], is->tier_cut_ppm[2], is->protected_ppm[0],
			is->protected_ppm[1], is->protected_ppm[2], is->protected_ppm[3]);
	for (i = 0; i < is->n_capacities; i++)
		cstn__bytes_put_format(out, "%s%lld", i ? "," : "", (long long)is->capacity[i]);
	cstn__bytes_put_text(out, "]}");
}

static void put_row(cstn__bytes *out, const cstn__plan_cell *row)
{
	const char *between = "{";
	int i;

	for (i = 0; i < CSTN__PLAN_FIELDS; i++) {
		if (!row[i].valid)
			continue;
		cstn__bytes_put_format(out, "%s\"%s\":", between, cstn__plan_columns[i].name);
		between = ",";
		if (cstn__plan_columns[i].type == CSTN_TYPE_TEXT)
			put_string(out, row[i].text, row[i].len);
		else if (cstn__plan_columns[i].type == CSTN_TYPE_DOUBLE)
			put_real(out, row[i].real);
		else
			cstn__bytes_put_format(out, "%lld", (long long)row[i].number);
	}
	cstn__bytes_put_text(out, "}");
}

cstn_status cstn__plan_write_json(cstn_service_plan *plan, cstn_error **error)
{
	cstn__bytes *out = &plan->json;
	uint8_t digest[32];
	size_t i;
	int k;

	put_options(out, &plan->options);
	cstn__bytes_put_text(out, ",\"segments\":[");
	for (i = 0; i < plan->n; i++) {
		cstn__bytes_put_text(out, i ? "," : "");
		put_row(out, cstn__plan_at(plan, i));
	}
	cstn__bytes_put_text(out, "]");
	if (plan->has_menu) {
		cstn__bytes_put_format(out,
				",\"menu\":{\"value\":%lld,\"bound\":%lld,\"gap\":%lld},"
				"\"capacities\":[",
				(long long)plan->menu.value, (long long)plan->menu.bound,
				(long long)(plan->menu.bound - plan->menu.value));
		for (k = 0; k < plan->options.n_capacities; k++) {
			cstn__bytes_put_format(out,
					"%s{\"available\":%lld,\"used\":%lld,\"shadow_price\":",
					k ? "," : "", (long long)plan->options.capacity[k],
					(long long)plan->menu.used[k]);
			put_real(out, plan->menu.price[k]);
			cstn__bytes_put_text(out, "}");
		}
		cstn__bytes_put_text(out, "]");
	}
	cstn__bytes_put_text(out, "}");
	if (out->failed)
		return cstn__fail_nomem(error);
	cstn__sha256(out->data, out->size, digest);
	cstn__hex(digest, sizeof(digest), plan->digest);
	return CSTN_OK;
}

cstn_status cstn_service_plan_format(
		const cstn_service_plan *plan, int32_t form, cstn_buffer **out, cstn_error **error)
{
	struct ArrowArrayStream rows;
	cstn__bytes text;
	cstn_status status;

	if (!plan || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				plan ? "out" : "plan");
	if (form == CSTN_PLAN_FORM_CSV) {
		status = cstn_service_plan_export(plan, CSTN_PLAN_TABLE_SEGMENTS, &rows, error);
		if (status == CSTN_OK)
			status = cstn_csv_write_bytes(&rows, NULL, &plan->allocator, out, error);
		return status;
	}
	if (form != CSTN_PLAN_FORM_JSON)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "there is no form %d", form);
	cstn__bytes_init(&text, &plan->allocator);
	cstn__bytes_put_format(&text, "{\"digest\":\"%s\",\"plan\":", plan->digest);
	cstn__bytes_put(&text, plan->json.data, plan->json.size);
	cstn__bytes_put_text(&text, "}\n");
	return cstn__bytes_to_buffer(&text, out, error);
}

/* --- tables ------------------------------------------------------------------------------------
 */

static void put_cell(
		cstn__table_builder *table, int32_t column, int field, const cstn__plan_cell *cell)
{
	if (!cell->valid)
		cstn__table_put_null(table, column);
	else if (cstn__plan_columns[field].type == CSTN_TYPE_TEXT)
		cstn__table_put_text(table, column, cell->text, cell->len);
	else if (cstn__plan_columns[field].type == CSTN_TYPE_DOUBLE)
		cstn__table_put_f64(table, column, cell->real);
	else
		cstn__table_put_i64(table, column, cell->number);
}

static void declare_fields(cstn__table_builder *table, const uint8_t *fields, int n)
{
	int i;

	for (i = 0; i < n; i++)
		cstn__table_add_column(table, cstn__plan_columns[fields[i]].name,
				cstn__plan_columns[fields[i]].type, 0,
				!cstn__plan_columns[fields[i]].required);
}

static void put_fields(cstn__table_builder *table, const cstn_service_plan *plan,
		const uint8_t *fields, int n, int64_t floor)
{
	size_t row;
	int i;

	for (row = 0; row < plan->n; row++) {
		const cstn__plan_cell *cells = cstn__plan_at(plan, row);

		for (i = 0; i < n && cells[CSTN__PLAN_CUSTOMERS].number >= floor; i++)
			put_cell(table, i, fields[i], &cells[fields[i]]);
	}
}

static void put_segments(cstn__table_builder *table, const cstn_service_plan *plan)
{
	uint8_t fields[CSTN__PLAN_FIELDS];
	int32_t digest;
	size_t row;
	int i;

	for (i = 0; i < CSTN__PLAN_FIELDS; i++)
		fields[i] = (uint8_t)i;
	declare_fields(table, fields, CSTN__PLAN_FIELDS);
	digest = cstn__table_add_column(table, "digest", CSTN_TYPE_TEXT, 0, 0);
	put_fields(table, plan, fields, CSTN__PLAN_FIELDS, 0);
	for (row = 0; row < plan->n; row++)
		cstn__table_put_text(table, digest, plan->digest, 64);
}

static void put_capacities(cstn__table_builder *table, const cstn_service_plan *plan)
{
	int k, n = plan->has_menu ? plan->options.n_capacities : 0, least = plan->has_menu && !n;

	cstn__table_add_column(table, "capacity", CSTN_TYPE_INT32, 0, 0);
	cstn__table_add_column(table, "available", CSTN_TYPE_INT64, 0, 1);
	cstn__table_add_column(table, "used", CSTN_TYPE_INT64, 0, 1);
	cstn__table_add_column(table, "shadow_price", CSTN_TYPE_DOUBLE, 0, 1);
	cstn__table_add_column(table, "menu_value", CSTN_TYPE_INT64, 0, 0);
	cstn__table_add_column(table, "menu_bound", CSTN_TYPE_INT64, 0, 0);
	cstn__table_add_column(table, "menu_gap", CSTN_TYPE_INT64, 0, 0);
	cstn__table_add_column(table, "menu_nodes", CSTN_TYPE_INT64, 0, 0);
	for (k = 0; k < n + least; k++) {
		cstn__table_put_i64(table, 0, least ? 0 : k + 1);
		if (least) {
			cstn__table_put_null(table, 1);
			cstn__table_put_null(table, 2);
			cstn__table_put_null(table, 3);
		} else {
			cstn__table_put_i64(table, 1, plan->options.capacity[k]);
			cstn__table_put_i64(table, 2, plan->menu.used[k]);
			cstn__table_put_f64(table, 3, plan->menu.price[k]);
		}
		cstn__table_put_i64(table, 4, plan->menu.value);
		cstn__table_put_i64(table, 5, plan->menu.bound);
		cstn__table_put_i64(table, 6, plan->menu.bound - plan->menu.value);
		cstn__table_put_i64(table, 7, plan->menu.nodes);
	}
}

cstn_status cstn_service_plan_export(const cstn_service_plan *plan, int32_t table,
		struct ArrowArrayStream *out, cstn_error **error)
{
	static const uint8_t shared[] = {CSTN__PLAN_SEGMENT, CSTN__PLAN_CUSTOMERS,
			CSTN__PLAN_SERVICE_LEVEL, CSTN__PLAN_FILL_RATE, CSTN__PLAN_TIER,
			CSTN__PLAN_LEAD_TIME_DAYS, CSTN__PLAN_LEAD_TIME_PPM,
			CSTN__PLAN_MENU_OPTION};
	cstn__table_builder *builder = NULL;
	cstn_status status;

	if (!plan || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				plan ? "out" : "plan");
	if (table < CSTN_PLAN_TABLE_SEGMENTS || table > CSTN_PLAN_TABLE_SHARED)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "there is no table %d", table);
	status = cstn__table_builder_new(&plan->allocator, &builder, error);
	if (status != CSTN_OK)
		return status;
	if (table == CSTN_PLAN_TABLE_SEGMENTS)
		put_segments(builder, plan);
	else if (table == CSTN_PLAN_TABLE_CAPACITIES)
		put_capacities(builder, plan);
	else {
		declare_fields(builder, shared, (int)sizeof(shared));
		put_fields(builder, plan, shared, (int)sizeof(shared), plan->options.min_cell);
	}
	return cstn__table_export(builder, out, error);
}
