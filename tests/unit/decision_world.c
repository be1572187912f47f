/* A small random world, and the rules and requests of the library that are built of it. */
#include "decision_world.h"

#include <stdio.h>
#include <string.h>

const char *const world_paths[WORLD_PATHS] = {"order.id", "order.price", "order.eta",
		"customer.name", "customer.postcode", "customer.health", "order.note", "order.*",
		"customer.*"};
/* The last one has no class. */
const uint32_t world_classes[WORLD_FIELDS] = {CSTN_CLASS_PUBLIC, CSTN_CLASS_COMPETITIVE,
		CSTN_CLASS_OPERATIONAL, CSTN_CLASS_PII_DIRECT, CSTN_CLASS_PII_QUASI,
		CSTN_CLASS_SPECIAL, CSTN_CLASS_DEFAULT};
const char *const world_purposes[WORLD_PURPOSES] = {
		"any", "plan", "plan-stock", "sell-more", "sell-ads"};
const int world_purpose_parents[WORLD_PURPOSES] = {-1, 0, 1, 0, 3};
static const char *const roles[WORLD_ROLES] = {"supplier", "carrier", "buyer"};
static const char *const places[WORLD_PLACES] = {"north", "south"};

#define OK(call)                                                                   \
	do {                                                                       \
		cstn_error *error = NULL;                                          \
		cstn_status status = (call);                                       \
		ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error)); \
	} while (0)

uint64_t world_next(uint64_t *seed)
{
	uint64_t x = *seed += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

int world_pick(uint64_t *seed, int n)
{
	return (int)(world_next(seed) % (uint64_t)n);
}

/* Once in n. */
static int once_in(uint64_t *seed, int n)
{
	return world_pick(seed, n) == 0;
}

/* --- making ----------------------------------------------------------------------------------- */

/* The time of all requests is about day 1000. */
static int64_t about_now(uint64_t *seed, int days)
{
	return (1000 + world_pick(seed, 2 * days + 1) - days) * DAY;
}

static void make_windows(world_term *t, uint64_t *seed)
{
	t->from = INT64_MIN;
	t->until = INT64_MAX;
	t->data_from = INT64_MIN;
	t->data_until = t->max_age = INT64_MAX;
	if (once_in(seed, 5)) {
		t->from = about_now(seed, 20);
		t->until = t->from + (1 + world_pick(seed, 40)) * DAY;
	}
	if (once_in(seed, 5)) {
		t->data_from = (600 + world_pick(seed, 200)) * DAY;
		t->data_until = t->data_from + (200 + world_pick(seed, 200)) * DAY;
	}
	if (once_in(seed, 6))
		t->min_age = world_pick(seed, 120) * DAY;
	if (once_in(seed, 6))
		t->max_age = (200 + world_pick(seed, 300)) * DAY;
}

static void make_level(world_term *t, uint64_t *seed)
{
	t->level = 1 + world_pick(seed, 6);
	if (t->level == CSTN_LEVEL_AGGREGATED) {
		t->k = world_pick(seed, 8);
		t->contributors = world_pick(seed, 6);
		t->share = world_pick(seed, 3) * 400;
	} else if (t->level == CSTN_LEVEL_NOISED) {
		t->epsilon = 1 + world_pick(seed, 1000);
	} else if (t->level == CSTN_LEVEL_EXISTENCE) {
		t->threshold = world_pick(seed, 3);
	}
	t->retention = once_in(seed, 2) ? (1 + world_pick(seed, 200)) * DAY : INT64_MAX;
	t->onward = world_pick(seed, 3);
	t->max_hops = t->onward ? 1 + world_pick(seed, 3) : 0;
	t->onward_list = 1 + (unsigned)world_pick(seed, 15);
}

static void make_limits(world_term *t, uint64_t *seed)
{
	if (once_in(seed, 3)) {
		t->calls = 1 + world_pick(seed, 3);
		t->rows = world_pick(seed, 2) * 100;
		t->window = (1 + world_pick(seed, 5)) * DAY;
	}
	if (once_in(seed, 5))
		t->rows_in_all = 100 + world_pick(seed, 200);
	if (once_in(seed, 3)) {
		t->epsilon_limit = 1000;
		t->period = 7 * DAY;
	}
	t->used = once_in(seed, 2);
	t->used_at = about_now(seed, 6);
	t->used_calls = (uint64_t)world_pick(seed, 4);
	t->used_rows = (uint64_t)world_pick(seed, 120);
	t->used_in_all = (uint64_t)world_pick(seed, 300);
	t->used_epsilon = (uint64_t)world_pick(seed, 1100);
}

static void make_duties(world_term *t, uint64_t *seed)
{
	t->n_duties = once_in(seed, 3) ? 1 + world_pick(seed, 2) : 0;
	for (int i = 0; i < t->n_duties; i++) {
		t->duties[i].phase = CSTN_DUTY_BEFORE + world_pick(seed, 3);
		t->duties[i].due = world_pick(seed, 6);
		t->duties[i].due_us = 0;
		if (t->duties[i].due == CSTN_DUE_AT)
			t->duties[i].due_us = about_now(seed, 30);
		else if (t->duties[i].due)
			t->duties[i].due_us = (1 + world_pick(seed, 300)) * DAY;
	}
	t->n_duty_rows = world_pick(seed, 3);
	for (int i = 0; i < t->n_duty_rows; i++) {
		t->duty_rows[i].duty = t->n_duties ? world_pick(seed, t->n_duties) : 0;
		t->duty_rows[i].state =
				once_in(seed, 4) ? 1 + world_pick(seed, 4) : CSTN_DUTY_FULFILLED;
		t->duty_rows[i].deadline = once_in(seed, 2) ? INT64_MAX : about_now(seed, 10);
	}
	t->gift = !once_in(seed, 3);
	t->advise = once_in(seed, 2);
	t->grace = world_pick(seed, 5) * DAY;
	t->n_debts = !once_in(seed, 4);
	t->debt_state = once_in(seed, 3) ? 1 + world_pick(seed, 4) : CSTN_CONSIDERATION_CURRENT;
	t->debt_due = once_in(seed, 2) ? INT64_MAX : about_now(seed, 10);
	t->rule = once_in(seed, 2) ? world_pick(seed, 6) : CSTN_DUE_NONE;
	t->rule_us = t->rule == CSTN_DUE_AT ? about_now(seed, 30)
		     : t->rule              ? (1 + world_pick(seed, 300)) * DAY
					    : 0;
}

static void make_term(world_term *t, uint64_t *seed)
{
	memset(t, 0, sizeof(*t));
	t->prohibits = once_in(seed, 7);
	t->by_role = once_in(seed, 4) ? 1 + world_pick(seed, 7) : 0;
	t->fields = (unsigned)world_pick(seed, 1 << WORLD_PATHS) |
		    (unsigned)world_pick(seed, 1 << WORLD_PATHS);
	if (t->prohibits)
		t->fields &= (unsigned)world_pick(seed, 1 << WORLD_PATHS);
	if (!t->fields)
		t->fields = 1;
	t->actions = 1u + (unsigned)world_pick(seed, 127);
	t->actions |= t->prohibits ? 0 : CSTN_ACTION_READ;
	t->purpose = once_in(seed, 2) ? 0 : world_pick(seed, WORLD_PURPOSES);
	make_windows(t, seed);
	make_level(t, seed);
	make_limits(t, seed);
	make_duties(t, seed);
	t->legal_basis = once_in(seed, 2);
	t->condition = once_in(seed, 2) ? world_pick(seed, N_CONDITIONS) : C_NONE;
	t->than = t->condition == C_AGE ? world_pick(seed, 300) : world_pick(seed, 6);
	t->parent = -1;
}

static void make_agreement(world *w, int index, uint64_t *seed)
{
	world_agreement *a = &w->agreements[index];

	memset(a, 0, sizeof(*a));
	a->parent = -1;
	a->place = once_in(seed, 4);
	a->provider = world_pick(seed, 2);
	a->recipient = 2 + world_pick(seed, 2);
	if (index > 0 && once_in(seed, 3)) {
		const world_agreement *from = &w->agreements[world_pick(seed, index)];

		a->place = from->place;
		a->provider = from->recipient;
		a->recipient = (from->recipient + 1 + world_pick(seed, 3)) % WORLD_PARTIES;
		a->parent = (int)(from - w->agreements);
	}
	a->state = once_in(seed, 3) ? 1 + world_pick(seed, 8) : CSTN_AGREEMENT_ACTIVE;
	a->retiring_suspended = once_in(seed, 3) && a->state == CSTN_AGREEMENT_RETIRING;
	a->from = (900 + world_pick(seed, 110)) * DAY;
	a->until = once_in(seed, 3) ? a->from + (1 + world_pick(seed, 200)) * DAY : INT64_MAX;
	a->effective = a->state == CSTN_AGREEMENT_RETIRING ? about_now(seed, 20) : INT64_MAX;
	a->signed_us = a->from - DAY;
	a->n_terms = 1 + world_pick(seed, WORLD_TERMS);
	for (int i = 0; i < a->n_terms; i++) {
		make_term(&a->terms[i], seed);
		if (a->parent >= 0 && !once_in(seed, 6))
			a->terms[i].parent = world_pick(seed, w->agreements[a->parent].n_terms);
	}
	for (int i = 0; i < 4; i++) {
		uint64_t bits = world_next(seed);

		memcpy(a->digest + 8 * i, &bits, 8);
	}
}

void world_make(world *w, uint64_t *seed)
{
	memset(w, 0, sizeof(*w));
	w->prefix = "p";
	w->version = world_next(seed) % 1000;
	w->order = world_next(seed);
	for (int c = 0; c < WORLD_PLACES; c++) {
		for (int p = 0; p < WORLD_PARTIES; p++) {
			w->members[c][p].there = !once_in(seed, 12);
			w->members[c][p].roles = (unsigned)world_pick(seed, 8);
			w->members[c][p].from = once_in(seed, 10) ? about_now(seed, 5) : 0;
			w->members[c][p].until = once_in(seed, 10) ? about_now(seed, 5) : INT64_MAX;
			if (w->members[c][p].until <= w->members[c][p].from)
				w->members[c][p].until = INT64_MAX;
			for (int q = 0; q < WORLD_PARTIES; q++)
				w->relations[c][p][q] = p == q ? 0 : world_pick(seed, 8) % 5 % 4;
		}
		w->wall[c] = once_in(seed, 3) ? 30 * DAY : 0;
		w->rivals[c] = (unsigned)world_pick(seed, 16);
		if ((w->rivals[c] & (w->rivals[c] - 1)) == 0)
			w->rivals[c] = 0;
	}
	w->n_deliveries = world_pick(seed, WORLD_ROWS + 1);
	for (int i = 0; i < w->n_deliveries; i++) {
		w->deliveries[i].place = once_in(seed, 4);
		w->deliveries[i].provider = world_pick(seed, WORLD_PARTIES);
		w->deliveries[i].recipient = 2 + world_pick(seed, 2);
		w->deliveries[i].classes = 1u + (uint32_t)world_pick(seed, 63);
		w->deliveries[i].at = about_now(seed, 60);
	}
	w->n_agreements = 1 + world_pick(seed, WORLD_AGREEMENTS);
	for (int i = 0; i < w->n_agreements; i++)
		make_agreement(w, i, seed);
	world_build_terms(w);
}

void world_free(world *w)
{
	for (int i = 0; i < w->n_agreements; i++)
		for (int j = 0; j < w->agreements[i].n_terms; j++) {
			cstn_term_unref(w->agreements[i].terms[j].built);
			w->agreements[i].terms[j].built = NULL;
		}
}

void world_ask(const world *w, world_request *r, uint64_t *seed)
{
	const world_agreement *a = &w->agreements[world_pick(seed, w->n_agreements)];

	memset(r, 0, sizeof(*r));
	r->flags = once_in(seed, 2) ? CSTN_REQUEST_DOWNGRADE_OK : 0;
	r->flags |= once_in(seed, 8) ? CSTN_REQUEST_ALL_OR_NOTHING : 0;
	r->action = once_in(seed, 4) ? 1u << world_pick(seed, 7) : CSTN_ACTION_READ;
	r->place = a->place;
	r->provider = a->provider;
	r->recipient = a->recipient;
	if (once_in(seed, 12))
		r->provider = (r->recipient + 1) % WORLD_PARTIES;
	r->role = once_in(seed, 4) ? world_pick(seed, WORLD_ROLES) : -1;
	r->purpose = world_pick(seed, WORLD_PURPOSES);
	r->level = once_in(seed, 3) ? 1 + world_pick(seed, 6) : CSTN_LEVEL_RAW;
	r->fields = (unsigned)world_pick(seed, 1 << WORLD_FIELDS);
	r->has_window = !once_in(seed, 3);
	r->data_from = (700 + world_pick(seed, 200)) * DAY;
	r->data_until = r->data_from + (1 + world_pick(seed, 80)) * DAY;
	if (!once_in(seed, 4))
		for (; a->parent >= 0 && r->n_hops < 2; a = &w->agreements[a->parent]) {
			r->hops[1] = r->hops[0];
			r->hops[0] = w->agreements[a->parent].provider;
			r->n_hops++;
		}
	r->has_score = !once_in(seed, 3);
	r->score = world_pick(seed, 6);
	r->now = 1000 * DAY + world_pick(seed, 1000);
	r->rows = once_in(seed, 3) ? 0 : (uint64_t)world_pick(seed, 150);
	r->epsilon = (uint64_t)world_pick(seed, 400);
}

/* --- what the library makes of it ------------------------------------------------------------- */

static const char *party(const world *w, int index, char room[16])
{
	sprintf(room, "%s%d", w->prefix, index);
	return room;
}

static void leaf(char *out, int condition, int64_t than)
{
	switch (condition) {
	case C_SCORE:
		sprintf(out,
				"{\"operand\":\"score\",\"operator\":\"gteq\",\"type\":\"int64\","
				"\"value\":%d}",
				(int)than);
		break;
	case C_NOT_SCORE:
		sprintf(out,
				"{\"not\":{\"operand\":\"score\",\"operator\":\"eq\",\"type\":"
				"\"int64\","
				"\"value\":%d}}",
				(int)than);
		break;
	case C_ROLE:
		sprintf(out,
				"{\"operand\":\"role\",\"operator\":\"isAnyOf\",\"type\":\"id\","
				"\"value\":[\"%s\"]}",
				roles[than % WORLD_ROLES]);
		break;
	default:
		sprintf(out,
				"{\"operand\":\"data_age\",\"operator\":\"gteq\",\"type\":"
				"\"duration\","
				"\"value\":%lld}",
				(long long)(than * DAY));
	}
}

static void condition_text(const world_term *t, char *out)
{
	static const char *const names[] = {"or", "and", "xone"};
	char a[200], b[200], c[200];

	if (t->condition < C_OR) {
		leaf(out, t->condition, t->than);
		return;
	}
	leaf(a, C_SCORE, t->than);
	leaf(b, C_NOT_SCORE, t->than / 2);
	leaf(c, C_ROLE, t->than);
	sprintf(out, "{\"%s\":[%s,%s,%s]}", names[t->condition - C_OR], a, b, c);
}

static void build_limits(const world_term *t, cstn_term_builder *b)
{
	cstn_term_limits limits = CSTN_TERM_LIMITS_INIT;
	cstn_term_retention retention = CSTN_TERM_RETENTION_INIT;
	cstn_term_onward onward = CSTN_TERM_ONWARD_INIT;

	limits.calls = t->calls;
	limits.rows = t->rows;
	limits.window_us = t->window;
	limits.rows_in_all = t->rows_in_all;
	limits.nano_epsilon = t->epsilon_limit;
	limits.period_us = t->period;
	OK(cstn_term_builder_set_limits(b, &limits, &error));
	if (t->retention != INT64_MAX) {
		retention.max_us = t->retention;
		retention.then = CSTN_DELIVERED_DELETE;
	}
	OK(cstn_term_builder_set_retention(b, &retention, &error));
	onward.to = t->onward;
	onward.max_hops = t->max_hops;
	if (t->onward != CSTN_ONWARD_LIST)
		OK(cstn_term_builder_set_onward(b, &onward, &error));
}

static void build_list(const world *w, const world_term *t, cstn_term_builder *b)
{
	cstn_term_onward onward = CSTN_TERM_ONWARD_INIT;
	const char *list[WORLD_PARTIES];
	char rooms[WORLD_PARTIES][16];

	if (t->onward != CSTN_ONWARD_LIST)
		return;
	onward.to = t->onward;
	onward.max_hops = t->max_hops;
	for (int i = 0; i < WORLD_PARTIES; i++)
		if (t->onward_list >> i & 1)
			list[onward.n_parties++] = party(w, i, rooms[i]);
	onward.parties = list;
	OK(cstn_term_builder_set_onward(b, &onward, &error));
}

static void build_level(const world_term *t, cstn_term_builder *b)
{
	cstn_term_granularity g = CSTN_TERM_GRANULARITY_INIT;

	g.level = t->level;
	g.k = t->k;
	g.contributors = t->contributors;
	g.max_share_permille = t->share;
	g.nano_epsilon = t->epsilon;
	g.sensitivity = t->level == CSTN_LEVEL_NOISED;
	g.threshold = t->threshold;
	OK(cstn_term_builder_set_granularity(b, &g, &error));
}

static void build_duties(const world_term *t, cstn_term_builder *b)
{
	cstn_term_consideration given = CSTN_TERM_CONSIDERATION_INIT;

	given.kind = CSTN_CONSIDERATION_EXPLICIT_NONE;
	if (!t->gift) {
		given.kind = CSTN_CONSIDERATION_SERVICE;
		given.service = "forecasts";
		given.gate = t->advise ? CSTN_GATE_ADVISE : CSTN_GATE_HARD;
		given.grace_us = t->grace;
		given.due = t->rule;
		given.due_us = t->rule_us;
	}
	OK(cstn_term_builder_add_consideration(b, &given, &error));
	for (int i = 0; i < t->n_duties; i++) {
		cstn_term_duty duty = CSTN_TERM_DUTY_INIT;

		duty.phase = t->duties[i].phase;
		duty.due = t->duties[i].due;
		duty.due_us = t->duties[i].due_us;
		duty.action = i ? "pay" : "attribute";
		OK(cstn_term_builder_add_duty(b, &duty, &error));
	}
}

static void build_data(const world_term *t, cstn_term_builder *b)
{
	cstn_term_data_window window = CSTN_TERM_DATA_WINDOW_INIT;
	cstn_constraint *condition;
	char json[800];

	window.data_from_us = t->data_from;
	window.data_until_us = t->data_until;
	window.min_age_us = t->min_age;
	window.max_age_us = t->max_age;
	OK(cstn_term_builder_set_data_window(b, &window, &error));
	OK(cstn_term_builder_set_access_window(b, t->from, t->until, &error));
	if (t->legal_basis)
		OK(cstn_term_builder_set_legal_basis(b, "6-1-b", &error));
	if (t->condition != C_NONE) {
		condition_text(t, json);
		OK(cstn_constraint_read_json(json, strlen(json), NULL, &condition, &error));
		OK(cstn_term_builder_set_constraint(b, condition, &error));
		cstn_constraint_unref(condition);
	}
}

void world_build_term(const world *w, const world_agreement *a, world_term *t)
{
	cstn_term_builder *b;
	char room[16];

	OK(cstn_term_builder_new(NULL, &b, &error));
	OK(cstn_term_builder_set_effect(
			b, t->prohibits ? CSTN_EFFECT_PROHIBIT : CSTN_EFFECT_PERMIT, &error));
	OK(cstn_term_builder_set_provider(b, party(w, a->provider, room), &error));
	if (!t->by_role)
		OK(cstn_term_builder_set_recipient(b, party(w, a->recipient, room), &error));
	for (int i = 0; i < WORLD_ROLES; i++)
		if (t->by_role >> i & 1)
			OK(cstn_term_builder_add_recipient_role(b, roles[i], &error));
	OK(cstn_term_builder_set_constellation(b, places[a->place], &error));
	for (int i = 0; i < WORLD_PATHS; i++)
		if (t->fields >> i & 1)
			OK(cstn_term_builder_add_field(b, world_paths[i], &error));
	OK(cstn_term_builder_set_purpose(b, world_purposes[t->purpose], &error));
	OK(cstn_term_builder_set_actions(b, t->actions, &error));
	build_data(t, b);
	build_level(t, b);
	build_limits(t, b);
	build_list(w, t, b);
	build_duties(t, b);
	cstn_term_unref(t->built);
	OK(cstn_term_builder_build(b, &t->built, &error));
	cstn_term_digest(t->built, t->digest);
	cstn_term_builder_free(b);
}

void world_build_terms(world *w)
{
	for (int i = 0; i < w->n_agreements; i++)
		for (int j = 0; j < w->agreements[i].n_terms; j++)
			world_build_term(w, &w->agreements[i], &w->agreements[i].terms[j]);
}

static cstn_vocabulary *vocabulary(const world *w)
{
	cstn_vocabulary_builder *b;
	cstn_vocabulary *out;
	cstn_operand score = CSTN_OPERAND_INIT;

	OK(cstn_vocabulary_builder_new(NULL, &b, &error));
	score.name = "score";
	score.name_len = 5;
	score.type = CSTN_OPERAND_INT64;
	OK(cstn_vocabulary_builder_add_operand(b, &score, &error));
	for (int i = 0; i < WORLD_PURPOSES; i++) {
		const char *parent = world_purpose_parents[i] < 0
						     ? NULL
						     : world_purposes[world_purpose_parents[i]];

		OK(cstn_vocabulary_builder_add_purpose(b, world_purposes[i],
				strlen(world_purposes[i]), parent, parent ? strlen(parent) : 0,
				&error));
	}
	for (int i = 0; i < WORLD_ROLES; i++)
		OK(cstn_vocabulary_builder_add_role(b, roles[i], strlen(roles[i]), &error));
	for (int i = 0; i < WORLD_FIELDS - 1; i++)
		OK(cstn_vocabulary_builder_add_path(b, world_paths[i], strlen(world_paths[i]),
				world_classes[i] | w->classes[i], &error));
	OK(cstn_vocabulary_builder_build(b, &out, &error));
	cstn_vocabulary_builder_free(b);
	return out;
}

static void add_place(const world *w, cstn_rules_builder *b, int c, cstn_vocabulary *v)
{
	cstn_constellation_rules place = w->floors[c];
	char rooms[WORLD_PARTIES][16];
	const char *list[WORLD_PARTIES];
	size_t n = 0;

	place.struct_size = sizeof(place);
	place.constellation = places[c];
	place.vocabulary = v;
	place.wall_us = w->wall[c];
	OK(cstn_rules_builder_add_constellation(b, &place, &error));
	for (int p = 0; p < WORLD_PARTIES; p++) {
		const char *held[WORLD_ROLES];
		size_t n_held = 0;

		party(w, p, rooms[p]);
		for (int i = 0; i < WORLD_ROLES; i++)
			if (w->members[c][p].roles >> i & 1)
				held[n_held++] = roles[i];
		if (w->members[c][p].there)
			OK(cstn_rules_builder_add_membership(b, places[c], rooms[p], held, n_held,
					w->members[c][p].from, w->members[c][p].until, &error));
		if (w->rivals[c] >> p & 1)
			list[n++] = rooms[p];
	}
	if (n)
		OK(cstn_rules_builder_add_conflict_set(b, places[c], list, n, &error));
	for (int p = 0; p < WORLD_PARTIES; p++)
		for (int q = 0; q < WORLD_PARTIES; q++)
			if (w->relations[c][p][q])
				OK(cstn_rules_builder_add_relation(b, places[c], rooms[p], rooms[q],
						w->relations[c][p][q], 0, INT64_MAX, &error));
}

static void add_said(cstn_rules_builder *b, const world_agreement *a, const world_term *t)
{
	if (t->used) {
		cstn_rules_usage usage = CSTN_RULES_USAGE_INIT;

		memcpy(usage.agreement, a->digest, 32);
		memcpy(usage.term, t->digest, 32);
		usage.at_us = t->used_at;
		usage.calls = t->used_calls;
		usage.rows = t->used_rows;
		usage.rows_in_all = t->used_in_all;
		usage.nano_epsilon = t->used_epsilon;
		OK(cstn_rules_builder_add_usage(b, &usage, &error));
	}
	for (int i = 0; i < t->n_duty_rows; i++) {
		cstn_rules_duty duty = CSTN_RULES_DUTY_INIT;

		memcpy(duty.agreement, a->digest, 32);
		memcpy(duty.term, t->digest, 32);
		/* duties are sorted by the term; that of "attribute" may be either */
		duty.index = CSTN_RULES_DUTY_RETENTION;
		for (size_t d = 0; d < cstn_term_components(t->built)->n_duties; d++)
			if (strcmp(cstn_term_components(t->built)->duties[d]->action,
					    t->duty_rows[i].duty ? "pay" : "attribute") == 0)
				duty.index = (uint32_t)d;
		duty.state = t->duty_rows[i].state;
		duty.deadline_us = t->duty_rows[i].deadline;
		OK(cstn_rules_builder_add_duty(b, &duty, &error));
	}
	if (t->n_debts) {
		cstn_rules_consideration debt = CSTN_RULES_CONSIDERATION_INIT;

		memcpy(debt.agreement, a->digest, 32);
		memcpy(debt.term, t->digest, 32);
		debt.state = t->debt_state;
		debt.due_us = t->debt_due;
		OK(cstn_rules_builder_add_consideration(b, &debt, &error));
	}
}

static void add_agreement(const world *w, cstn_rules_builder *b, int index, uint64_t *order)
{
	const world_agreement *a = &w->agreements[index];
	cstn_rules_agreement row = CSTN_RULES_AGREEMENT_INIT;
	cstn_term *terms[WORLD_TERMS];
	uint8_t parents[WORLD_TERMS][32];
	char from[16], to[16];
	int first = world_pick(order, a->n_terms);

	memset(parents, 0, sizeof(parents));
	row.constellation = places[a->place];
	row.provider = party(w, a->provider, from);
	row.recipient = party(w, a->recipient, to);
	memcpy(row.digest, a->digest, 32);
	if (a->parent >= 0)
		memcpy(row.parent, w->agreements[a->parent].digest, 32);
	row.flags = a->retiring_suspended ? CSTN_RULES_AGREEMENT_RETIRING_SUSPENDED : 0;
	row.state = a->state;
	row.signed_us = a->signed_us;
	row.valid_from_us = a->from;
	row.valid_until_us = a->until;
	row.effective_us = a->effective;
	for (int i = 0; i < a->n_terms; i++) {
		const world_term *t = &a->terms[(first + i) % a->n_terms];

		terms[i] = t->built;
		if (t->parent >= 0)
			memcpy(parents[i], w->agreements[a->parent].terms[t->parent].digest, 32);
	}
	row.terms = terms;
	row.term_parents = parents[0];
	row.n_terms = (size_t)a->n_terms;
	OK(cstn_rules_builder_add_agreement(b, &row, &error));
	for (int i = 0; i < a->n_terms; i++)
		add_said(b, a, &a->terms[i]);
}

cstn_rules *world_rules(const world *w)
{
	cstn_vocabulary *v = vocabulary(w);
	cstn_rules_builder *b;
	cstn_rules *out;
	uint64_t order = w->order;
	int first = world_pick(&order, w->n_agreements), swap = world_pick(&order, 2);
	char from[16], to[16];

	OK(cstn_rules_builder_new(NULL, &b, &error));
	cstn_rules_builder_set_version(b, w->version);
	for (int c = 0; c < WORLD_PLACES; c++)
		add_place(w, b, swap ? WORLD_PLACES - 1 - c : c, v);
	cstn_vocabulary_unref(v);
	for (int i = 0; i < w->n_agreements; i++)
		add_agreement(w, b, (first + i) % w->n_agreements, &order);
	for (int i = 0; i < w->n_deliveries; i++)
		OK(cstn_rules_builder_add_delivery(b, places[w->deliveries[i].place],
				party(w, w->deliveries[i].provider, from),
				party(w, w->deliveries[i].recipient, to), w->deliveries[i].classes,
				w->deliveries[i].at, &error));
	OK(cstn_rules_build(b, &out, &error));
	cstn_rules_builder_free(b);
	return out;
}

cstn_request *world_to_request(const world *w, const world_request *r)
{
	cstn_request_options options = CSTN_REQUEST_OPTIONS_INIT;
	cstn_id id = {"5", 1};
	cstn_fact score = {"score", 5, CSTN_OPERAND_INT64, 0, r->score, NULL, 0};
	const char *paths[WORLD_FIELDS], *hops[2];
	char from[16], to[16], rooms[2][16];
	cstn_request *out;

	options.flags = r->flags;
	options.constellation = places[r->place];
	options.provider = party(w, r->provider, from);
	options.recipient = party(w, r->recipient, to);
	options.role = r->role < 0 ? NULL : roles[r->role];
	options.purpose = world_purposes[r->purpose];
	options.action = r->action;
	options.level = r->level;
	options.paths = paths;
	for (int i = WORLD_FIELDS - 1; i >= 0; i--)
		if (r->fields >> i & 1)
			paths[options.n_paths++] = world_paths[i];
	if (r->has_window) {
		options.data_from_us = r->data_from;
		options.data_until_us = r->data_until;
	}
	for (int i = 0; i < r->n_hops; i++)
		hops[i] = party(w, r->hops[i], rooms[i]);
	options.hops = hops;
	options.n_hops = (size_t)r->n_hops;
	if (r->is_id)
		score = (cstn_fact){"score", 5, CSTN_OPERAND_ID, 0, 0, &id, 1};
	options.facts = &score;
	options.n_facts = r->has_score ? 1 : 0;
	options.now_us = r->now;
	options.rows = r->rows;
	options.nano_epsilon = r->epsilon;
	options.nonce[0] = 7;
	OK(cstn_request_new(&options, NULL, &out, &error));
	return out;
}

cstn_decision *world_decide(const world *w, const world_request *r)
{
	cstn_rules *rules = world_rules(w);
	cstn_request *request = world_to_request(w, r);
	cstn_decision *out;

	OK(cstn_decide(rules, request, &out, &error));
	cstn_rules_unref(rules);
	cstn_request_unref(request);
	return out;
}
