/* The series of a global ridge lie on two machines. What all of them sold a day is added up first;
 * a state begun with that goes to both as bytes, each adds its series, and what comes back is
 * merged: the model of one fit of all, byte by byte. */
#include "example_rows.h"

#include <stdio.h>
#include <string.h>

#define DAYS 182
#define ITEMS 4

static const char *const items[ITEMS] = {"bread", "cake", "soap", "brush"};
static const int week[] = {10, 9, 9, 10, 13, 17, 4};

static int sold(int item, int day)
{
	return week[day % 7] * (item + 1) + day * item % 3;
}

/* Rows of the items from `first` to `end`. */
static cstn_status open_items(int first, int end, struct ArrowArrayStream *rows, cstn_error **error)
{
	static char text[ITEMS * DAYS * 24 + 64];
	size_t used = (size_t)snprintf(text, sizeof(text), "unique_id,ds,y,dept\n");
	int item, day;

	for (item = first; item < end; item++)
		for (day = 0; day < DAYS; day++)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s,%d,%d,%s\n",
					items[item], day, sold(item, day),
					item < 2 ? "food" : "home");
	return rows_open("unique_id text\nds int64\ny int64\ndept text\n", text, rows, error);
}

/* What a query gives: select dept, ds, sum(y) as y group by dept, ds. */
static cstn_status open_totals(struct ArrowArrayStream *rows, cstn_error **error)
{
	static char text[2 * DAYS * 24 + 64];
	size_t used = (size_t)snprintf(text, sizeof(text), "dept,ds,y\n");
	int day;

	for (day = 0; day < DAYS; day++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
				"food,%d,%d\nhome,%d,%d\n", day, sold(0, day) + sold(1, day), day,
				sold(2, day) + sold(3, day));
	return rows_open("dept text\nds int64\ny int64\n", text, rows, error);
}

static cstn_status begin(
		const cstn_demand_global_options *options, cstn_buffer **out, cstn_error **error)
{
	struct ArrowArrayStream totals;
	cstn_demand_global_state *begun = NULL;
	cstn_status status = open_totals(&totals, error);

	/* [totals] */
	if (status == CSTN_OK)
		status = cstn_demand_global_state_new(&totals, options, NULL, &begun, NULL, error);
	if (status == CSTN_OK)
		status = cstn_demand_global_state_serialize(begun, out, error);
	/* [totals] */
	cstn_demand_global_state_free(begun);
	return status;
}

/* What a machine does with its items: bytes in, bytes out. */
static cstn_status add_part(
		const cstn_buffer *begun, int first, int end, cstn_buffer **out, cstn_error **error)
{
	cstn_demand_global_state *state = NULL;
	struct ArrowArrayStream rows;
	cstn_status status = open_items(first, end, &rows, error);

	if (status != CSTN_OK)
		return status;
	/* [part] */
	status = cstn_demand_global_state_deserialize(
			cstn_buffer_data(begun), cstn_buffer_size(begun), NULL, &state, error);
	if (status == CSTN_OK)
		status = cstn_demand_global_state_update(state, &rows, NULL, NULL, error);
	if (status == CSTN_OK)
		status = cstn_demand_global_state_serialize(state, out, error);
	/* [part] */
	cstn_demand_global_state_free(state);
	if (rows.release)
		rows.release(&rows);
	return status;
}

/* [merge] */
static cstn_status conclude(
		cstn_buffer *const *parts, size_t n, cstn_demand_global **out, cstn_error **error)
{
	cstn_demand_global_state *all = NULL, *part = NULL;
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; i < n && status == CSTN_OK; i++) {
		status = cstn_demand_global_state_deserialize(cstn_buffer_data(parts[i]),
				cstn_buffer_size(parts[i]), NULL, i ? &part : &all, error);
		if (status == CSTN_OK && i)
			status = cstn_demand_global_state_merge(all, part, error);
		cstn_demand_global_state_free(part);
		part = NULL;
	}
	if (status == CSTN_OK)
		status = cstn_demand_global_state_finish(all, out, error);
	cstn_demand_global_state_free(all);
	return status;
}
/* [merge] */

/* Whether one fit of all rows has the same bytes. */
static cstn_status compare(const cstn_demand_global *model,
		const cstn_demand_global_options *options, cstn_error **error)
{
	cstn_demand_global *whole = NULL;
	cstn_buffer *a = NULL, *b = NULL;
	struct ArrowArrayStream rows;
	cstn_status status = open_items(0, ITEMS, &rows, error);

	if (status == CSTN_OK)
		status = cstn_demand_global_fit(&rows, options, NULL, &whole, NULL, error);
	if (status == CSTN_OK)
		status = cstn_demand_global_serialize(whole, &a, error);
	if (status == CSTN_OK)
		status = cstn_demand_global_serialize(model, &b, error);
	if (status == CSTN_OK)
		printf("the same bytes as one fit: %s\n",
				cstn_buffer_size(a) == cstn_buffer_size(b) &&
								!memcmp(cstn_buffer_data(a),
										cstn_buffer_data(b),
										cstn_buffer_size(a))
						? "yes"
						: "no");
	cstn_buffer_free(a);
	cstn_buffer_free(b);
	cstn_demand_global_unref(whole);
	return status;
}

int main(void)
{
	cstn_demand_global_options options = CSTN_DEMAND_GLOBAL_OPTIONS_INIT;
	cstn_buffer *begun = NULL, *parts[2] = {NULL, NULL};
	cstn_demand_global *model = NULL;
	struct ArrowArrayStream rows, ahead;
	cstn_error *error = NULL;
	cstn_status status;

	options.pool = "dept";
	options.season = 7;
	options.horizon = 7;
	options.origins = 10;
	status = begin(&options, &begun, &error);
	if (status == CSTN_OK)
		status = add_part(begun, 0, 3, &parts[0], &error);
	if (status == CSTN_OK)
		status = add_part(begun, 3, ITEMS, &parts[1], &error);
	if (status == CSTN_OK)
		status = conclude(parts, 2, &model, &error);
	if (status == CSTN_OK)
		status = compare(model, &options, &error);
	if (status == CSTN_OK)
		status = open_items(3, ITEMS, &rows, &error);
	if (status == CSTN_OK)
		status = cstn_demand_global_forecast(model, &rows, NULL, &ahead, NULL, &error);
	cstn_buffer_free(begun);
	cstn_buffer_free(parts[0]);
	cstn_buffer_free(parts[1]);
	cstn_demand_global_unref(model);
	if (status == CSTN_OK)
		status = rows_print(&ahead, &error);
	return rows_end(status, error);
}
