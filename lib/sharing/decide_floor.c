/* Floors: how fine a field may leave at most, whatever its term says.
 *
 * Classes of a field have floors (personal data by pseudonym, what tells of a person generalised
 * beside it, what is special in cells). Between competitors, and between those who have not
 * declared what they are to each other, a competitive field leaves in cells of several companies,
 * old, and is not passed on. A wall (Brewer and Nash, 1989) keeps from a recipient what it has had
 * of a rival. Parameters of a level that was raised are those that the constellation asks of cells.
 * Cost: O(1), and the deliveries to the recipient where there are walls. */
#include <string.h>

#include "network/network.h"
#include "sharing/decision.h"

/* --- relations -------------------------------------------------------------------------------- */

/* What one side declares now, the worst of it. */
static int32_t declared_at(const cstn_rules *rules, uint32_t constellation, uint32_t declarer,
		uint32_t other, int64_t now_us)
{
	int64_t key = cstn__key3(constellation, declarer, other);
	uint32_t i = cstn__i64_map_find(&rules->declarations_of, key);
	int32_t worst = CSTN_RELATION_UNDECLARED;

	for (; i < rules->declarations.count && rules->declarations.items[i].key == key; i++) {
		const cstn__declaration *one = &rules->declarations.items[i];

		if (now_us >= one->from_us && now_us < one->until_us && one->relation > worst)
			worst = one->relation;
	}
	return worst;
}

int32_t cstn__relation_at(const cstn_rules *rules, uint32_t constellation, uint32_t a, uint32_t b,
		int64_t now_us)
{
	return cstn__relation_effective(declared_at(rules, constellation, a, b, now_us),
			declared_at(rules, constellation, b, a, now_us));
}

int cstn__is_dual(const cstn_rules *rules, uint32_t constellation, uint32_t a, uint32_t b,
		int64_t now_us)
{
	int64_t key = cstn__key3(0, a < b ? a : b, a < b ? b : a);
	uint32_t i = cstn__i64_map_find(&rules->places_of, key);

	for (; i < rules->places.count && rules->places.items[i].key == key; i++) {
		uint32_t there = rules->places.items[i].constellation;

		if (there != constellation && cstn__relation_at(rules, there, a, b, now_us) ==
							      CSTN_RELATION_COMPETITOR)
			return 1;
	}
	return 0;
}

/* Do the parties compete, or somebody that the data came through and the recipient? */
static int compete(const cstn__case *at)
{
	if (at->relation == CSTN_RELATION_COMPETITOR || at->relation == CSTN_RELATION_UNDECLARED)
		return 1;
	for (size_t i = 0; i < at->request->n_hops; i++) {
		const cstn_id *hop = &at->request->hops[i];
		uint32_t name = cstn__interner_find(&at->rules->names, hop->text, hop->len);

		if (name != CSTN__NO_NAME &&
				cstn__relation_at(at->rules, at->constellation, name, at->recipient,
						at->request->now_us) == CSTN_RELATION_COMPETITOR)
			return 1;
	}
	return 0;
}

/* --- walls ------------------------------------------------------------------------------------ */

/* Are two parties in one conflict set? */
static int are_rivals(const cstn__case *at, uint32_t a, uint32_t b)
{
	const cstn_rules *rules = at->rules;
	int64_t of_a = cstn__key3(0, at->constellation, a),
		of_b = cstn__key3(0, at->constellation, b);
	uint32_t first = cstn__i64_map_find(&rules->rivals_of, of_b), i, j;

	for (i = cstn__i64_map_find(&rules->rivals_of, of_a);
			i < rules->rivals.count && rules->rivals.items[i].key == of_a; i++)
		for (j = first; j < rules->rivals.count && rules->rivals.items[j].key == of_b; j++)
			if (rules->rivals.items[i].set == rules->rivals.items[j].set)
				return 1;
	return 0;
}

uint32_t cstn__walled(const cstn__case *at)
{
	const cstn_rules *rules = at->rules;
	int64_t key = cstn__key3(0, at->constellation, at->recipient), since;
	uint32_t classes = 0, i;

	if (at->in->wall_us == 0)
		return 0;
	if (__builtin_sub_overflow(at->request->now_us, at->in->wall_us, &since))
		since = INT64_MIN;
	for (i = cstn__i64_map_find(&rules->deliveries_of, key);
			i < rules->deliveries.count && rules->deliveries.items[i].key == key; i++) {
		const cstn__delivery *one = &rules->deliveries.items[i];

		if (one->at_us > since && one->provider != at->provider &&
				are_rivals(at, at->provider, one->provider))
			classes |= one->classes;
	}
	return classes;
}

/* --- granularity ------------------------------------------------------------------------------ */

/* A parameter that is 0 where it is not asked for. */
static int64_t or_else(int64_t value, int64_t otherwise)
{
	return value ? value : otherwise;
}

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

/* Steps are compared as lists: their number, then each; a term's list is sorted by path. */
static int compare_steps(const cstn_term_granularity *a, const cstn_term_granularity *b)
{
	int order = ORDER(a->n_steps, b->n_steps);

	for (size_t i = 0; i < a->n_steps && !order; i++) {
		order = ORDER(a->steps[i]->step, b->steps[i]->step);
		if (!order)
			order = strcmp(a->steps[i]->path, b->steps[i]->path);
	}
	return order;
}

int cstn__granularity_compare(const cstn_term_granularity *a, const cstn_term_granularity *b)
{
	int order = ORDER(a->level, b->level);

	if (!order)
		order = ORDER(or_else(a->contributors, 1), or_else(b->contributors, 1));
	if (!order)
		order = ORDER(or_else(a->k, 1), or_else(b->k, 1));
	if (!order)
		order = ORDER(or_else(a->l, 1), or_else(b->l, 1));
	if (!order)
		order = ORDER(or_else(b->max_share_permille, 1000),
				or_else(a->max_share_permille, 1000));
	if (!order)
		order = ORDER(or_else(b->t_permille, 1000), or_else(a->t_permille, 1000));
	if (!order)
		order = ORDER(b->nano_epsilon, a->nano_epsilon);
	if (!order)
		order = ORDER(a->threshold, b->threshold);
	if (!order)
		order = compare_steps(a, b);
	return order ? order : ORDER(a->epoch, b->epoch);
}

/* The constellation's floors of cells, on top of what is asked for already. */
static void harden_cells(const cstn__constellation *in, cstn_term_granularity *out)
{
	if (or_else(out->k, 1) < in->rows)
		out->k = in->rows;
	if (or_else(out->contributors, 1) < in->contributors)
		out->contributors = in->contributors;
	if (or_else(out->max_share_permille, 1000) > in->max_share_permille)
		out->max_share_permille = in->max_share_permille;
	if (or_else(out->l, 1) < in->values)
		out->l = in->values;
	if (or_else(out->t_permille, 1000) > in->t_permille)
		out->t_permille = in->t_permille;
}

/* Another, coarser level. What is new at it are the constellation's floors. */
static void coarsen(const cstn__constellation *in, int32_t level, cstn_term_granularity *out)
{
	int was_cells = out->level >= CSTN_LEVEL_AGGREGATED;

	if (level <= out->level)
		return;
	out->level = level;
	if (level > CSTN_LEVEL_PSEUDONYM)
		out->epoch = 0;
	if (level > CSTN_LEVEL_GENERALISED) {
		out->steps = NULL;
		out->n_steps = 0;
	}
	if (level >= CSTN_LEVEL_AGGREGATED && !was_cells)
		harden_cells(in, out);
}

/* --- step 8 ----------------------------------------------------------------------------------- */

/* The level below which the classes of a field do not go. */
static int32_t floor_of(const cstn__case *at, uint32_t classes, const cstn_term_view *view)
{
	if (classes & CSTN_CLASS_SPECIAL)
		return CSTN_LEVEL_AGGREGATED;
	if (classes & CSTN_CLASS_PII_QUASI && at->personal)
		return CSTN_LEVEL_GENERALISED;
	if (classes & CSTN_CLASS_PII_DIRECT && !view->legal_basis)
		return CSTN_LEVEL_PSEUDONYM;
	return CSTN_LEVEL_RAW;
}

/* What the firewall asks besides the level: old data, not passed on. */
static int firewall_holds(const cstn__case *at)
{
	const cstn_request *request = at->request;
	int64_t newest;

	if (request->action & (CSTN_ACTION_DISTRIBUTE | CSTN_ACTION_TRANSFER))
		return 0;
	if (!request->has_window ||
			__builtin_sub_overflow(request->now_us, at->in->min_age_us, &newest))
		return 0;
	return request->data_until_us <= newest;
}

static void open_grant(const cstn__case *at, const cstn_term_view *view, cstn__verdict *out)
{
	out->reason = CSTN_DECISION_PERMIT;
	out->granularity = *view->granularity;
	out->retention_us = view->retention->max_us;
	out->min_age_us = view->data_window->min_age_us;
	if (at->dual) {
		out->flags |= CSTN_DECISION_FIELD_NO_ONWARD;
		if (out->retention_us > 90 * CSTN__DAY_US)
			out->retention_us = 90 * CSTN__DAY_US;
		if (at->request->action & (CSTN_ACTION_DISTRIBUTE | CSTN_ACTION_TRANSFER))
			out->reason = CSTN_DECISION_FIREWALL;
	}
}

uint64_t cstn__epsilon_granted(const cstn_request *request, const cstn_term_granularity *granted)
{
	int capped = granted->level == CSTN_LEVEL_NOISED && granted->nano_epsilon > 0 &&
		     (uint64_t)granted->nano_epsilon < request->nano_epsilon;

	return capped ? (uint64_t)granted->nano_epsilon : request->nano_epsilon;
}

/* Is less noise asked for than is granted? That is finer, at the same level. */
static int wants_less_noise(const cstn__case *at, const cstn_term_granularity *granted)
{
	return cstn__epsilon_granted(at->request, granted) < at->request->nano_epsilon;
}

void cstn__floor(const cstn__case *at, const cstn_id *path, const cstn__rule *rule,
		cstn__verdict *out)
{
	int32_t wanted = at->request->level, firewall = CSTN_LEVEL_RAW;

	open_grant(at, rule->view, out);
	coarsen(at->in, floor_of(at, out->classes, rule->view), &out->granularity);
	if (out->classes & CSTN_CLASS_COMPETITIVE && compete(at)) {
		firewall = cstn__override_level(at, path);
		out->flags |= CSTN_DECISION_FIELD_NO_ONWARD;
		coarsen(at->in, firewall, &out->granularity);
		if (firewall < CSTN_LEVEL_AGGREGATED) {
			out->flags |= CSTN_DECISION_FIELD_OVERRIDE;
			if (at->request->action & (CSTN_ACTION_DISTRIBUTE | CSTN_ACTION_TRANSFER))
				out->reason = CSTN_DECISION_FIREWALL;
		} else {
			out->flags |= CSTN_DECISION_FIELD_FIREWALL;
			harden_cells(at->in, &out->granularity);
			if (out->min_age_us < at->in->min_age_us)
				out->min_age_us = at->in->min_age_us;
			if (!firewall_holds(at))
				out->reason = CSTN_DECISION_FIREWALL;
		}
	}
	if (out->reason != CSTN_DECISION_PERMIT)
		return;
	if (at->walled & out->classes) {
		out->reason = CSTN_DECISION_WALL;
		return;
	}
	if (wanted >= out->granularity.level) {
		coarsen(at->in, wanted, &out->granularity);
		if (!wants_less_noise(at, &out->granularity))
			return;
	}
	if (at->request->flags & CSTN_REQUEST_DOWNGRADE_OK) {
		out->flags |= CSTN_DECISION_FIELD_DOWNGRADED;
	} else {
		out->reason = wanted < firewall ? CSTN_DECISION_FIREWALL : CSTN_DECISION_LEVEL;
	}
}
