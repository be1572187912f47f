/* What a decision should be, worked out of the world of decision_world.h the plain way: every
 * agreement and term is looked at for every field, nothing is indexed, kept or compiled. */
#include "decision_world.h"

#include <string.h>

enum { NO, UNKNOWN, YES };

/* --- logic ------------------------------------------------------------------------------------ */

static int least(int a, int b)
{
	return a < b ? a : b;
}

static int most(int a, int b)
{
	return a > b ? a : b;
}

static int leaf(const world_request *r, int condition, int64_t than, int64_t age)
{
	switch (condition) {
	case C_SCORE:
		return !r->has_score ? UNKNOWN : r->score >= than ? YES : NO;
	case C_NOT_SCORE:
		return !r->has_score ? UNKNOWN : r->score != than ? YES : NO;
	case C_ROLE:
		return r->role < 0 ? UNKNOWN : r->role == than % WORLD_ROLES ? YES : NO;
	default:
		/* an age below zero is outside the domain */
		return !r->has_window || age < 0 ? UNKNOWN : age >= than * DAY ? YES : NO;
	}
}

static int condition(const world_term *t, const world_request *r, int64_t age)
{
	int a = leaf(r, C_SCORE, t->than, age), b = leaf(r, C_NOT_SCORE, t->than / 2, age),
	    c = leaf(r, C_ROLE, t->than, age), yes, unknown;

	switch (t->condition) {
	case C_NONE:
		return YES;
	case C_OR:
		return most(a, most(b, c));
	case C_AND:
		return least(a, least(b, c));
	case C_XONE:
		yes = (a == YES) + (b == YES) + (c == YES);
		unknown = (a == UNKNOWN) + (b == UNKNOWN) + (c == UNKNOWN);
		return yes >= 2 ? NO : unknown ? UNKNOWN : yes == 1 ? YES : NO;
	default:
		return leaf(r, t->condition, t->than, age);
	}
}

/* --- parties ---------------------------------------------------------------------------------- */

static int is_member(const world *w, const world_request *r, int who)
{
	return w->members[r->place][who].there && r->now >= w->members[r->place][who].from &&
	       r->now < w->members[r->place][who].until;
}

static int32_t relation(const world *w, int place, int a, int b)
{
	int32_t x = w->relations[place][a][b], y = w->relations[place][b][a];

	if (x == CSTN_RELATION_COMPETITOR || y == CSTN_RELATION_COMPETITOR)
		return CSTN_RELATION_COMPETITOR;
	if (!x || !y)
		return CSTN_RELATION_UNDECLARED;
	return x == CSTN_RELATION_PARTNER && y == CSTN_RELATION_PARTNER ? CSTN_RELATION_PARTNER
									: CSTN_RELATION_NEUTRAL;
}

static int is_dual(const world *w, const world_request *r)
{
	return relation(w, r->place, r->provider, r->recipient) == CSTN_RELATION_PARTNER &&
	       relation(w, 1 - r->place, r->provider, r->recipient) == CSTN_RELATION_COMPETITOR;
}

static int compete(const world *w, const world_request *r)
{
	int32_t own = relation(w, r->place, r->provider, r->recipient);

	for (int i = 0; i < r->n_hops; i++)
		if (relation(w, r->place, r->hops[i], r->recipient) == CSTN_RELATION_COMPETITOR)
			return 1;
	return own == CSTN_RELATION_COMPETITOR || own == CSTN_RELATION_UNDECLARED;
}

static int repeats(const world_request *r)
{
	int way[4], n = 0;

	for (int i = 0; i < r->n_hops; i++)
		way[n++] = r->hops[i];
	way[n++] = r->provider;
	way[n++] = r->recipient;
	for (int i = 0; i < n; i++)
		for (int j = 0; j < i; j++)
			if (way[i] == way[j])
				return 1;
	return 0;
}

/* --- agreements ------------------------------------------------------------------------------- */

enum { ENDED, WAITS, STOPPED, LIVE };

static int own_state(const world_agreement *a, int64_t now)
{
	if (a->state > CSTN_AGREEMENT_RETIRING || now >= a->until)
		return ENDED;
	if (a->state == CSTN_AGREEMENT_RETIRING && now >= a->effective)
		return ENDED;
	if (a->state == CSTN_AGREEMENT_SUSPENDED)
		return STOPPED;
	if (now < a->from)
		return WAITS;
	return a->retiring_suspended ? STOPPED : LIVE;
}

static int is_live(const world *w, const world_agreement *a, int64_t now)
{
	for (;;) {
		if (own_state(a, now) != LIVE)
			return 0;
		if (a->parent < 0)
			return 1;
		a = &w->agreements[a->parent];
	}
}

static int chain_fits(const world *w, const world_agreement *a, const world_request *r)
{
	int n = r->n_hops;

	for (; a->parent >= 0; a = &w->agreements[a->parent])
		if (--n < 0 || r->hops[n] != w->agreements[a->parent].provider)
			return 0;
	return n == 0;
}

static int is_of(const world_agreement *a, const world_request *r)
{
	return a->place == r->place && a->provider == r->provider && a->recipient == r->recipient;
}

/* Steps 1 to 3; 0 goes on. */
static int32_t before_terms(const world *w, const world_request *r)
{
	int live = 0, fits = 0, stopped = 0;

	if (!is_member(w, r, r->provider) || !is_member(w, r, r->recipient))
		return CSTN_DECISION_NO_MEMBERSHIP;
	if (r->role >= 0 && !(w->members[r->place][r->recipient].roles >> r->role & 1))
		return CSTN_DECISION_NO_MEMBERSHIP;
	if (repeats(r))
		return CSTN_DECISION_HOPS;
	for (int i = 0; i < w->n_agreements; i++) {
		const world_agreement *a = &w->agreements[i];

		if (!is_of(a, r))
			continue;
		if (is_live(w, a, r->now)) {
			live = 1;
			fits |= chain_fits(w, a, r);
		} else if (own_state(a, r->now) >= STOPPED) {
			stopped = 1;
		}
	}
	return fits      ? 0
	       : live    ? CSTN_DECISION_HOPS
	       : stopped ? CSTN_DECISION_SUSPENDED
			 : CSTN_DECISION_NO_AGREEMENT;
}

/* --- terms ------------------------------------------------------------------------------------ */

static int is_below(int purpose, int above)
{
	for (; purpose >= 0; purpose = world_purpose_parents[purpose])
		if (purpose == above)
			return 1;
	return 0;
}

static int names_field(const world_term *t, int field)
{
	int star = strncmp(world_paths[field], "order.", 6) == 0 ? 7 : 8;

	return (t->fields >> field & 1) || (t->fields >> star & 1);
}

static int data_are_meant(const world_term *t, const world_request *r)
{
	int64_t young = r->now - r->data_until, old = r->now - r->data_from;
	int asks = t->data_from != INT64_MIN || t->data_until != INT64_MAX || t->min_age ||
		   t->max_age != INT64_MAX,
	    asks_age = t->min_age || t->max_age != INT64_MAX;

	if (!asks)
		return 1;
	if (!r->has_window)
		return t->prohibits;
	if (t->prohibits)
		return r->data_from < t->data_until && r->data_until > t->data_from &&
		       (!asks_age || (old >= t->min_age && young <= t->max_age));
	return r->data_from >= t->data_from && r->data_until <= t->data_until &&
	       (!asks_age || (young >= t->min_age && old <= t->max_age));
}

static int is_meant(const world *w, const world_agreement *a, const world_term *t,
		const world_request *r, int field)
{
	unsigned held = w->members[r->place][r->recipient].roles;

	if (!is_of(a, r) || !is_live(w, a, r->now) || !names_field(t, field))
		return 0;
	if (!(t->actions & r->action) || r->now < t->from || r->now >= t->until)
		return 0;
	if (!is_below(r->purpose, t->purpose) &&
			!(t->prohibits && is_below(t->purpose, r->purpose)))
		return 0;
	if (t->by_role && t->prohibits && !((unsigned)t->by_role & held))
		return 0;
	if (t->by_role && !t->prohibits && (r->role < 0 || !(t->by_role >> r->role & 1)))
		return 0;
	return data_are_meant(t, r);
}

static int prohibits(const world_term *t, const world_request *r)
{
	return condition(t, r, r->now - r->data_until) != NO ||
	       condition(t, r, r->now - r->data_from) != NO;
}

static int permits(const world_term *t, const world_request *r)
{
	return condition(t, r, r->now - r->data_until) == YES &&
	       condition(t, r, r->now - r->data_from) == YES;
}

/* May the data have come this way? */
static int way_is_open(const world *w, const world_agreement *a, const world_term *t,
		const world_request *r)
{
	int hops = 0;

	if (!chain_fits(w, a, r))
		return 0;
	for (; a->parent >= 0; a = &w->agreements[a->parent]) {
		if (t->parent < 0)
			return 0;
		t = &w->agreements[a->parent].terms[t->parent];
		hops++;
		if (t->prohibits || t->onward == CSTN_ONWARD_NONE || hops > t->max_hops)
			return 0;
		if (t->onward == CSTN_ONWARD_LIST && !(t->onward_list >> r->recipient & 1))
			return 0;
	}
	return 1;
}

/* How what is given in return stands: as it was told, else by its rule. */
static int32_t debt_at(const world_agreement *a, const world_term *t, int64_t now)
{
	int32_t state = t->n_debts ? t->debt_state : CSTN_CONSIDERATION_CURRENT;
	int64_t due = t->debt_due;

	if (!t->n_debts) {
		if (t->rule == CSTN_DUE_NONE || t->rule == CSTN_DUE_AFTER_RELEASE)
			return CSTN_CONSIDERATION_UNKNOWN;
		due = t->rule_us;
		if (t->rule == CSTN_DUE_AFTER_END)
			due = a->until == INT64_MAX ? INT64_MAX : a->until + t->rule_us;
		else if (t->rule != CSTN_DUE_AT)
			due = a->from + t->rule_us;
	}
	if (state > CSTN_CONSIDERATION_DUE || due == INT64_MAX || now < due)
		return state;
	return now < due + t->grace ? CSTN_CONSIDERATION_DUE : CSTN_CONSIDERATION_OVERDUE;
}

static int32_t gate(const world_agreement *a, const world_term *t, int64_t now)
{
	for (int d = 0; d < t->n_duties; d++) {
		int done = 0, open = 0;

		for (int i = 0; i < t->n_duty_rows; i++)
			if (t->duty_rows[i].duty == d) {
				int32_t s = t->duty_rows[i].state;

				done |= s == CSTN_DUTY_FULFILLED || s == CSTN_DUTY_WAIVED;
				open |= s == CSTN_DUTY_PENDING || s == CSTN_DUTY_VIOLATED;
			}
		if (t->duties[d].phase == CSTN_DUTY_BEFORE && (!done || open))
			return CSTN_DECISION_DUTY_PENDING;
	}
	for (int i = 0; i < t->n_duty_rows; i++)
		if (t->duty_rows[i].state == CSTN_DUTY_VIOLATED ||
				(t->duty_rows[i].state == CSTN_DUTY_PENDING &&
						now >= t->duty_rows[i].deadline))
			return CSTN_DECISION_DUTY_VIOLATED;
	for (int d = 0; d < t->n_duties; d++) {
		int64_t deadline = INT64_MAX;
		int told = 0;

		for (int i = 0; i < t->n_duty_rows; i++)
			told |= t->duty_rows[i].duty == d;
		if (t->duties[d].due == CSTN_DUE_AT)
			deadline = t->duties[d].due_us;
		if (t->duties[d].due == CSTN_DUE_AFTER_START || t->duties[d].due == CSTN_DUE_EVERY)
			deadline = a->from + t->duties[d].due_us;
		if (t->duties[d].phase != CSTN_DUTY_BEFORE && !told && now >= deadline)
			return CSTN_DECISION_DUTY_VIOLATED;
	}
	if (t->gift)
		return 0;
	return debt_at(a, t, now) > CSTN_CONSIDERATION_DUE && !t->advise
			       ? CSTN_DECISION_CONSIDERATION
			       : 0;
}

/* Is what only notes it overdue or unknown? */
static int is_behind(const world_agreement *a, const world_term *t, int64_t now)
{
	return !t->gift && debt_at(a, t, now) > CSTN_CONSIDERATION_DUE;
}

static int has_budget(const world *w, const world_agreement *a, const world_term *t,
		const world_request *r, int32_t level)
{
	/* no more than the term grants, where it grants noise at all */
	uint64_t spent = t->level == CSTN_LEVEL_NOISED && (uint64_t)t->epsilon < r->epsilon
					 ? (uint64_t)t->epsilon
					 : r->epsilon;

	for (;;) {
		uint64_t calls = 0, rows = 0, in_all = t->used ? t->used_in_all : 0, epsilon = 0,
			 wanted = r->rows ? r->rows : 1,
			 noise = level == CSTN_LEVEL_NOISED ? spent : 0;

		if (t->used && (!t->window || r->now / t->window <= t->used_at / t->window)) {
			calls = t->used_calls;
			rows = t->used_rows;
		}
		if (t->used && (!t->period || r->now / t->period <= t->used_at / t->period))
			epsilon = t->used_epsilon;
		if ((t->calls && calls + 1 > (uint64_t)t->calls) ||
				(t->rows && rows + wanted > (uint64_t)t->rows) ||
				(t->rows_in_all && in_all + wanted > (uint64_t)t->rows_in_all) ||
				(t->epsilon_limit && noise &&
						epsilon + noise > (uint64_t)t->epsilon_limit))
			return 0;
		if (t->parent < 0)
			return 1;
		t = &w->agreements[a->parent].terms[t->parent];
		a = &w->agreements[a->parent];
	}
}

/* --- step 8 ----------------------------------------------------------------------------------- */

static void harden(world_answer *out)
{
	if (out->contributors < 3)
		out->contributors = 3;
	if (out->share > 600)
		out->share = 600;
}

static void raise_to(world_answer *out, int32_t level)
{
	if (level > out->level && level >= CSTN_LEVEL_AGGREGATED &&
			out->level < CSTN_LEVEL_AGGREGATED)
		harden(out);
	if (level > out->level)
		out->level = level;
}

static int is_walled(const world *w, const world_request *r, uint32_t classes)
{
	for (int i = 0; i < w->n_deliveries; i++)
		if (w->wall[r->place] && w->deliveries[i].place == r->place &&
				w->deliveries[i].recipient == r->recipient &&
				w->deliveries[i].provider != r->provider &&
				(w->rivals[r->place] >> r->provider & 1) &&
				(w->rivals[r->place] >> w->deliveries[i].provider & 1) &&
				w->deliveries[i].at > r->now - w->wall[r->place] &&
				w->deliveries[i].classes & classes)
			return 1;
	return 0;
}

static int names_persons(const world_request *r)
{
	for (int i = 0; i < WORLD_FIELDS; i++)
		if (r->fields >> i & 1 && world_classes[i] & CSTN_CLASS_PII_DIRECT)
			return 1;
	return 0;
}

/* What a permission that passes its gates makes of a field. */
static void grant(const world *w, const world_agreement *a, const world_term *t,
		const world_request *r, uint32_t classes, world_answer *out)
{
	int finer, passes_on = (r->action & (CSTN_ACTION_DISTRIBUTE | CSTN_ACTION_TRANSFER)) != 0,
		   wall = classes & CSTN_CLASS_COMPETITIVE && compete(w, r);

	memset(out, 0, sizeof(*out));
	out->level = t->level;
	out->contributors = t->contributors ? t->contributors : 1;
	out->k = t->k ? t->k : 1;
	out->share = t->share ? t->share : 1000;
	out->retention = t->retention;
	out->min_age = t->min_age;
	out->flags = is_behind(a, t, r->now) ? CSTN_DECISION_FIELD_ADVISED : 0;
	if (is_dual(w, r)) {
		out->flags |= CSTN_DECISION_FIELD_NO_ONWARD;
		out->retention = out->retention < 90 * DAY ? out->retention : 90 * DAY;
	}
	if (classes & CSTN_CLASS_PII_DIRECT && !t->legal_basis)
		raise_to(out, CSTN_LEVEL_PSEUDONYM);
	if (classes & CSTN_CLASS_PII_QUASI && names_persons(r))
		raise_to(out, CSTN_LEVEL_GENERALISED);
	if (classes & CSTN_CLASS_SPECIAL)
		raise_to(out, CSTN_LEVEL_AGGREGATED);
	if (wall) {
		raise_to(out, CSTN_LEVEL_AGGREGATED);
		harden(out);
		out->flags |= CSTN_DECISION_FIELD_NO_ONWARD | CSTN_DECISION_FIELD_FIREWALL;
		out->min_age = out->min_age > 90 * DAY ? out->min_age : 90 * DAY;
	}
	/* less noise than the term grants, where noise is what comes out */
	finer = r->level < out->level ||
		(t->level == CSTN_LEVEL_NOISED && r->level <= CSTN_LEVEL_NOISED &&
				out->level == CSTN_LEVEL_NOISED &&
				r->epsilon > (uint64_t)t->epsilon);
	if ((wall || is_dual(w, r)) && passes_on)
		out->reason = CSTN_DECISION_FIREWALL;
	else if (wall && (!r->has_window || r->now - r->data_until < 90 * DAY))
		out->reason = CSTN_DECISION_FIREWALL;
	else if (is_walled(w, r, classes))
		out->reason = CSTN_DECISION_WALL;
	else if (finer && !(r->flags & CSTN_REQUEST_DOWNGRADE_OK))
		out->reason = wall && r->level < CSTN_LEVEL_AGGREGATED ? CSTN_DECISION_FIREWALL
								       : CSTN_DECISION_LEVEL;
	if (out->reason)
		return;
	if (finer)
		out->flags |= CSTN_DECISION_FIELD_DOWNGRADED;
	raise_to(out, r->level);
	if (!has_budget(w, a, t, r, out->level))
		out->reason = CSTN_DECISION_BUDGET;
}

#define BEFORE(a, b)    \
	if ((a) != (b)) \
	return (a) < (b) ? -1 : 1

int reference_compare(const world_answer *a, const world_answer *b)
{
	BEFORE(a->level, b->level);
	BEFORE(a->contributors, b->contributors);
	BEFORE(a->k, b->k);
	BEFORE(b->share, a->share);
	return 0;
}

static int by_digest(const world *w, const world_answer *a, const world_answer *b)
{
	int order = memcmp(w->agreements[a->agreement].terms[a->term].digest,
			w->agreements[b->agreement].terms[b->term].digest, 32);

	return order ? order
		     : memcmp(w->agreements[a->agreement].digest,
				       w->agreements[b->agreement].digest, 32);
}

/* Epsilon and threshold are no part of an answer, but of the order. */
static int compare_rest(const world *w, const world_answer *a, const world_answer *b)
{
	const world_term *x = &w->agreements[a->agreement].terms[a->term],
			 *y = &w->agreements[b->agreement].terms[b->term];

	BEFORE(y->epsilon, x->epsilon);
	BEFORE(x->threshold, y->threshold);
	return 0;
}

static int is_worse(const world *w, const world_answer *a, const world_answer *b)
{
	int order = (a->reason != 0) - (b->reason != 0);

	if (!order)
		order = reference_compare(a, b);
	if (!order)
		order = compare_rest(w, a, b);
	if (!order)
		order = by_digest(w, a, b);
	return order > 0;
}

static void deny(world_answer *out, int32_t reason)
{
	memset(out, 0, sizeof(*out));
	out->reason = reason;
	out->agreement = out->term = -1;
	out->retention = INT64_MAX;
}

static void decide_field(const world *w, const world_request *r, int field, world_answer *out)
{
	world_answer best = {0}, one, failed = {0};
	int any = 0, gated = 0, way = 0;

	for (int i = 0; i < w->n_agreements; i++)
		for (int j = 0; j < w->agreements[i].n_terms; j++) {
			const world_agreement *a = &w->agreements[i];
			const world_term *t = &a->terms[j];

			if (!is_meant(w, a, t, r, field))
				continue;
			if (t->prohibits && prohibits(t, r)) {
				deny(out, CSTN_DECISION_PROHIBITED);
				return;
			}
			if (t->prohibits || !permits(t, r))
				continue;
			if (!way_is_open(w, a, t, r)) {
				way = 1;
				continue;
			}
			one.reason = gate(a, t, r->now);
			if (one.reason) {
				one.agreement = i;
				one.term = j;
				if (!gated || by_digest(w, &one, &failed) < 0)
					failed = one;
				gated = 1;
				continue;
			}
			grant(w, a, t, r, world_classes[field], &one);
			one.agreement = i;
			one.term = j;
			if (!any || is_worse(w, &best, &one))
				best = one;
			any = 1;
		}
	if (any && !best.reason)
		*out = best;
	else
		deny(out, any           ? best.reason
				: gated ? failed.reason
				: way   ? CSTN_DECISION_HOPS
					: CSTN_DECISION_NO_PERMIT);
}

void reference_decide(const world *w, const world_request *r, world_answer out[WORLD_FIELDS])
{
	int32_t early = before_terms(w, r);
	int denied = 0;

	for (int i = 0; i < WORLD_FIELDS; i++) {
		if (early)
			deny(&out[i], early);
		else
			decide_field(w, r, i, &out[i]);
		denied |= r->fields >> i & 1 && out[i].reason;
	}
	for (int i = 0; i < WORLD_FIELDS; i++)
		if (denied && r->flags & CSTN_REQUEST_ALL_OR_NOTHING && !out[i].reason)
			deny(&out[i], CSTN_DECISION_ALL_OR_NOTHING);
}
