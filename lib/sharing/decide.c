/* Decisions, the steps in their order: structure, membership, agreements, terms, prohibitions,
 * permissions, gates, floors, budgets.
 *
 * Unknown means no: a prohibition applies if its condition is true or unknown, a permission only if
 * it is true. Terms are looked at once a request, fields once each. Of the permissions that pass
 * the finest is granted of those whose floors, level and budget let it; so each permission stands
 * or falls by itself, and to take one away never grants more. One allocation: the decision with
 * room for its scratch. Cost: some look-ups in hash tables, and a search a condition. */
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "sharing/condition.h"
#include "sharing/decision.h"
#include "sharing/field_path.h"
#include "sharing/vocabulary.h"

/* --- steps 1 and 2: structure, members ---------------------------------------------------------
 */

static uint32_t name_of(const cstn_rules *rules, const cstn_id *id)
{
	return id->len ? cstn__interner_find(&rules->names, id->text, id->len) : CSTN__NO_NAME;
}

/* Has a party, a member now, one of the roles? Without roles: is it a member? */
static int is_member(const cstn__case *at, uint32_t party, const uint32_t *roles, size_t n_roles)
{
	const cstn_rules *rules = at->rules;
	int64_t key = cstn__key3(0, at->constellation, party), now_us = at->request->now_us;
	uint32_t i = party == CSTN__NO_NAME ? UINT32_MAX
					    : cstn__i64_map_find(&rules->members_of, key);

	for (; i < rules->members.count && rules->members.items[i].key == key; i++) {
		const cstn__member *one = &rules->members.items[i];

		if (now_us < one->from_us || now_us >= one->until_us)
			continue;
		if (!n_roles)
			return 1;
		for (uint32_t r = one->first_role; r < one->first_role + one->n_roles; r++)
			for (size_t j = 0; j < n_roles; j++)
				if (rules->roles.items[r] == roles[j])
					return 1;
	}
	return 0;
}

/* Does a way repeat a party? */
static int hops_repeat(const cstn_request *request)
{
	for (size_t i = 0; i < request->n_hops; i++) {
		if (cstn__id_order(&request->hops[i], &request->provider) == 0 ||
				cstn__id_order(&request->hops[i], &request->recipient) == 0)
			return 1;
		for (size_t j = 0; j < i; j++)
			if (cstn__id_order(&request->hops[i], &request->hops[j]) == 0)
				return 1;
	}
	return 0;
}

/* --- step 3: agreements ----------------------------------------------------------------------- */

int32_t cstn__agreement_state_at(const cstn__agreement *agreement, int64_t now_us)
{
	int32_t state = agreement->state;

	if (state > CSTN_AGREEMENT_RETIRING)
		return state;
	if (state == CSTN_AGREEMENT_RETIRING && now_us >= agreement->effective_us &&
			agreement->effective_us < agreement->valid_until_us)
		return CSTN_AGREEMENT_RETIRED;
	if (now_us >= agreement->valid_until_us)
		return CSTN_AGREEMENT_EXPIRED;
	if (now_us < agreement->valid_from_us)
		return state == CSTN_AGREEMENT_SUSPENDED ? state : CSTN_AGREEMENT_PENDING;
	return state == CSTN_AGREEMENT_PENDING ? CSTN_AGREEMENT_ACTIVE : state;
}

int cstn__agreement_decides(const cstn_rules *rules, uint32_t agreement, int64_t now_us)
{
	for (int depth = 0; depth <= CSTN_REQUEST_HOPS_MOST; depth++) {
		const cstn__agreement *one = &rules->agreements.items[agreement];
		int32_t state = cstn__agreement_state_at(one, now_us);

		if (state != CSTN_AGREEMENT_ACTIVE &&
				(state != CSTN_AGREEMENT_RETIRING || one->retiring_suspended))
			return 0;
		if (!one->has_parent)
			return 1;
		/* what passes data on lives no longer than what it has them from */
		if (one->parent == UINT32_MAX)
			return 0;
		agreement = one->parent;
	}
	return 0;
}

/* Is the way of the data that of an agreement and its parents? */
static int chain_fits(const cstn__case *at, const cstn__agreement *one)
{
	const cstn_rules *rules = at->rules;
	size_t n = at->request->n_hops;

	while (one->has_parent && one->parent != UINT32_MAX && n > 0) {
		const cstn_id *hop = &at->request->hops[n - 1];

		one = &rules->agreements.items[one->parent];
		if (name_of(rules, hop) != one->provider)
			return 0;
		n--;
	}
	return n == 0 && !one->has_parent;
}

/* Why there is no agreement to decide by; 0 if there is. */
static int32_t no_agreement(const cstn__case *at)
{
	int suspended = 0, live = 0;

	for (uint32_t i = at->agreements.first; i < at->agreements.end; i++) {
		const cstn__agreement *one = &at->rules->agreements.items[i];
		int32_t state = cstn__agreement_state_at(one, at->request->now_us);

		if (cstn__agreement_decides(at->rules, i, at->request->now_us)) {
			live = 1;
			if (chain_fits(at, one))
				return 0;
		} else if (state == CSTN_AGREEMENT_ACTIVE || state == CSTN_AGREEMENT_SUSPENDED ||
				state == CSTN_AGREEMENT_RETIRING) {
			suspended = 1;
		}
	}
	if (live)
		return CSTN_DECISION_HOPS;
	return suspended ? CSTN_DECISION_SUSPENDED : CSTN_DECISION_NO_AGREEMENT;
}

/* --- facts ------------------------------------------------------------------------------------ */

/* Where a fact stands that came twice, until all are gathered. */
static const cstn_fact twice;

static void place_fact(cstn__case *at, size_t operand, const cstn_fact *fact)
{
	at->by_operand[operand] = at->by_operand[operand] ? &twice : fact;
}

static cstn_fact *add_fact(
		cstn__case *at, size_t operand, int32_t type, int64_t number, const cstn_id *id)
{
	cstn_fact *fact = &at->facts[at->n_facts++];
	const cstn_id *name = &cstn__vocabulary_operand(at->in->vocabulary, operand)->name;

	*fact = (cstn_fact){name->text, name->len, type, 0, number, id, id ? 1 : 0};
	place_fact(at, operand, fact);
	return fact;
}

/* What decisions know themselves, and what the host says. A fact that comes twice is unknown. 0 if
 * an operand is. */
static int gather_facts(cstn__case *at)
{
	const cstn_request *request = at->request;
	const cstn_vocabulary *words = at->in->vocabulary;
	int64_t age;

	add_fact(at, CSTN__OPERAND_NOW, CSTN_OPERAND_INSTANT, request->now_us, NULL);
	add_fact(at, CSTN__OPERAND_PURPOSE, CSTN_OPERAND_ID, 0, &request->purpose);
	if (request->role.len)
		add_fact(at, CSTN__OPERAND_ROLE, CSTN_OPERAND_ID, 0, &request->role);
	add_fact(at, CSTN__OPERAND_PARTY, CSTN_OPERAND_ID, 0, &request->recipient);
	if (at->in->framework.len)
		add_fact(at, CSTN__OPERAND_FRAMEWORK, CSTN_OPERAND_ID, 0, &at->in->framework);
	add_fact(at, CSTN__OPERAND_HOPS, CSTN_OPERAND_INT64, (int64_t)request->n_hops, NULL);
	if (request->rows > 0 && request->rows <= INT64_MAX)
		add_fact(at, CSTN__OPERAND_ROWS, CSTN_OPERAND_INT64, (int64_t)request->rows, NULL);
	if (request->has_window &&
			!__builtin_sub_overflow(request->now_us, request->data_until_us, &age) &&
			!__builtin_sub_overflow(request->now_us, request->data_from_us, &age))
		at->age = add_fact(at, CSTN__OPERAND_DATA_AGE, CSTN_OPERAND_DURATION, 0, NULL);
	at->agreement_age =
			add_fact(at, CSTN__OPERAND_AGREEMENT_AGE, CSTN_OPERAND_DURATION, 0, NULL);
	for (size_t i = 0; i < request->n_facts; i++) {
		const cstn_fact *fact = &request->facts[i];
		int64_t operand = cstn_vocabulary_find_operand(
				words, fact->operand, fact->operand_len);

		if (operand < 0)
			return 0;
		place_fact(at, (size_t)operand, fact);
	}
	for (size_t i = 0; i < cstn_vocabulary_operand_count(words); i++)
		if (at->by_operand[i] == &twice)
			at->by_operand[i] = NULL;
	return 1;
}

/* Who and where, as far as the rules know them. */
static void find_names(cstn__case *at)
{
	const cstn_rules *rules = at->rules;
	const cstn_request *request = at->request;

	at->constellation = name_of(rules, &request->constellation);
	at->provider = name_of(rules, &request->provider);
	at->recipient = name_of(rules, &request->recipient);
	at->place = at->constellation == CSTN__NO_NAME
				    ? UINT32_MAX
				    : cstn__i64_map_find(
						      &rules->constellation_of, at->constellation);
	at->pair = at->place == UINT32_MAX || at->provider == CSTN__NO_NAME ||
						   at->recipient == CSTN__NO_NAME
				   ? UINT32_MAX
				   : cstn__i64_map_find(&rules->pair_of,
						     cstn__key3(at->constellation, at->provider,
								     at->recipient));
}

/* How much scratch a case takes: rules between the parties, operands of the constellation. */
static void scratch_of(const cstn__case *at, size_t *n_rules, size_t *n_operands)
{
	const cstn_rules *rules = at->rules;
	const cstn__agreement *first, *last;

	*n_rules = *n_operands = 0;
	if (at->place != UINT32_MAX)
		*n_operands = cstn_vocabulary_operand_count(
				rules->constellations.items[at->place].vocabulary);
	if (at->pair == UINT32_MAX)
		return;
	first = &rules->agreements.items[rules->pairs.items[at->pair].first];
	last = &rules->agreements.items[rules->pairs.items[at->pair].end - 1];
	*n_rules = last->first_rule + last->n_rules - first->first_rule;
}

void cstn__case_open(cstn__case *at)
{
	const cstn_rules *rules = at->rules;
	const cstn_request *request = at->request;

	at->reason = CSTN_DECISION_NO_MEMBERSHIP;
	if (at->place == UINT32_MAX)
		return;
	at->in = &rules->constellations.items[at->place];
	at->purpose = cstn__interner_find(cstn__vocabulary_purposes(at->in->vocabulary),
			request->purpose.text, request->purpose.len);
	if (at->purpose == UINT32_MAX || !gather_facts(at)) {
		at->reason = CSTN_DECISION_INDETERMINATE;
		return;
	}
	at->role = name_of(rules, &request->role);
	if (!is_member(at, at->provider, NULL, 0) || !is_member(at, at->recipient, NULL, 0) ||
			(request->role.len && !is_member(at, at->recipient, &at->role, 1)))
		return;
	at->reason = CSTN_DECISION_HOPS;
	if (hops_repeat(request))
		return;
	at->reason = CSTN_DECISION_NO_AGREEMENT;
	if (at->pair == UINT32_MAX)
		return;
	at->agreements = rules->pairs.items[at->pair];
	at->first_rule = rules->agreements.items[at->agreements.first].first_rule;
	at->reason = no_agreement(at);
	if (at->reason)
		return;
	at->relation = cstn__relation_at(
			rules, at->constellation, at->provider, at->recipient, request->now_us);
	at->dual = at->relation == CSTN_RELATION_PARTNER &&
		   cstn__is_dual(rules, at->constellation, at->provider, at->recipient,
				   request->now_us);
	at->walled = cstn__walled(at);
}

void cstn__case_matches(const cstn__case *at, size_t field, cstn__run out[2])
{
	const cstn_id *names[2] = {&at->request->paths[field], &at->request->stars[field]};

	for (int i = 0; i < 2; i++) {
		uint32_t code = cstn__interner_find(
				&at->rules->paths, names[i]->text, names[i]->len);
		uint32_t run = code == UINT32_MAX ? UINT32_MAX
						  : cstn__i64_map_find(&at->rules->match_of,
								    (int64_t)at->pair << 32 | code);

		out[i] = run == UINT32_MAX ? (cstn__run){0, 0} : at->rules->match_runs.items[run];
	}
}

/* --- step 4: does a term speak of this? ------------------------------------------------------- */

static int covers_purpose(const cstn__case *at, const cstn__rule *rule)
{
	const cstn_vocabulary *vocabulary = at->in->vocabulary;

	if (cstn__vocabulary_purpose_covers(vocabulary, rule->purpose, at->purpose))
		return 1;
	/* what is asked for may be done for all that it covers: for what is prohibited, too */
	return rule->prohibits &&
	       cstn__vocabulary_purpose_covers(vocabulary, at->purpose, rule->purpose);
}

/* A permission of a role is for who claims it, a prohibition for who has it. */
static int has_role(const cstn__case *at, const cstn__rule *rule)
{
	const uint32_t *roles;

	if (rule->view->recipient)
		return 1;
	roles = &at->rules->roles.items[rule->first_role];
	if (rule->prohibits)
		return is_member(at, at->recipient, roles, rule->n_roles);
	for (uint32_t i = 0; i < rule->n_roles; i++)
		if (roles[i] == at->role)
			return 1;
	return 0;
}

/* A permission must hold all of the data asked for, a prohibition any of them. */
static int data_fit(const cstn__case *at, const cstn__rule *rule)
{
	const cstn_request *request = at->request;
	const cstn_term_data_window *window = rule->view->data_window;
	int any_time = window->data_from_us == INT64_MIN && window->data_until_us == INT64_MAX,
	    any_age = window->min_age_us == 0 && window->max_age_us == INT64_MAX;
	int64_t youngest, oldest;

	if (any_time && any_age)
		return 1;
	if (!request->has_window)
		return rule->prohibits;
	if (__builtin_sub_overflow(request->now_us, request->data_until_us, &youngest) ||
			__builtin_sub_overflow(request->now_us, request->data_from_us, &oldest))
		return rule->prohibits;
	if (rule->prohibits)
		return request->data_from_us < window->data_until_us &&
		       request->data_until_us > window->data_from_us &&
		       (any_age || (oldest >= window->min_age_us &&
						   youngest <= window->max_age_us));
	return request->data_from_us >= window->data_from_us &&
	       request->data_until_us <= window->data_until_us &&
	       (any_age || (youngest >= window->min_age_us && oldest <= window->max_age_us));
}

/* The truth of a term's condition. The age of data is that of the youngest and of the oldest: what
 * permits must hold of both, what prohibits of either. */
static int32_t truth_of(cstn__case *at, const cstn__rule *rule)
{
	const cstn__agreement *in = &at->rules->agreements.items[rule->agreement];
	const cstn_request *request = at->request;
	int64_t age;
	int32_t young, old;

	if (!rule->condition)
		return CSTN_TRUTH_TRUE;
	at->agreement_age->number =
			__builtin_sub_overflow(request->now_us, in->signed_us, &age) ? -1 : age;
	if (!rule->asks_age || !at->age)
		return cstn__condition_truth(rule->condition, at->by_operand);
	at->age->number = request->now_us - request->data_until_us;
	young = cstn__condition_truth(rule->condition, at->by_operand);
	at->age->number = request->now_us - request->data_from_us;
	old = cstn__condition_truth(rule->condition, at->by_operand);
	return (young < old) == !rule->prohibits ? young : old;
}

/* May the data be here at all, by the terms that they came under? */
static int chain_permits(const cstn__case *at, const cstn__rule *rule)
{
	const cstn_rules *rules = at->rules;
	const cstn__agreement *in = &rules->agreements.items[rule->agreement];
	int32_t hops = 0;

	if (!chain_fits(at, in))
		return 0;
	while (in->has_parent) {
		const cstn_term_onward *onward;
		int listed = 0;

		if (rule->parent == UINT32_MAX)
			return 0;
		rule = &rules->rules.items[rule->parent];
		in = &rules->agreements.items[rule->agreement];
		onward = rule->view->onward;
		for (size_t i = 0; i < onward->n_parties; i++)
			listed |= strcmp(onward->parties[i], at->request->recipient.text) == 0;
		if (rule->prohibits || ++hops > onward->max_hops ||
				onward->to == CSTN_ONWARD_NONE ||
				(onward->to == CSTN_ONWARD_LIST && !listed) ||
				in->constellation != at->constellation)
			return 0;
	}
	return 1;
}

static enum cstn__outcome outcome_of(cstn__case *at, const cstn__rule *rule)
{
	const cstn_term_view *view = rule->view;
	int64_t now_us = at->request->now_us;
	int32_t truth;

	if (!(rule->actions & at->request->action))
		return CSTN__OUTCOME_ACTION;
	if (!covers_purpose(at, rule))
		return CSTN__OUTCOME_PURPOSE;
	if (!has_role(at, rule))
		return CSTN__OUTCOME_ROLE;
	if (now_us < view->valid_from_us || now_us >= view->valid_until_us)
		return CSTN__OUTCOME_ACCESS_WINDOW;
	if (!data_fit(at, rule))
		return CSTN__OUTCOME_DATA_WINDOW;
	if (!cstn__agreement_decides(at->rules, rule->agreement, now_us))
		return CSTN__OUTCOME_NOT_LIVE;
	truth = truth_of(at, rule);
	if (truth == CSTN_TRUTH_FALSE)
		return CSTN__OUTCOME_FALSE;
	if (rule->prohibits)
		return CSTN__OUTCOME_PROHIBITS;
	if (truth == CSTN_TRUTH_UNKNOWN)
		return CSTN__OUTCOME_UNKNOWN;
	if (!chain_permits(at, rule))
		return CSTN__OUTCOME_CHAIN;
	return cstn__gate(at, rule);
}

enum cstn__outcome cstn__case_outcome(cstn__case *at, uint32_t rule)
{
	uint8_t *known = &at->outcomes[rule - at->first_rule];

	if (*known == CSTN__OUTCOME_UNSEEN)
		*known = (uint8_t)outcome_of(at, &at->rules->rules.items[rule]);
	return (enum cstn__outcome) * known;
}

/* --- steps 5 to 9 of a field ------------------------------------------------------------------ */

/* Is there enough left of a term and of those it derives from? */
static int budget_holds(const cstn__case *at, uint32_t rule, const cstn__verdict *field)
{
	uint64_t rows = at->request->rows ? at->request->rows : 1,
		 nano_epsilon = field->granularity.level == CSTN_LEVEL_NOISED
						? cstn__epsilon_granted(
								  at->request, &field->granularity)
						: 0;

	for (int depth = 0; rule != UINT32_MAX && depth <= CSTN_REQUEST_HOPS_MOST; depth++) {
		cstn__left left = cstn__left_at(at->rules, rule, at->request->now_us);

		if (left.calls < 1 || left.rows < rows || left.nano_epsilon < nano_epsilon)
			return 0;
		rule = at->rules->rules.items[rule].parent;
	}
	return 1;
}

void cstn__grant(const cstn__case *at, const cstn_id *path, uint32_t rule, int advised,
		cstn__verdict *out)
{
	const cstn__rule *one = &at->rules->rules.items[rule];

	out->rule = rule;
	out->flags = advised ? CSTN_DECISION_FIELD_ADVISED : 0;
	cstn__floor(at, path, one, out);
	if (out->reason == CSTN_DECISION_PERMIT && !budget_holds(at, rule, out))
		out->reason = CSTN_DECISION_BUDGET;
}

/* Negative if a is to be had rather than b: what is permitted, the finer, the smaller digest. */
static int by_worth(const cstn__case *at, const cstn__verdict *a, const cstn__verdict *b)
{
	const cstn__rule *list = at->rules->rules.items;
	int order = (a->reason != CSTN_DECISION_PERMIT) - (b->reason != CSTN_DECISION_PERMIT);

	if (!order)
		order = cstn__granularity_compare(&a->granularity, &b->granularity);
	if (!order)
		order = memcmp(list[a->rule].digest, list[b->rule].digest, CSTN__DIGEST_SIZE);
	if (!order)
		order = memcmp(at->rules->agreements.items[list[a->rule].agreement].digest,
				at->rules->agreements.items[list[b->rule].agreement].digest,
				CSTN__DIGEST_SIZE);
	return order;
}

/* The gate that a term fails at, and which of two terms' gates is told: that of the smaller digest.
 */
static int32_t gate_reason(enum cstn__outcome outcome)
{
	return outcome == CSTN__OUTCOME_DUTY_PENDING    ? CSTN_DECISION_DUTY_PENDING
	       : outcome == CSTN__OUTCOME_DUTY_VIOLATED ? CSTN_DECISION_DUTY_VIOLATED
							: CSTN_DECISION_CONSIDERATION;
}

static void deny(cstn__verdict *out, int32_t reason)
{
	memset(&out->granularity, 0, sizeof(out->granularity));
	out->reason = reason;
	out->flags = 0;
	out->rule = UINT32_MAX;
	out->retention_us = INT64_MAX;
	out->min_age_us = 0;
}

/* What is found of the terms that speak of a field. */
typedef struct found {
	cstn__verdict best;
	int any, prohibited, chain;
	uint32_t gate; /* the rule whose gate is told; UINT32_MAX */
	int32_t gate_reason;
} found;

static void look_at(cstn__case *at, const cstn_id *path, uint32_t index, found *so_far)
{
	const cstn__rule *list = at->rules->rules.items, *rule = &list[index];
	enum cstn__outcome outcome = cstn__case_outcome(at, index);
	cstn__verdict one;

	if (outcome < CSTN__OUTCOME_PROHIBITS) {
		so_far->chain |= outcome == CSTN__OUTCOME_CHAIN;
		return;
	}
	if (outcome == CSTN__OUTCOME_PROHIBITS) {
		so_far->prohibited = 1;
		return;
	}
	if (outcome < CSTN__OUTCOME_PASSES) {
		if (so_far->gate == UINT32_MAX || memcmp(rule->digest, list[so_far->gate].digest,
								  CSTN__DIGEST_SIZE) < 0) {
			so_far->gate = index;
			so_far->gate_reason = gate_reason(outcome);
		}
		return;
	}
	one.classes = so_far->best.classes;
	cstn__grant(at, path, index, outcome == CSTN__OUTCOME_PASSES_ADVISED, &one);
	if (!so_far->any || by_worth(at, &one, &so_far->best) < 0)
		so_far->best = one;
	so_far->any = 1;
}

void cstn__decide_field(cstn__case *at, size_t field, cstn__verdict *out)
{
	const cstn_id *path = &at->request->paths[field];
	found so_far;
	cstn__run runs[2];

	if (!at->request->stars[field].len) {
		deny(out, CSTN_DECISION_INDETERMINATE);
		return;
	}
	if (at->reason) {
		deny(out, at->reason);
		return;
	}
	so_far.any = so_far.prohibited = so_far.chain = 0;
	so_far.gate = UINT32_MAX;
	so_far.best.classes = out->classes;
	cstn__case_matches(at, field, runs);
	for (int r = 0; r < 2 && !so_far.prohibited; r++)
		for (uint32_t i = runs[r].first; i < runs[r].end && !so_far.prohibited; i++)
			look_at(at, path, at->rules->matches.items[i], &so_far);
	if (so_far.prohibited)
		deny(out, CSTN_DECISION_PROHIBITED);
	else if (so_far.any && so_far.best.reason == CSTN_DECISION_PERMIT)
		*out = so_far.best;
	else if (so_far.any)
		deny(out, so_far.best.reason);
	else if (so_far.gate != UINT32_MAX)
		deny(out, so_far.gate_reason);
	else
		deny(out, so_far.chain ? CSTN_DECISION_HOPS : CSTN_DECISION_NO_PERMIT);
}

/* --- the call --------------------------------------------------------------------------------- */

#define ALIGNED(size) (((size) + 15) / 16 * 16)

static cstn_decision *make_room(cstn_rules *rules, cstn_request *request)
{
	size_t n_rules, n_operands, head = ALIGNED(sizeof(cstn_decision)),
				    fields = ALIGNED(request->n_paths * sizeof(cstn__verdict)),
				    facts = ALIGNED(CSTN__OPERANDS_BUILT_IN * sizeof(cstn_fact)),
				    operands, size;
	cstn__case at = {.rules = rules, .request = request};
	cstn_decision *decision;
	uint8_t *block;

	find_names(&at);
	scratch_of(&at, &n_rules, &n_operands);
	operands = ALIGNED(n_operands * sizeof(cstn_fact *));
	size = head + fields + facts + operands + n_rules;
	block = cstn__alloc(&rules->allocator, size);
	if (!block)
		return NULL;
	decision = (cstn_decision *)(void *)block;
	decision->allocator = rules->allocator;
	atomic_init(&decision->references, 1);
	decision->size = size;
	decision->rules = rules;
	decision->request = request;
	decision->n = request->n_paths;
	decision->fields = (cstn__verdict *)(void *)(block + head);
	at.facts = (cstn_fact *)(void *)(block + head + fields);
	at.by_operand = (const cstn_fact **)(void *)(block + head + fields + facts);
	at.outcomes = block + head + fields + facts + operands;
	memset(at.by_operand, 0, operands + n_rules);
	decision->at = at;
	return decision;
}

static void decide_all(cstn_decision *decision)
{
	cstn__case *at = &decision->at;
	const cstn_request *request = decision->request;
	int denied = 0;

	cstn__case_open(at);
	for (size_t i = 0; i < decision->n; i++) {
		const cstn_id *path = &request->paths[i];
		uint32_t classes = at->in && request->stars[i].len
						   ? cstn_vocabulary_classes(at->in->vocabulary,
								     path->text, path->len)
						   : CSTN_CLASS_DEFAULT;

		decision->fields[i].classes = classes;
		at->personal |= (classes & CSTN_CLASS_PII_DIRECT) != 0;
	}
	for (size_t i = 0; i < decision->n; i++) {
		cstn__decide_field(at, i, &decision->fields[i]);
		denied |= decision->fields[i].reason != CSTN_DECISION_PERMIT;
	}
	if (denied && request->flags & CSTN_REQUEST_ALL_OR_NOTHING)
		for (size_t i = 0; i < decision->n; i++)
			if (decision->fields[i].reason == CSTN_DECISION_PERMIT)
				deny(&decision->fields[i], CSTN_DECISION_ALL_OR_NOTHING);
}

cstn_status cstn_decide(
		cstn_rules *rules, cstn_request *request, cstn_decision **out, cstn_error **error)
{
	cstn_decision *decision;

	if (!rules || !request || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!rules     ? "rules"
				: !request ? "request"
					   : "out");
	decision = make_room(rules, request);
	if (!decision)
		return cstn__fail_nomem(error);
	cstn_rules_ref(rules);
	cstn_request_ref(request);
	decide_all(decision);
	*out = decision;
	return CSTN_OK;
}

cstn_decision *cstn_decision_ref(cstn_decision *decision)
{
	if (decision)
		atomic_fetch_add_explicit(&decision->references, 1, memory_order_relaxed);
	return decision;
}

void cstn_decision_unref(cstn_decision *decision)
{
	cstn_allocator allocator;

	if (!decision || atomic_fetch_sub_explicit(
					 &decision->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = decision->allocator;
	cstn_rules_unref(decision->rules);
	cstn_request_unref(decision->request);
	cstn__free(&allocator, decision, decision->size);
}
