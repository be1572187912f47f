/* Gates of a permission: duties, what is given in return, and what is left of its limits.
 *
 * How duties and considerations stand comes with the rules; what the clock adds (a pending duty
 * past its deadline is violated, a consideration past its grace is overdue) is computed here, so
 * that rules need no refreshing. Cost: O(duties + considerations) a term. */
#include "sharing/decision.h"

/* --- duties ----------------------------------------------------------------------------------- */

/* a + b, at the ends of time where it does not fit. */
static int64_t add_time(int64_t a, int64_t b)
{
	int64_t sum;

	if (a == INT64_MAX || b == INT64_MAX)
		return INT64_MAX;
	if (__builtin_add_overflow(a, b, &sum))
		return b > 0 ? INT64_MAX : INT64_MIN;
	return sum;
}

static int64_t first_due(int32_t due, int64_t due_us, int64_t from_us, int64_t until_us)
{
	switch (due) {
	case CSTN_DUE_AT:
		return due_us;
	case CSTN_DUE_AFTER_START:
	case CSTN_DUE_EVERY:
		return add_time(from_us, due_us);
	case CSTN_DUE_AFTER_END:
		return add_time(until_us, due_us);
	default:
		return INT64_MAX;
	}
}

int64_t cstn__duty_due_by_term(const cstn_term_duty *duty, int64_t from_us, int64_t until_us)
{
	return first_due(duty->due, duty->due_us, from_us, until_us);
}

/* The next multiple of a period since the beginning that is after now. */
static int64_t next_time(int64_t begin_us, int64_t period_us, int64_t now_us)
{
	int64_t since, times;

	if (period_us <= 0 || __builtin_sub_overflow(now_us, begin_us, &since))
		return INT64_MAX;
	times = since < 0 ? 1 : since / period_us + 1;
	if (__builtin_mul_overflow(times, period_us, &since))
		return INT64_MAX;
	return add_time(begin_us, since);
}

int64_t cstn__duty_due(
		const cstn_term_duty *duty, int64_t from_us, int64_t until_us, int64_t now_us)
{
	if (duty->due == CSTN_DUE_AFTER_RELEASE)
		return add_time(now_us, duty->due_us);
	if (duty->due == CSTN_DUE_EVERY)
		return next_time(from_us, duty->due_us, now_us);
	return cstn__duty_due_by_term(duty, from_us, until_us);
}

int64_t cstn__duty_deadline(const cstn__case *at, const cstn__rule *rule, size_t index)
{
	const cstn__agreement *in = &at->rules->agreements.items[rule->agreement];

	return cstn__duty_due(rule->view->duties[index], in->valid_from_us, in->valid_until_us,
			at->request->now_us);
}

int cstn__duty_is_open(const cstn_rules *rules, const cstn__rule *rule, uint32_t index)
{
	int recorded = 0;

	if (index != CSTN_RULES_DUTY_RETENTION &&
			rule->view->duties[index]->due == CSTN_DUE_AFTER_RELEASE)
		return 1;
	for (uint32_t i = rule->duties.first; i < rule->duties.end; i++) {
		const cstn__duty *one = &rules->duties.items[i];

		if (one->about.index != index)
			continue;
		if (one->state == CSTN_DUTY_PENDING || one->state == CSTN_DUTY_VIOLATED)
			return 1;
		recorded = 1;
	}
	return !recorded;
}

/* Is a duty that comes before done, and none of its kind pending? */
static int is_done(const cstn_rules *rules, const cstn__rule *rule, uint32_t index)
{
	int done = 0;

	for (uint32_t i = rule->duties.first; i < rule->duties.end; i++) {
		const cstn__duty *one = &rules->duties.items[i];

		if (one->about.index != index)
			continue;
		if (one->state != CSTN_DUTY_FULFILLED && one->state != CSTN_DUTY_WAIVED)
			return 0;
		done = 1;
	}
	return done;
}

/* Is a duty violated: told so, or pending past its deadline? */
static int is_violated(const cstn_rules *rules, const cstn__rule *rule, int64_t now_us)
{
	for (uint32_t i = rule->duties.first; i < rule->duties.end; i++) {
		const cstn__duty *one = &rules->duties.items[i];

		if (one->state == CSTN_DUTY_VIOLATED ||
				(one->state == CSTN_DUTY_PENDING && now_us >= one->deadline_us))
			return 1;
	}
	return 0;
}

/* The same of duties that nothing is recorded of. */
static int is_neglected(const cstn_rules *rules, const cstn__rule *rule, int64_t now_us)
{
	const cstn__agreement *in = &rules->agreements.items[rule->agreement];

	for (uint32_t d = 0; d < rule->view->n_duties; d++) {
		int recorded = 0;

		for (uint32_t i = rule->duties.first; i < rule->duties.end; i++)
			recorded |= rules->duties.items[i].about.index == d;
		if (!recorded && rule->view->duties[d]->phase != CSTN_DUTY_BEFORE &&
				now_us >= cstn__duty_due_by_term(rule->view->duties[d],
							  in->valid_from_us, in->valid_until_us))
			return 1;
	}
	return 0;
}

/* --- what is given in return ------------------------------------------------------------------ */

/* What is current until it falls due, then due for the grace, then overdue. */
static int32_t aged(int32_t state, int64_t due_us, int64_t grace_us, int64_t now_us)
{
	if (state > CSTN_CONSIDERATION_DUE || now_us < due_us)
		return state;
	return now_us < add_time(due_us, grace_us) ? CSTN_CONSIDERATION_DUE
						   : CSTN_CONSIDERATION_OVERDUE;
}

/* Of one that nobody has spoken of: nothing is owed before it falls due for the first time. */
static int32_t unspoken(const cstn_rules *rules, const cstn__rule *rule,
		const cstn_term_consideration *given, int64_t now_us)
{
	const cstn__agreement *in = &rules->agreements.items[rule->agreement];
	int64_t due_us =
			first_due(given->due, given->due_us, in->valid_from_us, in->valid_until_us);

	if (given->due == CSTN_DUE_NONE || given->due == CSTN_DUE_AFTER_RELEASE)
		return CSTN_CONSIDERATION_UNKNOWN;
	return aged(CSTN_CONSIDERATION_CURRENT, due_us, given->grace_us, now_us);
}

static int32_t consideration_at(
		const cstn_rules *rules, const cstn__rule *rule, uint32_t index, int64_t now_us)
{
	const cstn_term_consideration *given = rule->view->considerations[index];
	const cstn__consideration *last = NULL;

	if (given->kind == CSTN_CONSIDERATION_EXPLICIT_NONE)
		return CSTN_CONSIDERATION_CURRENT;
	for (uint32_t i = rule->considerations.first; i < rule->considerations.end; i++)
		if (rules->considerations.items[i].about.index == index)
			last = &rules->considerations.items[i];
	return last ? aged(last->state, last->due_us, given->grace_us, now_us)
		    : unspoken(rules, rule, given, now_us);
}

int64_t cstn__consideration_next(
		const cstn_term_consideration *given, int64_t from_us, int64_t now_us)
{
	return given->due == CSTN_DUE_EVERY ? next_time(from_us, given->due_us, now_us) : INT64_MAX;
}

/* 0 current; 1 behind, which is only noted; 2 behind, which denies. */
static int behind(const cstn_rules *rules, const cstn__rule *rule, int64_t now_us)
{
	int worst = 0;

	for (uint32_t i = 0; i < rule->view->n_considerations; i++) {
		int32_t state = consideration_at(rules, rule, i, now_us);

		if (state == CSTN_CONSIDERATION_CURRENT || state == CSTN_CONSIDERATION_DUE)
			continue;
		if (rule->view->considerations[i]->gate != CSTN_GATE_ADVISE)
			return 2;
		worst = 1;
	}
	return worst;
}

enum cstn__outcome cstn__gate(const cstn__case *at, const cstn__rule *rule)
{
	int64_t now_us = at->request->now_us;
	int debt;

	for (uint32_t i = 0; i < rule->view->n_duties; i++)
		if (rule->view->duties[i]->phase == CSTN_DUTY_BEFORE &&
				!is_done(at->rules, rule, i))
			return CSTN__OUTCOME_DUTY_PENDING;
	if (is_violated(at->rules, rule, now_us) || is_neglected(at->rules, rule, now_us))
		return CSTN__OUTCOME_DUTY_VIOLATED;
	/* a term that asks for nothing, not even for a gift, was never offered by this library */
	if (!rule->view->n_considerations)
		return CSTN__OUTCOME_CONSIDERATION;
	debt = behind(at->rules, rule, now_us);
	return debt == 2   ? CSTN__OUTCOME_CONSIDERATION
	       : debt == 1 ? CSTN__OUTCOME_PASSES_ADVISED
			   : CSTN__OUTCOME_PASSES;
}

/* --- limits ----------------------------------------------------------------------------------- */

int64_t cstn__limit_window(int64_t at_us, int64_t length_us)
{
	int64_t rest = length_us > 0 ? at_us % length_us : 0;

	return at_us - (rest < 0 ? rest + length_us : rest);
}

/* Of a limit, where 0 is none. `used` counts only in the window it was counted in, or in one that
 * lies in the past of it. */
static uint64_t rest_of(
		int64_t limit, uint64_t used, int64_t length_us, int64_t used_at_us, int64_t now_us)
{
	if (limit <= 0)
		return UINT64_MAX;
	if (length_us > 0 && cstn__limit_window(now_us, length_us) >
					     cstn__limit_window(used_at_us, length_us))
		used = 0;
	return used >= (uint64_t)limit ? 0 : (uint64_t)limit - used;
}

cstn__left cstn__left_at(const cstn_rules *rules, uint32_t rule, int64_t now_us)
{
	static const cstn__usage nothing = {.at_us = 0};
	const cstn__rule *one = &rules->rules.items[rule];
	const cstn_term_limits *limits = one->view->limits;
	const cstn__usage *used =
			one->usage == UINT32_MAX ? &nothing : &rules->usages.items[one->usage];
	uint64_t ever = rest_of(limits->rows_in_all, used->rows_in_all, 0, 0, now_us);
	cstn__left left;

	left.calls = rest_of(limits->calls, used->calls, limits->window_us, used->at_us, now_us);
	left.rows = rest_of(limits->rows, used->rows, limits->window_us, used->at_us, now_us);
	if (ever < left.rows)
		left.rows = ever;
	left.nano_epsilon = rest_of(limits->nano_epsilon, used->nano_epsilon, limits->period_us,
			used->at_us, now_us);
	return left;
}
