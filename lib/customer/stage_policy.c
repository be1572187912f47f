/* Stage policies: canonical text, rules made ready for the replay, and the proof that no two rules
 * send a customer to and fro.
 *
 * A test is an interval of integers, ages in microseconds: `>= n` days begins at n days, `< n` ends
 * one microsecond before. Text is read loosely and written strictly; what is not written as it was
 * read is refused, so that the digest names the meaning.
 *
 * Hysteresis: for a rule A -> B and a rule B -> A, each pair of terms that test the same signal
 * must have one whose intervals leave at least one value (of an age: one day) between them. */
#include "customer/stage_policy.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "customer/interaction.h"

static const char built_in[] =
		"cstn-stage-policy 1\n"
		"failures COMPLAINT,RETURN_FAULT,ORDER_FAILED in 90\n"
		"growth REFERRAL,PRICE_INCREASE_ACCEPTED,NEW_CATEGORY,FIRST_CHOICE in 180\n"
		"R01 PROSPECT,DORMANT,CRISIS,STRUGGLE,RECOVERY,COMMIT,DEVELOP -> LOST dwell 0 "
		"reason contract_cancelled when event CONTRACT_CANCELLED\n"
		"R02 PROSPECT -> COMMIT dwell 0 reason first_order when event ORDER\n"
		"R03 LOST,DORMANT -> COMMIT dwell 0 reason order_again when event ORDER\n"
		"R04 STRUGGLE,COMMIT,DEVELOP -> CRISIS dwell 0 "
		"reason failures_or_open_ticket_or_exit_threat "
		"when failures >= 4000 or ticket_days >= 14 or event EXIT_THREAT\n"
		"R05 RECOVERY -> CRISIS dwell 0 reason relapse "
		"when event COMPLAINT,EXIT_THREAT,RETURN_FAULT,ORDER_FAILED\n"
		"R06 CRISIS -> RECOVERY dwell 0 reason plan_promised when event PLAN_PROMISED\n"
		"R07 RECOVERY -> DEVELOP dwell 60 reason recovered_and_growing "
		"when growth >= 2 and failure_days >= 60 and failures < 2000 and ticket_days < 14 "
		"and perfect_orders >= 1\n"
		"R07 RECOVERY -> COMMIT dwell 60 reason recovered "
		"when failure_days >= 60 and failures < 2000 and ticket_days < 14 "
		"and perfect_orders >= 1\n"
		"R08 COMMIT,DEVELOP -> STRUGGLE dwell 0 reason failures when failures >= 2000\n"
		"R09 STRUGGLE -> COMMIT dwell 30 reason failures_gone when failures <= 500\n"
		"R10 COMMIT -> DEVELOP dwell 30 reason growing when growth >= 2 and failures = 0\n"
		"R11 DEVELOP -> COMMIT dwell 180 reason no_growth when growth = 0\n"
		"R12 CRISIS,STRUGGLE,RECOVERY,COMMIT,DEVELOP -> DORMANT dwell 0 "
		"reason no_order_when_due when order_days >= 180 or past_due_days >= 1\n"
		"R13 DORMANT -> LOST dwell 0 reason no_order_for_long when order_days >= 365\n";

static const char *const signal_names[CSTN__SIGNALS] = {"event", "failures", "growth",
		"perfect_orders", "ticket_days", "order_days", "failure_days", "past_due_days"};

/* --- words ------------------------------------------------------------------------------------ */

typedef struct words {
	const char *at, *end; /* of the line */
	const char *word;
	size_t len;
} words;

/* The next word of the line; 0 at its end. */
static int next_word(words *line)
{
	while (line->at < line->end && *line->at == ' ')
		line->at++;
	line->word = line->at;
	while (line->at < line->end && *line->at != ' ')
		line->at++;
	line->len = (size_t)(line->at - line->word);
	return line->len > 0;
}

static int is_word(const words *line, const char *text)
{
	return strlen(text) == line->len && memcmp(line->word, text, line->len) == 0;
}

static cstn_status fail_word(const cstn_stage_policy *policy, const words *line, const char *wanted,
		cstn_error **error)
{
	return cstn__fail(error, CSTN_E_FORMAT, "line %d: '%.*s' where %s is expected",
			policy->line, (int)(line->len < 64 ? line->len : 64), line->word, wanted);
}

static cstn_status expect(
		const cstn_stage_policy *policy, words *line, const char *text, cstn_error **error)
{
	(void)next_word(line);
	return is_word(line, text) ? CSTN_OK : fail_word(policy, line, text, error);
}

static cstn_status read_number(const cstn_stage_policy *policy, words *line, int64_t max,
		int64_t *out, cstn_error **error)
{
	(void)next_word(line);
	if (cstn__parse_i64(line->word, line->len, out) == 0 && *out >= 0 && *out <= max)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_FORMAT,
			"line %d: '%.*s' where a whole number 0..%" PRId64 " is expected",
			policy->line, (int)(line->len < 64 ? line->len : 64), line->word, max);
}

/* "A,B,C" as bits. */
static cstn_status read_set(const cstn_stage_policy *policy, words *line,
		int32_t (*code_of)(const char *, size_t), int32_t least, const char *what,
		uint32_t *out, cstn_error **error)
{
	const char *at;

	if (!next_word(line))
		return fail_word(policy, line, what, error);
	*out = 0;
	for (at = line->word; at <= line->word + line->len;) {
		const char *comma = memchr(at, ',', (size_t)(line->word + line->len - at));
		size_t len = (size_t)((comma ? comma : line->word + line->len) - at);
		int32_t code = code_of(at, len);

		if (code < least)
			return cstn__fail(error, CSTN_E_FORMAT, "line %d: '%.*s' is no %s",
					policy->line, (int)(len < 64 ? len : 64), at, what);
		*out |= CSTN__STAGE_BIT(code);
		at += len + 1;
	}
	return CSTN_OK;
}

static cstn_status read_kinds(
		const cstn_stage_policy *policy, words *line, uint32_t *out, cstn_error **error)
{
	return read_set(policy, line, cstn__interaction_of, 1, "kind of interaction", out, error);
}

/* An id or a reason: letters, digits and _. */
static cstn_status keep_word(const cstn_stage_policy *policy, const words *line, const char *what,
		char out[CSTN__STAGE_WORD], cstn_error **error)
{
	size_t i;

	for (i = 0; i < line->len; i++) {
		char c = line->word[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
				    c == '_'))
			break;
	}
	if (line->len == 0 || line->len >= CSTN__STAGE_WORD || i < line->len)
		return cstn__fail(error, CSTN_E_FORMAT,
				"line %d: '%.*s' is no %s: 1..%d letters, digits or _",
				policy->line, (int)(line->len < 64 ? line->len : 64), line->word,
				what, CSTN__STAGE_WORD - 1);
	memcpy(out, line->word, line->len);
	out[line->len] = '\0';
	return CSTN_OK;
}

/* --- rules ------------------------------------------------------------------------------------ */

static int is_age(int32_t signal)
{
	return signal >= CSTN__SIGNAL_TICKET;
}

static cstn_status read_bounds(const cstn_stage_policy *policy, words *line, cstn__stage_test *test,
		cstn_error **error)
{
	char *op = test->op;
	int64_t n = 0;
	cstn_status status;

	(void)next_word(line);
	if (!(is_word(line, ">=") || is_word(line, "<") ||
			    (!is_age(test->signal) && (is_word(line, ">") || is_word(line, "<=") ||
								      is_word(line, "=")))))
		return fail_word(policy, line,
				is_age(test->signal) ? ">= or <" : "one of >= > <= < =", error);
	memcpy(op, line->word, line->len);
	status = read_number(policy, line,
			is_age(test->signal) ? CSTN__STAGE_DAYS_MAX : INT64_C(1000000000000), &n,
			error);
	if (status != CSTN_OK)
		return status;
	test->number = n;
	if (is_age(test->signal))
		n *= CSTN_DAY_US;
	/* below every value: an age of -1, which is "none" */
	test->low = INT64_MIN;
	test->high = INT64_MAX;
	if (op[0] == '>')
		test->low = op[1] ? n : n + 1;
	else if (op[0] == '<')
		test->high = op[1] ? n : n - 1;
	else
		test->low = test->high = n;
	return CSTN_OK;
}

static cstn_status read_test(const cstn_stage_policy *policy, words *line, cstn__stage_test *test,
		cstn_error **error)
{
	(void)next_word(line);
	for (test->signal = 0; test->signal < CSTN__SIGNALS; test->signal++)
		if (is_word(line, signal_names[test->signal]))
			break;
	if (test->signal == CSTN__SIGNALS)
		return fail_word(policy, line, "event or a signal", error);
	if (test->signal == CSTN__SIGNAL_EVENT)
		return read_kinds(policy, line, &test->kinds, error);
	return read_bounds(policy, line, test, error);
}

static cstn_status fail_limit(
		const cstn_stage_policy *policy, int most, const char *what, cstn_error **error)
{
	return cstn__fail(
			error, CSTN_E_LIMIT, "line %d: more than %d %s", policy->line, most, what);
}

static cstn_status read_condition(
		cstn_stage_policy *policy, words *line, cstn__stage_rule *rule, cstn_error **error)
{
	cstn__stage_term *term = &rule->terms[0];
	cstn_status status;

	rule->n_terms = 1;
	for (;;) {
		if (term->n == CSTN__STAGE_TESTS)
			return fail_limit(policy, CSTN__STAGE_TESTS, "tests in a term", error);
		status = read_test(policy, line, &term->tests[term->n], error);
		if (status != CSTN_OK)
			return status;
		term->n++;
		if (!next_word(line))
			return CSTN_OK;
		if (is_word(line, "and"))
			continue;
		if (!is_word(line, "or"))
			return fail_word(policy, line, "and, or, or the end of the line", error);
		if (rule->n_terms == CSTN__STAGE_TERMS)
			return fail_limit(policy, CSTN__STAGE_TERMS, "terms", error);
		term = &rule->terms[rule->n_terms++];
	}
}

/* Its first word is read already. */
static cstn_status read_rule(cstn_stage_policy *policy, words *line, cstn_error **error)
{
	cstn__stage_rule *rule = &policy->rules[policy->n_rules];
	int64_t days = 0;
	cstn_status status;

	if (policy->n_rules == CSTN__STAGE_RULES)
		return fail_limit(policy, CSTN__STAGE_RULES, "rules", error);
	status = keep_word(policy, line, "rule id", rule->id, error);
	if (status == CSTN_OK)
		status = read_set(policy, line, cstn__stage_of, 0, "stage", &rule->from, error);
	if (status == CSTN_OK)
		status = expect(policy, line, "->", error);
	if (status == CSTN_OK) {
		(void)next_word(line);
		rule->to = cstn__stage_of(line->word, line->len);
		if (rule->to < 0)
			status = fail_word(policy, line, "a stage", error);
		else if (rule->from & CSTN__STAGE_BIT(rule->to))
			status = cstn__fail(error, CSTN_E_FORMAT,
					"line %d: rule %s leads from %s to itself", policy->line,
					rule->id, cstn_stage_name(rule->to));
	}
	if (status == CSTN_OK)
		status = expect(policy, line, "dwell", error);
	if (status == CSTN_OK)
		status = read_number(policy, line, CSTN__STAGE_DAYS_MAX, &days, error);
	if (status == CSTN_OK)
		status = expect(policy, line, "reason", error);
	if (status == CSTN_OK) {
		(void)next_word(line);
		status = keep_word(policy, line, "reason", rule->reason, error);
	}
	if (status == CSTN_OK)
		status = expect(policy, line, "when", error);
	if (status == CSTN_OK)
		status = read_condition(policy, line, rule, error);
	if (status != CSTN_OK)
		return status;
	rule->dwell_us = days * CSTN_DAY_US;
	policy->n_rules++;
	return CSTN_OK;
}

/* "failures KINDS in DAYS" */
static cstn_status read_window(cstn_stage_policy *policy, words *line, const char *name,
		uint32_t *kinds, int64_t *window_us, cstn_error **error)
{
	int64_t days = 0;
	cstn_status status = expect(policy, line, name, error);

	if (status == CSTN_OK)
		status = read_kinds(policy, line, kinds, error);
	if (status == CSTN_OK)
		status = expect(policy, line, "in", error);
	if (status == CSTN_OK)
		status = read_number(policy, line, CSTN__STAGE_DAYS_MAX, &days, error);
	if (status == CSTN_OK && next_word(line))
		status = fail_word(policy, line, "the end of the line", error);
	if (status == CSTN_OK && days == 0)
		status = cstn__fail(error, CSTN_E_FORMAT, "line %d: a window has at least one day",
				policy->line);
	if (status == CSTN_OK)
		*window_us = days * CSTN_DAY_US;
	return status;
}

static cstn_status read_line(cstn_stage_policy *policy, words *line, cstn_error **error)
{
	cstn_status status;

	switch (policy->line) {
	case 1:
		status = expect(policy, line, "cstn-stage-policy", error);
		if (status == CSTN_OK)
			status = expect(policy, line, "1", error);
		return status;
	case 2:
		return read_window(policy, line, "failures", &policy->failure_kinds,
				&policy->failure_us, error);
	case 3:
		return read_window(policy, line, "growth", &policy->growth_kinds,
				&policy->growth_us, error);
	default:
		(void)next_word(line);
		return read_rule(policy, line, error);
	}
}

/* --- writing ---------------------------------------------------------------------------------- */

static void put_set(cstn__bytes *out, uint32_t set, const char *(*name_of)(int32_t))
{
	int32_t i, first = 1;

	for (i = 0; i < 32; i++) {
		if (!(set & CSTN__STAGE_BIT(i)))
			continue;
		cstn__bytes_put_format(out, "%s%s", first ? "" : ",", name_of(i));
		first = 0;
	}
}

static void put_test(cstn__bytes *out, const cstn__stage_test *test)
{
	cstn__bytes_put_format(out, "%s ", signal_names[test->signal]);
	if (test->signal == CSTN__SIGNAL_EVENT)
		put_set(out, test->kinds, cstn_interaction_name);
	else
		cstn__bytes_put_format(out, "%s %" PRId64, test->op, test->number);
}

static void put_rule(cstn__bytes *out, const cstn__stage_rule *rule)
{
	int32_t i, k;

	cstn__bytes_put_format(out, "%s ", rule->id);
	put_set(out, rule->from, cstn_stage_name);
	cstn__bytes_put_format(out, " -> %s dwell %" PRId64 " reason %s when ",
			cstn_stage_name(rule->to), rule->dwell_us / CSTN_DAY_US, rule->reason);
	for (i = 0; i < rule->n_terms; i++) {
		if (i)
			cstn__bytes_put_text(out, " or ");
		for (k = 0; k < rule->terms[i].n; k++) {
			if (k)
				cstn__bytes_put_text(out, " and ");
			put_test(out, &rule->terms[i].tests[k]);
		}
	}
	cstn__bytes_put_text(out, "\n");
}

static cstn_status write_text(cstn_stage_policy *policy, cstn_error **error)
{
	cstn__bytes out;
	int32_t i;

	cstn__bytes_init(&out, &policy->allocator);
	cstn__bytes_put_text(&out, "cstn-stage-policy 1\nfailures ");
	put_set(&out, policy->failure_kinds, cstn_interaction_name);
	cstn__bytes_put_format(&out, " in %" PRId64 "\ngrowth ", policy->failure_us / CSTN_DAY_US);
	put_set(&out, policy->growth_kinds, cstn_interaction_name);
	cstn__bytes_put_format(&out, " in %" PRId64 "\n", policy->growth_us / CSTN_DAY_US);
	for (i = 0; i < policy->n_rules; i++)
		put_rule(&out, &policy->rules[i]);
	policy->text_len = out.size;
	cstn__bytes_put_u8(&out, 0);
	policy->text = out.failed ? NULL : cstn__alloc(&policy->allocator, out.size);
	if (policy->text)
		memcpy(policy->text, out.data, out.size);
	cstn__bytes_free(&out);
	return policy->text ? CSTN_OK : cstn__fail_nomem(error);
}

/* --- hysteresis ------------------------------------------------------------------------------- */

/* 1 if two intervals of a signal leave a gap: a whole number, or of an age a day. */
static int leaves_gap(const cstn__stage_test *a, const cstn__stage_test *b)
{
	int64_t gap = is_age(a->signal) ? CSTN_DAY_US : 1;

	if (a->high == INT64_MAX && b->high == INT64_MAX)
		return 0;
	if (a->low == INT64_MIN && b->low == INT64_MIN)
		return 0;
	/* bounds that stand are within 10^12 or 10^6 days */
	if (a->high != INT64_MAX && b->low != INT64_MIN && b->low - a->high > gap)
		return 1;
	return b->high != INT64_MAX && a->low != INT64_MIN && a->low - b->high > gap;
}

/* The signal that both terms test without a gap on it or another; -1 if there is none. */
static int32_t shared_without_gap(const cstn__stage_term *a, const cstn__stage_term *b)
{
	int32_t i, k, shared = -1;

	for (i = 0; i < a->n; i++)
		for (k = 0; k < b->n; k++) {
			if (a->tests[i].signal != b->tests[k].signal ||
					a->tests[i].signal == CSTN__SIGNAL_EVENT)
				continue;
			if (leaves_gap(&a->tests[i], &b->tests[k]))
				return -1;
			shared = a->tests[i].signal;
		}
	return shared;
}

static cstn_status check_pair(
		const cstn__stage_rule *a, const cstn__stage_rule *b, cstn_error **error)
{
	int32_t i, k;

	for (i = 0; i < a->n_terms; i++)
		for (k = 0; k < b->n_terms; k++) {
			int32_t signal = shared_without_gap(&a->terms[i], &b->terms[k]);

			if (signal >= 0)
				return cstn__fail(error, CSTN_E_POLICY,
						"rule %s to %s and rule %s back to %s leave no gap "
						"between their thresholds on %s",
						a->id, cstn_stage_name(a->to), b->id,
						cstn_stage_name(b->to), signal_names[signal]);
		}
	return CSTN_OK;
}

static cstn_status check_hysteresis(const cstn_stage_policy *policy, cstn_error **error)
{
	int32_t i, k;

	for (i = 0; i < policy->n_rules; i++)
		for (k = i + 1; k < policy->n_rules; k++) {
			const cstn__stage_rule *a = &policy->rules[i], *b = &policy->rules[k];

			if ((a->from & CSTN__STAGE_BIT(b->to)) &&
					(b->from & CSTN__STAGE_BIT(a->to)) &&
					check_pair(a, b, error) != CSTN_OK)
				return CSTN_E_POLICY;
		}
	return CSTN_OK;
}

/* --- plans ------------------------------------------------------------------------------------ */

/* Kinds without which the rule does not fire; 0: some term has no event. */
static uint32_t needed_events(const cstn__stage_rule *rule)
{
	uint32_t all = 0;
	int32_t i, k;

	for (i = 0; i < rule->n_terms; i++) {
		uint32_t kinds = 0;

		for (k = 0; k < rule->terms[i].n; k++)
			kinds |= rule->terms[i].tests[k].kinds;
		if (!kinds)
			return 0;
		all |= kinds;
	}
	return all;
}

static void add_clock(cstn__stage_plan *plan, int32_t signal, int64_t after_us)
{
	int32_t i;

	for (i = 0; i < plan->n_clocks; i++)
		if (plan->clocks[i].signal == signal && plan->clocks[i].after_us == after_us)
			return;
	plan->clocks[plan->n_clocks].signal = signal;
	plan->clocks[plan->n_clocks++].after_us = after_us;
}

static cstn_status plan_rule(cstn__stage_plan *plan, const cstn__stage_rule *rule, int32_t number,
		cstn_error **error)
{
	int32_t i, k;

	plan->rules[plan->n_rules++] = (uint8_t)number;
	if (plan->n_clocks > CSTN__STAGE_CLOCKS - CSTN__STAGE_TERMS * CSTN__STAGE_TESTS - 1)
		return cstn__fail(error, CSTN_E_LIMIT,
				"rule %s: a stage has more than %d different thresholds of ages",
				rule->id, CSTN__STAGE_CLOCKS);
	if (rule->dwell_us && !rule->events)
		add_clock(plan, -1, rule->dwell_us);
	for (i = 0; i < rule->n_terms; i++)
		for (k = 0; k < rule->terms[i].n; k++) {
			const cstn__stage_test *test = &rule->terms[i].tests[k];

			if (test->signal == CSTN__SIGNAL_FAILURES)
				plan->failures_fall |= test->high != INT64_MAX;
			else if (test->signal == CSTN__SIGNAL_GROWTH)
				plan->growth_falls |= test->high != INT64_MAX;
			else if (is_age(test->signal) && test->low != INT64_MIN)
				add_clock(plan, test->signal, test->low);
		}
	return CSTN_OK;
}

static cstn_status make_plans(cstn_stage_policy *policy, cstn_error **error)
{
	int32_t stage, i;
	cstn_status status;

	for (i = 0; i < policy->n_rules; i++)
		policy->rules[i].events = needed_events(&policy->rules[i]);
	for (stage = 0; stage < CSTN_STAGE_COUNT; stage++)
		for (i = 0; i < policy->n_rules; i++) {
			if (!(policy->rules[i].from & CSTN__STAGE_BIT(stage)))
				continue;
			status = plan_rule(&policy->plans[stage], &policy->rules[i], i, error);
			if (status != CSTN_OK)
				return status;
		}
	return CSTN_OK;
}

/* --- making ----------------------------------------------------------------------------------- */

static cstn_status read_text(
		cstn_stage_policy *policy, const char *text, size_t len, cstn_error **error)
{
	const char *at = text, *end = text + len;
	cstn_status status;

	while (at < end) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));
		words line = {at, line_end, NULL, 0};

		policy->line++;
		if (!line_end)
			return cstn__fail(
					error, CSTN_E_FORMAT, "line %d: no line end", policy->line);
		status = read_line(policy, &line, error);
		if (status != CSTN_OK)
			return status;
		at = line_end + 1;
	}
	if (policy->n_rules == 0)
		return cstn__fail(error, CSTN_E_FORMAT, "line %d: a policy has at least one rule",
				policy->line + 1);
	return CSTN_OK;
}

/* Where the text differs from the canonical one. */
static cstn_status check_text(
		const cstn_stage_policy *policy, const char *text, size_t len, cstn_error **error)
{
	size_t i, n = len < policy->text_len ? len : policy->text_len;
	int32_t line = 1;

	for (i = 0; i < n && text[i] == policy->text[i]; i++)
		line += text[i] == '\n';
	if (i == n && len == policy->text_len)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_FORMAT, "line %d: not the canonical text, which is '%.*s'",
			line, (int)strcspn(policy->text + i, "\n"), policy->text + i);
}

static cstn_status fill_policy(
		cstn_stage_policy *policy, const char *text, size_t len, cstn_error **error)
{
	cstn_status status = read_text(policy, text, len, error);

	if (status == CSTN_OK)
		status = write_text(policy, error);
	if (status == CSTN_OK)
		status = check_text(policy, text, len, error);
	if (status == CSTN_OK)
		status = check_hysteresis(policy, error);
	if (status == CSTN_OK)
		status = make_plans(policy, error);
	if (status == CSTN_OK)
		cstn__sha256(policy->text, policy->text_len, policy->digest);
	return status;
}

cstn_status cstn_stage_policy_parse(const char *text, size_t len, const cstn_allocator *allocator,
		cstn_stage_policy **out, cstn_error **error)
{
	cstn_stage_policy *policy;
	cstn_allocator read;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__handle_new(allocator, sizeof(*policy), &read, &policy, error);
	if (status != CSTN_OK)
		return status;
	policy->allocator = read;
	atomic_init(&policy->references, 1);
	status = fill_policy(
			policy, text ? text : built_in, text ? len : sizeof(built_in) - 1, error);
	if (status == CSTN_OK)
		*out = policy;
	else
		cstn_stage_policy_unref(policy);
	return status;
}

const char *cstn_stage_policy_format(const cstn_stage_policy *policy, size_t *out_len)
{
	if (out_len)
		*out_len = policy ? policy->text_len : 0;
	return policy ? policy->text : "";
}

void cstn_stage_policy_digest(const cstn_stage_policy *policy, uint8_t out[CSTN_STAGE_DIGEST_SIZE])
{
	if (policy)
		memcpy(out, policy->digest, CSTN_STAGE_DIGEST_SIZE);
	else
		memset(out, 0, CSTN_STAGE_DIGEST_SIZE);
}

cstn_stage_policy *cstn_stage_policy_ref(cstn_stage_policy *policy)
{
	if (policy)
		atomic_fetch_add_explicit(&policy->references, 1, memory_order_relaxed);
	return policy;
}

void cstn_stage_policy_unref(cstn_stage_policy *policy)
{
	cstn_allocator allocator;

	if (!policy || atomic_fetch_sub_explicit(&policy->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = policy->allocator;
	if (policy->text)
		cstn__free(&allocator, policy->text, policy->text_len + 1);
	cstn__free(&allocator, policy, sizeof(*policy));
}
