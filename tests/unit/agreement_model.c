/* Agreements beside a small model that was written from the specification's table alone: every cell
 * of state, event and actor, and random walks of acts and instants, where both must say the same,
 * the refusals too. */
#include "agreement_fixture.h"
#include "suite.h"

#define R CSTN_ACTOR_RECIPIENT
#define P CSTN_ACTOR_PROVIDER

static agreement_world world;

static void open_world(void)
{
	agreement_world_open(&world);
}

static void close_world(void)
{
	agreement_world_close(&world);
}

/* --- the model -------------------------------------------------------------------------------- */

/* A timeline: instants of clock events are looked for one by one, microsecond by microsecond. */
typedef struct model {
	char state[20];
	char retiring_from[20];
	int64_t now, from, until, effective, notice;
	int32_t by, cause, retire_by;
} model;

static int is(const model *m, const char *state)
{
	return strcmp(m->state, state) == 0;
}

static void go(model *m, const char *state)
{
	strcpy(m->state, state);
}

static int is_over(const model *m)
{
	return is(m, "RETIRED") || is(m, "EXPIRED") || is(m, "CONDITION_ENDED") ||
	       is(m, "SUPERSEDED");
}

/* What the clock does at the model's instant. */
static void tick(model *m)
{
	if (is_over(m))
		return;
	if (m->now >= m->until)
		go(m, "EXPIRED");
	else if (is(m, "RETIRING") && m->now >= m->effective)
		go(m, "RETIRED");
	else if (is(m, "PENDING") && m->now >= m->from)
		go(m, "ACTIVE");
}

static void advance(model *m, int64_t now)
{
	for (tick(m); m->now < now; tick(m))
		m->now++;
}

/* 1 if the act is done, else 0 and nothing changes. */
static int act_on(model *m, const cstn_transition *t, uint32_t cured)
{
	switch (t->event) {
	case CSTN_TRANSITION_SUSPEND:
		if (!is(m, "ACTIVE"))
			return 0;
		m->by = t->actor;
		m->cause = t->cause;
		go(m, "SUSPENDED");
		return 1;
	case CSTN_TRANSITION_RESUME:
		if (!is(m, "SUSPENDED") || t->cause != m->cause)
			return 0;
		if (t->actor != m->by && (m->cause == 1 || !(cured & 1u << m->cause)))
			return 0;
		go(m, "ACTIVE");
		return 1;
	case CSTN_TRANSITION_RETIRE:
		if (!is(m, "PENDING") && !is(m, "ACTIVE") && !is(m, "SUSPENDED"))
			return 0;
		if (!(m->retire_by & (t->actor == P ? 2 : 1)) ||
				t->effective_us < t->at_us + m->notice)
			return 0;
		strcpy(m->retiring_from, m->state);
		m->effective = t->effective_us;
		go(m, "RETIRING");
		return 1;
	case CSTN_TRANSITION_CONDITION_ENDED:
		if (!is(m, "ACTIVE") && !is(m, "SUSPENDED") && !is(m, "RETIRING"))
			return 0;
		go(m, "CONDITION_ENDED");
		return 1;
	case CSTN_TRANSITION_SUPERSEDE:
		if (!is(m, "ACTIVE") && !is(m, "SUSPENDED"))
			return 0;
		go(m, "SUPERSEDED");
		return 1;
	default:
		return !is_over(m);
	}
}

static int permits(const model *m)
{
	return is(m, "ACTIVE") || (is(m, "RETIRING") && strcmp(m->retiring_from, "ACTIVE") == 0);
}

static void compare(const model *m, const cstn_agreement *a)
{
	cstn_agreement_info info = agreement_info(a, m->now);

	ck_assert_str_eq(cstn_agreement_state_name(info.state), m->state);
	ck_assert_int_eq(info.state, info.chain_state);
	ck_assert_int_eq(info.decides, permits(m));
	ck_assert_uint_eq(info.holds, 0);
	ck_assert_int_eq(info.cause, is(m, "SUSPENDED") ? m->cause : 0);
	ck_assert_int_eq(info.suspended_by, is(m, "SUSPENDED") ? m->by : 0);
	if (is(m, "RETIRING") || is(m, "RETIRED"))
		ck_assert_int_eq(info.effective_us, m->effective);
	ck_assert_int_eq(info.ended_us != 0, is_over(m));
	ck_assert_int_le(info.ended_us, m->now);
}

/* --- both together ---------------------------------------------------------------------------- */

typedef struct pair {
	model model;
	cstn_agreement *real, *successor;
} pair;

static pair pair_of(int32_t retire_by)
{
	cstn_agreement_body body = agreement_body(7);
	pair p = {.model = {.state = "PENDING",
				  .now = 10,
				  .from = 100,
				  .until = 1000,
				  .notice = 50,
				  .retire_by = retire_by}};

	body.retire_by = (uint32_t)retire_by;
	p.real = agreement_of(&world, &body);
	memcpy(body.predecessor, cstn_agreement_digest(p.real), 32);
	body.made_us = 11;
	p.successor = agreement_of(&world, &body);
	return p;
}

static void drop(pair *p)
{
	cstn_agreement_unref(p->real);
	cstn_agreement_unref(p->successor);
}

/* Both do an act, or both refuse it. 1 if they did. */
static int both_do(pair *p, cstn_transition t, uint32_t cured)
{
	cstn_transition_options options = CSTN_TRANSITION_OPTIONS_INIT;
	cstn_agreement *next = NULL;
	cstn_status status;
	char *note;
	int done;

	options.cured = cured;
	options.successor = p->successor;
	if (t.event == CSTN_TRANSITION_SUPERSEDE)
		memcpy(t.successor, cstn_agreement_digest(p->successor), 32);
	advance(&p->model, t.at_us);
	done = act_on(&p->model, &t, cured);
	status = cstn_agreement_draft(p->real, &options, &t, NULL);
	ck_assert_msg((status == CSTN_OK) == done, "%s by %d in %s: %s",
			cstn_transition_event_name(t.event), t.actor, p->model.state,
			cstn_status_name(status));
	if (done) {
		note = agreement_sign(&world, p->real, &t);
		SHARING_OK(cstn_agreement_apply(
				p->real, note, strlen(note), world.keys, &options, &next, &error));
		free(note);
		cstn_agreement_unref(p->real);
		p->real = next;
	} else {
		ck_assert(status == CSTN_E_STATE ||
				(status == CSTN_E_INVALID_ARGUMENT &&
						t.event == CSTN_TRANSITION_RETIRE));
	}
	compare(&p->model, p->real);
	return done;
}

/* --- every cell ------------------------------------------------------------------------------- */

/* A pair in a state at instant 300, by the shortest way; suspended and retired by the provider. */
static pair pair_in(int32_t state)
{
	pair p = pair_of(3);
	cstn_transition t;

	switch (state) {
	case CSTN_AGREEMENT_PENDING:
		return p;
	case CSTN_AGREEMENT_SUSPENDED:
		t = agreement_act(CSTN_TRANSITION_SUSPEND, P, CSTN_CAUSE_DUTY_OVERDUE, 200);
		break;
	case CSTN_AGREEMENT_RETIRING:
	case CSTN_AGREEMENT_RETIRED:
		t = agreement_act(CSTN_TRANSITION_RETIRE, P, 0, 200);
		t.effective_us = state == CSTN_AGREEMENT_RETIRED ? 250 : 400;
		break;
	case CSTN_AGREEMENT_CONDITION_ENDED:
		t = agreement_act(CSTN_TRANSITION_CONDITION_ENDED, R, 0, 200);
		break;
	case CSTN_AGREEMENT_SUPERSEDED:
		t = agreement_act(CSTN_TRANSITION_SUPERSEDE, R, 0, 200);
		break;
	default:
		return p;
	}
	ck_assert_int_eq(both_do(&p, t, 0), 1);
	return p;
}

/* The specification's table: may the event come in the state, whoever the actor? */
static const char *const cells[6] = {
		/* PENDING ACTIVE SUSPENDED RETIRING RETIRED EXPIRED CONDITION_ENDED SUPERSEDED */
		".x......", /* suspend */
		"..x.....", /* resume */
		"xxx.....", /* retire */
		".xxx....", /* condition_ended */
		".xx.....", /* supersede */
		"xxxx....", /* renew */
};

START_TEST(every_cell_of_state_event_and_actor_is_as_the_table_says)
{
	int32_t state, event, actor, done;
	int count = 0;

	for (state = CSTN_AGREEMENT_PENDING; state <= CSTN_AGREEMENT_SUPERSEDED; state++)
		for (event = CSTN_TRANSITION_SUSPEND; event <= CSTN_TRANSITION_RENEW; event++)
			for (actor = R; actor <= P; actor++, count++) {
				pair p = pair_in(state);
				cstn_transition t = agreement_act(event, actor, 0,
						state == CSTN_AGREEMENT_PENDING   ? 50
						: state == CSTN_AGREEMENT_EXPIRED ? 1000
										  : 300);

				if (event <= CSTN_TRANSITION_RESUME)
					t.cause = CSTN_CAUSE_DUTY_OVERDUE;
				if (event == CSTN_TRANSITION_RETIRE)
					t.effective_us = 1200;
				advance(&p.model, t.at_us);
				compare(&p.model, p.real);
				ck_assert_str_eq(p.model.state, cstn_agreement_state_name(state));
				done = both_do(&p, t, 0);
				ck_assert_int_eq(done,
						cells[event - 1][state - 1] == 'x' &&
								(event != CSTN_TRANSITION_RESUME ||
										actor == P));
				drop(&p);
			}
	ck_assert_int_eq(count, 96);
}
END_TEST

/* --- random walks ----------------------------------------------------------------------------- */

static void walk(uint64_t seed, int *ended)
{
	pair p = pair_of((int32_t)sharing_roll(&seed, 4));
	int64_t at = 10 + sharing_roll(&seed, 120);
	int i, steps = 4 + (int)sharing_roll(&seed, 12);

	for (i = 0; i < steps; i++) {
		int32_t event = 1 + (int32_t)sharing_roll(&seed, sharing_roll(&seed, 3) ? 3 : 6);
		cstn_transition t =
				agreement_act(event, 1 + (int32_t)sharing_roll(&seed, 2), 0, at);
		uint32_t cured = sharing_roll(&seed, 8) << 2;
		char *bytes, *again;
		cstn_agreement *back;

		if (event <= CSTN_TRANSITION_RESUME)
			t.cause = sharing_roll(&seed, 2) && p.model.cause
						  ? p.model.cause
						  : 1 + (int32_t)sharing_roll(&seed, 4);
		if (event == CSTN_TRANSITION_RETIRE)
			t.effective_us = at + 40 + sharing_roll(&seed, 200);
		both_do(&p, t, cured);
		/* A value read back from its bytes goes on the same way. */
		bytes = agreement_bytes(p.real);
		SHARING_OK(cstn_agreement_deserialize(
				(const uint8_t *)bytes, strlen(bytes), NULL, &back, &error));
		again = agreement_bytes(back);
		ck_assert_str_eq(bytes, again);
		free(bytes);
		free(again);
		cstn_agreement_unref(p.real);
		p.real = back;
		at += sharing_roll(&seed, 4) ? sharing_roll(&seed, 60) : sharing_roll(&seed, 400);
		advance(&p.model, at);
		compare(&p.model, p.real);
	}
	ended[agreement_info(p.real, at).state]++;
	drop(&p);
}

START_TEST(random_walks_go_as_in_the_model)
{
	int ended[CSTN_AGREEMENT_SUPERSEDED + 1] = {0};
	uint64_t seed;
	int32_t state;

	for (seed = 1; seed <= 400; seed += test_every())
		walk(seed, ended);
	/* of all walks, that is */
	for (state = CSTN_AGREEMENT_ACTIVE; state <= CSTN_AGREEMENT_SUPERSEDED; state++)
		ck_assert_msg(ended[state] > 0 || test_every() > 1, "no walk ended in %s",
				cstn_agreement_state_name(state));
}
END_TEST

START_TEST(clock_events_come_at_their_instant_and_the_earlier_one_wins)
{
	static const struct {
		int64_t effective, expected_state, expected_end;
	} rows[] = {{999, CSTN_AGREEMENT_RETIRED, 999}, {1000, CSTN_AGREEMENT_EXPIRED, 1000},
			{1001, CSTN_AGREEMENT_EXPIRED, 1000}};
	size_t i;

	for (i = 0; i < 3; i++) {
		pair p = pair_of(3);
		cstn_transition t = agreement_act(CSTN_TRANSITION_RETIRE, P, 0, 500);
		cstn_agreement_info info;

		t.effective_us = rows[i].effective;
		both_do(&p, t, 0);
		info = agreement_info(p.real, 998);
		ck_assert_int_eq(info.state, CSTN_AGREEMENT_RETIRING);
		info = agreement_info(p.real, 5000);
		ck_assert_int_eq(info.state, rows[i].expected_state);
		ck_assert_int_eq(info.ended_us, rows[i].expected_end);
		drop(&p);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("agreement_model");
	TCase *all = tcase_create("agreement_model");

	tcase_set_timeout(all, 240);
	tcase_add_checked_fixture(all, open_world, close_world);
	tcase_add_test(all, every_cell_of_state_event_and_actor_is_as_the_table_says);
	tcase_add_test(all, random_walks_go_as_in_the_model);
	tcase_add_test(all, clock_events_come_at_their_instant_and_the_earlier_one_wins);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
