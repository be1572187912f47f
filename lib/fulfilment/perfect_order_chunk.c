/* Lines of one chunk: judged all at once or 64 at a time where the policy is plain, one by one
 * where it is not.
 *
 * A line is regular when it has a promise and an actual time that was known as of the run, positive
 * quantities, and no exception of any kind (every other column null or 0). For regular lines on
 * time and in full are single comparisons; all others go through cstn__judge_line(), whose answer
 * is the definition. A comparison of instants by civil day is sure outside one day's width and is
 * judged by the line inside it. Cost: 0.7 ns a regular line, about 60 ns an irregular one. */
#include <string.h>

#include "base/civil.h"
#include "base/error.h"
#include "fulfilment/perfect_order_update.h"

static uint64_t valid_word(const cstn__source *source, int64_t row, int n)
{
	if (source->valid)
		return source->valid[(row - source->base) / 64];
	return source->column->has_nulls
			       ? cstn__column_valid64(source->column, row) & cstn__low_bits(n)
			       : cstn__low_bits(n);
}

static uint64_t nonzero_word(const cstn__worker *worker, int column, int64_t row, int n)
{
	const cstn__source *source = &worker->sources[column];
	uint64_t word = 0;
	int i;

	if (source->p64 && source->valid) {
		for (i = 0; i < n; i++)
			word |= (uint64_t)(source->p64[row - source->base + i] != 0) << i;
		return word & valid_word(source, row, n);
	}
	for (i = 0; i < n; i++)
		word |= (uint64_t)(cstn__source_value(source, row + i) != 0) << i;
	return word & valid_word(source, row, n);
}

/* Quantities where they are not measured: none may break a rule, and what came must be what was
 * ordered. */
static uint64_t unfit_quantities(const cstn__worker *worker, int64_t row, int n)
{
	const cstn__source *ordered = &worker->sources[CSTN__COL_QTY];
	const cstn__source *came = &worker->sources[CSTN__COL_QTY_DELIVERED];
	int has_came = worker->plan->at[CSTN__COL_QTY_DELIVERED] >= 0, i;
	uint64_t word = 0, differs = 0;

	if (worker->plan->at[CSTN__COL_QTY] < 0)
		return has_came ? cstn__low_bits(n) : 0;
	for (i = 0; i < n; i++) {
		word |= (uint64_t)(cstn__raw_value(ordered, row + i) < 1) << i;
		if (has_came)
			differs |= (uint64_t)(cstn__raw_value(came, row + i) !=
						   cstn__raw_value(ordered, row + i))
				   << i;
	}
	if (has_came)
		word |= differs & valid_word(came, row, n);
	return word | (~valid_word(ordered, row, n) & cstn__low_bits(n));
}

/* Dates that are no instants are bad input, in whichever column they stand. */
static uint64_t unfit_dates(const cstn__worker *worker, int64_t row, int n)
{
	static const int columns[] = {CSTN__COL_ORDERED, CSTN__COL_PROMISED,
			CSTN__COL_PROMISED_LAST, CSTN__COL_DELIVERED, CSTN__COL_SHIPPED};
	const cstn__plan *plan = worker->plan;
	uint64_t word = 0;
	size_t i;

	for (i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		const cstn__source *source = &worker->sources[columns[i]];

		/* those of the promise and the arrival are looked at with them */
		if (plan->at[columns[i]] < 0 || source->scale == 1 || !source->p32 ||
				columns[i] == plan->promise_column ||
				columns[i] == plan->actual_column)
			continue;
		word |= (plan->words->gt32(
					 source->p32 + (row - source->base), CSTN__DAYS_LIMIT, n) |
					plan->words->lt32(source->p32 + (row - source->base),
							-CSTN__DAYS_LIMIT, n)) &
			valid_word(source, row, n);
	}
	return word;
}

/* A reason is checked against its list, also where nothing came back. */
static uint64_t given_reasons(const cstn__worker *worker, int64_t row, int n)
{
	const cstn__column *column = cstn__worker_column(worker, CSTN__COL_RETURN_REASON);

	if (!column)
		return 0;
	return column->has_nulls ? cstn__column_valid64(column, row) & cstn__low_bits(n)
				 : cstn__low_bits(n);
}

/* Lines that some other column makes irregular; C and D exceptions of regular lines go straight to
 * their words. */
static uint64_t exception_word(cstn__worker *worker, int64_t row, int n)
{
	static const int times[] = {CSTN__COL_PROMISED_CUSTOMER, CSTN__COL_PROMISED_SUPPLIER,
			CSTN__COL_ATTEMPTED, CSTN__COL_DOCUMENTS_COMPLETE, CSTN__COL_RETURNED};
	static const int numbers[] = {CSTN__COL_QTY_CANCELLED, CSTN__COL_SUBSTITUTE,
			CSTN__COL_SUBSTITUTE_AGREED, CSTN__COL_WRONG_ITEM, CSTN__COL_CUSTOMER_FAULT,
			CSTN__COL_FORCE_MAJEURE, CSTN__COL_DOCUMENTS_BAD};
	static const int conditions[] = {CSTN__COL_DAMAGED, CSTN__COL_DEFECTIVE,
			CSTN__COL_WRONG_CONFIGURATION, CSTN__COL_REFUSED};
	const cstn__plan *plan = worker->plan;
	uint64_t word = 0;
	size_t i;
	int k, block = (int)(row - worker->start) / 64;

	/* a quantity that breaks a rule is bad input, also where it is not measured */
	if (!(plan->judge.rules->components & CSTN_COMPONENT_IN_FULL))
		word |= unfit_quantities(worker, row, n);
	word |= unfit_dates(worker, row, n) | given_reasons(worker, row, n);
	/* the instant 0 is a time as any other */
	for (i = 0; i < sizeof(times) / sizeof(*times); i++)
		if (plan->at[times[i]] >= 0)
			word |= valid_word(&worker->sources[times[i]], row, n);
	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (plan->at[numbers[i]] >= 0)
			word |= nonzero_word(worker, numbers[i], row, n);
	for (i = 0; i < sizeof(conditions) / sizeof(*conditions); i++)
		if (plan->at[conditions[i]] >= 0)
			worker->fail[3][block] |= nonzero_word(worker, conditions[i], row, n);
	if (plan->at[CSTN__COL_STATUS] >= 0)
		for (k = 0; k < n; k++) {
			uint8_t status = worker->status[row - worker->start + k];

			word |= (uint64_t)(status != CSTN_LINE_STATUS_UNKNOWN &&
						status != CSTN_LINE_CLOSED)
				<< k;
		}
	return word;
}

static int32_t day_at(const cstn__plan *plan, int64_t us)
{
	return cstn__day_of_us(us + (int64_t)plan->judge.rules->zone_offset_seconds * 1000000);
}

/* On time for days in int32: differences are exact. */
static uint64_t time_days(cstn__worker *worker, const int32_t *promise, const int32_t *actual,
		int n, uint64_t *irregular)
{
	const cstn__plan *plan = worker->plan;
	const cstn__words *words = plan->words;
	int64_t sure = cstn__floor_div(plan->sure_us, CSTN_DAY_US);
	int32_t last = sure > CSTN__DAYS_LIMIT    ? CSTN__DAYS_LIMIT
		       : sure < -CSTN__DAYS_LIMIT ? -CSTN__DAYS_LIMIT
						  : (int32_t)sure;
	uint64_t late;

	*irregular |= words->gt32(actual, last, n) | words->lt32(actual, -CSTN__DAYS_LIMIT, n) |
		      words->gt32(promise, CSTN__DAYS_LIMIT, n) |
		      words->lt32(promise, -CSTN__DAYS_LIMIT, n);
	late = words->above32(actual, promise, plan->late_days, n);
	if (plan->has_early)
		late |= words->above32(promise, actual, plan->early_days, n);
	return late;
}

/* On time for instants. By civil day a difference of less than a day's width is decided by the two
 * days themselves. */
static uint64_t time_instants(cstn__worker *worker, const int64_t *promise, const int64_t *actual,
		int n, uint64_t *irregular)
{
	const cstn__plan *plan = worker->plan;
	const cstn__words *words = plan->words;
	int64_t last = plan->sure_us < CSTN__TIME_LIMIT ? plan->sure_us : CSTN__TIME_LIMIT;
	uint64_t sure, unsure;

	*irregular |= words->gt64(actual, last, n) | words->lt64(actual, -CSTN__TIME_LIMIT, n) |
		      words->gt64(promise, CSTN__TIME_LIMIT, n) |
		      words->lt64(promise, -CSTN__TIME_LIMIT, n);
	sure = words->above64(actual, promise, plan->late_sure, n);
	unsure = words->above64(actual, promise, plan->late_maybe, n);
	if (plan->has_early) {
		sure |= words->above64(promise, actual, plan->early_sure, n);
		unsure |= words->above64(promise, actual, plan->early_maybe, n);
	}
	unsure &= ~sure & ~*irregular;
	while (unsure) {
		int i = __builtin_ctzll(unsure);
		int64_t days = (int64_t)day_at(plan, actual[i]) - day_at(plan, promise[i]);

		unsure &= unsure - 1;
		if (days > plan->late_days ||
				(plan->has_early && days < -(int64_t)plan->early_days))
			sure |= UINT64_C(1) << i;
	}
	return sure;
}

static uint64_t time_word(cstn__worker *worker, int64_t row, int n, uint64_t *irregular)
{
	const cstn__source *promise = &worker->sources[worker->plan->promise_column];
	const cstn__source *actual = &worker->sources[worker->plan->actual_column];
	int64_t p[64], a[64];
	int i;

	*irregular |= ~(valid_word(promise, row, n) & valid_word(actual, row, n)) &
		      cstn__low_bits(n);
	if (promise->p32 && actual->p32)
		return time_days(worker, promise->p32 + (row - promise->base),
				actual->p32 + (row - actual->base), n, irregular);
	if (promise->p64 && promise->scale == 1 && actual->p64 && actual->scale == 1)
		return time_instants(worker, promise->p64 + (row - promise->base),
				actual->p64 + (row - actual->base), n, irregular);
	for (i = 0; i < n; i++) {
		/* 2^31 days overflow int64 microseconds: such dates are left to the line's own
		 * judgement */
		if (promise->scale != 1 && (cstn__raw_value(promise, row + i) > CSTN__DAYS_LIMIT ||
							   cstn__raw_value(promise, row + i) <
									   -CSTN__DAYS_LIMIT))
			p[i] = INT64_MAX;
		else
			p[i] = cstn__source_value(promise, row + i);
		if (actual->scale != 1 && (cstn__raw_value(actual, row + i) > CSTN__DAYS_LIMIT ||
							  cstn__raw_value(actual, row + i) <
									  -CSTN__DAYS_LIMIT))
			a[i] = INT64_MAX;
		else
			a[i] = cstn__source_value(actual, row + i);
		if (p[i] > CSTN__TIME_LIMIT || p[i] < -CSTN__TIME_LIMIT ||
				a[i] > CSTN__TIME_LIMIT || a[i] < -CSTN__TIME_LIMIT) {
			*irregular |= UINT64_C(1) << i;
			p[i] = a[i] = 0;
		}
	}
	return time_instants(worker, p, a, n, irregular);
}

static uint64_t quantity_word(cstn__worker *worker, int64_t row, int n, uint64_t *irregular)
{
	const cstn__source *ordered = &worker->sources[CSTN__COL_QTY];
	const cstn__source *delivered = &worker->sources[CSTN__COL_QTY_DELIVERED];
	const cstn__words *words = worker->plan->words;
	int64_t q[64], d[64];
	uint64_t differs;
	int i;

	*irregular |= ~(valid_word(ordered, row, n) & valid_word(delivered, row, n)) &
		      cstn__low_bits(n);
	if (ordered->p32 && delivered->p32) {
		const int32_t *a = ordered->p32 + (row - ordered->base);
		const int32_t *b = delivered->p32 + (row - delivered->base);

		*irregular |= words->lt32(a, 1, n) | words->lt32(b, 0, n);
		differs = words->ne32(a, b, n);
	} else {
		const int64_t *a = q, *b = d;

		if (ordered->p64)
			a = ordered->p64 + (row - ordered->base);
		if (delivered->p64)
			b = delivered->p64 + (row - delivered->base);
		for (i = 0; i < n && !ordered->p64; i++)
			q[i] = cstn__source_value(ordered, row + i);
		for (i = 0; i < n && !delivered->p64; i++)
			d[i] = cstn__source_value(delivered, row + i);
		*irregular |= words->lt64(a, 1, n) | words->lt64(b, 0, n);
		differs = words->ne64(a, b, n);
	}
	if (worker->plan->exact_quantity)
		return differs;
	*irregular |= differs; /* within tolerance? */
	return 0;
}

/* Take a judged line into the words: counted and simple, or special. */
static void take_verdict(cstn__worker *worker, int i)
{
	const cstn__line_verdict *verdict = &worker->verdicts[i];
	uint64_t bit = UINT64_C(1) << (i % 64);
	int block = i / 64, c;

	worker->judged[block] |= bit;
	for (c = 0; c < 4; c++)
		worker->fail[c][block] &= ~bit;
	if (worker->bad[block] & bit) {
		worker->special[block] |= bit;
		return;
	}
	if (verdict->outcome != CSTN_OUTCOME_COUNTED || verdict->provisional) {
		worker->special[block] |= bit;
		return;
	}
	for (c = 0; c < 4; c++)
		if (verdict->pattern >> c & 1)
			worker->fail[c][block] |= bit;
}

static int outside_period(const cstn__worker *worker, const cstn__line_verdict *verdict)
{
	const cstn_perfect_order *state = worker->plan->state;

	return (state->flags & CSTN_PERFECT_ORDER_PERIOD) &&
	       (verdict->period_us == CSTN_TIME_NULL || verdict->period_us < state->from_us ||
			       verdict->period_us >= state->to_us);
}

/* On time, of the whole chunk at once: no nulls, no times outside the limits, nothing that only the
 * days decide. 0 = not to be had so. */
static int time_span(cstn__worker *worker, const cstn__source *promise, const cstn__source *actual)
{
	const cstn__plan *plan = worker->plan;
	int64_t p = worker->start - promise->base, a = worker->start - actual->base;

	if (promise->valid || promise->column->has_nulls || actual->valid ||
			actual->column->has_nulls)
		return 0;
	if (promise->p32 && actual->p32 && promise->scale == actual->scale)
		return plan->spans->late32(promise->p32 + p, actual->p32 + a, &plan->day_limits,
				worker->n, worker->fail[0]);
	if (promise->p64 && actual->p64 && promise->scale == 1 && actual->scale == 1 &&
			plan->late_sure == plan->late_maybe &&
			plan->early_sure == plan->early_maybe)
		return plan->spans->late64(promise->p64 + p, actual->p64 + a, &plan->instant_limits,
				worker->n, worker->fail[0]);
	return 0;
}

/* In full, likewise. */
static int quantity_span(cstn__worker *worker)
{
	const cstn__plan *plan = worker->plan;
	const cstn__source *ordered = &worker->sources[CSTN__COL_QTY];
	const cstn__source *came = &worker->sources[CSTN__COL_QTY_DELIVERED];
	int64_t a = worker->start - ordered->base, b = worker->start - came->base;

	if (!plan->exact_quantity || ordered->valid || ordered->column->has_nulls || came->valid ||
			came->column->has_nulls)
		return 0;
	if (ordered->p32 && came->p32)
		return plan->spans->differ32(
				ordered->p32 + a, came->p32 + b, worker->n, worker->fail[1]);
	if (ordered->p64 && came->p64)
		return plan->spans->differ64(
				ordered->p64 + a, came->p64 + b, worker->n, worker->fail[1]);
	return 0;
}

/* Words of failed components; `irregular` gets the lines that words cannot judge. */
static void judge_words(cstn__worker *worker, uint64_t *irregular)
{
	const cstn__plan *plan = worker->plan;
	int full = (plan->judge.rules->components & CSTN_COMPONENT_IN_FULL) != 0, i, block;
	int has_time = time_span(worker, &worker->sources[plan->promise_column],
			&worker->sources[plan->actual_column]);
	int has_quantity = !full || quantity_span(worker);

	if (!plan->exceptions && has_time && has_quantity)
		return;
	for (i = 0, block = 0; i < worker->n; i += 64, block++) {
		int n = worker->n - i < 64 ? worker->n - i : 64;
		int64_t row = worker->start + i;

		if (plan->exceptions)
			irregular[block] |= exception_word(worker, row, n);
		if (!has_time)
			worker->fail[0][block] = time_word(worker, row, n, &irregular[block]);
		if (!has_quantity)
			worker->fail[1][block] = quantity_word(worker, row, n, &irregular[block]);
		irregular[block] &= cstn__low_bits(n);
	}
}

cstn_status cstn__chunk_judge(cstn__worker *worker)
{
	uint64_t irregular[CSTN__CHUNK_WORDS] = {0};
	int i, block;

	if (worker->plan->fast)
		judge_words(worker, irregular);
	for (i = 0, block = 0; i < worker->n; i += 64, block++) {
		uint64_t word = worker->plan->fast ? irregular[block]
						   : cstn__low_bits(worker->n - i);

		word |= worker->bad[block];
		word &= ~worker->drop[block];
		for (; word; word &= word - 1) {
			int k = i + __builtin_ctzll(word);
			int is_bad = (int)(worker->bad[block] >> (k % 64) & 1);

			if (!is_bad && cstn__row_judge(worker, k) != CSTN_OK)
				return CSTN_E_NOMEM;
			is_bad = (int)(worker->bad[block] >> (k % 64) & 1);
			if (!is_bad && outside_period(worker, &worker->verdicts[k])) {
				worker->drop[block] |= UINT64_C(1) << (k % 64);
				continue;
			}
			take_verdict(worker, k);
		}
	}
	return CSTN_OK;
}
