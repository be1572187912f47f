/* What is used of the limits of terms.
 *
 * One row a term: counts of the window and of the period that its instant lies in, and rows in all.
 * A charge moves the instant forward, never back; counts of a window begin anew when it moves into
 * a later one. So cstn__left_at() of a decision reads the same as the charge counts.
 *
 * Invariant: after a charge every count is at most its limit. Cost: a point read, a row. */
#include "sharing/sharing_rows.h"

#include <inttypes.h>

#include "base/error.h"
#include "sharing/decision.h"

static uint64_t add(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) || sum > INT64_MAX ? INT64_MAX : sum;
}

static uint64_t subtract(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* --- rows --------------------------------------------------------------------------------------
 */

static uint64_t count_of(const cstn_record *row, uint32_t field)
{
	int64_t number = cstn__sharing_number(row, field);

	return number > 0 ? (uint64_t)number : 0;
}

static cstn_status find_usage(cstn_transaction *transaction, const uint8_t *agreement,
		const uint8_t *term, cstn_rules_usage *out, int *found, cstn_error **error)
{
	char agreement_hex[CSTN__HEX_SIZE], term_hex[CSTN__HEX_SIZE];
	const cstn_rules_usage none = CSTN_RULES_USAGE_INIT;
	cstn_record *stored = NULL;
	cstn_status status;
	cstn__key key;

	cstn__sharing_hex(agreement, agreement_hex);
	cstn__sharing_hex(term, term_hex);
	cstn__sharing_key(CSTN__NOUN_TERM_USAGE, agreement_hex, strlen(agreement_hex), &key);
	cstn__sharing_key_add(&key, 1, term_hex, strlen(term_hex));
	status = cstn__transaction_row(transaction, &key, &stored, error);
	if (status != CSTN_OK)
		return status;
	*out = none;
	memcpy(out->agreement, agreement, CSTN__SHARING_DIGEST);
	memcpy(out->term, term, CSTN__SHARING_DIGEST);
	*found = stored != NULL;
	if (!stored)
		return CSTN_OK;
	out->at_us = cstn__sharing_number(stored, CSTN__TERM_USAGE_AT);
	out->calls = count_of(stored, CSTN__TERM_USAGE_CALLS);
	out->rows = count_of(stored, CSTN__TERM_USAGE_ROWS);
	out->rows_in_all = count_of(stored, CSTN__TERM_USAGE_ROWS_IN_ALL);
	out->nano_epsilon = count_of(stored, CSTN__TERM_USAGE_NANO_EPSILON);
	cstn_record_unref(stored);
	return CSTN_OK;
}

cstn_status cstn__sharing_usage_find(cstn_transaction *transaction, const uint8_t *agreement,
		const uint8_t *term, cstn_rules_usage *out, cstn_error **error)
{
	int found;

	return find_usage(transaction, agreement, term, out, &found, error);
}

static cstn_status put_usage(cstn_transaction *transaction, const cstn_rules_usage *usage,
		int64_t now_us, cstn_error **error)
{
	cstn_record *made = NULL;
	cstn_status status = cstn__sharing_row_new(transaction, CSTN__NOUN_TERM_USAGE,
			2 * CSTN__HEX_SIZE, now_us, &made, error);

	if (status != CSTN_OK)
		return status;
	cstn__sharing_set_digest(made, CSTN__TERM_USAGE_AGREEMENT, usage->agreement);
	cstn__sharing_set_digest(made, CSTN__TERM_USAGE_TERM, usage->term);
	cstn__sharing_set_number(made, CSTN__TERM_USAGE_AT, usage->at_us);
	cstn__sharing_set_number(made, CSTN__TERM_USAGE_CALLS, (int64_t)usage->calls);
	cstn__sharing_set_number(made, CSTN__TERM_USAGE_ROWS, (int64_t)usage->rows);
	cstn__sharing_set_number(made, CSTN__TERM_USAGE_ROWS_IN_ALL, (int64_t)usage->rows_in_all);
	cstn__sharing_set_number(made, CSTN__TERM_USAGE_NANO_EPSILON, (int64_t)usage->nano_epsilon);
	return cstn__sharing_put_row(transaction, made, error);
}

/* --- charge ------------------------------------------------------------------------------------
 */

/* Is the window of `to` a later one than that of `from`? */
static int is_later(int64_t from_us, int64_t to_us, int64_t length_us)
{
	return length_us > 0 &&
	       cstn__limit_window(to_us, length_us) > cstn__limit_window(from_us, length_us);
}

static int passes(int64_t limit, uint64_t used, uint64_t wanted)
{
	return limit <= 0 || add(used, wanted) <= (uint64_t)limit;
}

static cstn_status check_limits(const cstn_rules_usage *used,
		const cstn_decision_reservation *wanted, const cstn_term_limits *limits,
		cstn_error **error)
{
	const char *what = NULL;

	if (wanted->rows == UINT64_MAX && (limits->rows > 0 || limits->rows_in_all > 0))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a reservation of rows without a number, where they are limited");
	if (!passes(limits->calls, used->calls, wanted->calls))
		what = "calls";
	else if (!passes(limits->rows, used->rows, wanted->rows))
		what = "rows of the window";
	else if (!passes(limits->rows_in_all, used->rows_in_all, wanted->rows))
		what = "rows in all";
	else if (!passes(limits->nano_epsilon, used->nano_epsilon, wanted->nano_epsilon))
		what = "nano-epsilon of the period";
	if (what)
		return cstn__fail(error, CSTN_E_BUDGET, "the %s of a term are spent", what);
	return CSTN_OK;
}

cstn_status cstn__sharing_charge(cstn_transaction *transaction,
		const cstn_decision_reservation *reservation, const cstn_term_limits *limits,
		int64_t now_us, int64_t *at_us, cstn_error **error)
{
	cstn_rules_usage used;
	int found = 0;
	cstn_status status = find_usage(transaction, reservation->agreement, reservation->term,
			&used, &found, error);

	if (status != CSTN_OK)
		return status;
	if (!found) {
		used.at_us = now_us;
	} else if (now_us > used.at_us) {
		if (is_later(used.at_us, now_us, limits->window_us))
			used.calls = used.rows = 0;
		if (is_later(used.at_us, now_us, limits->period_us))
			used.nano_epsilon = 0;
		used.at_us = now_us;
	}
	status = check_limits(&used, reservation, limits, error);
	if (status != CSTN_OK)
		return status;
	used.calls = add(used.calls, reservation->calls);
	if (reservation->rows != UINT64_MAX) {
		used.rows = add(used.rows, reservation->rows);
		used.rows_in_all = add(used.rows_in_all, reservation->rows);
	}
	used.nano_epsilon = add(used.nano_epsilon, reservation->nano_epsilon);
	status = put_usage(transaction, &used, now_us, error);
	if (status == CSTN_OK)
		*at_us = used.at_us;
	return status;
}

/* --- refund ------------------------------------------------------------------------------------
 */

static cstn_status check_used(const cstn_decision_reservation *reservation,
		const cstn__sharing_used *used, cstn_error **error)
{
	if (used->calls > reservation->calls || used->rows > reservation->rows ||
			used->nano_epsilon > reservation->nano_epsilon)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "more was used than was reserved");
	return CSTN_OK;
}

cstn_status cstn__sharing_refund(cstn_transaction *transaction,
		const cstn_decision_reservation *reservation, const cstn__sharing_used *used,
		const cstn_term_limits *limits, int64_t charged_at_us, int64_t now_us,
		cstn_error **error)
{
	cstn_rules_usage row;
	int found = 0, open, same_window, same_period;
	cstn_status status = check_used(reservation, used, error);

	if (status == CSTN_OK)
		status = find_usage(transaction, reservation->agreement, reservation->term, &row,
				&found, error);
	if (status != CSTN_OK)
		return status;
	open = reservation->rows == UINT64_MAX;
	if (!found)
		return cstn__fail(error, CSTN_E_NOT_FOUND, "nothing was charged to the term");
	same_window = !is_later(charged_at_us, row.at_us, limits->window_us);
	same_period = !is_later(charged_at_us, row.at_us, limits->period_us);
	if (same_window) {
		row.calls = subtract(row.calls, reservation->calls - used->calls);
		row.rows = open ? add(row.rows, used->rows)
				: subtract(row.rows, reservation->rows - used->rows);
	}
	row.rows_in_all = open ? add(row.rows_in_all, used->rows)
			       : subtract(row.rows_in_all, reservation->rows - used->rows);
	if (same_period)
		row.nano_epsilon = subtract(
				row.nano_epsilon, reservation->nano_epsilon - used->nano_epsilon);
	return put_usage(transaction, &row, now_us, error);
}
