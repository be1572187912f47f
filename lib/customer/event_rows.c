/* Rows of events out of a stream's columns, in blocks of 1,024: what relationship stages, journeys
 * and feedback read alike. Rows that break a rule are told, marked bad and left to the caller to
 * pass over. Cost: one pass, O(1) a value. */
#include "customer/event_rows.h"

#include <string.h>

#include <constellation/time.h>

#include "base/error.h"

#define AHEAD 24 /* rows that a customer's slot is asked for ahead */

cstn_status cstn__events_tell(cstn__event_rows *rows, int32_t row, int32_t column, int32_t code,
		const char *text, size_t len)
{
	cstn__word_bit_set(rows->bad, (size_t)row);
	return cstn__row_sink_add(rows->sink, cstn__events_row(rows, row),
			rows->batch->columns[column].field, rows->decls[column].name, code, text,
			len);
}

/* Dates as the midnight they begin with; instants within reach. */
static cstn_status check_times(cstn__event_rows *rows, int32_t column)
{
	int64_t unit = rows->batch->columns[column].type == CSTN_TYPE_DAYS ? CSTN_DAY_US : 1;
	int64_t most = CSTN__STAGE_INSTANT_MAX / unit;
	int32_t i;

	for (i = 0; i < rows->n; i++) {
		int64_t *value = &rows->values[column][i];

		if (*value >= -most && *value <= most)
			*value *= unit;
		else if (cstn__events_tell(rows, i, column, CSTN_ROW_RANGE, NULL, 0) != CSTN_OK)
			return CSTN_E_NOMEM;
	}
	return CSTN_OK;
}

static cstn_status load_columns(cstn__event_rows *rows)
{
	int32_t c;

	memset(rows->bad, 0, sizeof(rows->bad));
	for (c = 0; c < rows->n_columns; c++) {
		const cstn__column *column = &rows->batch->columns[c];
		cstn_status status;

		if (column->physical == CSTN__ABSENT) {
			memset(rows->valid[c], 0, sizeof(rows->valid[c]));
			continue;
		}
		if (cstn__events_is_text(rows, c))
			status = cstn__column_check_text(column, rows->start, rows->n,
					rows->first_row, rows->bad, rows->sink);
		else
			status = cstn__column_read_i64(column, rows->start, rows->n,
					rows->first_row, rows->values[c], rows->valid[c], rows->bad,
					rows->sink);
		if (status == CSTN_OK && rows->times >> c & 1)
			status = check_times(rows, c);
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

cstn_status cstn__events_text(
		cstn__event_rows *rows, int32_t row, int32_t column, const char **text, size_t *len)
{
	size_t n = 0;

	*len = 0;
	if (cstn__column_read_text(&rows->batch->columns[column], rows->start + row, text, &n))
		return CSTN_OK; /* null: told already, or allowed */
	*len = n;
	if (n >= 1 && n <= CSTN__EVENT_TEXT_MAX)
		return CSTN_OK;
	*len = 0;
	return cstn__events_tell(rows, row, column, n ? CSTN_ROW_LENGTH : CSTN_ROW_VALUE, *text,
			n < 128 ? n : 128);
}

cstn_status cstn__events_code(cstn__event_rows *rows, int32_t row, int32_t column,
		cstn__codes *codes, uint32_t *code)
{
	const char *text = NULL;
	size_t len;

	*code = UINT32_MAX;
	if (rows->batch->columns[column].physical == CSTN__ABSENT)
		return CSTN_OK;
	if (!cstn__events_is_text(rows, column)) {
		if (!cstn__word_bit_get(rows->valid[column], (size_t)row))
			return CSTN_OK;
		*code = cstn__codes_number(codes, rows->values[column][row]);
	} else {
		if (cstn__events_text(rows, row, column, &text, &len) != CSTN_OK)
			return CSTN_E_NOMEM;
		if (len == 0 || cstn__events_is_bad(rows, row))
			return CSTN_OK;
		*code = cstn__intern(&codes->texts, text, len);
	}
	return *code == UINT32_MAX ? CSTN_E_NOMEM : CSTN_OK;
}

cstn_status cstn__events_customer(cstn__event_rows *rows, int32_t row, int32_t column,
		cstn__codes *codes, uint32_t *code)
{
	if (!codes->is_text && codes->values.count &&
			rows->values[column][row] == rows->last_number) {
		*code = rows->last_code;
		return CSTN_OK;
	}
	if (!codes->is_text && row + AHEAD < rows->n)
		cstn__i64_map_prefetch(&codes->numbers, rows->values[column][row + AHEAD]);
	if (cstn__events_code(rows, row, column, codes, code) != CSTN_OK)
		return CSTN_E_NOMEM;
	if (*code != UINT32_MAX) {
		rows->last_number = rows->values[column][row];
		rows->last_code = *code;
	}
	return CSTN_OK;
}

/* --- the stream ------------------------------------------------------------------------------- */

typedef struct giving {
	cstn__event_rows *rows;
	cstn__events_body body;
	void *context;
} giving;

static cstn_status read_block(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	const giving *to = context;
	cstn__event_rows *rows = to->rows;

	rows->batch = batch;
	rows->first_row = batch->first_row;
	rows->start = start;
	rows->n = n;
	return load_columns(rows) == CSTN_OK ? to->body(to->context, rows, error)
					     : cstn__fail_nomem(error);
}

cstn_status cstn__event_rows_read(cstn__event_rows *rows, const cstn__bound *bound,
		struct ArrowArrayStream *stream, cstn__events_body body, void *context,
		cstn_error **error)
{
	giving to = {rows, body, context};

	return cstn__bound_each(bound, stream, read_block, &to, rows->progress, error);
}
