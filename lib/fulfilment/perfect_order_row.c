/* One line by itself: its columns become a record, which is judged by the definition. Cost: about
 * 60 ns a line. */
#include <string.h>

#include <constellation/decimal.h>

#include "base/civil.h"
#include "base/error.h"
#include "fulfilment/perfect_order_update.h"

static int read_value(const cstn__worker *worker, int column, int64_t row, int64_t *out)
{
	const cstn__source *source = &worker->sources[column];

	if (worker->plan->at[column] < 0 || !cstn__source_valid(source, row))
		return 0;
	*out = cstn__source_value(source, row);
	return 1;
}

/* A time; CSTN_ROW_RANGE for a date that is no instant. */
static int32_t read_time(const cstn__worker *worker, int column, int64_t row, int64_t *out)
{
	const cstn__source *source = &worker->sources[column];

	if (worker->plan->at[column] < 0 || !cstn__source_valid(source, row))
		return 0;
	if (source->scale != 1 && (cstn__raw_value(source, row) > CSTN__DAYS_LIMIT ||
						  cstn__raw_value(source, row) < -CSTN__DAYS_LIMIT))
		return CSTN_ROW_RANGE;
	*out = cstn__source_value(source, row);
	return 0;
}

static void read_i32(const cstn__worker *worker, int column, int64_t row, int32_t *out)
{
	int64_t value;

	if (read_value(worker, column, row, &value))
		*out = value > INT32_MAX   ? INT32_MAX
		       : value < INT32_MIN ? INT32_MIN
					   : (int32_t)value;
}

static void read_mark(
		const cstn__worker *worker, int column, int64_t row, uint32_t mark, uint32_t *marks)
{
	int64_t value;

	if (read_value(worker, column, row, &value) && value)
		*marks |= mark;
}

static int32_t read_times(
		const cstn__worker *worker, int64_t row, cstn_order_line *line, int *bad_column)
{
	struct {
		int column;
		int64_t *out;
	} times[] = {{CSTN__COL_ORDERED, &line->ordered_us},
			{CSTN__COL_REQUESTED, &line->requested_us},
			{CSTN__COL_PROMISED, &line->promised_us},
			{CSTN__COL_PROMISED_LAST, &line->promised_last_us},
			{CSTN__COL_PROMISED_CUSTOMER, &line->promised_customer_us},
			{CSTN__COL_PROMISED_SUPPLIER, &line->promised_supplier_us},
			{CSTN__COL_DELIVERED, &line->delivered_us},
			{CSTN__COL_SHIPPED, &line->shipped_us},
			{CSTN__COL_ARRIVED, &line->arrived_us},
			{CSTN__COL_ACCEPTED, &line->accepted_us},
			{CSTN__COL_RECORDED, &line->recorded_us},
			{CSTN__COL_ATTEMPTED, &line->attempted_us},
			{CSTN__COL_DOCUMENTS_COMPLETE, &line->documents_complete_us},
			{CSTN__COL_RETURNED, &line->returned_us}};
	size_t i;

	for (i = 0; i < sizeof(times) / sizeof(*times); i++) {
		int32_t code = read_time(worker, times[i].column, row, times[i].out);

		if (code) {
			*bad_column = times[i].column;
			return code;
		}
	}
	return 0;
}

static void read_marks(const cstn__worker *worker, int64_t row, cstn_order_line *line)
{
	static const struct {
		int column;
		uint32_t mark;
	} marks[] = {{CSTN__COL_SUBSTITUTE, CSTN_MARK_SUBSTITUTE},
			{CSTN__COL_SUBSTITUTE_AGREED, CSTN_MARK_SUBSTITUTE_AGREED},
			{CSTN__COL_WRONG_ITEM, CSTN_MARK_WRONG_ITEM},
			{CSTN__COL_CUSTOMER_FAULT, CSTN_MARK_CUSTOMER_FAULT},
			{CSTN__COL_FORCE_MAJEURE, CSTN_MARK_FORCE_MAJEURE},
			{CSTN__COL_CONDITION_OK, CSTN_MARK_CONDITION_OK},
			{CSTN__COL_DAMAGED, CSTN_MARK_DAMAGED},
			{CSTN__COL_DEFECTIVE, CSTN_MARK_DEFECTIVE},
			{CSTN__COL_WRONG_CONFIGURATION, CSTN_MARK_WRONG_CONFIGURATION},
			{CSTN__COL_REFUSED, CSTN_MARK_REFUSED_FOR_QUALITY}};
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		read_mark(worker, marks[i].column, row, marks[i].mark, &line->marks);
}

/* A code out of a list of names; -1 for a text that is none of them; 0 for null. */
static int32_t read_code(const cstn__worker *worker, int column, int64_t row,
		const char *const *names, const char **text, size_t *len)
{
	const cstn__column *from = cstn__worker_column(worker, column);

	if (!from || cstn__column_read_text(from, row, text, len))
		return 0;
	return cstn__name_code(names, *text, *len);
}

static int32_t read_texts(const cstn__worker *worker, int64_t row, cstn_order_line *line,
		const cstn_zone **ship_to, int *bad_column, const char **text, size_t *len)
{
	const cstn__judge *judge = &worker->plan->judge;
	const cstn__column *column;
	int c;

	*bad_column = CSTN__COL_RETURN_REASON;
	line->return_reason = read_code(
			worker, CSTN__COL_RETURN_REASON, row, cstn__return_reason_names, text, len);
	if (line->return_reason < 0)
		return CSTN_ROW_VALUE;
	for (c = 0; c < 4; c++) {
		*bad_column = CSTN__COL_LATE_OWNER + c;
		line->owner[c] = read_code(worker, *bad_column, row, cstn__owner_names, text, len);
		if (line->owner[c] < 0)
			return CSTN_ROW_VALUE;
	}
	column = cstn__worker_column(worker, CSTN__COL_POLICY_DIGEST);
	*bad_column = CSTN__COL_POLICY_DIGEST;
	if (column && !cstn__column_read_text(column, row, text, len) &&
			(*len != 64 || memcmp(*text, cstn_service_policy_digest_text(judge->policy),
						       64) != 0))
		return CSTN_ROW_POLICY;
	column = cstn__worker_column(worker, CSTN__COL_SHIP_TO_ZONE);
	*bad_column = CSTN__COL_SHIP_TO_ZONE;
	if (column && !cstn__column_read_text(column, row, text, len)) {
		*ship_to = cstn__judge_zone(judge, *text, *len);
		if (!*ship_to)
			return CSTN_ROW_ZONE;
	}
	return 0;
}

static void read_numbers(const cstn__worker *worker, int64_t row, cstn_order_line *line)
{
	int32_t documents_ok = 0, documents_bad = 0;

	read_i32(worker, CSTN__COL_LINE_NUMBER, row, &line->line_number);
	(void)read_value(worker, CSTN__COL_QTY, row, &line->quantity);
	(void)read_value(worker, CSTN__COL_QTY_CANCELLED, row, &line->quantity_cancelled);
	(void)read_value(worker, CSTN__COL_QTY_DELIVERED, row, &line->quantity_delivered);
	(void)read_value(worker, CSTN__COL_QTY_DUE, row, &line->quantity_due);
	(void)read_value(worker, CSTN__COL_VALUE, row, &line->value_minor);
	(void)read_value(worker, CSTN__COL_PRICE, row, &line->price_minor);
	read_i32(worker, CSTN__COL_SHIPMENTS, row, &line->shipments);
	read_i32(worker, CSTN__COL_PROMISED_OFFSET, row, &line->promised_offset_minutes);
	read_i32(worker, CSTN__COL_ACTUAL_OFFSET, row, &line->actual_offset_minutes);
	read_i32(worker, CSTN__COL_DOCUMENTS_OK, row, &documents_ok);
	read_i32(worker, CSTN__COL_DOCUMENTS_BAD, row, &documents_bad);
	line->documents_ok = (uint32_t)documents_ok;
	line->documents_bad = (uint32_t)documents_bad;
}

/* With positive evidence, nothing on record is not the same as a failure. */
static void read_unknown(const cstn__worker *worker, int64_t row, cstn_order_line *line)
{
	const cstn__policy_rules *rules = worker->plan->judge.rules;
	int64_t value;

	if (rules->documents_positive && !read_value(worker, CSTN__COL_DOCUMENTS_OK, row, &value) &&
			!read_value(worker, CSTN__COL_DOCUMENTS_COMPLETE, row, &value))
		line->marks |= CSTN_MARK_DOCUMENTS_UNKNOWN;
	if (rules->condition_positive && !read_value(worker, CSTN__COL_CONDITION_OK, row, &value))
		line->marks |= CSTN_MARK_CONDITION_UNKNOWN;
}

/* A rule about a column that the stream does not have concerns the row as a whole. */
static cstn_status add_fault(cstn__worker *worker, int i, const cstn__line_fault *fault)
{
	const cstn__plan *plan = worker->plan;
	char value[24];
	size_t len = 0;
	int at;

	if (fault->value != CSTN_QUANTITY_NULL)
		len = cstn_decimal_format(fault->value, 0, value, sizeof(value));
	for (at = 0; at < plan->n_decls; at++)
		if (strcmp(plan->decls[at].name, fault->column) == 0)
			break;
	worker->bad[i / 64] |= UINT64_C(1) << (i % 64);
	return cstn__row_sink_add(worker->sink,
			worker->first_row + (uint64_t)worker->start + (uint64_t)i,
			at < plan->n_decls ? at : -1, fault->column, fault->code,
			len ? value : NULL, len);
}

/* One line by the definition. A row that breaks a rule is bad. */
cstn_status cstn__row_judge(cstn__worker *worker, int i)
{
	const cstn_zone *ship_to = NULL;
	const char *text = NULL;
	int64_t row = worker->start + i;
	cstn__judgement judgement;
	cstn__line_fault fault;
	cstn_order_line line;
	size_t len = 0;
	int32_t code;
	int bad_column = -1;

	cstn_order_line_init(&line, sizeof(line));
	read_numbers(worker, row, &line);
	read_marks(worker, row, &line);
	read_unknown(worker, row, &line);
	if (worker->plan->at[CSTN__COL_STATUS] >= 0)
		line.status = worker->status[i];
	code = read_times(worker, row, &line, &bad_column);
	if (code)
		return cstn__worker_add_bad(
				worker, i, cstn__worker_column(worker, bad_column), code, NULL, 0);
	code = read_texts(worker, row, &line, &ship_to, &bad_column, &text, &len);
	if (code)
		return cstn__worker_add_bad(worker, i, cstn__worker_column(worker, bad_column),
				code, text, len);
	if (cstn__judge_steps(&worker->plan->judge, &line, ship_to, &judgement, &fault))
		return add_fault(worker, i, &fault);
	worker->verdicts[i] = judgement.verdict;
	return CSTN_OK;
}

/* For periods: the civil day of a time of row i. */
int32_t cstn__worker_day(const cstn__worker *worker, int64_t us, int i, int promise)
{
	const cstn__judge *judge = &worker->plan->judge;
	const cstn__column *column = cstn__worker_column(worker, CSTN__COL_SHIP_TO_ZONE);
	const cstn_zone *ship_to = NULL;
	int32_t offset = CSTN_OFFSET_NULL;
	const char *text;
	size_t len;

	read_i32(worker, promise ? CSTN__COL_PROMISED_OFFSET : CSTN__COL_ACTUAL_OFFSET,
			worker->start + i, &offset);
	if (column && !cstn__column_read_text(column, worker->start + i, &text, &len))
		ship_to = cstn__judge_zone(judge, text, len);
	return cstn__judge_day(judge, us, offset, ship_to);
}

int32_t cstn__worker_owner(const cstn__worker *worker, int i, int component)
{
	const char *text;
	size_t len;
	int32_t owner = read_code(worker, CSTN__COL_LATE_OWNER + component, worker->start + i,
			cstn__owner_names, &text, &len);

	return owner < 0 ? CSTN_OWNER_UNKNOWN : owner;
}
