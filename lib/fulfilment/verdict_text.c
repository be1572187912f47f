/* A verdict in words: which promise, which arrival, which quantities, which rule, and what follows.
 *
 * One line a step, written from the cstn__judgement that the kernel made, so that words and
 * verdict cannot disagree. Names, dates and numbers only, no wording that depends on a locale.
 * O(length). */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "fulfilment/verdict.h"

#define TIME_SIZE 40

enum { T, F, D, C };

const char *const cstn__line_status_names[] = {
		"", "open", "closed", "cancelled_by_customer", "cancelled_by_supplier", NULL};
const char *const cstn__return_reason_names[] = {"", "damaged", "defective", "wrong_configuration",
		"wrong_item", "short", "excess", "paperwork", "other", NULL};
const char *const cstn__owner_names[] = {
		"", "supplier", "warehouse", "carrier", "customer", "own_office", NULL};

int32_t cstn__name_code(const char *const *names, const char *text, size_t len)
{
	for (int32_t i = 1; names[i]; i++)
		if (len == strlen(names[i]) && memcmp(text, names[i], len) == 0)
			return i;
	return -1;
}

static const char *const REASON_NAMES[CSTN_REASON_COUNT] = {"", "cancelled_by_customer",
		"cancelled_by_supplier", "customer_fault", "force_majeure", "overdue_open",
		"no_promise", "no_actual_time", "unassessed_on_time", "unassessed_in_full",
		"unassessed_documents", "unassessed_condition", "bad_input"};

const char *cstn_reason_name(int32_t reason)
{
	return reason >= 0 && reason < CSTN_REASON_COUNT ? REASON_NAMES[reason] : "";
}

const char *cstn_pattern_name(uint32_t pattern)
{
	static const char *const NAMES[16] = {"perfect", "T", "F", "TF", "D", "TD", "FD", "TFD",
			"C", "TC", "FC", "TFC", "DC", "TDC", "FDC", "TFDC"};

	return pattern < 16 ? NAMES[pattern] : "";
}

/* --- small words ---------------------------------------------------------------------------- */

static const char *const FAILED_WORDS[4] = {"not on time", "not in full", "documents", "condition"};
static const char *const COMPONENT_WORDS[4] = {"On time", "In full", "Documents", "Condition"};

static const char *reason_words(int32_t reason)
{
	static const char *const WORDS[CSTN_REASON_COUNT] = {"", "cancelled by the customer",
			"cancelled by the supplier", "the customer's fault", "force majeure",
			"open past its promise", "it has no promise",
			"closed without a time of arrival", "no evidence for on time",
			"no evidence for in full", "no evidence for documents",
			"no evidence for condition", "bad input"};

	return reason >= 0 && reason < CSTN_REASON_COUNT ? WORDS[reason] : "";
}

static const char *owner_words(int32_t owner)
{
	static const char *const WORDS[] = {
			"", "supplier", "warehouse", "carrier", "customer", "own office"};

	return owner >= 0 && owner <= CSTN_OWNER_OWN_OFFICE ? WORDS[owner] : "";
}

static const char *time_words(int64_t us, char buffer[TIME_SIZE])
{
	cstn_time_format(us, buffer, TIME_SIZE);
	return buffer;
}

/* The caller's words, kept to one line. */
static void put_foreign(cstn__bytes *text, const char *words)
{
	for (; *words; words++)
		cstn__bytes_put_u8(text, (unsigned char)*words < 0x20 || *words == 0x7f
							 ? ' '
							 : (uint8_t)*words);
}

/* --- headline ------------------------------------------------------------------------------- */

static void pattern_words(uint32_t pattern, cstn__bytes *text)
{
	const char *between = "";
	int i;

	if (!pattern) {
		cstn__bytes_put_text(text, "perfect");
		return;
	}
	cstn__bytes_put_text(text, "not perfect: ");
	for (i = 0; i < 4; i++) {
		if (!(pattern >> i & 1))
			continue;
		cstn__bytes_put_text(text, between);
		cstn__bytes_put_text(text, FAILED_WORDS[i]);
		between = ", ";
	}
	cstn__bytes_put_format(text, " (%s)", cstn_pattern_name(pattern));
}

void cstn__outcome_explain(int32_t outcome, uint32_t pattern, int32_t reason, int provisional,
		cstn__bytes *text)
{
	switch (outcome) {
	case CSTN_OUTCOME_COUNTED:
		pattern_words(pattern, text);
		if (provisional)
			cstn__bytes_put_text(text, "; provisional, the claim window is open");
		break;
	case CSTN_OUTCOME_PENDING:
		cstn__bytes_put_text(text, "pending: not due yet");
		break;
	default:
		cstn__bytes_put_format(text, "left out: %s", reason_words(reason));
		break;
	}
	cstn__bytes_put_text(text, ".\n");
}

static void headline(const cstn_order_line *line, const cstn__judgement *j, cstn__bytes *text)
{
	int32_t reason = j->verdict.reason;

	if (j->verdict.outcome == CSTN__OUTCOME_UNASSESSED)
		reason = CSTN_REASON_UNASSESSED_ON_TIME + __builtin_ctz(j->verdict.unassessed);
	if (line->line_number)
		cstn__bytes_put_format(text, "Line %" PRId32 ": ", line->line_number);
	else
		cstn__bytes_put_text(text, "Line: ");
	cstn__outcome_explain(j->verdict.outcome, j->verdict.pattern, reason,
			j->verdict.provisional, text);
}

/* --- promise and arrival -------------------------------------------------------------------- */

static void promise(const cstn__judge *judge, const cstn__judgement *j, cstn__bytes *text)
{
	static const char *const BASES[] = {
			"first commitment", "time requested", "last commitment"};
	static const char *const CHANGES[] = {"", "as changed by the customer and agreed",
			"as changed by the supplier", "as changed last"};
	const char *basis = BASES[judge->rules->promise_basis];
	char buffer[TIME_SIZE];

	if (j->verdict.promise_us == CSTN_TIME_NULL) {
		cstn__bytes_put_format(
				text, "  Promise: none; the policy asks for the %s.\n", basis);
		return;
	}
	cstn__bytes_put_format(text, "  Promise: %s, %s%s",
			time_words(j->verdict.promise_us, buffer),
			j->promise_of == CSTN__PROMISE_OF_BASIS ? "the " : "",
			j->promise_of == CSTN__PROMISE_OF_BASIS ? basis : CHANGES[j->promise_of]);
	if (j->due_us != j->verdict.promise_us)
		cstn__bytes_put_format(text, "; a day off, so the next working day, %s",
				time_words(j->due_us, buffer));
	cstn__bytes_put_text(text, ".\n");
}

static void arrival(const cstn__judge *judge, const cstn_order_line *line, const cstn__judgement *j,
		cstn__bytes *text)
{
	static const char *const BASES[] = {
			"delivered", "shipped", "arrived", "accepted", "recorded"};
	const char *basis = BASES[judge->rules->actual_basis];
	char buffer[TIME_SIZE];

	cstn__bytes_put_text(text, "  Arrival: ");
	if (j->why[T] == CSTN__WHY_ATTEMPT)
		cstn__bytes_put_format(text, "%s, a first attempt that counts; ",
				time_words(j->verdict.actual_us, buffer));
	if (j->goods_us == CSTN_TIME_NULL) {
		cstn__bytes_put_format(text, "no time known when it was %s", basis);
		if (line->deliveries && j->agreed != CSTN_QUANTITY_NULL)
			cstn__bytes_put_format(text, ", at least %" PRId64 " have not come",
					j->lower > 1 ? j->lower : 1);
	} else if (line->deliveries) {
		cstn__bytes_put_format(text, "%s, when at least %" PRId64 " were %s",
				time_words(j->goods_us, buffer), j->lower > 1 ? j->lower : 1,
				basis);
	} else {
		cstn__bytes_put_format(text, "%s, %s", time_words(j->goods_us, buffer), basis);
	}
	if (j->overdue)
		cstn__bytes_put_text(text, "; still open, and the promise is past");
	else if (!j->closed && j->verdict.outcome == CSTN_OUTCOME_COUNTED && !j->cancelled_by)
		cstn__bytes_put_text(text, "; not closed yet");
	cstn__bytes_put_text(text, ".\n");
}

/* --- components ----------------------------------------------------------------------------- */

/* "3 days", "1 working day", "02:00:00.000001". */
static void span(const cstn__judge *judge, int64_t distance, cstn__bytes *text)
{
	uint64_t n = distance < 0 ? (uint64_t)0 - (uint64_t)distance : (uint64_t)distance;
	uint64_t seconds = n / 1000000;

	if (judge->rules->time_unit == CSTN__UNIT_DAY) {
		cstn__bytes_put_format(text, "%" PRIu64 " %sday%s", n,
				judge->calendar ? "working " : "", n == 1 ? "" : "s");
		return;
	}
	cstn__bytes_put_format(text, "%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64, seconds / 3600,
			seconds / 60 % 60, seconds % 60);
	if (n % 1000000)
		cstn__bytes_put_format(text, ".%06" PRIu64, n % 1000000);
}

static void on_time(const cstn__judge *judge, const cstn__judgement *j, cstn__bytes *text)
{
	int64_t allowed = j->distance > 0 ? judge->rules->late_tolerance
					  : judge->rules->early_tolerance;

	if (j->has_distance && j->distance == 0) {
		cstn__bytes_put_text(text, judge->rules->time_unit == CSTN__UNIT_DAY
							   ? "on the promised day"
							   : "at the promised instant");
	} else if (j->has_distance) {
		span(judge, j->distance, text);
		cstn__bytes_put_text(text, j->distance > 0 ? " late, " : " early, ");
		if (allowed == CSTN__UNSET)
			cstn__bytes_put_text(text, "which is not evaluated");
		else {
			span(judge, allowed, text);
			cstn__bytes_put_text(text, " allowed");
		}
	} else if (j->why[T] == CSTN__WHY_OVERDUE) {
		cstn__bytes_put_text(text, "not arrived, and the time for it is past");
	} else if (j->why[T] == CSTN__WHY_NEVER_REACHED) {
		cstn__bytes_put_text(text, "closed before the agreed quantity had come");
	} else if (j->why[T] == CSTN__WHY_NO_TIME) {
		cstn__bytes_put_text(text, "closed without a time of arrival");
	} else if (j->why[T] == CSTN__WHY_CUSTOMER_FAULT) {
		cstn__bytes_put_text(text, "the customer's fault, which the policy lets pass");
	}
}

static void in_full(const cstn__judge *judge, const cstn__judgement *j, cstn__bytes *text)
{
	if (j->why[F] == CSTN__WHY_WRONG_ITEM)
		cstn__bytes_put_text(text, "another product came; ");
	else if (j->why[F] == CSTN__WHY_SUBSTITUTE)
		cstn__bytes_put_text(text,
				judge->rules->substitution_accept_agreed
						? "a substitute came that was not agreed; "
						: "a substitute came, and none is accepted; ");
	else if (j->why[F] == CSTN__WHY_SHIPMENTS)
		cstn__bytes_put_text(text, "it came in more than one shipment; ");
	if (j->evaluated == CSTN_QUANTITY_NULL)
		cstn__bytes_put_text(text, "quantity not known");
	else
		cstn__bytes_put_format(text, "%" PRId64, j->evaluated);
	if (j->agreed != CSTN_QUANTITY_NULL)
		cstn__bytes_put_format(text, " of %" PRId64, j->agreed);
	cstn__bytes_put_text(text, judge->rules->in_full_at_due ? " by the due time"
				   : j->closed                  ? " at close"
								: " so far");
	if (j->agreed == CSTN_QUANTITY_NULL)
		return;
	if (j->upper == INT64_MAX)
		cstn__bytes_put_format(text, ", at least %" PRId64 " is in full", j->lower);
	else if (j->lower != j->upper)
		cstn__bytes_put_format(text, ", %" PRId64 " to %" PRId64 " is in full", j->lower,
				j->upper);
}

static void documents(const cstn__judge *judge, const cstn_order_line *line,
		const cstn__judgement *j, cstn__bytes *text)
{
	static const char *const NAMES[] = {"packing slip", "bill of lading", "invoice",
			"certificate", "customs", "dangerous goods"};
	uint32_t shown = 0;
	char buffer[TIME_SIZE];
	const char *between = "";
	int i;

	if (j->why[D] == CSTN__WHY_EXCEPTION)
		shown = line->documents_bad & judge->rules->documents;
	else if (j->why[D] == CSTN__WHY_UNCONFIRMED)
		shown = ~line->documents_ok & judge->rules->documents;
	for (i = 0; i < 6; i++) {
		if (!(shown >> i & 1))
			continue;
		cstn__bytes_put_format(text, "%s%s", between, NAMES[i]);
		between = ", ";
	}
	if (j->why[D] == CSTN__WHY_EXCEPTION)
		cstn__bytes_put_text(text, " wrong, late or missing");
	else if (j->why[D] == CSTN__WHY_UNCONFIRMED)
		cstn__bytes_put_text(text, " not confirmed");
	else if (j->why[D] == CSTN__WHY_LATE)
		cstn__bytes_put_format(text,
				"complete at %s, more than %" PRId64 " days after the goods",
				time_words(line->documents_complete_us, buffer),
				judge->rules->documents_within);
	else if (j->why[D] == CSTN__WHY_PASS)
		cstn__bytes_put_text(text, judge->rules->documents_positive
							   ? "confirmed"
							   : "no exception recorded");
}

static void condition(const cstn__judge *judge, const cstn_order_line *line,
		const cstn__judgement *j, cstn__bytes *text)
{
	static const struct {
		uint32_t mark;
		const char *words;
	} MARKS[] = {{CSTN_MARK_DAMAGED, "damaged"}, {CSTN_MARK_DEFECTIVE, "defective"},
			{CSTN_MARK_WRONG_CONFIGURATION, "wrong configuration"},
			{CSTN_MARK_REFUSED_FOR_QUALITY, "refused for quality"}};
	const char *between = "";
	size_t i;

	if (j->why[C] == CSTN__WHY_UNCONFIRMED) {
		cstn__bytes_put_text(text, "not confirmed");
	} else if (j->why[C] == CSTN__WHY_PASS) {
		cstn__bytes_put_text(text, judge->rules->condition_positive
							   ? "confirmed"
							   : "no exception recorded");
	} else if (j->why[C] == CSTN__WHY_EXCEPTION) {
		for (i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
			if (!(line->marks & MARKS[i].mark))
				continue;
			cstn__bytes_put_format(text, "%s%s", between, MARKS[i].words);
			between = ", ";
		}
	}
}

static void returned(const cstn_order_line *line, cstn__bytes *text)
{
	static const char *const REASONS[] = {"", "damaged", "defective", "wrong configuration",
			"wrong item", "short", "excess", "paperwork", "other"};
	char buffer[TIME_SIZE];

	cstn__bytes_put_format(text, "returned at %s inside the claim window: %s",
			time_words(line->returned_us, buffer), REASONS[line->return_reason]);
}

static void component(const cstn__judge *judge, const cstn_order_line *line,
		const cstn__judgement *j, int i, cstn__bytes *text)
{
	int failed = j->verdict.pattern >> i & 1;
	const char *state = failed ? "failed: " : "passed: ";

	if (j->why[i] == CSTN__WHY_UNASSESSED && j->verdict.outcome == CSTN__OUTCOME_UNASSESSED)
		state = "not known: ";
	if (j->why[i] == CSTN__WHY_NOT_JUDGED) {
		cstn__bytes_put_format(text, "  %s: not judged before the goods have come.\n",
				COMPONENT_WORDS[i]);
		return;
	}
	cstn__bytes_put_format(text, "  %s: %s", COMPONENT_WORDS[i], state);
	if (j->why[i] == CSTN__WHY_UNASSESSED)
		cstn__bytes_put_text(text, "no evidence is recorded");
	else if (j->why[i] == CSTN__WHY_CANCELLED)
		cstn__bytes_put_text(text, "cancelled");
	else if (j->why[i] == CSTN__WHY_RETURN)
		returned(line, text);
	else if (i == T)
		on_time(judge, j, text);
	else if (i == F)
		in_full(judge, j, text);
	else if (i == D)
		documents(judge, line, j, text);
	else
		condition(judge, line, j, text);
	if (failed && line->cause[i]) {
		cstn__bytes_put_text(text, "; cause: ");
		put_foreign(text, line->cause[i]);
	}
	if (failed && line->owner[i])
		cstn__bytes_put_format(text, "; owner: %s", owner_words(line->owner[i]));
	cstn__bytes_put_text(text, ".\n");
}

void cstn__judge_explain(const cstn__judge *judge, const cstn_order_line *line,
		const cstn__judgement *j, cstn__bytes *text)
{
	int i;

	headline(line, j, text);
	promise(judge, j, text);
	if (j->cancelled_by) {
		cstn__bytes_put_format(text, "  It was %s, which the policy counts as a failure.\n",
				reason_words(j->cancelled_by));
	} else {
		arrival(judge, line, j, text);
	}
	if (j->verdict.outcome != CSTN_OUTCOME_COUNTED &&
			j->verdict.outcome != CSTN__OUTCOME_UNASSESSED)
		return;
	for (i = 0; i < 4; i++) {
		if (!(judge->rules->components >> i & 1) ||
				(j->cancelled_by && j->why[i] != CSTN__WHY_CANCELLED))
			continue;
		component(judge, line, j, i, text);
	}
	if (judge->rules->weight != CSTN__WEIGHT_COUNT || judge->rules->credit_unit) {
		if (j->verdict.outcome == CSTN_OUTCOME_COUNTED)
			cstn__bytes_put_format(text, "  Weight: %" PRId64, j->verdict.weight);
		if (j->verdict.outcome == CSTN_OUTCOME_COUNTED && judge->rules->credit_unit)
			cstn__bytes_put_format(text,
					", of which %" PRId64 " arrived inside the window",
					j->verdict.credit);
		if (j->verdict.outcome == CSTN_OUTCOME_COUNTED)
			cstn__bytes_put_text(text, ".\n");
	}
}

void cstn__judge_sign(const cstn__judge *judge, cstn__bytes *text)
{
	char buffer[TIME_SIZE];

	cstn__bytes_put_format(text, "Policy %s, %s, as of %s.\n",
			cstn_service_policy_digest_text(judge->policy),
			judge->rules->inbound ? "inbound (RL.1.2)" : "outbound (RL.1.1)",
			time_words(judge->as_of_us, buffer));
}
